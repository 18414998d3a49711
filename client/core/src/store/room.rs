//! Which photos may make room: those that the server has, its backups too, and nobody here works with any more.

use rounds_shared::ids::PhotoHash;
use rusqlite::{Connection, params};

/// Until when a photo had to be delivered, and how far the server's backups reach.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before {
    pub(crate) delivered_at: i64,
    pub(crate) backed_up: u64,
}

/// Begins the time of those that were delivered before the server's last reply: that reply's backup may not have them, every
/// later one has.
pub(crate) fn begin(connection: &Connection, now: i64, backed_up: u64) -> rusqlite::Result<()> {
    connection
        .execute(
            "UPDATE photos SET delivered_at = ?1, backed_up = ?2 WHERE delivered AND delivered_at IS NULL",
            params![now, backed_up],
        )
        .map(drop)
}

/// The server was restored: what it has, and its backups, is to be found out anew.
pub(crate) fn begin_again(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE photos SET delivered_at = NULL", []).map(drop)
}

/// Whether there are such.
pub(crate) fn is_to_begin(connection: &Connection) -> rusqlite::Result<bool> {
    let any = "SELECT EXISTS (SELECT 1 FROM photos WHERE delivered AND delivered_at IS NULL)";
    connection.query_row(any, [], |row| row.get(0))
}

/// The oldest ones first, so many at most. A backup has been made since they were delivered, and since everything was
/// that names them; no visit or case that names them is still open or not delivered.
pub(crate) fn to_make(
    connection: &Connection,
    before: Before,
    most: u32,
) -> rusqlite::Result<Vec<PhotoHash>> {
    let mut select = connection.prepare_cached(
        "SELECT hash FROM photos
         WHERE delivered AND NOT removed AND delivered_at <= ?1 AND backed_up < ?2
             AND NOT EXISTS (
                 SELECT 1 FROM photo_documents AS named WHERE named.hash = photos.hash AND (
                     named.doc IN (SELECT doc FROM inspections WHERE state IN ('draft', 'submitted', 'returned'))
                     OR named.doc IN (SELECT doc FROM cases WHERE state NOT IN ('closed', 'withdrawn'))
                     OR named.doc IN (SELECT doc FROM changes WHERE envelope IS NULL)
                     OR named.doc IN (SELECT doc FROM outbox WHERE state IN ('waiting', 'held', 'refused') OR seq > ?2)
                 )
             )
             AND NOT EXISTS (
                 SELECT 1 FROM case_photos JOIN cases USING (doc)
                 WHERE case_photos.hash = photos.hash AND state NOT IN ('closed', 'withdrawn')
             )
         ORDER BY delivered_at, hash LIMIT ?3",
    )?;
    let rows =
        select.query_map(params![before.delivered_at, before.backed_up, most], |row| super::id(row, 0))?;
    rows.collect()
}

/// Its bytes are no longer here, or are again.
pub(crate) fn set_removed(connection: &Connection, hash: PhotoHash, removed: bool) -> rusqlite::Result<()> {
    connection
        .execute("UPDATE photos SET removed = ?2 WHERE hash = ?1", params![hash.as_bytes(), removed])
        .map(drop)
}
