//! What the lock screen says of a person: who he is, what of his waits, and who can help.

use std::sync::Arc;

use super::{
    Phone,
    waiting::{Counts, Waiting},
};
use crate::{
    failure::Failure,
    safe::Safe,
    view::{HolderView, SyncStatus},
};

impl Phone {
    /// Nothing of a folder that says not whose it is.
    pub(super) fn holder(&self, folder: &str, safe: &Safe) -> Option<HolderView> {
        let holder = safe.holder()?;
        let now = self.surroundings.now();
        let (live, paused) = {
            let hands = self.hands();
            let live = hands.open.get(folder).map(|open| Arc::clone(&open.app));
            let paused = live.is_some() && hands.is_paused(folder, now);
            (live, paused)
        };
        let status = live.as_ref().and_then(|app| app.sync_status().ok());
        let kept = || Waiting::of(&self.holders.join(folder)).counts();
        let counts = status.as_ref().map_or_else(kept, Counts::of);
        let signs_in = status.as_ref().is_some_and(needs_him);
        let wait = safe.wait_ms(now);
        Some(HolderView {
            id: folder.to_owned(),
            login: holder.login.clone(),
            name: holder.name.clone(),
            city: holder.city.clone(),
            has_pin: safe.has_pin(),
            delivers: live.is_some() && !signs_in,
            signs_in,
            paused,
            changes_waiting: counts.changes,
            photos_waiting: counts.photos,
            refused: counts.refused,
            wait_seconds: u32::try_from(wait.unsigned_abs().div_ceil(1000)).unwrap_or(u32::MAX),
        })
    }
}

/// Whether no connection will ever deliver what waits before he signs in again himself.
fn needs_him(status: &SyncStatus) -> bool {
    let code = status.failure.as_ref().map(|failure| failure.code.as_str());
    [Failure::SessionExpired, Failure::ServerKeyChanged].iter().any(|failure| code == Some(failure.code()))
}
