//! Registry entries of the log, as received. The registry is folded from them at every start.

use rounds_shared::{ids::Epoch, protocol::Entry};
use rusqlite::{Connection, params};

/// The sort of an entry that is a registry event; entries of sorts this version does not know are kept beside them.
const REGISTRY: u8 = 1;

/// Keeps one; receiving it again changes nothing.
pub(crate) fn put(connection: &Connection, epoch: Option<Epoch>, entry: &Entry) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO entries (seq, at, sort, body, epoch) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            entry.seq,
            entry.at,
            entry.sort,
            entry.body,
            epoch.as_ref().map(|epoch| epoch.as_bytes())
        ])
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

/// Everything of a log was received: what is left of an earlier one is not in it. Says whether there was any. Until
/// then the earlier one's entries stay, so that a cut transfer leaves no device without people and templates.
pub(crate) fn keep_only(connection: &Connection, epoch: Option<Epoch>) -> rusqlite::Result<bool> {
    let deleted = connection
        .prepare_cached("DELETE FROM entries WHERE epoch IS NOT ?1")?
        .execute([epoch.as_ref().map(|epoch| epoch.as_bytes())])?;
    Ok(deleted > 0)
}
