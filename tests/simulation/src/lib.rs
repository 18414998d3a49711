//! Many devices, one server, and every fault we can invent, from a seed: the real code of all three, over simulated
//! disks, networks and clocks.

pub mod city;
pub mod disk;
pub mod phone;
mod run;
pub mod vfs;

pub use run::{Broken, Report, run};

#[cfg(test)]
mod tests {
    use super::*;

    /// Seeds that every `make test` runs; `make sim` runs as many as it is told.
    const SEEDS: u64 = 40;

    #[test]
    fn no_seed_breaks_a_promise() {
        let (mut recorded, mut phone_cuts, mut server_cuts) = (0, 0, 0);
        for seed in 0..SEEDS {
            match run(seed) {
                Ok(report) => {
                    recorded += report.recorded;
                    phone_cuts += report.phone_cuts;
                    server_cuts += report.server_cuts;
                }
                Err(broken) => panic!("{broken}"),
            }
        }
        assert!(
            recorded > 500 && phone_cuts > 50 && server_cuts > 50,
            "{recorded} recorded, {phone_cuts} and {server_cuts} cuts: the runs do next to nothing"
        );
    }

    #[test]
    fn a_seed_gives_the_same_run_again() {
        assert_eq!(run(7).unwrap(), run(7).unwrap());
    }
}
