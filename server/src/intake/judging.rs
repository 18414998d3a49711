//! Judging beside the writer: decoding, signatures and the gate are most of the work, and need nobody's turn. What is
//! found holds only while registry and document are the ones it was found by, which the writer looks at.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError, RwLock},
};

use rounds_shared::{
    document::Document,
    envelope::{EnvelopeError, Signed, Verified},
    gate::{self, Circumstances, Finding},
    ids::{DeviceId, DocId, EnvelopeId},
    protocol::RefusedReason,
    registry::Registry,
};

use super::{Bearer, Keeper, documents::Recent};
use crate::{log::Log, views::Readers};

/// Bytes of documents, as saved, that one delivery is judged with ahead of the writer. The writer judges the rest and
/// keeps less of it.
const AHEAD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most that is judged of one delivery, by [`gate::weight`]: two seconds or so, and what 500 visits are. No device keeps
/// the others waiting for longer; what is over stays with it.
pub(super) const DELIVERY_WEIGHT_MAX: u64 = 4_000_000;

/// An envelope as received, and what was found of it beside the writer.
pub struct Judged {
    /// What judging it cost; nothing where that was left to the writer.
    pub(super) weight: u64,
    pub(super) opened: Result<Verified, Unopened>,
    pub(super) found: Option<Found>,
}

/// What was found, and by what.
pub(super) struct Found {
    pub(super) finding: Finding,
    /// The position of the registry.
    pub(super) registry: u64,
    /// The document.
    pub(super) base: Base,
}

/// Which document an envelope was judged against.
#[derive(Clone, Copy)]
pub(super) enum Base {
    /// As an entry left it; 0 when there is nothing of it.
    Entry(u64),
    /// As an earlier envelope of the same delivery leaves it.
    Envelope(usize),
}

/// Bytes that show nothing: no envelope, or not the device's that claims it.
pub(super) struct Unopened {
    pub(super) envelope: EnvelopeId,
    pub(super) device: Option<DeviceId>,
    pub(super) reason: RefusedReason,
    /// When only the registry does not know its device, which it may by the time the writer looks.
    pub(super) signed: Option<Box<Signed>>,
}

fn open(bytes: Vec<u8>, registry: &Registry) -> Result<Verified, Unopened> {
    let envelope = Signed::id_of(&bytes).unwrap_or(EnvelopeId::new([0; 32]));
    let unopened = |reason| Unopened { envelope, device: None, reason, signed: None };
    let signed = Signed::decode(bytes).map_err(|error| {
        unopened(match error {
            EnvelopeError::TooLarge => RefusedReason::TooLarge,
            EnvelopeError::Version(_) => RefusedReason::Version,
            EnvelopeError::Malformed | EnvelopeError::Signature => RefusedReason::Malformed,
        })
    })?;
    verify(signed, registry)
}

/// Checks a signature with the key enrolled for the device that claims it.
pub(super) fn verify(signed: Signed, registry: &Registry) -> Result<Verified, Unopened> {
    let (envelope, claimed) = (signed.id(), signed.device());
    let unopened = |reason, signed| Unopened { envelope, device: Some(claimed), reason, signed };
    match registry.device(claimed) {
        None => Err(unopened(RefusedReason::UnknownDevice, Some(Box::new(signed)))),
        Some(device) => signed.verify(&device.key).map_err(|_| unopened(RefusedReason::Signature, None)),
    }
}

/// Asks the gate. Nothing that arrives may end a thread: what makes it panic is refused.
pub(super) fn judge(
    circumstances: Circumstances<'_>,
    document: Option<&Document>,
    envelope: &Verified,
) -> Finding {
    guarded(|| gate::judge(circumstances, document, envelope))
}

/// The same for any question to the gate.
pub(super) fn guarded(ask: impl FnOnce() -> Finding) -> Finding {
    catch_unwind(AssertUnwindSafe(ask)).unwrap_or(Finding::Refuse(RefusedReason::Trial))
}

/// Judges deliveries beside the writer, by registry and documents as they are committed.
#[derive(Clone)]
pub struct Judge {
    registry: Arc<RwLock<Arc<Registry>>>,
    recent: Recent,
    readers: Arc<Readers>,
    log: Log,
    clock: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl Keeper {
    /// Who judges beside this keeper, from any thread.
    pub fn judge_beside(&self) -> Judge {
        Judge {
            registry: Arc::clone(&self.committed),
            recent: self.documents.recent(),
            readers: Arc::new(Readers::new(self.path.clone())),
            log: self.log(),
            clock: Arc::clone(&self.clock),
        }
    }
}

impl Judge {
    /// Judges a delivery. Envelopes of one document are judged one after the other, each against what the one before
    /// it makes of the document.
    pub fn delivery(&self, envelopes: Vec<Vec<u8>>, bearer: Bearer) -> Vec<Judged> {
        let registry = Arc::clone(&self.registry.read().unwrap_or_else(PoisonError::into_inner));
        let mut ahead = Ahead { judge: self, documents: HashMap::new(), bytes: 0, weight: 0 };
        let judged = envelopes.into_iter().enumerate().map(|(index, bytes)| {
            let opened = open(bytes, &registry);
            let before = ahead.weight;
            let found = opened.as_ref().ok().and_then(|envelope| {
                let confirmed = bearer.confirmed(envelope.body().device);
                let circumstances = Circumstances { registry: &registry, now: (self.clock)(), confirmed };
                ahead.find(circumstances, index, envelope)
            });
            Judged { weight: ahead.weight - before, opened, found }
        });
        judged.collect()
    }
}

/// The documents of one delivery as its envelopes leave them, if the writer finds the same.
struct Ahead<'j> {
    judge: &'j Judge,
    documents: HashMap<DocId, (Base, Option<Document>)>,
    bytes: usize,
    weight: u64,
}

impl Ahead<'_> {
    /// None when it is to be left to the writer.
    fn find(&mut self, circumstances: Circumstances<'_>, index: usize, envelope: &Verified) -> Option<Found> {
        if self.bytes > AHEAD_BYTES_MAX || self.weight > DELIVERY_WEIGHT_MAX {
            return None;
        }
        // What is there already is answered as before. It costs nothing, so whoever sends again gets further.
        let of_before = |connection: &_| self.judge.log.of_envelope(connection, envelope.id());
        if self.judge.readers.read(of_before).ok()?.is_some() {
            return None;
        }
        let doc = envelope.body().doc;
        let (base, document) = match self.documents.remove(&doc) {
            Some(known) => known,
            None => self.stored(doc)?,
        };
        self.weight += gate::weight(document.as_ref(), envelope);
        let finding = judge(circumstances, document.as_ref(), envelope);
        let after = match &finding {
            Finding::Merge(merged) => {
                self.bytes += merged.saved.len();
                (Base::Envelope(index), Some(merged.document.clone()))
            }
            Finding::Known => (Base::Envelope(index), document),
            Finding::Hold(_) | Finding::Refuse(_) => (base, document),
        };
        self.documents.insert(doc, after);
        Some(Found { finding, registry: circumstances.registry.position(), base })
    }

    /// A document as it is committed. A view that cannot be read is the writer's to answer for.
    fn stored(&mut self, doc: DocId) -> Option<(Base, Option<Document>)> {
        let look = |connection: &_| self.judge.recent.look(connection, doc);
        let standing = self.judge.readers.read(look).ok()?;
        Some(match standing {
            Some(standing) => {
                self.bytes += standing.bytes;
                (Base::Entry(standing.seq), Some(standing.document.clone()))
            }
            None => (Base::Entry(0), None),
        })
    }
}
