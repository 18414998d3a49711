//! Room on the phone: photos that have long been delivered leave it, the oldest first, and their small pictures stay.

use super::App;
use crate::{
    failure::Failure,
    space::Space,
    store::{self, room::Before},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a photo stays after it was delivered, in milliseconds.
const KEPT_MS: i64 = 30 * DAY_MS;
/// How long it stays where the disk is getting full, in milliseconds.
const KEPT_LOW_MS: i64 = DAY_MS;
/// Most photos that leave with one delivery: a cheap phone makes some twenty small pictures a second.
const LEAVING_MAX: u32 = 100;

impl App {
    /// Notes of what was uploaded before the server's last reply that the server has it since then.
    pub(super) fn begin_room(&self) -> Result<(), Failure> {
        let mut device = self.device();
        if store::room::is_to_begin(device.store.read())? {
            let backed_up = store::progress::load(device.store.read())?.photos_backed_up;
            let now = self.surroundings.now();
            device.store.write(|transaction| store::room::begin(transaction, now, backed_up))?;
        }
        Ok(())
    }

    /// Lets the full pictures go that the server has and has backed up, and that belong to nothing which is open here. None
    /// while the server lacks others: after it was restored it names what it lacks a few at a time.
    pub(super) fn make_room(&self) -> Result<(), Failure> {
        let now = self.surroundings.now();
        let backed_up = {
            let device = self.device();
            let connection = device.store.read();
            let progress = store::progress::load(connection)?;
            if progress.repair_due || store::photos::count(connection, None)?.pending() > 0 {
                return Ok(());
            }
            progress.photos_backed_up
        };
        self.leave(Before { delivered_at: now.saturating_sub(KEPT_MS), backed_up }, || false)?;
        let is_enough = || self.disk().is_none_or(|disk| disk.space(0) == Space::Enough);
        self.leave(Before { delivered_at: now.saturating_sub(KEPT_LOW_MS), backed_up }, is_enough)
    }

    /// One after the other, until there is enough room.
    fn leave(&self, before: Before, is_enough: impl Fn() -> bool) -> Result<(), Failure> {
        if is_enough() {
            return Ok(());
        }
        let leaving = store::room::to_make(self.device().store.read(), before, LEAVING_MAX)?;
        for hash in leaving {
            if is_enough() {
                break;
            }
            if let Err(failure) = self.photos.reduce(hash) {
                tracing::warn!(%hash, error = &failure as &dyn std::error::Error, "a photo stays where it is");
                continue;
            }
            let documents = {
                let mut device = self.device();
                device.store.write(|transaction| store::room::set_removed(transaction, hash, true))?;
                store::photos::documents(device.store.read(), hash)?
            };
            documents.into_iter().for_each(|doc| self.say_changed(Some(doc)));
        }
        Ok(())
    }
}
