//! How full a document is. Before it is, a visit goes on in a continuation 续表.

use super::{Document, Known};
use crate::protocol::limits::{
    DOCUMENT_ACTORS_MAX, DOCUMENT_BYTES_MAX, DOCUMENT_CHANGES_MAX, DOCUMENT_DEPENDENCIES_MAX,
    DOCUMENT_ENTRIES_MAX, DOCUMENT_NEARLY_FULL_PERCENT, DOCUMENT_OPERATIONS_MAX, DOCUMENT_SEARCHED_MAX,
};

impl Document {
    /// How much of the limit that is nearest is used, in percent.
    pub fn used_percent(&self) -> u64 {
        let counts = Known::of(self).counts();
        let used = [
            (counts.changes, DOCUMENT_CHANGES_MAX as u64),
            (counts.actors, DOCUMENT_ACTORS_MAX as u64),
            (counts.operations, DOCUMENT_OPERATIONS_MAX),
            (counts.entries, DOCUMENT_ENTRIES_MAX),
            (counts.dependencies, DOCUMENT_DEPENDENCIES_MAX),
            (counts.searched, DOCUMENT_SEARCHED_MAX),
            (self.save_plain().len() as u64, DOCUMENT_BYTES_MAX as u64),
        ];
        used.iter().map(|(used, most)| used * 100 / most).max().unwrap_or(0)
    }

    /// Whether nothing more should be added: what is left is for colleagues who add without a signal, for corrections, and
    /// for handing in.
    pub fn is_nearly_full(&self) -> bool {
        self.used_percent() >= DOCUMENT_NEARLY_FULL_PERCENT
    }
}
