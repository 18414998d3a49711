//! Many devices, one server, and every fault we can invent, from a seed: the real code of all three, over simulated
//! disks, networks and clocks.

pub mod check;
pub mod city;
pub mod console;
pub mod disk;
pub mod founding;
pub mod hostile;
pub mod law;
pub mod net;
pub mod office;
pub mod phone;
mod run;
pub mod vfs;

pub use run::{Broken, Report, run};

#[cfg(test)]
mod tests {
    use std::{
        num::NonZero,
        sync::atomic::{AtomicU64, Ordering},
        thread,
    };

    use super::*;

    /// Seeds that every `make test` runs; `make sim` runs as many as it is told.
    const SEEDS: u64 = 300;

    #[test]
    fn no_seed_breaks_a_promise() {
        let next = AtomicU64::new(0);
        let some = || {
            let mut all = Report::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= SEEDS {
                    return all;
                }
                match run(seed) {
                    Ok(report) => all.add(&report),
                    Err(broken) => panic!("{broken}"),
                }
            }
        };
        let mut all = Report::default();
        thread::scope(|scope| {
            let processors = thread::available_parallelism().map_or(1, NonZero::get);
            let threads: Vec<_> = (0..processors).map(|_| scope.spawn(some)).collect();
            for thread in threads {
                match thread.join() {
                    Ok(report) => all.add(&report),
                    Err(broken) => std::panic::resume_unwind(broken),
                }
            }
        });
        let did = [
            (all.recorded, 3000, "things recorded"),
            (all.held, 300, "envelopes held"),
            (all.rulings, 50, "rulings"),
            (all.attacks, 300, "attacks"),
            (all.phone_cuts, 300, "phones without power"),
            (all.server_cuts, 200, "servers without power"),
            (all.restores, 30, "restores"),
            (all.returned, 10, "entries given back"),
            (all.copies, 20, "copies"),
            (all.cut_off, 100, "messages cut off"),
        ];
        for (times, least, what) in did {
            assert!(times >= least, "{times} {what}: the runs do next to nothing");
        }
    }

    #[test]
    fn a_seed_gives_the_same_run_again() {
        for seed in [7, 42, 72] {
            assert_eq!(run(seed).unwrap(), run(seed).unwrap());
        }
    }
}
