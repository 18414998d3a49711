//! How quick the inspectors' app is on a phone that has seen years of work.

use std::time::Instant;

use anyhow::{Context as _, Result};
use rounds_client_core::App;

use super::{Figure, Measured, measured, median, p99};
use crate::{
    prepared::Prepared,
    town::{self, Town, failed},
    visits,
};

/// Inspections on the phone.
const INSPECTIONS: usize = 5000;
/// Those that are not submitted yet.
const TO_DO: usize = 50;
/// Answers in each of them.
const ANSWERS: usize = 3;
/// Items of the long checklist.
const ITEMS: usize = 120;
const LONG: &str = "long";
/// Changes of an inspection that is opened.
const CHANGES: usize = 500;
/// Inspections that are opened, each by an app that has just been started.
const OPENED: usize = 20;
/// Taps that are measured.
const TAPS: usize = 1000;
/// How often the app is started.
const STARTS: usize = 10;
/// What people type to find an area, a key at a time.
const TYPED: [&str; 6] = ["chx", "翠湖西路", "530102", "wuhua", "guandu", "zzz"];
/// Rows the app's list shows of what was found.
const ROWS: usize = 60;

pub(super) const FIGURE: Figure = Figure {
    names: &["app_start_ms", "area_filter_ms", "tap_p99_ms", "open_p99_ms"],
    wanted: "app_start_ms < 1,000; area_filter_ms < 10; tap_p99_ms < 5; open_p99_ms < 50",
    how: "A phone's folder on a real disk, encrypted as on a phone, with 5,000 inspections of three answers each, all but fifty submitted, and the city's whole \
          registry. app_start_ms: from opening the folder to what 今日 shows, all that the app's core does at a start, the median of \
          ten; the web view's own start is not in it. area_filter_ms: one key of six words typed into the search of 1,738 areas, \
          99th percentile. tap_p99_ms: one answer until it is on disk, 1,000 of them in an inspection of 120 items. open_p99_ms: \
          the whole view of an inspection of 120 items and 500 changes, which the app that has just been started has not opened \
          yet, the slowest of twenty.",
    measure,
};

fn measure(_: &mut Prepared) -> Result<Vec<Measured>> {
    let town = Town::found()?;
    town.hire(1)?;
    town.publish(LONG, ITEMS)?;
    let many = town.assign(INSPECTIONS, |_| vec![0])?;
    let long = town.assign_by(LONG, OPENED + 1, |_| vec![0])?;
    let folder = tempfile::tempdir()?;
    let mut rng = fastrand::Rng::with_seed(1);
    let mut opened = Vec::new();
    {
        let phone = town.phone(folder.path(), 0)?;
        for (index, assignment) in many.into_iter().enumerate() {
            let inspection = visits::answer(&phone, assignment, ANSWERS, &mut rng)?;
            if index >= TO_DO {
                phone.submit(&inspection).map_err(failed)?;
            }
        }
        for assignment in &long {
            let inspection = phone.open_assignment(&assignment.to_string()).map_err(failed)?;
            visits::tap(&phone, &inspection, CHANGES, &mut rng)?;
            opened.push(inspection);
        }
    }
    let tapped = opened.pop().context("there is one more")?;
    let mut starts =
        (0..STARTS).map(|_| start(folder.path()).map(|(ms, _)| ms)).collect::<Result<Vec<_>>>()?;
    let mut opens = Vec::new();
    for inspection in &opened {
        let (_, app) = start(folder.path())?;
        let began = Instant::now();
        app.inspection(inspection).map_err(failed)?;
        opens.push(ms(began));
    }
    let (_, app) = start(folder.path())?;
    let mut keys = Vec::new();
    for word in TYPED {
        for (end, key) in word.char_indices() {
            let typed = &word[..end + key.len_utf8()];
            let began = Instant::now();
            drop(app.areas(typed, ROWS));
            keys.push(ms(began));
        }
    }
    let mut taps = visits::tap(&app, &tapped, TAPS, &mut rng)?;
    Ok(vec![
        measured("app_start_ms", median(&mut starts)),
        measured("area_filter_ms", p99(&mut keys)),
        measured("tap_p99_ms", p99(&mut taps)),
        measured("open_p99_ms", p99(&mut opens)),
    ])
}

/// Starts the app and shows today; says how long that took.
fn start(folder: &std::path::Path) -> Result<(f64, std::sync::Arc<App>)> {
    let began = Instant::now();
    let app = town::open(folder)?;
    app.state().map_err(failed)?;
    app.today().map_err(failed)?;
    Ok((ms(began), app))
}

fn ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1000.0
}
