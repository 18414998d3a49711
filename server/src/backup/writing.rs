//! Making a backup, of a server that may be running.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use rounds_shared::ids::Epoch;
use rusqlite::Connection;

use super::{
    BackupError, FORM, LOG, MANIFEST, Manifest, PHOTOS, Part, VAULT,
    photos::{self, Mirrored},
    reading,
};
use crate::{
    app::LOG_FILE,
    log::{self, Log},
    vault::{
        SERVER_KEY_FILE, Vault,
        backups::{self, Reach},
        keys,
    },
};

const ZSTD_LEVEL: i32 = 3;

/// What was backed up.
#[derive(Debug)]
pub struct BackedUp {
    /// What the file says of itself.
    pub manifest: Manifest,
    /// Its length in bytes.
    pub bytes: u64,
    /// Photos there are.
    pub photos: u64,
    /// What was done for them, if a folder was named.
    pub mirrored: Option<Mirrored>,
}

/// Makes a backup file, reads it again, and only then puts it in its place and says how far it reaches. A log that
/// is damaged is not backed up.
///
/// # Errors
/// [`BackupError`]; a file that was in its place before is still there then.
pub fn back_up(data: &Path, file: &Path, photos: Option<&Path>, now: i64) -> Result<BackedUp, BackupError> {
    if !Vault::is_in(data) || !data.join(LOG_FILE).is_file() {
        return Err(BackupError::NoData(data.to_owned()));
    }
    let key = keys::read(&data.join(SERVER_KEY_FILE))?.ok_or(BackupError::Key)?;
    let scratch = tempfile::tempdir_in(reading::folder_of(file))?;
    // The log first: what the vault keeps for somebody in the log must not be older.
    log::copy_log(&data.join(LOG_FILE), &scratch.path().join(LOG))?;
    backups::copy(data, &scratch.path().join(VAULT))?;
    let all = photos::all(&data.join("photos"))?;
    let mut list = String::new();
    for (hash, path) in &all {
        list.push_str(&format!("{hash} {}\n", fs::metadata(path)?.len()));
    }
    fs::write(scratch.path().join(PHOTOS), list)?;

    let connection = Connection::open(scratch.path().join(LOG)).map_err(log::LogError::from)?;
    let city = log::city(&connection)?.ok_or_else(|| BackupError::NoData(data.to_owned()))?;
    let found = Log::find(&connection, &city, Epoch::new([0; 16]))?;
    drop(connection);
    let parts = [LOG, VAULT, PHOTOS].into_iter().map(|name| part(scratch.path(), name));
    let manifest = Manifest {
        rounds_backup: FORM,
        made_at: now,
        city,
        epoch: found.epoch(),
        seq: found.position(),
        server_key: HEXLOWER.encode(key.public().as_bytes()),
        parts: parts.collect::<io::Result<_>>()?,
    };
    let beside = beside(file);
    let written = write(&beside, &manifest, scratch.path()).and_then(|()| {
        reading::open(&beside)?;
        Ok(photos.map(|folder| photos::mirror(&data.join("photos"), folder)).transpose()?)
    });
    let mirrored = written.inspect_err(|_| {
        // What is not whole must not be taken for a backup; that error is the one to tell.
        fs::remove_file(&beside).ok();
    })?;
    fs::rename(&beside, file)?;
    sync_parent(file)?;
    let has_photos = all.is_empty() || mirrored.is_some_and(|mirrored| mirrored.damaged == 0);
    backups::note_backup(data, Reach { epoch: manifest.epoch, seq: manifest.seq, photos: has_photos }, now)?;
    let bytes = fs::metadata(file)?.len();
    Ok(BackedUp { manifest, bytes, photos: all.len() as u64, mirrored })
}

/// Writes the server's key into a file of its own, for a safe.
///
/// # Errors
/// [`BackupError`] when there is none, or the file exists or cannot be written.
pub fn back_up_key(data: &Path, file: &Path) -> Result<(), BackupError> {
    let key = keys::read(&data.join(SERVER_KEY_FILE))?.ok_or(BackupError::Key)?;
    if file.exists() {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists).into());
    }
    Ok(keys::write_once(file, &key)?)
}

fn part(folder: &Path, name: &str) -> io::Result<Part> {
    let (mut hasher, mut file) = (blake3::Hasher::new(), File::open(folder.join(name))?);
    hasher.update_reader(&mut file)?;
    let bytes = file.metadata()?.len();
    Ok(Part { name: name.to_owned(), bytes, blake3: hasher.finalize().to_hex().to_string() })
}

/// The parts' hashes are of before they were written here: reading finds out whether they still are.
fn write(file: &Path, manifest: &Manifest, folder: &Path) -> Result<(), BackupError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(file)?;
    let mut archive = tar::Builder::new(zstd::Encoder::new(file, ZSTD_LEVEL)?);
    let text = serde_json::to_vec_pretty(manifest).map_err(io::Error::from)?;
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o600);
    header.set_cksum();
    archive.append_data(&mut header, MANIFEST, &text[..])?;
    for part in &manifest.parts {
        archive.append_path_with_name(folder.join(&part.name), &part.name)?;
    }
    let mut file = archive.into_inner()?.finish()?;
    file.flush()?;
    file.sync_all()?;
    Ok(())
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    file.with_file_name(name)
}

pub(super) fn sync_parent(file: &Path) -> io::Result<()> {
    File::open(reading::folder_of(file))?.sync_all()
}
