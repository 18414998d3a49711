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
    intake::{Bearer, Done, Judge, Keeper, Work},
    outflow::{self, Reading},
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
    protocol::{
        EnrolReply, EnrolRequest, EntryBody, Holdings, Outcome, PROTOCOL_VERSION, RepairReply, RepairRequest,
        ServerInfo, SignedVerdict, SyncReply, SyncRequest,
    },
    registry::{Device, DeviceKind, Event, User},
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
    confirmed: BTreeMap<DeviceId, u64>,
    running: Option<Running>,
}

struct Running {
    keeper: Keeper,
    judge: Judge,
    readers: Readers,
}

/// It is down, or went down while it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Down;

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
            confirmed: BTreeMap::new(),
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
        city.register(events);
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
        self.running = Some(Running { judge: keeper.judge_beside(), readers: Readers::new(path), keeper });
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
        self.confirmed.clear();
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

    fn running(&mut self) -> Result<&mut Running, Down> {
        self.running.as_mut().ok_or(Down)
    }

    /// Does a piece of work.
    fn commit(&mut self, work: Work) -> Result<Done, Down> {
        let done = self.running()?.keeper.commit(vec![work]).map_err(|_| Down)?;
        done.into_iter().next().and_then(Result::ok).ok_or(Down)
    }

    fn register(&mut self, events: Vec<Event>) {
        self.commit(Work::Register(events)).expect("nothing fails while a city is founded");
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
    pub fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolReply, Down> {
        let key = PublicKey::from_hex(&request.device_key).ok_or(Down)?;
        let user = user_id(request.login.parse().map_err(|_| Down)?);
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
            server_time: self.clock.load(Ordering::Relaxed),
        })
    }

    /// One round trip of the device with a token.
    pub fn sync(&mut self, token: &str, request: &SyncRequest) -> Result<SyncReply, Down> {
        let device: DeviceId = token.parse().map_err(|_| Down)?;
        let (key, now, epoch) = (self.key.public(), self.clock.load(Ordering::Relaxed), self.epoch);
        let known = self.confirmed.get(&device).copied().unwrap_or(0);
        let running = self.running()?;
        let (log, registry) = (running.keeper.log(), running.keeper.registry());
        let user = registry.device(device).ok_or(Down)?.user;
        let reading = Reading {
            registry: &registry,
            device,
            user,
            cursor: request.cursor.as_deref(),
            own: request.own,
            bytes_max: usize::try_from(request.page_bytes_max).unwrap_or(usize::MAX),
        };
        let confirmed = running
            .readers
            .read(|connection| outflow::confirmed(connection, &log, &reading))
            .map_err(|_| Down)?
            .max(known);
        let envelopes: Vec<Vec<u8>> = request.envelopes.iter().map(|bytes| bytes.to_vec()).collect();
        let bearer = Bearer { device, confirmed };
        let judged = running.judge.delivery(envelopes, bearer);
        let Done::Verdicts(verdicts) = self.commit(Work::Deliver { envelopes: judged, bearer })? else {
            return Err(Down);
        };
        self.confirmed.insert(device, confirmed);
        self.note(&verdicts, &key);
        let running = self.running()?;
        let (log, registry) = (running.keeper.log(), running.keeper.registry());
        let reading = Reading { registry: &registry, ..reading };
        let page =
            running.readers.read(|connection| outflow::page(connection, &log, &reading)).map_err(|_| Down)?;
        let mut entries = page.entries;
        for entry in entries.iter_mut().filter(|entry| matches!(entry.parse(), EntryBody::Registry(_))) {
            entry.sign(epoch, &self.key);
        }
        Ok(SyncReply {
            verdicts,
            entries,
            forget: Vec::new(),
            cursor: page.cursor.to_bytes(),
            more: page.more,
            backed_up: 0,
            server_time: now,
            photos_missing: Vec::new(),
            epoch: Some(epoch),
        })
    }

    /// Remembers what was signed: it must be in the log for ever.
    fn note(&mut self, verdicts: &[SignedVerdict], key: &PublicKey) {
        for verdict in verdicts.iter().filter_map(|signed| signed.verify(key)) {
            match verdict.outcome {
                Outcome::Receipt { seq, .. } | Outcome::Held { seq, .. } => {
                    self.signed.insert(verdict.envelope, seq);
                }
                Outcome::Refused { .. } | Outcome::Later => {}
            }
        }
    }

    /// One round of a comparison.
    pub fn repair(&mut self, token: &str, request: &RepairRequest) -> Result<RepairReply, Down> {
        let device: DeviceId = token.parse().map_err(|_| Down)?;
        let running = self.running()?;
        let (log, registry) = (running.keeper.log(), running.keeper.registry());
        let user = registry.device(device).ok_or(Down)?.user;
        let reading = Reading { registry: &registry, device, user, cursor: None, own: None, bytes_max: 0 };
        let ids = running
            .readers
            .read(|connection| outflow::holdings(connection, &log, &reading))
            .map_err(|_| Down)?;
        let holdings = Holdings::new(ids);
        let message = request.message.as_deref().and_then(|message| holdings.answer(message));
        Ok(RepairReply { message })
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
    }
}

/// The id of the nth assignment.
pub fn assignment_id(n: u8) -> AssignmentId {
    AssignmentId::new([n; 16])
}
