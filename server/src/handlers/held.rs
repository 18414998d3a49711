//! 待审定: envelopes that are stored but not merged, and what a supervisor says of them.

mod content;

use axum::{extract::State, http::StatusCode};
use rounds_shared::registry::Registry;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use content::Content;
pub use content::{HeldLine, HeldLineKind};

use super::{
    inspections::check_reason,
    shapes::{AreaRow, Paging, Person},
};
use crate::{
    app::App,
    auth::Reviewer,
    error::{ApiError, ErrorBody},
    extract::{Json, Path, Query},
    intake::Unruled,
    log::LogError,
    views::{
        self,
        held::{Held, HeldState},
        inspections::AreaFilter,
    },
};

/// A held envelope.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldRow {
    /// The entry 流水号.
    seq: u64,
    /// When it came in, in milliseconds.
    at: i64,
    /// The device.
    device: String,
    /// What its owner calls it.
    device_name: String,
    /// Whose it is.
    user: Person,
    /// The inspection it is for.
    inspection: String,
    /// Whether something of the inspection is merged, and can be looked at.
    merged: bool,
    /// Where the inspection is; none when that is only told in what the envelope waits for.
    area: Option<AreaRow>,
    /// Why: a code the language files have a sentence for.
    reason: String,
    /// How many changes it waits for.
    missing: u64,
    /// How large it is, in bytes.
    bytes: u64,
    /// When it was made, by the device's clock in milliseconds.
    made_at: i64,
    /// Whether it was merged after all.
    released: bool,
    /// The last ruling 审定 on it.
    ruling: Option<RulingRow>,
    /// Whether what it waits for was dismissed: it is not merged by itself, and can be dismissed as well.
    stands_on_dismissed: bool,
    /// What it records; empty when that cannot be told without what it waits for.
    content: Vec<HeldLine>,
}

/// What a person said of a held envelope.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulingRow {
    /// When, in milliseconds.
    at: i64,
    /// Who.
    by: Person,
    /// Why.
    reason: String,
}

/// Which held envelopes are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HeldQuery {
    /// Those that wait, when nothing is said.
    #[param(inline)]
    pub(super) state: Option<HeldState>,
    /// Which page, from 1.
    page: Option<u64>,
    /// Rows a page.
    per_page: Option<u64>,
}

/// A ruling to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RulingDraft {
    /// Whether it is admitted 准予采用 or dismissed 不予采用.
    admit: bool,
    /// Why.
    reason: String,
}

/// A page of held envelopes.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldList {
    rows: Vec<HeldRow>,
    total: u64,
}

/// The held envelopes of the user's scope, newest first.
#[utoipa::path(get, path = "/v1/held", tag = "inspections", params(HeldQuery),
    responses((status = 200, body = HeldList), (status = 401, body = ErrorBody)))]
pub async fn list(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(query): Query<HeldQuery>,
) -> Result<Json<HeldList>, ApiError> {
    let registry = app.intake.registry();
    let state = query.state.unwrap_or(HeldState::Open);
    let (offset, limit) = Paging { page: query.page, per_page: query.per_page }.offset_and_limit();
    let areas = AreaFilter::of(&signed_in.user);
    // Documents are loaded for their content, off the threads that answer.
    let look = move || {
        let log = app.intake.log().clone();
        app.readers.read(|connection| {
            let (held, total) = views::held::page(connection, &areas, state, offset, limit)?;
            let mut rows = Vec::with_capacity(held.len());
            for held in held {
                let envelope = log.entry(connection, held.seq)?.map(|row| row.entry.body).unwrap_or_default();
                rows.push(HeldRow::of(&registry, held, content::read(connection, &log, &registry, envelope)));
            }
            Ok::<_, LogError>(HeldList { rows, total })
        })
    };
    let list = tokio::task::spawn_blocking(look).await.map_err(ApiError::internal)?;
    list.map(Json).map_err(ApiError::internal)
}

/// Rules on a held envelope: admitted, it is merged, with what waited for it. A ruling against it can be followed by one
/// for it; nothing is taken back out of an inspection.
#[utoipa::path(post, path = "/v1/held/{seq}/ruling", tag = "inspections", params(("seq" = u64, Path,)),
    request_body = RulingDraft, responses(
    (status = 204),
    (status = "4XX", description = "not_found, reason_required, text_too_long, ruling_settled, ruling_waits, ruling_impossible", body = ErrorBody)))]
pub async fn rule(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Path(seq): Path<u64>,
    Json(draft): Json<RulingDraft>,
) -> Result<StatusCode, ApiError> {
    check_reason(&draft.reason)?;
    // A number no entry can have.
    i64::try_from(seq).map_err(|_| ApiError::NotFound)?;
    let reason = draft.reason.trim().to_owned();
    match app.intake.rule(seq, draft.admit, reason, signed_in.user.id).await? {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(Unruled::NotHeld) => Err(ApiError::NotFound),
        Err(Unruled::Settled) => Err(ApiError::RulingSettled),
        Err(Unruled::Waiting) => Err(ApiError::RulingWaits),
        Err(Unruled::Impossible) => Err(ApiError::RulingImpossible),
    }
}

impl HeldRow {
    fn of(registry: &Registry, held: Held, content: Content) -> Self {
        let device = registry.device(held.device);
        Self {
            seq: held.seq,
            at: held.at,
            device: held.device.to_string(),
            device_name: device.map(|device| device.name.clone()).unwrap_or_default(),
            user: Person::of_device(registry, Some(held.device)),
            inspection: held.doc.to_string(),
            reason: held.reason,
            missing: held.missing,
            bytes: held.bytes,
            made_at: held.made_at,
            released: held.released.is_some(),
            merged: content.merged,
            area: content.area,
            stands_on_dismissed: content.stands_on_dismissed,
            content: content.lines,
            ruling: held.ruled.map(|ruled| RulingRow {
                at: ruled.at,
                by: Person::of(registry, ruled.by),
                reason: ruled.reason,
            }),
        }
    }
}
