//! Tokens: 32 random bytes that prove who is asking. The vault keeps only their hash.

use data_encoding::HEXLOWER;

use super::VaultError;

/// A token as its holder has it. It is shown to him once and never logged.
pub struct Token([u8; 32]);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn random() -> Result<Self, VaultError> {
        random().map(Self)
    }

    /// Reads the text form; `None` when it is not one, and then it cannot be anybody's token.
    pub fn parse(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok()).map(Self)
    }

    /// The text form, for the cookie or the bearer header.
    pub fn reveal(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// What the vault keeps. A token is random enough that a plain hash cannot be guessed back.
    pub(super) fn hash(&self) -> [u8; 32] {
        blake3::derive_key("rounds v1 token", &self.0)
    }
}

/// So many random bytes.
pub(super) fn random<const BYTES: usize>() -> Result<[u8; BYTES], VaultError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(VaultError::Random)?;
    Ok(bytes)
}
