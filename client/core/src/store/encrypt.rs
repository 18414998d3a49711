//! Encrypts a database that an earlier version of the app wrote plain. At every moment there is one whole database under
//! its name: the plain one until a copy of it is encrypted, compared with it and on the disk, and then that copy.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
    time::Duration,
};

use rusqlite::Connection;

use super::StoreError;
use crate::{files, key::DataKey};

/// What a database begins with that is not encrypted.
const PLAIN: &[u8; 16] = b"SQLite format 3\0";

/// Encrypts the file in its place, if it is plain.
pub(super) fn encrypt(path: &Path, key: &DataKey) -> Result<(), StoreError> {
    if !is_plain(path)? {
        return Ok(());
    }
    let unfinished = path.with_extension("part");
    let encrypted = copy(path, &unfinished, key).and_then(|()| {
        File::options().write(true).open(&unfinished)?.sync_all()?;
        compare(path, &unfinished, key)?;
        fs::rename(&unfinished, path)?;
        Ok(files::sync_folder(path)?)
    });
    if encrypted.is_err() {
        // The plain file is as it was. Where even this fails, the next attempt begins with it.
        remove(&unfinished).ok();
    }
    encrypted
}

/// Whether a database is there that anybody can read.
fn is_plain(path: &Path) -> io::Result<bool> {
    let mut head = [0; PLAIN.len()];
    match File::open(path).and_then(|mut file| file.read_exact(&mut head)) {
        Ok(()) => Ok(&head == PLAIN),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Writes an encrypted copy beside it.
fn copy(path: &Path, unfinished: &Path, key: &DataKey) -> Result<(), StoreError> {
    remove(unfinished)?;
    let plain = alone(path)?;
    let target = unfinished.to_str().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    plain.execute("ATTACH DATABASE ?1 AS encrypted KEY ?2", (target, &*key.database()))?;
    plain.query_row("SELECT sqlcipher_export('encrypted')", [], |_| Ok(()))?;
    let version: usize = plain.pragma_query_value(None, "user_version", |row| row.get(0))?;
    plain.pragma_update(Some("encrypted"), "user_version", version)?;
    plain.execute("DETACH DATABASE encrypted", [])?;
    Ok(())
}

/// Opens a plain database that is all in one file then. Its write-ahead log goes into it, and away: beside an encrypted
/// or a moved file it would be taken for that one's, or be missing.
pub(super) fn alone(path: &Path) -> Result<Connection, StoreError> {
    let plain = Connection::open(path)?;
    plain.busy_timeout(Duration::ZERO)?;
    plain.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    Ok(plain)
}

/// Opens an encrypted database, or makes one.
pub(super) fn opened(path: &Path, key: &DataKey) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // What is wrong comes back as an error; SQLCipher would write it beside the log too, where nobody expects it.
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    connection.pragma_update(None, "key", &*key.database())?;
    Ok(connection)
}

/// Whether the copy, read again, is sound and says everything that the plain file says.
fn compare(path: &Path, copy: &Path, key: &DataKey) -> Result<(), StoreError> {
    let differs = |what: &str| Err(StoreError::NotTheSame(what.to_owned()));
    let copy = opened(copy, key)?;
    let plain = path.to_str().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    copy.execute("ATTACH DATABASE ?1 AS plain KEY ''", [plain])?;
    for check in ["cipher_integrity_check", "quick_check"] {
        let mut found = copy.prepare(&format!("PRAGMA main.{check}"))?;
        let found: Vec<String> = found.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        if found.iter().any(|line| line != "ok") {
            return differs(check);
        }
    }
    let version =
        |schema| copy.pragma_query_value(Some(schema), "user_version", |row| row.get::<_, usize>(0));
    if version("main")? != version("plain")? {
        return differs("user_version");
    }
    let described = "SELECT type, name, tbl_name, sql FROM";
    let mut tables: Vec<String> = vec!["sqlite_schema".to_owned()];
    let mut select = copy.prepare("SELECT name FROM plain.sqlite_schema WHERE type = 'table'")?;
    tables.extend(select.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?);
    for table in tables {
        let what = if table == "sqlite_schema" { described } else { "SELECT * FROM" };
        let of = |schema| format!("{what} {schema}.\"{table}\"");
        let missing = |from, of_other| {
            let sql = format!("SELECT EXISTS ({} EXCEPT {})", of(from), of(of_other));
            copy.query_row(&sql, [], |row| row.get::<_, bool>(0))
        };
        if missing("plain", "main")? || missing("main", "plain")? {
            return differs(&table);
        }
    }
    Ok(())
}

/// Removes what an attempt that was cut off has left.
fn remove(unfinished: &Path) -> io::Result<()> {
    for ending in ["part", "part-journal", "part-wal", "part-shm"] {
        match fs::remove_file(unfinished.with_extension(ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
