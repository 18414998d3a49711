//! Envelopes of others, as received: kept before the cursor moves, merged when there is time.

use rounds_shared::{
    ids::{DocId, EnvelopeId, Epoch},
    protocol::Entry,
};
use rusqlite::{Connection, params};

/// What became of an envelope that was looked at. Before that it is `new`, and `verified` once its signature was
/// checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InboxState {
    /// In its document's snapshot.
    Merged,
    /// It cannot be merged as things are; tried again when more comes for its document.
    Aside,
}

impl InboxState {
    fn as_str(self) -> &'static str {
        match self {
            InboxState::Merged => "merged",
            InboxState::Aside => "aside",
        }
    }
}

/// A kept envelope.
pub(crate) struct Received {
    pub(crate) position: i64,
    pub(crate) bytes: Vec<u8>,
}

/// Keeps one; receiving it again changes nothing.
pub(crate) fn put(connection: &Connection, id: EnvelopeId, bytes: &[u8]) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO inbox (envelope, bytes, state) VALUES (?1, ?2, 'new')")?
        .execute(params![id.as_bytes(), bytes])
        .map(drop)
}

/// Where the log has one that is kept, as the server signed it.
pub(crate) fn place(
    connection: &Connection,
    id: EnvelopeId,
    epoch: Option<Epoch>,
    entry: &Entry,
) -> rusqlite::Result<()> {
    let (Some(epoch), Some(signature)) = (epoch, &entry.signature) else { return Ok(()) };
    connection
        .prepare_cached("UPDATE inbox SET epoch = ?2, seq = ?3, at = ?4, signature = ?5 WHERE envelope = ?1")?
        .execute(params![id.as_bytes(), epoch.as_bytes(), entry.seq, entry.at, signature.as_bytes()])
        .map(drop)
}

/// Those nobody has looked at, in the order they came.
pub(crate) fn new(connection: &Connection) -> rusqlite::Result<Vec<Received>> {
    let mut select = connection
        .prepare_cached("SELECT position, bytes FROM inbox WHERE state = 'new' ORDER BY position")?;
    select.query_map([], |row| Ok(Received { position: row.get(0)?, bytes: row.get(1)? }))?.collect()
}

/// The envelope is what it says it is; what was set aside for its document is worth another try with it.
pub(crate) fn verify(connection: &Connection, position: i64, doc: DocId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE inbox SET state = 'verified', doc = ?2 WHERE position = ?1")?
        .execute(params![position, doc.as_bytes()])?;
    try_again(connection, doc)
}

/// What was set aside for a document is to be merged again.
pub(super) fn try_again(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE inbox SET state = 'verified' WHERE doc = ?1 AND state = 'aside'")?
        .execute([doc.as_bytes()])
        .map(drop)
}

/// The documents with something to merge.
pub(crate) fn documents(connection: &Connection) -> rusqlite::Result<Vec<DocId>> {
    let mut select = connection.prepare_cached("SELECT DISTINCT doc FROM inbox WHERE state = 'verified'")?;
    select.query_map([], |row| super::id(row, 0))?.collect()
}

/// What is to be merged into a document, in the order it came.
pub(crate) fn verified(connection: &Connection, doc: DocId) -> rusqlite::Result<Vec<Received>> {
    let mut select = connection.prepare_cached(
        "SELECT position, bytes FROM inbox WHERE doc = ?1 AND state = 'verified' ORDER BY position",
    )?;
    let rows = select
        .query_map([doc.as_bytes()], |row| Ok(Received { position: row.get(0)?, bytes: row.get(1)? }))?;
    rows.collect()
}

/// What may be given back: all that is what it says it is, and what cannot be checked yet, because a restore made the
/// server forget the device that signed it.
const GIVEN_BACK: &str = "(doc IS NOT NULL OR state = 'new')";

/// The ids of all that may be given back.
pub(crate) fn ids(connection: &Connection) -> rusqlite::Result<Vec<[u8; 32]>> {
    let mut select = connection.prepare_cached(&format!("SELECT envelope FROM inbox WHERE {GIVEN_BACK}"))?;
    select.query_map([], |row| row.get(0))?.collect()
}

/// The bytes of those among some ids, in the order they came.
pub(crate) fn among(
    connection: &Connection,
    ids: &std::collections::BTreeSet<[u8; 32]>,
) -> rusqlite::Result<Vec<Vec<u8>>> {
    let mut select = connection
        .prepare_cached(&format!("SELECT envelope, bytes FROM inbox WHERE {GIVEN_BACK} ORDER BY position"))?;
    let mut rows = select.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if ids.contains(&row.get::<_, [u8; 32]>(0)?) {
            found.push(row.get(1)?);
        }
    }
    Ok(found)
}

/// Everything that came for a document and was verified, in the order it came.
pub(crate) fn all(connection: &Connection, doc: DocId) -> rusqlite::Result<Vec<Received>> {
    let mut select =
        connection.prepare_cached("SELECT position, bytes FROM inbox WHERE doc = ?1 ORDER BY position")?;
    let rows = select
        .query_map([doc.as_bytes()], |row| Ok(Received { position: row.get(0)?, bytes: row.get(1)? }))?;
    rows.collect()
}

pub(crate) fn mark(connection: &Connection, position: i64, state: InboxState) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE inbox SET state = ?2 WHERE position = ?1")?
        .execute(params![position, state.as_str()])
        .map(drop)
}

/// Whether anything of a document came from others.
pub(crate) fn has_merged(connection: &Connection, doc: DocId) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM inbox WHERE doc = ?1 AND state = 'merged')")?
        .query_row([doc.as_bytes()], |row| row.get(0))
}

pub(crate) fn forget(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM inbox WHERE doc = ?1", [doc.as_bytes()]).map(drop)
}
