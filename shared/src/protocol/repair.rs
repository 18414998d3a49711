//! `POST /v1/repair`: what one side has and the other lacks, found by set reconciliation
//! ([negentropy](https://github.com/hoytech/negentropy)): a few messages, however much both have in common.
//!
//! A set is ids alone: an envelope's is its own, a registry event's is a hash of its bytes. What a device has and the
//! server lacks, because it was restored from a backup, goes back to it: envelopes through `/v1/sync` like any other,
//! since their authors signed them; registry entries here, with the server's own signature.
//!
//! Nobody knows what a restored log has lost but those who hold the server's word for it. So a device also shows the
//! receipts it has from the log before, and where in it others' envelopes stood.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use negentropy::{Id, Negentropy, NegentropyStorageVector};

use super::{Entry, SignedVerdict};
use crate::{
    envelope::{PublicKey, SecretKey, Signature},
    ids::{EnvelopeId, Epoch},
};

const ENTRY_DOMAIN: &str = "rounds v1 entry";
const EVENT_DOMAIN: &str = "rounds v1 event";
/// Largest message of a reconciliation, in bytes; what does not fit follows in the next round.
const RECONCILIATION_BYTES_MAX: u64 = 256 * 1024;
/// Most registry entries given back in one request.
pub const RETURNED_ENTRIES_MAX: usize = 256;
/// Most receipts, and most places, shown in one request.
pub const SHOWN_MAX: usize = 256;
/// Most rounds of a reconciliation: each divides what is still different by sixteen.
pub const REPAIR_ROUNDS_MAX: usize = 64;

/// What a device asks, and gives back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RepairRequest {
    /// [`super::PROTOCOL_VERSION`] of the device.
    #[n(0)]
    pub protocol: u8,
    /// Its side of the reconciliation, if that is not over.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub message: Option<Vec<u8>>,
    /// Registry entries that the log has lost.
    #[n(2)]
    pub entries: Vec<SignedEntry>,
    /// Receipts of logs that ended, beyond their ends: what the server once promised to have.
    #[n(3)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub receipts: Vec<SignedVerdict>,
    /// Where others' envelopes stood in them.
    #[n(4)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub places: Vec<Place>,
}

/// The reply to a [`RepairRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RepairReply {
    /// The server's side of the reconciliation.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub message: Option<Vec<u8>>,
    /// The logs before this one.
    #[n(1)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub ended: Vec<Ended>,
}

/// A log that ended, because its server was restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ended {
    /// Which log.
    #[n(0)]
    pub epoch: Epoch,
    /// Its last entry that the log of today has, too: what it had beyond is lost, unless it comes back.
    #[n(1)]
    pub seq: u64,
}

/// Where an envelope stood in a log: its entry, as its server signed it, without the envelope's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Place {
    /// Which log.
    #[n(0)]
    pub epoch: Epoch,
    /// The entry's number.
    #[n(1)]
    pub seq: u64,
    /// When it was appended.
    #[n(2)]
    pub at: i64,
    /// The envelope.
    #[n(3)]
    pub envelope: EnvelopeId,
    /// [`Entry::signature`].
    #[n(4)]
    pub signature: Signature,
}

impl Place {
    /// Whether the server with this key put these bytes there.
    pub fn is_of(&self, server: &PublicKey, envelope: Vec<u8>) -> bool {
        let signature = Some(self.signature);
        let entry = Entry { seq: self.seq, at: self.at, sort: 0, body: envelope, judgement: None, signature };
        SignedEntry { epoch: self.epoch, entry }.is_of(server)
    }
}

/// An entry of a log, as its server signed it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedEntry {
    /// Which log.
    #[n(0)]
    pub epoch: Epoch,
    /// The entry, with [`Entry::signature`].
    #[n(1)]
    pub entry: Entry,
}

impl Entry {
    /// Signs the entry as one of a log, so that whoever keeps it can give it back.
    pub fn sign(&mut self, epoch: Epoch, key: &SecretKey) {
        self.signature = Some(key.sign(&self.digest(epoch)));
    }

    fn digest(&self, epoch: Epoch) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key(ENTRY_DOMAIN);
        hasher.update(epoch.as_bytes());
        hasher.update(&self.seq.to_be_bytes());
        hasher.update(&self.at.to_be_bytes());
        hasher.update(&[self.sort]);
        hasher.update(&self.body);
        *hasher.finalize().as_bytes()
    }
}

impl SignedEntry {
    /// Whether the server with this key signed it.
    pub fn is_of(&self, server: &PublicKey) -> bool {
        let signed = |signature: &Signature| server.signed(&self.entry.digest(self.epoch), signature);
        self.entry.signature.as_ref().is_some_and(signed)
    }
}

/// The id of a registry event, by its bytes: the same in every epoch.
pub fn event_id(body: &[u8]) -> [u8; 32] {
    blake3::derive_key(EVENT_DOMAIN, body)
}

/// The ids of everything one side has.
pub struct Holdings(NegentropyStorageVector);

impl Holdings {
    /// A set of ids.
    pub fn new(ids: impl IntoIterator<Item = [u8; 32]>) -> Self {
        let ids: BTreeSet<[u8; 32]> = ids.into_iter().collect();
        let mut storage = NegentropyStorageVector::with_capacity(ids.len());
        for id in ids {
            // Ids say nothing of time: all stand at one moment, and are told apart by themselves.
            storage.insert(0, Id::from_byte_array(id)).expect("it is not sealed yet");
        }
        storage.seal().expect("it is sealed once");
        Self(storage)
    }

    /// The server's answer; `None` when the message makes no sense.
    pub fn answer(&self, message: &[u8]) -> Option<Vec<u8>> {
        Negentropy::borrowed(&self.0, RECONCILIATION_BYTES_MAX).ok()?.reconcile(message).ok()
    }

    /// Begins to compare: the first message, and what takes the answers.
    pub fn compare(&self) -> Option<(Comparison<'_>, Vec<u8>)> {
        let mut negentropy = Negentropy::borrowed(&self.0, RECONCILIATION_BYTES_MAX).ok()?;
        let first = negentropy.initiate().ok()?;
        Some((Comparison { negentropy, surplus: Vec::new(), lacking: Vec::new() }, first))
    }
}

/// A device's side of a reconciliation.
pub struct Comparison<'h> {
    negentropy: Negentropy<'h, NegentropyStorageVector>,
    surplus: Vec<Id>,
    lacking: Vec<Id>,
}

/// What came of an answer.
pub enum Compared {
    /// There is more to ask.
    Ask(Vec<u8>),
    /// It is over.
    Over,
}

impl Comparison<'_> {
    /// Takes an answer; `None` when it makes no sense.
    pub fn take(&mut self, answer: &[u8]) -> Option<Compared> {
        let next = self.negentropy.reconcile_with_ids(answer, &mut self.surplus, &mut self.lacking).ok()?;
        Some(next.map_or(Compared::Over, Compared::Ask))
    }

    /// The ids that only this side has.
    pub fn surplus(&self) -> BTreeSet<[u8; 32]> {
        self.surplus.iter().map(|id| id.to_bytes()).collect()
    }

    /// The ids that only the other side has.
    pub fn lacking(&self) -> BTreeSet<[u8; 32]> {
        self.lacking.iter().map(|id| id.to_bytes()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> [u8; 32] {
        *blake3::hash(&n.to_be_bytes()).as_bytes()
    }

    #[test]
    fn both_sides_find_exactly_what_the_other_lacks_in_few_small_messages() {
        let device = Holdings::new((0..10_000).filter(|n| n % 1000 != 7).map(id));
        let server = Holdings::new((0..10_000).filter(|n| n % 2500 != 3).map(id));
        let (mut comparison, mut message) = device.compare().unwrap();
        let (mut rounds, mut bytes) = (0, 0);
        loop {
            rounds += 1;
            let answer = server.answer(&message).unwrap();
            bytes += message.len() + answer.len();
            match comparison.take(&answer).unwrap() {
                Compared::Ask(next) => message = next,
                Compared::Over => break,
            }
        }
        assert_eq!(comparison.surplus(), [3, 2503, 5003, 7503].map(id).into());
        assert_eq!(comparison.lacking(), (0..10).map(|n| id(n * 1000 + 7)).collect());
        assert!(rounds <= REPAIR_ROUNDS_MAX && bytes < 32 * 1024, "{rounds} rounds, {bytes} bytes");
    }

    #[test]
    fn a_message_that_makes_no_sense_is_answered_with_nothing() {
        let server = Holdings::new((0..100).map(id));
        for message in [&[][..], &[0x61], &[0xff; 40], &[0x61, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0x7f]] {
            if let Some(answer) = server.answer(message) {
                assert!(answer.len() <= 1, "{message:?} is answered by {answer:?}");
            }
        }
    }

    #[test]
    fn an_entry_is_given_back_only_as_it_was_signed() {
        let (server, other) = (SecretKey::new([1; 32]), SecretKey::new([2; 32]));
        let epoch = Epoch::new([3; 16]);
        let mut entry = Entry { seq: 7, at: 5, sort: 1, body: vec![1, 2], judgement: None, signature: None };
        assert!(!SignedEntry { epoch, entry: entry.clone() }.is_of(&server.public()), "unsigned");
        entry.sign(epoch, &server);
        let signed = SignedEntry { epoch, entry };
        assert!(signed.is_of(&server.public()) && !signed.is_of(&other.public()));
        let mut changed = signed.clone();
        changed.entry.seq = 8;
        assert!(!changed.is_of(&server.public()));
        let elsewhere = SignedEntry { epoch: Epoch::new([4; 16]), ..signed };
        assert!(!elsewhere.is_of(&server.public()));
    }
}
