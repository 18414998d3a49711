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

/// Records a verdict; the document it is about, when it is one of ours.
pub(crate) fn judge(
    connection: &Connection,
    id: EnvelopeId,
    said: &Said<'_>,
) -> rusqlite::Result<Option<DocId>> {
    connection
        .prepare_cached(
            "UPDATE outbox SET state = ?2, reason = ?3, seq = ?4, verdict = ?5 WHERE id = ?1 RETURNING doc",
        )?
        .query_row(params![id.as_bytes(), said.state.as_str(), said.reason, said.seq, said.verdict], |row| {
            super::id(row, 0)
        })
        .optional()
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

/// The server changed: what an older one refused may be welcome now.
pub(crate) fn retry_refused(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE outbox SET state = 'waiting' WHERE state = 'refused'", []).map(drop)
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
