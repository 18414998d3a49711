//! Wrong PINs in a row: a file of their own beside the safe, always as large, written over in its place. That needs no new
//! room, so that a full disk keeps nobody out. Where even that fails the tries count in memory, until the app is ended.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

/// The file's name.
const TRIES: &str = "tries";
/// Bytes of it: how many, and the moment of the last one.
const TRIES_BYTES: usize = 12;
/// How long to wait after so many wrong PINs in a row, in milliseconds: three may be slips of a thumb.
const WAITS_MS: [i64; 8] = [0, 0, 0, 30_000, 60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000];

/// The tries that no file would take, by folder.
static UNWRITTEN: Mutex<BTreeMap<PathBuf, Tries>> = Mutex::new(BTreeMap::new());

/// Wrong PINs in a row.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tries {
    wrong: u32,
    last_at: i64,
}

impl Tries {
    /// What is known of a folder; none where nothing was ever tried, or only by an earlier version.
    pub(super) fn of(folder: &Path) -> Option<Self> {
        let written = || Self::from_bytes(&fs::read(folder.join(TRIES)).ok()?);
        unwritten().get(folder).copied().or_else(written)
    }

    /// Keeps them, on the disk if that will have them.
    pub(super) fn keep(self, folder: &Path) {
        match self.write(&folder.join(TRIES)) {
            Ok(()) => {
                unwritten().remove(folder);
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a try is kept in memory only");
                unwritten().insert(folder.to_owned(), self);
            }
        }
    }

    /// One more of them.
    pub(super) fn and_one_at(self, now: i64) -> Self {
        Self { wrong: self.wrong.saturating_add(1), last_at: now }
    }

    /// The same where the clock was set back: they count from where it stands now.
    pub(super) fn not_after(self, now: i64) -> Self {
        Self { last_at: self.last_at.min(now), ..self }
    }

    /// How long nobody may try again, in milliseconds.
    pub(super) fn wait_ms(self, now: i64) -> i64 {
        let wrong = usize::try_from(self.wrong).unwrap_or(usize::MAX);
        let wait = WAITS_MS[wrong.min(WAITS_MS.len() - 1)];
        wait.saturating_sub(now.saturating_sub(self.last_at)).clamp(0, wait)
    }

    /// Fsynced, in one piece that no disk tears: a try counts although the app is ended or loses its power.
    fn write(self, path: &Path) -> io::Result<()> {
        let mut file = File::options().create(true).truncate(false).write(true).open(path)?;
        file.write_all(&self.to_bytes())?;
        file.sync_data()
    }

    fn to_bytes(self) -> [u8; TRIES_BYTES] {
        let mut bytes = [0; TRIES_BYTES];
        let (wrong, last_at) = bytes.split_at_mut(size_of::<u32>());
        wrong.copy_from_slice(&self.wrong.to_le_bytes());
        last_at.copy_from_slice(&self.last_at.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (wrong, last_at) = bytes.split_first_chunk()?;
        Some(Self {
            wrong: u32::from_le_bytes(*wrong),
            last_at: i64::from_le_bytes(last_at.try_into().ok()?),
        })
    }
}

/// Nothing behind this lock can be left half-written.
fn unwritten() -> MutexGuard<'static, BTreeMap<PathBuf, Tries>> {
    UNWRITTEN.lock().unwrap_or_else(PoisonError::into_inner)
}
