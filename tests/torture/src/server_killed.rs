//! The server is killed under load, again and again, while devices record and deliver as fast as they can.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use anyhow::{Context as _, Result};
use fastrand::Rng;

use crate::{
    Plan,
    desk::Desk,
    log::{Log, Proven},
    phone::{Phone, Share},
    promises::{Kept, kept},
    server::Server,
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
    let mut server = Server::new(&plan.folder.join("city"), plan.folder);
    let wire = Wire::up(rng.u64(..))?;
    wire.leads_to(Some(server.start()?));
    let mut desk = Desk::at(server.address()?)?;
    let key = desk.server_key()?;
    let assignments = 4 + plan.faults.div_ceil(KILLS_OF_AN_ASSIGNMENT);
    let assignments = (0..assignments).map(|_| desk.assign()).collect::<Result<Vec<_>>>()?;
    let phones = LOGINS.iter().enumerate().map(|(index, login)| {
        let phone = Phone::open(
            &plan.folder.join(format!("phone-{index}")),
            login,
            Share::Part { index, of: LOGINS.len() },
        )?;
        phone.enrol(&wire.url())?;
        phone.deliver_everything()?;
        Ok(phone)
    });
    let phones = phones.collect::<Result<Vec<Phone>>>()?;

    let (stop, mut proven) = (AtomicBool::new(false), Proven::default());
    std::thread::scope(|scope| {
        let working = phones.iter().map(|phone| {
            let mut rng = rng.fork();
            let (assignments, stop, wire) = (&assignments, &stop, &wire);
            scope.spawn(move || {
                let worked = phone.work(assignments, &mut rng, stop);
                if worked.is_err() {
                    wire.close();
                }
                worked
            })
        });
        let working: Vec<_> = working.collect();
        let killed = kill(plan, &mut server, &wire, &phones, &key, &mut rng, &mut proven);
        stop.store(true, Ordering::Relaxed);
        if killed.is_err() {
            wire.close();
        }
        for one in working {
            one.join().map_err(|_| anyhow::anyhow!("a device panicked"))??;
        }
        killed
    })?;

    let kept = kept(&mut server, &phones.iter().collect::<Vec<_>>(), &assignments, &key, proven)?;
    Ok(Report {
        kills: plan.faults,
        recorded: phones.iter().map(|phone| phone.told().count()).sum(),
        failed_syncs: phones.iter().map(Phone::failed_syncs).sum(),
        passed: wire.passed(),
        kept,
    })
}

fn kill(
    plan: &Plan,
    server: &mut Server,
    wire: &Wire,
    phones: &[Phone],
    key: &rounds_shared::envelope::PublicKey,
    rng: &mut Rng,
    proven: &mut Proven,
) -> Result<()> {
    for kill in 1..=plan.faults {
        let before = wire.passed();
        let bytes = rng.u64(1..=BYTES_MAX);
        wire.wait(|passed| passed.up + passed.down >= before.up + before.down + bytes)?;
        wire.linger(rng.u64(..=LINGER_MS_MAX));
        server.kill()?;
        wire.leads_to(None);
        let address = server.start().with_context(|| format!("after kill {kill}"))?;
        wire.leads_to(Some(address));
        let log = Log::open(server.data())?;
        for phone in phones {
            log.keeps(phone, &phone.fresh_receipts(key)?).with_context(|| format!("after kill {kill}"))?;
        }
        *proven = log.prove(*proven).with_context(|| format!("after kill {kill}"))?;
        server.is_well()?;
        plan.say(kill, "the server was killed");
    }
    Ok(())
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
