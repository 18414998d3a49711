//! 待审定: envelopes that are stored but not merged, as a list to read.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::{Paging, Person};
use crate::{
    app::App,
    auth::Reviewer,
    error::{ApiError, ErrorBody},
    extract::{Json, Query},
    views::{self, inspections::AreaFilter},
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
    /// The document it is for.
    inspection: String,
    /// Why: a code the language files have a sentence for.
    reason: String,
    /// How many changes it waits for.
    missing: u64,
    /// How large it is, in bytes.
    bytes: u64,
    /// When it was made, by the device's clock in milliseconds.
    made_at: i64,
}

/// A page of held envelopes.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldList {
    rows: Vec<HeldRow>,
    total: u64,
}

/// The held envelopes of the user's scope, newest first.
#[utoipa::path(get, path = "/v1/held", tag = "inspections", params(Paging),
    responses((status = 200, body = HeldList), (status = 401, body = ErrorBody)))]
pub async fn list(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(paging): Query<Paging>,
) -> Result<Json<HeldList>, ApiError> {
    let registry = app.intake.registry();
    let (offset, limit) = paging.offset_and_limit();
    let areas = AreaFilter::of_scope(&signed_in.user.areas);
    let page = app.readers.read(|connection| views::held::page(connection, &areas, offset, limit));
    let (held, total) = page.map_err(ApiError::internal)?;
    let rows = held
        .into_iter()
        .map(|held| HeldRow {
            seq: held.seq,
            at: held.at,
            device: held.device.to_string(),
            device_name: registry.device(held.device).map(|device| device.name.clone()).unwrap_or_default(),
            user: Person::of_device(&registry, Some(held.device)),
            inspection: held.doc.to_string(),
            reason: held.reason,
            missing: held.missing,
            bytes: held.bytes,
            made_at: held.made_at,
        })
        .collect();
    Ok(Json(HeldList { rows, total }))
}
