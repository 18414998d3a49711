//! The server's own signing key, and the keys it keeps for the console's users.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use data_encoding::HEXLOWER;
use rounds_shared::{envelope::SecretKey, ids::UserId};
use rusqlite::{OptionalExtension as _, params};

use super::{Vault, VaultError, token::random};

impl Vault {
    /// The key of a user's console device; made on his first write.
    ///
    /// # Errors
    /// When the vault cannot be read or written.
    pub async fn console_key(&self, user: UserId) -> Result<SecretKey, VaultError> {
        let made: [u8; 32] = random()?;
        self.durable(move |vault| {
            let user = user.to_string();
            vault.execute(
                "INSERT INTO console_keys (user, seed) VALUES (?1, ?2) ON CONFLICT (user) DO NOTHING",
                params![user, made],
            )?;
            let seed = vault
                .query_row("SELECT seed FROM console_keys WHERE user = ?1", [user], |row| row.get(0))
                .optional()?
                .ok_or(VaultError::Unreadable("console key"))?;
            Ok(SecretKey::new(seed))
        })
        .await
    }
}

/// Reads the server's key, or makes it when there is none. It is a file of its own because it is backed up
/// apart from the log: whoever has both can write history.
pub(super) fn server_key(path: &Path) -> Result<SecretKey, VaultError> {
    match read(path)? {
        Some(key) => Ok(key),
        None => {
            let key = SecretKey::new(random()?);
            write_once(path, &key).map_err(VaultError::ServerKey)?;
            Ok(key)
        }
    }
}

/// Reads a key's file, or its backup; `None` when there is none.
///
/// # Errors
/// When it cannot be read, or holds no key.
pub(crate) fn read(path: &Path) -> Result<Option<SecretKey>, VaultError> {
    match std::fs::read_to_string(path) {
        Ok(text) => HEXLOWER
            .decode(text.trim().as_bytes())
            .ok()
            .and_then(|seed| seed.try_into().ok())
            .map(|seed| Some(SecretKey::new(seed)))
            .ok_or(VaultError::ServerKeyMalformed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(VaultError::ServerKey(error)),
    }
}

/// Writes the key beside its place and moves it there, so that no crash leaves half a key.
pub(crate) fn write_once(path: &Path, key: &SecretKey) -> io::Result<()> {
    let beside = path.with_extension("new");
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    writeln!(file, "{}", HEXLOWER.encode(&key.to_bytes()))?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
