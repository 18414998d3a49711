//! Views: tables computed from the log. Each can be dropped and rebuilt; none is a source of truth.
//!
//! One file is one view: its table, its row, its projection, its queries.

pub mod assignments;
pub mod cases;
pub mod conflicts;
pub mod devices;
pub mod documents;
pub mod findings;
pub mod held;
pub mod inspections;
pub mod labels;
pub mod photos;
mod readers;

use rounds_shared::{case::Case, document::Document, ids::DocId, inspection::Inspection, registry::Registry};
use rusqlite::{Connection, OptionalExtension as _};

pub use readers::Readers;

/// Changes whenever a view's table or projection does: older views are rebuilt at start.
const VIEWS_VERSION: i64 = 12;

/// Each view's table and what makes it.
const TABLES: [(&str, &str); 13] = [
    ("documents", documents::TABLE),
    ("document_envelopes", documents::ENVELOPES_TABLE),
    ("labels", labels::TABLE),
    ("inspections", inspections::TABLE),
    ("inspection_people", inspections::PEOPLE_TABLE),
    ("conflicts", conflicts::TABLE),
    ("findings", findings::TABLE),
    ("cases", cases::TABLE),
    ("photos", photos::TABLE),
    ("held", held::TABLE),
    ("assignments", assignments::TABLE),
    ("assignment_people", assignments::PEOPLE_TABLE),
    ("devices", devices::TABLE),
];

/// The names of all view tables, for whoever compares them.
pub fn tables() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(name, _)| *name)
}

/// How far the views have come; `None` when they are of another version or not there.
pub(crate) fn position(connection: &Connection) -> rusqlite::Result<Option<u64>> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS view_position (version INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT",
    )?;
    connection
        .query_row("SELECT seq FROM view_position WHERE version = ?1", [VIEWS_VERSION], |row| row.get(0))
        .optional()
}

pub(crate) fn moved_to(connection: &Connection, seq: u64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE view_position SET seq = ?1")?.execute([seq]).map(|_| ())
}

/// Drops every view and makes them anew, empty.
pub(crate) fn recreate(connection: &Connection) -> rusqlite::Result<()> {
    for (name, sql) in TABLES {
        connection.execute_batch(&format!("DROP TABLE IF EXISTS {name}; {sql}"))?;
    }
    connection.execute("DELETE FROM view_position", [])?;
    connection.execute("INSERT INTO view_position (version, seq) VALUES (?1, 0)", [VIEWS_VERSION])?;
    Ok(())
}

/// The tables that another database of the same log has otherwise, with how many rows are only here and only there.
pub(crate) fn differences(
    connection: &Connection,
    other: &std::path::Path,
) -> rusqlite::Result<Vec<(&'static str, u64, u64)>> {
    connection.execute("ATTACH ?1 AS other", [other.to_string_lossy()])?;
    let count = |sql: String| connection.query_row(&sql, [], |row| row.get::<_, u64>(0));
    let mut found = Vec::new();
    if position(connection)?.is_none() {
        // Views of another version are made anew at the next start.
        return Ok(found);
    }
    for table in tables() {
        let only = |here: &str, there: &str| {
            count(format!(
                "SELECT count(*) FROM (SELECT * FROM {here}.{table} EXCEPT SELECT * FROM {there}.{table})"
            ))
        };
        let (surplus, lacking) = (only("main", "other")?, only("other", "main")?);
        if surplus + lacking > 0 {
            found.push((table, surplus, lacking));
        }
    }
    Ok(found)
}

/// A document, for the views that are about its content.
pub(crate) struct Projected<'d> {
    pub(crate) doc: DocId,
    pub(crate) document: &'d Document,
    /// What it says.
    pub(crate) inspection: &'d Inspection,
    /// When something last came in, by the server's clock in milliseconds.
    pub(crate) at: i64,
}

/// Projects a document into every view that is about its content.
pub(crate) fn project(
    connection: &Connection,
    projected: &Projected<'_>,
    registry: &Registry,
) -> rusqlite::Result<()> {
    let Projected { doc, inspection, .. } = *projected;
    inspections::put(connection, projected, registry)?;
    conflicts::put(connection, doc, inspection)?;
    findings::put(connection, doc, inspection)?;
    photos::put(connection, doc, &inspection.photos)
}

/// Projects a case into every view that is about its content.
pub(crate) fn project_case(
    connection: &Connection,
    doc: DocId,
    case: &Case,
    at: i64,
    registry: &Registry,
) -> rusqlite::Result<()> {
    cases::put(connection, doc, case, at, registry)?;
    photos::put(connection, doc, &case.photos)
}
