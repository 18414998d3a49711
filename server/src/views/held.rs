//! 待审定: envelopes that are stored but not merged, and why.

use rounds_shared::{
    area::AreaCode,
    document::{Payload, genesis_about},
    envelope::Verified,
    ids::{DeviceId, DocId},
    protocol::{ChangeId, Entry, HeldReason},
    registry::Registry,
};
use rusqlite::{Connection, params, params_from_iter};

use super::inspections::{self, AreaFilter};

pub(super) const TABLE: &str = "CREATE TABLE held (
    seq      INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    device   BLOB NOT NULL,
    doc      BLOB NOT NULL,
    envelope BLOB NOT NULL,
    area     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    missing  INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    made_at  INTEGER NOT NULL,
    released INTEGER
) STRICT";

/// A held envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The entry that stored it.
    pub seq: u64,
    /// When, by the server's clock in milliseconds.
    pub at: i64,
    /// Whose it is.
    pub device: DeviceId,
    /// The document.
    pub doc: DocId,
    /// Why: a code.
    pub reason: String,
    /// How many changes it waits for.
    pub missing: u64,
    /// How large it is.
    pub bytes: u64,
    /// When it was made, by the device's clock in milliseconds.
    pub made_at: i64,
}

pub(crate) fn put(
    connection: &Connection,
    entry: &Entry,
    envelope: &Verified,
    registry: &Registry,
    reason: HeldReason,
    missing: &[ChangeId],
) -> rusqlite::Result<()> {
    let body = envelope.body();
    let area = area(connection, registry, envelope)?;
    connection
        .prepare_cached(
            "INSERT INTO held (seq, at, device, doc, envelope, area, reason, missing, bytes, made_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            entry.seq,
            entry.at,
            body.device.as_bytes(),
            body.doc.as_bytes(),
            envelope.id().as_bytes(),
            area.as_str(),
            reason.code(),
            missing.len(),
            envelope.as_bytes().len(),
            body.made_at,
        ])
        .map(|_| ())
}

/// The area a held envelope is about: its assignment's, its document's, or the one it says when it begins a document.
/// What says nothing is the whole city's matter.
fn area(connection: &Connection, registry: &Registry, envelope: &Verified) -> rusqlite::Result<AreaCode> {
    let body = envelope.body();
    if let Some(assignment) = registry.assignment_of(body.doc) {
        return Ok(assignment.area.clone());
    }
    let merged = inspections::one(connection, body.doc)?.and_then(|row| AreaCode::parse(&row.area).ok());
    let claimed = || {
        let payload = Payload::decode(&body.payload).ok()?;
        genesis_about(payload.genesis()?).ok().map(|about| about.area)
    };
    Ok(merged.or_else(claimed).unwrap_or_else(|| body.city.clone()))
}

pub(crate) fn released(connection: &Connection, held: u64, by: u64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE held SET released = ?2 WHERE seq = ?1")?.execute([held, by]).map(|_| ())
}

/// Entries of a document that are held for a reason, oldest first.
pub(crate) fn waiting(connection: &Connection, doc: DocId, reason: HeldReason) -> rusqlite::Result<Vec<u64>> {
    let mut statement = connection.prepare_cached(
        "SELECT seq FROM held WHERE doc = ?1 AND reason = ?2 AND released IS NULL ORDER BY seq",
    )?;
    let rows = statement.query_map(params![doc.as_bytes(), reason.code()], |row| row.get(0))?;
    rows.collect()
}

/// How many envelopes of a device wait for missing changes.
pub(crate) fn waiting_of_device(connection: &Connection, device: DeviceId) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT count(*) FROM held WHERE device = ?1 AND reason = ?2 AND released IS NULL")?
        .query_row(params![device.as_bytes(), HeldReason::MissingDependencies.code()], |row| row.get(0))
}

/// How many envelopes of a document are held.
pub(crate) fn count(connection: &Connection, doc: DocId) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT count(*) FROM held WHERE doc = ?1 AND released IS NULL")?
        .query_row([doc.as_bytes()], |row| row.get(0))
}

/// Held envelopes about these areas, newest first, and how many there are.
///
/// # Errors
/// When the view cannot be read.
pub fn page(
    connection: &Connection,
    areas: &AreaFilter,
    offset: u64,
    limit: u64,
) -> rusqlite::Result<(Vec<Held>, u64)> {
    let (condition, values) = areas.sql("area");
    let total = connection
        .prepare_cached(&format!("SELECT count(*) FROM held WHERE released IS NULL AND {condition}"))?
        .query_row(params_from_iter(&values), |row| row.get(0))?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT seq, at, device, doc, reason, missing, bytes, made_at FROM held
         WHERE released IS NULL AND {condition} ORDER BY seq DESC LIMIT {limit} OFFSET {offset}"
    ))?;
    let rows = statement.query_map(params_from_iter(&values), |row| {
        Ok(Held {
            seq: row.get(0)?,
            at: row.get(1)?,
            device: DeviceId::new(row.get(2)?),
            doc: DocId::new(row.get(3)?),
            reason: row.get(4)?,
            missing: row.get(5)?,
            bytes: row.get(6)?,
            made_at: row.get(7)?,
        })
    })?;
    Ok((rows.collect::<Result<_, _>>()?, total))
}
