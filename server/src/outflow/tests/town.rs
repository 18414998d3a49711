//! A small city in which anything happens, and a second opinion on who may see what: by the documents and the registry
//! themselves, without labels.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rounds_shared::{
    area::AreaCode,
    assignment::{Assignment, InspectionKind},
    document::{Document, Session, genesis},
    envelope::{DocKind, ENVELOPE_VERSION, EnvelopeBody, SecretKey, Signed},
    ids::{AssignmentId, DeviceId, DocId, EnvelopeId, Epoch, UserId},
    inspection::{About, ReviewAct, ReviewState},
    permission::Role,
    registry::{Device, DeviceKind, Event, Registry, User},
    template::{Points, Template, Text, WeightedDomain, load_domain},
};
use rusqlite::{Connection, types::Value};

use super::super::{Reading, holdings};
use crate::{
    intake::{Bearer, Done, Keeper, Work},
    log::Log,
    views,
};

const NOW: i64 = 1_790_000_000_000;
const COMMUNITIES: [&str; 4] = ["530102001001", "530102002002", "530103001001", "530103001002"];
/// Three inspectors, a district's supervisor, the city's, and who observes.
pub const PEOPLE: u8 = 6;
const FILE: &str = "city.db";

/// Numbers that follow from a seed.
pub struct Dice(blake3::OutputReader);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(blake3::Hasher::new().update(&seed.to_be_bytes()).finalize_xof())
    }

    pub fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.0.fill(&mut bytes);
        bytes
    }

    pub fn below(&mut self, end: usize) -> usize {
        (u128::from_be_bytes(self.bytes()) % end as u128) as usize
    }

    fn one<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }
}

pub fn user_id(n: u8) -> UserId {
    UserId::new([n; 16])
}

/// The device of a person that only reads.
pub fn reader_key(user: u8, takes_snapshots: bool) -> DeviceId {
    DeviceId::of(&SecretKey::new([user + if takes_snapshots { 100 } else { 150 }; 32]).public())
}

/// The devices that write: a phone of each, and the console of the city's supervisor.
fn pen(user: u8) -> SecretKey {
    SecretKey::new([user; 32])
}

fn console() -> SecretKey {
    SecretKey::new([50; 32])
}

pub struct Town {
    folder: tempfile::TempDir,
    keeper: Keeper,
    template: Template,
    made: u8,
    sent: BTreeMap<DeviceId, (u64, Option<EnvelopeId>)>,
    /// The pairs that have ended, by the second's assignment.
    ended: BTreeSet<AssignmentId>,
    facts: RefCell<BTreeMap<DocId, (u64, Option<Facts>)>>,
}

/// What a merged document says that matters for who may see it.
#[derive(Clone)]
struct Facts {
    area: AreaCode,
    authors: BTreeSet<DeviceId>,
    is_approved: bool,
    is_in: bool,
}

impl Town {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (city, key) = ("5301".parse().unwrap(), SecretKey::new([99; 32]));
        let path = folder.path().join(FILE);
        let mut keeper = Keeper::open(&path, &city, Epoch::new([7; 16]), key, Box::new(|| NOW)).unwrap();
        let domain = load_domain("fixture.toml", include_str!("../../../../shared/fixtures/domain.toml"));
        let template = Template {
            id: "fixture".parse().unwrap(),
            version: 1,
            zh: "样表".into(),
            en: "Fixture".into(),
            domains: vec![WeightedDomain { weight: Points::HUNDRED, domain: domain.unwrap() }],
        };
        let name = Text { zh: "昆明市".into(), en: "Kunming".into() };
        let mut events =
            vec![Event::CityFounded { city, name }, Event::TemplatePublished(Box::new(template.clone()))];
        for n in 1..=PEOPLE {
            let (role, area) = match n {
                1..=3 => (Role::Inspector, "5301"),
                4 => (Role::Supervisor, "530102"),
                5 => (Role::Supervisor, "5301"),
                _ => (Role::Observer, "5301"),
            };
            events.push(Event::UserPut(user(n, role, area)));
            let enrolled = |id, key, kind| {
                let (user, name) = (user_id(n), "设备".into());
                Event::DeviceEnrolled(Device { id, key, user, name, kind })
            };
            let key = pen(n).public();
            events.push(enrolled(DeviceId::of(&key), key, DeviceKind::Phone));
        }
        let key = console().public();
        let (id, user, name) = (DeviceId::of(&key), user_id(5), "控制台".to_owned());
        events.push(Event::DeviceEnrolled(Device { id, key, user, name, kind: DeviceKind::Console }));
        keeper.commit(vec![Work::Register(events)]).unwrap();
        Self {
            folder,
            keeper,
            template,
            made: 0,
            sent: BTreeMap::new(),
            ended: BTreeSet::new(),
            facts: RefCell::default(),
        }
    }

    pub fn read<T>(&self, look: impl FnOnce(&Connection, &Log, &Registry, u64) -> T) -> T {
        let (log, registry) = (self.keeper.log(), self.keeper.registry());
        look(&self.connection(), &log, &registry, log.position())
    }

    fn connection(&self) -> Connection {
        Connection::open(self.folder.path().join(FILE)).unwrap()
    }

    pub fn registry(&self) -> Arc<Registry> {
        self.keeper.registry()
    }

    pub fn position(&self) -> u64 {
        self.keeper.position()
    }

    /// Something happens.
    pub fn happen(&mut self, dice: &mut Dice) {
        match dice.below(20) {
            0..4 => self.assign(dice),
            4..6 => self.move_somebody(dice),
            6..8 => self.go_unplanned(dice),
            _ => self.write(dice),
        }
        self.note_ended_pairs();
    }

    fn register(&mut self, event: Event) {
        self.keeper.commit(vec![Work::Register(vec![event])]).unwrap();
    }

    fn assign(&mut self, dice: &mut Dice) {
        self.made += 1;
        let id = AssignmentId::new([self.made; 16]);
        let known: Vec<Arc<Assignment>> = self.registry().assignments().cloned().collect();
        let first = (!known.is_empty() && dice.below(2) == 0).then(|| dice.one(&known));
        let area: AreaCode =
            first.map_or_else(|| dice.one(&COMMUNITIES).parse().unwrap(), |first| first.area.clone());
        let asked = |n: &u8| first.is_none_or(|first| !first.people.contains(&user_id(*n)));
        let free: Vec<u8> = (1..=5).filter(asked).collect();
        let people: BTreeSet<UserId> = (0..2).map(|_| user_id(*dice.one(&free))).collect();
        let about = self.about(area, Some(id));
        self.register(Event::AssignmentMade(Box::new(Assignment {
            id,
            kind: about.kind,
            template: about.template.clone(),
            template_version: 1,
            area: about.area.clone(),
            site: None,
            people: people.into_iter().collect(),
            due: "2026-11-25".parse().unwrap(),
            note: String::new(),
            made_by: user_id(5),
            genesis: genesis(DocId::of_assignment(id), &about, &self.template).into(),
            repeats: first.map(|first| first.id),
        })));
    }

    fn about(&self, area: AreaCode, assignment: Option<AssignmentId>) -> About {
        let template = self.template.id.clone();
        let kind = InspectionKind::Routine;
        About { kind, area, site: None, template, template_version: 1, assignment, continues: None, at: NOW }
    }

    /// A supervisor or the observer gets other areas, or the other role.
    fn move_somebody(&mut self, dice: &mut Dice) {
        let n = 4 + u8::try_from(dice.below(3)).unwrap();
        let role = match n {
            5 => Role::Supervisor,
            _ => *dice.one(&[Role::Supervisor, Role::Supervisor, Role::Observer, Role::Inspector]),
        };
        // The city's own supervisor keeps it: he approves.
        let area = if n == 5 {
            "5301"
        } else {
            *dice.one(&["5301", "530102", "530103", "530102001", COMMUNITIES[0]])
        };
        self.register(Event::UserPut(user(n, role, area)));
    }

    fn go_unplanned(&mut self, dice: &mut Dice) {
        let doc = DocId::unplanned(NOW, dice.bytes()[..10].try_into().unwrap());
        let about = self.about(dice.one(&COMMUNITIES).parse().unwrap(), None);
        let bytes = genesis(doc, &about, &self.template);
        let document = Document::load(&bytes).unwrap();
        let n = 1 + u8::try_from(dice.below(3)).unwrap();
        self.change(doc, document, &pen(n), dice, bytes, |document, session| {
            document.remark(session, NOW, None, "临时检查").unwrap();
        });
    }

    /// Somebody records, submits, or the city's supervisor reviews.
    fn write(&mut self, dice: &mut Dice) {
        let connection = self.connection();
        let mut known: Vec<DocId> = self.registry().assignments().map(|one| one.doc()).collect();
        known.extend(self.documents());
        if known.is_empty() {
            return;
        }
        let doc = *dice.one(&known);
        let assignment = self.registry().assignment_of(doc).cloned();
        let merged = views::documents::load(&connection, doc).unwrap();
        let document = match (merged, &assignment) {
            (Some(document), _) => document,
            (None, Some(assignment)) => Document::load(&assignment.genesis.to_vec()).unwrap(),
            (None, None) => return,
        };
        let words = "巡".repeat(300 + dice.below(2000));
        let act = dice.below(10);
        let key = if act >= 7 {
            console()
        } else {
            let asked: Vec<UserId> = assignment.map_or_else(Vec::new, |one| one.people.clone());
            let n = (1..=5).find(|n| asked.get(dice.below(2) % asked.len().max(1)) == Some(&user_id(*n)));
            pen(n.unwrap_or(1))
        };
        self.change(doc, document, &key, dice, Vec::new(), |document, session| {
            match act {
                0..4 => document.remark(session, NOW, None, &words).unwrap(),
                4..7 => document.submit(session, NOW, &[]).unwrap(),
                7 => {
                    let heads =
                        document.heads().iter().map(|head| data_encoding::HEXLOWER.encode(&head.0)).collect();
                    let act = ReviewAct::Approve { heads };
                    document.review(session, NOW, &act, &[(None, "属实")]).unwrap();
                }
                8 => document.review(session, NOW, &ReviewAct::Return, &[(None, "补正")]).unwrap(),
                _ => document.review(session, NOW, &ReviewAct::Comment, &[(None, "收到")]).unwrap(),
            };
        });
    }

    fn change(
        &mut self,
        doc: DocId,
        mut document: Document,
        key: &SecretKey,
        dice: &mut Dice,
        mut payload: Vec<u8>,
        act: impl FnOnce(&mut Document, &mut Session),
    ) {
        let device = DeviceId::of(&key.public());
        let before = document.heads();
        act(&mut document, &mut Session::new(device, dice.bytes()));
        payload.extend(document.own_changes(device, &before));
        let (n, prev) = self.sent.get(&device).copied().unwrap_or_default();
        let body = EnvelopeBody {
            version: ENVELOPE_VERSION,
            city: "5301".parse().unwrap(),
            doc,
            kind: DocKind::Inspection,
            device,
            n: n + 1,
            prev,
            seen: self.position(),
            made_at: NOW,
            payload,
        };
        let signed = Signed::seal(&body, key).unwrap();
        self.sent.insert(device, (n + 1, Some(signed.id())));
        let bearer = Bearer { device, confirmed: self.position() };
        let envelopes = self.keeper.judge_beside().delivery(vec![signed.as_bytes().to_vec()], bearer);
        let done = self.keeper.commit(vec![Work::Deliver { envelopes, bearer }]).unwrap().pop().unwrap();
        assert!(matches!(done.unwrap(), Done::Verdicts(_)));
    }

    fn documents(&self) -> Vec<DocId> {
        let connection = self.connection();
        let mut select = connection.prepare("SELECT doc FROM documents ORDER BY doc").unwrap();
        let rows = select.query_map([], |row| row.get(0).map(DocId::new)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    /// None when nothing of the document was merged.
    fn facts(&self, doc: DocId) -> Option<Facts> {
        let connection = self.connection();
        let version = views::documents::version(&connection, doc).unwrap().unwrap_or(0);
        if let Some((of, facts)) = self.facts.borrow().get(&doc)
            && *of == version
        {
            return facts.clone();
        }
        let facts = views::documents::load(&connection, doc).unwrap().map(|document| {
            let registry = self.registry();
            let user_of = |device| registry.device(device).map(|device| device.user);
            let people = registry.assignment_of(doc).map_or_else(Vec::new, |one| one.people.clone());
            let inspection = document.inspection().unwrap();
            Facts {
                area: inspection.about.area.clone(),
                authors: document.authors().into_iter().map(|(device, _)| device).collect(),
                is_approved: inspection.state(&people, user_of) == ReviewState::Approved,
                is_in: inspection.is_in(&people, user_of),
            }
        });
        self.facts.borrow_mut().insert(doc, (version, facts.clone()));
        facts
    }

    fn is_in(&self, assignment: &Assignment) -> bool {
        self.facts(assignment.doc()).is_some_and(|facts| facts.is_in)
    }

    fn note_ended_pairs(&mut self) {
        let registry = self.registry();
        for second in registry.assignments() {
            let Some(first) = second.repeats.and_then(|id| registry.assignment(id)) else { continue };
            if !self.ended.contains(&second.id) && self.is_in(first) && self.is_in(second) {
                self.ended.insert(second.id);
            }
        }
    }

    /// Whether somebody may see a document, as this page of tests understands it.
    pub fn sees(&self, user: UserId, doc: DocId) -> bool {
        let registry = self.registry();
        let Some(user) = registry.user(user) else { return false };
        let facts = self.facts(doc);
        let assignment = registry.assignment_of(doc);
        let asked = assignment.is_some_and(|one| one.people.contains(&user.id));
        let phone = DeviceId::of(&pen(user.id.as_bytes()[0]).public());
        let recorded = facts.as_ref().is_some_and(|facts| facts.authors.contains(&phone));
        let approved = facts.as_ref().is_some_and(|facts| facts.is_approved);
        let area = facts.map(|facts| facts.area).or_else(|| assignment.map(|one| one.area.clone()));
        let covers = area.is_some_and(|area| user.covers(&area));
        let is_half_of = |second: &Assignment, first: &Assignment| {
            let other = if doc == second.doc() { first } else { second };
            (doc == second.doc() || doc == first.doc())
                && other.people.contains(&user.id)
                && !self.ended.contains(&second.id)
        };
        let blind = registry.assignments().any(|second| {
            let first = second.repeats.and_then(|id| registry.assignment(id));
            first.is_some_and(|first| is_half_of(second, first))
        });
        let by_role = match user.role {
            Role::Supervisor | Role::Administrator => covers,
            Role::Observer => covers && approved,
            Role::Inspector | Role::Unit => false,
        };
        (asked || recorded || by_role) && !blind
    }

    /// What somebody may see, with the envelopes it is made of.
    pub fn visible(&self, user: u8) -> BTreeMap<DocId, BTreeSet<[u8; 32]>> {
        let connection = self.connection();
        let documents = self.documents().into_iter().filter(|doc| self.sees(user_id(user), *doc));
        documents
            .map(|doc| {
                let merged = "SELECT envelope FROM log WHERE doc = ?1 AND sort = 0
                              AND seq NOT IN (SELECT seq FROM held WHERE released IS NULL)";
                let mut select = connection.prepare(merged).unwrap();
                let rows = select.query_map([doc.as_bytes()], |row| row.get(0)).unwrap();
                (doc, rows.collect::<Result<_, _>>().unwrap())
            })
            .collect()
    }

    /// What a device should have, as a comparison says, in order.
    pub fn holdings(&self, device: DeviceId) -> Vec<[u8; 32]> {
        let user = (1..=PEOPLE)
            .find(|n| [true, false].iter().any(|takes| reader_key(*n, *takes) == device))
            .unwrap();
        let mut ids = self.read(|connection, log, registry, _| {
            let reading = Reading {
                registry,
                device,
                user: user_id(user),
                cursor: None,
                own: None,
                bytes_max: 0,
                takes_snapshots: true,
            };
            holdings(connection, log, &reading).unwrap()
        });
        ids.sort_unstable();
        ids
    }

    /// Dropped and replayed, the views are what they were.
    pub fn assert_replays(&mut self) {
        let before = self.rows();
        self.keeper.rebuild().unwrap();
        for (table, rows) in self.rows() {
            assert_eq!(rows, before[table], "{table} is replayed otherwise");
        }
    }

    fn rows(&self) -> BTreeMap<&'static str, Vec<Vec<Value>>> {
        let connection = self.connection();
        let of = |table: &'static str| {
            let mut select = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
            let columns = select.column_count();
            let rows =
                select.query_map([], |row| (0..columns).map(|index| row.get(index)).collect()).unwrap();
            (table, rows.collect::<Result<_, _>>().unwrap())
        };
        views::tables().map(of).collect()
    }
}

fn user(n: u8, role: Role, area: &str) -> User {
    let (id, login, name) = (user_id(n), format!("u{n}"), format!("用户{n}"));
    User { id, login, name, role, areas: vec![area.parse().unwrap()], department: None, active: true }
}
