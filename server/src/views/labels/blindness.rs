//! Blind pairs 背靠背: two visits of one place that are hidden from each other's people until both are in, and whatever goes
//! on from them.

use std::collections::BTreeSet;

use rounds_shared::ids::DocId;
use rusqlite::{Connection, params};

use super::{Label, Labelled, close, insert, of};

/// Ends the blindness of a pair, if both are in: `second` is the one that repeats.
pub(crate) fn unblind(
    connection: &Connection,
    seq: u64,
    first: DocId,
    second: DocId,
) -> rusqlite::Result<()> {
    let (of_first, of_second) = (of(connection, first)?, of(connection, second)?);
    let is_in = |labels: &[Labelled]| {
        labels.iter().any(|one| one.until.is_none() && one.label == Label::In.to_string())
    };
    if !(is_in(&of_first) && is_in(&of_second)) {
        return Ok(());
    }
    // The pair began with the assignment of the second.
    let Some(began) = of_second.iter().map(|one| one.from).min() else { return Ok(()) };
    for doc in [first, second] {
        connection
            .prepare_cached(
                "UPDATE labels SET until_seq = ?3
                 WHERE doc = ?1 AND from_seq = ?2 AND label >= 'blind:' AND label < 'blind;' AND until_seq IS NULL",
            )?
            .execute(params![doc.as_bytes(), began, seq])?;
    }
    follow(connection, first, seq)?;
    follow(connection, second, seq)
}

/// Hides what goes on from a document, and what goes on from that, from those from whom the document is hidden, and from
/// nobody else.
pub(super) fn follow(connection: &Connection, doc: DocId, seq: u64) -> rusqlite::Result<()> {
    let mut docs = vec![doc];
    while let Some(doc) = docs.pop() {
        for continuation in continuing(connection, doc)? {
            let (wanted, stands) = (blinded(connection, doc)?, blinded(connection, continuation)?);
            for label in wanted.difference(&stands) {
                insert(connection, continuation, label, seq)?;
            }
            for label in stands.difference(&wanted) {
                close(connection, continuation, label, seq)?;
            }
            docs.push(continuation);
        }
    }
    Ok(())
}

fn continuing(connection: &Connection, doc: DocId) -> rusqlite::Result<Vec<DocId>> {
    let mut select = connection.prepare_cached("SELECT doc FROM labels WHERE label = ?1")?;
    select.query_map([Label::Continues(doc).to_string()], |row| row.get(0).map(DocId::new))?.collect()
}

/// The labels that hide a document now.
fn blinded(connection: &Connection, doc: DocId) -> rusqlite::Result<BTreeSet<String>> {
    let mut select = connection.prepare_cached(
        "SELECT label FROM labels WHERE doc = ?1 AND label >= 'blind:' AND label < 'blind;' AND until_seq IS NULL",
    )?;
    select.query_map([doc.as_bytes()], |row| row.get(0))?.collect()
}

/// Whether a document is one of a blind pair that is not over: somebody must not see it.
///
/// # Errors
/// When the view cannot be read.
pub fn is_blind(connection: &Connection, doc: DocId) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM labels
             WHERE doc = ?1 AND label >= 'blind:' AND label < 'blind;' AND until_seq IS NULL)",
        )?
        .query_row([doc.as_bytes()], |row| row.get(0))
}

/// The condition that a document is not hidden from somebody by its blind pair, and the value it needs.
pub(in crate::views) fn not_blind(column: &str, label: &str) -> (String, String) {
    let hidden = "SELECT doc FROM labels WHERE label = ? AND until_seq IS NULL";
    (format!("{column} NOT IN ({hidden})"), label.to_owned())
}
