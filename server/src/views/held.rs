//! 待审定: envelopes that are stored but not merged, and why.

use rounds_shared::{
    area::AreaCode,
    envelope::Verified,
    ids::{DeviceId, DocId, EnvelopeId, UserId},
    protocol::{ChangeId, Entry, HeldReason, Ruling},
};
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};

use super::inspections::AreaFilter;

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
    released INTEGER,
    ruled_at INTEGER,
    ruled_by BLOB,
    ruling   TEXT
) STRICT;
CREATE INDEX held_doc ON held (doc);
CREATE INDEX held_device ON held (device);
CREATE INDEX held_envelope ON held (envelope)";

/// What waits: it was not merged after all, and nobody ruled against it.
const OPEN: &str = "released IS NULL AND ruled_at IS NULL";

/// Which held envelopes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldState {
    /// Those that wait.
    Open,
    /// 准予采用, and those whose missing changes came.
    Released,
    /// 不予采用
    Dismissed,
}

impl HeldState {
    /// The state's name in JSON and in the language files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Released => "released",
            Self::Dismissed => "dismissed",
        }
    }

    fn sql(self) -> &'static str {
        match self {
            Self::Open => OPEN,
            Self::Released => "released IS NOT NULL",
            Self::Dismissed => "released IS NULL AND ruled_at IS NOT NULL",
        }
    }
}

/// What a person said of a held envelope 审定.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled {
    /// When, by the server's clock in milliseconds.
    pub at: i64,
    /// Who.
    pub by: UserId,
    /// Why.
    pub reason: String,
}

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
    /// The entry that merged it after all.
    pub released: Option<u64>,
    /// The last ruling on it.
    pub ruled: Option<Ruled>,
}

pub(crate) fn put(
    connection: &Connection,
    entry: &Entry,
    envelope: &Verified,
    area: &AreaCode,
    reason: HeldReason,
    missing: &[ChangeId],
) -> rusqlite::Result<()> {
    let body = envelope.body();
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

pub(crate) fn released(connection: &Connection, held: u64, by: u64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE held SET released = ?2 WHERE seq = ?1")?.execute([held, by]).map(|_| ())
}

/// Notes a ruling; an admission is followed by a release.
pub(crate) fn ruled(connection: &Connection, entry: &Entry, ruling: &Ruling) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE held SET ruled_at = ?2, ruled_by = ?3, ruling = ?4 WHERE envelope = ?1")?
        .execute(params![ruling.envelope.as_bytes(), entry.at, ruling.by.as_bytes(), ruling.reason])
        .map(|_| ())
}

/// The document of a held envelope.
pub(crate) fn doc_of(connection: &Connection, envelope: EnvelopeId) -> rusqlite::Result<Option<DocId>> {
    connection
        .prepare_cached("SELECT doc FROM held WHERE envelope = ?1")?
        .query_row([envelope.as_bytes()], |row| row.get(0).map(DocId::new))
        .optional()
}

/// One held envelope.
///
/// # Errors
/// When the view cannot be read.
pub fn one(connection: &Connection, seq: u64) -> rusqlite::Result<Option<Held>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM held WHERE seq = ?1"))?
        .query_row([seq], row)
        .optional()
}

/// Whether an entry holds an envelope about these areas.
///
/// # Errors
/// When the view cannot be read.
pub fn is_within(connection: &Connection, areas: &AreaFilter, seq: u64) -> rusqlite::Result<bool> {
    let (condition, mut values) = areas.sql("area", "doc");
    values.push(seq.to_string());
    connection
        .prepare_cached(&format!(
            "SELECT EXISTS (SELECT 1 FROM held WHERE {condition} AND seq = CAST(? AS INTEGER))"
        ))?
        .query_row(params_from_iter(&values), |row| row.get(0))
}

/// Entries of a document that are held for a reason and that nobody has ruled on, oldest first.
pub(crate) fn waiting(connection: &Connection, doc: DocId, reason: HeldReason) -> rusqlite::Result<Vec<u64>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT seq FROM held WHERE doc = ?1 AND reason = ?2 AND {OPEN} ORDER BY seq"
    ))?;
    let rows = statement.query_map(params![doc.as_bytes(), reason.code()], |row| row.get(0))?;
    rows.collect()
}

/// Entries of a document that were ruled against, oldest first.
pub(crate) fn dismissed(connection: &Connection, doc: DocId) -> rusqlite::Result<Vec<u64>> {
    let dismissed = HeldState::Dismissed.sql();
    let mut statement = connection
        .prepare_cached(&format!("SELECT seq FROM held WHERE doc = ?1 AND {dismissed} ORDER BY seq"))?;
    statement.query_map([doc.as_bytes()], |row| row.get(0))?.collect()
}

/// How many envelopes of a device wait for missing changes.
pub(crate) fn waiting_of_device(connection: &Connection, device: DeviceId) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(&format!("SELECT count(*) FROM held WHERE device = ?1 AND reason = ?2 AND {OPEN}"))?
        .query_row(params![device.as_bytes(), HeldReason::MissingDependencies.code()], |row| row.get(0))
}

/// How many envelopes of a document are held.
pub(crate) fn count(connection: &Connection, doc: DocId) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(&format!("SELECT count(*) FROM held WHERE doc = ?1 AND {OPEN}"))?
        .query_row([doc.as_bytes()], |row| row.get(0))
}

/// Held envelopes about these areas, newest first, and how many there are.
///
/// # Errors
/// When the view cannot be read.
pub fn page(
    connection: &Connection,
    areas: &AreaFilter,
    state: HeldState,
    offset: u64,
    limit: u64,
) -> rusqlite::Result<(Vec<Held>, u64)> {
    let (condition, values) = areas.sql("area", "doc");
    let state = state.sql();
    let total = connection
        .prepare_cached(&format!("SELECT count(*) FROM held WHERE {state} AND {condition}"))?
        .query_row(params_from_iter(&values), |row| row.get(0))?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM held
         WHERE {state} AND {condition} ORDER BY seq DESC LIMIT {limit} OFFSET {offset}"
    ))?;
    let rows = statement.query_map(params_from_iter(&values), row)?;
    Ok((rows.collect::<Result<_, _>>()?, total))
}

/// Hands over every held envelope of a list, newest first, one by one.
///
/// # Errors
/// When the view cannot be read, and what the taker returns.
pub fn each<E: From<rusqlite::Error>>(
    connection: &Connection,
    areas: &AreaFilter,
    state: HeldState,
    mut take: impl FnMut(Held) -> Result<(), E>,
) -> Result<(), E> {
    let (condition, values) = areas.sql("area", "doc");
    let state = state.sql();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM held WHERE {state} AND {condition} ORDER BY seq DESC"
    ))?;
    let mut rows = statement.query(params_from_iter(&values))?;
    while let Some(found) = rows.next()? {
        take(row(found)?)?;
    }
    Ok(())
}

const COLUMNS: &str =
    "seq, at, device, doc, reason, missing, bytes, made_at, released, ruled_at, ruled_by, ruling";

fn row(row: &Row<'_>) -> rusqlite::Result<Held> {
    let ruled_at: Option<i64> = row.get(9)?;
    let ruled =
        |at| Ok::<_, rusqlite::Error>(Ruled { at, by: UserId::new(row.get(10)?), reason: row.get(11)? });
    Ok(Held {
        seq: row.get(0)?,
        at: row.get(1)?,
        device: DeviceId::new(row.get(2)?),
        doc: DocId::new(row.get(3)?),
        reason: row.get(4)?,
        missing: row.get(5)?,
        bytes: row.get(6)?,
        made_at: row.get(7)?,
        released: row.get(8)?,
        ruled: ruled_at.map(ruled).transpose()?,
    })
}
