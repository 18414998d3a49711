//! The server is killed under load, again and again, while devices record and deliver as fast as they can.

use std::fmt;

use anyhow::{Context as _, Result};
use fastrand::Rng;
use rounds_shared::envelope::PublicKey;

use crate::{
    Plan,
    log::{Log, Proven},
    phone::{Phone, Share},
    promises::Kept,
    server::Server,
    town::{Town, working},
    wire::{Passed, Wire},
};

/// Who holds the devices.
const LOGINS: [&str; 4] = ["inspector1", "inspector2", "inspector1", "inspector2"];
/// Bytes that pass between a start and the next kill, at most.
const BYTES_MAX: u64 = 64 * 1024;
/// Time between those bytes and the kill, at most, in milliseconds: long enough to meet any step of a commit.
const LINGER_MS_MAX: u64 = 30;
/// Kills to one assignment that two inspectors share.
const KILLS_OF_AN_ASSIGNMENT: usize = 4;

/// What happened.
#[derive(Debug)]
pub struct Report {
    kills: usize,
    recorded: u64,
    failed_syncs: u64,
    passed: Passed,
    kept: Kept,
}

/// Kills the server as often as is planned.
pub fn run(plan: &Plan) -> Result<Report> {
    let mut rng = plan.rng("server killed");
    let assignments = 4 + plan.faults.div_ceil(KILLS_OF_AN_ASSIGNMENT);
    let mut town = Town::found(plan, &plan.folder.join("city"), assignments, &mut rng)?;
    let phones = LOGINS.iter().enumerate().map(|(index, login)| {
        let phone = Phone::open(
            &plan.folder.join(format!("phone-{index}")),
            login,
            Share::Part { index, of: LOGINS.len() },
        )?;
        phone.enrol(&town.wire.url())?;
        phone.deliver_everything()?;
        Ok(phone)
    });
    let phones = phones.collect::<Result<Vec<Phone>>>()?;

    let Town { server, wire, key, assignments } = &mut town;
    let proven = working(&phones, assignments, wire, &mut rng, |rng| {
        (1..=plan.faults).try_fold(Proven::default(), |proven, kill| {
            let proven = kill_once(server, wire, &phones, key, rng, proven);
            plan.say(kill, "the server was killed");
            proven.with_context(|| format!("after kill {kill}"))
        })
    })?;
    let kept = town.kept(&phones.iter().collect::<Vec<_>>(), proven)?;
    Ok(Report {
        kills: plan.faults,
        recorded: phones.iter().map(|phone| phone.told().count()).sum(),
        failed_syncs: phones.iter().map(Phone::failed_syncs).sum(),
        passed: town.wire.passed(),
        kept,
    })
}

/// Kills the server when some bytes have passed, starts it again, and looks at what was signed and at the log.
fn kill_once(
    server: &mut Server,
    wire: &Wire,
    phones: &[Phone],
    key: &PublicKey,
    rng: &mut Rng,
    proven: Proven,
) -> Result<Proven> {
    let before = wire.passed();
    let bytes = rng.u64(1..=BYTES_MAX);
    wire.wait(|passed| passed.up + passed.down >= before.up + before.down + bytes)?;
    wire.linger(rng.u64(..=LINGER_MS_MAX));
    server.kill()?;
    wire.leads_to(None);
    wire.leads_to(Some(server.start()?));
    let log = Log::open(server.data())?;
    phones.iter().try_for_each(|phone| log.keeps(phone, &phone.fresh_receipts(key)?))?;
    server.is_well()?;
    log.prove(proven)
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, recorded, failed_syncs, passed, kept } = self;
        write!(
            out,
            "the server killed {kills} times under load: {recorded} things recorded by {} devices and all of them there, \
             {kept}; {failed_syncs} syncs failed, {} bytes up and {} down over {} connections",
            LOGINS.len(),
            passed.up,
            passed.down,
            passed.connections
        )
    }
}
