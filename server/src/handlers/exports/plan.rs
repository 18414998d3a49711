//! What is to be done: assignments.

use axum::{extract::State, response::Response};
use rounds_shared::calendar::Day;
use rusqlite::Connection;

use super::{Asked, mark, place};
use crate::{
    app::App,
    auth::Reviewer,
    error::{ApiError, ErrorBody},
    export::{Cell, FileQuery, Rows, Sheet, Words},
    extract::Query,
    handlers::assignments::{self, AssignmentQuery, AssignmentRow},
    views,
};

const ASSIGNMENTS: Sheet = Sheet {
    name: "assignments",
    columns: &[
        ("area_path", 22),
        ("area", 30),
        ("site", 20),
        ("kind", 12),
        ("template", 26),
        ("people", 24),
        ("due", 12),
        ("overdue", 8),
        ("state", 12),
        ("answered", 8),
        ("asked", 8),
        ("note", 30),
        ("made_by", 12),
        ("made_at", 18),
        ("repeats", 36),
        ("assignment", 36),
    ],
};

/// The list of assignments as a file.
#[utoipa::path(get, path = "/v1/exports/assignments", tag = "exports", params(AssignmentQuery, FileQuery), responses(
    (status = 200, content_type = "application/octet-stream"), (status = "4XX", body = ErrorBody)))]
pub async fn assignments(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(query): Query<AssignmentQuery>,
    asked: Asked,
) -> Result<Response, ApiError> {
    let today = Day::of(app.now_ms());
    let filter = assignments::filter(&signed_in, &query, today)?;
    let registry = app.intake.registry();
    let list = move |connection: &Connection, rows: &mut Rows| {
        views::assignments::each(connection, &filter, |id, made_at| {
            let Some(assignment) = registry.assignment(id) else { return Ok(()) };
            let row = assignments::row(connection, &registry, assignment, made_at, today)?;
            rows.put(cells(rows.words, row))
        })
    };
    asked.answer(&app, &signed_in, ASSIGNMENTS, list).await
}

fn cells(words: Words, row: AssignmentRow) -> Vec<Cell> {
    let mut cells = place(&row.area, row.site.as_ref()).to_vec();
    let inspection = row.inspection.as_ref();
    cells.extend([
        words.code("kind", &row.kind).into(),
        words.text(&row.template.title).into(),
        words.names(row.people.iter().map(|one| one.name.as_str())).into(),
        row.due.into(),
        mark(words, row.overdue),
        match inspection {
            Some(inspection) => words.code("state", &inspection.state).into(),
            None => words.word("assignments", "not_begun").into(),
        },
        inspection.map(|inspection| inspection.answered).into(),
        inspection.map(|inspection| inspection.asked).into(),
        row.note.into(),
        row.made_by.name.into(),
        Cell::Moment(row.made_at),
        row.repeats.into(),
        row.id.into(),
    ]);
    cells
}
