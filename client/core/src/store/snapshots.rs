//! Documents as the server sent them, whole: kept in their original bytes, and not loaded until somebody opens them or
//! something has to be merged with them.

use rounds_shared::{
    ids::{DocId, Epoch},
    protocol::Snapshot,
};
use rusqlite::{Connection, OptionalExtension as _, params};

/// What keeping a snapshot came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is all there is of its document here.
    Whole,
    /// It is to be merged into the document that is here.
    ToMerge,
    /// It was here before.
    Known,
}

/// Keeps one. Nothing that is here is replaced by it, unless it is known to hold all of that.
pub(crate) fn put(
    connection: &Connection,
    epoch: Option<Epoch>,
    snapshot: &Snapshot,
) -> rusqlite::Result<Kept> {
    let doc = snapshot.doc;
    let epoch = epoch.map(|epoch| epoch.as_bytes().to_vec());
    let before: Option<(Option<Vec<u8>>, u64)> = connection
        .prepare_cached("SELECT epoch, seq FROM snapshots WHERE doc = ?1")?
        .query_row([doc.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let is_materialised = super::documents::snapshot(connection, doc)?.is_some();
    let kept = match &before {
        Some((of, seq)) if *of == epoch && *seq == snapshot.seq => Kept::Known,
        Some(_) | None if is_materialised => Kept::ToMerge,
        None => Kept::Whole,
        // A later snapshot of the same log holds the earlier one, but not what was recorded on it here.
        Some((of, seq))
            if *of == epoch
                && *seq < snapshot.seq
                && super::changes::of(connection, doc, None)?.is_empty() =>
        {
            Kept::Whole
        }
        Some(_) => {
            materialise(connection, doc)?;
            Kept::ToMerge
        }
    };
    if kept != Kept::Known {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO snapshots (doc, epoch, seq, bytes, merged) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![doc.as_bytes(), epoch, snapshot.seq, snapshot.saved, kept == Kept::Whole])?;
    }
    let mut cover =
        connection.prepare_cached("INSERT OR IGNORE INTO covered (envelope, doc) VALUES (?1, ?2)")?;
    for envelope in &snapshot.covers {
        cover.execute(params![envelope.as_bytes(), doc.as_bytes()])?;
    }
    // What waited for something of its document is worth another try.
    super::inbox::try_again(connection, doc)?;
    Ok(kept)
}

/// Lets the document go on from its snapshot as it is, so that another one can take the snapshot's place.
fn materialise(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO documents (doc, snapshot) SELECT doc, bytes FROM snapshots WHERE doc = ?1",
        )?
        .execute([doc.as_bytes()])
        .map(drop)
}

/// The last snapshot of a document, as it came.
pub(crate) fn bytes(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT bytes FROM snapshots WHERE doc = ?1")?
        .query_row([doc.as_bytes()], |row| row.get(0))
        .optional()
}

/// Whether the server sent a document whole.
pub(crate) fn is_here(connection: &Connection, doc: DocId) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM snapshots WHERE doc = ?1)")?
        .query_row([doc.as_bytes()], |row| row.get(0))
}

/// The snapshot that is still to be merged into a document.
pub(crate) fn unmerged(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT bytes FROM snapshots WHERE doc = ?1 AND NOT merged")?
        .query_row([doc.as_bytes()], |row| row.get(0))
        .optional()
}

/// The documents with a snapshot that is still to be merged.
pub(crate) fn unmerged_documents(connection: &Connection) -> rusqlite::Result<Vec<DocId>> {
    let mut select = connection.prepare_cached("SELECT doc FROM snapshots WHERE NOT merged")?;
    select.query_map([], |row| super::id(row, 0))?.collect()
}

/// It is in the document now.
pub(crate) fn set_merged(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE snapshots SET merged = TRUE WHERE doc = ?1")?
        .execute([doc.as_bytes()])
        .map(drop)
}

/// The ids of the envelopes that snapshots are made of.
pub(crate) fn covered(connection: &Connection) -> rusqlite::Result<Vec<[u8; 32]>> {
    let mut select = connection.prepare_cached("SELECT envelope FROM covered")?;
    select.query_map([], |row| row.get(0))?.collect()
}

pub(crate) fn forget(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM snapshots WHERE doc = ?1", [doc.as_bytes()])?;
    connection.execute("DELETE FROM covered WHERE doc = ?1", [doc.as_bytes()]).map(drop)
}
