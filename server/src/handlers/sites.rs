//! `/v1/sites`: what is really walked.

use axum::extract::State;
use rounds_shared::{
    area::{AreaCode, Level, Point as StoredPoint, Site, SiteId, SiteKind},
    registry::{Event, Registry, User},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    areas::Coded,
    shapes::{Point, SiteRow},
};
use crate::{
    app::App,
    auth::{Reviewer, SignedIn},
    error::{ApiError, ErrorBody},
    extract::{Json, Query},
    initials,
};

/// Longest name of a site, in bytes.
pub(super) const SITE_NAME_BYTES_MAX: usize = 200;
const SITES_MAX: usize = 2_000;

/// Which sites are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SiteFilter {
    /// Only in this area.
    area: Option<AreaCode>,
}

/// A site to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SiteDraft {
    /// The community or village it lies in.
    area: AreaCode,
    /// What sort of place it is.
    kind: SiteKind,
    /// What people call it.
    name: String,
    /// Where it is, when that is known.
    point: Option<Point>,
}

/// The sites of an area, or of all areas somebody may work in.
#[utoipa::path(get, path = "/v1/sites", tag = "areas", params(SiteFilter), responses(
    (status = 200, body = Vec<SiteRow>),
    (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(filter): Query<SiteFilter>,
) -> Json<Vec<SiteRow>> {
    let registry = app.intake.registry();
    let sites = wanted(&registry, &signed_in.user, &filter).take(SITES_MAX);
    Json(sites.filter_map(|site| SiteRow::of(&registry, site.id.as_str())).collect())
}

/// The sites that somebody asks for, within where he may work.
pub(super) fn wanted<'r>(
    registry: &'r Registry,
    own: &'r User,
    filter: &'r SiteFilter,
) -> impl Iterator<Item = &'r Site> {
    let asked = |site: &&Site| filter.area.as_ref().is_none_or(|area| area.contains(&site.area));
    registry.sites().values().filter(|site| own.covers(&site.area)).filter(asked)
}

/// Makes a site.
#[utoipa::path(post, path = "/v1/sites", tag = "areas", request_body = SiteDraft, responses(
    (status = 200, body = SiteRow),
    (status = "4XX", description = "area_missing, outside_scope, value_invalid, text_too_long", body = ErrorBody)))]
pub async fn create(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Json(draft): Json<SiteDraft>,
) -> Result<Json<SiteRow>, ApiError> {
    let _registering = app.registering().await;
    let registry = app.intake.registry();
    let area = registry.areas().get(&draft.area).ok_or(ApiError::AreaMissing)?;
    signed_in.require_scope(&area.code)?;
    match area.level {
        Level::Community | Level::Village => {}
        Level::City | Level::District | Level::Subdistrict => {
            return Err(ApiError::ValueInvalid { field: "area" });
        }
    }
    let name = draft.name.trim();
    if name.is_empty() {
        return Err(ApiError::ValueInvalid { field: "name" });
    }
    if name.len() > SITE_NAME_BYTES_MAX {
        return Err(ApiError::TextTooLong { field: "name", max: SITE_NAME_BYTES_MAX });
    }
    let site = Site {
        id: next_id(&registry, &area.code, 1),
        area: area.code.clone(),
        kind: draft.kind,
        name: name.to_owned(),
        pinyin: initials::of(name),
        point: draft.point.map(stored).transpose()?,
    };
    let id = site.id.clone();
    app.intake.register(vec![Event::SitesPut(vec![site])]).await?;
    SiteRow::of(&app.intake.registry(), id.as_str()).map(Json).ok_or(ApiError::NotFound)
}

/// The kinds of site.
#[utoipa::path(get, path = "/v1/site-kinds", tag = "areas", responses((status = 200, body = Vec<Coded>)))]
pub async fn kinds(_: SignedIn) -> Json<Vec<Coded>> {
    let row = |kind: SiteKind| Coded { code: kind.as_str().to_owned(), title: kind.title().into() };
    Json(SiteKind::ALL.into_iter().map(row).collect())
}

/// The number that the `nth` new site of a community gets, from 1.
pub(super) fn next_id(registry: &Registry, area: &AreaCode, nth: u32) -> SiteId {
    let numbers = registry.sites().values().filter(|site| site.area == *area).filter_map(|site| {
        let (_, local) = site.id.as_str().split_once('-')?;
        local.parse::<u32>().ok()
    });
    let next = numbers.max().unwrap_or(0).saturating_add(nth);
    SiteId::parse(&format!("{area}-{next}")).expect("an area code and a number are a site id")
}

fn stored(point: Point) -> Result<StoredPoint, ApiError> {
    let place = point_of(point.lat, point.lon).ok_or(ApiError::ValueInvalid { field: "point" })?;
    Ok(StoredPoint { accuracy_m: point.accuracy_m, ..place })
}

/// A point by its degrees, if the earth has it.
pub(super) fn point_of(lat: f64, lon: f64) -> Option<StoredPoint> {
    const E6: f64 = 1_000_000.0;
    if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lon) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "180 million fits")]
    let e6 = |degrees: f64| (degrees * E6).round() as i32;
    Some(StoredPoint { latitude_e6: e6(lat), longitude_e6: e6(lon), accuracy_m: None })
}
