//! What devices gave back of entries that a restored log had lost. What a later entry had overtaken is kept here and
//! not written into the log again: a person may look at it.

use std::collections::BTreeSet;

use rounds_shared::{ids::DeviceId, protocol::SignedEntry};
use rusqlite::params;

use super::{Vault, VaultError};

impl Vault {
    /// Notes what came back: which entry it is now, or that it was set aside.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub fn returned(
        &self,
        device: DeviceId,
        now: i64,
        entries: &[(SignedEntry, Option<u64>)],
    ) -> Result<(), VaultError> {
        self.durable_here(|vault| {
            let transaction = vault.transaction()?;
            for (SignedEntry { epoch, entry }, appended) in entries {
                transaction
                    .prepare_cached(
                        "INSERT OR IGNORE INTO returned (epoch, seq, device, at, body, appended)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    )?
                    .execute(params![
                        epoch.as_bytes(),
                        entry.seq,
                        device.to_string(),
                        now,
                        entry.body,
                        appended
                    ])?;
            }
            Ok(transaction.commit()?)
        })
    }

    /// The entries of the log that were given back.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn given_back(&self) -> Result<BTreeSet<u64>, VaultError> {
        self.casual_here(|vault| {
            let mut select =
                vault.prepare_cached("SELECT appended FROM returned WHERE appended IS NOT NULL")?;
            let rows = select.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
