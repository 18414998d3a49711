//! The bearer tokens of devices. A device has one; enrolling it again replaces it.

use rounds_shared::ids::DeviceId;
use rusqlite::{OptionalExtension as _, params};

use super::{Token, Vault, VaultError};

impl Vault {
    /// Makes a device's token; an earlier one ends.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn device_token_make(&self, device: DeviceId, now: i64) -> Result<Token, VaultError> {
        let token = Token::random()?;
        let hash = token.hash();
        self.durable(move |vault| {
            vault.execute(
                "INSERT INTO device_tokens (token, device, made_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (device) DO UPDATE SET token = excluded.token, made_at = excluded.made_at",
                params![hash, device.to_string(), now],
            )?;
            Ok(())
        })
        .await?;
        Ok(token)
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub async fn device_of(&self, token: &Token) -> Result<Option<DeviceId>, VaultError> {
        let hash = token.hash();
        self.casual(move |vault| {
            let device: Option<String> = vault
                .query_row("SELECT device FROM device_tokens WHERE token = ?1", [hash], |row| row.get(0))
                .optional()?;
            Ok(device.map(|device| device.parse()).transpose()?)
        })
        .await
    }
}
