//! What an earlier version of the app left: one person's data in the directory itself, not encrypted. It moves into his
//! folder, and is encrypted there when it is opened. The database goes last: as long as it is where it was, all of it
//! begins again with the next start.

use std::{fs, path::Path};

use data_encoding::HEXLOWER;

use super::FOLDER_BYTES;
use crate::{
    device::DATABASE, failure::Failure, files::sync_folder, key::DataKey, key_store::KeyStore, safe::Safe,
    store, surroundings::Surroundings,
};

/// The folders of photos and their thumbnails.
const PICTURES: [&str; 2] = ["photos", "thumbs"];

pub(super) fn move_in(
    dir: &Path,
    holders: &Path,
    key_store: &dyn KeyStore,
    surroundings: &Surroundings,
) -> Result<(), Failure> {
    let database = dir.join(DATABASE);
    if !database.exists() {
        return Ok(());
    }
    let Some(identity) = store::plain_identity(&database)? else {
        // Nobody had signed in: there is nothing in it.
        return Ok(fs::remove_file(&database)?);
    };
    let folder = holders.join(HEXLOWER.encode(&identity.device.as_bytes()[..FOLDER_BYTES]));
    fs::create_dir_all(&folder)?;
    if Safe::load(&folder)?.is_none_or(|safe| safe.holder().is_none()) {
        let key = DataKey::new(surroundings.random());
        let mut safe = Safe::make(&folder, &key, None, key_store, surroundings)?;
        safe.keep(identity.holder(), identity.sealed_key(&key, surroundings))?;
    }
    for pictures in PICTURES {
        if dir.join(pictures).exists() {
            fs::rename(dir.join(pictures), folder.join(pictures))?;
        }
    }
    let target = folder.join(DATABASE);
    fs::rename(&database, &target)?;
    sync_folder(&target)?;
    Ok(sync_folder(&database)?)
}
