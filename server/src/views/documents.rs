//! Every document as it is, saved: a snapshot beside the envelopes it is made of.

use rounds_shared::{document::Document, ids::DocId, protocol::Entry};
use rusqlite::{Connection, OptionalExtension as _, params};

pub(super) const TABLE: &str = "CREATE TABLE documents (
    doc   BLOB PRIMARY KEY,
    saved BLOB NOT NULL,
    seq   INTEGER NOT NULL
) STRICT, WITHOUT ROWID";

pub(crate) fn put(
    connection: &Connection,
    entry: &Entry,
    doc: DocId,
    document: &Document,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO documents (doc, saved, seq) VALUES (?1, ?2, ?3)")?
        .execute(params![doc.as_bytes(), document.save(), entry.seq])
        .map(|_| ())
}

/// The saved bytes of a document: a plain Automerge file.
///
/// # Errors
/// When the view cannot be read.
pub fn saved(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT saved FROM documents WHERE doc = ?1")?
        .query_row([doc.as_bytes()], |row| row.get(0))
        .optional()
}

/// A document, loaded.
///
/// # Errors
/// When the view cannot be read or holds what no longer loads.
pub fn load(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<Document>> {
    let Some(saved) = saved(connection, doc)? else { return Ok(None) };
    Document::load(&saved).map(Some).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, Box::new(error))
    })
}
