//! How much of a person's work is not delivered, beside his database: the lock screen says it without his key. Numbers
//! alone, written whenever they change; a power cut may lose the last of them, and no more.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::view::SyncStatus;

const WAITING: &str = "waiting.json";

/// The file of one person.
pub(super) struct Waiting {
    path: PathBuf,
    known: Mutex<Counts>,
}

/// What waits.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) changes: u32,
    pub(super) photos: u32,
    /// Changes and photos the server would not take: it is asked again from time to time.
    #[serde(default)]
    pub(super) refused: u32,
}

impl Counts {
    pub(super) fn of(status: &SyncStatus) -> Self {
        Self {
            changes: status.changes_pending,
            photos: status.photos_pending,
            refused: status.refused + status.photos_refused,
        }
    }

    pub(super) fn is_anything(self) -> bool {
        self != Self::default()
    }
}

impl Waiting {
    pub(super) fn of(folder: &Path) -> Self {
        let path = folder.join(WAITING);
        // One that is not there or was cut off says nothing.
        let known = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { path, known: Mutex::new(known.unwrap_or_default()) }
    }

    /// Keeps the numbers, when they are other ones. Not fsynced: a tap does not wait for it.
    pub(super) fn note(&self, status: &SyncStatus) {
        let counts = Counts::of(status);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != counts {
            *known = counts;
            let json = serde_json::to_vec(&counts).expect("numbers are always JSON");
            // On a full disk the next change tries again.
            fs::write(&self.path, json).ok();
        }
    }

    pub(super) fn counts(&self) -> Counts {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
