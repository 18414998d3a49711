//! 问题: every finding of every inspection, for counting and for the map.

use rounds_shared::{calendar::Day, ids::DocId, inspection::Inspection};
use rusqlite::{Connection, params};

pub(super) const TABLE: &str = "CREATE TABLE findings (
    doc     BLOB NOT NULL,
    id      TEXT NOT NULL,
    item    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    area    TEXT NOT NULL,
    day     TEXT NOT NULL,
    on_spot INTEGER NOT NULL,
    struck  INTEGER NOT NULL,
    latitude_e6  INTEGER,
    longitude_e6 INTEGER,
    PRIMARY KEY (doc, id)
) STRICT, WITHOUT ROWID";

pub(super) fn put(connection: &Connection, doc: DocId, inspection: &Inspection) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM findings WHERE doc = ?1")?.execute([doc.as_bytes()])?;
    let visit_struck = inspection.submissions.iter().any(|submission| submission.struck.is_some());
    for finding in &inspection.findings {
        connection
            .prepare_cached(
                "INSERT INTO findings
                 (doc, id, item, kind, area, day, on_spot, struck, latitude_e6, longitude_e6)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                doc.as_bytes(),
                finding.id,
                finding.item,
                finding.kind,
                inspection.about.area.as_str(),
                Day::of(finding.stamp.at).to_string(),
                finding.fixed_on_spot,
                finding.struck.is_some() || visit_struck,
                finding.point.map(|point| point.latitude_e6),
                finding.point.map(|point| point.longitude_e6),
            ])?;
    }
    Ok(())
}

/// Standing findings by day and by the first `digits` of their area's code, from a day on.
///
/// # Errors
/// When the view cannot be read.
pub fn counts(
    connection: &Connection,
    areas: &super::inspections::AreaFilter,
    from: Day,
    digits: usize,
) -> rusqlite::Result<Vec<(String, String, u64)>> {
    let (filter, mut values) = areas.sql("area", "doc");
    values.push(from.to_string());
    let mut statement = connection.prepare(&format!(
        "SELECT day, substr(area, 1, {digits}), count(*) FROM findings
         WHERE {filter} AND struck = 0 AND day >= ? GROUP BY 1, 2"
    ))?;
    let rows = statement.query_map(rusqlite::params_from_iter(values.iter()), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    rows.collect()
}
