//! Documents: the only room that knows Automerge.
//!
//! An inspection is one Automerge document with these root keys, all made by its first change, the
//! *genesis*, and never written at the root again:
//!
//! ```text
//! about        { schema, kind, area, site?, template, template_version, assignment?, continues?, at }
//! answers      { "SAN-01": { value: "pass", how: "tap" }, … }      every item's map exists from the start; that of an
//!                                                                    item of a newer checklist is brought in
//! findings     { "<device>-<random>": { item, kind, note, place, point?, on_spot, asset?, struck? } }
//! photos       { "<device>-<random>": { hash, bytes, item?, finding?, of?, source, role, point?, struck? } }
//! remarks      [ { text, item? } or { text: "", presence, point? }
//!                or { text: "", item, response } or { text: "", item, takes_back } ]
//! submissions  [ { struck?, answers } ]
//! reviews      [ { act, item?, reason, value?, covers?, heads? } ]
//! ```
//!
//! A case has three, made the same way:
//!
//! ```text
//! about        { schema, inspection, finding, item, area, site?, template, template_version, at }
//! events       [ { act, text?, kind?, place?, point?, to?, checker?, due?, photos? } ]
//! photos       { "<device>-<random>": { hash, bytes, of?, source, role, point?, struck? } }
//! ```
//!
//! An answer is a scalar register, so concurrent values stay readable; lists are only appended to; nothing
//! is deleted. Who wrote an operation follows from its actor, whose first change carries the device as its
//! Automerge `Author`.

mod brought;
mod genesis;
mod measure;
mod parallel;
mod past;
mod payload;
mod read;
mod room;
mod schema;
mod structure;
mod write;

pub use genesis::{case_genesis, case_genesis_about, genesis, genesis_about};
pub use payload::{Payload, PayloadError};
pub use schema::{List, Scalar, Write};
pub use structure::{Known, StructureError, Touched};
pub(crate) use write::parse_point;
pub use write::{FindingDraft, PhotoDraft, Session, WriteError};

use automerge::{Automerge, ChangeHash, ReadDoc as _};
use schema::{EVENTS, FINDINGS, PHOTOS, REMARKS, REVIEWS, SUBMISSIONS};

use crate::{
    case::Case,
    envelope::DocKind,
    inspection::Inspection,
    protocol::{
        ChangeId,
        limits::{ENVELOPE_CHANGES_MAX, ENVELOPE_OPERATIONS_MAX},
    },
};

/// What a document says, whichever kind it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// An inspection 检查.
    Inspection(Inspection),
    /// A case 案件, its events in the order in which this document got them.
    Case(Case),
}

/// A document in memory.
#[derive(Clone)]
pub struct Document {
    automerge: Automerge,
}

/// How much there is in a document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Changes.
    pub changes: u64,
    /// Operations.
    pub operations: u64,
    /// Actors.
    pub actors: u64,
    /// What is read one by one: findings, photos, remarks, submissions, reviews and events.
    pub entries: u64,
    /// What its changes depend on, together.
    pub dependencies: u64,
    /// Changes with a hash that begins with a zero byte: one in 256 by chance.
    pub searched: u64,
}

/// Why bytes are not a document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Automerge cannot load them.
    #[error("document cannot be loaded")]
    Load(#[source] automerge::AutomergeError),
    /// Automerge cannot apply a change.
    #[error("changes cannot be applied")]
    Apply(#[source] automerge::AutomergeError),
    /// It does not have the shape of an inspection or of a case.
    #[error("document is not what it should be: {0}")]
    Shape(&'static str),
}

impl Document {
    /// Loads a saved document or a genesis, strictly: all of it or an error.
    ///
    /// # Errors
    /// [`DocumentError::Load`] when any byte is not as it was saved.
    pub fn load(bytes: &[u8]) -> Result<Self, DocumentError> {
        Automerge::load(bytes).map(|automerge| Self { automerge }).map_err(DocumentError::Load)
    }

    /// Which kind it is of.
    pub fn kind(&self) -> DocKind {
        let is_case = matches!(self.automerge.get(automerge::ROOT, EVENTS), Ok(Some(_)));
        if is_case { DocKind::Case } else { DocKind::Inspection }
    }

    /// Everything it says.
    ///
    /// # Errors
    /// [`DocumentError::Shape`] when it is of neither kind.
    pub fn content(&self) -> Result<Content, DocumentError> {
        match self.kind() {
            DocKind::Inspection => self.inspection().map(Content::Inspection),
            DocKind::Case => self.case(&[]).map(Content::Case),
        }
    }

    /// Its changes, in the order in which it got them. Saving and loading it keeps that order: a document that merged what
    /// a log says, entry by entry, has the order of the log.
    pub fn changes(&self) -> Vec<ChangeId> {
        self.automerge.get_changes_meta(&[]).into_iter().map(|change| ChangeId(change.hash.0)).collect()
    }

    /// The whole document as a plain Automerge file that any Automerge opens.
    pub fn save(&self) -> Vec<u8> {
        self.automerge.save()
    }

    /// The same without deflating it: larger, and quicker to save and to load.
    pub fn save_plain(&self) -> Vec<u8> {
        self.automerge.save_nocompress()
    }

    /// The document's heads: what it has seen.
    pub fn heads(&self) -> Vec<ChangeId> {
        self.automerge.get_heads().into_iter().map(|hash| ChangeId(hash.0)).collect()
    }

    /// Merges a decoded payload. A change whose dependencies are missing is an error, not a wait: the gate
    /// holds such envelopes before they come here.
    ///
    /// # Errors
    /// [`DocumentError::Apply`] when Automerge would not take it; the document is then to be thrown away.
    pub fn merge(&mut self, payload: &Payload) -> Result<(), DocumentError> {
        self.automerge.apply_changes(payload.changes().iter().cloned()).map_err(DocumentError::Apply)?;
        match self.automerge.get_missing_deps(&[])[..] {
            [] => Ok(()),
            _ => Err(DocumentError::Shape("a dependency is missing")),
        }
    }

    /// Takes in everything another copy of the document has.
    ///
    /// # Errors
    /// [`DocumentError::Apply`] when Automerge would not take it; the document is then to be thrown away.
    pub fn unite(&mut self, other: &Document) -> Result<(), DocumentError> {
        self.automerge.merge(&mut other.automerge.clone()).map(drop).map_err(DocumentError::Apply)
    }

    /// The changes `device` made after `since`, and what brought items in, as an undeflated payload; empty when there are
    /// none.
    pub fn own_changes(&self, device: crate::ids::DeviceId, since: &[ChangeId]) -> Vec<u8> {
        let heads: Vec<ChangeHash> = since.iter().map(|id| ChangeHash(id.0)).collect();
        let changes = self.automerge.get_changes(&heads);
        let mut bytes = Vec::new();
        for change in &changes {
            if !change.deps().is_empty() && self.is_sent_by(device, change.actor_id()) {
                bytes.extend_from_slice(change.raw_bytes());
            }
        }
        bytes
    }

    /// The whole document as an undeflated payload, when `device` alone wrote in it since its genesis and it fits into
    /// one envelope: a fraction of what its changes are one by one.
    pub fn own_whole(&self, device: crate::ids::DeviceId, bytes_max: usize) -> Option<Vec<u8>> {
        let changes = self.automerge.get_changes_meta(&[]);
        let mut recorded = changes.iter().filter(|change| !change.deps.is_empty());
        let is_own = recorded.all(|change| self.is_sent_by(device, &change.actor));
        let fits = changes.len() <= ENVELOPE_CHANGES_MAX
            && self.automerge.stats().num_ops <= ENVELOPE_OPERATIONS_MAX as u64;
        let whole = (is_own && fits).then(|| self.save_plain())?;
        (whole.len() <= bytes_max).then_some(whole)
    }

    /// Whether a device may send what an actor wrote: its own, or what brings an item in, which has no author.
    fn is_sent_by(&self, device: crate::ids::DeviceId, actor: &automerge::ActorId) -> bool {
        let author = self.automerge.get_author_for_actor(actor);
        author.is_none_or(|author| author.as_bytes() == device.as_bytes())
    }

    /// Whether the document has a change.
    pub fn has(&self, change: ChangeId) -> bool {
        self.automerge.get_change_meta_by_hash(&ChangeHash(change.0)).is_some()
    }

    /// How many operations it has.
    pub(crate) fn operations(&self) -> u64 {
        self.automerge.stats().num_ops
    }

    /// How much there is in it, but for what only its changes tell.
    fn counts(&self) -> Counts {
        let stats = self.automerge.stats();
        let entries = [FINDINGS, PHOTOS, REMARKS, SUBMISSIONS, REVIEWS, EVENTS].iter().map(|part| {
            let all = self.automerge.get(automerge::ROOT, *part).ok().flatten();
            all.map_or(0, |(_, all)| self.automerge.length(&all) as u64)
        });
        Counts {
            changes: stats.num_changes,
            operations: stats.num_ops,
            actors: stats.num_actors,
            entries: entries.sum(),
            ..Counts::default()
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
