//! Documents that left the person's scope: each is forgotten as soon as nothing of it is to be delivered from here.

use rounds_shared::ids::DocId;
use rusqlite::Connection;

pub(crate) fn put(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO leaving (doc) VALUES (?1)")?
        .execute([doc.as_bytes()])
        .map(drop)
}

pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<DocId>> {
    let mut select = connection.prepare_cached("SELECT doc FROM leaving ORDER BY doc")?;
    select.query_map([], |row| super::id(row, 0))?.collect()
}

/// It was forgotten, or came back before that.
pub(crate) fn remove(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM leaving WHERE doc = ?1")?.execute([doc.as_bytes()]).map(drop)
}
