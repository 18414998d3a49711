//! 结果不一致: every item of every inspection that somebody must decide.

use rounds_shared::{
    ids::DocId,
    inspection::{Answer, Inspection},
};
use rusqlite::{Connection, params};

pub(super) const TABLE: &str = "CREATE TABLE conflicts (
    doc   BLOB NOT NULL,
    item  TEXT NOT NULL,
    state TEXT NOT NULL,
    area  TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (doc, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX conflicts_since ON conflicts (since DESC, doc, item, area)";

/// An open conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The inspection.
    pub doc: DocId,
    /// The item.
    pub item: String,
}

pub(super) fn put(connection: &Connection, doc: DocId, inspection: &Inspection) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM conflicts WHERE doc = ?1")?.execute([doc.as_bytes()])?;
    if inspection.submissions.iter().any(|submission| submission.struck.is_some()) {
        return Ok(());
    }
    for item in inspection.open_conflicts() {
        let state = match inspection.answer(item) {
            Answer::Conflict => "conflict",
            Answer::Reopened => "reopened",
            Answer::None | Answer::Agreed(_) | Answer::Decided { .. } => continue,
        };
        let since = inspection.recorded(item).iter().map(|one| one.stamp.at).max().unwrap_or_default();
        connection
            .prepare_cached(
                "INSERT INTO conflicts (doc, item, state, area, since) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![doc.as_bytes(), item, state, inspection.about.area.as_str(), since])?;
    }
    Ok(())
}

/// Hands over every open conflict of the areas, newest first, with when its last value was recorded.
///
/// # Errors
/// When the view cannot be read, and what the taker returns.
pub fn each<E: From<rusqlite::Error>>(
    connection: &Connection,
    areas: &super::inspections::AreaFilter,
    mut take: impl FnMut(Conflict, i64) -> Result<(), E>,
) -> Result<(), E> {
    let (filter, values) = areas.sql("area", "doc");
    let mut statement = connection.prepare(&format!(
        "SELECT doc, item, since FROM conflicts WHERE {filter} ORDER BY since DESC, doc, item"
    ))?;
    let mut rows = statement.query(rusqlite::params_from_iter(values.iter()))?;
    while let Some(row) = rows.next()? {
        take(Conflict { doc: DocId::new(row.get(0)?), item: row.get(1)? }, row.get(2)?)?;
    }
    Ok(())
}

/// Open conflicts of the areas, newest first, and how many there are.
///
/// # Errors
/// When the view cannot be read.
pub fn page(
    connection: &Connection,
    areas: &super::inspections::AreaFilter,
    offset: u64,
    limit: u64,
) -> rusqlite::Result<(Vec<Conflict>, u64)> {
    let (filter, values) = areas.sql("area", "doc");
    let total = connection.query_row(
        &format!("SELECT count(*) FROM conflicts WHERE {filter}"),
        rusqlite::params_from_iter(values.iter()),
        |row| row.get(0),
    )?;
    let mut statement = connection.prepare(&format!(
        "SELECT doc, item FROM conflicts WHERE {filter} ORDER BY since DESC, doc, item LIMIT {limit} OFFSET {offset}"
    ))?;
    let rows = statement.query_map(rusqlite::params_from_iter(values.iter()), |row| {
        Ok(Conflict { doc: DocId::new(row.get(0)?), item: row.get(1)? })
    })?;
    Ok((rows.collect::<Result<_, _>>()?, total))
}
