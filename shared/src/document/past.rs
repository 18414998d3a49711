//! A document as it was: what it holds now, without what was not there yet.

use automerge::ChangeHash;

use super::{Document, DocumentError, Payload};
use crate::{ids::DeviceId, protocol::ChangeId};

impl Document {
    /// The document with these changes, with everything they knew of, and with nothing else. With none of them it is as
    /// it began.
    ///
    /// # Errors
    /// [`DocumentError::Apply`] when it has one of them not.
    pub fn at(&self, changes: &[ChangeId]) -> Result<Self, DocumentError> {
        let genesis =
            self.automerge.get_changes_meta(&[]).into_iter().filter(|change| change.deps.is_empty());
        let hashes: Vec<ChangeHash> = genesis
            .map(|change| change.hash)
            .chain(changes.iter().map(|change| ChangeHash(change.0)))
            .collect();
        self.automerge.fork_at(&hashes).map(|automerge| Self { automerge }).map_err(DocumentError::Apply)
    }

    /// What a device had written by a moment of its own clock, in milliseconds: with what that knew of, it is what the device showed.
    pub fn written_by(&self, device: DeviceId, until_ms: i64) -> Vec<ChangeId> {
        let own = self.automerge.get_changes_meta(&[]).into_iter().filter(|change| {
            let author = self.automerge.get_author_for_actor(&change.actor);
            author.is_some_and(|author| author.as_bytes() == device.as_bytes())
                && change.timestamp.saturating_mul(1000) <= until_ms
        });
        own.map(|change| ChangeId(change.hash.0)).collect()
    }
}

impl Payload {
    /// The changes it brings.
    pub fn ids(&self) -> impl Iterator<Item = ChangeId> {
        self.changes().iter().map(|change| ChangeId(change.hash().0))
    }
}
