//! Comparing with the server: after it was restored from a backup, and from time to time. What it has lost goes back to
//! it; what this device has lost is fetched again.

use std::collections::BTreeSet;

use rounds_shared::{
    ids::Epoch,
    protocol::{
        Compared, Ended, Holdings, Outcome, REPAIR_ROUNDS_MAX, RETURNED_ENTRIES_MAX, RepairReply,
        RepairRequest, SHOWN_MAX, SignedEntry, event_id, limits::REQUEST_ENVELOPES_MAX,
    },
};

use crate::{
    device::Device,
    failure::Failure,
    store::{self, progress::Progress},
};

/// How long after the last comparison the next one is due without any reason, in milliseconds.
const REPAIR_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// Bytes of others' envelopes in one request.
const RETURNED_BYTES_MAX: usize = 2 * 1024 * 1024;

/// What only one side has.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What the server has lost.
    pub(crate) surplus: BTreeSet<[u8; 32]>,
    /// What this device has lost.
    pub(crate) lacking: BTreeSet<[u8; 32]>,
    /// The logs that the server's restores have ended.
    pub(crate) ended: Vec<Ended>,
}

impl Difference {
    /// Whether an entry came after the end of a log that a restore has ended.
    fn is_beyond(&self, epoch: Epoch, seq: u64) -> bool {
        self.ended.iter().any(|log| log.epoch == epoch && log.seq < seq)
    }
}

impl Device {
    /// Whether it is time to compare: the server was restored, or has not been compared with for a week.
    pub(crate) fn is_repair_due(&self, now: i64) -> Result<bool, Failure> {
        let progress = store::progress::load(self.store.read())?;
        // A clock that was set back is no reason to wait for years.
        let rested = progress.repaired_at.map(|at| now.saturating_sub(at));
        Ok(progress.repair_due || rested.is_some_and(|rested| !(0..REPAIR_MS).contains(&rested)))
    }

    /// Everything it has of the server, or would give to it.
    pub(crate) fn holdings(&self) -> Result<Holdings, Failure> {
        let connection = self.store.read();
        let mut ids = store::outbox::held_there(connection)?;
        ids.extend(store::inbox::ids(connection)?);
        ids.extend(store::snapshots::covered(connection)?);
        store::entries::each(connection, |_, _, body| ids.push(event_id(body)))?;
        ids.extend(store::entries::before(connection)?.iter().map(|entry| event_id(&entry.entry.body)));
        Ok(Holdings::new(ids))
    }

    /// The registry entries that the server has lost, as it signed them, a request at a time: those it lacks, and those
    /// beyond the end of a log, which may say again what an earlier one said.
    pub(crate) fn entries_to_return(
        &self,
        difference: &Difference,
    ) -> Result<Vec<Vec<SignedEntry>>, Failure> {
        let mut entries = store::entries::before(self.store.read())?;
        entries.retain(|entry| {
            difference.surplus.contains(&event_id(&entry.entry.body))
                || difference.is_beyond(entry.epoch, entry.entry.seq)
        });
        Ok(entries.chunks(RETURNED_ENTRIES_MAX).map(<[SignedEntry]>::to_vec).collect())
    }

    /// Others' envelopes among what the server has lost, as they signed them, a request at a time.
    pub(crate) fn envelopes_to_return(
        &self,
        surplus: &BTreeSet<[u8; 32]>,
    ) -> Result<Vec<Vec<Vec<u8>>>, Failure> {
        let (mut requests, mut bytes): (Vec<Vec<Vec<u8>>>, usize) = (Vec::new(), usize::MAX);
        for envelope in store::inbox::among(self.store.read(), surplus)? {
            bytes = bytes.saturating_add(envelope.len());
            match requests.last_mut() {
                Some(last) if bytes <= RETURNED_BYTES_MAX && last.len() < REQUEST_ENVELOPES_MAX => {
                    last.push(envelope);
                }
                Some(_) | None => {
                    bytes = envelope.len();
                    requests.push(vec![envelope]);
                }
            }
        }
        Ok(requests)
    }

    /// What the server signed of logs that ended, beyond their ends: it does not know what it has lost, and hears of it
    /// here. A request at a time; to be shown when everything was given back.
    pub(crate) fn proofs_to_show(&self, difference: &Difference) -> Result<Vec<RepairRequest>, Failure> {
        let server = self.identity()?.server_key;
        let mut receipts = store::proofs::receipts(self.store.read())?;
        receipts.retain(|receipt| match receipt.verify(&server).map(|verdict| verdict.outcome) {
            Some(Outcome::Receipt { epoch, seq } | Outcome::Held { epoch, seq, .. }) => {
                difference.is_beyond(epoch, seq)
            }
            Some(Outcome::Refused { .. } | Outcome::Later) | None => false,
        });
        let mut places = store::proofs::places(self.store.read())?;
        places.retain(|place| difference.is_beyond(place.epoch, place.seq));
        let empty = || request(self.protocol, None, Vec::new());
        let receipts = receipts.chunks(SHOWN_MAX);
        let receipts = receipts.map(|some| RepairRequest { receipts: some.to_vec(), ..empty() });
        let places = places.chunks(SHOWN_MAX);
        let places = places.map(|some| RepairRequest { places: some.to_vec(), ..empty() });
        Ok(receipts.chain(places).collect())
    }

    /// Both sides have the same now; what this device has lost is asked for from the beginning.
    pub(crate) fn repaired(&mut self, now: i64, is_lacking: bool) -> Result<(), Failure> {
        let progress = store::progress::load(self.store.read())?;
        let progress = Progress {
            cursor: progress.cursor.clone().filter(|_| !is_lacking),
            repair_due: false,
            repaired_at: Some(now),
            ..progress
        };
        self.store.write(|transaction| {
            store::proofs::forget_before(transaction)?;
            store::progress::save(transaction, &progress)
        })?;
        Ok(())
    }
}

/// Compares what this device has with what the server has.
pub(crate) fn compare(
    protocol: u8,
    holdings: &Holdings,
    mut ask: impl FnMut(&RepairRequest) -> Result<RepairReply, Failure>,
) -> Result<Difference, Failure> {
    let (mut comparison, mut message) = holdings.compare().ok_or(Failure::StorageFailed)?;
    for _ in 0..REPAIR_ROUNDS_MAX {
        let reply = ask(&request(protocol, Some(message), Vec::new()))?;
        let answer = reply.message.ok_or(Failure::NotRoundsServer)?;
        match comparison.take(&answer).ok_or(Failure::NotRoundsServer)? {
            Compared::Ask(next) => message = next,
            Compared::Over => {
                let (surplus, lacking) = (comparison.surplus(), comparison.lacking());
                return Ok(Difference { surplus, lacking, ended: reply.ended });
            }
        }
    }
    Err(Failure::NotRoundsServer)
}

/// A request of a version of the protocol.
pub(crate) fn request(protocol: u8, message: Option<Vec<u8>>, entries: Vec<SignedEntry>) -> RepairRequest {
    RepairRequest { protocol, message, entries, receipts: Vec::new(), places: Vec::new() }
}
