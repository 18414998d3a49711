//! The photos of a backup: files named after their bytes, which never change, mirrored into a folder.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rounds_shared::ids::PhotoHash;

/// What mirroring did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Mirrored {
    /// Photos that were copied.
    pub copied: u64,
    /// Photos whose bytes are not those they are named after: they were left out.
    pub damaged: u64,
}

/// Copies the photos that are in one folder and not in the other, each proven while it is copied.
pub(super) fn mirror(from: &Path, to: &Path) -> io::Result<Mirrored> {
    let mut mirrored = Mirrored::default();
    for (hash, source) in all(from)? {
        let name = hash.to_string();
        let place = to.join(&name[..2]).join(&name);
        if place.exists() {
            continue;
        }
        let folder = to.join(&name[..2]);
        fs::create_dir_all(&folder)?;
        let beside = place.with_extension("new");
        if copy(&source, &beside)? == hash {
            fs::rename(&beside, &place)?;
            File::open(&folder)?.sync_all()?;
            mirrored.copied += 1;
        } else {
            fs::remove_file(&beside)?;
            mirrored.damaged += 1;
        }
    }
    Ok(mirrored)
}

/// Copies a file to disk; the hash of what was copied.
fn copy(from: &Path, to: &Path) -> io::Result<PhotoHash> {
    let mut file = File::create(to)?;
    let mut hasher = blake3::Hasher::new();
    let mut source = File::open(from)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match io::Read::read(&mut source, &mut buffer)? {
            0 => break,
            read => {
                hasher.update(&buffer[..read]);
                io::Write::write_all(&mut file, &buffer[..read])?;
            }
        }
    }
    file.sync_all()?;
    Ok(PhotoHash::new(*hasher.finalize().as_bytes()))
}

/// The photos of a folder; none when there is no folder.
pub(super) fn all(folder: &Path) -> io::Result<Vec<(PhotoHash, PathBuf)>> {
    let mut photos = Vec::new();
    let folders = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(photos),
        folders => folders?,
    };
    for within in folders {
        let within = within?;
        if !within.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(within.path())? {
            let file = file?;
            let hash = file.file_name().to_str().and_then(|name| name.parse().ok());
            photos.extend(hash.map(|hash| (hash, file.path())));
        }
    }
    photos.sort_unstable();
    Ok(photos)
}
