//! Time, randomness and the disk's room, as arguments: everything else here is a function of what it is given.

use std::path::Path;

use crate::space::Disk;

/// Where the app gets the time, its random bytes and what the disk has from.
pub struct Surroundings {
    /// The clock.
    pub now_ms: Clock,
    /// The randomness.
    pub randomize: Randomness,
    /// What the disk has that a folder is on; none where that is not known.
    pub disk: Room,
}

/// Says the time in milliseconds since 1970.
pub type Clock = Box<dyn Fn() -> i64 + Send + Sync>;
/// Fills bytes with unpredictable ones.
pub type Randomness = Box<dyn Fn(&mut [u8]) + Send + Sync>;

/// Says what the disk has that a folder is on.
pub type Room = Box<dyn Fn(&Path) -> Option<Disk> + Send + Sync>;

impl Surroundings {
    /// The system's clock, randomness and disk.
    pub fn system() -> Self {
        Self {
            now_ms: Box::new(|| {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                // A clock before 1970 is wrong in any case; it is shown as wrong and never trusted.
                since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }),
            randomize: Box::new(|bytes| {
                getrandom::fill(bytes).expect("the system has randomness");
            }),
            disk: Box::new(|folder| {
                let stands = fs4::statvfs(folder).ok()?;
                Some(Disk { free: stands.available_space(), total: stands.total_space() })
            }),
        }
    }

    pub(crate) fn now(&self) -> i64 {
        (self.now_ms)()
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.randomize)(&mut bytes);
        bytes
    }
}
