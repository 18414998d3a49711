//! Packs own changes into signed envelopes. An envelope is stored before it is sent, and nothing is dropped because
//! of what the server says of it.

use rounds_shared::{
    envelope::{DocKind, ENVELOPE_VERSION, EnvelopeBody, Signed},
    ids::{DeviceId, DocId},
    protocol::limits::{ENVELOPE_BYTES_MAX, ENVELOPE_OPERATIONS_MAX},
};

use crate::{
    device::{Device, opened},
    failure::Failure,
    store::{self, changes::Unpacked, outbox::Packed},
};

/// Bytes of changes in one envelope: half of what it may weigh, so that one more act and the frame always fit.
const PAYLOAD_BYTES_MAX: usize = ENVELOPE_BYTES_MAX / 2;
/// Most operations of one act: a finding with its fields and the photos attached to it.
const ACT_OPERATIONS: usize = 40;
/// Most acts of one envelope.
const ACTS_MAX: usize = ENVELOPE_OPERATIONS_MAX / ACT_OPERATIONS;
/// From so many acts on it is worth looking whether the whole document is smaller.
const WHOLE_ACTS_MIN: usize = 8;

impl Device {
    /// Packs everything that waits; says whether there was anything.
    pub(crate) fn pack(&mut self, now: i64) -> Result<bool, Failure> {
        let documents = store::changes::unpacked_documents(self.store.read())?;
        for doc in &documents {
            while self.pack_one(*doc, now)? {}
        }
        Ok(!documents.is_empty())
    }

    /// Makes the next envelope of a document; says whether there was anything to put into it.
    pub(crate) fn pack_one(&mut self, doc: DocId, now: i64) -> Result<bool, Failure> {
        let identity = self.identity.as_ref().ok_or(Failure::NotEnrolled)?;
        let (city, device, seen) = (&identity.city, identity.device, self.registry.position());
        let acts = store::changes::unpacked(self.store.read(), doc)?;
        if acts.is_empty() {
            return Ok(false);
        }
        let whole = self.whole(device, doc, &acts)?;
        let is_case = store::cases::is_here(self.store.read(), doc)?;
        let kind = if is_case { DocKind::Case } else { DocKind::Inspection };
        self.store
            .write(|transaction| {
                let genesis = store::documents::take_genesis(transaction, doc)?;
                let (acts, payload) = match whole {
                    Some(whole) => (acts, whole),
                    None => {
                        let (acts, mut payload) = (fitting(acts), genesis.unwrap_or_default());
                        acts.iter().for_each(|act| payload.extend_from_slice(&act.bytes));
                        (acts, payload)
                    }
                };
                let last = store::outbox::last(transaction)?;
                let n = last.map_or(1, |(n, _)| n + 1);
                let body = EnvelopeBody {
                    version: ENVELOPE_VERSION,
                    city: city.clone(),
                    doc,
                    kind,
                    device,
                    n,
                    prev: last.map(|(_, id)| id),
                    seen,
                    made_at: now,
                    payload,
                };
                let signed = Signed::seal(&body, &identity.secret)
                    .expect("the payload is half of what an envelope may weigh");
                let packed = Packed { n, id: signed.id(), doc, bytes: signed.as_bytes(), acts: acts.len() };
                store::outbox::put(transaction, &packed)?;
                store::changes::pack(transaction, &acts, n)?;
                Ok(true)
            })
            .map_err(Into::into)
    }

    /// The whole document, when that is the smaller way to say what these acts are: a device that wrote everything since
    /// the genesis may send it so.
    fn whole(&self, device: DeviceId, doc: DocId, acts: &[Unpacked]) -> Result<Option<Vec<u8>>, Failure> {
        if acts.len() < WHOLE_ACTS_MIN {
            return Ok(None);
        }
        let bytes: usize = acts.iter().map(|act| act.bytes.len()).sum();
        let document = opened::load(&self.store, doc)?;
        Ok(document.and_then(|document| document.own_whole(device, bytes.min(PAYLOAD_BYTES_MAX))))
    }
}

/// The first acts that fit into one envelope.
fn fitting(mut acts: Vec<Unpacked>) -> Vec<Unpacked> {
    let mut bytes = 0;
    let fits = acts.iter().take(ACTS_MAX).take_while(|act| {
        bytes += act.bytes.len();
        bytes <= PAYLOAD_BYTES_MAX
    });
    let count = fits.count().max(1);
    acts.truncate(count);
    acts
}
