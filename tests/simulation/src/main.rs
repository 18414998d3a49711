//! `make sim`: runs seeds until one breaks a promise, on every processor there is.

use std::{
    num::NonZero,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use clap::Parser;
use rounds_simulation::{Broken, Report, run};

/// How often it says how far it has got, in runs.
const PROGRESS: u64 = 500;

/// Simulates many devices and one server, with every fault there is.
#[derive(Debug, Parser)]
struct CommandLine {
    /// One seed, to see again what it did.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// How many seeds to run.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// After how many that broke a promise it ends.
    #[arg(long, default_value_t = 1)]
    broken: usize,
}

/// What all runs did.
#[derive(Default)]
struct All {
    report: Report,
    runs: u64,
    broken: Vec<Broken>,
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    let seeds = line.seed.map_or(line.from..line.from.saturating_add(line.seeds), |seed| seed..seed + 1);
    let (next, all, began) = (AtomicU64::new(seeds.start), Mutex::new(All::default()), Instant::now());
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !seeds.contains(&seed) {
                        return;
                    }
                    let outcome = run(seed);
                    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                    all.take(outcome, line.seed.is_some());
                    if all.broken.len() >= line.broken {
                        return;
                    }
                    if all.runs.is_multiple_of(PROGRESS) {
                        let seconds = began.elapsed().as_secs();
                        eprintln!("{} runs, {} seconds, {} broken", all.runs, seconds, all.broken.len());
                    }
                }
            });
        }
    });
    let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("{} runs in {:.0} seconds. {}", all.runs, began.elapsed().as_secs_f64(), all.report);
    if all.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl All {
    fn take(&mut self, outcome: Result<Report, Broken>, is_the_one: bool) {
        self.runs += 1;
        match outcome {
            Ok(report) => {
                if is_the_one {
                    println!("{report:#?}");
                }
                self.report.add(&report);
            }
            Err(broken) => {
                eprintln!("{broken}");
                self.broken.push(broken);
            }
        }
    }
}
