//! The photos taken here: which inspections name them, and how far their bytes have got. The bytes are files.

use rounds_shared::ids::{DocId, PhotoHash};
use rusqlite::{Connection, OptionalExtension as _, params};

/// Longest rest of a photo that the server would not take, in milliseconds: a clock that was set back makes none longer.
pub(crate) const REST_MS_MAX: i64 = 24 * 60 * 60 * 1000;

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
    /// The server would not take them.
    pub(crate) refused: u32,
    /// Neither the server has them nor can they be read here.
    pub(crate) lost: u32,
    pub(crate) pending_bytes: u64,
}

impl Count {
    /// Those that go out by themselves.
    pub(crate) fn pending(self) -> u32 {
        self.total - self.delivered - self.refused - self.lost
    }
}

/// How far one has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The server has it in full.
    pub(crate) delivered: bool,
    pub(crate) refused: bool,
    pub(crate) lost: bool,
}

/// A document of this device names a photo whose file is on disk.
pub(crate) fn put(connection: &Connection, doc: DocId, hash: PhotoHash, bytes: u64) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO photos (hash, bytes, delivered) VALUES (?1, ?2, FALSE)
         ON CONFLICT (hash) DO UPDATE SET lost = FALSE, removed = FALSE",
        params![hash.as_bytes(), bytes],
    )?;
    connection
        .execute(
            "INSERT OR IGNORE INTO photo_documents (doc, hash) VALUES (?1, ?2)",
            params![doc.as_bytes(), hash.as_bytes()],
        )
        .map(drop)
}

/// How far it has got; none when it was not taken here.
pub(crate) fn standing(connection: &Connection, hash: PhotoHash) -> rusqlite::Result<Option<Standing>> {
    connection
        .prepare_cached(
            "SELECT delivered, NOT delivered AND NOT lost AND refused IS NOT NULL, NOT delivered AND lost
             FROM photos WHERE hash = ?1",
        )?
        .query_row([hash.as_bytes()], |row| {
            Ok(Standing { delivered: row.get(0)?, refused: row.get(1)?, lost: row.get(2)? })
        })
        .optional()
}

/// Those the server is to have, the small ones first; what it would not take rests for a while.
pub(crate) fn pending(connection: &Connection, now: i64) -> rusqlite::Result<Vec<Pending>> {
    let mut select = connection.prepare(
        "SELECT hash, upload FROM photos
         WHERE NOT delivered AND NOT lost AND (offer_at IS NULL OR offer_at NOT BETWEEN ?1 + 1 AND ?2)
         ORDER BY bytes, hash",
    )?;
    let latest = now.saturating_add(REST_MS_MAX);
    let rows = select
        .query_map([now, latest], |row| Ok(Pending { hash: super::id(row, 0)?, upload: row.get(1)? }))?;
    rows.collect()
}

/// Those the server does not have and could still get, whether they are offered or rest.
pub(crate) fn undelivered(connection: &Connection) -> rusqlite::Result<Vec<PhotoHash>> {
    let mut select = connection.prepare("SELECT hash FROM photos WHERE NOT delivered AND NOT lost")?;
    select.query_map([], |row| super::id(row, 0))?.collect()
}

/// Those the server does not have, whether they can be read here or not.
pub(crate) fn not_there(connection: &Connection) -> rusqlite::Result<Vec<PhotoHash>> {
    let mut select = connection.prepare("SELECT hash FROM photos WHERE NOT delivered")?;
    select.query_map([], |row| super::id(row, 0))?.collect()
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

/// The server has it in full, or says that it lacks it after all. Since when it has it is noted with the next reply.
pub(crate) fn set_delivered(
    connection: &Connection,
    hash: PhotoHash,
    delivered: bool,
) -> rusqlite::Result<()> {
    connection
        .execute(
            "UPDATE photos SET delivered = ?2, delivered_at = NULL, upload = NULL, refused = NULL, offer_at = NULL,
                 lost = FALSE
             WHERE hash = ?1",
            params![hash.as_bytes(), delivered],
        )
        .map(drop)
}

/// The server would not take it, for this reason; or, without one, was in trouble with it. It is offered again then.
pub(crate) fn set_refused(
    connection: &Connection,
    hash: PhotoHash,
    reason: Option<&str>,
    offer_at: i64,
) -> rusqlite::Result<()> {
    connection
        .execute(
            "UPDATE photos SET refused = ?2, offer_at = ?3, upload = NULL WHERE hash = ?1",
            params![hash.as_bytes(), reason, offer_at],
        )
        .map(drop)
}

/// The server changed: what an older one refused may be welcome now.
pub(crate) fn retry_refused(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .execute("UPDATE photos SET refused = NULL, offer_at = NULL WHERE offer_at IS NOT NULL", [])
        .map(drop)
}

/// Its bytes can no longer be read here.
pub(crate) fn set_lost(connection: &Connection, hash: PhotoHash) -> rusqlite::Result<()> {
    connection.execute("UPDATE photos SET lost = TRUE WHERE hash = ?1", [hash.as_bytes()]).map(drop)
}

/// Of a document, or of all.
pub(crate) fn count(connection: &Connection, doc: Option<DocId>) -> rusqlite::Result<Count> {
    connection
        .prepare_cached(
            "SELECT count(*), coalesce(sum(delivered), 0),
                 coalesce(sum(NOT delivered AND NOT lost AND refused IS NOT NULL), 0),
                 coalesce(sum(NOT delivered AND lost), 0),
                 coalesce(sum(bytes * (NOT delivered AND NOT lost AND refused IS NULL)), 0)
             FROM photos WHERE ?1 IS NULL OR hash IN (SELECT hash FROM photo_documents WHERE doc = ?1)",
        )?
        .query_row([doc.as_ref().map(|doc| doc.as_bytes())], |row| {
            Ok(Count {
                total: row.get(0)?,
                delivered: row.get(1)?,
                refused: row.get(2)?,
                lost: row.get(3)?,
                pending_bytes: row.get(4)?,
            })
        })
}

/// Whether photos wait for a network that costs nothing.
pub(crate) fn wifi_only(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT wifi_only FROM photos_policy", [], |row| row.get(0))
}

pub(crate) fn set_wifi_only(connection: &Connection, wifi_only: bool) -> rusqlite::Result<()> {
    connection.execute("UPDATE photos_policy SET wifi_only = ?1", [wifi_only]).map(drop)
}
