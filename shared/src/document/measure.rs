//! Measuring a chunk before Automerge sees a byte of it.
//!
//! Automerge's columns are run-length encoded, so a few bytes can claim millions of operations, a text that stands
//! twenty thousand times, an actor of which there are four thousand million. Here the chunk is walked once, in checked
//! arithmetic and without allocating: it must have the columns that honest changes of ours have and no others, in their
//! order, each with as many rows as there are operations or changes, and every actor, length and counter in its range.
//! The layout is Automerge's binary document format, version 1.

mod column;

use column::Reader;

use crate::protocol::limits::{CHANGE_DEPENDENCIES_MAX, DOCUMENT_ACTORS_MAX, REVIEW_HEADROOM};

/// A chunk's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChunkKind {
    Document,
    Change,
}

/// One whole, undeflated chunk and what its columns claim.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk<'b> {
    pub(super) kind: ChunkKind,
    pub(super) bytes: &'b [u8],
    pub(super) claims: Claims,
}

/// How much a chunk says there is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) changes: u64,
    pub(super) operations: u64,
    /// What changes depend on, and what operations replace.
    pub(super) references: u64,
}

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHECKSUM_BYTES: usize = 4;
const HASH_BYTES: usize = 32;
/// Actors are 16 bytes: nobody who is honest has others.
const ACTOR_BYTES: usize = 16;
/// Most actors of one chunk: those of a document, with what reviews may have beyond.
const ACTORS_MAX: u64 = (DOCUMENT_ACTORS_MAX + REVIEW_HEADROOM) as u64;
/// Largest what stands behind the operations of a change: its author and nothing else.
const EXTRA_BYTES_MAX: usize = 18;

/// The columns of a change's operations: object, key, insert, action, value, predecessors. Marks are not ours.
const OPERATIONS_OF_CHANGE: [u64; 12] =
    [0x01, 0x02, 0x11, 0x13, 0x15, 0x34, 0x42, 0x56, 0x57, 0x70, 0x71, 0x73];
/// The columns of a document's changes: actor, number, last operation, time, dependencies, author. Messages are not ours.
const CHANGES_OF_DOCUMENT: [u64; 8] = [0x01, 0x03, 0x13, 0x23, 0x40, 0x43, 0x56, 0x57];
/// The one column of them with differences of any size: the time.
const TIME_OF_CHANGE: u64 = 0x23;
/// The columns of a document's operations: those of a change, with names, and successors for predecessors.
const OPERATIONS_OF_DOCUMENT: [u64; 14] =
    [0x01, 0x02, 0x11, 0x13, 0x15, 0x21, 0x23, 0x34, 0x42, 0x56, 0x57, 0x80, 0x81, 0x83];

impl Chunk<'_> {
    /// The checksum it says it has. Automerge believes it of a change.
    pub(super) fn checksum(&self) -> &[u8] {
        &self.bytes[MAGIC.len()..MAGIC.len() + CHECKSUM_BYTES]
    }
}

/// Splits the first chunk off; `None` when it is not a whole, undeflated, well-formed one.
pub(super) fn split_chunk(bytes: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let mut reader = Reader(bytes);
    if reader.take(MAGIC.len())? != MAGIC {
        return None;
    }
    reader.take(CHECKSUM_BYTES)?;
    let kind = match reader.take(1)? {
        [0] => ChunkKind::Document,
        [1] => ChunkKind::Change,
        _ => return None,
    };
    let body = Reader(reader.prefixed()?);
    let claims = match kind {
        ChunkKind::Document => document(body)?,
        ChunkKind::Change => change(body)?,
    };
    let whole = bytes.len() - reader.0.len();
    Some((Chunk { kind, bytes: &bytes[..whole], claims }, reader.0))
}

fn change(mut body: Reader<'_>) -> Option<Claims> {
    let dependencies = body.uleb().filter(|count| *count <= CHANGE_DEPENDENCIES_MAX as u64)?;
    body.take(usize::try_from(dependencies).ok()? * HASH_BYTES)?;
    actor(&mut body)?;
    body.uleb()?; // seq
    let start = body.uleb()?;
    body.sleb()?; // time
    if !body.prefixed()?.is_empty() {
        return None; // a message
    }
    let actors = 1 + actors(&mut body)?;
    let columns = body.columns(&OPERATIONS_OF_CHANGE)?;
    let operations = body.table(&columns, actors, None)?;
    // Counters are numbers of 32 bits to Automerge, which cuts off what is above.
    let fits = start.checked_add(operations.rows).is_some_and(|end| end <= u64::from(u32::MAX));
    (fits && body.0.len() <= EXTRA_BYTES_MAX).then_some(Claims {
        changes: 1,
        operations: operations.rows,
        references: dependencies.saturating_add(operations.grouped),
    })
}

fn document(mut body: Reader<'_>) -> Option<Claims> {
    let actors = actors(&mut body)?;
    let heads = body.uleb().filter(|count| *count <= ACTORS_MAX)?;
    body.take(usize::try_from(heads).ok()? * HASH_BYTES)?;
    let of_changes = body.columns(&CHANGES_OF_DOCUMENT)?;
    let of_operations = body.columns(&OPERATIONS_OF_DOCUMENT)?;
    let changes = body.table(&of_changes, actors, Some(TIME_OF_CHANGE))?;
    let operations = body.table(&of_operations, actors, None)?;
    for _ in 0..heads {
        body.uleb()?;
    }
    body.0.is_empty().then_some(Claims {
        changes: changes.rows,
        operations: operations.rows,
        references: changes.grouped.saturating_add(operations.grouped),
    })
}

fn actor(body: &mut Reader<'_>) -> Option<()> {
    (body.prefixed()?.len() == ACTOR_BYTES).then_some(())
}

fn actors(body: &mut Reader<'_>) -> Option<u64> {
    let count = body.uleb().filter(|count| *count <= ACTORS_MAX)?;
    (0..count).try_for_each(|_| actor(body))?;
    Some(count)
}
