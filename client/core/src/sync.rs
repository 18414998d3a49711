//! One round trip, without the network: [`Device::request`] says what to send, [`Device::receive`] takes what came
//! back. Every step is idempotent and a transaction, so a connection may break anywhere.

use std::collections::BTreeSet;

use rounds_shared::{
    envelope::{PublicKey, Signed, Verified},
    ids::{DocId, Epoch},
    protocol::{
        Dictionary, Entry, EntryBody, HeldReason, Judgement, Outcome, Own, PROTOCOL_VERSION,
        SNAPSHOT_VERSION, SignedSnapshot, SignedVerdict, Snapshot, SyncReply, SyncRequest, Verdict, Wipe,
        limits::{PAGE_BYTES_MAX, REQUEST_ENVELOPES_MAX},
    },
    registry::Event,
};
use rusqlite::Connection;

use crate::{
    device::{Device, ListRow},
    failure::Failure,
    store::{
        self,
        outbox::{OutboxState, Said, Standing},
        progress::Progress,
        snapshots::Kept,
    },
};

/// Bytes of envelopes in one request: half of what a message may weigh, so that one more envelope always fits.
const REQUEST_BYTES_MAX: usize = PAGE_BYTES_MAX;
/// A page of entries that a slow connection still gets through.
const PAGE_BYTES: u32 = 1024 * 1024;
/// A supervisor ruled against an envelope 不予采用.
const DISMISSED: &str = "ruling_dismissed";

/// What a reply brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    /// Whether there is another page.
    pub(crate) more: bool,
    /// How many verdicts were in it.
    pub(crate) verdicts: usize,
    /// Whether areas, people, templates or assignments changed.
    pub(crate) registry: bool,
    /// Whether the server told this device, which was revoked, to erase itself.
    pub(crate) is_to_erase: bool,
    /// The inspections whose envelopes were judged, or that were forgotten.
    pub(crate) documents: BTreeSet<DocId>,
}

impl Device {
    /// Packs what waits and says what to send.
    pub(crate) fn request(&mut self, now: i64) -> Result<SyncRequest, Failure> {
        self.pack(now)?;
        let connection = self.store.read();
        let last = store::outbox::last(connection)?;
        let envelopes = store::outbox::waiting(connection, REQUEST_ENVELOPES_MAX, REQUEST_BYTES_MAX)?;
        Ok(SyncRequest {
            protocol: self.protocol,
            cursor: store::progress::load(connection)?.cursor,
            own: last.map(|(n, id)| Own { n, id }),
            envelopes: envelopes.into_iter().map(Into::into).collect(),
            page_bytes_max: PAGE_BYTES,
            clock: now,
            app: env!("CARGO_PKG_VERSION").to_owned(),
            n_made: last.map_or(0, |(n, _)| n),
            snapshots: Some(SNAPSHOT_VERSION),
        })
    }

    /// What a request may be packed with: the genesis of its first document, if the server has it too.
    pub(crate) fn dictionary(&self, request: &SyncRequest) -> Option<Dictionary> {
        let envelope = Verified::from_log(request.envelopes.first()?.to_vec()).ok()?;
        let doc = envelope.body().doc;
        Dictionary::of_genesis(doc, &self.registry.assignment_of(doc)?.genesis.to_vec())
    }

    /// Whether anything waits to be sent.
    pub(crate) fn has_waiting(&self) -> Result<bool, Failure> {
        let connection = self.store.read();
        Ok(!store::outbox::waiting(connection, 1, 0)?.is_empty()
            || store::changes::count_unpacked(connection, None)? > 0)
    }

    /// Takes a reply: all of it is on disk, entries and verdicts before the cursor, or nothing is.
    pub(crate) fn receive(
        &mut self,
        now: i64,
        request: &SyncRequest,
        reply: &SyncReply,
    ) -> Result<Received, Failure> {
        let server = self.identity()?.server_key;
        let new_version = match &reply.server {
            Some(said) if said.key != server => return Err(Failure::ServerKeyChanged),
            Some(said) if said.version != self.identity()?.server_version => Some(said.version.clone()),
            Some(_) | None => None,
        };
        let verdicts = reply
            .verdicts
            .iter()
            .map(|signed| signed.verify(&server).map(|verdict| (signed, verdict)))
            .collect::<Option<Vec<(&SignedVerdict, Verdict)>>>()
            .ok_or(Failure::ServerKeyChanged)?;
        let snapshots = self.verified(&server, &reply.snapshots)?;
        let before = store::progress::load(self.store.read())?;
        let epoch = reply.epoch.or(before.epoch);
        let restored = before.epoch.is_some() && before.epoch != epoch;
        let after = Progress {
            cursor: Some(reply.cursor.clone()),
            epoch,
            backed_up: reply.backed_up,
            photos_backed_up: reply.photos_backed_up.unwrap_or_default(),
            skew_ms: Some(now.saturating_sub(reply.server_time)),
            last_success: before.last_success,
            repair_due: before.repair_due || restored,
            // A device that begins has nothing to compare yet: its first week counts from now.
            repaired_at: before.repaired_at.or(Some(now)),
        };
        let entries: Vec<(&Entry, EntryBody)> =
            reply.entries.iter().map(|entry| (entry, entry.parse())).collect();
        let (documents, forgotten, is_pruned) = self.store.write(|transaction| {
            if restored {
                store::entries::keep_before(transaction)?;
                store::proofs::keep_before(transaction)?;
                store::outbox::retry_all(transaction)?;
                store::room::begin_again(transaction)?;
            }
            if let Some(version) = &new_version {
                // It may take what the one before refused.
                store::outbox::retry_refused(transaction)?;
                store::photos::retry_refused(transaction)?;
                store::identity::set_server_version(transaction, version)?;
            }
            let mut documents = BTreeSet::new();
            for ((signed, verdict), sent) in verdicts.iter().zip(&request.envelopes) {
                documents.extend(judge(transaction, sent, signed, verdict)?);
            }
            for (entry, body) in &entries {
                documents.extend(keep(transaction, epoch, entry, body)?);
            }
            for (snapshot, row) in &snapshots {
                keep_snapshot(transaction, epoch, snapshot, row.as_ref())?;
                documents.insert(snapshot.doc);
            }
            let mut is_pruned = !reply.more && store::entries::keep_only(transaction, epoch)?;
            is_pruned |= !reply.more && !after.repair_due && store::entries::forget_before(transaction)?;
            for hash in &reply.photos_missing {
                store::photos::set_delivered(transaction, *hash, false)?;
            }
            reply.forget.iter().try_for_each(|doc| store::leaving::put(transaction, *doc))?;
            let forgotten = forget(transaction)?;
            is_pruned |= store::entries::forget_assignments(transaction, &forgotten)?;
            documents.extend(&forgotten);
            documents.iter().try_for_each(|doc| store::cases::set_unfolded(transaction, *doc))?;
            store::progress::save(transaction, &after)?;
            Ok((documents, forgotten, is_pruned))
        })?;
        if let (Some(identity), Some(version)) = (&mut self.identity, new_version) {
            identity.server_version = version;
            // It may speak as this app does.
            self.protocol = PROTOCOL_VERSION;
        }
        forgotten.iter().for_each(|doc| self.discard(*doc));
        let registry = self.fold_in(restored || is_pruned, &entries)?;
        // Only now it is known whose the devices are.
        self.fold_cases()?;
        let device = self.identity()?.device;
        let is_for_us = |wipe: &Wipe| epoch.is_some_and(|epoch| wipe.is_for(device, epoch, &server));
        let is_to_erase = reply.wipe.as_ref().is_some_and(is_for_us);
        Ok(Received { more: reply.more, verdicts: verdicts.len(), registry, is_to_erase, documents })
    }

    /// The snapshots of a reply, each with its row. One that this server did not sign is none.
    fn verified(
        &self,
        server: &PublicKey,
        signed: &[SignedSnapshot],
    ) -> Result<Vec<(Snapshot, Option<ListRow>)>, Failure> {
        signed
            .iter()
            .map(|signed| {
                let snapshot = signed.verify(server).ok_or(Failure::ServerKeyChanged)?;
                let row = self.row_of_snapshot(&snapshot)?;
                Ok((snapshot, row))
            })
            .collect()
    }

    /// Applies the registry events of a page; says whether there were any.
    fn fold_in(&mut self, afresh: bool, entries: &[(&Entry, EntryBody)]) -> Result<bool, Failure> {
        let events: Vec<(u64, i64, &Event)> = entries
            .iter()
            .filter_map(|(entry, body)| match body {
                EntryBody::Registry(event) => Some((entry.seq, entry.at, event)),
                EntryBody::Envelope(..)
                | EntryBody::Ruling(_)
                | EntryBody::Release(_)
                | EntryBody::Later(_) => None,
            })
            .collect();
        let follows = events.iter().all(|(seq, ..)| *seq > self.registry.position());
        if afresh || !follows {
            self.refold()?;
            return Ok(true);
        }
        for (seq, at, event) in &events {
            self.registry.apply(*seq, *at, event);
        }
        Ok(!events.is_empty())
    }
}

/// Keeps a verdict; the document it is about.
fn judge(
    connection: &Connection,
    sent: &[u8],
    signed: &SignedVerdict,
    verdict: &Verdict,
) -> rusqlite::Result<Option<DocId>> {
    let (state, reason, seq) = match &verdict.outcome {
        Outcome::Receipt { seq, .. } => (OutboxState::Delivered, None, Some(*seq)),
        Outcome::Held { seq, reason, .. } => (OutboxState::Held, Some(reason.code()), Some(*seq)),
        Outcome::Refused { reason } => (OutboxState::Refused, Some(reason.code()), None),
        // Kept there or not, this version cannot tell: it stays here, and a newer app asks again as soon as it opens it.
        Outcome::Later => (OutboxState::Held, Some(HeldReason::Later(0).code()), None),
    };
    let said = Said { state, reason, seq, verdict: &signed.to_bytes() };
    if state == OutboxState::Delivered
        && let Some(bytes) = store::outbox::rejoin(connection, verdict.envelope)?
    {
        take_in(connection, &bytes)?;
    }
    if let Outcome::Receipt { seq, .. } = &verdict.outcome {
        store::cases::merged(connection, sent, *seq)?;
    }
    store::outbox::judge(connection, verdict.envelope, sent, &said)
}

/// Keeps an entry in its original bytes; the own document it is about, if it is.
fn keep(
    connection: &Connection,
    epoch: Option<Epoch>,
    entry: &Entry,
    body: &EntryBody,
) -> rusqlite::Result<Option<DocId>> {
    match body {
        EntryBody::Registry(Event::AssignmentMade(assignment)) => {
            // It came into sight again before it was forgotten.
            store::leaving::remove(connection, assignment.doc())?;
            store::entries::put(connection, epoch, entry).map(|()| None)
        }
        EntryBody::Registry(_) | EntryBody::Later(_) => {
            store::entries::put(connection, epoch, entry).map(|()| None)
        }
        EntryBody::Envelope(bytes, Judgement::Merged) => {
            store::cases::merged(connection, bytes, entry.seq)?;
            if let Some(id) = take_in(connection, bytes)? {
                store::inbox::place(connection, id, epoch, entry)?;
            }
            Ok(None)
        }
        // Held: if a person admits it, it comes again as a release.
        EntryBody::Envelope(_, Judgement::Held { .. }) => Ok(None),
        EntryBody::Ruling(ruling) if ruling.admit => Ok(None),
        EntryBody::Ruling(ruling) => {
            store::outbox::rule(connection, ruling.envelope, OutboxState::Dismissed, Some(DISMISSED))
        }
        EntryBody::Release(release) => {
            store::cases::merged(connection, &release.envelope, entry.seq)?;
            match take_in(connection, &release.envelope)? {
                Some(id) => {
                    store::outbox::rejoin(connection, id)?;
                    store::outbox::rule(connection, id, OutboxState::Delivered, None)
                }
                None => Ok(None),
            }
        }
    }
}

/// Keeps an envelope until it is merged.
fn take_in(
    connection: &Connection,
    bytes: &[u8],
) -> rusqlite::Result<Option<rounds_shared::ids::EnvelopeId>> {
    match Signed::decode(bytes.to_vec()) {
        Ok(signed) => {
            store::inbox::put(connection, signed.id(), bytes)?;
            Ok(Some(signed.id()))
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the server sent what is no envelope");
            Ok(None)
        }
    }
}

/// Keeps a document that came whole. Its row follows from the snapshot as long as nothing has to be merged here.
fn keep_snapshot(
    connection: &Connection,
    epoch: Option<Epoch>,
    snapshot: &Snapshot,
    row: Option<&ListRow>,
) -> rusqlite::Result<()> {
    store::leaving::remove(connection, snapshot.doc)?;
    match (store::snapshots::put(connection, epoch, snapshot)?, row) {
        (Kept::Whole, Some(row)) => row.put(connection),
        (Kept::Whole, None) | (Kept::ToMerge | Kept::Known, _) => Ok(()),
    }
}

/// Forgets the documents that left the person's scope, but for those of which something is still to be delivered from
/// here: their turn comes when it is.
fn forget(connection: &Connection) -> rusqlite::Result<BTreeSet<DocId>> {
    let mut forgotten = BTreeSet::new();
    for doc in store::leaving::all(connection)? {
        let standing = store::outbox::standing(connection, Some(doc))?;
        let is_undelivered = |one: &Standing| one.state.is_undelivered();
        let photos = store::photos::count(connection, Some(doc))?;
        let unpacked = store::changes::count_unpacked(connection, Some(doc))?;
        if standing.iter().any(is_undelivered)
            || unpacked > 0
            || photos.delivered + photos.lost < photos.total
        {
            continue;
        }
        store::outbox::set_all_apart(connection, doc)?;
        store::inspections::forget(connection, doc)?;
        store::cases::forget(connection, doc)?;
        store::inbox::forget(connection, doc)?;
        store::changes::forget(connection, doc)?;
        store::snapshots::forget(connection, doc)?;
        store::documents::forget(connection, doc)?;
        store::drafts::forget(connection, doc)?;
        store::leaving::remove(connection, doc)?;
        forgotten.insert(doc);
    }
    Ok(forgotten)
}

#[cfg(test)]
mod tests;
