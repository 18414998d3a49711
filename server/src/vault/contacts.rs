//! When a device was last heard of, and what it said of itself. Losing the last of it in a power cut costs
//! nothing: the device says it again.

use std::collections::BTreeMap;

use rounds_shared::ids::DeviceId;
use rusqlite::{OptionalExtension as _, Row, params};

use super::{Vault, VaultError};

/// What a device said when it last called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// When, by the server's clock in milliseconds.
    pub last_contact: i64,
    /// The app's version.
    pub version: String,
    /// The highest envelope number it has made, delivered or not.
    pub n_made: u64,
    /// The highest log position it has confirmed by asking for what comes after.
    pub confirmed: u64,
    /// How far its clock is ahead of the server's, in milliseconds; negative when behind.
    pub clock_skew_ms: i64,
    /// Since when it has held something at every call that had not come, by the server's clock in milliseconds; none when
    /// everything had.
    pub unsent_since: Option<i64>,
    /// When it was last told to erase itself.
    pub wiped_at: Option<i64>,
}

impl Vault {
    /// Notes what a device said. What it once confirmed stays confirmed, and what it has held it has held since.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub fn contact(&self, device: DeviceId, contact: &Contact) -> Result<(), VaultError> {
        self.casual_here(|vault| {
            vault
                .prepare_cached(
                    "INSERT INTO contacts
                     (device, last_contact, version, n_made, confirmed, clock_skew_ms, unsent_since, wiped_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                     ON CONFLICT (device) DO UPDATE SET last_contact = excluded.last_contact,
                         version = excluded.version, n_made = excluded.n_made,
                         confirmed = max(confirmed, excluded.confirmed),
                         clock_skew_ms = excluded.clock_skew_ms,
                         unsent_since = min(excluded.unsent_since, coalesce(unsent_since, excluded.unsent_since)),
                         wiped_at = coalesce(excluded.wiped_at, wiped_at)",
                )?
                .execute(params![
                    device.to_string(),
                    contact.last_contact,
                    contact.version,
                    stored(contact.n_made),
                    stored(contact.confirmed),
                    contact.clock_skew_ms,
                    contact.unsent_since,
                    contact.wiped_at,
                ])?;
            Ok(())
        })
    }

    /// What a device said last.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn contact_of(&self, device: DeviceId) -> Result<Option<Contact>, VaultError> {
        self.casual_here(|vault| {
            let mut select =
                vault.prepare_cached(&format!("SELECT {COLUMNS} FROM contacts WHERE device = ?1"))?;
            Ok(select.query_row([device.to_string()], |row| read(row, 0)).optional()?)
        })
    }

    /// What every device said last.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub async fn contacts(&self) -> Result<BTreeMap<DeviceId, Contact>, VaultError> {
        self.casual(|vault| {
            let mut select = vault.prepare_cached(&format!("SELECT device, {COLUMNS} FROM contacts"))?;
            let mut found = select.query([])?;
            let mut contacts = BTreeMap::new();
            while let Some(row) = found.next()? {
                let device: String = row.get(0)?;
                contacts.insert(device.parse()?, read(row, 1)?);
            }
            Ok(contacts)
        })
        .await
    }
}

const COLUMNS: &str = "last_contact, version, n_made, confirmed, clock_skew_ms, unsent_since, wiped_at";

fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Contact> {
    Ok(Contact {
        last_contact: row.get(first)?,
        version: row.get(first + 1)?,
        n_made: row.get(first + 2)?,
        confirmed: row.get(first + 3)?,
        clock_skew_ms: row.get(first + 4)?,
        unsent_since: row.get(first + 5)?,
        wiped_at: row.get(first + 6)?,
    })
}

/// A device may claim any number; SQLite's integers end at 2^63.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
