//! Registry entries of the log, as received. The registry is folded from them at every start.

use std::collections::BTreeSet;

use rounds_shared::{
    envelope::Signature,
    ids::{DocId, Epoch},
    protocol::{Entry, SignedEntry},
    registry::Event,
};
use rusqlite::{Connection, params};

/// The sort of an entry that is a registry event; entries of sorts this version does not know are kept beside them.
const REGISTRY: u8 = 1;

/// Keeps one; receiving it again changes nothing.
pub(crate) fn put(connection: &Connection, epoch: Option<Epoch>, entry: &Entry) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO entries (seq, at, sort, body, epoch, signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            entry.seq,
            entry.at,
            entry.sort,
            entry.body,
            epoch.as_ref().map(|epoch| epoch.as_bytes()),
            entry.signature.as_ref().map(|signature| signature.as_bytes())
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

/// The server was restored: what it signed before is kept until the server has said again what it has of it, beside what
/// comes now under the same numbers.
pub(crate) fn keep_before(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO entries_before (epoch, seq, at, sort, body, signature)
             SELECT epoch, seq, at, sort, body, signature FROM entries
             WHERE sort = ?1 AND epoch IS NOT NULL AND signature IS NOT NULL",
        )?
        .execute([REGISTRY])
        .map(drop)
}

/// What the server signed before it was restored.
pub(crate) fn before(connection: &Connection) -> rusqlite::Result<Vec<SignedEntry>> {
    let mut select = connection.prepare_cached(
        "SELECT epoch, seq, at, sort, body, signature FROM entries_before ORDER BY epoch, seq",
    )?;
    let rows = select.query_map([], |row| {
        let entry = Entry {
            seq: row.get(1)?,
            at: row.get(2)?,
            sort: row.get(3)?,
            body: row.get(4)?,
            judgement: None,
            signature: Some(Signature::new(row.get(5)?)),
        };
        Ok(SignedEntry { epoch: super::id(row, 0)?, entry })
    })?;
    rows.collect()
}

/// It was given back, as far as it was lost, and has come again. Says whether there was any.
pub(crate) fn forget_before(connection: &Connection) -> rusqlite::Result<bool> {
    connection.execute("DELETE FROM entries_before", []).map(|deleted| deleted > 0)
}

/// Everything of a log was received: what is left of an earlier one is not in it. Says whether there was any. Until
/// then the earlier one's entries stay, so that a cut transfer leaves no device without people and templates.
pub(crate) fn keep_only(connection: &Connection, epoch: Option<Epoch>) -> rusqlite::Result<bool> {
    let deleted = connection
        .prepare_cached("DELETE FROM entries WHERE epoch IS NOT ?1")?
        .execute([epoch.as_ref().map(|epoch| epoch.as_bytes())])?;
    Ok(deleted > 0)
}

/// Forgets the assignments of documents that left the person's scope; says whether there was any.
pub(crate) fn forget_assignments(connection: &Connection, of: &BTreeSet<DocId>) -> rusqlite::Result<bool> {
    let mut gone = Vec::new();
    if !of.is_empty() {
        each(connection, |seq, _, body| {
            let doc = match Event::from_bytes(body) {
                Some(Event::AssignmentMade(assignment)) => assignment.doc(),
                Some(Event::AssignmentSuperseded { assignment, .. }) => DocId::of_assignment(assignment),
                Some(_) | None => return,
            };
            if of.contains(&doc) {
                gone.push(seq);
            }
        })?;
    }
    let mut delete = connection.prepare_cached("DELETE FROM entries WHERE seq = ?1")?;
    gone.iter().try_for_each(|seq| delete.execute([seq]).map(drop))?;
    Ok(!gone.is_empty())
}
