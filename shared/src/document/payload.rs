//! The one strict decoder of payloads, on servers and devices alike: all or nothing.

use automerge::{Automerge, Change};

use super::measure::{ChunkKind, split_chunk};
use crate::protocol::{
    ChangeId,
    limits::{ENVELOPE_CHANGES_MAX, ENVELOPE_OPERATIONS_MAX, ENVELOPE_REFERENCES_MAX},
};

/// The changes of one payload, decoded.
#[derive(Clone)]
pub struct Payload {
    changes: Vec<Change>,
    /// The bytes, when they are one whole document: Automerge has loaded them once.
    document: Option<Vec<u8>>,
}

/// Why a payload cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// Not whole, undeflated Automerge chunks of documents or changes.
    #[error("payload is not whole, undeflated chunks")]
    Chunks,
    /// More operations or changes than an envelope may have.
    #[error("payload has more than {ENVELOPE_OPERATIONS_MAX} operations or {ENVELOPE_CHANGES_MAX} changes")]
    TooLarge,
    /// No changes at all.
    #[error("payload is empty")]
    Empty,
    /// Automerge cannot read a chunk.
    #[error("payload cannot be read")]
    Content,
}

impl Payload {
    /// Measures, then decodes.
    ///
    /// # Errors
    /// When anything at all is not as an honest app writes it.
    pub fn decode(bytes: &[u8]) -> Result<Self, PayloadError> {
        let (mut rest, mut chunks) = (bytes, Vec::new());
        let (mut operations, mut references, mut changes) = (0_u64, 0_u64, 0_u64);
        while !rest.is_empty() {
            let (chunk, tail) = split_chunk(rest).ok_or(PayloadError::Chunks)?;
            operations = operations.saturating_add(chunk.claims.operations);
            references = references.saturating_add(chunk.claims.references);
            changes = changes.saturating_add(chunk.claims.changes);
            if operations > ENVELOPE_OPERATIONS_MAX as u64
                || references > ENVELOPE_REFERENCES_MAX as u64
                || changes > ENVELOPE_CHANGES_MAX as u64
            {
                return Err(PayloadError::TooLarge);
            }
            chunks.push(chunk);
            rest = tail;
        }
        let document = match chunks[..] {
            [chunk] if chunk.kind == ChunkKind::Document => Some(chunk.bytes.to_vec()),
            _ => None,
        };
        let mut changes = Vec::new();
        for chunk in chunks {
            match chunk.kind {
                ChunkKind::Change => {
                    let change = guarded(|| Change::from_bytes(chunk.bytes.to_vec()).ok())?;
                    if !change.hash().0.starts_with(chunk.checksum()) {
                        return Err(PayloadError::Content);
                    }
                    changes.push(change);
                }
                ChunkKind::Document => {
                    let document = guarded(|| Automerge::load(chunk.bytes).ok())?;
                    changes.extend(guarded(|| Some(document.get_changes(&[])))?);
                }
            }
        }
        // A deletion stands in a document only as the successor of what it deletes: it was no row.
        let operations: usize = changes.iter().map(Change::len).sum();
        match changes.len() {
            0 => Err(PayloadError::Empty),
            1..=ENVELOPE_CHANGES_MAX if operations <= ENVELOPE_OPERATIONS_MAX => {
                Ok(Self { changes, document })
            }
            _ => Err(PayloadError::TooLarge),
        }
    }

    /// How many operations the chunks of bytes claim, up to the first that makes no sense.
    pub(crate) fn claimed_operations(bytes: &[u8]) -> u64 {
        let (mut rest, mut operations) = (bytes, 0_u64);
        while let Some((chunk, tail)) = split_chunk(rest) {
            (rest, operations) = (tail, operations.saturating_add(chunk.claims.operations));
        }
        operations
    }

    pub(super) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The first change's bytes when it depends on nothing: a genesis the payload brings along.
    pub fn genesis(&self) -> Option<&[u8]> {
        self.changes.first().filter(|change| change.deps().is_empty()).map(Change::raw_bytes)
    }

    /// The payload without its genesis.
    #[must_use]
    pub fn without_genesis(mut self) -> Self {
        if self.genesis().is_some() {
            self.changes.remove(0);
        }
        self
    }

    /// Whether it brings a change.
    pub fn has(&self, change: ChangeId) -> bool {
        self.changes.iter().any(|one| one.hash().0 == change.0)
    }

    /// Whether these bytes are what the payload was decoded from, so that they are known to load.
    pub(crate) fn is_decoded_from(&self, document: &[u8]) -> bool {
        self.document.as_deref() == Some(document)
    }

    /// Whether no change is left.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Runs foreign code on foreign bytes: a panic there is an answer, not the end of the process.
pub(super) fn guarded<T>(run: impl FnOnce() -> Option<T>) -> Result<T, PayloadError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).ok().flatten().ok_or(PayloadError::Content)
}
