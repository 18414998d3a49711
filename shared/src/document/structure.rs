//! What no honest app can produce is told apart here, before anything is applied: actors, sequence
//! numbers, authors, dependencies, and operations outside the schema.

mod batch;

use std::collections::{HashMap, HashSet};

use automerge::{ActorId, Change, ChangeHash};

use super::{Counts, Document, Payload, schema::Write};
use crate::{ids::DeviceId, protocol::ChangeId};
use batch::Batch;

/// Why a payload can never be admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StructureError {
    /// A change by an actor that is not the signing device's.
    #[error("a change is by another device's actor")]
    ForeignActor,
    /// An actor that is not 16 bytes, a sequence number with a gap, a start that does not follow.
    #[error("a change does not follow its actor's last one")]
    Sequence,
    /// Too many dependencies, none, or one twice.
    #[error("a change has too many dependencies, none, or one twice")]
    Dependencies,
    /// A time outside the years 2000 to 2100, a message, or something behind its operations.
    #[error("a change has an impossible time, a message or something behind it")]
    Header,
    /// An operation outside the schema.
    #[error("an operation is not one that an app makes")]
    Operation,
}

/// What a document already has, as far as new changes must follow from it.
pub struct Known {
    changes: HashMap<ChangeHash, u64>,
    actors: HashMap<ActorId, OfActor>,
    counts: Counts,
}

/// What a document has of one actor.
#[derive(Default)]
struct OfActor {
    seq: u64,
    max_op: u64,
    author: Option<Vec<u8>>,
}

/// What a payload would write, if it is new and whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// Every change in it is there already.
    Nothing,
    /// Its dependencies that are not there.
    Missing(Vec<ChangeId>),
    /// Its operations, in order.
    Writes(Vec<Write>),
}

impl Known {
    /// Reads what a document has.
    pub fn of(document: &Document) -> Self {
        let (mut changes, mut actors) = (HashMap::new(), HashMap::new());
        let mut counts = document.counts();
        for meta in document.automerge.get_changes_meta(&[]) {
            changes.insert(meta.hash, meta.max_op);
            counts.dependencies += meta.deps.len() as u64;
            counts.searched += u64::from(is_searched(&meta.hash));
            let actor: &mut OfActor = actors.entry(meta.actor.into_owned()).or_default();
            actor.seq = actor.seq.max(meta.seq);
            actor.max_op = actor.max_op.max(meta.max_op);
            if let Some(author) = meta.author {
                actor.author = Some(author.as_bytes().to_vec());
            }
        }
        Self { changes, actors, counts }
    }

    /// How much there is.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// What there would be with the changes of a payload that are new, and what they write.
    pub fn with(&self, payload: &Payload, writes: &[Write]) -> Counts {
        let mut counts = self.counts;
        let mut actors = HashSet::new();
        for change in payload.changes().iter().filter(|change| !self.changes.contains_key(&change.hash())) {
            counts.changes += 1;
            counts.operations += change.len() as u64;
            counts.dependencies += change.deps().len() as u64;
            counts.searched += u64::from(is_searched(&change.hash()));
            if !self.actors.contains_key(change.actor_id()) && actors.insert(change.actor_id()) {
                counts.actors += 1;
            }
        }
        counts.entries += writes.iter().filter(|write| write.makes_entry()).count() as u64;
        counts
    }

    /// Whether a change is by an actor that is known to be another device's, or says that it is.
    fn is_foreign(&self, change: &Change, device: DeviceId) -> bool {
        match (self.actors.get(change.actor_id()), change.author()) {
            (Some(actor), _) => actor.author.as_deref() != Some(&device.as_bytes()[..]),
            (None, Some(author)) => author.as_bytes() != device.as_bytes(),
            (None, None) => false,
        }
    }
}

/// Automerge keeps a clock for every change whose hash begins with a zero byte, and compares each with all others. One in
/// 256 has such a hash by chance; whoever searches for them has as many as he likes.
fn is_searched(hash: &ChangeHash) -> bool {
    hash.0[0] == 0
}

impl Document {
    /// Checks a payload's structure against this document and says what it would write.
    ///
    /// # Errors
    /// [`StructureError`] for what no honest app can produce.
    pub fn examine(
        &self,
        known: &Known,
        payload: &Payload,
        device: DeviceId,
    ) -> Result<Touched, StructureError> {
        let brought = self.brought_by(payload);
        let is_foreign =
            |change: &Change| !brought.contains_key(&change.hash()) && known.is_foreign(change, device);
        // Also what is there already: the same envelope must be refused by a server that lost it, and it came back first.
        if payload.changes().iter().any(is_foreign) {
            return Err(StructureError::ForeignActor);
        }
        let fresh: Vec<&Change> =
            payload.changes().iter().filter(|change| !known.changes.contains_key(&change.hash())).collect();
        if fresh.is_empty() {
            return Ok(Touched::Nothing);
        }
        let arriving: HashSet<ChangeHash> = fresh.iter().map(|change| change.hash()).collect();
        let mut missing: Vec<ChangeId> = fresh
            .iter()
            .flat_map(|change| change.deps())
            .filter(|hash| !known.changes.contains_key(hash) && !arriving.contains(hash))
            .map(|hash| ChangeId(hash.0))
            .collect();
        if !missing.is_empty() {
            missing.sort_unstable();
            missing.dedup();
            return Ok(Touched::Missing(missing));
        }
        let mut batch = Batch::new(&self.automerge, known, device);
        let mut writes = Vec::new();
        for change in fresh {
            match brought.get(&change.hash()) {
                Some(item) => batch.bring(change, item, &mut writes)?,
                None => batch.take(change, &mut writes)?,
            }
        }
        Ok(Touched::Writes(writes))
    }
}
