//! Reading a backup: nothing of it is believed that does not match.

use std::{
    fs::File,
    io::{self, Read, Write as _},
    path::Path,
};

use rounds_shared::ids::{Epoch, PhotoHash};
use rusqlite::Connection;

use super::{BackupError, FORM, LOG, MANIFEST, Manifest, PHOTOS, Part, VAULT};
use crate::{
    check,
    log::{self, Log},
};

/// Longest manifest, in bytes.
const MANIFEST_BYTES_MAX: u64 = 64 * 1024;

/// A backup that was read and is whole, unpacked until it is dropped.
pub struct Opened {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The photos there were.
    pub photos: Vec<PhotoHash>,
    folder: tempfile::TempDir,
}

impl Opened {
    /// Where a part is unpacked.
    pub(super) fn log(&self) -> std::path::PathBuf {
        self.folder.path().join(LOG)
    }

    pub(super) fn vault(&self) -> std::path::PathBuf {
        self.folder.path().join(VAULT)
    }
}

/// Unpacks a backup and proves it: every part by its hash, the log by its running hash and its signatures.
///
/// # Errors
/// [`BackupError::NotWhole`] when something does not match.
pub fn open(file: &Path) -> Result<Opened, BackupError> {
    open_in(file, folder_of(file))
}

/// The folder a file stands in.
pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The same, unpacked where it can be moved from.
pub(super) fn open_in(file: &Path, place: &Path) -> Result<Opened, BackupError> {
    let cut = |_| BackupError::NotWhole("it is cut off, or no archive");
    let mut archive = tar::Archive::new(zstd::Decoder::new(File::open(file)?)?);
    let mut entries = archive.entries().map_err(cut)?;
    let mut next = |name: &str| {
        let entry = entries.next().ok_or(BackupError::NotWhole("a part is missing"))?.map_err(cut)?;
        let is_next = entry.path().is_ok_and(|path| path == Path::new(name));
        if is_next { Ok(entry) } else { Err(BackupError::NotWhole("its parts have other names")) }
    };
    let mut text = Vec::new();
    next(MANIFEST)?.take(MANIFEST_BYTES_MAX).read_to_end(&mut text).map_err(cut)?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|_| BackupError::NotWhole("its manifest cannot be read"))?;
    if manifest.rounds_backup != FORM {
        return Err(BackupError::Later(manifest.rounds_backup));
    }
    if !manifest.parts.iter().map(|part| part.name.as_str()).eq([LOG, VAULT, PHOTOS]) {
        return Err(BackupError::NotWhole("its parts have other names"));
    }
    let folder = tempfile::tempdir_in(place)?;
    for part in &manifest.parts {
        unpack(part, next(&part.name)?, &folder.path().join(&part.name))?;
    }
    let list = std::fs::read_to_string(folder.path().join(PHOTOS))?;
    let hash = |line: &str| line.split(' ').next().and_then(|hash| hash.parse().ok());
    let photos = list.lines().map(|line| hash(line).ok_or(BackupError::NotWhole("its list of photos")));
    let opened = Opened { photos: photos.collect::<Result<_, _>>()?, manifest, folder };
    prove(&opened)?;
    Ok(opened)
}

fn unpack(part: &Part, mut entry: impl Read, place: &Path) -> Result<(), BackupError> {
    let (mut file, mut hasher, mut length) = (File::create_new(place)?, blake3::Hasher::new(), 0);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = entry.read(&mut buffer).map_err(|_| BackupError::NotWhole("a part is cut off"))?;
        length += read as u64;
        if length > part.bytes {
            return Err(BackupError::NotWhole("a part is longer than it was"));
        }
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        file.write_all(&buffer[..read])?;
    }
    file.sync_all()?;
    if length != part.bytes || hasher.finalize().to_hex().as_str() != part.blake3 {
        return Err(BackupError::NotWhole("a part is not as it was"));
    }
    Ok(())
}

fn prove(opened: &Opened) -> Result<(), BackupError> {
    let connection = Connection::open(opened.log()).map_err(log::LogError::from)?;
    let city = log::city(&connection)?.ok_or(BackupError::NotWhole("there is no log in it"))?;
    let found = Log::find(&connection, &city, Epoch::new([0; 16]))?;
    let Manifest { city: wanted, epoch, seq, .. } = &opened.manifest;
    if (&city, found.epoch(), found.position()) != (wanted, *epoch, *seq) {
        return Err(BackupError::NotWhole("its log is another one"));
    }
    let mut report = check::Report::default();
    check::check_log(&connection, &found, &mut report)?;
    match report.faults.first() {
        None => Ok(()),
        Some(check::Fault::Entry { seq, what, .. }) => Err(BackupError::Damaged { seq: *seq, what }),
        Some(check::Fault::Signature { seq }) => {
            Err(BackupError::Damaged { seq: *seq, what: "its signature does not hold" })
        }
        Some(check::Fault::Unreadable { first, .. }) => {
            Err(BackupError::Damaged { seq: *first, what: "it cannot be read" })
        }
        Some(check::Fault::File(_) | check::Fault::View { .. } | check::Fault::Photo(_)) => {
            Err(io::Error::other("only the log was checked").into())
        }
    }
}
