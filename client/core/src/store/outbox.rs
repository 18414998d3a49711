//! Own envelopes in their original bytes, with what the server said of each. None is ever dropped.

use rounds_shared::ids::{DocId, EnvelopeId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// What became of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutboxState {
    /// No verdict yet.
    Waiting,
    /// In the log and merged.
    Delivered,
    /// In the log, not merged: a person must rule, or something is missing.
    Held,
    /// In the log, and a person ruled against it.
    Dismissed,
    /// The server would not store it.
    Refused,
}

impl OutboxState {
    fn as_str(self) -> &'static str {
        match self {
            OutboxState::Waiting => "waiting",
            OutboxState::Delivered => "delivered",
            OutboxState::Held => "held",
            OutboxState::Dismissed => "dismissed",
            OutboxState::Refused => "refused",
        }
    }

    /// Whether the server has not got it, or not taken it.
    pub(crate) fn is_undelivered(self) -> bool {
        match self {
            OutboxState::Waiting | OutboxState::Refused => true,
            OutboxState::Delivered | OutboxState::Held | OutboxState::Dismissed => false,
        }
    }

    fn parse(name: &str) -> Option<Self> {
        use OutboxState::{Delivered, Dismissed, Held, Refused, Waiting};
        [Waiting, Delivered, Held, Dismissed, Refused].into_iter().find(|state| state.as_str() == name)
    }
}

/// An envelope to be kept.
pub(crate) struct Packed<'e> {
    pub(crate) n: u64,
    pub(crate) id: EnvelopeId,
    pub(crate) doc: DocId,
    pub(crate) bytes: &'e [u8],
    /// How many acts are in it.
    pub(crate) acts: usize,
}

/// What the server said.
pub(crate) struct Said<'v> {
    pub(crate) state: OutboxState,
    pub(crate) reason: Option<&'static str>,
    /// The log entry.
    pub(crate) seq: Option<u64>,
    /// The signed verdict: the device's proof.
    pub(crate) verdict: &'v [u8],
}

/// How a document's envelopes stand.
pub(crate) struct Standing {
    pub(crate) state: OutboxState,
    pub(crate) reason: Option<String>,
    pub(crate) envelopes: u32,
    pub(crate) acts: u32,
}

/// An own envelope.
pub(crate) struct Own {
    pub(crate) n: u64,
    pub(crate) bytes: Vec<u8>,
    /// Whether the server itself objected to it; what only waits for others' changes or its own earlier ones did not.
    pub(crate) is_objected: bool,
    /// Whether the document on the device goes on without it.
    pub(crate) is_apart: bool,
}

/// Held for one of these, an envelope is no reason to go on without it: what it waits for comes by itself, a revoked
/// device has nothing to go on with, and what a later version means is not known.
const NO_OBJECTION: &str = "'held_missing', 'held_revoked', 'held_later'";

/// The last envelope made.
pub(crate) fn last(connection: &Connection) -> rusqlite::Result<Option<(u64, EnvelopeId)>> {
    connection
        .query_row("SELECT n, id FROM outbox ORDER BY n DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, super::id(row, 1)?))
        })
        .optional()
}

pub(crate) fn put(connection: &Connection, packed: &Packed<'_>) -> rusqlite::Result<()> {
    connection
        .execute(
            "INSERT INTO outbox (n, id, doc, bytes, acts, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                packed.n,
                packed.id.as_bytes(),
                packed.doc.as_bytes(),
                packed.bytes,
                packed.acts,
                OutboxState::Waiting.as_str(),
            ],
        )
        .map(drop)
}

/// The numbers of all envelopes, in the order they were made.
pub(crate) fn numbers(connection: &Connection) -> rusqlite::Result<Vec<u64>> {
    connection.prepare("SELECT n FROM outbox ORDER BY n")?.query_map([], |row| row.get(0))?.collect()
}

/// An envelope's bytes.
pub(crate) fn bytes(connection: &Connection, n: u64) -> rusqlite::Result<Vec<u8>> {
    connection.prepare_cached("SELECT bytes FROM outbox WHERE n = ?1")?.query_row([n], |row| row.get(0))
}

/// The documents that something was recorded in here.
pub(crate) fn documents(connection: &Connection) -> rusqlite::Result<Vec<DocId>> {
    let mut select = connection.prepare("SELECT DISTINCT doc FROM outbox ORDER BY doc")?;
    select.query_map([], |row| super::id(row, 0))?.collect()
}

/// The envelopes without a verdict in the order they were made: the first ones that fit, and at least one.
pub(crate) fn waiting(
    connection: &Connection,
    envelopes_max: usize,
    bytes_max: usize,
) -> rusqlite::Result<Vec<Vec<u8>>> {
    let mut select =
        connection.prepare_cached("SELECT bytes FROM outbox WHERE state = 'waiting' ORDER BY n")?;
    let mut rows = select.query([])?;
    let (mut envelopes, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let envelope: Vec<u8> = row.get(0)?;
        bytes += envelope.len();
        if envelopes.len() == envelopes_max || (bytes > bytes_max && !envelopes.is_empty()) {
            break;
        }
        envelopes.push(envelope);
    }
    Ok(envelopes)
}

/// Records a verdict; the document it is about, when it is one of ours. `sent` is what was sent in the verdict's place:
/// a server that could not read it cannot name it.
pub(crate) fn judge(
    connection: &Connection,
    id: EnvelopeId,
    sent: &[u8],
    said: &Said<'_>,
) -> rusqlite::Result<Option<DocId>> {
    let mut update = connection.prepare_cached(
        "UPDATE outbox SET state = ?2, reason = ?3, seq = ?4, verdict = ?5 WHERE n = ?1 RETURNING doc",
    )?;
    let by_id = connection
        .prepare_cached("SELECT n FROM outbox WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| row.get::<_, u64>(0))
        .optional()?;
    let by_place = || {
        connection
            .prepare_cached("SELECT n FROM outbox WHERE state = 'waiting' AND bytes = ?1")?
            .query_row([sent], |row| row.get::<_, u64>(0))
            .optional()
    };
    let Some(n) = by_id.map_or_else(by_place, |n| Ok(Some(n)))? else { return Ok(None) };
    update
        .query_row(params![n, said.state.as_str(), said.reason, said.seq, said.verdict], |row| {
            super::id(row, 0)
        })
        .optional()
}

/// The documents that cannot go on as they are: they stand on own envelopes the server objected to.
pub(crate) fn wedged(connection: &Connection) -> rusqlite::Result<Vec<DocId>> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT DISTINCT doc FROM outbox
         WHERE state IN ('held', 'dismissed') AND NOT apart
             AND (doc IN (SELECT doc FROM documents) OR doc IN (SELECT doc FROM snapshots))
             AND (reason IS NULL OR reason NOT IN ({NO_OBJECTION}))"
    ))?;
    select.query_map([], |row| super::id(row, 0))?.collect()
}

/// The own envelopes of a document in the order they were made.
pub(crate) fn of(connection: &Connection, doc: DocId) -> rusqlite::Result<Vec<Own>> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT n, bytes, state IN ('held', 'dismissed') AND (reason IS NULL OR reason NOT IN ({NO_OBJECTION})),
                apart
         FROM outbox WHERE doc = ?1 ORDER BY n"
    ))?;
    let rows = select.query_map([doc.as_bytes()], |row| {
        Ok(Own { n: row.get(0)?, bytes: row.get(1)?, is_objected: row.get(2)?, is_apart: row.get(3)? })
    })?;
    rows.collect()
}

/// The document goes on with or without an envelope.
pub(crate) fn set_apart(connection: &Connection, n: u64, is_apart: bool) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE outbox SET apart = ?2 WHERE n = ?1")?
        .execute(params![n, is_apart])
        .map(drop)
}

/// Their document left the person's scope. Should it come back, it comes without what is not merged.
pub(crate) fn set_all_apart(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE outbox SET apart = 1 WHERE doc = ?1 AND state IN ('held', 'dismissed')")?
        .execute([doc.as_bytes()])
        .map(drop)
}

/// The bytes of an envelope the document went on without, and that is merged after all.
pub(crate) fn rejoin(connection: &Connection, id: EnvelopeId) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("UPDATE outbox SET apart = 0 WHERE id = ?1 AND apart RETURNING bytes")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()
}

/// Own envelopes that a document goes on without, in the order they were made.
#[derive(Debug, Default)]
pub(crate) struct Apart {
    /// Those that wait for a person to rule.
    pub(crate) waiting: Vec<Vec<u8>>,
    /// Those that somebody has ruled against.
    pub(crate) dismissed: Vec<Vec<u8>>,
}

/// The envelopes that the document goes on without.
pub(crate) fn apart(connection: &Connection, doc: DocId) -> rusqlite::Result<Apart> {
    let mut select = connection.prepare_cached(
        "SELECT bytes, state = 'dismissed' FROM outbox WHERE doc = ?1 AND apart ORDER BY n",
    )?;
    let mut rows = select.query([doc.as_bytes()])?;
    let mut apart = Apart::default();
    while let Some(row) = rows.next()? {
        let list = if row.get(1)? { &mut apart.dismissed } else { &mut apart.waiting };
        list.push(row.get(0)?);
    }
    Ok(apart)
}

/// A held envelope was released or dismissed after all; its document, when it is one of ours.
pub(crate) fn rule(
    connection: &Connection,
    id: EnvelopeId,
    state: OutboxState,
    reason: Option<&str>,
) -> rusqlite::Result<Option<DocId>> {
    connection
        .prepare_cached("UPDATE outbox SET state = ?2, reason = ?3 WHERE id = ?1 RETURNING doc")?
        .query_row(params![id.as_bytes(), state.as_str(), reason], |row| super::id(row, 0))
        .optional()
}

/// The ids of the envelopes that the server has, or is to have.
pub(crate) fn held_there(connection: &Connection) -> rusqlite::Result<Vec<[u8; 32]>> {
    let mut select = connection.prepare_cached("SELECT id FROM outbox WHERE state <> 'refused'")?;
    select.query_map([], |row| row.get(0))?.collect()
}

/// The envelopes of which the server signed something, each with that: of a document, or of all.
pub(crate) fn proofs(
    connection: &Connection,
    doc: Option<DocId>,
) -> rusqlite::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut select = connection.prepare_cached(
        "SELECT bytes, verdict FROM outbox WHERE verdict IS NOT NULL AND (?1 IS NULL OR doc = ?1) ORDER BY n",
    )?;
    let rows =
        select.query_map([doc.as_ref().map(|doc| doc.as_bytes())], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// The server changed: what an older one refused may be welcome now.
pub(crate) fn retry_refused(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE outbox SET state = 'waiting' WHERE state = 'refused'", []).map(drop)
}

/// This app is of another version than the one that was told something it did not understand: it asks again.
pub(crate) fn retry_later(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .execute(
            "UPDATE outbox SET state = 'waiting' WHERE reason IN ('held_later', 'envelope_later')
                 AND state IN ('held', 'refused')",
            [],
        )
        .map(drop)
}

/// The log is another one, restored from a backup: whether it has our envelopes is to be asked again. It answers
/// with the first verdict where it does.
pub(crate) fn retry_all(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE outbox SET state = 'waiting', reason = NULL, seq = NULL", []).map(drop)
}

/// How envelopes stand, by what became of them: of a document, or of all.
pub(crate) fn standing(connection: &Connection, doc: Option<DocId>) -> rusqlite::Result<Vec<Standing>> {
    let mut select = connection.prepare_cached(
        "SELECT state, max(reason), count(*), sum(acts) FROM outbox
         WHERE ?1 IS NULL OR doc = ?1 GROUP BY state",
    )?;
    select.query_map([doc.as_ref().map(|doc| doc.as_bytes())], standing_row)?.collect()
}

/// The highest log entry that holds an envelope of ours.
pub(crate) fn highest_seq(connection: &Connection) -> rusqlite::Result<u64> {
    connection.query_row("SELECT coalesce(max(seq), 0) FROM outbox", [], |row| row.get(0))
}

fn standing_row(row: &Row<'_>) -> rusqlite::Result<Standing> {
    Ok(Standing {
        state: super::named(row, 0, OutboxState::parse)?,
        reason: row.get(1)?,
        envelopes: row.get(2)?,
        acts: row.get(3)?,
    })
}

/// Sets aside what waits, as a server would that takes none of it.
#[cfg(test)]
pub(crate) fn refuse_waiting(connection: &Connection) -> rusqlite::Result<()> {
    let refuse = "UPDATE outbox SET state = 'refused', reason = 'envelope_version' WHERE state = 'waiting'";
    connection.execute(refuse, []).map(drop)
}

/// Changes a byte of every envelope, as a failing disk would.
#[cfg(test)]
pub(crate) fn spoil(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE outbox SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB)", []).map(drop)
}
