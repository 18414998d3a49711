//! A device that was signed in as it should be and is up to no good: it forges, replays and oversteps. What it says in
//! another's name has the mark in it, which must appear nowhere.

use rounds_client_core::message;
use rounds_server::exchange::Packing;
use rounds_shared::{
    assignment::InspectionKind,
    document::{Document, Session, genesis},
    envelope::{DocKind, ENVELOPE_VERSION, EnvelopeBody, SecretKey, Signed},
    ids::{DeviceId, DocId, EnvelopeId, Epoch},
    inspection::{About, How, ReviewAct},
    permission::Role,
    protocol::{
        Entry, EntryBody, Own, PROTOCOL_VERSION, RepairRequest, SNAPSHOT_VERSION, SignedEntry, SyncReply,
        SyncRequest,
    },
    registry::{Device, DeviceKind, Event},
};

use crate::{
    city::{City, Turn},
    founding::{CITY, COMMUNITIES, HOSTILE, assignment_id, code, template, user, user_id},
};

/// What only forged things say.
pub const MARK: &str = "forged";

/// Such a device.
pub struct Hostile {
    /// Its id.
    pub device: DeviceId,
    key: SecretKey,
    n: u64,
    prev: Option<EnvelopeId>,
    cursor: Option<Vec<u8>>,
    /// What it knew once, and says it still knows no more.
    stale: u64,
    /// Envelopes that were on the air.
    heard: Vec<Vec<u8>>,
    /// What it tried.
    pub attacks: usize,
}

impl Hostile {
    /// A device that is signed in.
    pub fn enrol(city: &mut City) -> Self {
        let key = SecretKey::new([66; 32]);
        let device = DeviceId::of(&key.public());
        let enrolled = Device {
            id: device,
            key: key.public(),
            user: user_id(HOSTILE),
            name: "手机".to_owned(),
            kind: DeviceKind::Phone,
        };
        city.hostile.insert(device);
        city.register(vec![Event::DeviceEnrolled(enrolled)]).expect("nothing fails yet");
        let stale = city.law.position;
        Self { device, key, n: 0, prev: None, cursor: None, stale, heard: Vec::new(), attacks: 0 }
    }

    /// Tries something.
    pub fn act(&mut self, city: &mut City, rng: &mut fastrand::Rng) {
        self.attacks += 1;
        let docs: Vec<DocId> = city.law.docs.keys().copied().collect();
        let doc = rng.choice(docs).unwrap_or_else(|| DocId::of_assignment(assignment_id(1)));
        let mut random = [0; 16];
        rng.fill(&mut random);
        let envelope = match rng.usize(..16) {
            0 => self.as_itself(city, doc, random, How::Tap),
            1 => self.reviewing(city, doc, random),
            2 => self.in_anothers_name(city, doc, random, rng),
            3 => self.with_anothers_actor(city, doc, rng),
            4 => self.of_another_device(city, doc, random, rng),
            5 => self.mutated(rng),
            6 => rng.choice(&self.heard).cloned(),
            7 => Some(self.garbage(doc, rng)),
            8 => self.far_away(city, random, rng),
            9 => return self.give_back(city),
            10 => return self.compare_nonsense(city, rng),
            11 => self.beginning_only(city, doc),
            _ => self.as_itself(city, doc, random, How::Rest),
        };
        self.sync(city, envelope.into_iter().collect(), rng);
    }

    /// One round trip. It says what it likes of where it stands.
    fn sync(&mut self, city: &mut City, envelopes: Vec<Vec<u8>>, rng: &mut fastrand::Rng) {
        let mut cursor = self.cursor.clone().filter(|_| rng.usize(..4) > 0);
        if let Some(cursor) = cursor.as_mut().filter(|cursor| !cursor.is_empty() && rng.usize(..4) == 0) {
            let at = rng.usize(..cursor.len());
            cursor[at] ^= 1 << rng.u8(..8);
        }
        let own = (rng.usize(..3) == 0).then(|| Own { n: rng.u64(..), id: EnvelopeId::new([7; 32]) });
        let request = SyncRequest {
            protocol: PROTOCOL_VERSION,
            cursor,
            own,
            envelopes: envelopes.into_iter().map(Into::into).collect(),
            page_bytes_max: rng.u32(..),
            clock: rng.i64(..),
            app: "x".repeat(rng.usize(..200)),
            n_made: rng.u64(..),
            snapshots: rng.bool().then_some(SNAPSHOT_VERSION),
        };
        let Ok(body) = message::packed(&request, None) else { return };
        let Ok(reply) = city.sync(&self.device.to_string(), (Packing::Zstd, &body), Turn::Now) else {
            return;
        };
        let Ok(reply) = message::unpacked::<SyncReply>(&reply) else { return };
        self.heard.extend(reply.entries.iter().filter_map(|entry| match entry.parse() {
            EntryBody::Envelope(bytes, _) => Some(bytes),
            _ => None,
        }));
        self.cursor = Some(reply.cursor);
    }

    /// What was on the air.
    pub fn hear(&mut self, envelopes: Vec<Vec<u8>>) {
        self.heard.extend(envelopes);
    }

    /// Somebody else who has written in a document.
    fn victim(&self, city: &City, doc: DocId, rng: &mut fastrand::Rng) -> Option<(DeviceId, [u8; 16])> {
        let actors = city.law.actors(doc).into_iter().filter(|(device, _)| *device != self.device);
        rng.choice(actors.collect::<Vec<_>>())
    }

    fn base(city: &mut City, doc: DocId) -> Option<Document> {
        Document::load(&city.document(doc)?).ok()
    }

    fn seal(&mut self, device: DeviceId, doc: DocId, payload: Vec<u8>, seen: u64, n: u64) -> Option<Vec<u8>> {
        let body = EnvelopeBody {
            version: ENVELOPE_VERSION,
            city: code(CITY),
            doc,
            kind: DocKind::Inspection,
            device,
            n,
            prev: self.prev,
            seen,
            made_at: i64::MIN,
            payload,
        };
        let signed = Signed::seal(&body, &self.key).ok()?;
        self.prev = Some(signed.id());
        Some(signed.as_bytes().to_vec())
    }

    /// What it may do, or might have done once: it says that it has not heard of anything since.
    fn as_itself(&mut self, city: &mut City, doc: DocId, random: [u8; 16], how: How) -> Option<Vec<u8>> {
        let mut document = Self::base(city, doc)?;
        let before = document.heads();
        let value = if random[0].is_multiple_of(2) { "fail" } else { "pass" };
        document
            .answer(&mut Session::new(self.device, random), city.now(), "SAN-05", Some(value), how)
            .ok()?;
        let seen = match random[1] % 3 {
            0 => self.stale,
            1 => city.law.position,
            _ => u64::MAX,
        };
        // It counts as it likes.
        self.n = match random[2] % 8 {
            0 => 1,
            1 => i64::MAX as u64,
            _ => self.n.saturating_add(u64::from(random[3] % 3)).clamp(1, i64::MAX as u64),
        };
        // Sometimes it says that the document is about a place of its own.
        let mut payload = if random[4].is_multiple_of(4) {
            Self::beginning(doc, COMMUNITIES[1], city.now())
        } else {
            Vec::new()
        };
        payload.extend(document.own_changes(self.device, &before));
        self.seal(self.device, doc, payload, seen, self.n)
    }

    /// The beginning of an inspection that nobody asked for.
    fn beginning(doc: DocId, area: &str, at: i64) -> Vec<u8> {
        let template = template(1);
        let about = About {
            kind: InspectionKind::Routine,
            area: code(area),
            site: None,
            template: template.id.clone(),
            template_version: 1,
            assignment: None,
            continues: None,
            at,
        };
        genesis(doc, &about, &template)
    }

    /// A decision, by somebody who decides nothing.
    fn reviewing(&mut self, city: &mut City, doc: DocId, random: [u8; 16]) -> Option<Vec<u8>> {
        let mut document = Self::base(city, doc)?;
        let before = document.heads();
        let act = if random[0].is_multiple_of(2) { ReviewAct::Dismiss } else { ReviewAct::Comment };
        let mut session = Session::new(self.device, random);
        document.review(&mut session, city.now(), &act, &[(None, "越权")]).ok()?;
        self.seal(self.device, doc, document.own_changes(self.device, &before), u64::MAX, 1)
    }

    /// A fresh actor that says it is another device's, in an envelope of its own.
    fn in_anothers_name(
        &mut self,
        city: &mut City,
        doc: DocId,
        random: [u8; 16],
        rng: &mut fastrand::Rng,
    ) -> Option<Vec<u8>> {
        let (victim, _) = self.victim(city, doc, rng)?;
        self.passing_for(city, doc, victim, random)
    }

    /// Another's actor goes on, in an envelope of its own.
    fn with_anothers_actor(
        &mut self,
        city: &mut City,
        doc: DocId,
        rng: &mut fastrand::Rng,
    ) -> Option<Vec<u8>> {
        let (victim, actor) = self.victim(city, doc, rng)?;
        self.passing_for(city, doc, victim, actor)
    }

    /// A remark by an actor that says it is another device's, in an envelope of its own.
    fn passing_for(
        &mut self,
        city: &mut City,
        doc: DocId,
        victim: DeviceId,
        actor: [u8; 16],
    ) -> Option<Vec<u8>> {
        let mut document = Self::base(city, doc)?;
        let before = document.heads();
        document.remark(&mut Session::new(victim, actor), city.now(), None, MARK).ok()?;
        self.seal(self.device, doc, document.own_changes(victim, &before), u64::MAX, 1)
    }

    /// An envelope that says it is another device's, signed with its own key.
    fn of_another_device(
        &mut self,
        city: &mut City,
        doc: DocId,
        random: [u8; 16],
        rng: &mut fastrand::Rng,
    ) -> Option<Vec<u8>> {
        let (victim, _) = self.victim(city, doc, rng)?;
        let mut document = Self::base(city, doc)?;
        let before = document.heads();
        document.remark(&mut Session::new(victim, random), city.now(), None, MARK).ok()?;
        let before_it = self.prev;
        let sealed = self.seal(victim, doc, document.own_changes(victim, &before), u64::MAX, 1);
        self.prev = before_it;
        sealed
    }

    /// Another's envelope with a bit turned.
    fn mutated(&mut self, rng: &mut fastrand::Rng) -> Option<Vec<u8>> {
        let mut envelope = rng.choice(&self.heard)?.clone();
        let at = rng.usize(..envelope.len());
        envelope[at] ^= 1 << rng.u8(..8);
        Some(envelope)
    }

    /// Its own signature over anything, or nothing at all.
    fn garbage(&mut self, doc: DocId, rng: &mut fastrand::Rng) -> Vec<u8> {
        let mut bytes = vec![0; rng.usize(..300)];
        rng.fill(&mut bytes);
        if rng.bool() {
            // What looks like a chunk until somebody looks closer.
            bytes.splice(0..0, [0x85, 0x6f, 0x4a, 0x83]);
        }
        match rng.bool() {
            true => self.seal(self.device, doc, bytes.clone(), 0, 1).unwrap_or(bytes),
            false => bytes,
        }
    }

    /// An inspection that nobody asked for, in a place that is none of its business.
    fn far_away(&mut self, city: &mut City, random: [u8; 16], rng: &mut fastrand::Rng) -> Option<Vec<u8>> {
        let area = COMMUNITIES[rng.usize(..COMMUNITIES.len())];
        let mut id = [0; 10];
        rng.fill(&mut id);
        let doc = DocId::unplanned(city.now(), id);
        let begins = Self::beginning(doc, area, city.now());
        let mut document = Document::load(&begins).ok()?;
        let before = document.heads();
        let mut session = Session::new(self.device, random);
        document.answer(&mut session, city.now(), "SAN-09", Some("pass"), How::Tap).ok()?;
        let mut payload = begins;
        if rng.bool() {
            // The beginning of another document.
            payload = Self::beginning(doc, area, city.now() + 1);
        }
        if rng.usize(..4) > 0 {
            payload.extend(document.own_changes(self.device, &before));
        }
        self.seal(self.device, doc, payload, u64::MAX, 2)
    }

    /// The beginning of a document that others were asked for, and nothing else: as if that made it one of them.
    fn beginning_only(&mut self, city: &City, doc: DocId) -> Option<Vec<u8>> {
        let begins = city.law.beginning(doc)?;
        self.seal(self.device, doc, begins, u64::MAX, 3)
    }

    /// An entry the log never had, as if a restore had lost it: it makes itself an administrator.
    fn give_back(&mut self, city: &mut City) {
        let event = Event::UserPut(user(HOSTILE, Role::Administrator, &[CITY]));
        let mut entry = Entry::new(city.law.position + 1, city.now(), EntryBody::Registry(event));
        let epoch = Epoch::new([1; 16]);
        entry.sign(epoch, &self.key);
        self.repair(city, None, vec![SignedEntry { epoch, entry }]);
    }

    fn compare_nonsense(&mut self, city: &mut City, rng: &mut fastrand::Rng) {
        let mut message = vec![0x61; rng.usize(1..100)];
        rng.fill(&mut message[1..]);
        self.repair(city, Some(message), Vec::new());
    }

    fn repair(&mut self, city: &mut City, message: Option<Vec<u8>>, entries: Vec<SignedEntry>) {
        let request = RepairRequest {
            protocol: PROTOCOL_VERSION,
            message,
            entries,
            receipts: Vec::new(),
            places: Vec::new(),
        };
        if let Ok(body) = message::packed(&request, None) {
            // Whatever it is answered, the log says what came of it.
            city.repair(&self.device.to_string(), &body).ok();
        }
    }
}
