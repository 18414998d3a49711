//! What a cut costs: a fresh device fetches several pages, once whole and once over connections that end after any number
//! of bytes.

use std::path::Path;

use anyhow::{Result, ensure};
use fastrand::Rng;
use rounds_shared::protocol::limits::TEXT_BYTES_MAX;

use crate::{
    phone::{Phone, Share},
    wire::{Weather, Wire},
};

const LOGIN: &str = "inspector2";
/// Remarks of a visit: long ones, that nothing makes shorter, and not so many that a document fills a page.
const REMARKS_OF_A_VISIT: usize = 56;
/// Bytes of one page at most, of which a device asks for a mebibyte, with what HTTP adds.
const PAGE_BYTES_MAX: u64 = 1024 * 1024 + 64 * 1024;
/// Bytes of everything at least, or nothing is shown.
const ALL_BYTES_MIN: u64 = 2 * PAGE_BYTES_MAX;
/// The most bytes a connection carries: more than a page, and less than all of them.
const CONNECTION_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// Attempts after which the device gets nowhere.
const SYNCS_MAX: usize = 100;

/// What it cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Bytes of everything, over a connection that holds.
    pub whole: u64,
    /// Bytes of everything over connections that do not.
    pub torn: u64,
    /// How often they were cut.
    pub cuts: u64,
}

/// Fills so many visits with long remarks.
pub fn fill(phone: &Phone, assignments: &[String], rng: &mut Rng) -> Result<()> {
    for assignment in assignments {
        let inspection = phone.app.open_assignment(assignment)?;
        for _ in 0..REMARKS_OF_A_VISIT {
            let text: String = (0..TEXT_BYTES_MAX).map(|_| rng.alphanumeric()).collect();
            phone.app.remark_add(&inspection, None, &text)?;
        }
    }
    phone.deliver_everything()
}

/// Fetches everything once whole and so many times torn, while nobody else uses the wire; the devices that have it then,
/// too.
pub fn measure(wire: &Wire, folder: &Path, times: usize) -> Result<(Cost, Vec<Phone>)> {
    let fresh = |name: &str| {
        let phone = Phone::open(&folder.join(name), LOGIN, Share::All)?;
        phone.enrol(&wire.url())?;
        anyhow::Ok(phone)
    };
    let mut phones = vec![fresh("phone-whole")?];
    let before = wire.passed();
    phones[0].deliver_everything()?;
    let whole = wire.passed().down - before.down;
    ensure!(whole > ALL_BYTES_MIN, "{whole} bytes are no more than two pages: nothing can be shown");
    let mut cost = Cost { whole: 0, torn: 0, cuts: 0 };
    for time in 1..=times {
        let phone = fresh(&format!("phone-torn-{time}"))?;
        let (torn, cuts) = fetch_torn(wire, &phone)?;
        ensure!(
            torn <= whole + cuts * PAGE_BYTES_MAX,
            "{cuts} cuts cost more than a page each: {torn} bytes instead of {whole}"
        );
        cost = Cost { whole: cost.whole + whole, torn: cost.torn + torn, cuts: cost.cuts + cuts };
        phones.push(phone);
    }
    ensure!(cost.cuts > 0, "nothing was cut");
    Ok((cost, phones))
}

/// How many bytes came, and how often they were cut.
fn fetch_torn(wire: &Wire, phone: &Phone) -> Result<(u64, u64)> {
    wire.weather(Weather::Short { bytes_max: CONNECTION_BYTES_MAX });
    let before = wire.passed();
    let mut syncs = 0;
    while phone.sync()?.is_some() {
        syncs += 1;
        ensure!(
            syncs < SYNCS_MAX,
            "a device whose connections are cut within {CONNECTION_BYTES_MAX} bytes gets nowhere"
        );
    }
    let after = wire.passed();
    wire.weather(Weather::Fair);
    Ok((after.down - before.down, after.cuts - before.cuts))
}
