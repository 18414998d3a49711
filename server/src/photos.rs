//! The photos: files named after the BLAKE3 of their bytes, so that the same photo twice is one file and a
//! wrong byte is noticed.
//!
//! ```text
//! DATA/photos/ab/ab12…            as kept by the device that took it; never altered
//! DATA/thumbnails/ab/ab12….jpg    made from it when somebody looks; may be deleted at any time
//! ```

pub mod picture;
mod upload;

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use rounds_shared::ids::PhotoHash;
use tokio::sync::Semaphore;

pub use picture::{PHOTO_PIXELS_MAX, PictureKind};
pub use upload::{PieceChecksum, Turn, UploadError, UploadId, Uploads, drain};

/// Long edge of a thumbnail, in pixels.
pub const THUMBNAIL_EDGE: u32 = 320;
/// How many thumbnails are made at once: each may take as much memory as its photo has pixels.
const THUMBNAILS_AT_ONCE: usize = 2;
const THUMBNAIL_QUALITY: u8 = 80;

/// The folder of photos. Cheap to clone.
#[derive(Clone)]
pub struct Photos(Arc<Folder>);

struct Folder {
    photos: PathBuf,
    thumbnails: PathBuf,
    /// What is there, so that lists can say which photos are missing without asking the disk.
    there: RwLock<HashSet<PhotoHash>>,
    making: Semaphore,
}

/// A photo's bytes and what sort of picture they are.
#[derive(Debug)]
pub struct Picture {
    /// The sort.
    pub kind: PictureKind,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Why a photo was not kept or given.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// The bytes are not those that were announced.
    #[error("bytes do not have the announced hash")]
    Hash,
    /// The bytes are not a JPEG, PNG or WebP picture.
    #[error("bytes are not a picture")]
    NotPicture(#[source] image::ImageError),
    /// The folder cannot be read or written.
    #[error("photo folder cannot be read or written")]
    Io(#[from] io::Error),
    /// The work was interrupted by a shutdown or a panic.
    #[error("photo work was interrupted")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl Photos {
    /// Opens the photos of a server's data folder.
    ///
    /// # Errors
    /// When the folder cannot be read or made.
    pub fn open(data: &Path) -> io::Result<Self> {
        let (photos, thumbnails) = (data.join("photos"), data.join("thumbnails"));
        fs::create_dir_all(&photos)?;
        fs::create_dir_all(&thumbnails)?;
        let mut there = HashSet::new();
        for folder in fs::read_dir(&photos)? {
            let folder = folder?;
            // A file manager may have left one of its own beside the folders.
            if !folder.file_type()?.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder.path())? {
                there.extend(file?.file_name().to_str().and_then(|name| name.parse::<PhotoHash>().ok()));
            }
        }
        let (there, making) = (RwLock::new(there), Semaphore::new(THUMBNAILS_AT_ONCE));
        Ok(Self(Arc::new(Folder { photos, thumbnails, there, making })))
    }

    /// Whether a photo has arrived, whole.
    pub fn has(&self, hash: PhotoHash) -> bool {
        self.0.there.read().unwrap_or_else(PoisonError::into_inner).contains(&hash)
    }

    /// Every photo that has arrived.
    pub fn all(&self) -> Vec<PhotoHash> {
        let there = self.0.there.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<PhotoHash> = there.iter().copied().collect();
        all.sort_unstable();
        all
    }

    /// Whether a photo's bytes are those it is named after.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_whole(&self, hash: PhotoHash) -> io::Result<bool> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(path(&self.0.photos, hash))?)?;
        Ok(*hasher.finalize().as_bytes() == *hash.as_bytes())
    }

    /// A photo's length in bytes.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn length(&self, hash: PhotoHash) -> io::Result<u64> {
        Ok(tokio::fs::metadata(path(&self.0.photos, hash)).await?.len())
    }

    /// A photo as kept; `None` when it has not arrived.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn read(&self, hash: PhotoHash) -> Result<Option<Picture>, PhotoError> {
        if !self.has(hash) {
            return Ok(None);
        }
        let bytes = tokio::fs::read(path(&self.0.photos, hash)).await?;
        let kind = picture::kind(&bytes).map_err(PhotoError::NotPicture)?;
        Ok(Some(Picture { kind, bytes }))
    }

    /// A small picture of a photo; `None` when the photo has not arrived.
    ///
    /// # Errors
    /// When the folder cannot be read, or the picture is damaged behind its header.
    pub async fn thumbnail(&self, hash: PhotoHash) -> Result<Option<Picture>, PhotoError> {
        let place = path(&self.0.thumbnails, hash).with_extension("jpg");
        match tokio::fs::read(&place).await {
            Ok(bytes) => return Ok(Some(Picture { kind: PictureKind::Jpeg, bytes })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let _turn = self.0.making.acquire().await.expect("the semaphore is never closed");
        let Some(photo) = self.read(hash).await? else { return Ok(None) };
        let bytes = tokio::task::spawn_blocking(move || {
            let bytes = picture::thumbnail(&photo.bytes, THUMBNAIL_EDGE, THUMBNAIL_QUALITY)
                .map_err(PhotoError::NotPicture)?;
            // One that finds no room is made again the next time.
            put(&place, &bytes).ok();
            Ok::<_, PhotoError>(bytes)
        })
        .await??;
        Ok(Some(Picture { kind: PictureKind::Jpeg, bytes }))
    }

    /// Keeps a photo whose bytes are here, if it does not stand there already; what it is called. On disk when it returns.
    ///
    /// # Errors
    /// When it is no picture, or cannot be written.
    pub async fn keep(&self, bytes: &[u8]) -> Result<PhotoHash, PhotoError> {
        let hash = PhotoHash::of(bytes);
        if !self.has(hash) {
            let beside = self.0.photos.join(format!("{hash}.new"));
            tokio::fs::write(&beside, bytes).await?;
            self.take_in(beside, hash).await?;
        }
        Ok(hash)
    }

    /// Takes a complete file in, if it is the photo it was announced to be. On disk when it returns.
    ///
    /// # Errors
    /// When it is another file or no picture; it then stays where it is.
    pub async fn take_in(&self, file: PathBuf, hash: PhotoHash) -> Result<(), PhotoError> {
        let place = path(&self.0.photos, hash);
        tokio::task::spawn_blocking(move || {
            let bytes = fs::read(&file)?;
            if PhotoHash::of(&bytes) != hash {
                return Err(PhotoError::Hash);
            }
            picture::check(&bytes).map_err(PhotoError::NotPicture)?;
            File::open(&file)?.sync_all()?;
            let folder = place.parent().expect("a photo's path has a folder");
            fs::create_dir_all(folder)?;
            fs::rename(&file, &place)?;
            sync_folder(folder)?;
            // The folder itself may be new.
            sync_folder(folder.parent().expect("the photos' folder lies in another"))?;
            Ok(())
        })
        .await??;
        self.0.there.write().unwrap_or_else(PoisonError::into_inner).insert(hash);
        Ok(())
    }
}

/// Where a photo stands: folders by its first two digits, so that none has more than a few thousand files.
fn path(folder: &Path, hash: PhotoHash) -> PathBuf {
    let name = hash.to_string();
    folder.join(&name[..2]).join(name)
}

/// Writes a file beside its place, under a name of its own, and moves it there, so that nobody ever reads half of it.
fn put(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = place.parent().expect("a thumbnail's path has a folder");
    fs::create_dir_all(folder)?;
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    beside.write_all(bytes)?;
    beside.persist(place)?;
    Ok(())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be synced; renaming is as durable as the file system makes it.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
