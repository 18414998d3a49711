//! Whose a folder is that does not say it: the sign-in it was made for was cut off, or an earlier version let somebody in
//! although it could not write down who he is.

use super::Phone;
use crate::{
    device::{DATABASE, Device},
    failure::Failure,
    safe::Safe,
};

impl Phone {
    /// The safe of a folder that is somebody's. One that is nobody's is removed; one that cannot be looked into stays where
    /// it is, because somebody's work may be in it.
    pub(super) fn owned(&self, folder: String, mut safe: Safe) -> Option<(String, Safe)> {
        if safe.holder().is_some() {
            return Some((folder, safe));
        }
        match self.found_owner(&folder, &mut safe) {
            Ok(true) => Some((folder, safe)),
            Ok(false) => {
                self.forget(safe);
                None
            }
            Err(failure) => {
                tracing::warn!(error = &failure as &dyn std::error::Error, "a folder says not whose it is");
                None
            }
        }
    }

    /// Whether somebody is in its database; then the safe says so from now on.
    fn found_owner(&self, folder: &str, safe: &mut Safe) -> Result<bool, Failure> {
        let path = self.holders.join(folder);
        if !path.join(DATABASE).try_exists()? {
            return Ok(false);
        }
        let key = safe.unasked(&*self.key_store)?.ok_or(Failure::Locked)?;
        let device = Device::open(&path, &key)?;
        let Some(identity) = &device.identity else { return Ok(false) };
        safe.keep(identity.holder(), identity.sealed_key(&key, &self.surroundings))?;
        Ok(true)
    }
}
