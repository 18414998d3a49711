//! How far the good backups reach, and the vault's own part of one.

use std::path::Path;

use rounds_shared::ids::Epoch;
use rusqlite::params;

use super::{VAULT_FILE, Vault, VaultError, schema};

impl Vault {
    /// The last entry that is in a good backup; 0 when there is none.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn backed_up(&self, epoch: Epoch) -> Result<u64, VaultError> {
        self.casual_here(|vault| {
            let mut select =
                vault.prepare_cached("SELECT coalesce(max(seq), 0) FROM backups WHERE epoch = ?1")?;
            Ok(select.query_row([epoch.as_bytes()], |row| row.get(0))?)
        })
    }

    /// The last entry that is in a good backup which has every photo; none when there is no such backup.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn photos_backed_up(&self, epoch: Epoch) -> Result<Option<u64>, VaultError> {
        self.casual_here(|vault| {
            let mut select =
                vault.prepare_cached("SELECT max(seq) FROM backups WHERE epoch = ?1 AND photos")?;
            Ok(select.query_row([epoch.as_bytes()], |row| row.get(0))?)
        })
    }
}

/// What a good backup has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    pub(crate) epoch: Epoch,
    /// The last entry.
    pub(crate) seq: u64,
    /// Whether it has every photo, whole.
    pub(crate) photos: bool,
}

/// Notes how far a good backup reaches. A server may be running.
///
/// # Errors
/// When the vault cannot be written.
pub(crate) fn note_backup(data: &Path, reach: Reach, at: i64) -> Result<(), VaultError> {
    note(&data.join(VAULT_FILE), reach, at)
}

/// How far each device had read means nothing to a restored server.
pub(crate) fn forget_readers(vault: &Path) -> Result<(), VaultError> {
    schema::open(vault, schema::Sync::Full)?.execute("UPDATE contacts SET confirmed = 0", [])?;
    Ok(())
}

/// Notes it in a copy.
pub(crate) fn note(vault: &Path, reach: Reach, at: i64) -> Result<(), VaultError> {
    let connection = schema::open(vault, schema::Sync::Full)?;
    connection.execute(
        "INSERT INTO backups (epoch, seq, at, photos) VALUES (?1, ?2, ?3, ?4)",
        params![reach.epoch.as_bytes(), reach.seq, at, reach.photos],
    )?;
    Ok(())
}

/// Copies what a backup keeps of the vault, as it stands at one moment; a server may be running. Who is signed in
/// and what was half uploaded means nothing to a restored server.
///
/// # Errors
/// When the vault cannot be read or the copy not written.
pub(crate) fn copy(data: &Path, to: &Path) -> Result<(), VaultError> {
    let source = schema::open(&data.join(VAULT_FILE), schema::Sync::Normal)?;
    source.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    let copy = schema::open(to, schema::Sync::Full)?;
    copy.execute_batch(
        "DELETE FROM sessions;
         DELETE FROM setup_code;
         DELETE FROM sign_in_failures;
         DELETE FROM uploads;
         VACUUM;
         PRAGMA journal_mode = DELETE;",
    )?;
    Ok(())
}
