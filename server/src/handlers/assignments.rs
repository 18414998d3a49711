//! 任务安排: who inspects what by when.

mod calendar;
mod plan;
mod supersede;

use axum::extract::State;
use rounds_shared::{
    area::{AreaCode, SiteId},
    assignment::{ASSIGNMENT_NOTE_BYTES_MAX, ASSIGNMENT_PEOPLE_MAX, Assignment as Made, InspectionKind},
    calendar::Day,
    document::genesis,
    ids::{AssignmentId, DocId, UserId},
    inspection::{About, ReviewState},
    permission::may_be_asked,
    registry::{Event, Registry},
};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use calendar::{__path_calendar, AssignmentCalendar, CalendarDay, Late, calendar};
pub use plan::{__path_plan, Plan, PlanDraft, PlannedVisit, plan};
pub use supersede::{__path_supersede, Replacement, supersede};

use super::shapes::{AreaRow, Paging, Person, SiteRow, TemplateRef};
use crate::{
    app::App,
    auth::{Reviewer, SignedIn},
    error::{ApiError, ErrorBody},
    extract::{Json, Query},
    views::{
        self,
        assignments::{Filter, Standing},
        inspections::AreaFilter,
    },
};

/// Which assignments are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AssignmentQuery {
    /// An area's code: it and everything below it.
    area: Option<String>,
    /// `open` (not submitted), `overdue`, `done` or `superseded`.
    state: Option<String>,
    /// A user's id.
    person: Option<String>,
    /// Due on this day or later.
    from: Option<String>,
    /// Due on this day or before.
    to: Option<String>,
    /// Which page, from 1.
    page: Option<u64>,
    /// Rows a page.
    per_page: Option<u64>,
}

/// An assignment.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssignmentRow {
    /// Its id.
    pub(super) id: String,
    /// What sort of visit it asks for.
    #[schema(value_type = InspectionKind)]
    pub(super) kind: String,
    /// The checklist.
    pub(super) template: TemplateRef,
    /// Where.
    pub(super) area: AreaRow,
    /// The site, when it is about one.
    pub(super) site: Option<SiteRow>,
    /// By the end of which day.
    pub(super) due: String,
    /// What to look at.
    pub(super) note: String,
    /// Who.
    pub(super) people: Vec<Person>,
    /// Who made it.
    pub(super) made_by: Person,
    /// When it was made, in milliseconds.
    pub(super) made_at: i64,
    /// Its inspection, once something of it has come in.
    pub(super) inspection: Option<AssignedInspection>,
    /// Whether its day is past and it was not submitted.
    pub(super) overdue: bool,
    /// The assignment it repeats blindly.
    pub(super) repeats: Option<String>,
    /// What stands in its place 已被取代.
    pub(super) superseded: Option<SupersededBy>,
}

/// What stands in the place of an assignment.
#[derive(Debug, Serialize, ToSchema)]
pub struct SupersededBy {
    /// The assignment's id.
    id: String,
    /// Why.
    pub(super) reason: String,
    /// Who decided so.
    by: Person,
    /// When, in milliseconds.
    at: i64,
}

/// The inspection of an assignment.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssignedInspection {
    pub(super) id: String,
    #[schema(value_type = ReviewState)]
    pub(super) state: String,
    pub(super) answered: u64,
    pub(super) asked: u64,
}

/// A page of assignments.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssignmentList {
    rows: Vec<AssignmentRow>,
    total: u64,
}

/// The assignments of the user's scope.
#[utoipa::path(get, path = "/v1/assignments", tag = "assignments", params(AssignmentQuery),
    responses((status = 200, body = AssignmentList), (status = 401, body = ErrorBody)))]
pub async fn list(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(query): Query<AssignmentQuery>,
) -> Result<Json<AssignmentList>, ApiError> {
    let today = Day::of(app.now_ms());
    let filter = filter(&signed_in, &query, today)?;
    let (offset, limit) = Paging { page: query.page, per_page: query.per_page }.offset_and_limit();
    let registry = app.intake.registry();
    let list = app.readers.read(|connection| {
        let (found, total) = views::assignments::page(connection, &filter, offset, limit)?;
        let rows = found.into_iter().filter_map(|(id, made_at)| {
            let assignment = registry.assignment(id)?;
            Some(row(connection, &registry, assignment, made_at, today))
        });
        Ok::<_, rusqlite::Error>(AssignmentList { rows: rows.collect::<Result<_, _>>()?, total })
    });
    Ok(Json(list.map_err(ApiError::internal)?))
}

/// What somebody asks for, within what he may see.
pub(super) fn filter(signed_in: &SignedIn, query: &AssignmentQuery, today: Day) -> Result<Filter, ApiError> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let area =
        given(&query.area).map(|area| area.parse().map_err(|_| ApiError::ValueInvalid { field: "area" }));
    let day = |text: &Option<String>, field| {
        given(text).map(|day| day.parse::<Day>().map_err(|_| ApiError::ValueInvalid { field })).transpose()
    };
    Ok(Filter {
        areas: AreaFilter::of(&signed_in.user).and(area.transpose()?),
        person: given(&query.person)
            .map(|person| person.parse().map_err(|_| ApiError::ValueInvalid { field: "person" }))
            .transpose()?,
        from: day(&query.from, "from")?,
        to: day(&query.to, "to")?,
        standing: match query.state.as_deref() {
            None | Some("") => None,
            Some("open") => Some(Standing::Open),
            Some("overdue") => Some(Standing::Overdue(today)),
            Some("done") => Some(Standing::Done),
            Some("superseded") => Some(Standing::Superseded),
            Some(_) => return Err(ApiError::ValueInvalid { field: "state" }),
        },
    })
}

pub(super) fn row(
    connection: &Connection,
    registry: &Registry,
    assignment: &Made,
    made_at: i64,
    today: Day,
) -> rusqlite::Result<AssignmentRow> {
    let inspection = views::inspections::one(connection, assignment.doc())?;
    let is_undone = inspection.as_ref().is_none_or(|row| matches!(row.state.as_str(), "draft" | "returned"));
    let superseded = registry.superseding(assignment.id);
    Ok(AssignmentRow {
        id: assignment.id.to_string(),
        kind: assignment.kind.as_str().to_owned(),
        template: TemplateRef::of(registry, assignment.template.as_str(), assignment.template_version),
        area: AreaRow::of(registry, assignment.area.as_str()),
        site: assignment.site.as_ref().and_then(|site| SiteRow::of(registry, site.as_str())),
        due: assignment.due.to_string(),
        note: assignment.note.clone(),
        people: assignment.people.iter().map(|user| Person::of(registry, *user)).collect(),
        made_by: Person::of(registry, assignment.made_by),
        made_at,
        overdue: is_undone && superseded.is_none() && assignment.due < today,
        repeats: assignment.repeats.map(|id| id.to_string()),
        superseded: superseded.map(|(superseding, at)| SupersededBy {
            id: superseding.replacement.to_string(),
            reason: superseding.reason.clone(),
            by: Person::of(registry, superseding.by),
            at,
        }),
        inspection: inspection.map(|row| AssignedInspection {
            id: row.doc.to_string(),
            state: row.state,
            answered: row.answered,
            asked: row.asked,
        }),
    })
}

/// A new assignment.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewAssignment {
    /// Where: an area's code.
    area: String,
    /// A site in that area.
    site: Option<String>,
    /// The checklist's id.
    template: String,
    /// Its version.
    version: u32,
    /// What sort of visit.
    #[schema(value_type = InspectionKind)]
    kind: String,
    /// Who: users' ids.
    people: Vec<String>,
    /// By the end of which day.
    due: String,
    /// What to look at.
    #[serde(default)]
    note: String,
    /// The assignment it repeats blindly 背靠背, of the same place and checklist, by others: until both are in, the people
    /// of neither see the other.
    repeats: Option<String>,
}

/// Makes an assignment. It appears on the devices of everybody it names.
#[utoipa::path(post, path = "/v1/assignments", tag = "assignments", request_body = NewAssignment,
    responses((status = 200, body = AssignmentRow), (status = 422, body = ErrorBody)))]
pub async fn make(
    State(app): State<App>,
    reviewer: Reviewer,
    Json(wanted): Json<NewAssignment>,
) -> Result<Json<AssignmentRow>, ApiError> {
    let (registry, now) = (app.intake.registry(), app.now_ms());
    let user = &reviewer.0.user;
    let first = match wanted.repeats.as_deref().filter(|id| !id.is_empty()) {
        None => None,
        Some(id) => {
            // Whoever may not see the first visit must not learn that it is there.
            let first = id.parse().ok().and_then(|id| registry.assignment(id));
            let first = first.filter(|first| user.covers(&first.area));
            Some(&**first.ok_or(ApiError::ValueInvalid { field: "repeats" })?)
        }
    };
    let assignment = compose(&registry, &wanted, new_id()?, first, user.id, now)?;
    check_checklist(&registry, &assignment, first)?;
    if !user.covers(&assignment.area) {
        return Err(ApiError::OutsideScope);
    }
    let event = Event::AssignmentMade(Box::new(assignment.clone()));
    app.intake.register(vec![event]).await.map_err(ApiError::internal)?;
    made(&app, &assignment, now).map(Json)
}

/// The row of an assignment that was just made.
fn made(app: &App, assignment: &Made, now: i64) -> Result<AssignmentRow, ApiError> {
    let registry = app.intake.registry();
    let row = app.readers.read(|connection| row(connection, &registry, assignment, now, Day::of(now)));
    row.map_err(ApiError::internal)
}

fn new_id() -> Result<AssignmentId, ApiError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| ApiError::internal(anyhow::anyhow!("{error}")))?;
    Ok(AssignmentId::new(random))
}

/// That its checklist is not withdrawn 停用, or stands with the assignment that it repeats or replaces.
fn check_checklist(registry: &Registry, assignment: &Made, from: Option<&Made>) -> Result<(), ApiError> {
    let checklist = |made: &Made| (made.template.clone(), made.template_version);
    if from.is_some_and(|from| checklist(from) == checklist(assignment)) {
        return Ok(());
    }
    match registry.withdrawal(&assignment.template, assignment.template_version) {
        Some(withdrawal) => Err(ApiError::TemplateWithdrawn { reason: withdrawal.reason.clone() }),
        None => Ok(()),
    }
}

/// An assignment of what is wanted, which may repeat a first one blindly.
fn compose(
    registry: &Registry,
    wanted: &NewAssignment,
    id: AssignmentId,
    first: Option<&Made>,
    made_by: UserId,
    now: i64,
) -> Result<Made, ApiError> {
    let area: AreaCode = wanted.area.parse().map_err(|_| ApiError::AreaMissing)?;
    if !registry.areas().contains_key(&area) {
        return Err(ApiError::AreaMissing);
    }
    let site = wanted.site.as_deref().filter(|site| !site.is_empty());
    let site: Option<SiteId> =
        site.map(|site| site.parse().map_err(|_| ApiError::ValueInvalid { field: "site" })).transpose()?;
    if let Some(site) = &site
        && registry.sites().get(site).is_none_or(|known| known.area != area)
    {
        return Err(ApiError::ValueInvalid { field: "site" });
    }
    let template = wanted.template.parse().ok();
    let template = template.and_then(|id| registry.template(&id, wanted.version));
    let template = template.ok_or(ApiError::TemplateMissing)?;
    let kind = InspectionKind::parse(&wanted.kind).ok_or(ApiError::ValueInvalid { field: "kind" })?;
    let due: Day = wanted.due.parse().map_err(|_| ApiError::ValueInvalid { field: "due" })?;
    if due < Day::of(now) {
        return Err(ApiError::DueInPast);
    }
    if wanted.note.len() > ASSIGNMENT_NOTE_BYTES_MAX {
        return Err(ApiError::TextTooLong { field: "note", max: ASSIGNMENT_NOTE_BYTES_MAX });
    }
    let mut people = Vec::new();
    for person in &wanted.people {
        let user = person.parse().ok().and_then(|id| registry.user(id));
        let user = user.filter(|user| user.active && may_be_asked(user.role, kind));
        // What 监督代表 may see lies within their areas.
        let user = user.filter(|user| user.role.inspects() || user.covers(&area));
        let id = user.ok_or(ApiError::PersonNotInspector)?.id;
        if !people.contains(&id) {
            people.push(id);
        }
    }
    if people.is_empty() || people.len() > ASSIGNMENT_PEOPLE_MAX {
        return Err(ApiError::ValueInvalid { field: "people" });
    }
    let repeats = match first {
        None => None,
        Some(first) => {
            // Two visits can be compared when they are of one place and one checklist.
            let is_alike = (&first.area, &first.site) == (&area, &site)
                && (&first.template, first.template_version) == (&template.id, template.version);
            if !is_alike {
                return Err(ApiError::ValueInvalid { field: "repeats" });
            }
            if first.people.iter().any(|person| people.contains(person)) {
                return Err(ApiError::BlindSamePerson);
            }
            Some(first.id)
        }
    };
    let about = About {
        kind,
        area: area.clone(),
        site: site.clone(),
        template: template.id.clone(),
        template_version: template.version,
        assignment: Some(id),
        continues: None,
        at: now,
    };
    Ok(Made {
        id,
        kind,
        template: template.id.clone(),
        template_version: template.version,
        area,
        site,
        people,
        due,
        note: wanted.note.trim().to_owned(),
        made_by,
        genesis: genesis(DocId::of_assignment(id), &about, template).into(),
        repeats,
    })
}
