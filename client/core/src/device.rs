//! The device: its database, the registry folded from it, and the documents that are open. Everything a command does
//! happens here, under one lock and without any input or output but the database's.

mod card;
mod case;
mod continuation;
mod drafts;
mod inspect;
mod lists;
mod newer;
pub(crate) mod opened;
mod portrait;
mod rebase;
mod rest;
mod row;
mod settle;
mod survey;
mod undo;

use std::path::Path;

use rounds_shared::{
    document::{Document, Session, WriteError},
    ids::{DeviceId, DocId, UserId},
    inspection::Inspection,
    protocol::{ChangeId, EntryBody, PROTOCOL_VERSION, SignedEntry},
    registry::{Event, Registry},
};

pub use inspect::{FindingInput, UnplannedInput};
pub(crate) use row::ListRow;
use row::content;

use crate::{
    failure::Failure,
    key::DataKey,
    store::{self, Store, StoreError, identity::Identity},
    surroundings::Surroundings,
};
use opened::Opened;
use undo::Tap;

/// The file of the database in the data directory.
pub(crate) const DATABASE: &str = "rounds.sqlite";

/// Everything the app holds.
pub(crate) struct Device {
    pub(crate) store: Store,
    pub(crate) identity: Option<Identity>,
    pub(crate) registry: Registry,
    /// The version of the protocol that the server and this app both speak, as far as that is known.
    pub(crate) protocol: u8,
    opened: Opened,
    last_tap: Option<Tap>,
}

impl Device {
    /// Opens the database and folds the registry.
    pub(crate) fn open(dir: &Path, key: &DataKey) -> Result<Self, Failure> {
        let mut store = Store::open(&dir.join(DATABASE), key)?;
        // On a full disk it waits: what is recorded can be read all the same.
        if let Err(error) = ask_again(&mut store, env!("CARGO_PKG_VERSION")) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what was not understood is not asked again yet"
            );
        }
        let identity = store::identity::load(store.read())?;
        let registry = fold(&store)?;
        let opened = Opened::default();
        Ok(Self { store, identity, registry, protocol: PROTOCOL_VERSION, opened, last_tap: None })
    }

    /// Who holds the device.
    pub(crate) fn identity(&self) -> Result<&Identity, Failure> {
        self.identity.as_ref().ok_or(Failure::NotEnrolled)
    }

    /// Whether the server has not got, or not taken, something that was recorded here.
    pub(crate) fn has_undelivered(&self) -> Result<bool, Failure> {
        let connection = self.store.read();
        let standing = store::outbox::standing(connection, None)?;
        Ok(store::changes::count_unpacked(connection, None)? > 0
            || standing.iter().any(|one| one.state.is_undelivered()))
    }

    /// Erases everything, its key too: whoever signs in here next has a new device.
    pub(crate) fn erase(&mut self) -> Result<(), Failure> {
        self.store.erase()?;
        self.discard_all();
        (self.identity, self.registry) = (None, Registry::default());
        Ok(())
    }

    /// Folds the registry again, after entries came that do not follow the last one.
    pub(crate) fn refold(&mut self) -> Result<(), Failure> {
        self.registry = fold(&self.store)?;
        Ok(())
    }

    /// Whose a device is: the registry says it, and one's own is known before the registry does.
    pub(crate) fn user_of(&self, device: DeviceId) -> Option<UserId> {
        let own = self.identity.as_ref().filter(|identity| identity.device == device);
        own.map(|identity| identity.user).or_else(|| self.registry.device(device).map(|device| device.user))
    }

    /// Does one thing to a document: the change, the card and what is to be sent are one transaction, on disk when
    /// this returns. When anything fails, the document in memory and its session are thrown away, because they
    /// would be ahead of the disk.
    fn act<T>(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        write: impl FnOnce(&mut Document, &mut Session, i64) -> Result<T, WriteError>,
    ) -> Result<T, Failure> {
        let attempt = self.attempt(surroundings, doc, write);
        if attempt.is_err() {
            self.opened.discard(doc);
        }
        attempt
    }

    fn attempt<T>(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        write: impl FnOnce(&mut Document, &mut Session, i64) -> Result<T, WriteError>,
    ) -> Result<T, Failure> {
        let device = self.identity()?.device;
        let is_case = store::cases::is_here(self.store.read(), doc)?;
        let order = if is_case { self.log_order(doc)? } else { Vec::new() };
        let (document, session) = self.opened.for_writing(&self.store, surroundings, device, doc)?;
        let before = document.heads();
        let done = write(document, session, surroundings.now()).map_err(|error| match error {
            WriteError::Unknown(_) => Failure::NotFound,
            WriteError::Automerge(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a change could not be written");
                Failure::StorageFailed
            }
        })?;
        let bytes = document.own_changes(device, &before);
        if bytes.is_empty() {
            return Ok(done);
        }
        let says = content(document, &order)?;
        let row = self.list_row(doc, &says)?;
        self.store.write(|transaction| {
            store::changes::append(transaction, doc, &bytes)?;
            row.put(transaction)
        })?;
        Ok(done)
    }

    /// A document as it stands, as a plain Automerge file.
    pub(crate) fn document(&mut self, doc: DocId) -> Result<Vec<u8>, Failure> {
        Ok(self.opened.for_reading(&self.store, doc)?.save())
    }

    /// What a document has seen.
    pub(crate) fn heads(&mut self, doc: DocId) -> Result<Vec<ChangeId>, Failure> {
        Ok(self.opened.for_reading(&self.store, doc)?.heads())
    }

    /// What a document says.
    pub(crate) fn inspection(&mut self, doc: DocId) -> Result<Inspection, Failure> {
        let document = self.opened.for_reading(&self.store, doc)?;
        readable(document)
    }
}

/// Reads a document that was checked when it came.
fn readable(document: &Document) -> Result<Inspection, Failure> {
    document.inspection().map_err(|error| damaged(&error))
}

fn damaged(error: &(dyn std::error::Error + 'static)) -> Failure {
    tracing::error!(error, "a document on this device is not readable");
    Failure::StorageFailed
}

/// What an app of another version did not understand of the server's words, this one asks again.
fn ask_again(store: &mut Store, version: &str) -> Result<(), StoreError> {
    if store::versions::last(store.read())? == version {
        return Ok(());
    }
    store.write(|transaction| {
        store::outbox::retry_later(transaction)?;
        store::versions::set(transaction, version)
    })
}

fn fold(store: &Store) -> Result<Registry, StoreError> {
    let mut registry = Registry::default();
    // What a restored server has lost and this device has not given back yet is older than all that the server has.
    for SignedEntry { entry, .. } in store::entries::before(store.read())? {
        if let EntryBody::Registry(event) = entry.parse() {
            registry.apply(0, entry.at, &event);
        }
    }
    store::entries::each(store.read(), |seq, at, body| {
        // An event of a later version is kept for the version that understands it.
        if let Some(event) = Event::from_bytes(body) {
            registry.apply(seq, at, &event);
        }
    })?;
    Ok(registry)
}
