//! The domain's rules for cases.

use super::{Unknown, evidence};
use crate::{
    calendar::Day,
    case::{ActKind, CASE_PHOTOS_MAX, Case},
    document::{List, Scalar, Write, parse_point},
    ids::UserId,
    protocol::limits::{SHORT_TEXT_BYTES_MAX, TEXT_BYTES_MAX},
    registry::Registry,
    template::Template,
};

/// Whether every write is one that the checklist and the registry know. `merged` is the case with them.
pub(in crate::gate) fn check(
    registry: &Registry,
    template: &Template,
    merged: &Case,
    writes: &[Write],
) -> Result<(), Unknown> {
    if template.item(&merged.about.item).is_none() || merged.about.finding.len() > SHORT_TEXT_BYTES_MAX {
        return Err(Unknown);
    }
    writes.iter().try_for_each(|write| {
        let known = match write {
            Write::Photo { field, scalar, .. } => evidence(field, scalar),
            Write::PhotoMade(id) => merged.photos.iter().any(|photo| photo.id == *id),
            Write::Appended { list: List::Events, field: None } => true,
            Write::Appended { list: List::Events, field: Some((field, Scalar::Text(text))) } => {
                event(registry, template, field, text)
            }
            // A case has no other parts.
            Write::Appended { .. }
            | Write::ItemBrought(_)
            | Write::Answer { .. }
            | Write::FindingMade(_)
            | Write::Finding { .. } => false,
        };
        if known { Ok(()) } else { Err(Unknown) }
    })
}

fn event(registry: &Registry, template: &Template, field: &str, text: &str) -> bool {
    match field {
        "act" => ActKind::parse(text).is_some_and(|act| act != ActKind::Later),
        "text" => text.len() <= TEXT_BYTES_MAX,
        "kind" => template.kind(text).is_some(),
        "place" => text.len() <= SHORT_TEXT_BYTES_MAX,
        "point" => parse_point(text).is_some(),
        "to" | "checker" => text.parse::<UserId>().is_ok_and(|user| registry.user(user).is_some()),
        "due" => text.parse::<Day>().is_ok(),
        "photos" => {
            text.split(' ').count() <= CASE_PHOTOS_MAX
                && text.split(' ').all(|id| id.len() <= SHORT_TEXT_BYTES_MAX)
        }
        _ => false,
    }
}
