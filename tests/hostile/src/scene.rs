//! Where a hostile device stands: signed in, with a key of its own, an inspection it was asked for, and a colleague.

use data_encoding::HEXLOWER;
use rounds_shared::{
    answer::Value,
    area::{Area, AreaCode, Level},
    assignment::{Assignment, InspectionKind},
    case::CaseAbout,
    document::{Document, Payload, Session, genesis},
    envelope::{DocKind, ENVELOPE_VERSION, EnvelopeBody, SecretKey, Signed},
    ids::{AssignmentId, DeviceId, DocId, UserId},
    inspection::{About, How},
    permission::Role,
    registry::{Device, DeviceKind, Event, Registry, User},
    template::{Item, Points, Template, Text, WeightedDomain, load_domain},
};
use sha2::{Digest as _, Sha256};

use crate::{
    change::Name,
    chunk::{self, ChangeChunk},
};

/// The server's clock, in milliseconds.
pub const NOW: i64 = 1_790_000_000_000;
/// The same in seconds, as changes have it.
pub const NOW_S: i64 = NOW / 1000;
const AREA: &str = "530102001001";
/// An area outside those of anybody in the scene.
pub const OUTSIDE: &str = "530103001001";

/// What a hostile device knows.
pub struct Scene {
    /// Whose log it is.
    pub city: AreaCode,
    /// The inspection it was asked for.
    pub assignment: Assignment,
    /// Its checklist.
    pub template: Template,
    /// The device's key.
    pub key: SecretKey,
    /// A colleague's, to make what is his. No case signs with it but as him.
    pub other: SecretKey,
}

impl Scene {
    /// The device.
    pub fn device(&self) -> DeviceId {
        DeviceId::of(&self.key.public())
    }

    /// The inspection's document.
    pub fn doc(&self) -> DocId {
        self.assignment.doc()
    }

    /// What the inspection is about.
    pub fn about(&self) -> About {
        About {
            kind: self.assignment.kind,
            area: self.assignment.area.clone(),
            site: self.assignment.site.clone(),
            template: self.assignment.template.clone(),
            template_version: self.assignment.template_version,
            assignment: Some(self.assignment.id),
            continues: None,
            at: NOW,
        }
    }

    /// The document as it begins.
    pub fn beginning(&self) -> Document {
        Document::load(&self.assignment.genesis.to_vec()).expect("the server made it")
    }

    /// What the colleague recorded and delivered: an answer.
    pub fn others_change(&self) -> Vec<u8> {
        let other = self.other_device();
        let mut document = self.beginning();
        let since = document.heads();
        let mut session = Session::new(other, [0x0a; 16]);
        document
            .answer(&mut session, NOW, &self.item(0), Some("pass"), How::Tap)
            .expect("the checklist has the item");
        document.own_changes(other, &since)
    }

    /// The colleague's device.
    pub fn other_device(&self) -> DeviceId {
        DeviceId::of(&self.other.public())
    }

    /// The hash of what the colleague delivered.
    pub fn others_hash(&self) -> [u8; 32] {
        self.merged().heads()[0].0
    }

    /// Another change of the colleague's, which he has not delivered.
    pub fn others_later(&self) -> Vec<u8> {
        let mut document = self.merged();
        let since = document.heads();
        let mut session = Session::new(self.other_device(), [0x0b; 16]);
        document.remark(&mut session, NOW, None, "还没有上传").expect("there are remarks");
        document.own_changes(self.other_device(), &since)
    }

    /// The actors of the first change and of the colleague, in their order.
    pub fn sorted_actors(&self) -> Vec<Vec<u8>> {
        let mut actors = vec![self.genesis_actor(), vec![0x0a; 16]];
        actors.sort_unstable();
        actors
    }

    /// The document as the server has it: with the colleague's answer.
    pub fn merged(&self) -> Document {
        let mut document = self.beginning();
        let payload = Payload::decode(&self.others_change()).expect("it is honest");
        document.merge(&payload).expect("it is honest");
        document
    }

    /// The code of one of the checklist's items that pass or fail.
    pub fn item(&self, index: usize) -> String {
        self.passing().nth(index).expect("the checklist is longer").1.code.as_str().to_owned()
    }

    /// An item that has kinds of findings, and the first of them.
    pub fn finding_kind(&self) -> (String, String) {
        let kinds = self.template.items().filter_map(|item| Some((item, item.kinds.first()?)));
        let (item, kind) = kinds.last().expect("the checklist knows findings");
        (item.code.as_str().to_owned(), kind.code.as_str().to_owned())
    }

    /// How many items pass or fail.
    pub fn passing_items(&self) -> usize {
        self.passing().count()
    }

    /// The items that pass or fail, with their places among all items.
    fn passing(&self) -> impl Iterator<Item = (u64, &Item)> {
        let passes = |item: &Item| item.is_asked() && Value::parse(&item.scale, "pass").is_ok();
        (0..).zip(self.template.items()).filter(move |(_, item)| passes(item))
    }

    /// The hash of the first change.
    pub fn genesis_hash(&self) -> [u8; 32] {
        self.beginning().heads()[0].0
    }

    /// The actor of the first change.
    pub fn genesis_actor(&self) -> Vec<u8> {
        actor_of(&self.assignment.genesis.to_vec())
    }

    /// The counter of the last operation of the first change.
    pub fn genesis_end(&self) -> u64 {
        let about = 8 + u64::from(self.assignment.site.is_some());
        about + 1 + self.template.items().count() as u64 + 5
    }

    /// The map of an item's answer, for changes whose first other actor is the first change's.
    pub fn answer(&self, index: usize) -> Name {
        let items = self.template.items().count() as u64;
        let (place, _) = self.passing().nth(index).expect("the checklist is longer");
        (self.genesis_end() - 5 - items + 1 + place, 1)
    }

    /// The map of all answers.
    pub fn answers(&self) -> Name {
        (self.genesis_end() - 5 - self.template.items().count() as u64, 1)
    }

    /// The map of findings.
    pub fn findings(&self) -> Name {
        (self.genesis_end() - 4, 1)
    }

    /// The map of photos.
    pub fn photos(&self) -> Name {
        (self.genesis_end() - 3, 1)
    }

    /// The list of remarks.
    pub fn remarks(&self) -> Name {
        (self.genesis_end() - 2, 1)
    }

    /// The list of submissions.
    pub fn submissions(&self) -> Name {
        (self.genesis_end() - 1, 1)
    }

    /// The list of reviews.
    pub fn reviews(&self) -> Name {
        (self.genesis_end(), 1)
    }

    /// A key the device may make findings and photos at.
    pub fn own_key(&self, n: u64) -> String {
        format!("{}-{n:016x}", self.device())
    }

    /// The first change of an actor of its own, on the first change of the document; without operations.
    pub fn first(&self, actor: &str) -> ChangeChunk {
        let chunk = ChangeChunk {
            deps: vec![self.genesis_hash()],
            actor: actor_named(actor),
            seq: 1,
            start_op: self.genesis_end() + 1,
            time: NOW_S,
            others: vec![self.genesis_actor()],
            ..ChangeChunk::default()
        };
        chunk.by(self.device().as_bytes())
    }

    /// The change after one, by the same actor.
    pub fn after(&self, before: &ChangeChunk, operations: usize) -> ChangeChunk {
        ChangeChunk {
            deps: vec![before.hash()],
            seq: before.seq + 1,
            start_op: before.end(operations) + 1,
            columns: Vec::new(),
            extra: Vec::new(),
            ..before.clone()
        }
    }

    /// What the case of a finding there would be about.
    pub fn case(&self) -> CaseAbout {
        let about = self.about();
        CaseAbout {
            inspection: self.doc(),
            finding: self.own_key(1),
            item: self.item(0),
            area: about.area,
            site: about.site,
            template: about.template,
            template_version: about.template_version,
            at: NOW,
        }
    }

    /// What an honest envelope around a payload says.
    pub fn body(&self, payload: Vec<u8>) -> EnvelopeBody {
        EnvelopeBody {
            version: ENVELOPE_VERSION,
            city: self.city.clone(),
            doc: self.doc(),
            kind: DocKind::Inspection,
            device: self.device(),
            n: 1,
            prev: None,
            seen: 0,
            made_at: NOW,
            payload,
        }
    }

    /// A payload in an envelope that the device signs.
    pub fn seal(&self, payload: Vec<u8>) -> Vec<u8> {
        signed(&self.body(payload), &self.key)
    }
}

/// A body as an envelope, signed with a key, whatever it says.
pub fn signed(body: &EnvelopeBody, key: &SecretKey) -> Vec<u8> {
    signed_bytes(&minicbor::to_vec(body).expect("encoding to memory cannot fail"), key)
}

/// Bytes as the body of an envelope, with a right signature.
pub fn signed_bytes(body: &[u8], key: &SecretKey) -> Vec<u8> {
    let wrapped = |signature: &[u8; 64]| {
        let mut out = minicbor::Encoder::new(Vec::new());
        let parts = out.array(2).and_then(|out| out.bytes(body)).and_then(|out| out.bytes(signature));
        parts.expect("encoding to memory cannot fail");
        out.into_writer()
    };
    // The id does not depend on the signature.
    let id = Signed::id_of(&wrapped(&[0; 64])).expect("it has the form of an envelope");
    wrapped(key.sign(id.as_bytes()).as_bytes())
}

/// An actor of one name: the same in every run.
pub fn actor_named(name: &str) -> Vec<u8> {
    Sha256::digest(name.as_bytes())[..16].to_vec()
}

/// The actor of a change without dependencies.
pub fn actor_of(change: &[u8]) -> Vec<u8> {
    // Magic, checksum and type; the length, which is of two bytes; no dependencies; sixteen bytes of actor.
    let length = 9 + change[9..].iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
    change[length + 2..length + 18].to_vec()
}

/// A registry in memory in which the scene is so, for asking the gate without a server.
pub fn registry(scene: &Scene) -> Registry {
    let area = |code: AreaCode, short: &str, pinyin: &str| Area {
        code,
        name: format!("{short}居委会"),
        short: short.into(),
        pinyin: pinyin.into(),
        level: Level::Community,
        parent: None,
    };
    let areas = vec![
        area(scene.assignment.area.clone(), "大西门社区", "dxmsq"),
        area(OUTSIDE.parse().expect("a code"), "尚义社区", "sysq"),
    ];
    let name = Text { zh: "昆明市".into(), en: "Kunming".into() };
    let mut events = vec![
        Event::CityFounded { city: scene.city.clone(), name },
        Event::AreasPut(areas),
        Event::TemplatePublished(Box::new(scene.template.clone())),
    ];
    for (n, key) in [(1, &scene.key), (2, &scene.other)] {
        let user = UserId::new([n; 16]);
        events.push(Event::UserPut(User {
            id: user,
            login: format!("inspector{n}"),
            name: format!("巡访员{n}"),
            role: Role::Inspector,
            areas: vec![],
            department: None,
            active: true,
        }));
        let key = key.public();
        let name = HEXLOWER.encode(&[n]);
        events.push(Event::DeviceEnrolled(Device {
            id: DeviceId::of(&key),
            key,
            user,
            name,
            kind: DeviceKind::Phone,
        }));
    }
    events.push(Event::AssignmentMade(Box::new(scene.assignment.clone())));
    let mut registry = Registry::default();
    for (position, event) in (1..).zip(&events) {
        registry.apply(position, NOW, event);
    }
    registry
}

/// A scene in memory.
pub fn scene() -> Scene {
    let text = include_str!("../../../server/data/kunming/templates/san.toml");
    let domain = load_domain("san.toml", text).expect("the city's own checklist");
    let template = Template {
        id: "sanitation".parse().expect("a code"),
        version: 1,
        zh: "环境卫生".into(),
        en: "Sanitation".into(),
        domains: vec![WeightedDomain { weight: Points::whole(100), domain }],
    };
    let id = AssignmentId::new([5; 16]);
    let about = About {
        kind: InspectionKind::Routine,
        area: AREA.parse().expect("a code"),
        site: None,
        template: template.id.clone(),
        template_version: 1,
        assignment: Some(id),
        continues: None,
        at: NOW,
    };
    let assignment = Assignment {
        id,
        kind: about.kind,
        template: template.id.clone(),
        template_version: 1,
        area: about.area.clone(),
        site: None,
        people: vec![UserId::new([1; 16]), UserId::new([2; 16])],
        due: "2026-11-25".parse().expect("a day"),
        note: String::new(),
        made_by: UserId::new([9; 16]),
        genesis: genesis(DocId::of_assignment(id), &about, &template).into(),
        repeats: None,
    };
    let city = "5301".parse().expect("a code");
    Scene { city, assignment, template, key: SecretKey::new([1; 32]), other: SecretKey::new([2; 32]) }
}

/// Changes as a payload.
pub fn payload<'c>(changes: impl IntoIterator<Item = &'c ChangeChunk>) -> Vec<u8> {
    changes.into_iter().flat_map(chunk::ChangeChunk::bytes).collect()
}
