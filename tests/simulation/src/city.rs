//! The server: its real exchange, writer, judge and views, over a simulated disk, without HTTP and without threads. The
//! law reads its log along, and looks at everything that leaves it.

mod answering;
mod shown;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use rounds_server::{
    backup,
    error::ApiError,
    exchange::Exchange,
    intake::{Done, Judge, Keeper, Work},
    log::Row,
    photos::Photos,
    vault::Vault,
    views::Readers,
};
use rounds_shared::{
    envelope::SecretKey,
    ids::{DeviceId, EnvelopeId, Epoch},
    protocol::{ChangeId, EntryBody},
    registry::Event,
};

pub use shown::Rows;

use crate::{
    disk,
    founding::{self, CITY, NOW},
    law::Law,
};

const LOG: &str = "city.db";
const VAULT: &str = "vault.db";
/// Rows of the log read at a time.
const ROWS: usize = 1000;

/// A city's server.
pub struct City {
    /// The folder of its files, on its own disk.
    pub machine: String,
    /// Its clock, in milliseconds.
    pub clock: Arc<AtomicI64>,
    /// Every envelope it ever signed to be in its log.
    pub signed: BTreeMap<EnvelopeId, Signed>,
    /// What is right, as far as the log goes.
    pub law: Law,
    /// The same for the logs that restores have ended.
    past: Vec<Law>,
    /// What was wrong.
    pub wrong: Vec<String>,
    /// Devices that nobody needs to be fair to.
    pub hostile: BTreeSet<DeviceId>,
    /// Entries that were lost by a restore and are in the log again.
    pub returned: usize,
    key: SecretKey,
    epoch: Epoch,
    epochs: u8,
    /// Every registry event that somebody made.
    made: BTreeSet<Vec<u8>>,
    /// Every cursor that was given out: to whom, where it stands, and how often he had been changed then.
    cursors: BTreeMap<Vec<u8>, (DeviceId, u64, usize)>,
    /// What is judged and not committed yet, and after how many other commits it will be.
    late: Vec<(usize, Work)>,
    photos: tempfile::TempDir,
    running: Option<Running>,
}

struct Running {
    keeper: Keeper,
    judge: Judge,
    exchange: Exchange,
    readers: Arc<Readers>,
}

/// What it signed for.
#[derive(Debug, Clone, Copy)]
pub struct Signed {
    /// The entry it said.
    pub seq: u64,
    /// Whether that was in the log as it is now, and not in one that was restored since.
    pub epoch: Epoch,
    /// Whose device sealed the envelope: it keeps it. Whoever else brought it back may have it within a snapshot by now.
    pub author: Option<DeviceId>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Refusal {
    /// It is down, or went down while it was asked.
    Down,
    /// It says no.
    Said(ApiError),
}

/// When what is asked is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// As soon as it is judged.
    Now,
    /// After so many others, and whoever asked is gone by then.
    After(usize),
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Said(error)
    }
}

impl City {
    /// A city with people and assignments, founded on a sound disk.
    pub fn found(machine: &str) -> Self {
        let mut city = Self {
            machine: machine.to_owned(),
            clock: Arc::new(AtomicI64::new(NOW)),
            signed: BTreeMap::new(),
            law: Law::default(),
            past: Vec::new(),
            wrong: Vec::new(),
            hostile: BTreeSet::new(),
            returned: 0,
            key: SecretKey::new([99; 32]),
            epoch: Epoch::new([1; 16]),
            epochs: 1,
            made: BTreeSet::new(),
            cursors: BTreeMap::new(),
            late: Vec::new(),
            photos: tempfile::tempdir().expect("a folder for photos"),
            running: None,
        };
        city.start();
        city.register(founding::events()).expect("nothing fails while a city is founded");
        city
    }

    /// Starts it over what its disk holds.
    pub fn start(&mut self) {
        let clock = Arc::clone(&self.clock);
        let now = Box::new(move || clock.load(Ordering::Relaxed));
        let (log, key) = (self.file(LOG), SecretKey::new(self.key.to_bytes()));
        let keeper = Keeper::open(&log, &founding::code(CITY), self.epoch, key, now)
            .expect("a city starts over its own disk");
        let key = SecretKey::new(self.key.to_bytes());
        let vault = Vault::keyed(&PathBuf::from(&self.machine), key).expect("a vault opens on its own disk");
        let photos = Photos::open(self.photos.path()).expect("a folder for photos");
        let readers = Arc::new(Readers::new(log));
        let exchange = Exchange::new(keeper.log(), Arc::clone(&readers), vault, photos);
        if keeper.position() < self.law.position {
            self.wrong.push(format!(
                "the log ends with {}, and had {}",
                keeper.position(),
                self.law.position
            ));
            self.law = Law::default();
        }
        self.running = Some(Running { judge: keeper.judge_beside(), exchange, readers, keeper });
        self.law.forget_confirmed();
        self.read_log();
    }

    /// Whether an envelope was signed for in the log as it is now.
    pub fn is_of_this_log(&self, signed: &Signed) -> bool {
        signed.epoch == self.epoch
    }

    /// Whether its log was ever restored.
    pub fn is_restored(&self) -> bool {
        self.epochs > 1
    }

    /// Whether somebody has ever ruled against what was made by an act. A restore loses rulings, and who has heard of one
    /// has heard of it.
    pub fn was_dismissed(&self, change: ChangeId) -> bool {
        self.law.is_dismissed(change) || self.past.iter().any(|law| law.is_dismissed(change))
    }

    /// Ends it as it is.
    pub fn stop(&mut self) {
        self.running = None;
        self.late.clear();
    }

    /// Its power went, and comes back: what was not synced may be lost.
    pub fn restart(&mut self, rng: &mut fastrand::Rng) {
        self.stop();
        disk::room(&self.machine, None);
        disk::restart(&self.machine, rng);
        self.start();
    }

    /// Copies its disk, as a backup would, while nothing happens.
    pub fn back_up(&mut self) {
        self.stop();
        disk::copy(&self.machine, &self.backup());
        self.start();
    }

    /// Begins again from the backup, if there is one, as another epoch: what came since is lost here.
    pub fn restore(&mut self) -> bool {
        self.stop();
        // Whoever restores a server makes room first.
        disk::room(&self.machine, None);
        if !disk::copy(&self.backup(), &self.machine) {
            self.start();
            return false;
        }
        self.epochs += 1;
        self.epoch = Epoch::new([self.epochs; 16]);
        let end = rusqlite::Connection::open(self.file(LOG))
            .and_then(|log| log.query_row("SELECT max(seq) FROM log", [], |row| row.get(0)))
            .expect("a sound disk");
        let (city, now) = (founding::code(CITY), self.now());
        backup::begin_again(&self.file(LOG), &self.file(VAULT), (&city, end), (self.epoch, now))
            .expect("a sound disk");
        self.past.push(std::mem::take(&mut self.law));
        self.cursors.clear();
        self.start();
        true
    }

    fn backup(&self) -> String {
        format!("backup-of{}", self.machine)
    }

    fn file(&self, name: &str) -> PathBuf {
        PathBuf::from(&self.machine).join(name)
    }

    fn running(&mut self) -> Result<&mut Running, Refusal> {
        self.running.as_mut().ok_or(Refusal::Down)
    }

    /// Its clock, in milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::Relaxed)
    }

    /// Does a piece of work, and in the same commit what was judged earlier and is due.
    fn commit(&mut self, work: Option<Work>) -> Result<Option<Done>, Refusal> {
        self.late.iter_mut().for_each(|(turns, _)| *turns = turns.saturating_sub(1));
        let (due, late) = std::mem::take(&mut self.late).into_iter().partition(|(turns, _)| *turns == 0);
        self.late = late;
        let due: Vec<_> = due;
        let is_asked = work.is_some();
        let works: Vec<Work> = work.into_iter().chain(due.into_iter().map(|(_, work)| work)).collect();
        if works.is_empty() {
            return Ok(None);
        }
        let mut done = self.running()?.keeper.commit(works).map_err(|_| Refusal::Down)?.into_iter();
        self.read_log();
        let asked = if is_asked { done.next() } else { None };
        for done in done.flatten() {
            if let Done::Verdicts(verdicts) = done {
                // Nobody hears of it, and it is signed all the same.
                self.note(None, &verdicts);
            }
        }
        asked.map_or(Ok(None), |asked| asked.map(Some).map_err(|_| Refusal::Down))
    }

    /// Commits whatever was judged earlier.
    pub fn commit_late(&mut self) {
        self.late.iter_mut().for_each(|(turns, _)| *turns = 0);
        // Nobody waits for it.
        self.commit(None).ok();
    }

    /// Lets the law read on.
    fn read_log(&mut self) {
        loop {
            let after = self.law.position;
            let Some(running) = &mut self.running else { return };
            let log = running.keeper.log();
            let Ok(rows) = running.readers.read(|connection| log.read(connection, after, ROWS)) else {
                return;
            };
            if rows.is_empty() {
                return;
            }
            for Row { entry, .. } in rows {
                if matches!(entry.parse(), EntryBody::Registry(_)) && !self.made.contains(&entry.body) {
                    self.wrong.push(format!("entry {} is a registry event that nobody made", entry.seq));
                }
                self.wrong.extend(self.law.read(&entry).err());
                self.law.position = entry.seq;
            }
        }
    }

    /// Registers what somebody who may has decided.
    pub fn register(&mut self, events: Vec<Event>) -> Result<u64, Refusal> {
        self.made.extend(events.iter().map(Event::to_bytes));
        match self.commit(Some(Work::Register(events)))? {
            Some(Done::Registered(last)) => Ok(last),
            Some(Done::Verdicts(_) | Done::Ruled(_)) | None => Err(Refusal::Down),
        }
    }
}
