//! The app: one method a command of the screens. Each takes plain values, does one thing, and returns what the screen
//! shows next; whatever it recorded is on disk when it returns.

mod address;
mod cases;
mod delivering;
mod enrol;
mod photos;
mod recording;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rounds_shared::{
    calendar::Day,
    ids::{AssignmentId, DocId},
    inspection::Photo,
    protocol::ChangeId,
};

pub use crate::device::{FindingInput, UnplannedInput};
pub use enrol::EnrolInput;
pub use photos::PhotoInput;

use crate::{
    device::Device,
    failure::Failure,
    http::{self, Server},
    key::DataKey,
    link::{Link, Links},
    photos::PhotoFiles,
    runner::Nudge,
    safe::Holder,
    space::Disk,
    store::{self, identity::Identity},
    surroundings::Surroundings,
    view::{
        AppState, AreaDetail, AreaRow, Changed, FoundSite, InspectionCard, InspectionView, Phase, SyncStatus,
        TemplateRow, Today, UserView,
    },
};
use delivering::Delivering;

/// What the app says on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Something was merged or acknowledged: reload what is shown.
    Changed(Changed),
    /// Delivery moved on.
    Sync(SyncStatus),
    /// Something happened to the data of somebody who has not the screens: what waits for whom is another matter now.
    Holders,
}

/// Hears what the app says on its own, from whatever thread.
pub type Listener = Box<dyn Fn(Event) + Send + Sync>;

/// The open app. Commands may come from any thread.
pub struct App {
    device: Mutex<Device>,
    photos: PhotoFiles,
    surroundings: Surroundings,
    agent: ureq::Agent,
    links: Links,
    delivering: Delivering,
    listener: Listener,
    /// Tells whoever delivers that there is something to deliver.
    nudge: Arc<Nudge>,
}

impl App {
    /// Opens a person's data directory with his key, making, encrypting or migrating what is in it.
    ///
    /// # Errors
    /// When the directory cannot be used: full, in use, of a later version, or of another key.
    pub fn open(
        dir: &Path,
        key: &DataKey,
        surroundings: Surroundings,
        listener: Listener,
    ) -> Result<Self, Failure> {
        let agent = http::agent();
        let links = Box::new(move |address: &str| {
            Box::new(Server::new(agent.clone(), address.to_owned())) as Box<dyn Link>
        });
        Self::linked(dir, key, surroundings, listener, links)
    }

    /// The same over another kind of connection.
    ///
    /// # Errors
    /// As [`App::open`].
    pub fn linked(
        dir: &Path,
        key: &DataKey,
        surroundings: Surroundings,
        listener: Listener,
        links: Links,
    ) -> Result<Self, Failure> {
        std::fs::create_dir_all(dir)?;
        let mut device = Device::open(dir, key)?;
        // What came before the app was ended is shown without waiting for a connection. On a full disk it waits.
        if let Err(failure) = device.settle_all() {
            tracing::warn!(error = &failure as &dyn std::error::Error, "what was received is not merged yet");
        }
        Ok(Self {
            device: Mutex::new(device),
            photos: PhotoFiles::open(dir, key)?,
            surroundings,
            // Pokes come over a connection of their own.
            agent: http::agent(),
            links,
            delivering: Delivering::default(),
            listener,
            nudge: Arc::default(),
        })
    }

    /// Who, where, and whether the session still holds.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn state(&self) -> Result<AppState, Failure> {
        let device = self.device();
        let identity = device.identity.as_ref();
        let phase = match identity {
            None => Phase::Unenrolled,
            Some(identity) if identity.token.is_none() => Phase::SessionExpired,
            Some(_) => Phase::Ready,
        };
        Ok(AppState {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            phase,
            server: identity.map(|identity| identity.server.clone()),
            city: identity.map(|identity| identity.city_name.clone()),
            user: identity.map(|identity| {
                let known = device.registry.user(identity.user);
                UserView {
                    id: identity.user.to_string(),
                    login: identity.login.clone(),
                    name: known.map_or_else(|| identity.name.clone(), |user| user.name.clone()),
                    role: known.map_or(identity.role, |user| user.role),
                }
            }),
            device: identity.map(|identity| identity.device.to_string()),
            device_name: identity.map(|identity| identity.device_name.clone()),
            day: self.day().to_string(),
            clock_skew_ms: store::progress::load(device.store.read())?.skew_ms,
            guard: None,
            has_pin: false,
            holders: Vec::new(),
        })
    }

    /// What there is to do.
    ///
    /// # Errors
    /// When nobody is enrolled or the storage fails.
    pub fn today(&self) -> Result<Today, Failure> {
        self.device().today(self.day(), self.is_sending())
    }

    /// Areas by short name, pinyin initials or code; communities and villages first.
    pub fn areas(&self, query: &str, limit: usize) -> Vec<AreaRow> {
        self.device().areas(query, limit)
    }

    /// One area with what is in it.
    ///
    /// # Errors
    /// When there is no such area.
    pub fn area(&self, code: &str) -> Result<AreaDetail, Failure> {
        self.device().area(code, self.day(), self.is_sending())
    }

    /// Sites by name, pinyin initials or id.
    pub fn sites(&self, query: &str, limit: usize) -> Vec<FoundSite> {
        self.device().sites(query, limit)
    }

    /// The latest version of every checklist that is in use.
    pub fn templates(&self) -> Vec<TemplateRow> {
        self.device().templates()
    }

    /// Opens the one inspection of an assignment; returns its id.
    ///
    /// # Errors
    /// When there is no such assignment or its checklist is not here.
    pub fn open_assignment(&self, assignment: &str) -> Result<String, Failure> {
        let id: AssignmentId = assignment.parse().map_err(|_| Failure::NotFound)?;
        self.device().open_assignment(id).map(|doc| doc.to_string())
    }

    /// Begins an inspection nobody asked for; returns its id.
    ///
    /// # Errors
    /// When area, site or checklist are not here.
    pub fn open_unplanned(&self, input: &UnplannedInput) -> Result<String, Failure> {
        self.device().open_unplanned(&self.surroundings, input).map(|doc| doc.to_string())
    }

    /// Begins the continuation 续表 of an inspection that is nearly full, or finds the one that is there; returns its id.
    ///
    /// # Errors
    /// When the inspection is not here, or was struck.
    pub fn open_continuation(&self, inspection: &str) -> Result<String, Failure> {
        self.device().open_continuation(doc(inspection)?).map(|doc| doc.to_string())
    }

    /// A whole inspection.
    ///
    /// # Errors
    /// When it or its checklist is not here.
    pub fn inspection(&self, inspection: &str) -> Result<InspectionView, Failure> {
        self.device().inspection_view(doc(inspection)?, self.is_sending(), |photo| self.is_here(photo))
    }

    /// The inspections this person has to do with, the latest first.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn inspections(&self) -> Result<Vec<InspectionCard>, Failure> {
        self.device().inspections(self.is_sending())
    }

    /// The inspection as it stands here, as a plain Automerge file.
    ///
    /// # Errors
    /// When it is not here, or the storage fails.
    pub fn document(&self, inspection: &str) -> Result<Vec<u8>, Failure> {
        self.device().document(doc(inspection)?)
    }

    /// What the inspection has seen here: with the same heads, another device or the server has the same document.
    ///
    /// # Errors
    /// When it is not here, or the storage fails.
    pub fn heads(&self, inspection: &str) -> Result<Vec<ChangeId>, Failure> {
        self.device().heads(doc(inspection)?)
    }

    /// Records something, tells whoever delivers, and says at once that there is something to deliver: offline that may
    /// be the last word for a while.
    fn recorded<T>(&self, record: impl FnOnce(&mut Device) -> Result<T, Failure>) -> Result<T, Failure> {
        let recorded = record(&mut self.device())?;
        self.nudge.changed();
        self.say_sync();
        Ok(recorded)
    }

    pub(crate) fn device(&self) -> MutexGuard<'_, Device> {
        self.device.lock().unwrap_or_else(|poisoned: PoisonError<_>| {
            // Whoever panicked may have left a document in memory that is ahead of the disk.
            self.device.clear_poison();
            let mut device = poisoned.into_inner();
            device.discard_all();
            device
        })
    }

    pub(crate) fn nudge(&self) -> Arc<Nudge> {
        Arc::clone(&self.nudge)
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        self.surroundings.random()
    }

    pub(crate) fn now(&self) -> i64 {
        self.surroundings.now()
    }

    pub(crate) fn photos(&self) -> &PhotoFiles {
        &self.photos
    }

    /// What the lock screen says of whoever has signed in.
    pub(crate) fn holder(&self) -> Option<Holder> {
        self.device().identity.as_ref().map(Identity::holder)
    }

    /// The key of his data, sealed to the server.
    pub(crate) fn sealed_key(&self, key: &DataKey) -> Option<String> {
        let device = self.device();
        device.identity.as_ref()?.sealed_key(key, &self.surroundings)
    }

    /// What the disk has, as far as that is known.
    pub(crate) fn disk(&self) -> Option<Disk> {
        (self.surroundings.disk)(self.photos.folder())
    }

    fn is_here(&self, photo: &Photo) -> bool {
        self.photos.has(photo.hash)
    }

    fn day(&self) -> Day {
        Day::of(self.surroundings.now())
    }
}

fn doc(id: &str) -> Result<DocId, Failure> {
    id.parse().map_err(|_| Failure::NotFound)
}

#[cfg(test)]
mod tests;
