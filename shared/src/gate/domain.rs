//! The domain's rules: known items, values in range, fields of the right shape.

pub(super) mod case;

use crate::{
    answer::Value,
    document::{List, Scalar, Write, parse_point},
    ids::PhotoHash,
    inspection::{Inspection, Opinion, Passage, PhotoRole, PhotoSource},
    protocol::limits::{PHOTO_BYTES_MAX, SHORT_TEXT_BYTES_MAX, TEXT_BYTES_MAX},
    template::{Item, Template},
};

/// A write that the template or the schema does not know. An honest app of another version could make it,
/// so it is held and not refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown;

/// Whether every write is one the template knows. `merged` is the inspection with them.
pub(super) fn check(template: &Template, merged: &Inspection, writes: &[Write]) -> Result<(), Unknown> {
    if !merged.responses.iter().all(|response| is_survey(template, &response.item)) {
        return Err(Unknown);
    }
    writes.iter().try_for_each(|write| {
        let known = match write {
            // What no later version of the checklist has is not in it.
            Write::ItemBrought(item) => template.item(item).is_some(),
            Write::Answer { item, field, text } => answer(template, item, field, text.as_deref()),
            Write::Finding { id, field, scalar } => {
                finding(template, field, scalar) && kind_of_item(template, merged, id, field, scalar)
            }
            Write::Photo { field, scalar, .. } => photo(template, field, scalar),
            Write::PhotoMade(id) => merged.photos.iter().any(|photo| photo.id == *id),
            Write::FindingMade(_) | Write::Appended { field: None, .. } => true,
            Write::Appended { list, field: Some((field, scalar)) } => {
                appended(template, *list, field, scalar)
            }
        };
        if known { Ok(()) } else { Err(Unknown) }
    })
}

fn answer(template: &Template, item: &str, field: &str, text: Option<&str>) -> bool {
    let Some(item) = template.item(item).filter(|item| item.is_asked()) else { return false };
    match (field, text) {
        ("value", Some(text)) => Value::parse(&item.scale, text).is_ok(),
        ("value", None) => true,
        ("how", Some(how)) => matches!(how, "tap" | "rest"),
        _ => false,
    }
}

/// Whether people are asked about an item, and counted.
fn is_survey(template: &Template, item: &str) -> bool {
    template.item(item).is_some_and(Item::is_survey)
}

fn finding(template: &Template, field: &str, scalar: &Scalar) -> bool {
    match (field, scalar) {
        ("item", Scalar::Text(item)) => template.item(item).is_some(),
        ("kind", Scalar::Text(kind)) => template.kind(kind).is_some(),
        ("note" | "struck", Scalar::Text(text)) => text.len() <= TEXT_BYTES_MAX,
        ("place" | "asset", Scalar::Text(text)) => text.len() <= SHORT_TEXT_BYTES_MAX,
        ("point", Scalar::Text(text)) => parse_point(text).is_some(),
        ("point", Scalar::Null) | ("on_spot", Scalar::Bool(_)) => true,
        _ => false,
    }
}

/// A kind belongs to the item of its finding, which is written once.
fn kind_of_item(template: &Template, merged: &Inspection, id: &str, field: &str, scalar: &Scalar) -> bool {
    let ("kind", Scalar::Text(kind)) = (field, scalar) else { return true };
    let finding = merged.findings.iter().find(|finding| finding.id == id);
    let item = finding.and_then(|finding| template.item(&finding.item));
    item.is_some_and(|item| item.kinds.iter().any(|known| known.code.as_str() == kind))
}

fn photo(template: &Template, field: &str, scalar: &Scalar) -> bool {
    match (field, scalar) {
        ("item", Scalar::Text(item)) => template.item(item).is_some(),
        ("finding", Scalar::Text(id)) => id.len() <= SHORT_TEXT_BYTES_MAX,
        _ => evidence(field, scalar),
    }
}

/// What a photo says of itself, wherever it is named.
fn evidence(field: &str, scalar: &Scalar) -> bool {
    match (field, scalar) {
        ("hash", Scalar::Text(hash)) => hash.parse::<PhotoHash>().is_ok(),
        ("bytes", Scalar::Int(bytes)) => u64::try_from(*bytes).is_ok_and(|bytes| bytes <= PHOTO_BYTES_MAX),
        ("of", Scalar::Text(id)) => id.len() <= SHORT_TEXT_BYTES_MAX,
        ("source", Scalar::Text(source)) => PhotoSource::parse(source).is_some(),
        ("role", Scalar::Text(role)) => PhotoRole::parse(role).is_some(),
        ("point", Scalar::Text(text)) => parse_point(text).is_some(),
        ("struck", Scalar::Text(text)) => text.len() <= TEXT_BYTES_MAX,
        _ => false,
    }
}

fn appended(template: &Template, list: List, field: &str, scalar: &Scalar) -> bool {
    let Scalar::Text(text) = scalar else { return false };
    let known = match (list, field) {
        (List::Remarks | List::Reviews, "item") => template.item(text).is_some(),
        (List::Remarks, "presence") => Passage::parse(text).is_some(),
        (List::Remarks, "response") => Opinion::parse(text).is_some(),
        (List::Remarks, "point") => parse_point(text).is_some(),
        (List::Remarks, "text" | "takes_back") | (List::Submissions, "struck" | "answers") => true,
        (List::Reviews, "act") => {
            matches!(text.as_str(), "decide" | "return" | "approve" | "dismiss" | "comment")
        }
        (List::Reviews, "reason" | "covers" | "heads" | "value") => true,
        // An inspection has no events.
        _ => false,
    };
    known && text.len() <= TEXT_BYTES_MAX
}
