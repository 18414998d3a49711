//! What was found: inspections, findings, what is to be decided and what is to be ruled on.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use rounds_shared::{
    ids::DocId,
    registry::Registry,
    template::{FindingKind, Item, Severity},
};
use rusqlite::Connection;

use super::{Asked, mark, place};
use crate::{
    app::App,
    auth::{Reviewer, SignedIn},
    error::{ApiError, ErrorBody},
    export::{Cell, ExportError, FileQuery, Row, Rows, Sheet, Words},
    extract::Query,
    handlers::{
        conflicts::{self, ConflictQuery},
        held::HeldQuery,
        inspections::{self, AnswerDetail, InspectionRow, ListQuery},
        shapes::{AreaRow, Person, Text},
    },
    views::{self, held::HeldState, inspections::AreaFilter},
};

const INSPECTIONS: Sheet = Sheet {
    name: "inspections",
    columns: &[
        ("area_path", 22),
        ("area", 30),
        ("site", 20),
        ("kind", 12),
        ("template", 26),
        ("state", 12),
        ("people", 20),
        ("due", 12),
        ("answered", 8),
        ("asked", 8),
        ("score", 8),
        ("grade", 6),
        ("provisional", 10),
        ("findings", 8),
        ("photos", 8),
        ("photos_missing", 12),
        ("conflicts", 10),
        ("returned", 10),
        ("held", 10),
        ("after_approval", 10),
        ("submitted_at", 18),
        ("changed_at", 18),
        ("inspection", 36),
    ],
};

/// The list of inspections as a file.
#[utoipa::path(get, path = "/v1/exports/inspections", tag = "exports", params(ListQuery, FileQuery), responses(
    (status = 200, content_type = "application/octet-stream"), (status = "4XX", body = ErrorBody)))]
pub async fn inspections(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<ListQuery>,
    asked: Asked,
) -> Result<Response, ApiError> {
    let registry = app.intake.registry();
    let filter = inspections::filter(&registry, &signed_in, &query)?;
    let (sort, photos) = (inspections::sort(&query)?, app.photos.clone());
    let list = move |connection: &Connection, rows: &mut Rows| {
        views::inspections::each(connection, &filter, sort, |row| {
            let row = InspectionRow::of(connection, &registry, &photos, row)?;
            rows.put(inspection(rows.words, row))
        })
    };
    asked.answer(&app, &signed_in, INSPECTIONS, list).await
}

fn inspection(words: Words, row: InspectionRow) -> Vec<Cell> {
    let mut cells = place(&row.area, row.site.as_ref()).to_vec();
    cells.extend([
        words.code("kind", &row.kind).into(),
        words.text(&row.title).into(),
        words.code("state", &row.state).into(),
        words.names(row.people.iter().map(|one| one.name.as_str())).into(),
        row.due.into(),
        row.answered.into(),
        row.asked.into(),
        row.score.map_or(Cell::Nothing, Cell::Hundredths),
        row.grade.into(),
        mark(words, row.provisional),
        row.findings.into(),
        row.photos.into(),
        row.photos_missing.into(),
        row.conflicts.into(),
        row.returned.into(),
        row.held.into(),
        mark(words, row.changed_after_approval),
        row.submitted_at.map_or(Cell::Nothing, Cell::Moment),
        Cell::Moment(row.changed_at),
        row.id.into(),
    ]);
    cells
}

const FINDINGS: Sheet = Sheet {
    name: "findings",
    columns: &[
        ("area_path", 22),
        ("area", 30),
        ("site", 20),
        ("item", 10),
        ("item_title", 40),
        ("finding_kind", 30),
        ("severity", 8),
        ("deadline", 14),
        ("department", 20),
        ("place", 24),
        ("note", 40),
        ("fixed_on_spot", 10),
        ("struck", 8),
        ("recorded_by", 12),
        ("recorded_at", 18),
        ("latitude", 12),
        ("longitude", 12),
        ("accuracy_m", 10),
        ("state", 12),
        ("inspection", 36),
    ],
};

/// The findings of the list of inspections as a file.
#[utoipa::path(get, path = "/v1/exports/findings", tag = "exports", params(ListQuery, FileQuery), responses(
    (status = 200, content_type = "application/octet-stream"), (status = "4XX", body = ErrorBody)))]
pub async fn findings(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<ListQuery>,
    asked: Asked,
) -> Result<Response, ApiError> {
    let registry = app.intake.registry();
    let filter = inspections::filter(&registry, &signed_in, &query)?;
    let photos = app.photos.clone();
    let list = move |connection: &Connection, rows: &mut Rows| {
        views::findings::each(connection, &filter, |finding| {
            let found = views::inspections::one(connection, finding.doc)?;
            let found = found.map(|row| InspectionRow::of(connection, &registry, &photos, row));
            let Some(inspection) = found.transpose()? else { return Ok(()) };
            rows.put(self::finding(rows.words, &registry, finding, &inspection))
        })
    };
    asked.answer(&app, &signed_in, FINDINGS, list).await
}

fn finding(
    words: Words,
    registry: &Registry,
    finding: views::findings::Row,
    inspection: &InspectionRow,
) -> Row {
    let template = inspection.template.id.parse().ok();
    let known: Option<(&Item, &FindingKind)> =
        template.and_then(|id| registry.finding_kind(&id, inspection.template.version, &finding.kind));
    let (item, kind) = known.unzip();
    let department = kind.and_then(|kind| registry.departments().get(kind.department.as_ref()?));
    let said = |zh: &str, en: &str| words.text(&Text::new(zh, en));
    let point = finding.point.map(crate::handlers::shapes::Point::from);
    let mut cells = place(&inspection.area, inspection.site.as_ref()).to_vec();
    cells.extend([
        finding.item.into(),
        item.map(|item| said(&item.zh, &item.en)).into(),
        kind.map_or(finding.kind.clone(), |kind| said(&kind.zh, &kind.en)).into(),
        kind.map(|kind| words.word("severity", severity(kind))).into(),
        kind.and_then(|kind| kind.deadline.as_ref()).map(|code| words.code("deadline", code.as_str())).into(),
        department.map(|department| said(&department.zh, &department.en)).into(),
        finding.place.into(),
        finding.note.into(),
        mark(words, finding.fixed_on_spot),
        mark(words, finding.struck),
        Person::of_device(registry, finding.device).name.into(),
        Cell::Moment(finding.at),
        point.map_or(Cell::Nothing, |point| Cell::Degrees(point.lat)),
        point.map_or(Cell::Nothing, |point| Cell::Degrees(point.lon)),
        point.and_then(|point| point.accuracy_m).map(u64::from).into(),
        words.code("state", &inspection.state).into(),
        inspection.id.as_str().into(),
    ]);
    Row { cells, point }
}

fn severity(kind: &FindingKind) -> &'static str {
    match kind.severity {
        Severity::Minor => "minor",
        Severity::Major => "major",
        Severity::Critical => "critical",
    }
}

const CONFLICTS: Sheet = Sheet {
    name: "conflicts",
    columns: &[
        ("area_path", 22),
        ("area", 30),
        ("site", 20),
        ("item", 10),
        ("item_title", 40),
        ("standing", 14),
        ("values", 60),
        ("recorded_at", 18),
        ("state", 12),
        ("inspection", 36),
    ],
};

/// The undecided conflicts as a file.
#[utoipa::path(get, path = "/v1/exports/conflicts", tag = "exports", params(ConflictQuery, FileQuery), responses(
    (status = 200, content_type = "application/octet-stream"), (status = "4XX", body = ErrorBody)))]
pub async fn conflicts(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(query): Query<ConflictQuery>,
    asked: Asked,
) -> Result<Response, ApiError> {
    let areas = conflicts::areas(&signed_in, &query)?;
    let (own, asker) = (app.clone(), signed_in.clone());
    let list = move |connection: &Connection, rows: &mut Rows| {
        views::conflicts::each(connection, &areas, |conflict, since| {
            let codes = std::slice::from_ref(&conflict.item);
            let (inspection, items) = match inspections::items(&own, &asker, conflict.doc, codes) {
                Ok(found) => found,
                // It was taken out of sight while the list was read.
                Err(ApiError::NotFound) => return Ok(()),
                Err(error) => return Err(ExportError::List(error.into())),
            };
            for item in items {
                let words = rows.words;
                let mut cells = place(&inspection.area, inspection.site.as_ref()).to_vec();
                cells.extend([
                    item.asked.code.into(),
                    words.text(&item.asked.title).into(),
                    words.code("item.state", item.answer.state.as_str()).into(),
                    values(words, &item.answer).into(),
                    Cell::Moment(since),
                    words.code("state", &inspection.state).into(),
                    inspection.id.as_str().into(),
                ]);
                rows.put(cells)?;
            }
            Ok(())
        })
    };
    asked.answer(&app, &signed_in, CONFLICTS, list).await
}

/// Who recorded what.
fn values(words: Words, answer: &AnswerDetail) -> String {
    let said: Vec<String> = answer
        .values
        .iter()
        .map(|one| format!("{} {}", one.by.name, words.code("answer", &one.value)))
        .collect();
    said.join(words.word("punctuation", "list"))
}

const HELD: Sheet = Sheet {
    name: "held",
    columns: &[
        ("seq", 10),
        ("area_path", 22),
        ("area", 30),
        ("user", 12),
        ("device", 20),
        ("made_at", 18),
        ("received_at", 18),
        ("why", 60),
        ("standing", 14),
        ("ruled_by", 12),
        ("ruled_at", 18),
        ("ruling", 40),
        ("inspection", 36),
    ],
};

/// The held envelopes as a file.
#[utoipa::path(get, path = "/v1/exports/held", tag = "exports", params(HeldQuery, FileQuery), responses(
    (status = 200, content_type = "application/octet-stream"), (status = "4XX", body = ErrorBody)))]
pub async fn held(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(query): Query<HeldQuery>,
    asked: Asked,
) -> Result<Response, ApiError> {
    let areas = AreaFilter::of(&signed_in.user);
    let state = query.state.unwrap_or(HeldState::Open);
    let registry = app.intake.registry();
    let list = move |connection: &Connection, rows: &mut Rows| {
        views::held::each(connection, &areas, state, |one| {
            let area = area_of(connection, &registry, one.doc)?;
            let words = rows.words;
            let ruled = one.ruled.as_ref();
            let mut cells = vec![one.seq.into()];
            cells.extend(area.as_ref().map_or([Cell::Nothing, Cell::Nothing], |area| {
                [area.path.as_str().into(), area.name.as_str().into()]
            }));
            cells.extend([
                Person::of_device(&registry, Some(one.device)).name.into(),
                registry.device(one.device).map(|device| device.name.as_str()).into(),
                Cell::Moment(one.made_at),
                Cell::Moment(one.at),
                words.code("errors", &one.reason).into(),
                words.word("held.state", state.as_str()).into(),
                ruled.map(|ruled| Person::of(&registry, ruled.by).name).into(),
                ruled.map_or(Cell::Nothing, |ruled| Cell::Moment(ruled.at)),
                ruled.map(|ruled| ruled.reason.as_str()).into(),
                one.doc.to_string().into(),
            ]);
            rows.put(cells)
        })
    };
    asked.answer(&app, &signed_in, HELD, list).await
}

/// Where an inspection is: by what is merged of it, or by its assignment.
fn area_of(
    connection: &Connection,
    registry: &Arc<Registry>,
    doc: DocId,
) -> rusqlite::Result<Option<AreaRow>> {
    let merged = views::inspections::one(connection, doc)?.map(|row| row.area);
    let area = merged.or_else(|| registry.assignment_of(doc).map(|one| one.area.to_string()));
    Ok(area.map(|area| AreaRow::of(registry, &area)))
}
