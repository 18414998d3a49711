//! 问题 on the map: where the findings were seen that the overview counts.

use axum::extract::State;
use rounds_shared::calendar::Day;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    overview::{OverviewQuery, first_day},
    shapes::Point,
};
use crate::{
    app::App,
    auth::Reviewer,
    error::{ApiError, ErrorBody},
    extract::{Json, Query},
    views,
};

/// Points that a map is sent: it gathers them where they are close, and no desk tells more apart.
const POINTS_MAX: u64 = 5_000;

/// Where the newest findings were seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingPoints {
    /// The newest of them.
    points: Vec<FindingPoint>,
    /// How many there are.
    total: u64,
}

/// Where a finding was seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingPoint {
    /// Its inspection.
    inspection: String,
    /// Its item.
    item: String,
    /// Where, in words.
    place: String,
    /// Where.
    point: Point,
}

/// Where the findings of the last seven days were seen, newest first; those without a point have no place on a map.
#[utoipa::path(get, path = "/v1/findings/points", tag = "overview", params(OverviewQuery),
    responses((status = 200, body = FindingPoints), (status = 401, body = ErrorBody)))]
pub async fn points(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(query): Query<OverviewQuery>,
) -> Result<Json<FindingPoints>, ApiError> {
    let areas = query.areas(&signed_in)?;
    let from = first_day(Day::of(app.now_ms()));
    let found = app.readers.read(|connection| views::findings::located(connection, &areas, from, POINTS_MAX));
    let (rows, total) = found.map_err(ApiError::internal)?;
    let points = rows.into_iter().map(|row| FindingPoint {
        inspection: row.doc.to_string(),
        item: row.item,
        place: row.place,
        point: row.point.into(),
    });
    Ok(Json(FindingPoints { points: points.collect(), total }))
}
