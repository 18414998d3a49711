//! The documents in memory: the few used last, each with the session that writes in it.

use std::collections::HashMap;

use rounds_shared::{
    document::{Document, Payload, Session},
    ids::{DeviceId, DocId},
};

use crate::{
    failure::Failure,
    store::{self, Store},
    surroundings::Surroundings,
};

/// Most documents in memory.
const OPENED_MAX: usize = 8;

/// Documents and sessions. A session lasts as long as the app is open, also when its document leaves the memory, so
/// that a day's work is a few actors and not hundreds.
#[derive(Default)]
pub(super) struct Opened {
    documents: Vec<(DocId, Document)>,
    sessions: HashMap<DocId, Session>,
}

impl Opened {
    /// The document, loaded when it is not in memory.
    pub(super) fn for_reading(&mut self, store: &Store, doc: DocId) -> Result<&mut Document, Failure> {
        match self.documents.iter().position(|(id, _)| *id == doc) {
            // The one used last stands last.
            Some(index) => self.documents[index..].rotate_left(1),
            None => {
                let document = load(store, doc)?.ok_or(Failure::NotFound)?;
                if self.documents.len() == OPENED_MAX {
                    self.documents.remove(0);
                }
                self.documents.push((doc, document));
            }
        }
        let (_, document) = self.documents.last_mut().expect("one was just put there");
        Ok(document)
    }

    /// The document and its session.
    pub(super) fn for_writing(
        &mut self,
        store: &Store,
        surroundings: &Surroundings,
        device: DeviceId,
        doc: DocId,
    ) -> Result<(&mut Document, &mut Session), Failure> {
        self.for_reading(store, doc)?;
        let session = self.sessions.entry(doc).or_insert_with(|| Session::new(device, surroundings.random()));
        let (_, document) = self.documents.last_mut().expect("for_reading put it there");
        Ok((document, session))
    }

    /// The document with what was merged into it, which is on disk.
    pub(super) fn replace(&mut self, doc: DocId, merged: Document) {
        if let Some((_, document)) = self.documents.iter_mut().find(|(id, _)| *id == doc) {
            *document = merged;
        }
    }

    /// Forgets the document in memory and its actor, which is never used again.
    pub(super) fn discard(&mut self, doc: DocId) {
        self.documents.retain(|(id, _)| *id != doc);
        self.sessions.remove(&doc);
    }
}

/// What is saved of a document; what the server sent of it, when it was never saved here.
pub(super) fn saved(store: &Store, doc: DocId) -> Result<Option<Vec<u8>>, Failure> {
    match store::documents::snapshot(store.read(), doc)? {
        Some(saved) => Ok(Some(saved)),
        None => Ok(store::snapshots::bytes(store.read(), doc)?),
    }
}

/// What is saved, with the changes that are not in it; none when nothing of the document is here.
pub(crate) fn load(store: &Store, doc: DocId) -> Result<Option<Document>, Failure> {
    load_besides(store, doc, None)
}

/// The same without one act, unless that is saved already.
pub(super) fn load_besides(store: &Store, doc: DocId, act: Option<i64>) -> Result<Option<Document>, Failure> {
    let Some(saved) = saved(store, doc)? else { return Ok(None) };
    let mut document = Document::load(&saved).map_err(|error| damaged(&error))?;
    for bytes in store::changes::of(store.read(), doc, act)? {
        let payload = Payload::decode(&bytes).map_err(|error| damaged(&error))?;
        document.merge(&payload).map_err(|error| damaged(&error))?;
    }
    Ok(Some(document))
}

fn damaged(error: &(dyn std::error::Error + 'static)) -> Failure {
    tracing::error!(error, "a document on this device cannot be loaded");
    Failure::StorageFailed
}
