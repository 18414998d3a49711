//! The app's core is killed while an inspector answers, again and again: whatever was said to be safe is there when the
//! app is opened again, and in the end delivered.

use std::fmt;

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;

use crate::{
    Plan,
    inspector::{Inspector, Line},
    log::Proven,
    phone::{Phone, Share},
    promises::Kept,
    said::{About, Said},
    server::PATIENCE,
    town::Town,
    wire::{Passed, Wire},
};

const LOGIN: &str = "inspector1";
/// Things said between a start and the next kill, at most.
const SAID_MAX: usize = 24;
/// Time between the last of them and the kill, at most, in milliseconds: long enough to meet any step of a transaction.
const LINGER_MS_MAX: u64 = 20;
/// Kills to one inspection: every start is an actor of its own, and a document has room for 256.
const KILLS_OF_AN_INSPECTION: usize = 10;
/// Kills between one look at everything that was ever said and the next.
const KILLS_OF_A_FULL_LOOK: usize = 20;

/// What happened.
#[derive(Debug)]
pub struct Report {
    kills: usize,
    said: u64,
    unsaid: u64,
    passed: Passed,
    kept: Kept,
}

/// Kills the app as often as is planned.
pub fn run(plan: &Plan) -> Result<Report> {
    let mut rng = plan.rng("app killed");
    let mut town = Town::found(plan, &plan.folder.join("city"), 0, &mut rng)?;
    let mut phone = Phone::open(&plan.folder.join("phone"), LOGIN, Share::All)?;
    phone.enrol(&town.wire.url())?;
    phone.deliver_everything()?;
    let (mut inspection, mut unsaid) = (phone.visit_unplanned()?, 0);
    for kill in 1..=plan.faults {
        let inspector = Inspector {
            data: phone.folder().to_owned(),
            login: LOGIN.to_owned(),
            inspection: inspection.clone(),
            seed: rng.u64(..),
        };
        let mut about = None;
        phone = phone.reopened(|told| {
            let (said, last) = kill_one(&inspector, &town.wire, &mut rng)?;
            said.into_iter().for_each(|said| told.hear(said));
            about = last;
            Ok(())
        })?;
        let context = || format!("after kill {kill}");
        if let Some(about) = about {
            phone.adopt(&about).with_context(context)?;
            unsaid += 1;
        }
        phone.remembers(&inspection).with_context(context)?;
        if kill.is_multiple_of(KILLS_OF_A_FULL_LOOK) {
            phone.remembers_everything().with_context(context)?;
        }
        if kill.is_multiple_of(KILLS_OF_AN_INSPECTION) {
            inspection = phone.visit_unplanned()?;
        }
        town.server.is_well()?;
        plan.say(kill, "the app was killed");
    }
    let kept = town.kept(&[&phone], Proven::default())?;
    let said = phone.told().count();
    Ok(Report { kills: plan.faults, said, unsaid, passed: town.wire.passed(), kept })
}

/// Starts an inspector and kills him; what he said, and what he was about to say.
fn kill_one(inspector: &Inspector, wire: &Wire, rng: &mut Rng) -> Result<(Vec<Said>, Option<About>)> {
    let (mut child, lines) = inspector.start()?;
    let wanted = rng.usize(1..=SAID_MAX);
    let (mut said, mut about) = (Vec::new(), None);
    let mut hear = |line| match line {
        Line::About(next) => about = Some(next),
        Line::Said(one) => {
            about = None;
            said.push(one);
        }
    };
    let mut heard = Ok(());
    for _ in 0..wanted {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => hear(line),
            Err(error) => heard = Err(error),
        }
    }
    wire.linger(rng.u64(..=LINGER_MS_MAX));
    let ended = child.try_wait()?;
    child.kill()?;
    child.wait()?;
    // What it said before it was killed is in the pipe.
    lines.iter().for_each(hear);
    heard.context("an inspector says nothing")?;
    ensure!(ended.is_none(), "an inspector ended by himself");
    Ok((said, about))
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, said, unsaid, passed, kept } = self;
        write!(
            out,
            "the app's core killed {kills} times while answering: {said} things said to be safe and all of them there and \
             delivered, {unsaid} answers under way, {kept}; {} bytes up and {} down",
            passed.up, passed.down
        )
    }
}
