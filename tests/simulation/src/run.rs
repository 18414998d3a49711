//! One run: a seed decides everything, and at the end the promises are looked at.

use std::{
    fmt,
    panic::catch_unwind,
    sync::{Arc, Mutex, atomic::Ordering},
};

use crate::{
    check,
    city::City,
    console, disk,
    founding::INSPECTORS,
    hostile::Hostile,
    net::{Net, Shared, Weather, net},
    office::Office,
    phone::Phone,
    vfs,
};

/// What happens in a run.
const STEPS: usize = 100;
/// Round trips of each phone after which everything must have been delivered, once nothing fails any more.
const ROUNDS_MAX: usize = 6;
/// Phones at most: the people's, and copies of them.
const PHONES_MAX: usize = 5;
const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
const YEAR_MS: i64 = 365 * DAY_MS;
const SERVER: &str = "/simulated-server";

/// What a run did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was recorded and said to be safe.
    pub recorded: usize,
    /// Envelopes the server signed for.
    pub signed: usize,
    /// Envelopes that were held.
    pub held: usize,
    /// Rulings on them.
    pub rulings: usize,
    /// What a hostile device tried.
    pub attacks: usize,
    /// Times the power of the server went, in the middle of something.
    pub server_cuts: usize,
    /// Times the power of a phone went, in the middle of something.
    pub phone_cuts: usize,
    /// Times the server began again from a backup that was not the newest.
    pub restores: usize,
    /// Registry entries that a restore had lost and a phone brought back.
    pub returned: usize,
    /// Times a phone was copied, or began again from its own backup.
    pub copies: usize,
    /// Messages that were exchanged, whole.
    pub round_trips: u64,
    /// Messages that were cut off.
    pub cut_off: usize,
    /// What happened, as a hash: the same seed gives the same.
    pub trace: String,
}

impl Report {
    /// Adds what another run did.
    pub fn add(&mut self, other: &Self) {
        self.recorded += other.recorded;
        self.signed += other.signed;
        self.held += other.held;
        self.rulings += other.rulings;
        self.attacks += other.attacks;
        self.server_cuts += other.server_cuts;
        self.phone_cuts += other.phone_cuts;
        self.restores += other.restores;
        self.returned += other.returned;
        self.copies += other.copies;
        self.round_trips += other.round_trips;
        self.cut_off += other.cut_off;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { recorded, signed, held, rulings, attacks, server_cuts, phone_cuts, restores, .. } = self;
        let Self { returned, copies, round_trips, cut_off, .. } = self;
        write!(
            formatter,
            "{recorded} things recorded, {signed} envelopes signed for, {held} of what is in the logs held, {rulings} \
             rulings; the power lost {server_cuts} times by servers and {phone_cuts} times by phones, {restores} servers \
             restored and {returned} registry entries given back to them, {copies} phones copied, {round_trips} round \
             trips, {cut_off} messages cut off, {attacks} attacks"
        )
    }
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The seed that shows it.
    pub seed: u64,
    /// Which promise, and how.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "seed {}: {} (make sim SEED={})", self.seed, self.what, self.seed)
    }
}

/// Runs a seed. What panics is broken, too.
///
/// # Errors
/// [`Broken`] when a promise was.
pub fn run(seed: u64) -> Result<Report, Broken> {
    vfs::register();
    disk::wipe();
    let attempt = catch_unwind(|| Run::new(seed).whole());
    let outcome = attempt.unwrap_or_else(|_| Err("something panicked".to_owned()));
    outcome.map_err(|what| Broken { seed, what })
}

/// What may happen in a run: not everything in every one, so that some get far and others are full of trouble.
struct Plan {
    weather: Weather,
    power: bool,
    room: bool,
    restores: bool,
    copies: bool,
    office: bool,
    hostile: bool,
    days: bool,
}

impl Plan {
    fn draw(rng: &mut fastrand::Rng) -> Self {
        let often = |rng: &mut fastrand::Rng, some: &[f64]| some[rng.usize(..some.len())];
        Self {
            weather: Weather {
                loss: often(rng, &[0.0, 0.1, 0.4]),
                doubled: often(rng, &[0.0, 0.1]),
                cut: often(rng, &[0.0, 0.0, 0.1]),
                heard: often(rng, &[0.0, 0.2]),
                late: often(rng, &[0.0, 0.0, 0.15]),
            },
            power: rng.f64() < 0.6,
            room: rng.f64() < 0.3,
            restores: rng.f64() < 0.4,
            copies: rng.f64() < 0.4,
            office: rng.f64() < 0.6,
            hostile: rng.f64() < 0.5,
            days: rng.f64() < 0.5,
        }
    }
}

struct Run {
    rng: fastrand::Rng,
    plan: Plan,
    net: Shared,
    phones: Vec<Phone>,
    office: Office,
    hostile: Hostile,
    report: Report,
    trace: blake3::Hasher,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let plan = Plan::draw(&mut rng);
        let mut city = City::found(SERVER);
        let hostile = Hostile::enrol(&mut city);
        let net = Net {
            city,
            rng: rng.fork(),
            weather: Weather::default(),
            heard: Vec::new(),
            round_trips: 0,
            cut_off: 0,
            cuts: 0,
        };
        let net = Arc::new(Mutex::new(net));
        let phones = INSPECTORS.map(|person| {
            let skew = if rng.f64() < 0.3 { rng.i64(-5 * YEAR_MS..5 * YEAR_MS) } else { 0 };
            let mut phone = Phone::new(&net, person, skew, rng.u64(..));
            phone.start(&mut rng);
            phone.enrol().expect("nothing fails yet");
            phone.sync();
            phone
        });
        let phones = phones.collect();
        let (office, report, trace) = (Office::default(), Report::default(), blake3::Hasher::new());
        Self { rng, plan, net, phones, office, hostile, report, trace }
    }

    fn whole(mut self) -> Result<Report, String> {
        {
            let mut net = net(&self.net);
            net.city.back_up();
            net.weather = self.plan.weather;
        }
        for _ in 0..STEPS {
            self.step()?;
        }
        self.calm();
        self.deliver()?;
        let mut net = net(&self.net);
        self.report.held = net.city.law.held.len();
        check::statements(&mut net.city, &self.phones)?;
        self.report.recorded = self.phones.iter().map(|phone| phone.recorded.len()).sum();
        self.report.signed = net.city.signed.len();
        self.report.attacks = self.hostile.attacks;
        self.report.server_cuts = net.cuts;
        self.report.returned = net.city.returned;
        (self.report.round_trips, self.report.cut_off) = (net.round_trips, net.cut_off);
        self.report.trace = self.trace.finalize().to_hex().to_string();
        Ok(self.report.clone())
    }

    fn step(&mut self) -> Result<(), String> {
        let index = self.rng.usize(..self.phones.len());
        let act = self.rng.u8(..100);
        self.act(act, index);
        net(&self.net).recover();
        if disk::is_cut(&self.phones[index].machine) {
            self.report.phone_cuts += 1;
            self.phones[index].restart(&mut self.rng);
            let forgotten = self.phones[index].forgotten();
            if !forgotten.is_empty() {
                return Err(format!("a phone lost what it had said to be safe: {forgotten:?}"));
            }
        }
        self.trace.update(&[act, u8::try_from(index).unwrap_or(0)]);
        let net = net(&self.net);
        self.trace.update(&net.round_trips.to_be_bytes());
        self.trace.update(&net.city.law.position.to_be_bytes());
        match net.city.wrong.first() {
            Some(wrong) => Err(wrong.clone()),
            None => Ok(()),
        }
    }

    fn act(&mut self, act: u8, index: usize) {
        let Self { rng, plan, phones, .. } = self;
        let phone = &mut phones[index];
        match act {
            0..36 => {
                let inspection = match rng.usize(..10) {
                    0 => phone.open_unplanned(rng),
                    1..4 => phone.open_any(rng),
                    _ => phone.open(rng.u8(1..=self.office.assignments)),
                };
                if let Some(inspection) = inspection {
                    phone.record(&inspection, rng);
                }
            }
            36..60 => {
                phone.sync();
            }
            60..66 if plan.power => disk::cut_after(&phone.machine, rng.u64(..60)),
            66..72 if plan.power => disk::cut_after(SERVER, rng.u64(..80)),
            72..74 if plan.room => {
                disk::room(&phone.machine, Some(disk::used(&phone.machine) + rng.usize(..20_000)));
            }
            74 if plan.room => disk::room(SERVER, Some(disk::used(SERVER) + rng.usize(..20_000))),
            75..77 => {
                disk::room(&phone.machine, None);
                disk::room(SERVER, None);
            }
            77 if plan.restores && !disk::is_near_its_end(SERVER) => net(&self.net).city.back_up(),
            78 if plan.restores && !disk::is_near_its_end(SERVER) => {
                self.report.restores += usize::from(net(&self.net).city.restore());
            }
            79..81 if plan.copies && !disk::is_near_its_end(&phone.machine) => self.copy(index),
            81..86 if plan.office => {
                let devices: Vec<_> = phones.iter().filter_map(Phone::device).collect();
                self.office.act(&mut net(&self.net).city, &devices, rng);
            }
            86..89 => console::review(&mut net(&self.net).city, rng),
            89..91 => self.report.rulings += usize::from(console::rule(&mut net(&self.net).city, rng)),
            91..96 if plan.hostile => {
                let mut net = net(&self.net);
                self.hostile.hear(std::mem::take(&mut net.heard));
                self.hostile.act(&mut net.city, rng);
            }
            96 if plan.days => {
                let mut net = net(&self.net);
                // What was judged is committed within minutes, not weeks.
                net.city.commit_late();
                net.city.clock.fetch_add(rng.i64(DAY_MS..20 * DAY_MS), Ordering::Relaxed);
            }
            _ => {
                net(&self.net).city.clock.fetch_add(rng.i64(0..HOUR_MS), Ordering::Relaxed);
            }
        }
    }

    /// A phone is copied, backed up, or begins again from its backup.
    fn copy(&mut self, index: usize) {
        let Self { rng, phones, .. } = self;
        match rng.usize(..4) {
            0 if phones.len() < PHONES_MAX => {
                self.report.copies += 1;
                let seed = rng.u64(..);
                let clone = phones[index].cloned(seed, rng);
                phones.push(clone);
            }
            1 => self.report.copies += usize::from(phones[index].restore(rng)),
            _ => phones[index].back_up(rng),
        }
    }

    /// The last fault: from here on everything works.
    fn calm(&mut self) {
        for phone in &mut self.phones {
            disk::room(&phone.machine, None);
            phone.restart(&mut self.rng);
        }
        let mut net = net(&self.net);
        net.weather = Weather::default();
        net.city.commit_late();
        net.city.restart(&mut self.rng);
    }

    /// Lets everybody deliver and fetch, each whether or not another one has got through, until nothing moves any more.
    fn deliver(&mut self) -> Result<(), String> {
        for _ in 0..=ROUNDS_MAX {
            let before = net(&self.net).city.law.position;
            let late: Vec<&Phone> = self.phones.iter().filter(|phone| !phone.sync()).collect();
            let is_done = late.is_empty();
            if is_done && net(&self.net).city.law.position == before {
                return Ok(());
            }
        }
        let failures: Vec<String> =
            self.phones.iter().filter(|phone| !phone.sync()).map(Phone::failure).collect();
        Err(format!("not everything is delivered, though nothing fails any more: {failures:?}"))
    }
}
