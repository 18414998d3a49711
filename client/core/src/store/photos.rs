//! The photos taken here: which inspections name them, and how far their bytes have got. The bytes are files.

use rounds_shared::ids::{DocId, PhotoHash};
use rusqlite::{Connection, OptionalExtension as _, params};

/// A photo the server does not have in full.
pub(crate) struct Pending {
    pub(crate) hash: PhotoHash,
    /// Where an upload that was begun goes on.
    pub(crate) upload: Option<String>,
}

/// How many there are, and how far they have got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) total: u32,
    pub(crate) delivered: u32,
    pub(crate) pending_bytes: u64,
}

/// A document of this device names a photo whose file is on disk.
pub(crate) fn put(connection: &Connection, doc: DocId, hash: PhotoHash, bytes: u64) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR IGNORE INTO photos (hash, bytes, delivered) VALUES (?1, ?2, FALSE)",
        params![hash.as_bytes(), bytes],
    )?;
    connection
        .execute(
            "INSERT OR IGNORE INTO photo_documents (doc, hash) VALUES (?1, ?2)",
            params![doc.as_bytes(), hash.as_bytes()],
        )
        .map(drop)
}

/// Whether the server has it in full; none when it was not taken here.
pub(crate) fn delivered(connection: &Connection, hash: PhotoHash) -> rusqlite::Result<Option<bool>> {
    connection
        .prepare_cached("SELECT delivered FROM photos WHERE hash = ?1")?
        .query_row([hash.as_bytes()], |row| row.get(0))
        .optional()
}

pub(crate) fn pending(connection: &Connection) -> rusqlite::Result<Vec<Pending>> {
    let mut select =
        connection.prepare("SELECT hash, upload FROM photos WHERE NOT delivered ORDER BY bytes, hash")?;
    let rows = select.query_map([], |row| Ok(Pending { hash: super::id(row, 0)?, upload: row.get(1)? }))?;
    rows.collect()
}

/// The inspections that name a photo.
pub(crate) fn documents(connection: &Connection, hash: PhotoHash) -> rusqlite::Result<Vec<DocId>> {
    let mut select = connection.prepare_cached("SELECT doc FROM photo_documents WHERE hash = ?1")?;
    select.query_map([hash.as_bytes()], |row| super::id(row, 0))?.collect()
}

pub(crate) fn set_upload(connection: &Connection, hash: PhotoHash, place: &str) -> rusqlite::Result<()> {
    connection
        .execute("UPDATE photos SET upload = ?2 WHERE hash = ?1", params![hash.as_bytes(), place])
        .map(drop)
}

/// The server has it in full, or says that it lacks it after all.
pub(crate) fn set_delivered(
    connection: &Connection,
    hash: PhotoHash,
    delivered: bool,
) -> rusqlite::Result<()> {
    connection
        .execute(
            "UPDATE photos SET delivered = ?2, upload = NULL WHERE hash = ?1",
            params![hash.as_bytes(), delivered],
        )
        .map(drop)
}

/// Of a document, or of all.
pub(crate) fn count(connection: &Connection, doc: Option<DocId>) -> rusqlite::Result<Count> {
    connection
        .prepare_cached(
            "SELECT count(*), coalesce(sum(delivered), 0), coalesce(sum(bytes * NOT delivered), 0) FROM photos
             WHERE ?1 IS NULL OR hash IN (SELECT hash FROM photo_documents WHERE doc = ?1)",
        )?
        .query_row([doc.as_ref().map(|doc| doc.as_bytes())], |row| {
            Ok(Count { total: row.get(0)?, delivered: row.get(1)?, pending_bytes: row.get(2)? })
        })
}

/// Whether photos wait for a network that costs nothing.
pub(crate) fn wifi_only(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT wifi_only FROM photos_policy", [], |row| row.get(0))
}

pub(crate) fn set_wifi_only(connection: &Connection, wifi_only: bool) -> rusqlite::Result<()> {
    connection.execute("UPDATE photos_policy SET wifi_only = ?1", [wifi_only]).map(drop)
}
