//! `make sim`: runs seeds until one breaks a promise.

use std::process::ExitCode;

use clap::Parser;
use rounds_simulation::run;

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
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    let seeds = line.seed.map_or(line.from..line.from + line.seeds, |seed| seed..seed + 1);
    let (mut runs, mut recorded, mut signed, mut cuts, mut restores, mut round_trips) = (0, 0, 0, 0, 0, 0);
    for seed in seeds {
        match run(seed) {
            Ok(report) => {
                if line.seed.is_some() {
                    println!("{report:#?}");
                }
                runs += 1;
                recorded += report.recorded;
                signed += report.signed;
                cuts += report.phone_cuts + report.server_cuts;
                restores += report.restores;
                round_trips += report.round_trips;
            }
            Err(broken) => {
                eprintln!("{broken}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!(
        "{runs} runs: {recorded} remarks recorded and all of them there, {signed} envelopes signed and in the log,"
    );
    println!(
        "{round_trips} round trips, the power lost {cuts} times in the middle of something, {restores} restores"
    );
    ExitCode::SUCCESS
}
