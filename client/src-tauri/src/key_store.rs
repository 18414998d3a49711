//! The system's key store: Keychain, Credential Manager, Secret Service. Phones have one too, but this crate has not been
//! tried on any: there the PIN guards the key.

use keyring::{Entry, Error};
use rounds_client_core::{Failure, KeptKey, KeyStore};

/// What the entries are filed under.
const SERVICE: &str = "app.rounds.inspector";

/// Asks the system.
pub(crate) struct SystemKeyStore;

impl KeyStore for SystemKeyStore {
    fn put(&self, name: &str, key: &[u8; 32]) -> Result<(), Failure> {
        entry(name)?.set_secret(key).map_err(|_| Failure::KeyStoreFailed)
    }

    fn get(&self, name: &str) -> Result<Option<KeptKey>, Failure> {
        match entry(name)?.get_secret() {
            // Of another length it is not what was kept.
            Ok(secret) => Ok(secret.try_into().ok().map(KeptKey::new)),
            Err(Error::NoEntry) => Ok(None),
            Err(_) => Err(Failure::KeyStoreFailed),
        }
    }

    fn remove(&self, name: &str) -> Result<(), Failure> {
        match entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(_) => Err(Failure::KeyStoreFailed),
        }
    }
}

fn entry(name: &str) -> Result<Entry, Failure> {
    Entry::new(SERVICE, name).map_err(|_| Failure::KeyStoreFailed)
}
