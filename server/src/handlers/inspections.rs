//! 复核: inspections as lists, in full, as files, and what reviewers do with them.

mod detail;
mod row;

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use rounds_shared::{
    answer::Value,
    assessment::assess,
    calendar::Day,
    document::{Document, Session},
    ids::DocId,
    inspection::{Inspection, OpRef, ReviewAct},
    permission::Role,
    protocol::limits::TEXT_BYTES_MAX,
    registry::Registry,
    template::Template,
};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use detail::{AnswerDetail, InspectionDetail, ItemDetail, PhotoDetail, ReviewKind, ValueDetail};
pub use row::InspectionRow;

use super::shapes::Paging;
use crate::{
    app::App,
    auth::{Reviewer, SignedIn},
    console_device::{ActError, Unfit},
    error::{ApiError, ErrorBody},
    extract::{Json, Path, Query},
    sight,
    vault::Action,
    views::{
        self,
        inspections::{AreaFilter, Filter, Sort},
    },
};

/// What the address of an inspection's Automerge file ends with.
const FILE_SUFFIX: &str = ".automerge";

/// What a list of inspections may be narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// An area's code: it and everything below it.
    area: Option<String>,
    /// A review state.
    state: Option<String>,
    /// `open` or `none`.
    conflict: Option<String>,
    /// A user's id.
    inspector: Option<String>,
    /// A template's id.
    template: Option<String>,
    /// A kind of visit.
    kind: Option<String>,
    /// Changed on this day or later.
    from: Option<String>,
    /// Changed on this day or before.
    to: Option<String>,
    /// A part of an area's name, pinyin initials or code.
    query: Option<String>,
    /// `changed` (newest first), `due` or `score`.
    sort: Option<String>,
    /// Which page, from 1.
    page: Option<u64>,
    /// Rows a page.
    per_page: Option<u64>,
}

/// Inspections and how many there are of each state.
#[derive(Debug, Serialize, ToSchema)]
pub struct InspectionList {
    rows: Vec<InspectionRow>,
    total: u64,
    counts: InspectionCounts,
}

/// How many inspections there are, whatever state the list asks for.
#[derive(Debug, Serialize, ToSchema)]
pub struct InspectionCounts {
    by_state: HashMap<String, u64>,
    conflict_open: u64,
}

/// The list of inspections in a user's scope.
#[utoipa::path(get, path = "/v1/inspections", tag = "inspections", params(ListQuery),
    responses((status = 200, body = InspectionList), (status = 401, body = ErrorBody)))]
pub async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<ListQuery>,
) -> Result<Json<InspectionList>, ApiError> {
    let registry = app.intake.registry();
    let filter = filter(&registry, &signed_in, &query)?;
    let sort = sort(&query)?;
    let (offset, limit) = Paging { page: query.page, per_page: query.per_page }.offset_and_limit();
    let list = app.readers.read(|connection| {
        let tallies = views::inspections::tally(connection, &filter)?;
        let total = tallies.iter().map(|tally| tally.listed(&filter)).sum();
        let rows = views::inspections::page(connection, &filter, sort, (offset, limit), &tallies)?;
        let rows = rows.into_iter().map(|row| InspectionRow::of(connection, &registry, &app.photos, row));
        let rows = rows.collect::<Result<_, rusqlite::Error>>()?;
        let mut counts = InspectionCounts { by_state: HashMap::new(), conflict_open: 0 };
        for tally in tallies {
            counts.conflict_open += tally.disputed;
            *counts.by_state.entry(tally.state).or_default() += tally.inspections;
        }
        Ok::<_, rusqlite::Error>(InspectionList { rows, total, counts })
    });
    Ok(Json(list.map_err(ApiError::internal)?))
}

pub(super) fn sort(query: &ListQuery) -> Result<Sort, ApiError> {
    match query.sort.as_deref() {
        None | Some("changed") => Ok(Sort::Changed),
        Some("due") => Ok(Sort::Due),
        Some("score") => Ok(Sort::Score),
        Some(_) => Err(ApiError::ValueInvalid { field: "sort" }),
    }
}

/// What somebody asks for, within what he may see.
pub(super) fn filter(
    registry: &Registry,
    signed_in: &SignedIn,
    query: &ListQuery,
) -> Result<Filter, ApiError> {
    fn parsed<T: std::str::FromStr>(
        text: Option<&String>,
        field: &'static str,
    ) -> Result<Option<T>, ApiError> {
        let text = text.filter(|text| !text.is_empty());
        text.map(|text| text.parse().map_err(|_| ApiError::ValueInvalid { field })).transpose()
    }
    let conflict = match query.conflict.as_deref() {
        None | Some("") => None,
        Some("open") => Some(true),
        Some("none") => Some(false),
        Some(_) => return Err(ApiError::ValueInvalid { field: "conflict" }),
    };
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    Ok(Filter {
        areas: AreaFilter::of(&signed_in.user).and(parsed(query.area.as_ref(), "area")?),
        state: given(&query.state),
        // 监督代表 learn of nothing that was not approved, but for what they were asked to, not even how much there is.
        observer: (signed_in.user.role == Role::Observer).then_some(signed_in.user.id),
        conflict,
        person: parsed(query.inspector.as_ref(), "inspector")?,
        template: given(&query.template),
        kind: given(&query.kind),
        from: parsed::<Day>(query.from.as_ref(), "from")?,
        to: parsed::<Day>(query.to.as_ref(), "to")?,
        matched: given(&query.query).map(|text| super::areas::matching(registry, &text)),
    })
}

/// A merged inspection in full.
#[utoipa::path(get, path = "/v1/inspections/{id}", tag = "inspections", params(("id" = String, Path)),
    responses((status = 200, body = InspectionDetail), (status = 404, body = ErrorBody)))]
pub async fn one(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    // The router cannot tell `{id}` from `{id}.automerge`.
    match id.strip_suffix(FILE_SUFFIX) {
        Some(id) => file(&app, &signed_in, id.parse().map_err(|_| ApiError::NotFound)?).await,
        None => {
            let id = id.parse().map_err(|_| ApiError::NotFound)?;
            detail(&app, &signed_in, id).map(|detail| Json(detail).into_response())
        }
    }
}

pub(super) fn detail(app: &App, signed_in: &SignedIn, id: DocId) -> Result<InspectionDetail, ApiError> {
    let (mut detail, links) = open(app, signed_in, id, |details, row| {
        let about = &details.inspection.about;
        (details.detail(row), [about.continues, about.continuation(id).continuation_id()])
    })?;
    let seen = app.readers.read(|connection| {
        let one = |doc: Option<DocId>| match doc {
            Some(doc) => visible(connection, signed_in, doc).map(|row| row.map(|_| doc.to_string())),
            None => Ok(None),
        };
        Ok::<_, rusqlite::Error>((one(links[0])?, one(links[1])?))
    });
    (detail.continues, detail.continued_by) = seen.map_err(ApiError::internal)?;
    Ok(detail)
}

/// Some items of an inspection, in the order of the checklist: a list of them need not read a document's whole history.
pub(super) fn items(
    app: &App,
    signed_in: &SignedIn,
    id: DocId,
    codes: &[String],
) -> Result<(InspectionRow, Vec<ItemDetail>), ApiError> {
    open(app, signed_in, id, |details, row| (row, details.items(codes)))
}

fn open<T>(
    app: &App,
    signed_in: &SignedIn,
    id: DocId,
    read: impl FnOnce(&detail::Details<'_>, InspectionRow) -> T,
) -> Result<T, ApiError> {
    let registry = app.intake.registry();
    let found = app.readers.read(|connection| {
        let row = visible(connection, signed_in, id)?;
        let row = row.map(|row| InspectionRow::of(connection, &registry, &app.photos, row)).transpose()?;
        Ok::<_, rusqlite::Error>(row.zip(views::documents::load(connection, id)?))
    });
    let (row, document) = found.map_err(ApiError::internal)?.ok_or(ApiError::NotFound)?;
    let inspection = document.inspection().map_err(ApiError::internal)?;
    let template = template_of(&registry, &inspection)?;
    let details = detail::Details {
        document: &document,
        inspection: &inspection,
        template: &template,
        registry: &registry,
        photos: &app.photos,
        score: assess(&template, &inspection),
    };
    Ok(read(&details, row))
}

/// An inspection as another state of its document says, such as an earlier one.
pub(super) fn detail_of(
    app: &App,
    registry: &Registry,
    mut row: InspectionRow,
    document: &Document,
) -> Result<InspectionDetail, ApiError> {
    let inspection = document.inspection().map_err(ApiError::internal)?;
    let template = template_of(registry, &inspection)?;
    let score = assess(&template, &inspection);
    row.stand_as(registry, document, &inspection, &score);
    let photos = &app.photos;
    let details =
        detail::Details { document, inspection: &inspection, template: &template, registry, photos, score };
    Ok(details.detail(row))
}

/// The inspection's row, if it is there and the user may see it.
pub(super) fn visible(
    connection: &Connection,
    signed_in: &SignedIn,
    id: DocId,
) -> rusqlite::Result<Option<views::inspections::Row>> {
    if sight::sees(connection, &signed_in.user, id)? {
        views::inspections::one(connection, id)
    } else {
        Ok(None)
    }
}

pub(super) fn template_of(registry: &Registry, inspection: &Inspection) -> Result<Arc<Template>, ApiError> {
    registry.checklist(inspection).ok_or(ApiError::TemplateMissing)
}

/// The document as a plain Automerge file that any Automerge opens.
#[utoipa::path(get, path = "/v1/inspections/{id}.automerge", tag = "inspections", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/vnd.automerge"), (status = 404, body = ErrorBody)))]
async fn file(app: &App, signed_in: &SignedIn, id: DocId) -> Result<Response, ApiError> {
    let saved = app.readers.read(|connection| {
        let visible = visible(connection, signed_in, id)?.is_some();
        Ok::<_, rusqlite::Error>(views::documents::saved(connection, id)?.filter(|_| visible))
    });
    let saved = saved.map_err(ApiError::internal)?.ok_or(ApiError::NotFound)?;
    signed_in.audit(app, Action::Export, format!("{id}{FILE_SUFFIX}")).await?;
    let name = format!("attachment; filename=\"{id}{FILE_SUFFIX}\"");
    let headers =
        [(header::CONTENT_TYPE, "application/vnd.automerge".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, saved).into_response())
}

/// A decision 核定 on an item.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Decision {
    /// The item.
    item: String,
    /// The value that holds.
    value: String,
    /// The values and earlier decisions that were looked at.
    covers: Vec<String>,
    /// Why.
    reason: String,
}

/// Decides an item. When anything was recorded since, nothing is decided.
#[utoipa::path(post, path = "/v1/inspections/{id}/decisions", tag = "inspections", params(("id" = String, Path)),
    request_body = Decision,
    responses((status = 200, body = InspectionDetail), (status = 409, body = ErrorBody)))]
pub async fn decide(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<DocId>,
    Json(decision): Json<Decision>,
) -> Result<Json<InspectionDetail>, ApiError> {
    check_reason(&decision.reason)?;
    let registry = app.intake.registry();
    act(&app, &reviewer.0, id, move |inspection, document, session, now| {
        let template = template_of(&registry, inspection).map_err(Unfit::Unfit)?;
        let item = template.item(&decision.item).ok_or(Unfit::Unfit(ApiError::NotFound))?;
        if Value::parse(&item.scale, &decision.value).is_err() {
            return Err(Unfit::Unfit(ApiError::ValueInvalid { field: "value" }));
        }
        let now_standing = detail::covers(inspection, &decision.item);
        let looked_at: Vec<OpRef> = decision.covers.into_iter().map(OpRef).collect();
        if now_standing.is_empty() || now_standing.iter().any(|op| !looked_at.contains(op)) {
            return Err(Unfit::Unfit(ApiError::ConflictChanged));
        }
        let decide = ReviewAct::Decide { value: decision.value, covers: now_standing };
        Ok(document.review(
            session,
            now,
            &decide,
            &[(Some(decision.item.as_str()), decision.reason.trim())],
        )?)
    })
    .await
}

/// A return 退回, item by item.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Return {
    /// The items and why each is returned.
    items: Vec<ReturnedItem>,
    /// Why the visit is returned as a whole; may stand alone.
    #[serde(default)]
    reason: String,
}

/// An item that is returned.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReturnedItem {
    /// The item.
    item: String,
    /// Why.
    reason: String,
}

/// Returns an inspection for amendment 退回补正.
#[utoipa::path(post, path = "/v1/inspections/{id}/returns", tag = "inspections", params(("id" = String, Path)),
    request_body = Return,
    responses((status = 200, body = InspectionDetail), (status = 422, body = ErrorBody)))]
pub async fn send_back(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<DocId>,
    Json(wanted): Json<Return>,
) -> Result<Json<InspectionDetail>, ApiError> {
    let whole = wanted.reason.trim();
    if wanted.items.is_empty() {
        check_reason(whole)?;
    }
    wanted.items.iter().try_for_each(|item| check_reason(&item.reason))?;
    check_length(whole)?;
    let registry = app.intake.registry();
    act(&app, &reviewer.0, id, |inspection, document, session, now| {
        let template = template_of(&registry, inspection).map_err(Unfit::Unfit)?;
        if wanted.items.iter().any(|item| template.item(&item.item).is_none()) {
            return Err(Unfit::Unfit(ApiError::NotFound));
        }
        let items = wanted.items.iter().map(|item| (Some(item.item.as_str()), item.reason.trim()));
        let whole = (!whole.is_empty()).then_some((None, whole));
        let entries: Vec<_> = items.chain(whole).collect();
        Ok(document.review(session, now, &ReviewAct::Return, &entries)?)
    })
    .await
}

/// An approval 通过, at the heads that were looked at.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Approval {
    /// The heads.
    heads: Vec<String>,
    /// A word on it.
    #[serde(default)]
    reason: String,
}

/// Approves an inspection at its heads; what is recorded later shows as 审后变更.
#[utoipa::path(post, path = "/v1/inspections/{id}/approvals", tag = "inspections", params(("id" = String, Path)),
    request_body = Approval,
    responses((status = 200, body = InspectionDetail), (status = 409, body = ErrorBody)))]
pub async fn approve(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<DocId>,
    Json(approval): Json<Approval>,
) -> Result<Json<InspectionDetail>, ApiError> {
    check_length(&approval.reason)?;
    act(&app, &reviewer.0, id, |inspection, document, session, now| {
        let looked_at = views::inspections::parse_heads(&approval.heads);
        if looked_at != document.heads() {
            return Err(Unfit::Unfit(ApiError::HeadsChanged));
        }
        if !inspection.open_conflicts().is_empty() {
            return Err(Unfit::Unfit(ApiError::ConflictOpen));
        }
        let approve = ReviewAct::Approve { heads: approval.heads };
        Ok(document.review(session, now, &approve, &[(None, approval.reason.trim())])?)
    })
    .await
}

/// A comment.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Comment {
    /// The item it is about.
    item: Option<String>,
    /// The words.
    text: String,
}

/// Comments on an inspection or one of its items.
#[utoipa::path(post, path = "/v1/inspections/{id}/comments", tag = "inspections", params(("id" = String, Path)),
    request_body = Comment,
    responses((status = 200, body = InspectionDetail), (status = 422, body = ErrorBody)))]
pub async fn comment(
    State(app): State<App>,
    reviewer: Reviewer,
    Path(id): Path<DocId>,
    Json(comment): Json<Comment>,
) -> Result<Json<InspectionDetail>, ApiError> {
    check_reason(&comment.text)?;
    let registry = app.intake.registry();
    act(&app, &reviewer.0, id, |inspection, document, session, now| {
        let template = template_of(&registry, inspection).map_err(Unfit::Unfit)?;
        if comment.item.as_deref().is_some_and(|item| template.item(item).is_none()) {
            return Err(Unfit::Unfit(ApiError::NotFound));
        }
        let entry = (comment.item.as_deref(), comment.text.trim());
        Ok(document.review(session, now, &ReviewAct::Comment, &[entry])?)
    })
    .await
}

/// Does something to an inspection as the reviewer, and answers with what it is afterwards.
async fn act(
    app: &App,
    signed_in: &SignedIn,
    id: DocId,
    act: impl FnOnce(&Inspection, &mut Document, &mut Session, i64) -> Result<(), Unfit<ApiError>>,
) -> Result<Json<InspectionDetail>, ApiError> {
    let now = app.now_ms();
    let row = app.readers.read(|connection| visible(connection, signed_in, id));
    if row.map_err(ApiError::internal)?.is_none() {
        return Err(ApiError::NotFound);
    }
    let done = app.console_device.act(signed_in.user.id, id, now, |document, session| {
        let inspection = document.inspection().map_err(|error| Unfit::Unfit(ApiError::internal(error)))?;
        act(&inspection, document, session, now)
    });
    done.await.map_err(not_done)?;
    detail(app, signed_in, id).map(Json)
}

/// Why the console's device did not do what it was asked.
pub(super) fn not_done(error: ActError<ApiError>) -> ApiError {
    match error {
        ActError::Unfit(error) => error,
        ActError::NoDocument => ApiError::NotFound,
        ActError::Held(reason) => reason.into(),
        error @ (ActError::Refused(_)
        | ActError::Write(_)
        | ActError::Seal(_)
        | ActError::Vault(_)
        | ActError::Intake(_)
        | ActError::View(_)
        | ActError::NotReady(_)) => ApiError::internal(anyhow::anyhow!("{error}")),
    }
}

pub(super) fn check_reason(reason: &str) -> Result<(), ApiError> {
    if reason.trim().is_empty() { Err(ApiError::ReasonRequired) } else { check_length(reason) }
}

pub(super) fn check_length(reason: &str) -> Result<(), ApiError> {
    match reason.len() {
        0..=TEXT_BYTES_MAX => Ok(()),
        _ => Err(ApiError::TextTooLong { field: "reason", max: TEXT_BYTES_MAX }),
    }
}
