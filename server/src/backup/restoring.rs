//! Restoring: a server begins again from a backup, as another epoch of the same log.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use rounds_shared::{
    area::AreaCode,
    ids::{Epoch, PhotoHash},
};

use super::{BackupError, Manifest, photos, reading, writing::sync_parent};
use crate::{
    app::{self, LOG_FILE},
    log,
    vault::{
        SERVER_KEY_FILE, VAULT_FILE,
        backups::{self, Reach},
        keys,
    },
};

/// Stands in the data folder while it is restored: a server does not start on half of it.
pub const UNFINISHED_FILE: &str = "restoring";

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// What the backup says of itself.
    pub manifest: Manifest,
    /// The log's new epoch. Devices that stood in an older one bring back what they hold.
    pub epoch: Epoch,
    /// Where the data went that was there before.
    pub before: Option<PathBuf>,
    /// Photos that were there when the backup was made and are not now. Devices that still hold them are asked.
    pub photos_missing: Vec<PhotoHash>,
}

/// Restores a backup into a data folder that no server uses. Nothing that is there is deleted: it is moved into a
/// folder beside it. Devices notice the new epoch and deliver again what the backup does not have.
///
/// # Errors
/// [`BackupError`]. When it was cut off in the middle, the server does not start until it is done again.
pub fn restore(
    data: &Path,
    file: &Path,
    photos: Option<&Path>,
    key: Option<&Path>,
    (epoch, now): (Epoch, i64),
) -> Result<Restored, BackupError> {
    app::make_folder(data)?;
    let _lock = app::lock(data)?;
    // On the same file system, so that moving it is all or nothing.
    let opened = reading::open_in(file, data)?;
    let manifest = opened.manifest.clone();
    let own_key = data.join(SERVER_KEY_FILE);
    let found = match key {
        Some(key) => keys::read(key)?,
        None => keys::read(&own_key)?,
    };
    let key = found.filter(|key| HEXLOWER.encode(key.public().as_bytes()) == manifest.server_key);
    let key = key.ok_or(BackupError::Key)?;
    begin_again(&opened.log(), &opened.vault(), (&manifest.city, manifest.seq), (epoch, now))?;
    for part in [opened.log(), opened.vault()] {
        // Both were opened since they were unpacked.
        File::open(&part)?.sync_all()?;
    }

    let unfinished = data.join(UNFINISHED_FILE);
    File::create(&unfinished)?.sync_all()?;
    sync_parent(&unfinished)?;
    let is_own = keys::read(&own_key)?.is_some_and(|own| own.public() == key.public());
    let before = set_aside(data, is_own, now)?;
    if !is_own {
        keys::write_once(&own_key, &key)?;
    }
    fs::rename(opened.vault(), data.join(VAULT_FILE))?;
    fs::rename(opened.log(), data.join(LOG_FILE))?;
    if let Some(folder) = photos {
        photos::mirror(folder, &data.join("photos"))?;
    }
    sync_parent(&unfinished)?;
    fs::remove_file(&unfinished)?;
    sync_parent(&unfinished)?;
    let there: std::collections::HashSet<PhotoHash> =
        photos::all(&data.join("photos"))?.into_iter().map(|(hash, _)| hash).collect();
    let photos_missing = opened.photos.iter().filter(|hash| !there.contains(hash)).copied().collect();
    Ok(Restored { manifest, epoch, before, photos_missing })
}

/// Makes another log of a copy that ends with an entry: its next epoch, of which no device has confirmed anything.
///
/// # Errors
/// When one of both cannot be written.
pub fn begin_again(
    log: &Path,
    vault: &Path,
    (city, seq): (&AreaCode, u64),
    (epoch, now): (Epoch, i64),
) -> Result<(), BackupError> {
    let connection = log::open(log)?;
    log::begin_epoch(&connection, city, epoch, seq, now)?;
    backups::forget_readers(vault)?;
    // Which photos are here after it is not known yet.
    Ok(backups::note(vault, Reach { epoch, seq, photos: false }, now)?)
}

/// Moves what is there into a folder of its own; photos stay, because their names say what they are. A key that is
/// another one goes, too.
fn set_aside(data: &Path, keeps_key: bool, now: i64) -> io::Result<Option<PathBuf>> {
    let folder = data.join(format!("before-restore-{now}"));
    let databases = [LOG_FILE, VAULT_FILE].into_iter();
    let mut names: Vec<String> =
        databases.flat_map(|name| ["", "-wal", "-shm"].map(|suffix| format!("{name}{suffix}"))).collect();
    if !keeps_key {
        names.push(SERVER_KEY_FILE.to_owned());
    }
    let mut moved = false;
    for name in names {
        if data.join(&name).exists() {
            fs::create_dir_all(&folder)?;
            fs::rename(data.join(&name), folder.join(&name))?;
            moved = true;
        }
    }
    if moved {
        sync_parent(&folder.join(LOG_FILE))?;
    }
    Ok(moved.then_some(folder))
}
