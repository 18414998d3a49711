//! Uploads of photos that are not complete: what was announced, and when. The bytes are files; how far an upload is,
//! is the length of its file.

use rounds_shared::ids::DeviceId;
use rusqlite::{OptionalExtension as _, Row, TransactionBehavior, params};

use super::{Vault, VaultError};
use crate::photos::UploadId;

/// What a device announced that it will upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced {
    /// The upload.
    pub id: UploadId,
    /// How many bytes it will have.
    pub length: u64,
    /// When it was announced, by the server's clock in milliseconds.
    pub at: i64,
}

impl Vault {
    /// Begins an upload, or finds the one the device began before for the same photo. `None` when the device
    /// has as many unfinished ones as it may.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn upload_begin(
        &self,
        id: UploadId,
        length: u64,
        now: i64,
        unfinished_max: u64,
    ) -> Result<Option<Announced>, VaultError> {
        self.durable(move |vault| {
            let transaction = vault.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if let Some(before) = find(&transaction, id)? {
                return Ok(Some(before));
            }
            let unfinished: u64 = transaction.query_row(
                "SELECT count(*) FROM uploads WHERE device = ?1",
                [id.device.to_string()],
                |row| row.get(0),
            )?;
            if unfinished >= unfinished_max {
                return Ok(None);
            }
            transaction.execute(
                "INSERT INTO uploads (device, hash, length, at) VALUES (?1, ?2, ?3, ?4)",
                params![id.device.to_string(), id.hash.to_string(), length, now],
            )?;
            transaction.commit()?;
            Ok(Some(Announced { id, length, at: now }))
        })
        .await
    }

    /// What was announced for an upload.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub async fn upload(&self, id: UploadId) -> Result<Option<Announced>, VaultError> {
        self.casual(move |vault| find(vault, id)).await
    }

    /// Every upload that was announced.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub async fn uploads(&self) -> Result<Vec<UploadId>, VaultError> {
        self.casual(|vault| {
            let mut select = vault.prepare("SELECT device, hash FROM uploads")?;
            ids(select.query([])?)
        })
        .await
    }

    /// An upload ended, well or badly.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn upload_end(&self, id: UploadId) -> Result<(), VaultError> {
        self.durable(move |vault| {
            let key = [id.device.to_string(), id.hash.to_string()];
            vault.execute("DELETE FROM uploads WHERE device = ?1 AND hash = ?2", key)?;
            Ok(())
        })
        .await
    }

    /// Forgets the uploads that were announced before a moment, and names them.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn uploads_forget(&self, before: i64) -> Result<Vec<UploadId>, VaultError> {
        self.durable(move |vault| {
            let mut delete = vault.prepare("DELETE FROM uploads WHERE at < ?1 RETURNING device, hash")?;
            ids(delete.query([before])?)
        })
        .await
    }
}

fn find(vault: &rusqlite::Connection, id: UploadId) -> Result<Option<Announced>, VaultError> {
    let found = vault
        .query_row(
            "SELECT length, at FROM uploads WHERE device = ?1 AND hash = ?2",
            [id.device.to_string(), id.hash.to_string()],
            |row| Ok(Announced { id, length: row.get(0)?, at: row.get(1)? }),
        )
        .optional()?;
    Ok(found)
}

fn ids(mut rows: rusqlite::Rows<'_>) -> Result<Vec<UploadId>, VaultError> {
    let text = |row: &Row<'_>, column| row.get::<_, String>(column);
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let device: DeviceId = text(row, 0)?.parse()?;
        found.push(UploadId { device, hash: text(row, 1)?.parse()? });
    }
    Ok(found)
}
