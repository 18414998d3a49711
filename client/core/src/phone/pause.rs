//! Somebody who looked away for a while: his screens are taken, his data stays open, and the phone's own look at his finger
//! or face brings him back. Whoever was away longer, or comes to an app that was started again, shows his PIN.

use super::{Hands, Phone};
use crate::{failure::Failure, view::AppState};

/// How long the key of somebody who looked away may stay in memory: half a shift.
const PAUSE_MS_MAX: u64 = 4 * 60 * 60 * 1000;

/// Who may come back without a PIN.
pub(super) struct Paused {
    folder: String,
    since: i64,
}

impl Hands {
    /// Whether this person may come back without a PIN.
    pub(super) fn is_paused(&self, folder: &str, now: i64) -> bool {
        // A clock that was set back is no reason to stay open.
        self.paused
            .as_ref()
            .is_some_and(|paused| paused.folder == folder && now.abs_diff(paused.since) <= PAUSE_MS_MAX)
    }
}

impl Phone {
    /// Takes the screens from whoever has them as [`Phone::lock`] does, and lets him come back by [`Phone::resume`]. Not on a
    /// phone that goes from hand to hand: there the finger that the system knows may be anybody's.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn pause(&self) -> Result<&Self, Failure> {
        let current = self.hands().current.clone();
        let is_alone = self.safes()?.iter().filter(|(_, safe)| safe.holder().is_some()).count() == 1;
        self.lock();
        if is_alone && let Some(folder) = current {
            self.hands().paused = Some(Paused { folder, since: self.surroundings.now() });
        }
        Ok(self)
    }

    /// Gives the screens back to whoever paused. Only for whoever the system has just recognised by his finger or face.
    ///
    /// # Errors
    /// When he has not paused, or too long ago: then his PIN is asked for.
    pub fn resume(&self, holder: &str) -> Result<AppState, Failure> {
        let _one = super::lock(&self.one_at_a_time);
        let key = {
            let hands = self.hands();
            let open = hands.open.get(holder).filter(|_| hands.is_paused(holder, self.surroundings.now()));
            open.map(|open| open.key.clone()).ok_or(Failure::Locked)?
        };
        self.show(holder, &key)?;
        self.state()
    }
}
