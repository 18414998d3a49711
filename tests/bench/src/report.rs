//! BENCH.md: the figures of the last whole run, how each was made, and on what machine.

use std::{fmt::Write as _, fs, path::PathBuf, process::Command};

use anyhow::Result;

use crate::figures::{Figure, Measured};

/// What stands between the table and what follows: written by hand, kept by every run.
const BY_HAND: &str = "\n## What is left, and why\n";

/// A figure as it is printed: whole from a hundred on, else with two decimals.
pub fn number(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// Writes the page.
pub fn write(all: &[(&Figure, Vec<Measured>)]) -> Result<()> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../BENCH.md");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let by_hand = before.split_once(BY_HAND).map_or("", |(_, rest)| rest);
    let mut page = String::from(
        "# Figures\n\n`make bench` makes this page; `make bench ONLY=name` measures one of them.\n\n",
    );
    writeln!(page, "{}\n", machine())?;
    for (figure, measured) in all {
        writeln!(page, "## {}\n", figure.names[0])?;
        for one in measured {
            writeln!(page, "    {}: {}", one.name, number(one.value))?;
        }
        writeln!(page, "\nWanted: {}. {}\n", figure.wanted, figure.how)?;
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page.push_str(BY_HAND);
    page.push_str(by_hand);
    fs::write(path, page)?;
    Ok(())
}

fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            text.lines()
                .find_map(|line| Some(line.strip_prefix("model name")?.split_once(": ")?.1.to_owned()))
        })
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let said = |program: &str| {
        let output = Command::new(program).arg("--version").output().ok();
        output.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default().trim().to_owned()
    };
    format!("{cores} cores of {processor}; {}; Node {}; release build.", said("rustc"), said("node"))
}
