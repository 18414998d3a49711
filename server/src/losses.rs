//! What restores have lost, as far as anybody knows. The log of today ends with the backup, and only who holds the
//! server's own signature can say what came after it: receipts of the author's device, the places of envelopes and the
//! registry events that other devices were sent, and the sealed cursors of all. Nothing here is believed without one.

use std::{collections::BTreeMap, ops::RangeInclusive, path::Path};

use rounds_shared::{
    ids::{DeviceId, EnvelopeId, Epoch},
    protocol::{Ended, EntryBody},
    registry::{DeviceKind, Registry},
};
use rusqlite::Connection;

use crate::{
    app::LOG_FILE,
    log::{self, Log, LogError},
    vault::{Vault, VaultError},
};

/// Rows read at a time.
const ROWS: usize = 1000;

/// What became of a log that ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Loss {
    /// Which log.
    pub epoch: Epoch,
    /// Its last entry that the log of today has, too.
    pub after: u64,
    /// How far it went at least.
    pub reached: u64,
    /// How many of its entries beyond are here again.
    pub back: u64,
    /// Receipts that were shown and cannot be satisfied: the envelope has not come.
    pub unsatisfied: Vec<(u64, EnvelopeId)>,
    /// Numbers that nobody has shown anything of.
    pub unknown: Vec<RangeInclusive<u64>>,
}

/// A device that has not called since the last restore: what it holds may be among what is missing.
#[derive(Debug, PartialEq, Eq)]
pub struct Silent {
    /// The device.
    pub device: DeviceId,
    /// What its owner calls it.
    pub name: String,
    /// Its owner's name.
    pub owner: String,
}

/// All of it, for whoever restored.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// By log, in the order they ended.
    pub logs: Vec<Loss>,
    /// Who has not called.
    pub silent: Vec<Silent>,
}

impl Losses {
    /// Whether nothing that is known of is missing, and everybody has been asked.
    pub fn is_all_back(&self) -> bool {
        let is_back = |loss: &Loss| loss.unsatisfied.is_empty() && loss.unknown.is_empty();
        self.logs.iter().all(is_back) && self.silent.is_empty()
    }
}

/// Why it cannot be said.
#[derive(Debug, thiserror::Error)]
pub enum LossesError {
    /// The log.
    #[error("the log cannot be read")]
    Log(#[from] LogError),
    /// The vault.
    #[error("the vault cannot be read")]
    Vault(#[from] VaultError),
}

/// The logs before this one, in the order they ended.
///
/// # Errors
/// When the log cannot be read.
pub fn ended(connection: &Connection, log: &Log) -> Result<Vec<Ended>, LogError> {
    let epochs = log.epochs(connection)?;
    let pairs = epochs.iter().zip(epochs.iter().skip(1));
    Ok(pairs.map(|((epoch, _), (_, seq))| Ended { epoch: *epoch, seq: *seq }).collect())
}

/// What a server's restores have lost and what of it is back. The server may be running.
///
/// # Errors
/// When log or vault cannot be read.
pub async fn losses(data: &Path) -> Result<Losses, LossesError> {
    let vault = Vault::open(data)?;
    let connection = log::open(&data.join(LOG_FILE))?;
    let Some(city) = log::city(&connection)? else { return Ok(Losses::default()) };
    let log = Log::find(&connection, &city, Epoch::new([0; 16]))?;
    let (lost, reached) = (vault.lost()?, vault.reached()?);
    let mut losses = Losses::default();
    for Ended { epoch, seq: after } in ended(&connection, &log)? {
        let shown = lost.iter().filter(|entry| entry.epoch == epoch && entry.seq > after);
        let shown: BTreeMap<u64, Option<EnvelopeId>> =
            shown.map(|entry| (entry.seq, entry.envelope)).collect();
        let reached = reached.get(&epoch).copied().max(shown.keys().next_back().copied());
        let mut loss = Loss {
            epoch,
            after,
            reached: reached.unwrap_or(after).max(after),
            back: 0,
            unsatisfied: Vec::new(),
            unknown: Vec::new(),
        };
        let mut next = after + 1;
        for (seq, envelope) in shown {
            if next < seq {
                loss.unknown.push(next..=seq - 1);
            }
            next = seq + 1;
            match envelope {
                Some(envelope) if log.of_envelope(&connection, envelope)?.is_none() => {
                    loss.unsatisfied.push((seq, envelope));
                }
                Some(_) | None => loss.back += 1,
            }
        }
        if next <= loss.reached {
            loss.unknown.push(next..=loss.reached);
        }
        losses.logs.push(loss);
    }
    if !losses.logs.is_empty() {
        losses.silent = silent(&vault, &connection, &log).await?;
    }
    Ok(losses)
}

/// The phones that have not called since the log of today began.
async fn silent(vault: &Vault, connection: &Connection, log: &Log) -> Result<Vec<Silent>, LossesError> {
    let began_at = log.began_at(connection)?;
    let contacts = vault.contacts().await?;
    let registry = registry(connection, log)?;
    let phones = registry.devices().filter(|device| device.kind == DeviceKind::Phone);
    let has_called = |device| contacts.get(&device).is_some_and(|contact| contact.last_contact >= began_at);
    let silent = phones.filter(|device| !has_called(device.id)).map(|device| Silent {
        device: device.id,
        name: device.name.clone(),
        owner: registry.user(device.user).map(|user| user.name.clone()).unwrap_or_default(),
    });
    Ok(silent.collect())
}

fn registry(connection: &Connection, log: &Log) -> Result<Registry, LogError> {
    let (mut registry, mut after) = (Registry::default(), 0);
    loop {
        let rows = log.read_registry(connection, after, ROWS)?;
        let Some(last) = rows.last() else { return Ok(registry) };
        after = last.entry.seq;
        for row in &rows {
            if let EntryBody::Registry(event) = row.entry.parse() {
                registry.apply(row.entry.seq, row.entry.at, &event);
            }
        }
    }
}
