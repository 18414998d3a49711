//! The server: its real writer, judge, outflow and views, over a simulated disk, without axum and without threads.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use data_encoding::HEXLOWER;
use rounds_server::{
    auth::DeviceSession,
    error::ApiError,
    exchange::{Exchange, Packing, message},
    intake::{Done, Judge, Keeper, Work},
    photos::Photos,
    vault::Vault,
    views::{self, Readers},
};
use rounds_shared::{
    area::{Area, AreaCode, Level},
    assignment::{Assignment, InspectionKind},
    document::genesis,
    envelope::{PublicKey, SecretKey},
    ids::{AssignmentId, DeviceId, DocId, EnvelopeId, Epoch, UserId},
    inspection::About,
    permission::Role,
    protocol::{EnrolReply, EnrolRequest, Outcome, PROTOCOL_VERSION, ServerInfo, SignedVerdict},
    registry::{Device, DeviceKind, Event, Registry, User},
    template::{Points, Template, Text, WeightedDomain, load_domain},
};
use rusqlite::types::Value;

use crate::disk;

/// When the simulated years begin, in milliseconds since 1970.
pub const NOW: i64 = 1_790_000_000_000;
const CITY: &str = "5301";
const AREA: &str = "530102002002";
const FILE: &str = "city.db";
const BACKUP: &str = "/simulated-backup";

/// The rows of every view's table.
pub type Rows = BTreeMap<&'static str, Vec<Vec<Value>>>;

/// A city's server.
pub struct City {
    /// The folder of its files, on its own disk.
    pub machine: String,
    /// Its clock, in milliseconds.
    pub clock: Arc<AtomicI64>,
    /// Every envelope it ever signed to be in its log.
    pub signed: BTreeMap<EnvelopeId, u64>,
    key: SecretKey,
    epoch: Epoch,
    epochs: u8,
    photos: tempfile::TempDir,
    running: Option<Running>,
}

struct Running {
    keeper: Keeper,
    judge: Judge,
    exchange: Exchange,
    readers: Arc<Readers>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Refusal {
    /// It is down, or went down while it was asked.
    Down,
    /// It says no.
    Said(ApiError),
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Said(error)
    }
}

fn session(registry: &Registry, token: &str) -> Result<DeviceSession, Refusal> {
    let device = token.parse().ok().and_then(|device| DeviceSession::of(registry, device));
    device.ok_or(Refusal::Said(ApiError::DeviceUnknown))
}

impl City {
    /// A city with people who inspect, founded on a sound disk.
    pub fn found(machine: &str, people: u8, assignments: u8) -> Self {
        let mut city = Self {
            machine: machine.to_owned(),
            clock: Arc::new(AtomicI64::new(NOW)),
            signed: BTreeMap::new(),
            key: SecretKey::new([99; 32]),
            epoch: Epoch::new([1; 16]),
            epochs: 1,
            photos: tempfile::tempdir().expect("a folder for photos"),
            running: None,
        };
        city.start();
        let template = template();
        let mut events = vec![
            Event::CityFounded { city: code(), name: Text { zh: "昆明市".into(), en: "Kunming".into() } },
            Event::AreasPut(vec![area()]),
            Event::TemplatePublished(Box::new(template.clone())),
        ];
        events.extend((1..=people).map(|n| Event::UserPut(user(n, Role::Inspector))));
        events.push(Event::UserPut(user(99, Role::Supervisor)));
        events.extend(
            (1..=assignments).map(|n| Event::AssignmentMade(Box::new(assignment(n, people, &template)))),
        );
        city.register(events).expect("nothing fails while a city is founded");
        city
    }

    /// Starts it over what its disk holds.
    pub fn start(&mut self) {
        let clock = Arc::clone(&self.clock);
        let now = Box::new(move || clock.load(Ordering::Relaxed));
        let path = self.path();
        let key = SecretKey::new(self.key.to_bytes());
        let keeper =
            Keeper::open(&path, &code(), self.epoch, key, now).expect("a city starts over its own disk");
        let key = SecretKey::new(self.key.to_bytes());
        let vault = Vault::keyed(&PathBuf::from(&self.machine), key).expect("a vault opens on its own disk");
        let photos = Photos::open(self.photos.path()).expect("a folder for photos");
        let readers = Arc::new(Readers::new(path));
        let exchange = Exchange::new(keeper.log(), Arc::clone(&readers), vault, photos);
        self.running = Some(Running { judge: keeper.judge_beside(), exchange, readers, keeper });
    }

    /// Copies its disk, as a backup would, while nothing happens.
    pub fn back_up(&mut self) {
        self.stop();
        disk::copy(&self.machine, BACKUP);
        self.start();
    }

    /// Begins again from the backup, if there is one, as another epoch: what came since is lost here.
    pub fn restore(&mut self) -> bool {
        let path = self.path();
        self.stop();
        // Whoever restores a server makes room first.
        disk::room(&self.machine, None);
        if !disk::copy(BACKUP, &self.machine) {
            self.start();
            return false;
        }
        self.epochs += 1;
        self.epoch = Epoch::new([self.epochs; 16]);
        let connection = rusqlite::Connection::open(&path).expect("a sound disk");
        let began = connection.execute_batch(&format!(
            "UPDATE log_identity SET epoch = x'{0}';
             INSERT INTO log_epochs (city, epoch, seq, at) SELECT '{CITY}', x'{0}', max(seq), 0 FROM log;",
            self.epoch
        ));
        began.expect("a sound disk");
        drop(connection);
        // A device confirms what it has read of this log, and nobody has yet.
        let vault = rusqlite::Connection::open(PathBuf::from(&self.machine).join("vault.db"));
        let forgotten = vault.and_then(|vault| vault.execute("UPDATE contacts SET confirmed = 0", []));
        forgotten.expect("a sound disk");
        self.start();
        true
    }

    /// Ends it as it is.
    pub fn stop(&mut self) {
        self.running = None;
    }

    fn path(&self) -> PathBuf {
        PathBuf::from(&self.machine).join(FILE)
    }

    fn running(&mut self) -> Result<&mut Running, Refusal> {
        self.running.as_mut().ok_or(Refusal::Down)
    }

    /// Does a piece of work.
    fn commit(&mut self, work: Work) -> Result<Done, Refusal> {
        let done = self.running()?.keeper.commit(vec![work]).map_err(|_| Refusal::Down)?;
        done.into_iter().next().and_then(Result::ok).ok_or(Refusal::Down)
    }

    fn register(&mut self, events: Vec<Event>) -> Result<u64, Refusal> {
        match self.commit(Work::Register(events))? {
            Done::Registered(last) => Ok(last),
            Done::Verdicts(_) | Done::Ruled(_) => Err(Refusal::Down),
        }
    }

    fn now(&self) -> i64 {
        self.clock.load(Ordering::Relaxed)
    }

    /// Whom one is talking to.
    pub fn info(&self) -> ServerInfo {
        ServerInfo {
            city: code(),
            name: Text { zh: "昆明市".into(), en: "Kunming".into() },
            protocol: PROTOCOL_VERSION,
            server_key: HEXLOWER.encode(self.key.public().as_bytes()),
            epoch: self.epoch,
            version: "simulated".to_owned(),
            setup_needed: false,
        }
    }

    /// Signs a device in; the login is its person's number.
    pub fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolReply, Refusal> {
        let key = PublicKey::from_hex(&request.device_key).ok_or(Refusal::Down)?;
        let user = user_id(request.login.parse().map_err(|_| Refusal::Down)?);
        let device = Device {
            id: DeviceId::of(&key),
            key,
            user,
            name: request.device_name.clone(),
            kind: DeviceKind::Phone,
        };
        let token = device.id.to_string();
        self.commit(Work::Register(vec![Event::DeviceEnrolled(device)]))?;
        Ok(EnrolReply {
            token,
            user,
            name: request.login.clone(),
            role: Role::Inspector,
            server_key: HEXLOWER.encode(self.key.public().as_bytes()),
            server_time: self.now(),
        })
    }

    /// One round trip of the device with a token: the bytes that arrived, and those that answer.
    pub fn sync(&mut self, token: &str, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let now = self.now();
        let Running { exchange, judge, keeper, .. } = self.running()?;
        let session = session(&keeper.registry(), token)?;
        let mut asked = exchange.sync_asked(&keeper.registry(), session, (Packing::Zstd, body), now)?;
        let (envelopes, bearer) = asked.envelopes();
        let judged = judge.delivery(envelopes, bearer);
        let Done::Verdicts(verdicts) = self.commit(Work::Deliver { envelopes: judged, bearer })? else {
            return Err(Refusal::Down);
        };
        self.note(&verdicts);
        let Running { exchange, keeper, .. } = self.running()?;
        let (position, registry) = (keeper.position(), keeper.registry());
        Ok(message::packed(&exchange.sync_answer(position, &registry, &asked, verdicts)?)?)
    }

    /// Remembers what was signed: it must be in the log for ever.
    fn note(&mut self, verdicts: &[SignedVerdict]) {
        let key = self.key.public();
        for verdict in verdicts.iter().filter_map(|signed| signed.verify(&key)) {
            match verdict.outcome {
                Outcome::Receipt { seq, .. } | Outcome::Held { seq, .. } => {
                    self.signed.insert(verdict.envelope, seq);
                }
                Outcome::Refused { .. } | Outcome::Later => {}
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
            let last = if events.is_empty() { None } else { Some(self.register(events)?) };
            self.running()?.exchange.returned(device, sorted, last, now)?;
        }
        let Running { exchange, keeper, .. } = self.running()?;
        Ok(message::packed(&exchange.repair_answer(&keeper.registry(), keeper.position(), &asked)?)?)
    }

    /// The entry that the log has of an envelope.
    pub fn entry_of(&mut self, envelope: EnvelopeId) -> Option<u64> {
        let running = self.running.as_mut()?;
        let log = running.keeper.log();
        let look = |connection: &_| log.of_envelope(connection, envelope);
        running.readers.read(look).ok()?.map(|(seq, _)| seq)
    }

    /// Proves the log's running hash from its first entry on.
    pub fn is_whole(&mut self) -> bool {
        let Some(running) = &mut self.running else { return false };
        let log = running.keeper.log();
        running.readers.read(|connection| log.verify(connection)).is_ok()
    }

    /// The document as it is merged, as a plain Automerge file.
    pub fn document(&mut self, doc: DocId) -> Option<Vec<u8>> {
        let running = self.running.as_mut()?;
        running.readers.read(|connection| views::documents::saved(connection, doc)).ok()?
    }

    /// Every row of every view.
    pub fn rows(&mut self) -> Rows {
        let Some(running) = &mut self.running else { return Rows::new() };
        let read = |connection: &rusqlite::Connection| {
            views::tables()
                .map(|table| {
                    let mut select = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2"))?;
                    let columns = select.column_count();
                    let rows =
                        select.query_map([], |row| (0..columns).map(|column| row.get(column)).collect())?;
                    Ok((table, rows.collect::<Result<_, _>>()?))
                })
                .collect::<rusqlite::Result<Rows>>()
        };
        running.readers.read(read).expect("views can be read when nothing fails")
    }

    /// Drops every view and replays the log.
    pub fn rebuild(&mut self) -> bool {
        self.running.as_mut().is_some_and(|running| running.keeper.rebuild().is_ok())
    }
}

fn code() -> AreaCode {
    CITY.parse().expect("a constant")
}

fn area() -> Area {
    Area {
        code: AREA.parse().expect("a constant"),
        name: "翠湖西路社区居委会".into(),
        short: "翠湖西路社区".into(),
        pinyin: "chxlsq".into(),
        level: Level::Community,
        parent: None,
    }
}

fn user_id(n: u8) -> UserId {
    UserId::new([n; 16])
}

fn user(n: u8, role: Role) -> User {
    User {
        id: user_id(n),
        login: n.to_string(),
        name: format!("用户{n}"),
        role,
        areas: vec![code()],
        department: None,
        active: true,
    }
}

fn template() -> Template {
    let domain = load_domain("san.toml", include_str!("../../../server/data/kunming/templates/san.toml"));
    Template {
        id: "sanitation".parse().expect("a constant"),
        version: 1,
        zh: "环境卫生".into(),
        en: "Sanitation".into(),
        domains: vec![WeightedDomain {
            weight: Points::whole(100),
            domain: domain.expect("the city's own checklist"),
        }],
    }
}

fn assignment(n: u8, people: u8, template: &Template) -> Assignment {
    let id = assignment_id(n);
    let about = About {
        kind: InspectionKind::Routine,
        area: AREA.parse().expect("a constant"),
        site: None,
        template: template.id.clone(),
        template_version: 1,
        assignment: Some(id),
        at: NOW,
    };
    Assignment {
        id,
        kind: InspectionKind::Routine,
        template: template.id.clone(),
        template_version: 1,
        area: about.area.clone(),
        site: None,
        people: (1..=people).map(user_id).collect(),
        due: "2026-11-25".parse().expect("a constant"),
        note: String::new(),
        made_by: user_id(99),
        genesis: genesis(DocId::of_assignment(id), &about, template),
        repeats: None,
    }
}

/// The id of the nth assignment.
pub fn assignment_id(n: u8) -> AssignmentId {
    AssignmentId::new([n; 16])
}
