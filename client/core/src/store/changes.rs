//! Own changes, one row an act: those not packed into an envelope yet, and those packed but not in a snapshot.

use rounds_shared::ids::DocId;
use rusqlite::{Connection, params};

/// An act that waits to be packed.
pub(crate) struct Unpacked {
    pub(crate) id: i64,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn append(connection: &Connection, doc: DocId, bytes: &[u8]) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO changes (doc, bytes) VALUES (?1, ?2)")?
        .execute(params![doc.as_bytes(), bytes])
        .map(drop)
}

/// Every row of a document but for one, in the order in which they were made.
pub(crate) fn of(
    connection: &Connection,
    doc: DocId,
    besides: Option<i64>,
) -> rusqlite::Result<Vec<Vec<u8>>> {
    let mut select =
        connection.prepare_cached("SELECT bytes FROM changes WHERE doc = ?1 AND id IS NOT ?2 ORDER BY id")?;
    select.query_map(params![doc.as_bytes(), besides], |row| row.get(0))?.collect()
}

/// The act made last in a document, while it waits to be packed.
pub(crate) fn last_unpacked(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT max(id) FROM changes WHERE doc = ?1 AND envelope IS NULL")?
        .query_row([doc.as_bytes()], |row| row.get(0))
}

/// An act that waits to be packed, and never will be.
pub(crate) fn remove(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM changes WHERE id = ?1 AND envelope IS NULL")?
        .execute([id])
        .map(drop)
}

/// The documents with something to pack, the longest waiting first.
pub(crate) fn unpacked_documents(connection: &Connection) -> rusqlite::Result<Vec<DocId>> {
    let mut select = connection
        .prepare_cached("SELECT doc FROM changes WHERE envelope IS NULL GROUP BY doc ORDER BY min(id)")?;
    select.query_map([], |row| super::id(row, 0))?.collect()
}

pub(crate) fn unpacked(connection: &Connection, doc: DocId) -> rusqlite::Result<Vec<Unpacked>> {
    let mut select = connection
        .prepare_cached("SELECT id, bytes FROM changes WHERE doc = ?1 AND envelope IS NULL ORDER BY id")?;
    let rows =
        select.query_map([doc.as_bytes()], |row| Ok(Unpacked { id: row.get(0)?, bytes: row.get(1)? }))?;
    rows.collect()
}

pub(crate) fn pack(connection: &Connection, acts: &[Unpacked], envelope: u64) -> rusqlite::Result<()> {
    let mut update = connection.prepare_cached("UPDATE changes SET envelope = ?2 WHERE id = ?1")?;
    acts.iter().try_for_each(|act| update.execute(params![act.id, envelope]).map(drop))
}

/// How many acts wait to be packed: of a document, or of all.
pub(crate) fn count_unpacked(connection: &Connection, doc: Option<DocId>) -> rusqlite::Result<u32> {
    connection
        .prepare_cached("SELECT count(*) FROM changes WHERE envelope IS NULL AND (?1 IS NULL OR doc = ?1)")?
        .query_row([doc.as_ref().map(|doc| doc.as_bytes())], |row| row.get(0))
}

/// What was packed is in the outbox, and now in a snapshot too.
pub(super) fn drop_packed(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM changes WHERE doc = ?1 AND envelope IS NOT NULL")?
        .execute([doc.as_bytes()])
        .map(drop)
}

/// The document left the person's scope, and everything of it was delivered.
pub(crate) fn forget(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM changes WHERE doc = ?1", [doc.as_bytes()]).map(drop)
}
