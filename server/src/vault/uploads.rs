//! Uploads of photos that are not complete: what was announced. The bytes are files; how far an upload is,
//! is the length of its file.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;
use rounds_shared::ids::{DeviceId, PhotoHash};
use rusqlite::{OptionalExtension as _, TransactionBehavior, params};

use super::{Vault, VaultError, token::random};

/// An upload's id: 16 random bytes, in hexadecimal as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId([u8; 16]);

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for UploadId {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(VaultError::Unreadable("upload id"))
    }
}

/// What a device announced that it will upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced {
    /// The upload.
    pub id: UploadId,
    /// Whose it is.
    pub device: DeviceId,
    /// The photo it will be.
    pub hash: PhotoHash,
    /// How many bytes it will have.
    pub length: u64,
}

impl Vault {
    /// Begins an upload, or finds the one the device began before for the same photo. `None` when the device
    /// has as many unfinished ones as it may.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn upload_begin(
        &self,
        device: DeviceId,
        hash: PhotoHash,
        length: u64,
        now: i64,
        unfinished_max: u64,
    ) -> Result<Option<Announced>, VaultError> {
        let id = UploadId(random()?);
        self.durable(move |vault| {
            let transaction = vault.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let before: Option<(String, u64)> = transaction
                .query_row(
                    "SELECT id, length FROM uploads WHERE device = ?1 AND hash = ?2",
                    [device.to_string(), hash.to_string()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            if let Some((id, length)) = before {
                return Ok(Some(Announced { id: id.parse()?, device, hash, length }));
            }
            let unfinished: u64 = transaction.query_row(
                "SELECT count(*) FROM uploads WHERE device = ?1",
                [device.to_string()],
                |row| row.get(0),
            )?;
            if unfinished >= unfinished_max {
                return Ok(None);
            }
            transaction.execute(
                "INSERT INTO uploads (id, device, hash, length, made_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![id.to_string(), device.to_string(), hash.to_string(), length, now],
            )?;
            transaction.commit()?;
            Ok(Some(Announced { id, device, hash, length }))
        })
        .await
    }

    /// What was announced for an upload.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub async fn upload(&self, id: UploadId) -> Result<Option<Announced>, VaultError> {
        self.casual(move |vault| {
            let found: Option<(String, String, u64)> = vault
                .query_row(
                    "SELECT device, hash, length FROM uploads WHERE id = ?1",
                    [id.to_string()],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?;
            let Some((device, hash, length)) = found else { return Ok(None) };
            Ok(Some(Announced { id, device: device.parse()?, hash: hash.parse()?, length }))
        })
        .await
    }

    /// An upload ended, well or badly.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn upload_end(&self, id: UploadId) -> Result<(), VaultError> {
        self.durable(move |vault| {
            vault.execute("DELETE FROM uploads WHERE id = ?1", [id.to_string()])?;
            Ok(())
        })
        .await
    }

    /// Forgets the uploads that were begun before a moment, and names them.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn uploads_forget(&self, before: i64) -> Result<Vec<UploadId>, VaultError> {
        self.durable(move |vault| {
            let mut delete = vault.prepare("DELETE FROM uploads WHERE made_at < ?1 RETURNING id")?;
            let mut found = delete.query([before])?;
            let mut forgotten = Vec::new();
            while let Some(row) = found.next()? {
                let id: String = row.get(0)?;
                forgotten.push(id.parse()?);
            }
            Ok(forgotten)
        })
        .await
    }
}
