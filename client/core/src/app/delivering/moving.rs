//! Photos on their way: those taken here to the server, those that are needed here from it.

use rounds_shared::ids::PhotoHash;
use rusqlite::Connection;

use super::App;
use crate::{
    failure::Failure,
    link::Link,
    store::{self, photos::Pending},
};

/// How long a photo rests that the server would not take, in milliseconds: it is sent in full to be refused.
const REFUSED_REST_MS: i64 = store::photos::REST_MS_MAX;
/// How long a photo rests that the server was in trouble with, in milliseconds.
const TROUBLED_REST_MS: i64 = 60 * 60 * 1000;
/// What a server says that is in trouble.
const INTERNAL: &str = "internal";

impl App {
    /// Both ways. What stops the one is tried again with the next delivery, and does not stop the other.
    pub(super) fn move_photos(&self) -> Result<(), Failure> {
        let uploaded = self.upload();
        match uploaded {
            // Nobody is there.
            Err(Failure::Unreachable | Failure::SessionExpired) => uploaded,
            _ => self.fetch().and(uploaded),
        }
    }

    /// Photos go after data, the small ones first. One that does not get through does not keep the others back.
    fn upload(&self) -> Result<(), Failure> {
        let (server, token) = self.link()?;
        let pending = store::photos::pending(self.device().store.read(), self.surroundings.now())?;
        let mut trouble = Ok(());
        let mut is_in_trouble = false;
        for photo in pending {
            // Asked before each: the phone may leave its Wi-Fi in the middle.
            if self.photos_wait()? {
                break;
            }
            match self.upload_one(&*server, &token, &photo) {
                Ok(()) => is_in_trouble = false,
                Err(failure) if failure.is_of_photo() => {
                    self.set_photo(&photo, |transaction| {
                        let offer_at = self.surroundings.now().saturating_add(REFUSED_REST_MS);
                        store::photos::set_refused(transaction, photo.hash, Some(failure.code()), offer_at)
                    })?;
                }
                // With two in a row it is not the photo.
                Err(Failure::Server { code, .. }) if code == INTERNAL && !is_in_trouble => {
                    is_in_trouble = true;
                    self.set_photo(&photo, |transaction| {
                        let offer_at = self.surroundings.now().saturating_add(TROUBLED_REST_MS);
                        store::photos::set_refused(transaction, photo.hash, None, offer_at)
                    })?;
                }
                // This disk will not give it, or the server not have it, for now; it waits for the next delivery.
                Err(failure @ (Failure::Server { .. } | Failure::StorageFailed))
                    if !failure.is_of_all() && failure.code() != INTERNAL =>
                {
                    trouble = trouble.and(Err(failure));
                }
                Err(failure) => return Err(self.expire(failure)),
            }
        }
        trouble
    }

    /// Fetches the photos of cases that are to be put right or checked, and the checklists' reference pictures, so that they
    /// can be looked at without a signal.
    /// One that has not arrived at the server yet, or is not for this person, does not keep the others back.
    fn fetch(&self) -> Result<(), Failure> {
        let wanted = {
            let device = self.device();
            let of_cases = store::cases::photos(device.store.read())?.into_iter();
            let of_cases = of_cases.map(|(doc, hash)| (Some(doc), hash));
            of_cases.chain(device.references().into_iter().map(|hash| (None, hash))).collect::<Vec<_>>()
        };
        let wanted: Vec<_> = wanted.into_iter().filter(|(_, hash)| !self.photos.has(*hash)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let (server, token) = self.link()?;
        for (doc, hash) in wanted {
            if self.photos_wait()? {
                break;
            }
            let bytes = match server.fetch(&token, hash) {
                Ok(bytes) => bytes,
                Err(failure @ Failure::Server { .. }) if !failure.is_of_all() => continue,
                Err(failure) => return Err(self.expire(failure)),
            };
            if PhotoHash::of(&bytes) == hash {
                self.photos.keep(&bytes)?;
                let mut device = self.device();
                // One's own may have left to make room before the case was opened again.
                device.store.write(|transaction| store::room::set_removed(transaction, hash, false))?;
                drop(device);
                self.say_changed(doc);
            }
        }
        Ok(())
    }

    fn upload_one(&self, server: &dyn Link, token: &str, photo: &Pending) -> Result<(), Failure> {
        let bytes = match self.photos.full(photo.hash) {
            // Its file is gone or damaged: nothing to upload, ever.
            Err(Failure::NotFound) => {
                return self.set_photo(photo, |transaction| store::photos::set_lost(transaction, photo.hash));
            }
            read => read?,
        };
        let keep = |place: &str| {
            let mut device = self.device();
            Ok(device.store.write(|transaction| store::photos::set_upload(transaction, photo.hash, place))?)
        };
        server.photo(token, photo.hash, &bytes, photo.upload.as_deref(), &keep)?;
        self.set_photo(photo, |transaction| store::photos::set_delivered(transaction, photo.hash, true))
    }

    /// Keeps what became of a photo, and says so wherever it is shown.
    fn set_photo(
        &self,
        photo: &Pending,
        set: impl FnOnce(&Connection) -> rusqlite::Result<()>,
    ) -> Result<(), Failure> {
        let documents = {
            let mut device = self.device();
            device.store.write(|transaction| set(transaction))?;
            store::photos::documents(device.store.read(), photo.hash)?
        };
        documents.into_iter().for_each(|doc| self.say_changed(Some(doc)));
        Ok(())
    }
}
