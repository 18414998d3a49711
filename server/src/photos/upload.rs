//! Uploads that are under way: files that grow by what arrives. How far one is, is its file's length, so a
//! connection that is cut and a server that is killed cost nothing but what was in flight.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::body::{Body, BodyDataStream};
use futures::StreamExt as _;
use tokio::{
    fs::{File, OpenOptions},
    io::AsyncWriteExt as _,
    sync::{OwnedMutexGuard, watch},
};

use crate::vault::UploadId;

/// How long a sender may be silent before the connection counts as cut.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// The uploads under way. Cheap to clone.
#[derive(Clone)]
pub struct Uploads {
    folder: Arc<Path>,
    turns: Arc<Mutex<HashMap<UploadId, Turn>>>,
}

/// Who may write to an upload. A device that changed networks comes back while its old connection still
/// hangs, so the newest request has the right of way and the older ones stop.
#[derive(Clone)]
struct Turn {
    newest: Arc<watch::Sender<u64>>,
    writing: Arc<tokio::sync::Mutex<()>>,
}

struct Writing {
    _writing: OwnedMutexGuard<()>,
    newest: watch::Receiver<u64>,
    own: u64,
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
        Ok(Self { folder: folder.into(), turns: Arc::default() })
    }

    /// The file that grows.
    pub fn file(&self, id: UploadId) -> PathBuf {
        self.folder.join(id.to_string())
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

    /// Adds what a request brings, as far as it brings it, and says how far the upload is then. `complete` is
    /// called while nobody else can write, when all `length` bytes are there.
    ///
    /// # Errors
    /// When the request believes the upload to stand elsewhere, or brings too much.
    pub async fn append<E: From<UploadError>>(
        &self,
        id: UploadId,
        offset: u64,
        length: u64,
        body: Body,
        complete: impl AsyncFnOnce() -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut writing = self.take_turn(id).await;
        let stands = self.append_in_turn(id, offset, length, body.into_data_stream(), &mut writing).await;
        let result = match stands {
            Ok(stands) if stands == length => complete().await.map(|()| stands),
            Ok(stands) => Ok(stands),
            Err(error) => Err(error.into()),
        };
        drop(writing);
        self.leave(id);
        result
    }

    /// Calls `complete` while nobody else can write, if all `length` bytes are still there then, and says how far
    /// the upload is: whoever had the turn before may have completed it.
    ///
    /// # Errors
    /// What `complete` returns, or that the folder cannot be read.
    pub async fn finish<E: From<UploadError>>(
        &self,
        id: UploadId,
        length: u64,
        complete: impl AsyncFnOnce() -> Result<(), E>,
    ) -> Result<u64, E> {
        let writing = self.take_turn(id).await;
        let result = match self.offset(id).await {
            Ok(stands) if stands == length => complete().await.map(|()| length),
            Ok(stands) => Ok(stands),
            Err(error) => Err(UploadError::Io(error).into()),
        };
        drop(writing);
        self.leave(id);
        result
    }

    /// Removes what has arrived.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub async fn discard(&self, id: UploadId) -> io::Result<()> {
        match tokio::fs::remove_file(self.file(id)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    async fn append_in_turn(
        &self,
        id: UploadId,
        offset: u64,
        length: u64,
        mut arriving: BodyDataStream,
        writing: &mut Writing,
    ) -> Result<u64, UploadError> {
        let mut stands = self.offset(id).await?;
        if stands != offset {
            return Err(UploadError::Offset(stands));
        }
        let mut file = OpenOptions::new().create(true).append(true).open(self.file(id)).await?;
        while let Some(chunk) = writing.next(&mut arriving).await {
            if chunk.len() as u64 > length - stands {
                flushed(file).await?;
                return Err(UploadError::TooLong);
            }
            file.write_all(&chunk).await?;
            stands += chunk.len() as u64;
        }
        flushed(file).await?;
        Ok(stands)
    }

    async fn take_turn(&self, id: UploadId) -> Writing {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.entry(id).or_default().clone()
        };
        let mut own = 0;
        turn.newest.send_modify(|newest| {
            *newest += 1;
            own = *newest;
        });
        let newest = turn.newest.subscribe();
        Writing { _writing: turn.writing.lock_owned().await, newest, own }
    }

    /// Forgets the upload's turns when nobody else waits for one.
    fn leave(&self, id: UploadId) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.get(&id).is_some_and(|turn| Arc::strong_count(&turn.writing) == 1) {
            turns.remove(&id);
        }
    }
}

impl Default for Turn {
    fn default() -> Self {
        Self { newest: Arc::new(watch::Sender::new(0)), writing: Arc::default() }
    }
}

impl Writing {
    /// The next bytes; `None` at the end, when the connection is cut or silent, or somebody newer came.
    async fn next(&mut self, arriving: &mut BodyDataStream) -> Option<axum::body::Bytes> {
        let own = self.own;
        tokio::select! {
            biased;
            _ = self.newest.wait_for(|newest| *newest > own) => None,
            next = tokio::time::timeout(SILENCE_MAX, arriving.next()) => next.ok()??.ok(),
        }
    }
}

async fn flushed(mut file: File) -> io::Result<()> {
    file.flush().await
}
