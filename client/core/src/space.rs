//! 剩余空间: how much room the disk still has. A phone is said to be getting full long before it is; and when it nearly is,
//! photos give way, so that answers and words can still be saved.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Below so many free bytes a disk is getting full, unless it is a small one.
const LOW_BYTES: u64 = 500 * 1024 * 1024;
/// Below so many, what is left is for answers and words.
const RESERVE_BYTES: u64 = 50 * 1024 * 1024;
/// Of a small disk: these parts of all that it has.
const LOW_PART: u64 = 10;
const RESERVE_PART: u64 = 50;

/// What a disk has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// Bytes that may still be written.
    pub free: u64,
    /// Bytes in all.
    pub total: u64,
}

/// Whether there is room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    /// For everything.
    Enough,
    /// Still, but not for long.
    Low,
    /// For answers and words; a photo is refused.
    TextOnly,
}

impl Disk {
    /// What there is room for, with so many bytes more on it.
    pub(crate) fn space(self, more: u64) -> Space {
        let left = self.free.saturating_sub(more);
        if left < RESERVE_BYTES.min(self.total / RESERVE_PART) {
            Space::TextOnly
        } else if left < LOW_BYTES.min(self.total / LOW_PART) {
            Space::Low
        } else {
            Space::Enough
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_low_early_and_photos_give_way_before_words_on_large_and_small_ones() {
        const MIB: u64 = 1024 * 1024;
        let space = |free, total| Disk { free: free * MIB, total: total * MIB }.space(0);
        assert_eq!([space(501, 64_000), space(499, 64_000)], [Space::Enough, Space::Low]);
        assert_eq!([space(50, 64_000), space(49, 64_000)], [Space::Low, Space::TextOnly]);
        assert_eq!(
            [space(51, 500), space(49, 500), space(9, 500)],
            [Space::Enough, Space::Low, Space::TextOnly]
        );
        assert_eq!(Disk { free: 60 * MIB, total: 64_000 * MIB }.space(11 * MIB), Space::TextOnly);
    }
}
