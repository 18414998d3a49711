//! The app: one method a command of the screens. Each takes plain values, does one thing, and returns what the screen
//! shows next; whatever it recorded is on disk when it returns.

mod cases;
mod delivering;
mod enrol;
mod photos;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rounds_shared::{
    calendar::Day,
    ids::{AssignmentId, DocId},
    inspection::{Opinion, Passage, Photo},
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
        AppState, AreaDetail, AreaRow, Changed, DraftView, FoundSite, InspectionCard, InspectionView,
        ItemView, Phase, PointView, RestPassed, StrikeTarget, SyncStatus, TemplateRow, Today, UserView,
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

    /// The latest version of every checklist.
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

    /// Records an answer; none takes the own one back.
    ///
    /// # Errors
    /// When the value is not one of the item's scale, or could not be put on disk: then nothing was recorded.
    pub fn answer(&self, inspection: &str, item: &str, value: Option<&str>) -> Result<ItemView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            device.answer(&self.surroundings, doc, item, value)?;
            device.item_view(doc, item, |photo| self.is_here(photo))
        })
    }

    /// 本组其余合格: records 合格 for what nobody has answered in a section and needs no counting.
    ///
    /// # Errors
    /// When there is no such section, or it could not be put on disk: then nothing was recorded.
    pub fn pass_rest(&self, inspection: &str, domain: &str) -> Result<RestPassed, Failure> {
        let doc = doc(inspection)?;
        let items = self.recorded(|device| device.pass_rest(&self.surroundings, doc, domain))?;
        Ok(RestPassed { items, inspection: self.inspection(inspection)? })
    }

    /// Takes 本组其余合格 back for these items; what was answered since stays.
    ///
    /// # Errors
    /// When it could not be put on disk.
    pub fn take_back_rest(&self, inspection: &str, items: &[String]) -> Result<InspectionView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| device.take_back_rest(&self.surroundings, doc, items))?;
        self.inspection(inspection)
    }

    /// Brings in 补入 what a newer version of the checklist asks besides; what was answered stays.
    ///
    /// # Errors
    /// When it could not be put on disk.
    pub fn bring_items(&self, inspection: &str) -> Result<InspectionView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| device.bring_items(&self.surroundings, doc))?;
        self.inspection(inspection)
    }

    /// Adds a finding with the photos that were taken for it.
    ///
    /// # Errors
    /// When something in it makes no sense, or could not be put on disk.
    pub fn finding_add(
        &self,
        inspection: &str,
        item: &str,
        input: &FindingInput,
        photos: &[String],
    ) -> Result<ItemView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            device.finding_add(&self.surroundings, doc, item, input, photos)?;
            device.draft_drop(doc, item);
            device.remember_phrase(item, &input.note, self.surroundings.now());
            device.item_view(doc, item, |photo| self.is_here(photo))
        })
    }

    /// Keeps what is typed of a finding that is not saved yet.
    ///
    /// # Errors
    /// When the inspection is not here, or it could not be put on disk.
    pub fn draft_keep(&self, inspection: &str, item: &str, draft: &DraftView) -> Result<(), Failure> {
        self.device().draft_keep(doc(inspection)?, item, draft)
    }

    /// What was typed of a finding of this item before the app was ended or the screen left; until the finding is saved.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn draft(&self, inspection: &str, item: &str) -> Result<Option<DraftView>, Failure> {
        self.device().draft(doc(inspection)?, item)
    }

    /// Changes what a finding says.
    ///
    /// # Errors
    /// When there is no such finding, or it could not be put on disk.
    pub fn finding_edit(
        &self,
        inspection: &str,
        finding: &str,
        input: &FindingInput,
    ) -> Result<ItemView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            let item = device.finding_edit(&self.surroundings, doc, finding, input)?;
            device.remember_phrase(&item, &input.note, self.surroundings.now());
            device.item_view(doc, &item, |photo| self.is_here(photo))
        })
    }

    /// Joins a finding with another of the same item that is the same defect: its photos go over, and it is struck with
    /// the reason. Only a person says so.
    ///
    /// # Errors
    /// When either is not there or struck, they are of different items, or the reason is missing.
    pub fn finding_join(
        &self,
        inspection: &str,
        finding: &str,
        into: &str,
        reason: &str,
    ) -> Result<ItemView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            let item = device.finding_join(&self.surroundings, doc, finding, into, reason)?;
            device.item_view(doc, &item, |photo| self.is_here(photo))
        })
    }

    /// Strikes 作废 the visit, a finding or a photo, with a reason.
    ///
    /// # Errors
    /// When the reason is missing or there is no such thing.
    pub fn strike(
        &self,
        inspection: &str,
        target: &StrikeTarget,
        reason: &str,
    ) -> Result<InspectionView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| device.strike(&self.surroundings, doc, target, reason))?;
        self.inspection(inspection)
    }

    /// Adds a remark to the visit or to an item.
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn remark_add(
        &self,
        inspection: &str,
        item: Option<&str>,
        text: &str,
    ) -> Result<InspectionView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            device.remark_add(&self.surroundings, doc, item, text)?;
            if let Some(item) = item {
                device.remember_phrase(item, text, self.surroundings.now());
            }
            Ok(())
        })?;
        self.inspection(inspection)
    }

    /// Says that this person came 到达 or left 离开, with the place where it is known.
    ///
    /// # Errors
    /// When it could not be put on disk.
    pub fn pass(
        &self,
        inspection: &str,
        passage: Passage,
        point: Option<PointView>,
    ) -> Result<InspectionView, Failure> {
        let doc = doc(inspection)?;
        let point = point.map(|point| point.to_point().ok_or(Failure::ValueInvalid)).transpose()?;
        self.recorded(|device| device.pass(&self.surroundings, doc, passage, point))?;
        self.inspection(inspection)
    }

    /// Adds the response of one person to a questionnaire 问卷.
    ///
    /// # Errors
    /// When nobody is asked about this item, or a result was typed for it.
    pub fn respond(&self, inspection: &str, item: &str, opinion: Opinion) -> Result<ItemView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            device.respond(&self.surroundings, doc, item, opinion)?;
            device.item_view(doc, item, |photo| self.is_here(photo))
        })
    }

    /// Takes the last response back that this device recorded for an item; without one, nothing happens.
    ///
    /// # Errors
    /// When it could not be put on disk.
    pub fn take_back_response(&self, inspection: &str, item: &str) -> Result<ItemView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            device.take_back_response(&self.surroundings, doc, item)?;
            device.item_view(doc, item, |photo| self.is_here(photo))
        })
    }

    /// 常用语: what this person has written for an item before, the most used first.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn phrases(&self, item: &str) -> Result<Vec<String>, Failure> {
        Ok(store::phrases::of(self.device().store.read(), item)?)
    }

    /// Submits the visit as it stands: a checkpoint, not a lock.
    ///
    /// # Errors
    /// When it could not be put on disk.
    pub fn submit(&self, inspection: &str) -> Result<InspectionView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| device.submit(&self.surroundings, doc))?;
        self.inspection(inspection)
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
