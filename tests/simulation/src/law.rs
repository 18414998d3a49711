//! What is right, said once more and simply: who may write what, and who may see what. It follows the log entry by entry,
//! with nothing of the server's or the gate's own rules, and says where the log breaks it.

use std::collections::{BTreeMap, BTreeSet};

use rounds_shared::{
    document::{Document, Known, Payload, Touched, genesis_about},
    envelope::{PublicKey, Signed, Verified},
    ids::{DeviceId, DocId, EnvelopeId, UserId},
    inspection::{OpRef, ReviewState},
    permission::{Part, Role},
    protocol::{ChangeId, Entry, EntryBody, HeldReason, Judgement, Release, Ruling},
    registry::{DeviceKind, Event, User},
};

/// How long somebody may not have heard that he may not do something any more, in milliseconds: fourteen days.
const GRACE_MS: i64 = 14 * 24 * 60 * 60 * 1000;

/// The facts of a log, as far as right and wrong go.
#[derive(Default)]
pub struct Law {
    /// The last entry it has read.
    pub position: u64,
    users: BTreeMap<UserId, Vec<Term>>,
    devices: BTreeMap<DeviceId, (UserId, PublicKey)>,
    phones: BTreeSet<DeviceId>,
    revoked: BTreeSet<DeviceId>,
    asked: BTreeMap<DocId, Asked>,
    /// Blind pairs of which not both are in.
    blind: Vec<[DocId; 2]>,
    /// The documents, each as the log makes it.
    pub docs: BTreeMap<DocId, Doc>,
    /// What is held, by its entry.
    pub held: BTreeMap<u64, Held>,
    /// Whose device sealed each envelope.
    authors: BTreeMap<EnvelopeId, DeviceId>,
    admitted: BTreeSet<EnvelopeId>,
    /// What somebody has ever ruled against. Whoever has heard of that may not have heard yet that it was admitted later.
    dismissed: BTreeSet<EnvelopeId>,
    confirmed: BTreeMap<DeviceId, u64>,
    /// Every registry event the log has.
    pub events: BTreeSet<Vec<u8>>,
}

/// What somebody was, from an entry on.
struct Term {
    seq: u64,
    at: i64,
    user: User,
}

/// A document that somebody was asked for.
struct Asked {
    area: String,
    people: Vec<UserId>,
    genesis: Vec<u8>,
}

/// A document as the log makes it.
pub struct Doc {
    /// Where it is about.
    pub area: String,
    /// What is merged.
    pub document: Document,
    authors: BTreeSet<UserId>,
}

/// An envelope that is stored and not merged.
pub struct Held {
    /// Its bytes, believed because the log has them.
    pub envelope: Verified,
    /// Whether it was merged since.
    pub is_released: bool,
    at: i64,
    seq: u64,
    waits: bool,
}

impl Held {
    fn brings(&self, change: ChangeId) -> bool {
        Payload::decode(&self.envelope.body().payload).is_ok_and(|payload| payload.has(change))
    }
}

/// What is wrong.
pub type Wrong = String;

impl Law {
    /// Reads the next entry.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(&mut self, entry: &Entry) -> Result<(), Wrong> {
        if entry.seq != self.position + 1 {
            return Err(format!("entry {} follows entry {}", entry.seq, self.position));
        }
        self.position = entry.seq;
        let of = |wrong: Wrong| format!("entry {}: {wrong}", entry.seq);
        match entry.parse() {
            EntryBody::Registry(event) => {
                self.events.insert(entry.body.clone());
                self.register(entry, event);
                Ok(())
            }
            EntryBody::Envelope(bytes, judgement) => self.envelope(entry, bytes, judgement).map_err(of),
            EntryBody::Ruling(ruling) => self.rule(&ruling).map_err(of),
            EntryBody::Release(release) => self.release(entry, release).map_err(of),
            EntryBody::Later(sort) => Err(of(format!("nobody makes entries of sort {sort}"))),
        }
    }

    fn register(&mut self, entry: &Entry, event: Event) {
        match event {
            Event::UserPut(user) => {
                self.users.entry(user.id).or_default().push(Term { seq: entry.seq, at: entry.at, user });
            }
            Event::DeviceEnrolled(device) => {
                if device.kind == DeviceKind::Phone {
                    self.phones.insert(device.id);
                }
                self.devices.entry(device.id).or_insert((device.user, device.key));
            }
            Event::DeviceRevoked { device, .. } => {
                self.revoked.insert(device);
            }
            Event::AssignmentMade(made) => {
                let doc = made.doc();
                let other = made.repeats.map(DocId::of_assignment);
                if !self.asked.contains_key(&doc) {
                    let pair = other.filter(|other| self.asked.contains_key(other));
                    self.blind.extend(pair.map(|other| [doc, other]));
                    let area = made.area.as_str().to_owned();
                    self.asked.insert(doc, Asked { area, people: made.people, genesis: made.genesis.to_vec() });
                }
            }
            Event::CityFounded { .. }
            | Event::AreasPut(_)
            | Event::ZonesPut(_)
            | Event::DepartmentsPut { .. }
            | Event::SitesPut(_)
            | Event::TemplatePublished(_)
            | Event::TemplateWithdrawn(_)
            | Event::DeadlinesPut(_)
            // What is superseded stays what it was for whoever holds it.
            | Event::AssignmentSuperseded { .. } => {}
        }
    }

    fn envelope(&mut self, entry: &Entry, bytes: Vec<u8>, judgement: Judgement) -> Result<(), Wrong> {
        let signed = Signed::decode(bytes).map_err(|_| "no envelope")?;
        let (_, key) = self.devices.get(&signed.device()).ok_or("of a device nobody enrolled")?;
        let envelope = signed.verify(key).map_err(|_| "not signed by its device")?;
        self.authors.insert(envelope.id(), envelope.body().device);
        match judgement {
            Judgement::Merged => self.merge(&envelope, (entry.seq, entry.at), Needs::Right),
            Judgement::Held { reason, .. } => {
                let waits = reason == HeldReason::MissingDependencies;
                let held = Held { envelope, is_released: false, at: entry.at, seq: entry.seq, waits };
                self.held.insert(entry.seq, held);
                Ok(())
            }
        }
    }

    fn rule(&mut self, ruling: &Ruling) -> Result<(), Wrong> {
        let held = self.held.values().find(|held| held.envelope.id() == ruling.envelope);
        let doc = held.ok_or("a ruling on what is not held")?.envelope.body().doc;
        let payload =
            Payload::decode(&held.ok_or("a ruling on what is not held")?.envelope.body().payload).ok();
        let area = self.area(doc, payload.as_ref()).ok_or("a ruling on what is nowhere")?;
        let by = self.user(ruling.by).ok_or("a ruling of nobody")?;
        if !(by.active && reviews(by.role) && covers(by, &area)) {
            return Err(format!("{} may not rule in {area}", by.login));
        }
        if ruling.admit {
            self.admitted.insert(ruling.envelope);
        } else {
            self.dismissed.insert(ruling.envelope);
        }
        Ok(())
    }

    fn release(&mut self, entry: &Entry, release: Release) -> Result<(), Wrong> {
        let held = self.held.get_mut(&release.held).ok_or("a release of what is not held")?;
        if held.envelope.as_bytes() != release.envelope {
            return Err("a release of something else".to_owned());
        }
        held.is_released = true;
        let envelope = held.envelope.clone();
        // It was judged by what was so when it came, and by whether its author may still deliver.
        let (when, waits) = ((held.seq, held.at), held.waits);
        if self.admitted.contains(&envelope.id()) {
            return self.merge(&envelope, (entry.seq, entry.at), Needs::Nothing);
        }
        if !waits {
            return Err("released without a ruling".to_owned());
        }
        self.merge(&envelope, when, Needs::Right)
    }

    fn merge(&mut self, envelope: &Verified, when: (u64, i64), needs: Needs) -> Result<(), Wrong> {
        let body = envelope.body();
        let payload = Payload::decode(&body.payload).map_err(|_| "a payload no app makes")?;
        let area = self.area(body.doc, Some(&payload)).ok_or("a document about nowhere")?;
        if !self.docs.contains_key(&body.doc) {
            let begins = self.beginning(body.doc).or_else(|| payload.genesis().map(<[u8]>::to_vec));
            let begins = begins.ok_or("a document without a beginning")?;
            let document = Document::load(&begins).map_err(|_| "a beginning that is none")?;
            let doc = Doc { area: area.clone(), document, authors: BTreeSet::new() };
            self.docs.insert(body.doc, doc);
        }
        let payload = payload.without_genesis();
        let document = &self.docs[&body.doc].document;
        let parts: Vec<Part> = match document.examine(&Known::of(document), &payload, body.device) {
            Ok(Touched::Writes(writes)) => writes.iter().map(|write| write.part()).collect(),
            // Whoever begins a document records in it.
            Ok(Touched::Nothing) => vec![Part::Record],
            Ok(Touched::Missing(_)) => return Err("merged, though something is missing".to_owned()),
            Err(error) => return Err(format!("merged, though {error}")),
        };
        let author = match needs {
            Needs::Nothing => self.devices.get(&body.device).map(|(user, _)| *user),
            Needs::Right => Some(self.require_right(envelope, &area, &parts, when)?),
        };
        let doc = self.docs.get_mut(&body.doc).expect("it was there or put there above");
        if self.phones.contains(&body.device) {
            doc.authors.extend(author);
        }
        if !payload.is_empty() {
            doc.document.merge(&payload).map_err(|error| format!("merged, though {error}"))?;
        }
        // Once both have been in, there is nothing to hide any more.
        let mut blind = std::mem::take(&mut self.blind);
        blind.retain(|pair| !pair.iter().all(|doc| self.is_in(*doc)));
        self.blind = blind;
        Ok(())
    }

    /// Whether its author had the right to all of it, at some moment between the last he is known to have known of and
    /// now, and not longer ago than the grace.
    fn require_right(
        &self,
        envelope: &Verified,
        area: &str,
        parts: &[Part],
        (seq, at): (u64, i64),
    ) -> Result<UserId, Wrong> {
        let body = envelope.body();
        let (author, _) = *self.devices.get(&body.device).ok_or("of a device nobody enrolled")?;
        if self.revoked.contains(&body.device) {
            return Err("merged, though its device is revoked".to_owned());
        }
        let terms = self.users.get(&author).ok_or("of a person nobody knows")?;
        if !terms.last().is_some_and(|term| term.user.active) {
            return Err("merged, though its author is disabled".to_owned());
        }
        let asked = self.asked.get(&body.doc).is_some_and(|asked| asked.people.contains(&author));
        let confirmed = self.confirmed.get(&body.device).copied().unwrap_or(0);
        let counts = |index: &usize| {
            let ends = terms.get(index + 1);
            terms[*index].seq <= seq
                && ends.is_none_or(|ends| ends.seq > confirmed && ends.at >= at.saturating_sub(GRACE_MS))
        };
        // Whoever had not even seen his own account is judged by the account as it is.
        let mut terms_that_count = (0..terms.len()).filter(counts).map(|index| &terms[index].user);
        let may = |user: &User| {
            user.active
                && parts.iter().all(|part| match part {
                    Part::Record => inspects(user.role) && (asked || covers(user, area)),
                    Part::Reviews => reviews(user.role) && covers(user, area),
                    // Nobody here makes cases.
                    Part::Events => false,
                })
        };
        if terms_that_count.any(may) {
            Ok(author)
        } else {
            let terms = terms.iter().map(|term| (term.seq, term.at, term.user.role, &term.user.areas));
            Err(format!(
                "merged at {at}, though its author may not write {parts:?} in {area}: he was {:?}, and his device, which \
                 had seen {}, has read up to {confirmed}",
                terms.collect::<Vec<_>>(),
                body.seen,
            ))
        }
    }

    fn area(&self, doc: DocId, payload: Option<&Payload>) -> Option<String> {
        if let Some(asked) = self.asked.get(&doc) {
            return Some(asked.area.clone());
        }
        if let Some(doc) = self.docs.get(&doc) {
            return Some(doc.area.clone());
        }
        genesis_about(payload?.genesis()?).ok().map(|about| about.area.as_str().to_owned())
    }

    /// What a device has shown that it read.
    pub fn confirm(&mut self, device: DeviceId, position: u64) {
        let known = self.confirmed.entry(device).or_default();
        *known = position.max(*known);
    }

    /// What devices have shown is known no longer: a server that lost its power may have lost it.
    pub fn forget_confirmed(&mut self) {
        self.confirmed.clear();
    }

    /// How often a device's person has been changed.
    pub fn terms_of(&self, device: DeviceId) -> usize {
        let terms = self.devices.get(&device).and_then(|(user, _)| self.users.get(user));
        terms.map_or(0, Vec::len)
    }

    /// Somebody as he is now.
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.get(&id)?.last().map(|term| &term.user)
    }

    /// Whose a device is.
    pub fn user_of(&self, device: DeviceId) -> Option<&User> {
        self.user(self.devices.get(&device)?.0)
    }

    /// Whether a device may be given anything.
    pub fn may_read(&self, device: DeviceId) -> bool {
        !self.revoked.contains(&device) && self.user_of(device).is_some_and(|user| user.active)
    }

    /// Whether an entry is for a device.
    pub fn sees(&self, device: DeviceId, entry: &Entry) -> bool {
        let Some(user) = self.user_of(device).filter(|_| self.may_read(device)) else { return false };
        let of = |bytes: Vec<u8>| Verified::from_log(bytes).ok();
        let is_for =
            |envelope: Verified| envelope.body().device == device || self.sees_doc(user, envelope.body().doc);
        match entry.parse() {
            EntryBody::Registry(Event::AssignmentMade(made)) => self.sees_doc(user, made.doc()),
            EntryBody::Registry(Event::AssignmentSuperseded { assignment, .. }) => {
                self.sees_doc(user, DocId::of_assignment(assignment))
            }
            EntryBody::Registry(_) => true,
            EntryBody::Envelope(_, Judgement::Held { .. }) | EntryBody::Later(_) => false,
            EntryBody::Envelope(bytes, Judgement::Merged) => of(bytes).is_some_and(is_for),
            EntryBody::Release(release) => of(release.envelope).is_some_and(is_for),
            EntryBody::Ruling(ruling) => {
                let about = self.held.values().find(|held| held.envelope.id() == ruling.envelope);
                about.is_some_and(|held| held.envelope.body().device == device)
            }
        }
    }

    /// Whether a document is for somebody: he was asked, he has recorded in it, or it is his to review or to look at; and
    /// it is not one of a blind pair, of which he was asked for the other.
    pub fn sees_doc(&self, user: &User, doc: DocId) -> bool {
        let is_asked = |doc: &DocId| self.asked.get(doc).is_some_and(|asked| asked.people.contains(&user.id));
        let is_hidden = |pair: &[DocId; 2]| {
            pair.contains(&doc)
                && pair.iter().any(|other| *other != doc && is_asked(other))
                && !is_asked(&doc)
        };
        if self.blind.iter().any(is_hidden) {
            return false;
        }
        let has_recorded = self.docs.get(&doc).is_some_and(|known| known.authors.contains(&user.id));
        let is_his = match (user.role, self.area(doc, None)) {
            (Role::Observer, Some(area)) => covers(user, &area) && self.is_approved(doc),
            (Role::Supervisor | Role::Administrator, Some(area)) => covers(user, &area),
            (Role::Inspector | Role::Unit, _) | (_, None) => false,
        };
        is_asked(&doc) || has_recorded || is_his
    }

    /// Whether a visit is over for those who were asked.
    fn is_in(&self, doc: DocId) -> bool {
        let inspection = self.docs.get(&doc).and_then(|doc| doc.document.inspection().ok());
        let people = self.asked.get(&doc).map_or(&[][..], |asked| &asked.people);
        let user_of = |device| self.devices.get(&device).map(|(user, _)| *user);
        inspection.is_some_and(|inspection| inspection.is_in(people, user_of))
    }

    fn is_approved(&self, doc: DocId) -> bool {
        let inspection = self.docs.get(&doc).and_then(|doc| doc.document.inspection().ok());
        let people = self.asked.get(&doc).map_or(&[][..], |asked| &asked.people);
        let user_of = |device| self.devices.get(&device).map(|(user, _)| *user);
        inspection.is_some_and(|inspection| inspection.state(people, user_of) == ReviewState::Approved)
    }

    /// How a document begins that somebody was asked for.
    pub fn beginning(&self, doc: DocId) -> Option<Vec<u8>> {
        self.asked.get(&doc).map(|asked| asked.genesis.clone())
    }

    /// A document with everything the log has of it, merged or held.
    pub fn everything(&self, doc: DocId) -> Option<Document> {
        let of = |held: &&Held| held.envelope.body().doc == doc;
        let mut rest: Vec<Payload> = (self.held.values().filter(of))
            .filter_map(|held| Payload::decode(&held.envelope.body().payload).ok())
            .collect();
        let mut whole = match self.docs.get(&doc) {
            Some(doc) => doc.document.clone(),
            None => {
                let begins = self
                    .beginning(doc)
                    .or_else(|| rest.iter().find_map(|one| one.genesis().map(<[u8]>::to_vec)));
                Document::load(&begins?).ok()?
            }
        };
        loop {
            let before = rest.len();
            rest.retain(|payload| {
                let mut with = whole.clone();
                let fits = with.merge(&payload.clone().without_genesis()).is_ok();
                if fits {
                    whole = with;
                }
                !fits
            });
            if rest.len() == before {
                return Some(whole);
            }
        }
    }

    /// Whose device sealed an envelope that is in the log.
    pub fn author(&self, envelope: EnvelopeId) -> Option<DeviceId> {
        self.authors.get(&envelope).copied()
    }

    /// Whether an envelope was held when it came.
    pub fn holds(&self, envelope: EnvelopeId) -> bool {
        self.held.values().any(|held| held.envelope.id() == envelope)
    }

    /// What still waits for changes, though they are there and nobody ever said anything against its author.
    pub fn waits_for_nothing(&self) -> Option<EnvelopeId> {
        let is_ready = |held: &&Held| {
            let body = held.envelope.body();
            let Some(doc) = self.docs.get(&body.doc) else { return false };
            let Ok(payload) = Payload::decode(&body.payload) else { return false };
            let payload = payload.without_genesis();
            let touched = doc.document.examine(&Known::of(&doc.document), &payload, body.device);
            let Ok(Touched::Writes(writes)) = touched else { return false };
            let parts: Vec<Part> = writes.iter().map(|write| write.part()).collect();
            let when = (held.seq, held.at);
            self.terms_of(body.device) == 1
                && self.require_right(&held.envelope, &doc.area, &parts, when).is_ok()
        };
        let is_dismissed = |held: &Held| self.dismissed.contains(&held.envelope.id());
        let waiting =
            self.held.values().filter(|held| held.waits && !held.is_released && !is_dismissed(held));
        waiting.filter(is_ready).map(|held| held.envelope.id()).next()
    }

    /// Whether something a device made of a document is held and not merged.
    pub fn is_held_of(&self, device: DeviceId, doc: DocId) -> bool {
        let of = |held: &Held| held.envelope.body().device == device && held.envelope.body().doc == doc;
        self.held.values().any(|held| of(held) && !held.is_released)
    }

    /// Whether somebody has ever ruled against what was made by an act.
    pub fn is_dismissed(&self, change: ChangeId) -> bool {
        let dismissed = |held: &&Held| self.dismissed.contains(&held.envelope.id());
        self.held.values().filter(dismissed).any(|held| held.brings(change))
    }

    /// Whether something that was held brings a change: by itself, or in a chunk of a whole document.
    pub fn is_held(&self, change: ChangeId) -> bool {
        self.held.values().any(|held| held.brings(change))
    }

    /// The actors that have written in a document, for whoever wants to pass for one of them.
    pub fn actors(&self, doc: DocId) -> Vec<(DeviceId, [u8; 16])> {
        let inspection = self.docs.get(&doc).and_then(|doc| doc.document.inspection().ok());
        let actor = |OpRef(op): &OpRef| {
            let (_, actor) = op.split_once('@')?;
            data_encoding::HEXLOWER.decode(actor.as_bytes()).ok()?.try_into().ok()
        };
        let stamps = inspection.into_iter().flat_map(|inspection| {
            let remarks = inspection.remarks.into_iter().map(|remark| remark.stamp);
            let answers = inspection.answers.into_iter().flat_map(|(_, values)| values);
            remarks.chain(answers.map(|value| value.stamp)).collect::<Vec<_>>()
        });
        stamps.filter_map(|stamp| Some((stamp.device?, actor(&stamp.op)?))).collect()
    }
}

/// What a merge needs.
enum Needs {
    /// That its author may.
    Right,
    /// A person has admitted it.
    Nothing,
}

fn inspects(role: Role) -> bool {
    matches!(role, Role::Inspector | Role::Supervisor | Role::Administrator)
}

fn reviews(role: Role) -> bool {
    matches!(role, Role::Supervisor | Role::Administrator)
}

fn covers(user: &User, area: &str) -> bool {
    user.areas.iter().any(|own| area.starts_with(own.as_str()))
}
