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

use crate::{app::App, error::ApiError, log::LogError};

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

/// Takes back what the log has lost of it; what it has is passed over.
///
/// # Errors
/// When an entry is not this server's, or nothing could be read or written.
pub async fn take_back(app: &App, device: DeviceId, entries: Vec<SignedEntry>) -> Result<(), ApiError> {
    if entries.is_empty() {
        return Ok(());
    }
    let server = app.vault.server_key().public();
    if !entries.iter().all(|entry| entry.is_of(&server)) {
        return Err(ApiError::BadRequest("an entry is not signed by this server"));
    }
    // Whoever decides by what is in the registry waits for whoever does the same.
    let _registering = app.registering().await;
    let given_back = app.vault.given_back().await?;
    let (lost, mut since) = lost_of(app, entries)?;
    since.subjects.retain(|_, seq| !given_back.contains(seq));
    let (mut append, mut noted) = (Vec::new(), Vec::new());
    for entry in lost {
        let EntryBody::Registry(event) = entry.entry.parse() else { continue };
        if !since.events.insert(event_id(&entry.entry.body)) {
            continue;
        }
        let is_overtaken = event.subjects().iter().any(|subject| since.subjects.contains_key(subject));
        if is_overtaken {
            tracing::warn!(%device, epoch = %entry.epoch, seq = entry.entry.seq, "a returned entry is set aside");
            noted.push((entry, None));
        } else {
            append.push((entry, event));
        }
    }
    if !append.is_empty() {
        let (entries, events): (Vec<SignedEntry>, Vec<Event>) = append.into_iter().unzip();
        let last = app.intake.register(events).await.map_err(ApiError::internal)?;
        let first = last + 1 - entries.len() as u64;
        tracing::info!(%device, first, last, "entries that were lost are in the log again");
        noted.extend(entries.into_iter().zip(first..).map(|(entry, seq)| (entry, Some(seq))));
    }
    Ok(app.vault.returned(device, app.now_ms(), noted).await?)
}

/// What of the entries the log has lost, in their order, and what it says since the first restore that lost any.
fn lost_of(app: &App, mut entries: Vec<SignedEntry>) -> Result<(Vec<SignedEntry>, Since), ApiError> {
    let log = app.intake.log();
    app.readers
        .read(|connection| {
            // An epoch ends with the entry after which the next one begins.
            let epochs = log.epochs(connection)?;
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
                let rows = log.read_registry(connection, after, ROWS)?;
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
        })
        .map_err(ApiError::internal)
}
