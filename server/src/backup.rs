//! Backups: one file that holds what cannot be computed again, and what a restored server is made of.
//!
//! The file is a tar archive under zstd, so that any administrator can look into it:
//!
//! ```text
//! backup.json   what is in the others: lengths, BLAKE3, how far the log reaches
//! log.db        the log, without its views
//! vault.db      accounts' passwords, devices' tokens, console keys, the audit trail
//! photos.txt    the BLAKE3 and the length of every photo; the photos themselves are mirrored into a folder
//! ```
//!
//! The server's key is in none of them: whoever has it and the log can write history.

mod photos;
mod reading;
mod restoring;
mod writing;

use std::{io, path::PathBuf};

use rounds_shared::{area::AreaCode, ids::Epoch};
use serde::{Deserialize, Serialize};

use crate::{app::StartError, check::CheckError, log::LogError, vault::VaultError};

pub use reading::{Opened, open};
pub use restoring::{Restored, UNFINISHED_FILE, begin_again, restore};
pub use writing::{BackedUp, back_up, back_up_key};

/// The version of the file's form.
const FORM: u32 = 1;
const MANIFEST: &str = "backup.json";
const LOG: &str = "log.db";
const VAULT: &str = "vault.db";
const PHOTOS: &str = "photos.txt";

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the file's form.
    pub rounds_backup: u32,
    /// When it was made, by the server's clock in milliseconds.
    pub made_at: i64,
    /// Whose log it is.
    pub city: AreaCode,
    /// Which log.
    pub epoch: Epoch,
    /// Its last entry.
    pub seq: u64,
    /// The public key the server signs with, in hexadecimal.
    pub server_key: String,
    /// The parts, in the order they follow.
    pub parts: Vec<Part>,
}

/// A file within the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its BLAKE3, in hexadecimal.
    pub blake3: String,
}

/// Why a backup was not made, read or restored. Nothing is changed then.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("a file cannot be read or written")]
    Io(#[from] io::Error),
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Log(#[from] LogError),
    /// The vault cannot be read.
    #[error("the vault cannot be read")]
    Vault(#[from] VaultError),
    /// The log cannot be checked.
    #[error("the log cannot be checked")]
    Check(#[from] CheckError),
    /// There is no server's data in the folder.
    #[error("there is no server's data in {0}")]
    NoData(PathBuf),
    /// The log has faults: `check` names them.
    #[error("entry {seq} of the log is damaged: {what}")]
    Damaged {
        /// The first entry that is not as it was written.
        seq: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The file is no backup, or not whole.
    #[error("the file is no whole backup: {0}")]
    NotWhole(&'static str),
    /// The file was made by a later version.
    #[error("the backup has form {0}, this version knows {FORM}")]
    Later(u32),
    /// The server's key is not there, or another one.
    #[error("the server's key is missing or another one")]
    Key,
    /// The restored data cannot be used.
    #[error("the restored data cannot be used")]
    Start(#[from] StartError),
}
