//! Every document as it is, saved: a snapshot beside the envelopes it is made of.

use rounds_shared::{
    document::Document,
    ids::{DocId, EnvelopeId},
};
use rusqlite::{Connection, OptionalExtension as _, params};

pub(super) const TABLE: &str = "CREATE TABLE documents (
    doc   BLOB PRIMARY KEY,
    saved BLOB NOT NULL,
    seq   INTEGER NOT NULL
) STRICT, WITHOUT ROWID";

/// The envelopes that each document is made of, by the entry that merged them.
pub(super) const ENVELOPES_TABLE: &str = "CREATE TABLE document_envelopes (
    doc      BLOB NOT NULL,
    seq      INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    PRIMARY KEY (doc, seq)
) STRICT, WITHOUT ROWID";

pub(crate) fn put(connection: &Connection, doc: DocId, saved: &[u8], seq: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO documents (doc, saved, seq) VALUES (?1, ?2, ?3)")?
        .execute(params![doc.as_bytes(), saved, seq])
        .map(|_| ())
}

/// An entry merged an envelope into a document.
pub(crate) fn merged(
    connection: &Connection,
    doc: DocId,
    seq: u64,
    envelope: EnvelopeId,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO document_envelopes (doc, seq, envelope) VALUES (?1, ?2, ?3)")?
        .execute(params![doc.as_bytes(), seq, envelope.as_bytes()])
        .map(|_| ())
}

/// The envelopes that a document is made of.
pub(crate) fn envelopes(connection: &Connection, doc: DocId) -> rusqlite::Result<Vec<EnvelopeId>> {
    let mut select =
        connection.prepare_cached("SELECT envelope FROM document_envelopes WHERE doc = ?1 ORDER BY seq")?;
    select.query_map([doc.as_bytes()], |row| row.get(0).map(EnvelopeId::new))?.collect()
}

/// The envelopes that a document is made of, each with the entry that merged it, in log order.
pub(crate) fn merges(connection: &Connection, doc: DocId) -> rusqlite::Result<Vec<(u64, EnvelopeId)>> {
    let mut select = connection
        .prepare_cached("SELECT seq, envelope FROM document_envelopes WHERE doc = ?1 ORDER BY seq")?;
    select.query_map([doc.as_bytes()], |row| Ok((row.get(0)?, EnvelopeId::new(row.get(1)?))))?.collect()
}

/// The saved bytes of a document with the entry that last changed it.
pub(crate) fn saved_at(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<(Vec<u8>, u64)>> {
    connection
        .prepare_cached("SELECT saved, seq FROM documents WHERE doc = ?1")?
        .query_row([doc.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// The entry that last changed a document.
pub(crate) fn version(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<u64>> {
    connection
        .prepare_cached("SELECT seq FROM documents WHERE doc = ?1")?
        .query_row([doc.as_bytes()], |row| row.get(0))
        .optional()
}

/// A document, the entry that last changed it, and how large it is as saved.
pub(crate) fn standing(
    connection: &Connection,
    doc: DocId,
) -> rusqlite::Result<Option<(Document, u64, usize)>> {
    saved_at(connection, doc)?.map(|(saved, seq)| Ok((loaded(&saved)?, seq, saved.len()))).transpose()
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
    saved(connection, doc)?.map(|saved| loaded(&saved)).transpose()
}

fn loaded(saved: &[u8]) -> rusqlite::Result<Document> {
    Document::load(saved).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, Box::new(error))
    })
}
