//! Uploads that are under way: files that grow by what arrives. How far one is, is its file's length, so a
//! connection that is cut and a server that is killed cost nothing but what was in flight.
//!
//! ```text
//! DATA/uploads/DEVICE-HASH          what has arrived of a photo, by the device that brings it
//! DATA/uploads/DEVICE-HASH.piece    a piece with a checksum, until it is proven
//! ```

use std::{
    collections::{HashMap, HashSet},
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::body::{BodyDataStream, Bytes};
use futures::StreamExt as _;
use rounds_shared::{
    ids::{DeviceId, PhotoHash},
    protocol::limits::PHOTO_BYTES_MAX,
};
use sha1::{Digest as _, Sha1};
use tokio::{
    fs::{File, OpenOptions},
    io::AsyncWriteExt as _,
    sync::{OwnedMutexGuard, watch},
};

/// How long a sender may be silent before the connection counts as cut.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Which upload: a device has one of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UploadId {
    /// Whose it is.
    pub device: DeviceId,
    /// The photo it will be.
    pub hash: PhotoHash,
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.device, self.hash)
    }
}

/// The SHA-1 that a piece must have: tus asks every server for this one. It finds accidents; that nobody has put
/// another photo in, the BLAKE3 of the whole proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PieceChecksum(pub [u8; 20]);

/// The uploads under way. Cheap to clone.
#[derive(Clone)]
pub struct Uploads {
    folder: Arc<Path>,
    lanes: Arc<Mutex<HashMap<UploadId, Lane>>>,
}

/// Who may write to an upload. A device that changed networks comes back while its old connection still
/// hangs, so the newest request has the right of way and the older ones stop.
#[derive(Clone)]
struct Lane {
    newest: Arc<watch::Sender<u64>>,
    writing: Arc<tokio::sync::Mutex<()>>,
}

/// The right to write to an upload, which one request has at a time.
pub struct Turn {
    uploads: Uploads,
    id: UploadId,
    newest: watch::Receiver<u64>,
    own: u64,
    writing: Option<OwnedMutexGuard<()>>,
}

/// Why bytes were not added.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The upload stands elsewhere than the sender believes.
    #[error("upload stands at {0}")]
    Offset(u64),
    /// More bytes than were announced.
    #[error("more bytes than were announced")]
    TooLong,
    /// The piece is not the one its checksum was made of; none of it is kept.
    #[error("piece does not match its checksum")]
    Checksum,
    /// The folder cannot be read or written.
    #[error("upload folder cannot be read or written")]
    Io(#[from] io::Error),
}

impl Uploads {
    /// Opens the uploads of a server's data folder.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(data: &Path) -> io::Result<Self> {
        let folder = data.join("uploads");
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder: folder.into(), lanes: Arc::default() })
    }

    /// Removes the files of all uploads but these: of what ended while the server was killed, or was announced to a
    /// server that has been restored since.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn keep_only(&self, announced: &[UploadId]) -> io::Result<()> {
        let kept: HashSet<PathBuf> = announced.iter().map(|id| self.file(*id)).collect();
        for file in std::fs::read_dir(&self.folder)? {
            let file = file?;
            if !kept.contains(&file.path()) && file.file_type()?.is_file() {
                std::fs::remove_file(file.path())?;
            }
        }
        Ok(())
    }

    /// The file that grows.
    pub fn file(&self, id: UploadId) -> PathBuf {
        self.folder.join(id.to_string())
    }

    fn piece(&self, id: UploadId) -> PathBuf {
        self.folder.join(format!("{id}.piece"))
    }

    /// How far an upload is, in bytes.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn offset(&self, id: UploadId) -> io::Result<u64> {
        match tokio::fs::metadata(self.file(id)).await {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Waits until nobody else writes to an upload; whoever does stops where he is.
    pub async fn turn(&self, id: UploadId) -> Turn {
        let lane = {
            let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            lanes.entry(id).or_default().clone()
        };
        let mut own = 0;
        lane.newest.send_modify(|newest| {
            *newest += 1;
            own = *newest;
        });
        let newest = lane.newest.subscribe();
        let mut turn = Turn { uploads: self.clone(), id, newest, own, writing: None };
        turn.writing = Some(lane.writing.lock_owned().await);
        turn
    }
}

impl Turn {
    /// Adds what a request brings to an upload of `length` bytes, as far as it brings it, and says how far the upload
    /// is then. A piece with a checksum counts whole or not at all.
    ///
    /// # Errors
    /// When the request believes the upload to stand elsewhere, brings too much, or not what its checksum says.
    pub async fn append(
        &mut self,
        offset: u64,
        length: u64,
        checksum: Option<PieceChecksum>,
        arriving: &mut BodyDataStream,
    ) -> Result<u64, UploadError> {
        let stands = self.uploads.offset(self.id).await?;
        if stands != offset {
            return Err(UploadError::Offset(stands));
        }
        let room = length.saturating_sub(stands);
        let path = self.uploads.file(self.id);
        let Some(checksum) = checksum else {
            let mut file = OpenOptions::new().create(true).append(true).open(path).await?;
            let arrived = self.write(&mut file, room, arriving, |_| {}).await;
            file.flush().await?;
            return Ok(stands + arrived?);
        };
        let piece = self.uploads.piece(self.id);
        let proven = self.prove(&piece, room, checksum, arriving).await;
        let added = match proven {
            Ok(()) => add(&piece, &path).await.map_err(UploadError::from),
            Err(error) => Err(error),
        };
        remove(&piece).await?;
        Ok(stands + added?)
    }

    /// Removes what has arrived.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub async fn discard(&self) -> io::Result<()> {
        remove(&self.uploads.file(self.id)).await?;
        remove(&self.uploads.piece(self.id)).await
    }

    /// Keeps a piece aside and compares it with its checksum.
    async fn prove(
        &mut self,
        piece: &Path,
        room: u64,
        checksum: PieceChecksum,
        arriving: &mut BodyDataStream,
    ) -> Result<(), UploadError> {
        let (mut file, mut hasher) = (File::create(piece).await?, Sha1::new());
        self.write(&mut file, room, arriving, |chunk| hasher.update(chunk)).await?;
        file.flush().await?;
        let is_right = <[u8; 20]>::from(hasher.finalize()) == checksum.0;
        if is_right { Ok(()) } else { Err(UploadError::Checksum) }
    }

    /// Writes what arrives, as long as there is room for it; how many bytes that was.
    async fn write(
        &mut self,
        file: &mut File,
        room: u64,
        arriving: &mut BodyDataStream,
        mut look: impl FnMut(&[u8]),
    ) -> Result<u64, UploadError> {
        let mut arrived = 0;
        while let Some(chunk) = self.next(arriving).await {
            if chunk.len() as u64 > room - arrived {
                return Err(UploadError::TooLong);
            }
            look(&chunk);
            file.write_all(&chunk).await?;
            arrived += chunk.len() as u64;
        }
        Ok(arrived)
    }

    /// The next bytes; `None` at the end, when the connection is cut or silent, or somebody newer came.
    async fn next(&mut self, arriving: &mut BodyDataStream) -> Option<Bytes> {
        let own = self.own;
        tokio::select! {
            biased;
            _ = self.newest.wait_for(|newest| *newest > own) => None,
            next = tokio::time::timeout(SILENCE_MAX, arriving.next()) => next.ok()??.ok(),
        }
    }
}

impl Drop for Turn {
    /// Forgets the lane when nobody else waits in it.
    fn drop(&mut self) {
        self.writing = None;
        let mut lanes = self.uploads.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.get(&self.id).is_some_and(|lane| Arc::strong_count(&lane.writing) == 1) {
            lanes.remove(&self.id);
        }
    }
}

impl Default for Lane {
    fn default() -> Self {
        Self { newest: Arc::new(watch::Sender::new(0)), writing: Arc::default() }
    }
}

/// Reads what is left of a request and drops it: an answer that is sent while its sender still writes is lost with
/// the connection, and he would never learn what was wrong.
pub async fn drain(arriving: &mut BodyDataStream) {
    let mut bytes = 0;
    while bytes <= PHOTO_BYTES_MAX {
        match tokio::time::timeout(SILENCE_MAX, arriving.next()).await {
            Ok(Some(Ok(chunk))) => bytes += chunk.len() as u64,
            Ok(Some(Err(_)) | None) | Err(_) => return,
        }
    }
}

/// Adds a piece to the upload. Cut off in the middle, it has added the beginning of what was proven.
async fn add(piece: &Path, upload: &Path) -> io::Result<u64> {
    let mut from = File::open(piece).await?;
    let mut to = OpenOptions::new().create(true).append(true).open(upload).await?;
    let added = tokio::io::copy(&mut from, &mut to).await?;
    to.flush().await?;
    Ok(added)
}

async fn remove(file: &Path) -> io::Result<()> {
    match tokio::fs::remove_file(file).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
