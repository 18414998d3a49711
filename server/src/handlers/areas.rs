//! Where: areas, zones, departments and the districts' outlines.

use std::collections::BTreeSet;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use rounds_shared::{
    area::{Area, AreaCode, Level},
    registry::{Registry, User},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shapes::{AreaRow, Text};
use crate::{
    app::App,
    auth::SignedIn,
    error::ErrorBody,
    extract::{Json, Query},
};

const AREAS: usize = 50;
const AREAS_MAX: usize = 2_000;

/// Which areas are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AreaFilter {
    /// A part of the short name, the beginning of its pinyin initials or of the code.
    query: Option<String>,
    /// Only what lies directly in this area.
    parent: Option<AreaCode>,
    /// Only this level.
    level: Option<Level>,
    /// How many at most.
    limit: Option<usize>,
}

/// A management zone 管理区.
#[derive(Debug, Serialize, ToSchema)]
pub struct ZoneRow {
    code: String,
    title: Text,
    /// The codes of its areas.
    members: Vec<AreaCode>,
    /// Why its members are not final, when they are not.
    pending: Option<Text>,
}

/// Something with a code and a name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Coded {
    /// Its code.
    pub code: String,
    /// Its name.
    pub title: Text,
}

/// Areas that somebody may work in, with those above them. Found ones come closest match first, communities
/// and villages before what is wider.
#[utoipa::path(get, path = "/v1/areas", tag = "areas", params(AreaFilter), responses(
    (status = 200, body = Vec<AreaRow>),
    (status = "4XX", body = ErrorBody)))]
pub async fn areas(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(filter): Query<AreaFilter>,
) -> Json<Vec<AreaRow>> {
    let registry = app.intake.registry();
    let found = find(&registry, &signed_in.user, &filter);
    Json(found.into_iter().map(|area| AreaRow::of(&registry, area.code.as_str())).collect())
}

fn find<'r>(registry: &'r Registry, user: &User, filter: &AreaFilter) -> Vec<&'r Area> {
    let query = filter.query.as_deref().map(|query| query.trim().to_lowercase()).unwrap_or_default();
    let mut found: Vec<_> = registry
        .areas()
        .values()
        .filter(|area| filter.parent.is_none() || area.parent == filter.parent)
        .filter(|area| filter.level.is_none_or(|level| area.level == level))
        .filter(|area| user.covers(&area.code) || user.areas.iter().any(|own| area.code.contains(own)))
        .filter_map(|area| Some((closeness(area, &query)?, area)))
        .collect();
    if !query.is_empty() {
        found.sort_by_key(|(closeness, area)| {
            (*closeness, std::cmp::Reverse(area.level.min(Level::Community)))
        });
    }
    let limit = filter.limit.unwrap_or(AREAS).min(AREAS_MAX);
    found.into_iter().take(limit).map(|(_, area)| area).collect()
}

/// How well an area matches what was typed, best first; `None` when not at all.
fn closeness(area: &Area, query: &str) -> Option<u8> {
    let code = area.code.as_str();
    let begins = [code, area.short.as_str(), area.pinyin.as_str()].iter().any(|text| text.starts_with(query));
    match query {
        query if code == query || area.short == query || area.pinyin == query => Some(0),
        _ if begins => Some(1),
        query if area.short.contains(query) || area.name.contains(query) => Some(2),
        query if area.pinyin.contains(query) => Some(3),
        _ => None,
    }
}

/// The areas that a text names, in any way it may be typed, with everything below them.
pub(crate) fn matching(registry: &Registry, text: &str) -> Vec<AreaCode> {
    let query = text.trim().to_lowercase();
    let mut matching = BTreeSet::new();
    for area in registry.areas().values().filter(|area| closeness(area, &query).is_some()) {
        let below =
            registry.areas().range(area.code.clone()..).take_while(|(code, _)| area.code.contains(code));
        matching.extend(below.map(|(code, _)| code));
    }
    matching.into_iter().cloned().collect()
}

/// The management zones.
#[utoipa::path(get, path = "/v1/zones", tag = "areas", responses((status = 200, body = Vec<ZoneRow>)))]
pub async fn zones(State(app): State<App>, _: SignedIn) -> Json<Vec<ZoneRow>> {
    let registry = app.intake.registry();
    let row = |zone: &rounds_shared::area::Zone| ZoneRow {
        code: zone.code.to_string(),
        title: Text::new(&zone.zh, &zone.en),
        members: zone.members.clone(),
        pending: zone.pending.clone().map(Into::into),
    };
    Json(registry.zones().iter().map(row).collect())
}

/// The departments.
#[utoipa::path(get, path = "/v1/departments", tag = "areas", responses((status = 200, body = Vec<Coded>)))]
pub async fn departments(State(app): State<App>, _: SignedIn) -> Json<Vec<Coded>> {
    let registry = app.intake.registry();
    let row = |department: &rounds_shared::area::Department| Coded {
        code: department.code.to_string(),
        title: Text::new(&department.zh, &department.en),
    };
    Json(registry.departments().values().map(row).collect())
}

/// The districts' outlines as GeoJSON, for shading only.
#[utoipa::path(get, path = "/v1/districts.geojson", tag = "areas", responses(
    (status = 200, description = "GeoJSON whose features have an area's `code`", content_type = "application/geo+json")))]
pub async fn districts(State(app): State<App>, _: SignedIn) -> Response {
    let kind =
        [(header::CONTENT_TYPE, "application/geo+json"), (header::CACHE_CONTROL, "private, max-age=3600")];
    (kind, app.city.outlines.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use rounds_shared::{ids::UserId, permission::Role};

    use super::*;
    use crate::{city::City, founding::built_in};

    fn search(areas: &[&str], query: &str) -> Vec<String> {
        let mut registry = Registry::default();
        let city = City::load(built_in).unwrap();
        registry.apply(1, 0, &rounds_shared::registry::Event::AreasPut(city.areas));
        let user = User {
            id: UserId::new([1; 16]),
            login: "li".into(),
            name: "李".into(),
            role: Role::Supervisor,
            areas: areas.iter().map(|area| area.parse().unwrap()).collect(),
            department: None,
            active: true,
        };
        let filter = AreaFilter { query: Some(query.into()), parent: None, level: None, limit: Some(3) };
        find(&registry, &user, &filter).into_iter().map(|area| area.short.clone()).collect()
    }

    #[test]
    fn a_community_is_found_by_name_initials_and_code() {
        for query in ["翠湖西路社区", "翠湖西", "chxlsq", "CHXL", "530102001001"] {
            assert_eq!(search(&["5301"], query).first().map(String::as_str), Some("翠湖西路社区"), "{query}");
        }
        assert_eq!(search(&["5301"], "五华区").first().map(String::as_str), Some("五华区"));
        assert!(search(&["5301"], "没有这个地方").is_empty());
    }

    #[test]
    fn a_supervisor_finds_his_areas_and_what_lies_above_them() {
        assert!(search(&["530103"], "翠湖西路社区").is_empty());
        assert_eq!(search(&["530102001"], "五华区"), ["五华区"]);
    }
}
