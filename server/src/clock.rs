//! The server's clock. It is read here and nowhere else; everything below takes the time as an argument.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// Where the time comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that moves when it is told to, so that tests need not wait.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at_ms` until it is moved.
    pub fn standing_at(at_ms: i64) -> Self {
        Self::Set(Arc::new(AtomicI64::new(at_ms)))
    }

    /// Moves a clock that was made by [`Clock::standing_at`]; the machine's clock is not ours to move.
    pub fn advance(&self, by_ms: i64) {
        match self {
            Clock::System => {}
            Clock::Set(at_ms) => {
                at_ms.fetch_add(by_ms, Ordering::SeqCst);
            }
        }
    }

    /// Milliseconds since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        match self {
            Clock::System => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
                // A machine that believes it is before 1970: its clock is wrong, which is no reason to stop.
                Err(_) => 0,
            },
            Clock::Set(at_ms) => at_ms.load(Ordering::SeqCst),
        }
    }
}
