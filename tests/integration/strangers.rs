//! What a hostile or broken device sends: a signed refusal or a hold, and the server goes on.

use data_encoding::HEXLOWER;
use rounds_shared::{
    document::{Document, PhotoDraft, Session},
    envelope::{DocKind, ENVELOPE_VERSION, EnvelopeBody, PublicKey, SecretKey, Signed},
    ids::{DeviceId, DocId, PhotoHash},
    inspection::{How, PhotoRole, PhotoSource, ReviewAct},
    protocol::{
        EnrolReply, EnrolRequest, Outcome, PROTOCOL_VERSION, ServerInfo, SyncReply, SyncRequest, Verdict,
        limits::{ENVELOPE_BYTES_MAX, PAGE_BYTES_MAX},
    },
    registry::Event,
};

use super::town::{Town, agent};

/// A device of our own making: it speaks the protocol and keeps none of its manners.
pub struct Rogue {
    url: String,
    key: SecretKey,
    pub server: PublicKey,
    pub token: String,
    n: u64,
}

/// What a body is said to be.
#[derive(Clone, Copy)]
enum Packing {
    Plain,
    Zstd,
}

impl Rogue {
    pub fn enrol(town: &Town, login: &str, seed: u8) -> Self {
        let (url, key) = (town.url(), SecretKey::new([seed; 32]));
        let info: ServerInfo =
            agent().get(format!("{url}/v1/server")).call().unwrap().body_mut().read_json().unwrap();
        let server = HEXLOWER.decode(info.server_key.as_bytes()).unwrap();
        let server = PublicKey::new(server.try_into().unwrap());
        let proof = key.sign(&EnrolRequest::proof_message(login, &server));
        let request = EnrolRequest {
            login: login.into(),
            password: rounds_server::demo::PASSWORD.into(),
            device_name: "自制设备".into(),
            device_key: HEXLOWER.encode(key.public().as_bytes()),
            proof: HEXLOWER.encode(proof.as_bytes()),
        };
        let reply: EnrolReply = agent()
            .post(format!("{url}/v1/devices"))
            .send_json(&request)
            .unwrap()
            .body_mut()
            .read_json()
            .unwrap();
        Self { url, key, server, token: reply.token, n: 0 }
    }

    pub fn device(&self) -> DeviceId {
        DeviceId::of(&self.key.public())
    }

    fn request(envelopes: Vec<Vec<u8>>) -> SyncRequest {
        SyncRequest {
            protocol: PROTOCOL_VERSION,
            cursor: None,
            own: None,
            envelopes: envelopes.into_iter().map(Into::into).collect(),
            page_bytes_max: u32::try_from(PAGE_BYTES_MAX).unwrap(),
            clock: 0,
            app: "rogue".into(),
            n_made: 0,
            snapshots: None,
        }
    }

    pub fn send(&self, envelopes: Vec<Vec<u8>>) -> SyncReply {
        let bytes = self.post(&minicbor::to_vec(Self::request(envelopes)).unwrap()).unwrap();
        minicbor::decode(&zstd::bulk::decompress(&bytes, 64 << 20).unwrap()).unwrap()
    }

    pub fn post(&self, body: &[u8]) -> Result<Vec<u8>, u16> {
        self.post_as(Packing::Plain, body)
    }

    /// The same with a body that is zstd, or is said to be.
    pub fn post_packed(&self, body: &[u8]) -> Result<Vec<u8>, u16> {
        self.post_as(Packing::Zstd, body)
    }

    fn post_as(&self, packing: Packing, body: &[u8]) -> Result<Vec<u8>, u16> {
        let request = agent()
            .post(format!("{}/v1/sync", self.url))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/cbor");
        let request = match packing {
            Packing::Plain => request,
            Packing::Zstd => request.header("content-encoding", "zstd"),
        };
        let mut answer = request.send(body).unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
        if status == 200 { Ok(bytes) } else { Err(status) }
    }

    pub fn verdict(&self, envelope: Vec<u8>) -> Verdict {
        self.send(vec![envelope]).verdicts[0].verify(&self.server).expect("signed by the server")
    }

    /// The genesis of an assignment that this device may see.
    fn begin(&self, assignment: &str) -> (DocId, Document) {
        let entries = self.send(Vec::new()).entries;
        let made = entries.iter().find_map(|entry| match Event::from_bytes(&entry.body) {
            Some(Event::AssignmentMade(made)) if made.id.to_string() == assignment => Some(made),
            _ => None,
        });
        let made = made.expect("the assignment is in its scope");
        (made.doc(), Document::load(&made.genesis.to_vec()).unwrap())
    }

    pub fn seal(&mut self, doc: DocId, payload: Vec<u8>) -> Vec<u8> {
        self.n += 1;
        let body = EnvelopeBody {
            version: ENVELOPE_VERSION,
            city: "5301".parse().unwrap(),
            doc,
            kind: DocKind::Inspection,
            device: self.device(),
            n: self.n,
            prev: None,
            seen: 1 << 40,
            made_at: 0,
            payload,
        };
        Signed::seal(&body, &self.key).unwrap().as_bytes().to_vec()
    }
}

pub fn code(verdict: &Verdict) -> &'static str {
    match &verdict.outcome {
        Outcome::Receipt { .. } => "receipt",
        Outcome::Held { reason, .. } => reason.code(),
        Outcome::Refused { reason } => reason.code(),
        Outcome::Later => "later",
    }
}

const NOW: i64 = 1_790_000_000_000;

#[test]
fn each_wrong_envelope_has_its_own_code_and_the_next_honest_one_works() {
    let town = Town::new();
    let mut desk = town.desk("supervisor");
    let assignment = desk.assign("530102001001", "sanitation", &["inspector1", "inspector2"]);
    let (mut one, mut two) = (Rogue::enrol(&town, "inspector1", 41), Rogue::enrol(&town, "inspector2", 42));
    let (doc, genesis) = one.begin(&assignment);
    let since = genesis.heads();
    let answered = |rogue: &Rogue, value: &str| {
        let mut document = genesis.clone();
        let mut session = Session::new(rogue.device(), [7; 16]);
        document.answer(&mut session, NOW, "SAN-05", Some(value), How::Tap).unwrap();
        document.own_changes(rogue.device(), &since)
    };

    let mut changed = one.seal(doc, answered(&one, "pass"));
    let last = changed.len() - 1;
    changed[last] ^= 1;
    assert_eq!(code(&one.verdict(changed)), "envelope_bad_signature");
    let foreign = answered(&one, "pass");
    let foreign = two.seal(doc, foreign);
    assert_eq!(code(&two.verdict(foreign)), "envelope_foreign_actor");
    assert_eq!(code(&one.verdict(b"no envelope".to_vec())), "envelope_malformed");
    let mut large = one.seal(doc, vec![0; ENVELOPE_BYTES_MAX - 400]);
    large.extend(vec![0; 800]);
    assert_eq!(code(&one.verdict(large)), "envelope_too_large");
    let rubbish = one.seal(doc, vec![0x85; 100]);
    assert_eq!(code(&one.verdict(rubbish)), "envelope_payload");
    let stranger = SecretKey::new([43; 32]);
    let unknown = EnvelopeBody {
        version: ENVELOPE_VERSION,
        city: "5301".parse().unwrap(),
        doc,
        kind: DocKind::Inspection,
        device: DeviceId::of(&stranger.public()),
        n: 1,
        prev: None,
        seen: 0,
        made_at: 0,
        payload: answered(&one, "pass"),
    };
    let unknown = Signed::seal(&unknown, &stranger).unwrap();
    assert_eq!(code(&one.verdict(unknown.as_bytes().to_vec())), "device_unknown");

    let mut document = genesis.clone();
    let mut session = Session::new(one.device(), [8; 16]);
    let approve = ReviewAct::Approve { heads: vec![] };
    document.review(&mut session, NOW, &approve, &[(None, "自己通过")]).unwrap();
    let review = document.own_changes(one.device(), &since);
    let review = one.seal(doc, review);
    assert_eq!(code(&one.verdict(review)), "held_role");
    let mut outsider = Rogue::enrol(&town, "inspector3", 44);
    let outside = answered(&outsider, "pass");
    let outside = outsider.seal(doc, outside);
    assert_eq!(code(&outsider.verdict(outside)), "held_scope");

    let honest = answered(&two, "fail");
    let honest = two.seal(doc, honest);
    assert_eq!(code(&two.verdict(honest.clone())), "receipt");
    let again = two.verdict(honest);
    assert!(again.duplicate, "sending again is harmless");
    assert_ne!(desk.item(&doc.to_string(), "SAN-05")["answer"]["state"], "none");
}

#[test]
fn a_photo_that_has_not_come_is_missing_and_said_to_be_on_its_phone() {
    let town = Town::new();
    let mut desk = town.desk("supervisor");
    let assignment = desk.assign("530102001001", "sanitation", &["inspector1"]);
    let mut phone = Rogue::enrol(&town, "inspector1", 71);
    let (doc, mut document) = phone.begin(&assignment);
    let since = document.heads();
    let photo = PhotoDraft {
        hash: PhotoHash::of(b"never sent"),
        bytes: 10,
        item: Some("SAN-05".into()),
        finding: None,
        copy_of: None,
        source: PhotoSource::Album,
        role: PhotoRole::Evidence,
        point: None,
    };
    document.add_photo(&mut Session::new(phone.device(), [9; 16]), NOW, &photo).unwrap();
    let envelope = phone.seal(doc, document.own_changes(phone.device(), &since));
    let reply = phone.send(vec![envelope]);
    assert_eq!(reply.photos_missing, [photo.hash], "the phone is told what is still wanted");
    let seen = &desk.item(&doc.to_string(), "SAN-05")["photos"][0];
    assert_eq!((seen["delivered"].as_bool(), seen["held_by"].as_str()), (Some(false), Some("自制设备")));
    let row = desk.get(&format!("/v1/inspections/{doc}")).unwrap()["row"]["photos_missing"].clone();
    assert_eq!(row, 1);
    let bytes = desk.bytes(&format!("/v1/photos/{}", photo.hash));
    assert_eq!(bytes.unwrap_err().0, 404);
}

#[test]
fn bytes_that_are_no_request_are_refused_and_the_server_goes_on() {
    let town = Town::new();
    let rogue = Rogue::enrol(&town, "inspector1", 51);
    for body in [&b""[..], b"rubbish", &[0xff; 3000], &[0x9f; 100_000], &[0x5b, 0xff, 0xff, 0xff, 0xff]] {
        assert_eq!(rogue.post(body).unwrap_err(), 400);
    }
    let later = SyncRequest { protocol: 99, ..Rogue::request(vec![]) };
    assert_eq!(rogue.post(&minicbor::to_vec(later).unwrap()).unwrap_err(), 400);
    let thief = Rogue { token: "0".repeat(64), ..Rogue::enrol(&town, "inspector1", 52) };
    assert_eq!(thief.post(&[]).unwrap_err(), 401);
    assert!(!rogue.send(Vec::new()).entries.is_empty());
}

#[test]
fn a_device_that_floods_the_server_is_told_when_to_come_back_and_others_deliver() {
    let town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let rogue = Rogue::enrol(&town, "inspector2", 42);
    let flood = minicbor::to_vec(Rogue::request(vec![vec![0; 7 << 20]])).unwrap();
    let flood = zstd::bulk::compress(&flood, 1).unwrap();
    let post = || {
        agent()
            .post(format!("{}/v1/sync", rogue.url))
            .header("authorization", format!("Bearer {}", rogue.token))
            .header("content-type", "application/cbor")
            .header("content-encoding", "zstd")
            .send(&flood[..])
            .unwrap()
    };
    let told = (0..20).map(|_| post()).find(|answer| answer.status() == 429);
    let mut told = told.expect("a minute's budget is less than 140 MiB");
    let seconds: u64 = told.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    let body: serde_json::Value = told.body_mut().read_json().unwrap();
    assert_eq!(body["code"], "come_back");
    assert_eq!(body["params"]["seconds"], seconds.to_string());
    let honest = town.phone("inspector1");
    let inspection = honest.app.open_assignment(&assignment).unwrap();
    honest.answer(&inspection, "SAN-05", "pass");
    assert_eq!(honest.sync(), None);
}
