//! Registry entries of the log, as received. The registry is folded from them at every start.

use rounds_shared::protocol::Entry;
use rusqlite::{Connection, params};

/// The sort of an entry that is a registry event; entries of sorts this version does not know are kept beside them.
const REGISTRY: u8 = 1;

/// Keeps one; receiving it again changes nothing.
pub(crate) fn put(connection: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO entries (seq, at, sort, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![entry.seq, entry.at, entry.sort, entry.body])
        .map(drop)
}

/// Hands every registry entry to `fold`, in log order.
pub(crate) fn each(connection: &Connection, mut fold: impl FnMut(u64, i64, &[u8])) -> rusqlite::Result<()> {
    let mut select = connection.prepare("SELECT seq, at, body FROM entries WHERE sort = ?1 ORDER BY seq")?;
    let mut rows = select.query([REGISTRY])?;
    while let Some(row) = rows.next()? {
        fold(row.get(0)?, row.get(1)?, row.get_ref(2)?.as_blob()?);
    }
    Ok(())
}

/// Another log begins: its server sends every entry again.
pub(crate) fn clear(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM entries", []).map(drop)
}
