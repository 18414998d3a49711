//! Going on after the server held something: the document begins again from what is admitted, and a fresh actor writes
//! in it, so that one held envelope does not hold everything that comes after it.
//!
//! Nothing is taken back: what is left behind is signed and in the outbox, waits for a person's ruling, and is still
//! shown. Answers the gate would take are recorded once more; they are values, and if the held envelope is admitted
//! later, an equal value is no difference. Findings, photos and remarks would be doubled by that, so they wait.

use rounds_shared::{
    document::{Document, Session},
    envelope::{DocKind, ENVELOPE_VERSION, EnvelopeBody, Signed, Verified},
    gate::{self, Circumstances},
    ids::DocId,
    inspection::{Inspection, Recorded},
};

use super::{
    Device, opened, readable,
    settle::{merge, own_genesis},
};
use crate::{
    failure::Failure,
    store::{
        self,
        inbox::{InboxState, Received},
        outbox::{Apart, Own},
    },
    surroundings::Surroundings,
};

/// A document as far as it is admitted.
struct Admitted {
    document: Document,
    /// The own envelopes that are not in it.
    apart: Vec<u64>,
    /// What came from others and is in it.
    received: Vec<i64>,
    /// The own genesis, when nothing that is in it brought it to the server.
    unsent_genesis: Option<Vec<u8>>,
}

/// A document together with own envelopes that wait for a ruling.
pub(super) struct Waiting {
    pub(super) whole: Document,
    /// When some of them stand on what somebody has ruled against: the document with that and without them. What is here
    /// and was not admitted is not to be shown.
    pub(super) ground: Option<Document>,
}

/// A document with these envelopes as far as they fit on it, and how many of them do not.
fn merge_all(document: &Document, envelopes: &[Vec<u8>]) -> (Document, usize) {
    envelopes.iter().fold((document.clone(), 0), |(document, left), bytes| {
        match merge(&document, bytes.clone()) {
            Some(merged) => (merged, left),
            None => (document, left + 1),
        }
    })
}

/// Takes out what somebody has ruled against: it is in `ground` and was not admitted.
fn leave_out(whole: &mut Inspection, ground: &Inspection, admitted: &Inspection) {
    let stays = |is_in: &dyn Fn(&Inspection) -> bool| is_in(admitted) || !is_in(ground);
    for (item, recorded) in &mut whole.answers {
        recorded.retain(|one| stays(&|there| there.recorded(item).contains(one)));
    }
    whole.findings.retain(|one| stays(&|there| there.findings.iter().any(|each| each.id == one.id)));
    whole.photos.retain(|one| stays(&|there| there.photos.iter().any(|each| each.id == one.id)));
    whole.remarks.retain(|one| stays(&|there| there.remarks.contains(one)));
    whole.responses.retain(|one| stays(&|there| there.responses.contains(one)));
}

impl Device {
    /// Lets a document go on without what the server objected to. Asking again changes nothing.
    pub(crate) fn go_on(&mut self, surroundings: &Surroundings, doc: DocId) -> Result<(), Failure> {
        // Whatever is recorded is signed before anything is left behind.
        while self.pack_one(doc, surroundings.now())? {}
        let own = store::outbox::of(self.store.read(), doc)?;
        let Some(admitted) = self.admitted(doc, &own)? else {
            return Err(damaged("a document without a beginning"));
        };
        let acts = self.recorded_again(surroundings, doc, &own, &admitted.document)?;
        let mut document = admitted.document.clone();
        for act in &acts {
            let payload = rounds_shared::document::Payload::decode(act);
            let payload = payload.map_err(|_| damaged("an act made just now"))?;
            document.merge(&payload).map_err(|_| damaged("an act made just now"))?;
        }
        let row = self.row_of(doc, &document)?;
        self.store.write(|transaction| {
            let genesis = admitted.unsent_genesis.as_deref();
            store::documents::begin_again(transaction, doc, &admitted.document.save(), genesis)?;
            acts.iter().try_for_each(|act| store::changes::append(transaction, doc, act))?;
            row.put(transaction)?;
            for position in &admitted.received {
                store::inbox::mark(transaction, *position, InboxState::Merged)?;
            }
            own.iter().try_for_each(|one| {
                store::outbox::set_apart(transaction, one.n, admitted.apart.contains(&one.n))
            })
        })?;
        // The actor goes with the document: the next act has a fresh one.
        self.opened.discard(doc);
        Ok(())
    }

    /// What a person recorded that waits for a ruling, together with everything else; none when nothing waits.
    pub(super) fn with_apart(&mut self, doc: DocId) -> Result<Option<Inspection>, Failure> {
        let Some(waiting) = self.waiting(doc)? else { return Ok(None) };
        let mut whole = readable(&waiting.whole)?;
        if let Some(ground) = waiting.ground {
            let admitted = readable(self.opened.for_reading(&self.store, doc)?)?;
            leave_out(&mut whole, &readable(&ground)?, &admitted);
        }
        Ok(Some(whole))
    }

    /// A document with what of it waits for a ruling; none when nothing waits.
    pub(super) fn waiting(&mut self, doc: DocId) -> Result<Option<Waiting>, Failure> {
        let Apart { waiting, dismissed } = store::outbox::apart(self.store.read(), doc)?;
        if waiting.is_empty() {
            return Ok(None);
        }
        let admitted = self.opened.for_reading(&self.store, doc)?;
        let (whole, left) = merge_all(admitted, &waiting);
        if left == 0 {
            return Ok(Some(Waiting { whole, ground: None }));
        }
        let (ground, _) = merge_all(admitted, &dismissed);
        let (whole, _) = merge_all(&ground, &waiting);
        Ok(Some(Waiting { whole, ground: Some(ground) }))
    }

    /// Genesis or the server's last snapshot, what the server has merged, and what stands on nothing else.
    fn admitted(&self, doc: DocId, own: &[Own]) -> Result<Option<Admitted>, Failure> {
        let received = store::inbox::all(self.store.read(), doc)?;
        let snapshot = store::snapshots::bytes(self.store.read(), doc)?;
        let beginning = match &snapshot {
            Some(snapshot) => Document::load(snapshot).ok(),
            None => self.genesis(doc, &received)?,
        };
        let Some(mut document) = beginning else { return Ok(None) };
        let mut waiting: Vec<&Own> = own.iter().filter(|one| !one.is_objected).collect();
        let mut coming: Vec<&Received> = received.iter().collect();
        loop {
            let before = waiting.len() + coming.len();
            let mut take = |bytes: &Vec<u8>| match merge(&document, bytes.clone()) {
                Some(merged) => {
                    document = merged;
                    true
                }
                None => false,
            };
            waiting.retain(|one| !take(&one.bytes));
            coming.retain(|one| !take(&one.bytes));
            if waiting.len() + coming.len() == before {
                break;
            }
        }
        let left_own = |n: u64| waiting.iter().any(|one| one.n == n);
        let left = |position: i64| coming.iter().any(|one| one.position == position);
        let apart: Vec<u64> =
            own.iter().filter(|one| one.is_objected || left_own(one.n)).map(|one| one.n).collect();
        let genesis = own.iter().find_map(|one| own_genesis(&one.bytes));
        let is_brought = snapshot.is_some()
            || self.registry.assignment_of(doc).is_some()
            || received.iter().any(|one| !left(one.position))
            || own.iter().any(|one| !apart.contains(&one.n) && own_genesis(&one.bytes).is_some());
        Ok(Some(Admitted {
            document,
            received: received.iter().map(|one| one.position).filter(|position| !left(*position)).collect(),
            apart,
            unsent_genesis: genesis.filter(|_| !is_brought),
        }))
    }

    /// The own answers that are not in the admitted document and that the gate would take, as acts of a fresh actor.
    fn recorded_again(
        &self,
        surroundings: &Surroundings,
        doc: DocId,
        own: &[Own],
        admitted: &Document,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        // Where the gate would take here what the server did not, this device does not know why: recording it again
        // would only be held again.
        let is_understood = own
            .iter()
            .filter(|one| one.is_objected && !one.is_apart)
            .all(|one| !self.is_admissible(admitted, one.bytes.clone()));
        if !is_understood {
            return Ok(Vec::new());
        }
        let Some(before) = opened::load(&self.store, doc)? else { return Ok(Vec::new()) };
        // What was done about a case is no value: recorded again it would be done twice.
        if before.kind() == DocKind::Case {
            return Ok(Vec::new());
        }
        let device = self.identity()?.device;
        let (before, now) = (readable(&before)?, readable(admitted)?);
        let mut session = Session::new(device, surroundings.random());
        let (mut document, mut acts) = (admitted.clone(), Vec::new());
        // What was brought in is brought in again: values need it.
        for item in before.brought.iter().filter(|item| !now.brought.contains(item)) {
            let (mut trial, heads) = (document.clone(), document.heads());
            if trial.bring([item.as_str()]).is_err() {
                continue;
            }
            let act = trial.own_changes(device, &heads);
            let signed = self.sealed(doc, surroundings.now(), act.clone())?;
            if self.is_admissible(&document, signed.as_bytes().to_vec()) {
                document = trial;
                acts.push(act);
            }
        }
        for (item, recorded) in &before.answers {
            let mine = |one: &&Recorded| one.stamp.device == Some(device);
            let Some(one) = recorded.iter().find(mine) else { continue };
            if now.recorded(item).iter().filter(mine).any(|there| there.value == one.value) {
                continue;
            }
            let mut trial = document.clone();
            let heads = trial.heads();
            if trial.answer(&mut session, one.stamp.at, item, Some(&one.value), one.how).is_err() {
                continue;
            }
            let act = trial.own_changes(device, &heads);
            let signed = self.sealed(doc, surroundings.now(), act.clone())?;
            if self.is_admissible(&document, signed.as_bytes().to_vec()) {
                document = trial;
                acts.push(act);
            }
        }
        Ok(acts)
    }

    /// Whether the gate would take an own envelope, as far as this device knows people and assignments.
    fn is_admissible(&self, document: &Document, bytes: Vec<u8>) -> bool {
        let position = self.registry.position();
        let Ok(envelope) = Verified::from_log(bytes) else { return false };
        let circumstances =
            Circumstances { registry: &self.registry, now: envelope.body().made_at, confirmed: position };
        match gate::judge(circumstances, Some(document), &envelope) {
            gate::Finding::Merge(_) | gate::Finding::Known => true,
            gate::Finding::Hold(_) | gate::Finding::Refuse(_) => false,
        }
    }

    /// An envelope for the gate's eyes only: it is never sent and has no number.
    fn sealed(&self, doc: DocId, now: i64, payload: Vec<u8>) -> Result<Signed, Failure> {
        let identity = self.identity()?;
        let body = EnvelopeBody {
            version: ENVELOPE_VERSION,
            city: identity.city.clone(),
            doc,
            kind: DocKind::Inspection,
            device: identity.device,
            n: 1,
            prev: None,
            seen: self.registry.position(),
            made_at: now,
            payload,
        };
        Signed::seal(&body, &identity.secret).map_err(|_| damaged("an act too large for an envelope"))
    }
}

fn damaged(what: &'static str) -> Failure {
    tracing::error!(what, "a document cannot go on");
    Failure::StorageFailed
}
