//! The saved inspections. A document is what is saved here, or the server's snapshot of it when it was never saved here,
//! and the rows of `changes` together.

use rounds_shared::ids::DocId;
use rusqlite::{Connection, OptionalExtension as _, params};

/// The snapshot's bytes.
pub(crate) fn snapshot(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT snapshot FROM documents WHERE doc = ?1")?
        .query_row([doc.as_bytes()], |row| row.get(0))
        .optional()
}

/// A document begins. `own_genesis` is to be sent with the first envelope, when no server made it.
pub(crate) fn begin(
    connection: &Connection,
    doc: DocId,
    genesis: &[u8],
    own_genesis: Option<&[u8]>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO documents (doc, snapshot, genesis) VALUES (?1, ?2, ?3)")?
        .execute(params![doc.as_bytes(), genesis, own_genesis])
        .map(drop)
}

/// Replaces the snapshot; the packed changes it holds need no rows of their own any more.
pub(crate) fn save(connection: &Connection, doc: DocId, snapshot: &[u8]) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO documents (doc, snapshot) VALUES (?1, ?2)
             ON CONFLICT (doc) DO UPDATE SET snapshot = excluded.snapshot",
        )?
        .execute(params![doc.as_bytes(), snapshot])?;
    super::changes::drop_packed(connection, doc)
}

/// Begins the document again from what is admitted. `own_genesis` as in [`begin`].
pub(crate) fn begin_again(
    connection: &Connection,
    doc: DocId,
    snapshot: &[u8],
    own_genesis: Option<&[u8]>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO documents (doc, snapshot, genesis) VALUES (?1, ?2, ?3)")?
        .execute(params![doc.as_bytes(), snapshot, own_genesis])?;
    super::changes::forget(connection, doc)
}

/// The genesis that is still to be sent; it is taken out, so that it is sent once.
pub(crate) fn take_genesis(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<Vec<u8>>> {
    let genesis = connection
        .query_row("SELECT genesis FROM documents WHERE doc = ?1", [doc.as_bytes()], |row| row.get(0))
        .optional()?
        .flatten();
    connection.execute("UPDATE documents SET genesis = NULL WHERE doc = ?1", [doc.as_bytes()])?;
    Ok(genesis)
}

pub(crate) fn forget(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM documents WHERE doc = ?1", [doc.as_bytes()]).map(drop)
}
