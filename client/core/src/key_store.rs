//! The system's key store, as far as it is needed here. Which one it is the shell says.

use zeroize::Zeroizing;

use crate::{failure::Failure, key::KEY_BYTES};

/// A key as it is kept; wiped from memory when dropped.
pub type KeptKey = Zeroizing<[u8; KEY_BYTES]>;

/// Keeps keys by name, out of reach of whoever only has the files.
pub trait KeyStore: Send + Sync {
    /// Keeps a key.
    ///
    /// # Errors
    /// When there is no key store, or it will not.
    fn put(&self, name: &str, key: &[u8; KEY_BYTES]) -> Result<(), Failure>;

    /// A key that was kept; none when it is not there any more.
    ///
    /// # Errors
    /// When the key store cannot be asked.
    fn get(&self, name: &str) -> Result<Option<KeptKey>, Failure>;

    /// Forgets a key.
    ///
    /// # Errors
    /// When the key store cannot be asked.
    fn remove(&self, name: &str) -> Result<(), Failure>;
}

/// A system that keeps no keys.
pub struct NoKeyStore;

impl KeyStore for NoKeyStore {
    fn put(&self, _: &str, _: &[u8; KEY_BYTES]) -> Result<(), Failure> {
        Err(Failure::KeyStoreFailed)
    }

    fn get(&self, _: &str) -> Result<Option<KeptKey>, Failure> {
        Err(Failure::KeyStoreFailed)
    }

    fn remove(&self, _: &str) -> Result<(), Failure> {
        Err(Failure::KeyStoreFailed)
    }
}
