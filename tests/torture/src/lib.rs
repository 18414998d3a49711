//! What no simulation can show: the real programs, killed, starved of room and cut off, and every promise looked at.
//!
//! Read in this order:
//!
//! - what happens: [`server_killed`], [`app_killed`], [`disk_full`], [`wire_cut`] with [`page_cost`];
//! - what must hold: [`said`], [`promises`], [`log`];
//! - who takes part: [`phone`], [`inspector`], [`desk`], [`server`], all of them in a
//!   [`town`], and what lies between them: [`wire`], [`disk`].
//!
//! A seed decides what is done and when: after how many bytes the server is killed, where a connection is cut. Processes,
//! disks and schedulers are not decided by it, so the same seed gives the same decisions and not the same run.

pub mod app_killed;
pub mod desk;
pub mod disk;
pub mod disk_full;
pub mod inspector;
pub mod log;
pub mod page_cost;
pub mod phone;
mod picture;
pub mod promises;
pub mod said;
pub mod server;
pub mod server_killed;
pub mod town;
pub mod wire;
pub mod wire_cut;

use std::path::Path;

use fastrand::Rng;

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'f> {
    /// What decides.
    pub seed: u64,
    /// How many kills, or cuts, or times a disk is filled.
    pub faults: usize,
    /// Where everything of it is kept.
    pub folder: &'f Path,
}

impl Plan<'_> {
    /// The decisions of one sort, whatever else is run.
    fn rng(&self, sort: &str) -> Rng {
        let mut seed = [0; 8];
        seed.copy_from_slice(&blake3::derive_key(sort, &self.seed.to_be_bytes())[..8]);
        Rng::with_seed(u64::from_be_bytes(seed))
    }

    /// Says how far a long run is.
    fn say(&self, done: usize, what: &str) {
        if done.is_multiple_of(20) {
            eprintln!("{what} {done} times of {}", self.faults);
        }
    }
}

/// A number up to a most, the small ones as likely as the large ones: every size of a thing is met.
fn skewed(rng: &mut Rng, most: u64) -> u64 {
    let bits = u64::BITS - most.leading_zeros();
    let scale = (1 << rng.u32(0..=bits)) - 1;
    rng.u64(..=most.min(scale))
}
