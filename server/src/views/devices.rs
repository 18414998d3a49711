//! Every device: what was received from it, and whether its numbering forked.

use rounds_shared::{
    envelope::Verified,
    ids::{DeviceId, UserId},
    protocol::Entry,
    registry::Device,
};
use rusqlite::{Connection, OptionalExtension as _, params};

pub(super) const TABLE: &str = "CREATE TABLE devices (
    device      BLOB PRIMARY KEY,
    user        BLOB NOT NULL,
    enrolled_at INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    last        BLOB,
    last_at     INTEGER,
    gaps        INTEGER NOT NULL,
    forks       INTEGER NOT NULL,
    revoked_at  INTEGER,
    revoked_by  BLOB,
    reason      TEXT
) STRICT, WITHOUT ROWID";

/// What the log says of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The device.
    pub device: DeviceId,
    /// When it was enrolled, in milliseconds.
    pub enrolled_at: i64,
    /// The highest number of an envelope received from it.
    pub n: u64,
    /// The envelope with that number.
    pub last: Option<[u8; 32]>,
    /// When it last delivered something, in milliseconds.
    pub last_at: Option<i64>,
    /// How often its numbering forked: a cloned device.
    pub forks: u64,
    /// When it was revoked, in milliseconds.
    pub revoked_at: Option<i64>,
    /// Why.
    pub reason: Option<String>,
}

pub(crate) fn enrolled(connection: &Connection, entry: &Entry, device: &Device) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO devices (device, user, enrolled_at, n, gaps, forks)
             VALUES (?1, ?2, ?3, 0, 0, 0)",
        )?
        .execute(params![device.id.as_bytes(), device.user.as_bytes(), entry.at])
        .map(|_| ())
}

pub(crate) fn revoked(
    connection: &Connection,
    entry: &Entry,
    device: DeviceId,
    reason: &str,
    by: UserId,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE devices SET revoked_at = ?2, reason = ?3, revoked_by = ?4
             WHERE device = ?1 AND revoked_at IS NULL",
        )?
        .execute(params![device.as_bytes(), entry.at, reason, by.as_bytes()])
        .map(|_| ())
}

/// Notes an envelope's number. A gap shows work that has not come yet; a number that the log has already, or
/// another predecessor, shows a cloned device. Both are shown, neither blocks anything.
pub(crate) fn received(connection: &Connection, entry: &Entry, envelope: &Verified) -> rusqlite::Result<()> {
    let body = envelope.body();
    connection
        .prepare_cached(
            "UPDATE devices SET
                 gaps  = gaps + (?2 > n + 1),
                 forks = forks + (
                     (?2 = n + 1 AND last IS NOT ?3) OR EXISTS (
                         SELECT 1 FROM log
                         WHERE log.device = ?1 AND log.n = ?2 AND log.sort = 0 AND log.seq < ?6
                     )
                 ),
                 last  = CASE WHEN ?2 > n THEN ?4 ELSE last END,
                 n     = max(n, ?2),
                 last_at = ?5
             WHERE device = ?1",
        )?
        .execute(params![
            body.device.as_bytes(),
            body.n,
            body.prev.map(|prev| prev.as_bytes().to_vec()),
            envelope.id().as_bytes(),
            entry.at,
            entry.seq,
        ])
        .map(|_| ())
}

const COLUMNS: &str = "device, enrolled_at, n, last, last_at, forks, revoked_at, reason";

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Received> {
    Ok(Received {
        device: DeviceId::new(row.get(0)?),
        enrolled_at: row.get(1)?,
        n: row.get(2)?,
        last: row.get(3)?,
        last_at: row.get(4)?,
        forks: row.get(5)?,
        revoked_at: row.get(6)?,
        reason: row.get(7)?,
    })
}

/// What the log says of every device, newest first.
///
/// # Errors
/// When the view cannot be read.
pub fn all(connection: &Connection) -> rusqlite::Result<Vec<Received>> {
    let sql = format!("SELECT {COLUMNS} FROM devices ORDER BY enrolled_at DESC, device");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map([], row)?.collect()
}

/// What the log says of one device.
///
/// # Errors
/// When the view cannot be read.
pub fn one(connection: &Connection, device: DeviceId) -> rusqlite::Result<Option<Received>> {
    let sql = format!("SELECT {COLUMNS} FROM devices WHERE device = ?1");
    connection.prepare_cached(&sql)?.query_row([device.as_bytes()], row).optional()
}
