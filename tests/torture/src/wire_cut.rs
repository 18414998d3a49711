//! Every connection is cut, after any number of bytes: signing in, syncing, comparing, listening, photos. In the end
//! everything was delivered once, and a cut costs a page at most.

use std::{
    fmt,
    sync::{Arc, mpsc},
};

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;
use rounds_client_core::{Event, Runner};

use crate::{
    Plan,
    log::Proven,
    page_cost::{self, Cost},
    phone::{Phone, Share},
    promises::Kept,
    server::PATIENCE,
    town::{Town, working},
    wire::{Passed, Weather, Wire},
};

const LOGINS: [&str; 3] = ["inspector1", "inspector2", "inspector1"];
/// The most bytes a connection carries: more than a first page, and more than a photo.
const BYTES_MAX: u64 = 512 * 1024;
/// Attempts to sign in before it counts as impossible.
const ENROLMENTS_MAX: usize = 1000;
/// What a comparison with the server waits for, in milliseconds.
const WEEK_MS: i64 = 8 * 24 * 60 * 60 * 1000;
/// Cuts to one comparison of each device.
const CUTS_OF_A_COMPARISON: u64 = 10;
/// Cuts to one assignment that all devices share.
const CUTS_OF_AN_ASSIGNMENT: usize = 8;
/// Cuts to one fresh device that fetches everything, beside the first.
const CUTS_OF_A_FETCH: usize = 50;
/// Visits that are so long that all of them take several pages.
const LONG_VISITS: usize = 8;

/// What happened.
#[derive(Debug)]
pub struct Report {
    recorded: u64,
    enrolments: usize,
    comparisons: u64,
    failed_syncs: u64,
    passed: Passed,
    cost: Cost,
    kept: Kept,
}

/// Cuts as often as is planned, and a few times more.
pub fn run(plan: &Plan) -> Result<Report> {
    let mut rng = plan.rng("wire cut");
    let assignments = 4 + plan.faults.div_ceil(CUTS_OF_AN_ASSIGNMENT);
    let mut town = Town::found(plan, &plan.folder.join("city"), assignments + LONG_VISITS, &mut rng)?;
    let (long, assignments) = town.assignments.split_at(LONG_VISITS);
    let wire = &town.wire;

    wire.weather(Weather::Torn { bytes_max: BYTES_MAX });
    let (heard, hears) = mpsc::channel();
    let (mut phones, mut enrolments) = (Vec::new(), 0);
    for (index, login) in LOGINS.iter().enumerate() {
        let heard = heard.clone();
        let listener = Box::new(move |event| match event {
            // Whoever listens may have gone when the app says its last.
            Event::Changed(_) => drop(heard.send(index)),
            Event::Sync(_) | Event::Holders => {}
        });
        let share = Share::Part { index, of: LOGINS.len() };
        let phone = Phone::listened(&plan.folder.join(format!("phone-{index}")), login, share, listener)?;
        enrolments += enrol(&phone, wire)?;
        phones.push(phone);
    }
    let runners = phones.iter().map(|phone| Runner::start(Arc::clone(&phone.app)));
    let runners = runners.collect::<std::io::Result<Vec<_>>>()?;
    let comparisons = cut(plan, wire, &phones, assignments, &mut rng)?;
    town.server.is_well()?;

    wire.weather(Weather::Fair);
    phones.iter().try_for_each(Phone::deliver_everything)?;
    listen(&phones, assignments, &hears, &mut rng)?;
    runners.into_iter().for_each(Runner::stop);
    page_cost::fill(&phones[0], long, &mut rng)?;
    let (cost, fresh) = page_cost::measure(wire, plan.folder, 1 + plan.faults / CUTS_OF_A_FETCH)?;
    let all: Vec<&Phone> = phones.iter().chain(&fresh).collect();
    let kept = town.kept(&all, Proven::default())?;
    Ok(Report {
        recorded: phones.iter().map(|phone| phone.told().count()).sum(),
        enrolments,
        comparisons,
        failed_syncs: phones.iter().map(Phone::failed_syncs).sum(),
        passed: town.wire.passed(),
        cost,
        kept,
    })
}

/// Signs in and fetches what there is, however often that takes; how often it took.
fn enrol(phone: &Phone, wire: &Wire) -> Result<usize> {
    for attempt in 1..=ENROLMENTS_MAX {
        match phone.enrol(&wire.url()) {
            Ok(()) => {
                let mut failed = true;
                for _ in 0..ENROLMENTS_MAX {
                    failed = phone.sync()?.is_some();
                    if !failed {
                        break;
                    }
                }
                ensure!(!failed, "{} never gets its first page", phone.name);
                return Ok(attempt);
            }
            Err(failure) => phone.expects(failure.code())?,
        }
    }
    anyhow::bail!("{} never gets signed in", phone.name)
}

/// Lets the devices work until so many connections were cut; how many comparisons with the server came to an end.
fn cut(plan: &Plan, wire: &Wire, phones: &[Phone], assignments: &[String], rng: &mut Rng) -> Result<u64> {
    let (before, faults) = (wire.passed(), plan.faults as u64);
    working(phones, assignments, wire, rng, |_| {
        let (mut cuts, mut comparisons) = (0, 0);
        while cuts < faults {
            cuts = (cuts + CUTS_OF_A_COMPARISON).min(faults);
            wire.wait(|passed| passed.cuts >= before.cuts + cuts)?;
            phones.iter().for_each(|phone| phone.set_ahead(WEEK_MS));
            comparisons += phones.len() as u64;
            plan.say(usize::try_from(cuts)?, "connections were cut");
        }
        Ok(comparisons)
    })
}

/// What each device records now reaches the others by itself: delivering makes them listen again, and they hear of the
/// rest.
fn listen(
    phones: &[Phone],
    assignments: &[String],
    hears: &mpsc::Receiver<usize>,
    rng: &mut Rng,
) -> Result<()> {
    let assignment = assignments.first().context("there are assignments")?;
    let inspection = phones[0].app.open_assignment(assignment)?;
    for phone in phones {
        phone.app.remark_add(&inspection, None, &format!("请各位复看 {}", rng.u64(..)))?;
    }
    for phone in &phones[1..] {
        // Each has recorded something: equal documents have all of it.
        while phone.document(&inspection)?.heads() != phones[0].document(&inspection)?.heads() {
            let heard = hears.recv_timeout(PATIENCE);
            heard.with_context(|| format!("{} does not hear that there is something new", phone.name))?;
        }
    }
    Ok(())
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { recorded, enrolments, comparisons, failed_syncs, passed, cost, kept } = self;
        write!(
            out,
            "{} of {} connections cut, {} after a stall, {} byte by byte: {enrolments} attempts to sign {} devices in, \
             {recorded} things recorded and all of them there, {comparisons} comparisons asked for, {kept}; {failed_syncs} \
             syncs failed, {} bytes up and {} down; {} bytes of pages became {} by {} cuts",
            passed.cuts,
            passed.connections,
            passed.stalls,
            passed.crumbs,
            LOGINS.len(),
            passed.up,
            passed.down,
            cost.whole,
            cost.torn,
            cost.cuts
        )
    }
}
