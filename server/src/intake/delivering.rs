//! A delivery: envelopes of one device, in order, each with its verdict.

use rounds_shared::{
    envelope::Verified,
    gate::{self, Circumstances, Finding},
    ids::DocId,
    protocol::{EntryBody, HeldReason, Judgement, Outcome, Verdict, limits::HELD_MISSING_MAX},
};

use super::{
    Bearer, Keeper, KeeperError,
    judging::{self, Base, DELIVERY_WEIGHT_MAX, Found, Judged, Unopened},
};
use crate::views;

/// The envelopes of a delivery that were merged as it was found beside the writer: what each left its document at.
type Left = Vec<Option<u64>>;

impl Keeper {
    /// Judges and appends. Fewer verdicts than envelopes mean that too many of the device wait for what is missing
    /// already, or that judging them costs too much: the rest is neither stored nor answered, and stays with it.
    pub(super) fn deliver(
        &mut self,
        envelopes: Vec<Judged>,
        bearer: Bearer,
    ) -> Result<Vec<Verdict>, KeeperError> {
        let (mut verdicts, mut left) = (Vec::with_capacity(envelopes.len()), Left::new());
        // What was judged beside the writer was paid for there, but for what has to be judged again.
        let beside: u64 = envelopes.iter().map(|judged| judged.weight).sum();
        let mut weight = 0;
        for judged in envelopes {
            if weight > DELIVERY_WEIGHT_MAX.saturating_sub(beside) {
                break;
            }
            let Some(verdict) = self.envelope(judged, bearer, &mut left, &mut weight)? else { break };
            verdicts.push(verdict);
        }
        Ok(verdicts)
    }

    /// Judges one envelope, unless that was done, and appends it unless it must be refused.
    fn envelope(
        &mut self,
        judged: Judged,
        bearer: Bearer,
        left: &mut Left,
        weight: &mut u64,
    ) -> Result<Option<Verdict>, KeeperError> {
        left.push(None);
        let opened = match judged.opened {
            Err(Unopened { signed: Some(signed), .. }) => judging::verify(*signed, &self.registry),
            opened => opened,
        };
        let envelope = match opened {
            Ok(envelope) => envelope,
            Err(unopened) => return Ok(Some(refused(&unopened))),
        };
        let (id, device, doc) = (envelope.id(), envelope.body().device, envelope.body().doc);
        if let Some((seq, judgement)) = self.log.of_envelope(&self.connection, id)? {
            let outcome = self.outcome(seq, &judgement);
            return Ok(Some(Verdict { envelope: id, outcome, duplicate: true }));
        }
        let found = match judged.found {
            Some(found) if self.holds(&found, doc, left)? => Some(found.finding),
            Some(_) | None => None,
        };
        let was_found = found.is_some();
        let finding = match found {
            Some(finding) => finding,
            None => self.judge(&envelope, (self.clock)(), bearer.confirmed(device), weight)?,
        };
        let (judgement, merged) = match finding {
            Finding::Merge(merged) => (Judgement::Merged, Some(*merged)),
            Finding::Known => (Judgement::Merged, None),
            Finding::Hold(judgement) => (judgement, None),
            Finding::Refuse(reason) => {
                let unopened = Unopened { envelope: id, device: Some(device), reason, signed: None };
                return Ok(Some(refused(&unopened)));
            }
        };
        if matches!(judgement, Judgement::Held { reason: HeldReason::MissingDependencies, .. })
            && views::held::waiting_of_device(&self.connection, device)? >= HELD_MISSING_MAX
        {
            return Ok(None);
        }
        let body = EntryBody::Envelope(envelope.as_bytes().to_vec(), judgement.clone());
        let merges = merged.is_some();
        let seq = self.append(body, Some(&envelope), merged)?;
        if was_found
            && judgement == Judgement::Merged
            && let Some(last) = left.last_mut()
        {
            *last = Some(seq);
        }
        if merges {
            self.release(doc)?;
        }
        if let Judgement::Held { reason, .. } = &judgement {
            tracing::warn!(%device, %seq, reason = reason.code(), "envelope held");
        }
        let outcome = self.outcome(seq, &judgement);
        Ok(Some(Verdict { envelope: id, outcome, duplicate: false }))
    }

    /// Whether what was found beside the writer holds: registry and document are still what it was found by.
    fn holds(&self, found: &Found, doc: DocId, left: &Left) -> Result<bool, KeeperError> {
        let base = match found.base {
            Base::Entry(seq) => Some(seq),
            Base::Envelope(index) => left.get(index).copied().flatten(),
        };
        Ok(found.registry == self.registry.position()
            && base == Some(self.documents.version(&self.connection, doc)?))
    }

    /// Asks the gate, and adds what that costs to `weight`.
    pub(super) fn judge(
        &self,
        envelope: &Verified,
        now: i64,
        confirmed: u64,
        weight: &mut u64,
    ) -> Result<Finding, KeeperError> {
        let standing = self.documents.get(&self.connection, envelope.body().doc)?;
        let document = standing.as_ref().map(|standing| &standing.document);
        *weight += gate::weight(document, envelope);
        let circumstances = Circumstances { registry: &self.registry, now, confirmed };
        Ok(judging::judge(circumstances, document, envelope))
    }

    fn outcome(&self, seq: u64, judgement: &Judgement) -> Outcome {
        let epoch = self.log.epoch();
        match judgement {
            Judgement::Merged => Outcome::Receipt { epoch, seq },
            Judgement::Held { reason, missing } => {
                Outcome::Held { epoch, seq, reason: *reason, missing: missing.clone() }
            }
        }
    }
}

fn refused(unopened: &Unopened) -> Verdict {
    let Unopened { envelope, device, reason, .. } = unopened;
    let device = device.map(|device| device.to_string());
    tracing::warn!(device, %envelope, reason = reason.code(), "envelope refused");
    Verdict { envelope: *envelope, outcome: Outcome::Refused { reason: *reason }, duplicate: false }
}
