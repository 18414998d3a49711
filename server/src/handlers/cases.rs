//! 问题整改: cases as a list and in full, and what supervisors do about them.

mod detail;

use std::{collections::HashMap, sync::Arc};

use axum::extract::State;
use rounds_shared::{
    calendar::Day,
    case::{Act, ActKind, CASE_PHOTOS_MAX, Case, CaseAbout, CaseState, Standing},
    document::{Document, PhotoDraft, case_genesis},
    ids::{DocId, UserId},
    inspection::{Inspection, PhotoRole, PhotoSource},
    permission::{Duty, may_have},
    registry::{Registry, User},
};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use detail::{CaseDetail, CaseEventDetail, CaseRow};

use super::{
    inspections::{check_length, check_reason, not_done, visible},
    shapes::Paging,
};
use crate::{
    app::App,
    auth::{Reviewer, SignedIn},
    console_device::Unfit,
    error::{ApiError, ErrorBody},
    extract::{Json, Path, Query},
    sight,
    views::{self, cases::Filter, inspections::AreaFilter},
};

/// What a list of cases may be narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// An area's code: it and everything below it.
    area: Option<String>,
    /// Where they stand.
    state: Option<String>,
    /// `1`: only what should have been put right by now.
    overdue: Option<String>,
    /// Those that follow the findings of this inspection.
    inspection: Option<DocId>,
    /// Which page, from 1.
    page: Option<u64>,
    /// Rows a page.
    per_page: Option<u64>,
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseList {
    rows: Vec<CaseRow>,
    total: u64,
    /// How many there are of each state, whatever state the list asks for.
    by_state: HashMap<String, u64>,
}

/// The finding that a case is to follow.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CaseDraft {
    /// The inspection.
    inspection: DocId,
    /// The finding's key in it.
    finding: String,
}

/// An act on a case. What does not belong to it is left out.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ActDraft {
    /// What is done.
    #[schema(value_type = ActKind)]
    act: String,
    /// Why, or a word on it.
    #[serde(default)]
    text: String,
    /// Of a dispatch: who puts it right.
    #[serde(default)]
    to: Option<UserId>,
    /// Of a dispatch: who is asked to check it.
    #[serde(default)]
    checker: Option<UserId>,
    /// Of a dispatch or an extension: by the end of which day.
    #[serde(default)]
    due: Option<Day>,
}

/// The cases of the user's scope: what is to be done first, by the day it is due, then the latest.
#[utoipa::path(get, path = "/v1/cases", tag = "cases", params(CaseQuery),
    responses((status = 200, body = CaseList), (status = 401, body = ErrorBody)))]
pub async fn list(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(query): Query<CaseQuery>,
) -> Result<Json<CaseList>, ApiError> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let area =
        given(query.area).map(|area| area.parse().map_err(|_| ApiError::ValueInvalid { field: "area" }));
    let state = given(query.state)
        .map(|state| CaseState::parse(&state).ok_or(ApiError::ValueInvalid { field: "state" }));
    let (registry, today) = (app.intake.registry(), Day::of(app.now_ms()));
    let filter = Filter {
        areas: AreaFilter::of(&signed_in.user).and(area.transpose()?),
        state: state.transpose()?,
        overdue: (query.overdue.as_deref() == Some("1")).then_some(today),
        inspection: query.inspection,
    };
    let paging = Paging { page: query.page, per_page: query.per_page }.offset_and_limit();
    let found = app.readers.read(|connection| {
        let tally = views::cases::tally(connection, &filter)?;
        Ok::<_, rusqlite::Error>((views::cases::page(connection, &filter, paging)?, tally))
    });
    let (rows, tally) = found.map_err(ApiError::internal)?;
    let listed = tally.iter().filter(|(state, _)| filter.state.is_none_or(|wanted| wanted == *state));
    Ok(Json(CaseList {
        total: listed.map(|(_, cases)| cases).sum(),
        rows: rows.into_iter().map(|row| CaseRow::of(&registry, row, today)).collect(),
        by_state: tally.into_iter().map(|(state, cases)| (state.as_str().to_owned(), cases)).collect(),
    }))
}

/// A case in full.
#[utoipa::path(get, path = "/v1/cases/{id}", tag = "cases", params(("id" = DocId, Path)),
    responses((status = 200, body = CaseDetail), (status = 404, body = ErrorBody)))]
pub async fn one(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Path(id): Path<DocId>,
) -> Result<Json<CaseDetail>, ApiError> {
    detail(&app, &signed_in, id).map(Json)
}

fn detail(app: &App, signed_in: &SignedIn, id: DocId) -> Result<CaseDetail, ApiError> {
    let found = app.readers.read(|connection| {
        let row = visible_case(connection, &signed_in.user, id)?;
        Ok::<_, rusqlite::Error>(row.zip(views::documents::load(connection, id)?))
    });
    let (row, document) = found.map_err(ApiError::internal)?.ok_or(ApiError::NotFound)?;
    let case = document.case(&[]).map_err(ApiError::internal)?;
    let (registry, today) = (app.intake.registry(), Day::of(app.now_ms()));
    let row = CaseRow::of(&registry, row, today);
    Ok(CaseDetail::of(&registry, &app.photos, &signed_in.user, row, &case))
}

fn visible_case(
    connection: &Connection,
    user: &User,
    id: DocId,
) -> rusqlite::Result<Option<views::cases::Row>> {
    if sight::sees(connection, user, id)? { views::cases::one(connection, id) } else { Ok(None) }
}

/// Opens the case of a finding 立案, with what the finding says and its photos. One that is open stays as it is.
#[utoipa::path(post, path = "/v1/cases", tag = "cases", request_body = CaseDraft,
    responses((status = 200, body = CaseDetail), (status = "4XX", description = "not_found, finding_struck, finding_blind", body = ErrorBody)))]
pub async fn open(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Json(draft): Json<CaseDraft>,
) -> Result<Json<CaseDetail>, ApiError> {
    let found = app.readers.read(|connection| {
        let row = visible(connection, &signed_in, draft.inspection)?;
        let document = row.and(views::documents::load(connection, draft.inspection)?);
        Ok::<_, rusqlite::Error>(document.zip(Some(views::labels::is_blind(connection, draft.inspection)?)))
    });
    let (document, is_blind) = found.map_err(ApiError::internal)?.ok_or(ApiError::NotFound)?;
    // Whoever a case is dispatched to may be of the other half.
    if is_blind {
        return Err(ApiError::FindingBlind);
    }
    let inspection = document.inspection().map_err(ApiError::internal)?;
    let opening = Opening::of(&inspection, &draft)?;
    let (doc, now) = (opening.about.doc(), app.now_ms());
    let genesis = case_genesis(&opening.about);
    let registry = app.intake.registry();
    let begun = app.console_device.begin(signed_in.user.id, doc, Some(genesis), now, |document, session| {
        let standing = standing(&registry, document)?;
        if standing.state != CaseState::Pending {
            return Err(Unfit::Unfit(ApiError::CaseChanged));
        }
        for photo in &opening.photos {
            document.add_photo(session, now, photo)?;
        }
        Ok(document.act(session, now, &opening.act, &opening.note)?)
    });
    match begun.await.map_err(not_done) {
        Ok(()) | Err(ApiError::CaseChanged) => detail(&app, &signed_in, doc).map(Json),
        Err(error) => Err(error),
    }
}

/// A case as it begins.
struct Opening {
    about: CaseAbout,
    act: Act,
    note: String,
    photos: Vec<PhotoDraft>,
}

impl Opening {
    fn of(inspection: &Inspection, draft: &CaseDraft) -> Result<Self, ApiError> {
        let finding = inspection.findings.iter().find(|finding| finding.id == draft.finding);
        let finding = finding.ok_or(ApiError::NotFound)?;
        if finding.struck.is_some() {
            return Err(ApiError::FindingStruck);
        }
        let about = &inspection.about;
        let shows_it = |role| matches!(role, PhotoRole::Evidence | PhotoRole::Before);
        let photos = inspection
            .photos
            .iter()
            .filter(|photo| photo.finding.as_deref() == Some(&draft.finding))
            .filter(|photo| photo.struck.is_none() && shows_it(photo.role))
            .filter(|photo| photo.source != PhotoSource::Drawn || photo.copy_of.is_some())
            .take(CASE_PHOTOS_MAX)
            .map(|photo| PhotoDraft {
                hash: photo.hash,
                bytes: photo.bytes,
                item: None,
                finding: None,
                // Its key there says whose device took it.
                copy_of: Some(photo.id.clone()),
                source: photo.source,
                role: PhotoRole::Before,
                point: photo.point,
            });
        Ok(Self {
            about: CaseAbout {
                inspection: draft.inspection,
                finding: finding.id.clone(),
                item: finding.item.clone(),
                area: about.area.clone(),
                site: about.site.clone(),
                template: about.template.clone(),
                template_version: about.template_version,
                at: finding.stamp.at,
            },
            act: Act::Open { kind: finding.kind.clone(), place: finding.place.clone(), point: finding.point },
            note: finding.note.clone(),
            photos: photos.collect(),
        })
    }
}

/// Does something about a case: 派遣, 延期, 核查, 结案, 撤销.
#[utoipa::path(post, path = "/v1/cases/{id}/events", tag = "cases", params(("id" = DocId, Path)),
    request_body = ActDraft,
    responses((status = 200, body = CaseDetail),
    (status = "4XX", description = "not_found, case_changed, person_not_for_case, due_in_past, reason_required", body = ErrorBody)))]
pub async fn act(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Path(id): Path<DocId>,
    Json(draft): Json<ActDraft>,
) -> Result<Json<CaseDetail>, ApiError> {
    let found = app.readers.read(|connection| visible_case(connection, &signed_in.user, id));
    found.map_err(ApiError::internal)?.ok_or(ApiError::NotFound)?;
    let (registry, now, user) = (app.intake.registry(), app.now_ms(), signed_in.user.id);
    let act = asked(&registry, &draft, Day::of(now))?;
    let text = draft.text.trim().to_owned();
    let done = app.console_device.act(user, id, now, |document, session| {
        let standing = standing(&registry, document)?;
        if standing.allows(act.kind(), Some(user)).is_none() {
            return Err(Unfit::Unfit(ApiError::CaseChanged));
        }
        // 转派: whoever takes it from somebody says why.
        let is_taken = standing.responsible.is_some() && act.kind() == ActKind::Dispatch;
        if is_taken && text.is_empty() {
            return Err(Unfit::Unfit(ApiError::ReasonRequired));
        }
        Ok(document.act(session, now, &act, &text)?)
    });
    done.await.map_err(not_done)?;
    detail(&app, &signed_in, id).map(Json)
}

fn standing(registry: &Arc<Registry>, document: &Document) -> Result<Standing, Unfit<ApiError>> {
    let case: Case = document.case(&[]).map_err(|error| Unfit::Unfit(ApiError::internal(error)))?;
    Ok(case.standing(|device| registry.device(device).map(|device| device.user)))
}

/// What a supervisor asks for, if it makes sense.
fn asked(registry: &Registry, draft: &ActDraft, today: Day) -> Result<Act, ApiError> {
    let due = || {
        let due = draft.due.ok_or(ApiError::ValueInvalid { field: "due" })?;
        if due < today { Err(ApiError::DueInPast) } else { Ok(due) }
    };
    let person = |id: UserId, duty: Duty| {
        let may = |user: &&User| user.active && may_have(user.role, duty);
        registry.user(id).filter(may).map(|user| user.id).ok_or(ApiError::PersonNotForCase)
    };
    check_length(&draft.text)?;
    let with_reason = |act: Act| check_reason(&draft.text).map(|()| act);
    match ActKind::parse(&draft.act) {
        Some(ActKind::Dispatch) => Ok(Act::Dispatch {
            to: person(draft.to.ok_or(ApiError::ValueInvalid { field: "to" })?, Duty::Handle)?,
            checker: draft.checker.map(|checker| person(checker, Duty::Check)).transpose()?,
            due: due()?,
        }),
        Some(ActKind::Extend) => with_reason(Act::Extend { due: due()? }),
        Some(ActKind::Pass) => Ok(Act::Pass { photos: Vec::new() }),
        Some(ActKind::Fail) => with_reason(Act::Fail { photos: Vec::new() }),
        Some(ActKind::Close) => Ok(Act::Close),
        Some(ActKind::Withdraw) => with_reason(Act::Withdraw),
        // A case is opened from its finding, and put right where it is.
        Some(ActKind::Open | ActKind::GiveBack | ActKind::Fix | ActKind::Later) | None => {
            Err(ApiError::ValueInvalid { field: "act" })
        }
    }
}
