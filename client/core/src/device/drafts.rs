//! What is typed before it is saved: the system may end the app while its camera is open.

use rounds_shared::{ids::DocId, protocol::limits::TEXT_BYTES_MAX};

use super::Device;
use crate::{failure::Failure, store, view::DraftView};

/// Largest draft kept, in bytes: every field at its longest, and more photos than a finding has.
const DRAFT_BYTES_MAX: usize = 4 * TEXT_BYTES_MAX;

impl Device {
    /// Keeps what is typed: of a finding of an item, or under another name of whatever else is written in an inspection or
    /// a case.
    pub(crate) fn draft_keep(&mut self, doc: DocId, item: &str, draft: &DraftView) -> Result<(), Failure> {
        let connection = self.store.read();
        if store::inspections::get(connection, doc)?.is_none() && !store::cases::is_here(connection, doc)? {
            // One that belongs to nothing here would stay for ever.
            return Err(Failure::NotFound);
        }
        if *draft == DraftView::default() {
            return Ok(self.store.write(|transaction| store::drafts::remove(transaction, doc, item))?);
        }
        let text = serde_json::to_string(draft).expect("a draft is texts and numbers");
        if text.len() > DRAFT_BYTES_MAX {
            return Err(Failure::TEXT_TOO_LONG);
        }
        Ok(self.store.write(|transaction| store::drafts::put(transaction, doc, item, &text))?)
    }

    /// What was typed, if it is not saved.
    pub(crate) fn draft(&self, doc: DocId, item: &str) -> Result<Option<DraftView>, Failure> {
        let text = store::drafts::get(self.store.read(), doc, item)?;
        // What a later version wrote, and this one cannot read, was never a draft here.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// The finding is recorded: a disk that cannot take this takes nothing back.
    pub(crate) fn draft_drop(&mut self, doc: DocId, item: &str) {
        let dropped = self.store.write(|transaction| store::drafts::remove(transaction, doc, item));
        if let Err(error) = dropped {
            tracing::warn!(error = &error as &dyn std::error::Error, "a draft is not dropped");
        }
    }
}
