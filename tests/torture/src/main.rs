//! `make torture`: real processes, killed, starved and cut off; what was promised must hold all the same.

use std::{
    process::{Command, ExitCode, ExitStatus, Stdio},
    time::Instant,
};

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use rounds_torture::{
    Plan, app_killed, disk::NotMounted, disk_full, inspector::Inspector, server_killed, wire_cut,
};

/// A disk is filled once where something is killed so many times, but for short runs.
const KILLS_OF_A_FILL: usize = 4;
/// As often as a short run asks for.
const FILLS_LEAST: usize = 5;

/// Tortures real processes.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    part: Option<Part>,
    /// How many kills of each sort, cuts, and times a disk is filled.
    #[arg(long, default_value_t = 200)]
    kills: usize,
    /// What decides when and where; drawn when it is not given.
    #[arg(long)]
    seed: Option<u64>,
    /// In a namespace of its own already.
    #[arg(long, hide = true)]
    in_namespace: bool,
    /// One sort alone.
    #[arg(long, value_enum)]
    only: Option<Sort>,
}

/// Whom else this program plays.
#[derive(Debug, Subcommand)]
enum Part {
    /// An inspector, to be killed.
    #[command(hide = true)]
    Inspect(Inspector),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// The server is killed under load.
    Server,
    /// The app's core is killed while somebody answers.
    App,
    /// Disks are full.
    Disk,
    /// Connections are cut.
    Wire,
}

/// What the program ends with when a sort of torture could not be tried here: as test programs do.
const NOT_RUN: u8 = 77;

fn main() -> ExitCode {
    let line = CommandLine::parse();
    if let Some(Part::Inspect(inspector)) = line.part {
        return match inspector.work() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error:#}");
                ExitCode::FAILURE
            }
        };
    }
    let seed = line.seed.unwrap_or_else(|| fastrand::u64(..1 << 32));
    let sorts = line.only.map_or_else(|| Sort::value_variants().to_vec(), |only| vec![only]);
    if !line.in_namespace {
        println!("seed {seed}");
    }
    for sort in sorts {
        if sort == Sort::Disk
            && let Some(status) = in_namespace(seed, &line)
        {
            if status.success() {
                continue;
            }
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            return code.map_or(ExitCode::FAILURE, ExitCode::from);
        }
        match torture(sort, seed, line.kills) {
            Ok(()) => {}
            Err(error) if is_not_permitted(&error) => {
                eprintln!("NOT RUN: a full disk needs a small one: {error:#}");
                return ExitCode::from(NOT_RUN);
            }
            Err(error) => {
                eprintln!("seed {seed}: {error:#} (make torture KILLS={} SEED={seed})", line.kills);
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn torture(sort: Sort, seed: u64, kills: usize) -> Result<()> {
    let began = Instant::now();
    let mut folder = tempfile::Builder::new().prefix("rounds-torture-").tempdir()?;
    let plan = Plan { seed, faults: kills, folder: folder.path() };
    let report = match sort {
        Sort::Server => server_killed::run(&plan).map(|report| report.to_string()),
        Sort::App => app_killed::run(&plan).map(|report| report.to_string()),
        Sort::Wire => wire_cut::run(&plan).map(|report| report.to_string()),
        Sort::Disk => {
            // It is full as often as a short run asks for; a long one need not wait for it so long.
            let plan = Plan { faults: kills.min(FILLS_LEAST).max(kills / KILLS_OF_A_FILL), ..plan };
            disk_full::run(&plan).map(|report| report.to_string())
        }
    };
    match report {
        Ok(report) => println!("{report}; {} s", began.elapsed().as_secs()),
        Err(error) => {
            if !is_not_permitted(&error) {
                folder.disable_cleanup(true);
                eprintln!("everything of it is kept in {}", folder.path().display());
            }
            return Err(error);
        }
    }
    Ok(())
}

fn is_not_permitted(error: &anyhow::Error) -> bool {
    error.downcast_ref::<NotMounted>().is_some()
}

/// Fills disks in a namespace of their own: whatever ends this program, nothing stays mounted, and an ordinary user may
/// mount there, too. None where there is no namespace to be had.
fn in_namespace(seed: u64, line: &CommandLine) -> Option<ExitStatus> {
    const WAYS: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let unshare = |way: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(way);
        command
    };
    if line.in_namespace {
        return None;
    }
    let is_possible = |way: &&&[&str]| {
        let tried = unshare(way).arg("true").stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    };
    let mut command = unshare(WAYS.iter().find(is_possible)?);
    command.arg(std::env::current_exe().ok()?).args(["--only", "disk", "--in-namespace"]);
    command.args(["--seed", &seed.to_string(), "--kills", &line.kills.to_string()]);
    command.status().ok()
}
