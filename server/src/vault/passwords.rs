//! The hashes of passwords. Hashing and comparing is [`crate::auth`]'s.

use rounds_shared::ids::UserId;
use rusqlite::{OptionalExtension as _, params};

use super::{Vault, VaultError};

impl Vault {
    /// The hash of a user's password, as a PHC string.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub async fn password(&self, user: UserId) -> Result<Option<String>, VaultError> {
        self.casual(move |vault| {
            let hash = vault
                .query_row("SELECT hash FROM passwords WHERE user = ?1", [user.to_string()], |row| row.get(0))
                .optional()?;
            Ok(hash)
        })
        .await
    }

    /// Sets the hash of a user's password.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn password_set(&self, user: UserId, hash: String, at: i64) -> Result<(), VaultError> {
        self.durable(move |vault| {
            vault.execute(
                "INSERT INTO passwords (user, hash, changed_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (user) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at",
                params![user.to_string(), hash, at],
            )?;
            Ok(())
        })
        .await
    }
}
