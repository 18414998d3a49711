//! One run: a seed decides everything, and at the end the promises are looked at.

use std::{
    fmt,
    panic::catch_unwind,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
};

use rounds_shared::{document::Document, ids::DocId};

use crate::{
    city::{City, assignment_id},
    disk,
    phone::{Net, Phone, net},
    vfs,
};

const PEOPLE: u8 = 3;
const ASSIGNMENTS: u8 = 2;
/// What happens in a run.
const STEPS: usize = 120;
/// Round trips of each phone after which everything must have been delivered, once nothing fails any more.
const ROUNDS_MAX: usize = 6;
const YEAR_MS: i64 = 365 * 24 * 60 * 60 * 1000;
const SERVER: &str = "/simulated-server";

static RUNNING: Mutex<()> = Mutex::new(());

/// What a run did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was recorded and said to be safe.
    pub recorded: usize,
    /// Envelopes the server signed for.
    pub signed: usize,
    /// Times the power of the server went, in the middle of something.
    pub server_cuts: usize,
    /// Times the power of a phone went, in the middle of something.
    pub phone_cuts: usize,
    /// Times the server began again from a backup that was not the newest.
    pub restores: usize,
    /// Messages that were exchanged, whole.
    pub round_trips: u64,
    /// What happened, as a hash: the same seed gives the same.
    pub trace: String,
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
    catch_unwind(|| once(seed)).unwrap_or_else(|_| Err(Broken { seed, what: "something panicked".into() }))
}

fn once(seed: u64) -> Result<Report, Broken> {
    // A process has one set of disks.
    let _one = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    vfs::register();
    disk::wipe();
    vfs::reseed(seed);
    let mut rng = fastrand::Rng::with_seed(seed);
    let city = City::found(SERVER, PEOPLE, ASSIGNMENTS);
    let shared =
        Arc::new(Mutex::new(Net { city, rng: rng.fork(), loss: 0.0, doubled: 0.0, round_trips: 0, cuts: 0 }));
    let mut phones: Vec<Phone> = (1..=PEOPLE)
        .map(|person| {
            let skew = if rng.f64() < 0.3 { rng.i64(-5 * YEAR_MS..5 * YEAR_MS) } else { 0 };
            let phone = Phone::new(&shared, person, skew, u64::from(person) * 1_000_000 + seed);
            phone.enrol().expect("nothing fails yet");
            phone.sync();
            phone
        })
        .collect();
    {
        let mut net = net(&shared);
        net.city.back_up();
        (net.loss, net.doubled) = ([0.0, 0.1, 0.4][rng.usize(..3)], 0.1);
    }
    let (mut report, mut trace) = (Report::default(), blake3::Hasher::new());
    for _ in 0..STEPS {
        let index = rng.usize(..phones.len());
        let phone = &mut phones[index];
        let act = rng.usize(..100);
        match act {
            0..45 => {
                if let Some(inspection) = phone.open(rng.u8(1..=ASSIGNMENTS)) {
                    phone.record(&inspection, &mut rng);
                }
            }
            45..75 => {
                phone.sync();
            }
            75..85 => disk::cut_after(&phone.machine, rng.u64(..60)),
            85..92 => disk::cut_after(SERVER, rng.u64(..80)),
            92..94 => disk::room(&phone.machine, Some(disk::used(&phone.machine) + rng.usize(..20_000))),
            94..95 => disk::room(SERVER, Some(disk::used(SERVER) + rng.usize(..20_000))),
            95..97 => {
                disk::room(&phone.machine, None);
                disk::room(SERVER, None);
            }
            97 if !disk::is_near_its_end(SERVER) => net(&shared).city.back_up(),
            98 if !disk::is_near_its_end(SERVER) => {
                report.restores += usize::from(net(&shared).city.restore())
            }
            _ => {
                net(&shared).city.clock.fetch_add(rng.i64(..3_600_000), Ordering::Relaxed);
            }
        }
        if disk::is_cut(&phone.machine) {
            report.phone_cuts += 1;
            phone.restart(&mut rng);
            let forgotten = phone.forgotten();
            if !forgotten.is_empty() {
                return Err(Broken {
                    seed,
                    what: format!("a phone lost what it had said to be safe: {forgotten:?}"),
                });
            }
        }
        trace.update(&[u8::try_from(act).unwrap_or(0), u8::try_from(index).unwrap_or(0)]);
        trace.update(&net(&shared).round_trips.to_be_bytes());
    }
    let broken = |what: String| Broken { seed, what };
    // The last fault: from here on everything works.
    for phone in &mut phones {
        disk::room(&phone.machine, None);
        phone.restart(&mut rng);
    }
    {
        let mut net = net(&shared);
        (net.loss, net.doubled) = (0.0, 0.0);
        net.city.stop();
        disk::room(SERVER, None);
        disk::restart(SERVER, &mut rng);
        net.city.start();
    }
    let mut rounds = 0;
    // Each of them, whether or not another one has got through.
    while phones.iter().filter(|phone| !phone.sync()).count() > 0 {
        rounds += 1;
        if rounds > ROUNDS_MAX {
            return Err(broken("not everything is delivered, though nothing fails any more".into()));
        }
    }
    // What came last from one is now with the others.
    phones.iter().for_each(|phone| {
        phone.sync();
    });
    let mut net = net(&shared);
    let round_trips = net.round_trips;
    judge(&mut net.city, &phones, report.restores > 0).map_err(broken)?;
    report.signed = net.city.signed.len();
    report.recorded = phones.iter().map(|phone| phone.remarks.len()).sum();
    report.round_trips = round_trips;
    report.server_cuts = net.cuts;
    report.trace = trace.finalize().to_hex().to_string();
    Ok(report)
}

/// Looks at the promises.
fn judge(city: &mut City, phones: &[Phone], is_restored: bool) -> Result<(), String> {
    if !city.is_whole() {
        return Err("the log does not match its running hash".into());
    }
    for (envelope, seq) in city.signed.clone() {
        match city.entry_of(envelope) {
            Some(found) if found == seq || is_restored => {}
            found => return Err(format!("{envelope} was signed to be entry {seq}, and is {found:?}")),
        }
    }
    for n in 1..=ASSIGNMENTS {
        let doc = DocId::of_assignment(assignment_id(n));
        let merged = match city.document(doc) {
            Some(bytes) => Some(Document::load(&bytes).map_err(|error| error.to_string())?),
            None => None,
        };
        let said: Vec<String> = match &merged {
            Some(merged) => {
                let inspection = merged.inspection().map_err(|error| error.to_string())?;
                inspection.remarks.iter().map(|remark| remark.text.clone()).collect()
            }
            None => Vec::new(),
        };
        for phone in phones {
            let of = phone.remarks.iter().filter(|(inspection, _)| *inspection == doc.to_string());
            if let Some((_, words)) = of.clone().find(|(_, words)| !said.contains(words)) {
                return Err(format!("{words:?} was recorded, and is not in the log"));
            }
            let (Some(here), Some(merged)) = (phone.document(&doc.to_string()), &merged) else { continue };
            let here = Document::load(&here).map_err(|error| error.to_string())?;
            if here.heads() != merged.heads() {
                return Err(format!("{} shows another {doc} than the server", phone.machine));
            }
        }
    }
    let before = city.rows();
    if !city.rebuild() {
        return Err("the log cannot be replayed".into());
    }
    if city.rows() != before {
        return Err("a replay makes other views".into());
    }
    if city.signed.is_empty() && phones.iter().any(|phone| !phone.remarks.is_empty()) {
        return Err("nothing was moved".into());
    }
    Ok(())
}
