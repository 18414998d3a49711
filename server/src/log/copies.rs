//! Copies of a log, of a server that may be running, and what makes a restored one another log: its epoch.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rounds_shared::{area::AreaCode, ids::Epoch};
use rusqlite::{Connection, OpenFlags, params};

use super::{LogError, open};

/// How long to wait for the writer of a running server.
const BUSY: Duration = Duration::from_secs(10);

/// Copies the database as it stands at one moment, views and all.
///
/// # Errors
/// [`LogError::Sqlite`] when it cannot be read or the copy not written.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), LogError> {
    let connection = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY)?;
    connection.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    Ok(())
}

/// Copies the file of a database that cannot be read any more as a whole, for whoever looks what can.
///
/// # Errors
/// When it cannot be copied.
pub(crate) fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    let beside = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    match fs::copy(beside(from), beside(to)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// What is wrong with SQLite's own order in the file, if anything is: its pages, and the indexes that entries are found
/// by.
///
/// # Errors
/// [`LogError::Sqlite`] when it cannot be looked at.
pub(crate) fn disorder(path: &Path) -> Result<Option<String>, LogError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY)?;
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    Ok((found != "ok").then_some(found))
}

/// Copies the log alone as it stands at one moment; views can be computed from it.
///
/// # Errors
/// [`LogError`] when it cannot be read or the copy not written.
pub(crate) fn copy_log(from: &Path, to: &Path) -> Result<(), LogError> {
    // What an older version wrote is brought up to date first: the copy has the tables of this one.
    drop(open(from)?);
    let connection = open(to)?;
    connection.execute("ATTACH ?1 AS source", [from.to_string_lossy()])?;
    connection.execute_batch(
        "BEGIN;
         INSERT INTO log_identity SELECT * FROM source.log_identity;
         INSERT INTO log_epochs SELECT * FROM source.log_epochs;
         INSERT INTO log SELECT * FROM source.log;
         COMMIT;
         DETACH source;
         PRAGMA journal_mode = DELETE;",
    )?;
    Ok(())
}

/// Begins an epoch after an entry: whoever stood in the one before asks again for everything, and brings what is
/// lacking.
///
/// # Errors
/// [`LogError::Sqlite`] when it cannot be written.
pub(crate) fn begin_epoch(
    connection: &Connection,
    city: &AreaCode,
    epoch: Epoch,
    seq: u64,
    at: i64,
) -> Result<(), LogError> {
    connection.execute(
        "INSERT OR REPLACE INTO log_identity (city, epoch) VALUES (?1, ?2)",
        params![city.as_str(), epoch.as_bytes()],
    )?;
    connection.execute(
        "INSERT INTO log_epochs (city, epoch, seq, at) VALUES (?1, ?2, ?3, ?4)",
        params![city.as_str(), epoch.as_bytes(), seq, at],
    )?;
    Ok(())
}
