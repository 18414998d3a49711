//! What the server is asked: by phones, in the console, in the office. Whatever leaves it is looked at.

use data_encoding::HEXLOWER;
use rounds_server::{
    auth::DeviceSession,
    console_device::{self, Unfit},
    error::ApiError,
    exchange::{Packing, message},
    intake::{Bearer, Done, Work},
};
use rounds_shared::{
    document::{Document, Session},
    envelope::{PublicKey, SecretKey},
    ids::{DeviceId, DocId},
    permission::Role,
    protocol::{
        Cursor, EnrolReply, EnrolRequest, Outcome, PROTOCOL_VERSION, RefusedReason, ServerInfo,
        SignedVerdict, SyncReply, SyncRequest,
    },
    registry::{Device, DeviceKind, Event, Registry},
};

use super::{City, Refusal, Running, Signed, Turn};
use crate::founding::{self, CITY, user_id};

impl City {
    /// Whom one is talking to.
    pub fn info(&self) -> ServerInfo {
        ServerInfo {
            city: founding::code(CITY),
            name: founding::name(),
            protocol: PROTOCOL_VERSION,
            server_key: HEXLOWER.encode(self.key.public().as_bytes()),
            epoch: self.epoch,
            version: "simulated".to_owned(),
            setup_needed: false,
        }
    }

    /// Signs a device in; the login is its person's number.
    pub fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolReply, Refusal> {
        let key = PublicKey::from_hex(&request.device_key).ok_or(Refusal::Said(ApiError::WrongPassword))?;
        let user = user_id(request.login.parse().map_err(|_| Refusal::Said(ApiError::WrongPassword))?);
        let (id, name) = (DeviceId::of(&key), request.device_name.clone());
        if self.running()?.keeper.registry().device(id).is_none() {
            let device = Device { id, key, user, name, kind: DeviceKind::Phone };
            self.register(vec![Event::DeviceEnrolled(device)])?;
        }
        Ok(EnrolReply {
            token: id.to_string(),
            user,
            name: request.login.clone(),
            role: Role::Inspector,
            server_key: HEXLOWER.encode(self.key.public().as_bytes()),
            server_time: self.now(),
        })
    }

    /// One round trip of the device with a token: the bytes that arrived, and those that answer.
    pub fn sync(&mut self, token: &str, message: (Packing, &[u8]), turn: Turn) -> Result<Vec<u8>, Refusal> {
        let now = self.now();
        let Running { exchange, judge, keeper, .. } = self.running()?;
        let session = session(&keeper.registry(), token)?;
        let device = session.device;
        let mut asked = exchange.sync_asked(&keeper.registry(), session, message, now)?;
        let (envelopes, bearer) = asked.envelopes();
        let envelopes = judge.delivery(envelopes, bearer);
        self.confirm(device, message);
        let delivered = (!envelopes.is_empty()).then_some(Work::Deliver { envelopes, bearer });
        let verdicts = match (delivered, turn) {
            (None, _) => Vec::new(),
            (Some(work), Turn::After(turns)) => {
                self.late.push((turns, work));
                return Err(Refusal::Down);
            }
            (Some(work), Turn::Now) => match self.commit(Some(work))? {
                Some(Done::Verdicts(verdicts)) => verdicts,
                Some(Done::Registered(_) | Done::Ruled(_)) | None => return Err(Refusal::Down),
            },
        };
        self.note(Some(device), &verdicts);
        let Running { exchange, keeper, .. } = self.running()?;
        let reply = exchange.sync_answer(keeper.position(), &keeper.registry(), &asked, verdicts)?;
        self.look(device, &reply);
        Ok(message::packed(&reply)?)
    }

    /// What a device shows that it has read, by a cursor that was given to it.
    fn confirm(&mut self, device: DeviceId, (packing, body): (Packing, &[u8])) {
        let Ok(Running { keeper, .. }) = self.running() else { return };
        let registry = keeper.registry();
        let body = message::unpacked(packing, body, |name| message::named(&registry, name));
        let Ok(body) = body else { return };
        let Ok(request) = minicbor::decode::<SyncRequest>(&body) else { return };
        let given = request.cursor.and_then(|cursor| self.cursors.get(&cursor).copied());
        let terms = self.law.terms_of(device);
        if let Some((_, position, _)) = given.filter(|(to, _, then)| *to == device && *then == terms) {
            self.law.confirm(device, position);
        }
    }

    /// Whether all of a reply is for the device that gets it.
    fn look(&mut self, device: DeviceId, reply: &SyncReply) {
        for entry in &reply.entries {
            if !self.law.sees(device, entry) {
                self.wrong.push(format!("entry {} is not for device {device}, who got it", entry.seq));
            }
        }
        self.look_at_documents(device, reply);
        let is_nothing = reply.entries.is_empty()
            && reply.snapshots.is_empty()
            && reply.forget.is_empty()
            && reply.photos_missing.is_empty();
        if !is_nothing && !self.law.may_read(device) {
            self.wrong.push(format!("device {device} may not read, and did"));
        }
        if let Some(cursor) = Cursor::from_bytes(&reply.cursor) {
            let given = (device, cursor.seq, self.law.terms_of(device));
            self.cursors.insert(reply.cursor.clone(), given);
        }
    }

    /// What came into the device's sight is as the log makes it, and what left it has.
    fn look_at_documents(&mut self, device: DeviceId, reply: &SyncReply) {
        let sees = |doc| self.law.user_of(device).is_some_and(|user| self.law.sees_doc(user, doc));
        let key = self.key.public();
        let mut wrong = Vec::new();
        for signed in &reply.snapshots {
            let Some(snapshot) = signed.verify(&key) else {
                wrong.push("a snapshot is not signed".to_owned());
                continue;
            };
            let merged = self.law.docs.get(&snapshot.doc).map(|doc| doc.document.heads());
            let sent = Document::load(&snapshot.saved).ok().map(|document| document.heads());
            if !sees(snapshot.doc) {
                wrong.push(format!("document {} is not for device {device}, who got it", snapshot.doc));
            }
            if sent.is_none() || sent != merged {
                wrong.push(format!("the snapshot of {} is not what the log makes", snapshot.doc));
            }
        }
        for doc in reply.forget.iter().filter(|doc| sees(**doc)) {
            wrong.push(format!("device {device} is to forget {doc}, which its user sees"));
        }
        self.wrong.extend(wrong);
    }

    /// Remembers what was signed: it must be in the log for ever. What an honest device made is refused only by a server
    /// that has lost the device itself.
    pub(super) fn note(&mut self, bearer: Option<DeviceId>, verdicts: &[SignedVerdict]) {
        let (key, epoch) = (self.key.public(), self.epoch);
        for verdict in verdicts.iter().filter_map(|signed| signed.verify(&key)) {
            let is_held = self.law.holds(verdict.envelope);
            match verdict.outcome {
                Outcome::Receipt { seq, .. } | Outcome::Held { seq, .. } => {
                    if is_held != matches!(verdict.outcome, Outcome::Held { .. }) {
                        self.wrong
                            .push(format!("{} is otherwise in the log than was said", verdict.envelope));
                    }
                    let author = self.law.author(verdict.envelope);
                    self.signed.insert(verdict.envelope, Signed { seq, epoch, author });
                }
                Outcome::Refused { reason: RefusedReason::UnknownDevice } | Outcome::Later => {}
                Outcome::Refused { reason } => {
                    if bearer.is_some_and(|bearer| !self.hostile.contains(&bearer)) {
                        self.wrong
                            .push(format!("an honest device's envelope was refused: {}", reason.code()));
                    }
                }
            }
        }
    }

    /// One round of a comparison.
    pub fn repair(&mut self, token: &str, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let now = self.now();
        let Running { exchange, keeper, .. } = self.running()?;
        let session = session(&keeper.registry(), token)?;
        let device = session.device;
        let mut asked = exchange.repair_asked(session, (Packing::Zstd, body), now)?;
        let returned = asked.returned();
        if !returned.is_empty() {
            let mut sorted = exchange.sort_returned(returned)?;
            let events = sorted.events();
            self.returned += events.len();
            let last = match self.running.as_mut() {
                Some(_) if events.is_empty() => None,
                Some(_) => match self.commit(Some(Work::Register(events)))? {
                    Some(Done::Registered(last)) => Some(last),
                    Some(Done::Verdicts(_) | Done::Ruled(_)) | None => return Err(Refusal::Down),
                },
                None => return Err(Refusal::Down),
            };
            self.running()?.exchange.returned(device, sorted, last, now)?;
        }
        if !self.law.may_read(device) {
            self.wrong.push(format!("device {device} may not compare, and did"));
        }
        let Running { exchange, keeper, .. } = self.running()?;
        Ok(message::packed(&exchange.repair_answer(&keeper.registry(), keeper.position(), &asked)?)?)
    }

    /// What somebody does to a document in the console.
    pub fn console(
        &mut self,
        user: u8,
        doc: DocId,
        random: [u8; 16],
        act: impl FnOnce(&mut Document, &mut Session) -> Result<(), Unfit<()>>,
    ) -> Result<(), Refusal> {
        let (now, key) = (self.now(), SecretKey::new([user; 32]));
        let device = console_device::device_of(user_id(user), &key);
        let id = device.id;
        if self.running()?.keeper.registry().device(id).is_none() {
            self.register(vec![Event::DeviceEnrolled(device)])?;
        }
        let Running { keeper, readers, judge, .. } = self.running()?;
        let signed = console_device::write(readers, &keeper.registry(), &key, doc, (now, random), act);
        let signed = signed.map_err(|_| Refusal::Down)?;
        let bearer = Bearer { device: id, confirmed: keeper.position() };
        let envelopes = judge.delivery(vec![signed.as_bytes().to_vec()], bearer);
        if let Some(Done::Verdicts(verdicts)) = self.commit(Some(Work::Deliver { envelopes, bearer }))? {
            self.note(Some(id), &verdicts);
        }
        Ok(())
    }

    /// What somebody says of what an entry holds; whether that was taken.
    pub fn rule(&mut self, by: u8, held: u64, admit: bool) -> Result<bool, Refusal> {
        let work = Work::Rule { held, admit, reason: "看过".to_owned(), by: user_id(by) };
        match self.commit(Some(work))? {
            Some(Done::Ruled(ruled)) => Ok(ruled.is_ok()),
            Some(Done::Verdicts(_) | Done::Registered(_)) | None => Err(Refusal::Down),
        }
    }
}

fn session(registry: &Registry, token: &str) -> Result<DeviceSession, Refusal> {
    let device = token.parse().ok().and_then(|device| DeviceSession::of(registry, device));
    device.ok_or(Refusal::Said(ApiError::DeviceUnknown))
}
