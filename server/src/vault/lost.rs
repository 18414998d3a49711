//! What the logs before a restore had beyond their ends, as far as devices have proven it.

use std::collections::BTreeMap;

use rounds_shared::ids::{DeviceId, EnvelopeId, Epoch};
use rusqlite::params;

use super::{Vault, VaultError};

/// An entry of a log that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostEntry {
    /// Which log.
    pub epoch: Epoch,
    /// Its number there.
    pub seq: u64,
    /// The envelope it was; `None` for a registry event, which is only noted when it is here again.
    pub envelope: Option<EnvelopeId>,
}

impl Vault {
    /// Notes entries that there were; what is known is not changed.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub fn note_lost(&self, device: DeviceId, now: i64, entries: &[LostEntry]) -> Result<(), VaultError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.durable_here(|vault| {
            let transaction = vault.transaction()?;
            for LostEntry { epoch, seq, envelope } in entries {
                transaction
                    .prepare_cached(
                        "INSERT OR IGNORE INTO lost (epoch, seq, envelope, device, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                    )?
                    .execute(params![
                        epoch.as_bytes(),
                        seq,
                        envelope.as_ref().map(|envelope| envelope.as_bytes()),
                        device.to_string(),
                        now
                    ])?;
            }
            Ok(transaction.commit()?)
        })
    }

    /// Notes how far a log that ended went at least.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub fn note_reached(&self, epoch: Epoch, seq: u64) -> Result<(), VaultError> {
        self.durable_here(|vault| {
            vault.execute(
                "INSERT INTO reached (epoch, seq) VALUES (?1, ?2)
                 ON CONFLICT (epoch) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > seq",
                params![epoch.as_bytes(), seq],
            )?;
            Ok(())
        })
    }

    /// The entries there were, by log and number.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn lost(&self) -> Result<Vec<LostEntry>, VaultError> {
        self.casual_here(|vault| {
            let mut select = vault.prepare("SELECT epoch, seq, envelope FROM lost ORDER BY epoch, seq")?;
            let rows = select.query_map([], |row| {
                let envelope = row.get::<_, Option<[u8; 32]>>(2)?.map(EnvelopeId::new);
                Ok(LostEntry { epoch: Epoch::new(row.get(0)?), seq: row.get(1)?, envelope })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// How far the logs that ended went at least.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn reached(&self) -> Result<BTreeMap<Epoch, u64>, VaultError> {
        self.casual_here(|vault| {
            let mut select = vault.prepare("SELECT epoch, seq FROM reached")?;
            let rows = select.query_map([], |row| Ok((Epoch::new(row.get(0)?), row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
