//! What is not in the log: secrets, sessions, unfinished uploads, the audit trail, and when devices were last
//! heard of. One SQLite file of its own, in every backup, whose rows can be erased.
//!
//! There are two connections. What must survive a power cut is written through the one that waits for the
//! disk; what is merely good to know (when a session was last used, when a device last called) through the
//! one that does not, because it is written on every request.

mod audit;
pub(crate) mod backups;
mod contacts;
mod device_tokens;
pub(crate) mod keys;
mod lost;
mod passwords;
mod returned;
mod schema;
mod sessions;
mod setup_code;
mod sign_ins;
mod token;
mod uploads;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rounds_shared::{envelope::SecretKey, ids::IdError};
use rusqlite::Connection;

pub use audit::{Action, AuditEntry, AuditFilter, AuditPage};
pub use contacts::Contact;
pub use lost::LostEntry;
pub use sessions::{Session, SessionLimits};
pub use setup_code::{SETUP_CODE_MS, SetupCode};
pub use sign_ins::{Attempt, FAILURES_MAX, LOCK_OUT_MS};
pub use token::Token;
pub use uploads::Announced;

/// The database of secrets and of what need not be in the log.
pub const VAULT_FILE: &str = "vault.db";
/// The server's key, backed up apart from everything else.
pub const SERVER_KEY_FILE: &str = "server.key";

/// The vault of one server. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    durable: Arc<Mutex<Connection>>,
    casual: Arc<Mutex<Connection>>,
    server_key: Arc<SecretKey>,
}

/// Why the vault did not do something.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// SQLite failed.
    #[error("vault cannot be read or written")]
    Sql(#[from] rusqlite::Error),
    /// A row holds what is no id.
    #[error("vault holds an id that is none")]
    Id(#[from] IdError),
    /// A row holds what this version cannot read.
    #[error("vault holds a {0} this version cannot read")]
    Unreadable(&'static str),
    /// The file was made by a later version.
    #[error("vault has schema {found}, this version knows {known}")]
    Later {
        /// What the file has.
        found: usize,
        /// What this version knows.
        known: usize,
    },
    /// The server's key cannot be read or made.
    #[error("server key cannot be read or made")]
    ServerKey(#[source] std::io::Error),
    /// The server's key file holds no key.
    #[error("{SERVER_KEY_FILE} holds no key (64 hexadecimal digits)")]
    ServerKeyMalformed,
    /// The machine has no randomness to give.
    #[error("no randomness")]
    Random(#[source] getrandom::Error),
    /// The work was interrupted by a shutdown or a panic.
    #[error("vault work was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
}

impl Vault {
    /// Opens the vault in a server's data folder, or makes it.
    ///
    /// # Errors
    /// When the file is not to be read or written, or was made by a later version.
    pub fn open(data: &Path) -> Result<Self, VaultError> {
        Self::keyed(data, keys::server_key(&data.join(SERVER_KEY_FILE))?)
    }

    /// The same, with a key that is kept elsewhere.
    ///
    /// # Errors
    /// When the file is not to be read or written, or was made by a later version.
    pub fn keyed(data: &Path, key: SecretKey) -> Result<Self, VaultError> {
        let path = data.join(VAULT_FILE);
        let durable = schema::open(&path, schema::Sync::Full)?;
        let casual = schema::open(&path, schema::Sync::Normal)?;
        Ok(Self {
            durable: Arc::new(Mutex::new(durable)),
            casual: Arc::new(Mutex::new(casual)),
            server_key: Arc::new(key),
        })
    }

    /// Whether a data folder has a vault.
    pub fn is_in(data: &Path) -> bool {
        data.join(VAULT_FILE).exists()
    }

    /// The key the server signs verdicts with.
    pub fn server_key(&self) -> &Arc<SecretKey> {
        &self.server_key
    }

    /// Work that is on disk when it is done, on the thread that asks for it: not one that answers.
    fn durable_here<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        here(&self.durable, work)
    }

    /// Reading, and work that a power cut may undo, on the thread that asks for it.
    fn casual_here<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        here(&self.casual, work)
    }

    /// Work that is on disk when it is done.
    async fn durable<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        on(self.durable.clone(), work).await
    }

    /// Reading, and work that a power cut may undo.
    async fn casual<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        on(self.casual.clone(), work).await
    }
}

async fn on<T: Send + 'static>(
    connection: Arc<Mutex<Connection>>,
    work: impl FnOnce(&mut Connection) -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    tokio::task::spawn_blocking(move || here(&connection, work)).await.map_err(VaultError::Interrupted)?
}

fn here<T>(
    connection: &Mutex<Connection>,
    work: impl FnOnce(&mut Connection) -> Result<T, VaultError>,
) -> Result<T, VaultError> {
    // Work that panicked rolled its transaction back: the connection is as good as before.
    work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner))
}

impl From<VaultError> for crate::error::ApiError {
    fn from(error: VaultError) -> Self {
        Self::internal(error)
    }
}

#[cfg(test)]
mod tests;
