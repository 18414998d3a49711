//! Findings that are still being written: one an item.

use rounds_shared::ids::DocId;
use rusqlite::{Connection, OptionalExtension as _, params};

pub(crate) fn put(connection: &Connection, doc: DocId, item: &str, draft: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO drafts (doc, item, draft) VALUES (?1, ?2, ?3)")?
        .execute(params![doc.as_bytes(), item, draft])
        .map(drop)
}

pub(crate) fn get(connection: &Connection, doc: DocId, item: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT draft FROM drafts WHERE doc = ?1 AND item = ?2")?
        .query_row(params![doc.as_bytes(), item], |row| row.get(0))
        .optional()
}

/// The finding is saved, or was given up.
pub(crate) fn remove(connection: &Connection, doc: DocId, item: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM drafts WHERE doc = ?1 AND item = ?2")?
        .execute(params![doc.as_bytes(), item])
        .map(drop)
}

/// The document left this device.
pub(crate) fn forget(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM drafts WHERE doc = ?1")?.execute([doc.as_bytes()]).map(drop)
}
