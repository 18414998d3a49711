//! 问题: every finding of every inspection, for lists, counts and the map.

use rounds_shared::{
    area::Point,
    calendar::Day,
    ids::{DeviceId, DocId},
    inspection::Inspection,
};
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
    accuracy_m   INTEGER,
    place   TEXT NOT NULL,
    note    TEXT NOT NULL,
    device  BLOB,
    at      INTEGER NOT NULL,
    PRIMARY KEY (doc, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX findings_day ON findings (day, area, struck)";

pub(super) fn put(connection: &Connection, doc: DocId, inspection: &Inspection) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM findings WHERE doc = ?1")?.execute([doc.as_bytes()])?;
    let visit_struck = inspection.submissions.iter().any(|submission| submission.struck.is_some());
    for finding in &inspection.findings {
        connection
            .prepare_cached(
                "INSERT INTO findings
                 (doc, id, item, kind, area, day, on_spot, struck, latitude_e6, longitude_e6, accuracy_m, place,
                  note, device, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
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
                finding.point.and_then(|point| point.accuracy_m),
                finding.place,
                finding.note,
                finding.stamp.device.map(|device| device.as_bytes().to_vec()),
                finding.stamp.at,
            ])?;
    }
    Ok(())
}

/// A finding, as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The inspection.
    pub doc: DocId,
    /// The item.
    pub item: String,
    /// The finding kind.
    pub kind: String,
    /// 当场处置
    pub fixed_on_spot: bool,
    /// Struck 作废, by itself or with its visit.
    pub struck: bool,
    /// Where.
    pub point: Option<Point>,
    /// Where, in words.
    pub place: String,
    /// What was seen.
    pub note: String,
    /// The device that recorded it.
    pub device: Option<DeviceId>,
    /// When, by that device's clock in milliseconds.
    pub at: i64,
}

/// Hands over every finding of a list of inspections, newest first, one by one.
///
/// # Errors
/// When the view cannot be read, and what the taker returns.
pub fn each<E: From<rusqlite::Error>>(
    connection: &Connection,
    inspections: &super::inspections::Filter,
    mut take: impl FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let (sql, values) = inspections.sql();
    let mut statement = connection.prepare(&format!(
        "SELECT doc, item, kind, on_spot, struck, latitude_e6, longitude_e6, accuracy_m, place, note, device, at
         FROM findings WHERE doc IN (SELECT doc FROM inspections WHERE {sql}) ORDER BY at DESC, doc, id"
    ))?;
    let mut rows = statement.query(rusqlite::params_from_iter(values.iter()))?;
    while let Some(row) = rows.next()? {
        let device: Option<[u8; 16]> = row.get(10)?;
        take(Row {
            doc: DocId::new(row.get(0)?),
            item: row.get(1)?,
            kind: row.get(2)?,
            fixed_on_spot: row.get(3)?,
            struck: row.get(4)?,
            point: point(row, 5)?,
            place: row.get(8)?,
            note: row.get(9)?,
            device: device.map(DeviceId::new),
            at: row.get(11)?,
        })?;
    }
    Ok(())
}

/// A finding that stands, and where it was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The inspection.
    pub doc: DocId,
    /// The item.
    pub item: String,
    /// Where, in words.
    pub place: String,
    /// Where.
    pub point: Point,
}

/// The newest standing findings that have a point, from a day on, and how many there are of them.
///
/// # Errors
/// When the view cannot be read.
pub fn located(
    connection: &Connection,
    areas: &super::inspections::AreaFilter,
    from: Day,
    limit: u64,
) -> rusqlite::Result<(Vec<Located>, u64)> {
    let (filter, mut values) = areas.sql("area", "doc");
    values.push(from.to_string());
    let matching = format!(
        "FROM findings INDEXED BY findings_day
         WHERE {filter} AND day >= ? AND struck = 0 AND latitude_e6 IS NOT NULL"
    );
    let total = connection
        .prepare(&format!("SELECT count(*) {matching}"))?
        .query_row(rusqlite::params_from_iter(values.iter()), |row| row.get(0))?;
    let mut statement = connection.prepare(&format!(
        "SELECT doc, item, place, latitude_e6, longitude_e6, accuracy_m {matching}
         ORDER BY at DESC, doc, id LIMIT {limit}"
    ))?;
    let rows = statement.query_map(rusqlite::params_from_iter(values.iter()), |row| {
        let (doc, item, place) = (DocId::new(row.get(0)?), row.get(1)?, row.get(2)?);
        Ok(point(row, 3)?.map(|point| Located { doc, item, place, point }))
    })?;
    let rows: rusqlite::Result<Vec<_>> = rows.filter_map(Result::transpose).collect();
    Ok((rows?, total))
}

/// The point whose three columns begin with this one.
fn point(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Option<Point>> {
    let (latitude, longitude): (Option<i32>, Option<i32>) = (row.get(first)?, row.get(first + 1)?);
    let accuracy_m = row.get(first + 2)?;
    let point = latitude.zip(longitude);
    Ok(point.map(|(latitude_e6, longitude_e6)| Point { latitude_e6, longitude_e6, accuracy_m }))
}

/// Standing findings by day, from a day on.
///
/// # Errors
/// When the view cannot be read.
pub fn by_day(
    connection: &Connection,
    areas: &super::inspections::AreaFilter,
    from: Day,
) -> rusqlite::Result<Vec<(String, u64)>> {
    let (filter, mut values) = areas.sql("area", "doc");
    values.push(from.to_string());
    let mut statement = connection.prepare_cached(&format!(
        "SELECT day, count(*) FROM findings INDEXED BY findings_day
         WHERE {filter} AND struck = 0 AND day >= ? GROUP BY day"
    ))?;
    let rows = statement
        .query_map(rusqlite::params_from_iter(values.iter()), |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Standing findings by day and area, from a day on.
///
/// # Errors
/// When the view cannot be read.
pub fn counts(
    connection: &Connection,
    areas: &super::inspections::AreaFilter,
    from: Day,
) -> rusqlite::Result<Vec<(String, String, u64)>> {
    let (filter, mut values) = areas.sql("area", "doc");
    values.push(from.to_string());
    let mut statement = connection.prepare_cached(&format!(
        "SELECT day, area, count(*) FROM findings INDEXED BY findings_day
         WHERE {filter} AND struck = 0 AND day >= ? GROUP BY day, area"
    ))?;
    let rows = statement.query_map(rusqlite::params_from_iter(values.iter()), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    rows.collect()
}
