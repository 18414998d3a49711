//! The photos' bytes: files named by their BLAKE3, beside the database.
//!
//! A photo is re-encoded when it is taken (upright, at most 1,600 pixels, without EXIF) and never altered
//! afterwards. Its file is on disk before any document names it.

mod picture;
pub(crate) mod upload;

pub(crate) use picture::prepare;

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use rounds_shared::ids::PhotoHash;

use crate::failure::Failure;

/// What the name of a file ends with until it is whole.
const UNFINISHED: &str = ".part";

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
}

impl PhotoFiles {
    /// Makes the folders.
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        let files = Self { photos: dir.join("photos"), thumbs: dir.join("thumbs") };
        fs::create_dir_all(&files.photos)?;
        fs::create_dir_all(&files.thumbs)?;
        for folder in [&files.photos, &files.thumbs] {
            sweep(folder)?;
        }
        Ok(files)
    }

    /// Keeps the bytes; on disk under their hash when this returns.
    pub(crate) fn keep(&self, bytes: &[u8]) -> io::Result<PhotoHash> {
        let hash = PhotoHash::of(bytes);
        if !self.has(hash) {
            write_whole(&self.photos, &file_name(hash), bytes)?;
        }
        Ok(hash)
    }

    /// Whether the bytes are here.
    pub(crate) fn has(&self, hash: PhotoHash) -> bool {
        self.photos.join(file_name(hash)).exists()
    }

    /// The bytes as kept.
    pub(crate) fn full(&self, hash: PhotoHash) -> Result<Vec<u8>, Failure> {
        match fs::read(self.photos.join(file_name(hash))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Failure::NotFound),
            read => Ok(read?),
        }
    }

    /// A small picture of it, made when it is first wanted.
    pub(crate) fn thumb(&self, hash: PhotoHash) -> Result<Vec<u8>, Failure> {
        let name = file_name(hash);
        if let Ok(bytes) = fs::read(self.thumbs.join(&name)) {
            return Ok(bytes);
        }
        let thumb = picture::thumb(&self.full(hash)?)?;
        // One that finds no room is made again the next time.
        write_whole(&self.thumbs, &name, &thumb).ok();
        Ok(thumb)
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

fn file_name(hash: PhotoHash) -> String {
    format!("{hash}.jpg")
}

/// Writes a file that is either whole or not there: another name of its own first, fsynced, then renamed, then the folder
/// fsynced. Where that fails nothing stays: half a photo would take the room that the next answers still have.
fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut unfinished = tempfile::Builder::new().suffix(UNFINISHED).tempfile_in(folder)?;
    unfinished.write_all(bytes)?;
    unfinished.as_file().sync_all()?;
    unfinished.persist(folder.join(name))?;
    // Windows cannot open a folder as a file; there the rename is durable by itself.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests;
