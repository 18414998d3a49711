//! The photos' bytes: files named by their BLAKE3, beside the database, each sealed with the person's key.
//!
//! A photo is re-encoded when it is taken (upright, at most 1,600 pixels or what its person has set, without EXIF) and
//! never altered afterwards. Its file is on disk before any document names it.

mod picture;
pub(crate) mod upload;

pub use picture::PhotoDetail;
pub(crate) use picture::{decode, prepare, within};

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rounds_shared::ids::PhotoHash;

use crate::{
    failure::Failure,
    files::{UNFINISHED, write_whole},
    key::DataKey,
};

/// What the name of a sealed photo ends with.
const SEALED: &str = "sealed";
/// What the name of a photo ends with that an earlier version of the app has kept plain.
const PLAIN: &str = "jpg";

/// Which size of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoSize {
    /// For lists.
    Thumb,
    /// As kept.
    Full,
}

/// The folders of photos and of their thumbnails.
pub(crate) struct PhotoFiles {
    photos: PathBuf,
    thumbs: PathBuf,
    key: DataKey,
    /// Whose files were seen to be damaged: they are as good as gone.
    damaged: Mutex<BTreeSet<PhotoHash>>,
}

impl PhotoFiles {
    /// Makes the folders, and seals what an earlier version of the app has kept plain.
    pub(crate) fn open(dir: &Path, key: &DataKey) -> io::Result<Self> {
        let (photos, thumbs) = (dir.join("photos"), dir.join("thumbs"));
        let files = Self { photos, thumbs, key: key.clone(), damaged: Mutex::default() };
        for folder in [&files.photos, &files.thumbs] {
            fs::create_dir_all(folder)?;
            sweep(folder)?;
            // On a full disk it stays plain until there is room; it can be read meanwhile.
            if let Err(error) = files.seal_plain(folder) {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "photos of earlier are not sealed yet"
                );
            }
        }
        Ok(files)
    }

    /// Keeps the bytes; on disk under their hash when this returns.
    pub(crate) fn keep(&self, bytes: &[u8]) -> io::Result<PhotoHash> {
        let hash = PhotoHash::of(bytes);
        // One whose file is damaged is written anew.
        if self.full(hash).is_err() {
            self.write(&self.photos, &hash.to_string(), bytes)?;
            self.damaged().remove(&hash);
        }
        Ok(hash)
    }

    /// Where photos are kept.
    pub(crate) fn folder(&self) -> &Path {
        &self.photos
    }

    /// Whether the bytes are here, as far as is known without reading them.
    pub(crate) fn has(&self, hash: PhotoHash) -> bool {
        !self.damaged().contains(&hash)
            && [SEALED, PLAIN].iter().any(|ending| place(&self.photos, &hash.to_string(), ending).exists())
    }

    /// The bytes as kept.
    pub(crate) fn full(&self, hash: PhotoHash) -> Result<Vec<u8>, Failure> {
        self.read(&self.photos, &hash.to_string())
    }

    fn damaged(&self) -> MutexGuard<'_, BTreeSet<PhotoHash>> {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A small picture of it, made when it is first wanted.
    pub(crate) fn thumb(&self, hash: PhotoHash) -> Result<Vec<u8>, Failure> {
        let name = hash.to_string();
        if let Ok(bytes) = self.read(&self.thumbs, &name) {
            return Ok(bytes);
        }
        let thumb = picture::thumb(&self.full(hash)?)?;
        // One that finds no room is made again the next time.
        self.write(&self.thumbs, &name, &thumb).ok();
        Ok(thumb)
    }

    /// Removes the bytes and keeps the small picture, which is on disk before they go.
    pub(crate) fn reduce(&self, hash: PhotoHash) -> Result<(), Failure> {
        let name = hash.to_string();
        if self.read(&self.thumbs, &name).is_err() {
            match self.full(hash) {
                Ok(bytes) => self.write(&self.thumbs, &name, &picture::thumb(&bytes)?)?,
                // Nothing is left of it to be made small.
                Err(Failure::NotFound) => {}
                Err(failure) => return Err(failure),
            }
        }
        for ending in [SEALED, PLAIN] {
            match fs::remove_file(place(&self.photos, &name, ending)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn write(&self, folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
        write_whole(&place(folder, name, SEALED), &self.key.seal(name, bytes))
    }

    fn read(&self, folder: &Path, name: &str) -> Result<Vec<u8>, Failure> {
        match fs::read(place(folder, name, SEALED)) {
            Ok(sealed) => self.key.open(name, &sealed).ok_or_else(|| {
                tracing::error!(name, "a photo on this device is damaged");
                // It cannot be shown or delivered: the same as one that is gone.
                if folder == self.photos {
                    self.damaged().extend(name.parse::<PhotoHash>().ok());
                }
                Failure::NotFound
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match fs::read(place(folder, name, PLAIN)) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Failure::NotFound),
                    read => Ok(read?),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Seals the plain files of a folder: the sealed one is whole before the plain one goes.
    fn seal_plain(&self, folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == PLAIN)
                && let Some(name) = path.file_stem().and_then(|name| name.to_str())
            {
                self.write(folder, name, &fs::read(&path)?)?;
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    /// Every photo whose bytes are here.
    pub(crate) fn all(&self) -> io::Result<Vec<PhotoHash>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.photos)? {
            let path = entry?.path();
            // What is still being written has another name.
            all.extend(path.file_stem().and_then(|name| name.to_str()?.parse::<PhotoHash>().ok()));
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    /// Deletes all of them.
    pub(crate) fn erase(&self) -> io::Result<()> {
        for folder in [&self.photos, &self.thumbs] {
            for entry in fs::read_dir(folder)? {
                fs::remove_file(entry?.path())?;
            }
        }
        Ok(())
    }

    /// Bytes used by photos and thumbnails.
    pub(crate) fn bytes(&self) -> io::Result<u64> {
        let mut sum = 0;
        for folder in [&self.photos, &self.thumbs] {
            for entry in fs::read_dir(folder)? {
                sum += entry?.metadata()?.len();
            }
        }
        Ok(sum)
    }
}

/// Removes what an app that was killed had begun to write.
fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(UNFINISHED) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn place(folder: &Path, name: &str, ending: &str) -> PathBuf {
    folder.join(format!("{name}.{ending}"))
}

#[cfg(test)]
mod tests;
