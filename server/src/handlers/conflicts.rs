//! 不一致待核定: every undecided conflict of the scope.

use std::collections::HashMap;

use axum::extract::State;
use rounds_shared::ids::DocId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    inspections::{self, AnswerDetail, InspectionRow, ItemDetail},
    shapes::{Paging, Text},
    templates::ScaleShape,
};
use crate::{
    app::App,
    auth::{Reviewer, SignedIn},
    error::{ApiError, ErrorBody},
    extract::{Json, Query},
    views::{self, inspections::AreaFilter},
};

/// Which conflicts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConflictQuery {
    /// An area's code: it and everything below it.
    area: Option<String>,
    /// Which page, from 1.
    page: Option<u64>,
    /// Rows a page.
    per_page: Option<u64>,
}

/// An item that somebody must decide.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConflictRow {
    /// The inspection.
    inspection: InspectionRow,
    /// The item.
    item: ConflictItem,
    /// The values that stand.
    answer: AnswerDetail,
    /// The item's photos and those of its findings, by hash.
    photos: Vec<String>,
}

/// The item of a conflict.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConflictItem {
    /// Its code.
    code: String,
    /// Its text.
    title: Text,
    /// How it is answered.
    scale: ScaleShape,
}

/// A page of conflicts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConflictList {
    rows: Vec<ConflictRow>,
    total: u64,
}

/// The undecided conflicts of the user's scope, newest first.
#[utoipa::path(get, path = "/v1/conflicts", tag = "inspections", params(ConflictQuery),
    responses((status = 200, body = ConflictList), (status = 401, body = ErrorBody)))]
pub async fn list(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(query): Query<ConflictQuery>,
) -> Result<Json<ConflictList>, ApiError> {
    let areas = areas(&signed_in, &query)?;
    let (offset, limit) = Paging { page: query.page, per_page: query.per_page }.offset_and_limit();
    let page = app.readers.read(|connection| views::conflicts::page(connection, &areas, offset, limit));
    let (conflicts, total) = page.map_err(ApiError::internal)?;
    // A visit with many conflicts is one document: it is read once.
    let mut wanted: HashMap<DocId, Vec<String>> = HashMap::new();
    for conflict in &conflicts {
        wanted.entry(conflict.doc).or_default().push(conflict.item.clone());
    }
    let mut found = HashMap::new();
    for (doc, codes) in wanted {
        let (inspection, items) = inspections::items(&app, &signed_in, doc, &codes)?;
        for item in items {
            found.insert((doc, item.asked.code.clone()), ConflictRow::new(inspection.clone(), item));
        }
    }
    let rows = conflicts.into_iter().filter_map(|conflict| found.remove(&(conflict.doc, conflict.item)));
    Ok(Json(ConflictList { rows: rows.collect(), total }))
}

/// Where somebody asks for, within where he may look.
pub(super) fn areas(signed_in: &SignedIn, query: &ConflictQuery) -> Result<AreaFilter, ApiError> {
    let area = query.area.as_deref().filter(|area| !area.is_empty());
    let area = area.map(|area| area.parse().map_err(|_| ApiError::ValueInvalid { field: "area" }));
    Ok(AreaFilter::of(&signed_in.user).and(area.transpose()?))
}

impl ConflictRow {
    fn new(inspection: InspectionRow, item: ItemDetail) -> Self {
        let photos = item.photos.iter().chain(item.findings.iter().flat_map(|finding| &finding.photos));
        Self {
            photos: photos.map(|photo| photo.hash.clone()).collect(),
            inspection,
            item: ConflictItem { code: item.asked.code, title: item.asked.title, scale: item.asked.scale },
            answer: item.answer,
        }
    }
}
