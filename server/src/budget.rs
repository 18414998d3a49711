//! Budgets: how much one device may deliver in a minute, so that no device keeps the others waiting. What is over is
//! not refused and not dropped: the device is told when to come back.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use rounds_shared::ids::DeviceId;

/// The window, in milliseconds.
const WINDOW_MS: i64 = 60_000;
/// Bytes of sync requests, unpacked, in a window: a visit is a few kilobytes, so a device that was away for weeks
/// still delivers everything in its first minute.
const BYTES_MAX: usize = 64 * 1024 * 1024;
/// Envelopes in a window.
const ENVELOPES_MAX: usize = 5_000;
/// Windows kept before those that are over are forgotten.
const WINDOWS_KEPT: usize = 1_024;

/// What each device has spent. Only enrolled devices are counted, so there are never more windows than devices.
#[derive(Default)]
pub struct Budgets {
    windows: Mutex<HashMap<DeviceId, Window>>,
}

struct Window {
    began: i64,
    bytes: usize,
    envelopes: usize,
}

/// The budget is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// When to come back, in seconds.
    pub seconds: i64,
}

impl Budgets {
    /// Counts a delivery. The first one of a window always fits.
    ///
    /// # Errors
    /// [`Spent`] when it does not fit; nothing is counted then.
    pub fn spend(&self, device: DeviceId, now: i64, bytes: usize, envelopes: usize) -> Result<(), Spent> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back begins a new window too.
        let is_open = |window: &Window| (0..WINDOW_MS).contains(&now.saturating_sub(window.began));
        if windows.len() >= WINDOWS_KEPT {
            windows.retain(|_, window| is_open(window));
        }
        match windows.get_mut(&device) {
            Some(window) if is_open(window) => {
                let (all_bytes, all) = (window.bytes + bytes, window.envelopes + envelopes);
                if envelopes > 0 && (all_bytes > BYTES_MAX || all > ENVELOPES_MAX) {
                    let left = WINDOW_MS - (now - window.began);
                    return Err(Spent { seconds: left.div_euclid(1000) + 1 });
                }
                (window.bytes, window.envelopes) = (all_bytes, all);
            }
            Some(_) | None => {
                windows.insert(device, Window { began: now, bytes, envelopes });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: DeviceId = DeviceId::new([1; 16]);
    const OTHER: DeviceId = DeviceId::new([2; 16]);

    #[test]
    fn a_device_that_delivers_too_much_is_told_when_to_come_back_and_nobody_else_is() {
        let budgets = Budgets::default();
        for _ in 0..ENVELOPES_MAX / 500 {
            assert_eq!(budgets.spend(ONE, 1_000, 1_000, 500), Ok(()));
        }
        assert_eq!(budgets.spend(ONE, 31_000, 1_000, 1), Err(Spent { seconds: 31 }));
        assert_eq!(budgets.spend(ONE, 31_000, 100, 0), Ok(()), "it may read");
        assert_eq!(budgets.spend(OTHER, 31_000, 1_000, 500), Ok(()));
        assert_eq!(budgets.spend(ONE, 61_000, 1_000, 500), Ok(()));
        assert_eq!(budgets.spend(ONE, 62_000, BYTES_MAX, 1), Err(Spent { seconds: 60 }));
    }
}
