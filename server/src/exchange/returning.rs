//! Registry entries that a restored log has lost, given back by devices that hold them with the server's signature.
//!
//! Each is appended again, unless a later entry has spoken of the same subject since the restore: an administrator's
//! decision of today is not overruled by one of last week. What is set aside is kept in the vault.
//!
//! A log that was restored twice from one backup does not know the epoch between the two. What was signed in it was said
//! all the same; when, its own time tells.

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
    /// Who spoke last of a subject: which entry, and when.
    subjects: BTreeMap<String, (u64, i64)>,
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
        since.subjects.retain(|_, (seq, _)| !given_back.contains(seq));
        let mut sorted =
            Sorted { events: Vec::new(), append: Vec::new(), aside: Vec::new(), here: Vec::new() };
        for Lost { entry, is_of_known_epoch } in lost {
            let EntryBody::Registry(event) = entry.entry.parse() else { continue };
            sorted.here.push(LostEntry { epoch: entry.epoch, seq: entry.entry.seq, envelope: None });
            if !since.events.insert(event_id(&entry.entry.body)) {
                continue;
            }
            let is_later = |at: i64| is_of_known_epoch || at > entry.entry.at;
            let spoken = |subject| since.subjects.get(subject).is_some_and(|(_, at)| is_later(*at));
            if event.subjects().iter().any(spoken) {
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
    fn lost_of(&self, entries: Vec<SignedEntry>) -> Result<(Vec<Lost>, Since), ApiError> {
        let look = |connection: &_| {
            let epochs = self.log.epochs(connection)?;
            let number = |epoch| epochs.iter().position(|(known, _)| *known == epoch);
            // An epoch ends with the entry after which the next one begins; one that is not known has been lost as a
            // whole, by some restore.
            let begins = |index: usize| epochs.get(index).map(|(_, seq)| *seq);
            let end_of = |epoch| begins(number(epoch).map_or(1, |index| index + 1));
            let mut lost: Vec<Lost> = entries
                .into_iter()
                .map(|entry| Lost { is_of_known_epoch: number(entry.epoch).is_some(), entry })
                .filter(|Lost { entry, is_of_known_epoch }| {
                    end_of(entry.epoch).is_some_and(|end| !is_of_known_epoch || entry.entry.seq > end)
                })
                .collect();
            lost.sort_by_key(|Lost { entry, is_of_known_epoch }| {
                (!is_of_known_epoch, number(entry.epoch), entry.entry.at, entry.entry.seq)
            });
            let mut since = Since::default();
            let restored = lost.iter().filter_map(|one| end_of(one.entry.epoch)).min();
            let Some(restored) = restored else { return Ok((lost, since)) };
            // What was signed in an unknown epoch may be older than it, and in the log.
            let mut after = if lost.iter().all(|one| one.is_of_known_epoch) { restored } else { 0 };
            loop {
                let rows = self.log.read_registry(connection, after, ROWS)?;
                let Some(last) = rows.last() else { break };
                after = last.entry.seq;
                for row in &rows {
                    since.events.insert(event_id(&row.entry.body));
                    if let EntryBody::Registry(event) = row.entry.parse()
                        && row.entry.seq > restored
                    {
                        let said = (row.entry.seq, row.entry.at);
                        since.subjects.extend(event.subjects().into_iter().map(|subject| (subject, said)));
                    }
                }
            }
            Ok::<_, LogError>((lost, since))
        };
        self.readers.read(look).map_err(ApiError::internal)
    }
}

/// An entry that the log has lost.
struct Lost {
    entry: SignedEntry,
    is_of_known_epoch: bool,
}
