//! The one-time code with which the first administrator is made.

use rusqlite::{OptionalExtension as _, params};

use super::{Vault, VaultError, token::random};

/// How long a code is good, in milliseconds.
pub const SETUP_CODE_MS: i64 = 24 * 60 * 60 * 1000;

/// Digits and letters that nobody mistakes for each other when he reads them from a screen.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const LETTERS: usize = 12;
const GROUP: usize = 4;

/// A code as it is shown, once.
pub struct SetupCode(String);

impl SetupCode {
    /// The code to show.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn random() -> Result<Self, VaultError> {
        let bytes: [u8; LETTERS] = random()?;
        let letters: Vec<u8> = bytes.iter().map(|byte| ALPHABET[usize::from(byte % 32)]).collect();
        let groups: Vec<_> = letters.chunks(GROUP).map(String::from_utf8_lossy).collect();
        Ok(Self(groups.join("-")))
    }
}

impl Vault {
    /// Makes a new code; an earlier one ends.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn setup_code_make(&self, now: i64) -> Result<SetupCode, VaultError> {
        let code = SetupCode::random()?;
        let hash = hash(code.reveal());
        self.durable(move |vault| {
            vault.execute(
                "INSERT INTO setup_code (only, code, expires_at) VALUES (1, ?1, ?2)
                 ON CONFLICT (only) DO UPDATE SET code = excluded.code, expires_at = excluded.expires_at",
                params![hash, now.saturating_add(SETUP_CODE_MS)],
            )?;
            Ok(())
        })
        .await?;
        Ok(code)
    }

    /// Whether this is the code and it is still good.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub async fn setup_code_is(&self, code: &str, now: i64) -> Result<bool, VaultError> {
        let hash = hash(code);
        self.casual(move |vault| {
            let kept: Option<(blake3::Hash, i64)> = vault
                .query_row("SELECT code, expires_at FROM setup_code", [], |row| {
                    Ok((row.get::<_, [u8; 32]>(0)?.into(), row.get(1)?))
                })
                .optional()?;
            // Comparing two blake3::Hash takes the same time wherever they differ.
            Ok(kept.is_some_and(|(kept, expires_at)| kept == hash && now < expires_at))
        })
        .await
    }

    /// The code has done its work.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn setup_code_spend(&self) -> Result<(), VaultError> {
        self.durable(|vault| {
            vault.execute("DELETE FROM setup_code", [])?;
            Ok(())
        })
        .await
    }

    /// Whether the vault has nobody's password yet, so that the first administrator is still to be made.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub async fn is_untouched(&self) -> Result<bool, VaultError> {
        self.casual(|vault| {
            Ok(vault.query_row("SELECT NOT EXISTS (SELECT 1 FROM passwords)", [], |row| row.get(0))?)
        })
        .await
    }
}

/// However it was typed: case, hyphens and spaces do not matter.
fn hash(code: &str) -> [u8; 32] {
    let plain: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    blake3::derive_key("rounds v1 setup code", plain.as_bytes())
}
