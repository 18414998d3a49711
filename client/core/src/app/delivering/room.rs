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
    /// Lets the full pictures go that the server has and has backed up, and that belong to nothing which is open here.
    pub(super) fn make_room(&self) -> Result<(), Failure> {
        let now = self.surroundings.now();
        let backed_up = {
            let mut device = self.device();
            let backed_up = store::progress::load(device.store.read())?.backed_up;
            if store::room::is_to_begin(device.store.read())? {
                device.store.write(|transaction| store::room::begin(transaction, now, backed_up))?;
            }
            backed_up
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
            self.photos.reduce(hash)?;
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
