//! For the tests of this room: a city whose server is the real gate, and devices with a clock and randomness of their
//! own.

mod near;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use rounds_shared::{
    area::{Area, AreaCode, Level},
    assignment::{Assignment, InspectionKind},
    document::{Document, genesis},
    envelope::{SecretKey, Signed},
    gate::{Circumstances, Finding, judge},
    ids::{AssignmentId, DeviceId, DocId, EnvelopeId, Epoch, LogHash, UserId},
    inspection::About,
    permission::Role,
    protocol::{
        Card, Cursor, Entry, EntryBody, Judgement, Outcome, ServerIdentity, SignedSnapshot, SignedVerdict,
        Snapshot, SyncReply, SyncRequest, Verdict,
    },
    registry::{Device as RegisteredDevice, DeviceKind, Event, Registry, User},
    template::{Method, Points, Scale, Template, Text, WeightedDomain, load_domain},
};

use crate::{
    app::{App, FindingInput, PhotoInput},
    failure::Failure,
    key::DataKey,
    key_store::{KeptKey, KeyStore},
    store::{self, identity::Identity},
    surroundings::Surroundings,
    view::{PhotoDetail, PhotoRoleView, PhotoSourceView, PointView},
};

pub(crate) use near::Near;

/// The first moment of every test.
pub(crate) const NOW: i64 = 1_790_000_000_000;
/// The community of every test.
pub(crate) const AREA: &str = "530102002002";
/// Entries of a page, few enough that tests turn pages.
const PAGE_ENTRIES: usize = 3;

/// The key of every data directory of a test.
pub(crate) fn key() -> DataKey {
    DataKey::new([7; 32])
}

/// A key store that remembers as long as the test runs.
#[derive(Clone, Default)]
pub(crate) struct Keys(pub(crate) Arc<Mutex<BTreeMap<String, [u8; 32]>>>);

impl KeyStore for Keys {
    fn put(&self, name: &str, key: &[u8; 32]) -> Result<(), Failure> {
        self.0.lock().unwrap().insert(name.to_owned(), *key);
        Ok(())
    }

    fn get(&self, name: &str) -> Result<Option<KeptKey>, Failure> {
        Ok(self.0.lock().unwrap().get(name).map(|key| KeptKey::new(*key)))
    }

    fn remove(&self, name: &str) -> Result<(), Failure> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }
}

/// A clock that moves a second with every look, and randomness that follows from a seed.
pub(crate) fn surroundings(seed: u64) -> Surroundings {
    let clock = AtomicI64::new(NOW);
    let state = AtomicU64::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    Surroundings {
        disk: Box::new(|_| None),
        now_ms: Box::new(move || clock.fetch_add(1000, Ordering::Relaxed)),
        randomize: Box::new(move |bytes| {
            for byte in bytes {
                // splitmix64
                let mut next = state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
                next = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                next = (next ^ (next >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                *byte = (next >> 56) as u8;
            }
        }),
    }
}

/// A person and his device.
pub(crate) struct Inspector {
    pub(crate) user: UserId,
    pub(crate) name: &'static str,
    seed: u8,
}

impl Inspector {
    pub(crate) const fn new(name: &'static str, seed: u8) -> Self {
        Self { user: UserId::new([seed; 16]), name, seed }
    }

    pub(crate) fn secret(&self) -> SecretKey {
        SecretKey::new([self.seed; 32])
    }

    pub(crate) fn device(&self) -> DeviceId {
        DeviceId::of(&self.secret().public())
    }

    /// His app, enrolled in the city.
    pub(crate) fn app(&self, dir: &Path, city: &City) -> App {
        let app = self.reopen(dir, 1);
        let identity = Identity {
            server: "http://127.0.0.1:1".to_owned(),
            server_key: city.key.public(),
            server_version: "1".to_owned(),
            city: city_code(),
            city_name: Text { zh: "昆明市".into(), en: "Kunming".into() },
            user: self.user,
            login: self.name.to_owned(),
            name: self.name.to_owned(),
            role: Role::Inspector,
            device: self.device(),
            device_name: "手机".to_owned(),
            secret: self.secret(),
            token: Some("token".to_owned()),
        };
        {
            let mut device = app.device();
            device.store.write(|transaction| store::identity::save(transaction, &identity)).unwrap();
            device.identity = Some(identity);
        }
        app
    }

    /// The same app after it was closed or killed. A start never sees the randomness of an earlier one.
    pub(crate) fn reopen(&self, dir: &Path, start: u64) -> App {
        let seed = u64::from(self.seed) * 1000 + start;
        App::open(dir, &key(), surroundings(seed), Box::new(|_| {})).unwrap()
    }
}

pub(crate) const ANNA: Inspector = Inspector::new("安娜", 1);
pub(crate) const BEN: Inspector = Inspector::new("本", 2);

/// A city: the log and the documents a server would keep, judged by the gate it uses.
pub(crate) struct City {
    pub(crate) key: SecretKey,
    pub(crate) epoch: Epoch,
    pub(crate) version: &'static str,
    pub(crate) registry: Registry,
    pub(crate) log: Vec<Entry>,
    documents: BTreeMap<DocId, Document>,
    verdicts: BTreeMap<EnvelopeId, Outcome>,
    /// How far its backups reach that have the photos too.
    pub(crate) photos_backed_up: Option<u64>,
}

impl City {
    /// A city with two inspectors and one assignment for both.
    pub(crate) fn founded() -> Self {
        let mut city = Self {
            key: SecretKey::new([99; 32]),
            epoch: Epoch::new([1; 16]),
            version: "1",
            photos_backed_up: None,
            registry: Registry::default(),
            log: Vec::new(),
            documents: BTreeMap::new(),
            verdicts: BTreeMap::new(),
        };
        let name = Text { zh: "昆明市".into(), en: "Kunming".into() };
        city.register(Event::CityFounded { city: city_code(), name });
        city.register(Event::AreasPut(areas()));
        city.register(Event::TemplatePublished(Box::new(template())));
        for inspector in [&ANNA, &BEN] {
            city.register(Event::UserPut(user(inspector, Role::Inspector)));
            city.register(Event::DeviceEnrolled(RegisteredDevice {
                id: inspector.device(),
                key: inspector.secret().public(),
                user: inspector.user,
                name: "手机".into(),
                kind: DeviceKind::Phone,
            }));
        }
        city.register(Event::AssignmentMade(Box::new(assignment())));
        city
    }

    pub(crate) fn register(&mut self, event: Event) {
        let seq = self.log.len() as u64 + 1;
        self.registry.apply(seq, NOW, &event);
        self.append(EntryBody::Registry(event));
    }

    pub(crate) fn append(&mut self, body: EntryBody) -> u64 {
        let seq = self.log.len() as u64 + 1;
        self.log.push(Entry::new(seq, NOW, body));
        seq
    }

    /// The document as the server has merged it.
    pub(crate) fn document(&mut self, doc: DocId) -> &mut Document {
        self.documents.get_mut(&doc).unwrap()
    }

    /// A later version of the server looks again at what an earlier one refused.
    pub(crate) fn forget_refusals(&mut self) {
        self.verdicts.retain(|_, outcome| !matches!(outcome, Outcome::Refused { .. }));
    }

    /// What `POST /v1/sync` answers.
    pub(crate) fn sync(&mut self, request: &SyncRequest) -> SyncReply {
        let verdicts = request.envelopes.iter().map(|bytes| self.judge(bytes)).collect();
        let cursor = request.cursor.as_deref().and_then(Cursor::from_bytes);
        let from = cursor.filter(|cursor| cursor.epoch == self.epoch).map_or(0, |cursor| cursor.seq);
        let skip = usize::try_from(from).unwrap();
        let mut entries: Vec<Entry> = self.log.iter().skip(skip).take(PAGE_ENTRIES).cloned().collect();
        entries.iter_mut().for_each(|entry| entry.sign(self.epoch, &self.key));
        let seq = from + entries.len() as u64;
        let (hash, scope) = (LogHash::new([0; 32]), [0; 8]);
        SyncReply {
            verdicts,
            entries,
            forget: Vec::new(),
            cursor: Cursor { epoch: self.epoch, seq, hash, scope, transfer: None }.to_bytes(),
            more: seq < self.log.len() as u64,
            backed_up: 0,
            photos_backed_up: self.photos_backed_up,
            server_time: NOW,
            photos_missing: Vec::new(),
            epoch: Some(self.epoch),
            snapshots: Vec::new(),
            wipe: None,
            server: Some(ServerIdentity { key: self.key.public(), version: self.version.to_owned() }),
        }
    }

    /// The cursor at the log's end.
    pub(crate) fn end(&self) -> Vec<u8> {
        let (hash, scope) = (LogHash::new([0; 32]), [0; 8]);
        Cursor { epoch: self.epoch, seq: self.log.len() as u64, hash, scope, transfer: None }.to_bytes()
    }

    /// A document as it is merged, signed with a key.
    pub(crate) fn snapshot(&self, doc: DocId, key: &SecretKey) -> SignedSnapshot {
        let document = &self.documents[&doc];
        let about = document.about().unwrap();
        let merged = self.log.iter().filter_map(|entry| match entry.parse() {
            EntryBody::Envelope(bytes, Judgement::Merged) => Some(Signed::decode(bytes).unwrap().id()),
            _ => None,
        });
        let card = Card {
            kind: about.kind.as_str().to_owned(),
            area: about.area,
            site: about.site,
            template: about.template,
            template_version: about.template_version,
            assignment: about.assignment,
            state: "draft".to_owned(),
            answered: 1,
            asked: 3,
            findings: 0,
            conflicts: 0,
            returned: 0,
            changed_at: NOW,
            people: vec![ANNA.user, BEN.user],
            submitted: Vec::new(),
        };
        let (seq, saved) = (self.log.len() as u64, document.save_plain());
        SignedSnapshot::sign(&Snapshot { doc, seq, saved, covers: merged.collect(), card }, key)
    }

    fn judge(&mut self, bytes: &[u8]) -> SignedVerdict {
        let signed = Signed::decode(bytes.to_vec()).unwrap();
        let envelope = signed.id();
        let known = self.verdicts.get(&envelope).cloned();
        let duplicate = known.is_some();
        let outcome = known.unwrap_or_else(|| self.outcome(signed, bytes));
        self.verdicts.insert(envelope, outcome.clone());
        SignedVerdict::sign(&Verdict { envelope, outcome, duplicate }, &self.key)
    }

    fn outcome(&mut self, signed: Signed, bytes: &[u8]) -> Outcome {
        let key = self.registry.device(signed.device()).unwrap().key;
        let envelope = signed.verify(&key).unwrap();
        let doc = envelope.body().doc;
        let circumstances = Circumstances { registry: &self.registry, now: NOW, confirmed: 0 };
        let epoch = self.epoch;
        match judge(circumstances, self.documents.get(&doc), &envelope) {
            Finding::Merge(merged) => {
                self.documents.insert(doc, merged.document);
                let seq = self.append(EntryBody::Envelope(bytes.to_vec(), Judgement::Merged));
                Outcome::Receipt { epoch, seq }
            }
            Finding::Known => {
                let seq = self.append(EntryBody::Envelope(bytes.to_vec(), Judgement::Merged));
                Outcome::Receipt { epoch, seq }
            }
            Finding::Hold(judgement) => {
                let Judgement::Held { reason, missing } = judgement.clone() else { panic!("held as merged") };
                let seq = self.append(EntryBody::Envelope(bytes.to_vec(), judgement));
                Outcome::Held { epoch, seq, reason, missing }
            }
            Finding::Refuse(reason) => Outcome::Refused { reason },
        }
    }
}

/// Round trips until nothing is left on either side, as the app does them, without the network.
pub(crate) fn sync(app: &App, city: &mut City) {
    for _ in 0..100 {
        let request = app.device().request(NOW).unwrap();
        let reply = city.sync(&request);
        let received = app.device().receive(NOW, &request, &reply).unwrap();
        let documents = app.device().unsettled().unwrap();
        for doc in documents {
            app.device().settle(doc).unwrap();
        }
        if received.more {
            continue;
        }
        app.go_on().unwrap();
        if !app.device().has_waiting().unwrap() {
            return;
        }
    }
    panic!("the sync must end");
}

pub(crate) fn user(inspector: &Inspector, role: Role) -> User {
    User {
        id: inspector.user,
        login: inspector.name.into(),
        name: inspector.name.into(),
        role,
        areas: vec![AreaCode::parse("530102").unwrap()],
        department: None,
        active: true,
    }
}

pub(crate) fn city_code() -> AreaCode {
    AreaCode::parse("5301").unwrap()
}

pub(crate) fn assignment() -> Assignment {
    let id = AssignmentId::new([5; 16]);
    let about = About {
        kind: InspectionKind::Routine,
        area: AreaCode::parse(AREA).unwrap(),
        site: None,
        template: template().id,
        template_version: 1,
        assignment: Some(id),
        continues: None,
        at: NOW,
    };
    Assignment {
        id,
        kind: about.kind,
        template: about.template.clone(),
        template_version: about.template_version,
        area: about.area.clone(),
        site: None,
        people: vec![ANNA.user, BEN.user],
        due: "2026-09-30".parse().unwrap(),
        note: "先看垃圾房".into(),
        made_by: ANNA.user,
        genesis: genesis(DocId::of_assignment(id), &about, &template()).into(),
        repeats: None,
    }
}

pub(crate) fn template() -> Template {
    let mut domain =
        load_domain("fixture.toml", include_str!("../../../shared/fixtures/domain.toml")).unwrap();
    let ratio = domain.items.iter_mut().find(|item| matches!(item.scale, Scale::Ratio { .. }));
    ratio.unwrap().methods = vec![Method::Questionnaire];
    Template {
        id: "fixture".parse().unwrap(),
        version: 1,
        zh: "样表".into(),
        en: "Fixture".into(),
        domains: vec![WeightedDomain { weight: Points::HUNDRED, domain }],
    }
}

fn areas() -> Vec<Area> {
    let area = |code: &str, short: &str, pinyin: &str, level, parent: Option<&str>| Area {
        code: AreaCode::parse(code).unwrap(),
        name: format!("{short}居民委员会"),
        short: short.into(),
        pinyin: pinyin.into(),
        level,
        parent: parent.map(|code| AreaCode::parse(code).unwrap()),
    };
    vec![
        area("5301", "昆明市", "kms", Level::City, None),
        area("530102", "五华区", "whq", Level::District, Some("5301")),
        area("530102002", "华山街道", "hsjd", Level::Subdistrict, Some("530102")),
        area(AREA, "翠湖西路社区", "chxlsq", Level::Community, Some("530102002")),
        area("530102002003", "青云街社区", "qyjsq", Level::Community, Some("530102002")),
    ]
}

/// A copy of a data directory as a killed process leaves it behind.
pub(crate) fn killed(dir: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(dir, copy.path());
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A finding of the item that the photos are of.
pub(crate) fn finding() -> FindingInput {
    FindingInput {
        kind: "FIX-02-1".into(),
        note: "纸箱堆放".into(),
        place: "3栋2单元门前".into(),
        point: Some(PointView { lat: 25.0512, lon: 102.7043, accuracy_m: 7.5 }),
        fixed_on_spot: false,
        asset: String::new(),
    }
}

/// A small picture of one shade.
pub(crate) fn picture(shade: u8) -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(64, 48, image::Rgb([shade; 3]));
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// A photo of an item, as the camera brings it.
pub(crate) fn taken(inspection: &str) -> PhotoInput {
    PhotoInput {
        inspection: inspection.to_owned(),
        item: Some("FIX-02".into()),
        finding: None,
        copy_of: None,
        source: PhotoSourceView::Camera,
        role: PhotoRoleView::Evidence,
        point: None,
        detail: PhotoDetail::default(),
    }
}
