//! Disks that are full: the server's while devices deliver, a device's while somebody records. Nothing that was said to be
//! safe is lost, whoever cannot write says so with a code, and with room again everything is delivered.

use std::fmt;

use anyhow::{Context as _, Result, bail, ensure};
use fastrand::Rng;
use rounds_client_core::Failure;

use crate::{
    Plan,
    disk::SmallDisk,
    log::{Log, Proven},
    phone::{Phone, Share},
    promises::Kept,
    server::Server,
    skewed,
    town::Town,
};

const LOGINS: [&str; 2] = ["inspector1", "inspector2"];
/// Bytes of the server's disk, and of a device's.
const SERVER_BYTES: u64 = 48 * 1024 * 1024;
const PHONE_BYTES: u64 = SERVER_BYTES;
/// Bytes left on a disk when it begins to be full, at most.
const LEFT_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// Things recorded on a full disk before it should have been noticed.
const RECORDED_MAX: usize = 2_000;
/// Things recorded between one delivery to a full server and the next.
const RECORDED_OF_A_DELIVERY: usize = 6;
/// What a full server says.
const SERVER_FULL: &str = "server_full";
/// Times the disk is full to one time the server is killed and started on it.
const FILLS_OF_A_KILL: usize = 3;
/// Times the disk is full to one inspection.
const FILLS_OF_AN_INSPECTION: usize = 5;

/// What happened.
#[derive(Debug)]
pub struct Report {
    fills: usize,
    recorded: u64,
    starts: usize,
    no_starts: usize,
    refused: u64,
    kept: Kept,
}

/// Fills the server's disk, then a device's, as often as is planned.
pub fn run(plan: &Plan) -> Result<Report> {
    let mut rng = plan.rng("disk full");
    let servers = SmallDisk::mount(&plan.folder.join("server-disk"), SERVER_BYTES)?;
    let phones_disk = SmallDisk::mount(&plan.folder.join("phone-disk"), PHONE_BYTES)?;
    let assignments = 1 + plan.faults.div_ceil(FILLS_OF_AN_INSPECTION);
    let mut town = Town::found(plan, &servers.folder("city")?, assignments, &mut rng)?;
    // The first one's data is on a disk of its own that is filled, too; the second one has room.
    let folders = [phones_disk.folder("phone-0")?, plan.folder.join("phone-1")];
    let phones = folders.iter().zip(LOGINS).enumerate().map(|(index, (folder, login))| {
        let phone = Phone::open(folder, login, Share::Part { index, of: LOGINS.len() })?;
        phone.enrol(&town.wire.url())?;
        phone.deliver_everything()?;
        Ok(phone)
    });
    let mut phones = phones.collect::<Result<Vec<Phone>>>()?;

    let mut report = Report {
        fills: plan.faults,
        recorded: 0,
        starts: 0,
        no_starts: 0,
        refused: 0,
        kept: Kept::default(),
    };
    let mut proven = Proven::default();
    for fill in 1..=plan.faults {
        let assignment = &town.assignments[fill / FILLS_OF_AN_INSPECTION];
        let inspections = phones.iter().map(|phone| phone.app.open_assignment(assignment));
        let inspections = inspections.collect::<Result<Vec<_>, _>>()?;
        let context = || format!("full disk {fill}");

        servers.fill(skewed(&mut rng, LEFT_BYTES_MAX))?;
        report.refused += full_server(&town.server, &phones, &inspections, &mut rng).with_context(context)?;
        town.server.is_well().with_context(context)?;
        if fill.is_multiple_of(FILLS_OF_A_KILL) {
            town.server.kill()?;
            town.wire.leads_to(None);
            // It may say that there is no room and end; it may not hang, and not harm what is there.
            match town.server.try_start().with_context(context)? {
                Some(_) => report.starts += 1,
                None => report.no_starts += 1,
            }
        }
        servers.make_room()?;
        if town.server.address().is_err() {
            town.server.start().context("with room again").with_context(context)?;
        }
        town.wire.leads_to(Some(town.server.address()?));
        for phone in &phones {
            phone.deliver_everything().with_context(context)?;
            Log::open(town.server.data())?
                .keeps(phone, &phone.receipts(None, &town.key)?)
                .with_context(context)?;
        }
        proven = Log::open(town.server.data())?.prove(proven).with_context(context)?;

        phones_disk.fill(skewed(&mut rng, LEFT_BYTES_MAX))?;
        full_phone(&phones[0], &inspections[0], &mut rng).with_context(context)?;
        let phone = phones.remove(0).reopened(|_| Ok(())).context("on a full disk").with_context(context)?;
        phones.insert(0, phone);
        phones[0].remembers_everything().with_context(context)?;
        phones_disk.make_room()?;
        phones[0].record(&inspections[0], &mut rng, |_| Ok(())).context("with room again")?;
        phones[0].deliver_everything().with_context(context)?;
        plan.say(fill, "two disks were full");
    }
    report.kept = town.kept(&phones.iter().collect::<Vec<_>>(), proven)?;
    report.recorded = phones.iter().map(|phone| phone.told().count()).sum();
    Ok(report)
}

/// Devices record and deliver until the server has said that it is full, and once more; how often it did.
fn full_server(server: &Server, phones: &[Phone], inspections: &[String], rng: &mut Rng) -> Result<u64> {
    let (mut recorded, mut refused) = (0, 0);
    while refused < 2 {
        for (phone, inspection) in phones.iter().zip(inspections) {
            for _ in 0..RECORDED_OF_A_DELIVERY {
                phone.record(inspection, rng, |_| Ok(()))?;
                recorded += 1;
            }
            if let Some(failure) = phone.app.sync_now()?.failure {
                ensure!(
                    failure.code == SERVER_FULL,
                    "{} was told {} by a server whose disk is full",
                    phone.name,
                    failure.code
                );
                server.answers()?;
                refused += 1;
            }
        }
        ensure!(recorded < RECORDED_MAX, "{recorded} things recorded, and the server's disk is never full");
    }
    Ok(refused)
}

/// Somebody records until his device says that it is full; then nothing else may be wrong, and what did not fit may not
/// take the last room.
fn full_phone(phone: &Phone, inspection: &str, rng: &mut Rng) -> Result<()> {
    expect_full(|| phone.record_large_photo(inspection, rng))?;
    expect_full(|| phone.record(inspection, rng, |_| Ok(())).map(drop))?;
    phone.remembers_everything()?;
    for photo in std::fs::read_dir(phone.folder().join("photos"))? {
        let name = photo?.file_name();
        let is_whole = !name.to_string_lossy().ends_with(".part");
        ensure!(is_whole, "half of a photo takes the last room: {}", name.display());
    }
    Ok(())
}

fn expect_full(mut record: impl FnMut() -> Result<(), Failure>) -> Result<()> {
    for _ in 0..RECORDED_MAX {
        match record() {
            Ok(()) => {}
            Err(Failure::StorageFull) => return Ok(()),
            Err(failure) => bail!("a person whose device is full was told {failure:?}"),
        }
    }
    bail!("the device's disk is never full")
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fills, recorded, starts, no_starts, refused, kept } = self;
        write!(
            out,
            "the server's disk and a device's full {fills} times each: {recorded} things recorded and all of them there, \
             {kept}; the full server said {refused} times that it is, and of its starts on a full disk {starts} came about and {no_starts} ended \
             with a sentence"
        )
    }
}
