//! Merges what others sent, one document at a time, so that a tap never waits for a long transfer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rounds_shared::{
    document::{Document, Payload},
    envelope::{Signed, Verified},
    ids::DocId,
};

use super::{
    Device,
    opened::{self, Opened},
};
use crate::{
    failure::Failure,
    store::{
        self,
        inbox::{InboxState, Received},
    },
};

impl Device {
    /// Checks the signatures of what came, and says which documents have something to merge.
    pub(crate) fn unsettled(&mut self) -> Result<Vec<DocId>, Failure> {
        let new = store::inbox::new(self.store.read())?;
        if !new.is_empty() {
            let checked: Vec<(i64, Checked)> =
                new.into_iter().map(|received| (received.position, self.check(received.bytes))).collect();
            self.store.write(|transaction| {
                checked.iter().try_for_each(|(position, checked)| match checked {
                    Checked::Good(doc) => store::inbox::verify(transaction, *position, *doc),
                    Checked::Bad => store::inbox::mark(transaction, *position, InboxState::Aside),
                    Checked::NotYet => Ok(()),
                })
            })?;
        }
        let mut documents = store::snapshots::unmerged_documents(self.store.read())?;
        documents.extend(store::inbox::documents(self.store.read())?);
        documents.sort_unstable();
        documents.dedup();
        Ok(documents)
    }

    /// Merges all that came and was not merged before the app ended.
    pub(crate) fn settle_all(&mut self) -> Result<(), Failure> {
        self.unsettled()?.into_iter().try_for_each(|doc| self.settle(doc))?;
        self.fold_cases()
    }

    fn check(&self, bytes: Vec<u8>) -> Checked {
        let Ok(signed) = Signed::decode(bytes) else { return Checked::Bad };
        let Some(device) = self.registry.device(signed.device()) else { return Checked::NotYet };
        match signed.verify(&device.key) {
            Ok(envelope) => Checked::Good(envelope.body().doc),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a received envelope is forged");
                Checked::Bad
            }
        }
    }

    /// Merges what came for one document: the document, the card and the envelopes' state are one transaction. What
    /// cannot be merged is set aside, never dropped.
    pub(crate) fn settle(&mut self, doc: DocId) -> Result<(), Failure> {
        let received = store::inbox::verified(self.store.read(), doc)?;
        let base = match opened::load(&self.store, doc)? {
            Some(document) => Some(document),
            None => self.genesis(doc, &received)?,
        };
        let snapshot = store::snapshots::unmerged(self.store.read(), doc)?;
        let united = base.as_ref().zip(snapshot.as_ref()).map(|(base, snapshot)| unite(base, snapshot));
        let is_spoiled = matches!(united, Some(None));
        let is_united = matches!(united, Some(Some(_)));
        let mut merged = united.flatten().or(base);
        let states: Vec<(i64, InboxState)> = received
            .into_iter()
            .map(|one| {
                let next = merged.as_ref().and_then(|document| merge(document, one.bytes));
                let state = if next.is_some() { InboxState::Merged } else { InboxState::Aside };
                merged = next.or_else(|| merged.take());
                (one.position, state)
            })
            .collect();
        let is_changed = is_united || states.iter().any(|(_, state)| *state == InboxState::Merged);
        let row = match &merged {
            Some(document) if is_changed => Some(self.row_of(doc, document)?),
            Some(_) | None => None,
        };
        self.store.write(|transaction| {
            if let (Some(document), Some(row)) = (&merged, &row) {
                store::documents::save(transaction, doc, &document.save())?;
                row.put(transaction)?;
                store::snapshots::set_merged(transaction, doc)?;
            }
            if is_spoiled {
                // The next comparison with the server finds that it is missing.
                store::snapshots::forget(transaction, doc)?;
            }
            states.iter().try_for_each(|(position, state)| store::inbox::mark(transaction, *position, *state))
        })?;
        if let Some(document) = merged.filter(|_| is_changed) {
            self.opened.replace(doc, document);
        }
        Ok(())
    }

    /// Forgets a document in memory.
    pub(crate) fn discard(&mut self, doc: DocId) {
        self.opened.discard(doc);
    }

    /// Forgets every document in memory.
    pub(crate) fn discard_all(&mut self) {
        self.opened = Opened::default();
    }

    /// The beginning of a document nobody opened here: its assignment's, or the one its author sent.
    pub(super) fn genesis(&self, doc: DocId, received: &[Received]) -> Result<Option<Document>, Failure> {
        if let Some(assignment) = self.registry.assignment_of(doc) {
            return Ok(Document::load(&assignment.genesis.to_vec()).ok());
        }
        let own = store::outbox::of(self.store.read(), doc)?;
        let mut bytes = received.iter().map(|one| &one.bytes).chain(own.iter().map(|one| &one.bytes));
        Ok(bytes.find_map(|bytes| Document::load(&own_genesis(bytes)?).ok()))
    }
}

/// The document with everything that a snapshot of the server has.
fn unite(document: &Document, snapshot: &[u8]) -> Option<Document> {
    let attempt = AssertUnwindSafe(|| {
        let mut united = document.clone();
        united.unite(&Document::load(snapshot).ok()?).ok()?;
        Some(united)
    });
    let united = catch_unwind(attempt).ok().flatten();
    if united.is_none() {
        tracing::error!("a snapshot of the server cannot be merged");
    }
    united
}

/// What checking a received envelope gave.
enum Checked {
    /// Signed by a device of the registry.
    Good(DocId),
    /// Not to be merged by this version.
    Bad,
    /// Its device is not in the registry yet.
    NotYet,
}

/// The genesis an envelope brings along.
pub(super) fn own_genesis(bytes: &[u8]) -> Option<Vec<u8>> {
    decode(bytes.to_vec())?.genesis().map(<[u8]>::to_vec)
}

/// The bytes were verified before they were marked so.
fn decode(bytes: Vec<u8>) -> Option<Payload> {
    let envelope = Verified::from_log(bytes).ok()?;
    Payload::decode(&envelope.body().payload).ok()
}

/// The document with an envelope's changes; none when they cannot be merged as things are. A panic in there is an
/// answer too: another person's envelope must not end this person's app.
pub(super) fn merge(document: &Document, bytes: Vec<u8>) -> Option<Document> {
    let payload = decode(bytes)?;
    let attempt = AssertUnwindSafe(|| {
        let mut merged = document.clone();
        merged.merge(&payload).ok()?;
        merged.content().ok()?;
        Some(merged)
    });
    catch_unwind(attempt).ok().flatten()
}
