//! How far the device has read, and what it knows of the server's clock and backups.

use rounds_shared::ids::Epoch;
use rusqlite::{Connection, params};

/// The one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The opaque cursor; none before the first page.
    pub(crate) cursor: Option<Vec<u8>>,
    /// The log it reads.
    pub(crate) epoch: Option<Epoch>,
    /// How far the server's last good backup reaches.
    pub(crate) backed_up: u64,
    /// How far the last one reaches that has the photos too.
    pub(crate) photos_backed_up: u64,
    /// How far the device's clock was ahead of the server's.
    pub(crate) skew_ms: Option<i64>,
    /// When a whole sync last ended well.
    pub(crate) last_success: Option<i64>,
    /// Whether the server was restored and has not been compared with since.
    pub(crate) repair_due: bool,
    /// When both sides last had the same.
    pub(crate) repaired_at: Option<i64>,
}

pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Progress> {
    connection.query_row(
        "SELECT cursor, epoch, backed_up, skew_ms, last_success, repair_due, repaired_at,
             photos_backed_up
         FROM progress",
        [],
        |row| {
            Ok(Progress {
                cursor: row.get(0)?,
                epoch: super::optional_id(row, 1)?,
                backed_up: row.get(2)?,
                skew_ms: row.get(3)?,
                last_success: row.get(4)?,
                repair_due: row.get(5)?,
                repaired_at: row.get(6)?,
                photos_backed_up: row.get(7)?,
            })
        },
    )
}

pub(crate) fn save(connection: &Connection, progress: &Progress) -> rusqlite::Result<()> {
    connection
        .execute(
            "UPDATE progress SET cursor = ?1, epoch = ?2, backed_up = ?3, skew_ms = ?4, last_success = ?5,
                 repair_due = ?6, repaired_at = ?7, photos_backed_up = ?8",
            params![
                progress.cursor,
                progress.epoch.as_ref().map(|epoch| epoch.as_bytes()),
                progress.backed_up,
                progress.skew_ms,
                progress.last_success,
                progress.repair_due,
                progress.repaired_at,
                progress.photos_backed_up,
            ],
        )
        .map(drop)
}
