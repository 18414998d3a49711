//! A case in JSON.

use rounds_shared::{
    calendar::Day,
    case::{Act, ActKind, Case, CaseState},
    ids::UserId,
    inspection::{Photo, PhotoRole},
    permission::may_act,
    registry::{Registry, User},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    handlers::{
        inspections::PhotoDetail,
        shapes::{AreaRow, Person, Point, SiteRow, Text},
    },
    photos::Photos,
    views,
};

/// A case as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseRow {
    /// Its document.
    pub id: String,
    /// The inspection it follows.
    pub inspection: String,
    /// The finding's key in it.
    pub finding: String,
    /// The item's code.
    pub item: String,
    /// What the item asks.
    pub title: Text,
    /// What sort of defect.
    pub kind: Text,
    /// Where.
    pub area: AreaRow,
    /// The site.
    pub site: Option<SiteRow>,
    /// Where it stands.
    #[schema(value_type = CaseState)]
    pub state: String,
    /// Who puts it right.
    pub responsible: Option<Person>,
    /// The department he belongs to.
    pub unit: Option<Text>,
    /// Who was asked to check it.
    pub checker: Option<Person>,
    /// By the end of which day.
    pub due: Option<String>,
    /// Whether that day is over and nobody has put it right.
    pub overdue: bool,
    /// How often it came back 返工.
    pub reworks: u32,
    /// Where, in words.
    pub place: String,
    /// What was seen.
    pub note: String,
    /// When something last came in, in milliseconds.
    pub changed_at: i64,
}

impl CaseRow {
    pub(super) fn of(registry: &Registry, row: views::cases::Row, today: Day) -> Self {
        let item = registry.item(&row.template, row.version, &row.item);
        let kind =
            row.kind.as_deref().and_then(|kind| registry.finding_kind(&row.template, row.version, kind));
        let person = |user: UserId| Person::of(registry, user);
        let responsible = row.responsible.and_then(|user| registry.user(user));
        let department = responsible.and_then(|user| registry.departments().get(user.department.as_ref()?));
        Self {
            id: row.doc.to_string(),
            inspection: row.inspection.to_string(),
            finding: row.finding,
            title: item.map_or_else(Text::default, |item| Text::new(&item.zh, &item.en)),
            item: row.item,
            kind: kind.map_or_else(Text::default, |(_, kind)| Text::new(&kind.zh, &kind.en)),
            area: AreaRow::of(registry, row.area.as_str()),
            site: row.site.and_then(|site| SiteRow::of(registry, site.as_str())),
            state: row.state.as_str().to_owned(),
            responsible: row.responsible.map(person),
            unit: department.map(|department| Text::new(&department.zh, &department.en)),
            checker: row.checker.map(person),
            due: row.due.map(|due| due.to_string()),
            overdue: row.state.is_to_fix() && row.due.is_some_and(|due| due < today),
            reworks: row.reworks,
            place: row.place,
            note: row.note,
            changed_at: row.changed_at,
        }
    }
}

/// A case in full.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseDetail {
    /// As lists show it.
    pub row: CaseRow,
    /// Where the defect was seen.
    pub point: Option<Point>,
    /// When the finding was recorded, by its device's clock in milliseconds.
    pub found_at: i64,
    /// Who recorded it.
    pub found_by: Person,
    /// 整改时限: the deadline class of its kind.
    pub deadline: Option<String>,
    /// Photos of the defect.
    pub before: Vec<PhotoDetail>,
    /// Photos of what was done about it, and of checking that.
    pub after: Vec<PhotoDetail>,
    /// What was done, in the order in which it counts.
    pub events: Vec<CaseEventDetail>,
    /// What whoever asks may do about it now.
    #[schema(value_type = Vec<ActKind>)]
    pub allowed: Vec<String>,
}

/// What somebody did about a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseEventDetail {
    /// What.
    #[schema(value_type = ActKind)]
    pub act: String,
    /// His words.
    pub text: String,
    /// Who.
    pub by: Person,
    /// When, by his device's clock in milliseconds.
    pub at: i64,
    /// Of a dispatch: to whom.
    pub to: Option<Person>,
    /// Of a dispatch: who is asked to check it.
    pub checker: Option<Person>,
    /// Of a dispatch or an extension: by the end of which day.
    pub due: Option<String>,
    /// The photos it names, by their keys.
    pub photos: Vec<String>,
    /// Whether it had effect: what did not fit the case as it stood has none.
    pub took_effect: bool,
}

impl CaseDetail {
    pub(super) fn of(registry: &Registry, photos: &Photos, user: &User, row: CaseRow, case: &Case) -> Self {
        let standing = case.standing(|device| registry.device(device).map(|device| device.user));
        let allowed = ActKind::ALL
            .into_iter()
            .filter(|act| may_act(user.role, *act) && standing.allows(*act, Some(user.id)).is_some());
        let (before, after): (Vec<_>, Vec<_>) =
            case.standing_photos().into_iter().partition(|photo| photo.role == PhotoRole::Before);
        let shown = |wanted: Vec<&Photo>| {
            let shown = wanted.into_iter().map(|photo| {
                let (device, at) = case.taken(photo);
                let by = Person::of_device(registry, device);
                PhotoDetail { by, at, copy_of: None, ..PhotoDetail::of(registry, photos, photo) }
            });
            shown.collect()
        };
        let opened = case.opened().map(|event| &event.act);
        let about = &case.about;
        let deadline = match opened {
            Some(Act::Open { kind, .. }) => registry
                .finding_kind(&about.template, about.template_version, kind)
                .and_then(|(_, kind)| kind.deadline.as_ref().map(ToString::to_string)),
            Some(_) | None => None,
        };
        Self {
            row,
            point: match opened {
                Some(Act::Open { point, .. }) => point.map(Into::into),
                Some(_) | None => None,
            },
            found_at: case.about.at,
            found_by: Person::of_device(registry, case.found_on()),
            deadline,
            before: shown(before),
            after: shown(after),
            events: case
                .events
                .iter()
                .zip(&standing.took_effect)
                .map(|(event, took_effect)| CaseEventDetail::of(registry, event, *took_effect))
                .collect(),
            allowed: allowed.map(|act| act.as_str().to_owned()).collect(),
        }
    }
}

impl CaseEventDetail {
    fn of(registry: &Registry, event: &rounds_shared::case::CaseEvent, took_effect: bool) -> Self {
        let person = |user: &UserId| Person::of(registry, *user);
        let (to, checker, due) = match &event.act {
            Act::Dispatch { to, checker, due } => {
                (Some(person(to)), checker.as_ref().map(person), Some(due.to_string()))
            }
            Act::Extend { due } => (None, None, Some(due.to_string())),
            Act::Open { .. }
            | Act::GiveBack
            | Act::Fix { .. }
            | Act::Pass { .. }
            | Act::Fail { .. }
            | Act::Close
            | Act::Withdraw
            | Act::Later => (None, None, None),
        };
        Self {
            act: event.act.kind().as_str().to_owned(),
            text: event.text.clone(),
            by: Person::of_device(registry, event.stamp.device),
            at: event.stamp.at,
            to,
            checker,
            due,
            photos: event.act.photos().to_vec(),
            took_effect,
        }
    }
}
