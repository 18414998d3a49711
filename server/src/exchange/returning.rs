//! Registry entries that a restored log has lost, given back by devices that hold them with the server's signature.
//!
//! Each is appended again, unless a later entry has spoken of the same subject since the restore: an administrator's
//! decision of today is not overruled by one of last week. What is set aside is kept in the vault.

use std::collections::{BTreeMap, BTreeSet};

use rounds_shared::{
    ids::DeviceId,
    protocol::{EntryBody, SignedEntry, event_id},
    registry::Event,
};

use super::Exchange;
use crate::{error::ApiError, log::LogError, vault::LostEntry};

/// Rows read at a time.
const ROWS: usize = 1000;

/// What the log says of the registry since a restore.
#[derive(Default)]
struct Since {
    /// Its events, by id.
    events: BTreeSet<[u8; 32]>,
    /// Who spoke last of a subject.
    subjects: BTreeMap<String, u64>,
}

/// What of the returned entries is to be in the log again, and what is set aside.
pub struct Sorted {
    events: Vec<Event>,
    append: Vec<SignedEntry>,
    aside: Vec<SignedEntry>,
    /// All of them, and those that the log has already as another entry.
    here: Vec<LostEntry>,
}

impl Sorted {
    /// Takes the events that are to be registered, in their old order.
    pub fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
}

impl Exchange {
    /// Sorts what the log has lost of what came back; what it has is passed over. Nobody else may register anything
    /// between this and [`Exchange::returned`].
    ///
    /// # Errors
    /// When an entry is not this server's, or nothing could be read.
    pub fn sort_returned(&self, entries: Vec<SignedEntry>) -> Result<Sorted, ApiError> {
        let server = self.vault.server_key().public();
        if !entries.iter().all(|entry| entry.is_of(&server)) {
            return Err(ApiError::BadRequest("an entry is not signed by this server"));
        }
        let given_back = self.vault.given_back()?;
        let (lost, mut since) = self.lost_of(entries)?;
        since.subjects.retain(|_, seq| !given_back.contains(seq));
        let mut sorted =
            Sorted { events: Vec::new(), append: Vec::new(), aside: Vec::new(), here: Vec::new() };
        for entry in lost {
            let EntryBody::Registry(event) = entry.entry.parse() else { continue };
            sorted.here.push(LostEntry { epoch: entry.epoch, seq: entry.entry.seq, envelope: None });
            if !since.events.insert(event_id(&entry.entry.body)) {
                continue;
            }
            if event.subjects().iter().any(|subject| since.subjects.contains_key(subject)) {
                sorted.aside.push(entry);
            } else {
                sorted.events.push(event);
                sorted.append.push(entry);
            }
        }
        Ok(sorted)
    }

    /// Notes what became of it; `last` is the position of the last event that was registered.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub fn returned(
        &self,
        device: DeviceId,
        sorted: Sorted,
        last: Option<u64>,
        now: i64,
    ) -> Result<(), ApiError> {
        let Sorted { append, aside, here, .. } = sorted;
        for SignedEntry { epoch, entry } in &aside {
            tracing::warn!(%device, %epoch, seq = entry.seq, "a returned entry is set aside");
        }
        let mut noted: Vec<_> = aside.into_iter().map(|entry| (entry, None)).collect();
        if let Some(last) = last {
            let first = last + 1 - append.len() as u64;
            tracing::info!(%device, first, last, "entries that were lost are in the log again");
            noted.extend(append.into_iter().zip((first..).map(Some)));
        }
        self.vault.returned(device, now, &noted)?;
        Ok(self.vault.note_lost(device, now, &here)?)
    }

    /// What of the entries the log has lost, in their order, and what it says since the first restore that lost any.
    fn lost_of(&self, mut entries: Vec<SignedEntry>) -> Result<(Vec<SignedEntry>, Since), ApiError> {
        let look = |connection: &_| {
            // An epoch ends with the entry after which the next one begins.
            let epochs = self.log.epochs(connection)?;
            let end_of = |epoch| {
                let index = epochs.iter().position(|(known, _)| *known == epoch)?;
                epochs.get(index + 1).map(|(_, seq)| *seq)
            };
            entries.retain(|entry| end_of(entry.epoch).is_some_and(|end| entry.entry.seq > end));
            let order = |entry: &SignedEntry| {
                (epochs.iter().position(|(known, _)| *known == entry.epoch), entry.entry.seq)
            };
            entries.sort_by_key(order);
            let mut since = Since::default();
            let Some(mut after) = entries.iter().filter_map(|entry| end_of(entry.epoch)).min() else {
                return Ok((entries, since));
            };
            loop {
                let rows = self.log.read_registry(connection, after, ROWS)?;
                let Some(last) = rows.last() else { break };
                after = last.entry.seq;
                for row in &rows {
                    since.events.insert(event_id(&row.entry.body));
                    if let EntryBody::Registry(event) = row.entry.parse() {
                        let subjects = event.subjects().into_iter();
                        since.subjects.extend(subjects.map(|subject| (subject, row.entry.seq)));
                    }
                }
            }
            Ok::<_, LogError>((entries, since))
        };
        self.readers.read(look).map_err(ApiError::internal)
    }
}
