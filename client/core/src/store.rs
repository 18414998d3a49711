//! A person's database on the device: one SQLite file, encrypted with his key (SQLCipher), the only place where SQL is
//! written.
//!
//! Every act is one transaction, fsynced before its command returns (WAL with `synchronous = FULL`), so the app may
//! be killed at any moment. One table a file:
//!
//! ```text
//! identity      who holds the device, for which server, and the device's key
//! progress      how far it has read: cursor, epoch, last success, clock
//! entries       registry entries of the log, as received; entries_before are those of a log that was restored since
//! documents     every inspection and case that was opened here or grew here, saved
//! snapshots     documents as the server sent them, whole; covered are the envelopes they are made of
//! leaving       documents to be forgotten once everything of them is delivered
//! changes       own changes: not yet packed, or not yet in a snapshot
//! outbox        own envelopes with their verdicts, kept in their original bytes
//! inbox         envelopes of others, as received
//! inspections   a card for every inspection, for the lists
//! cases         a row for every case, the photos they name, and the order in which the log merged what they are made of
//! photos        the photos taken here and how far they have got; photos_policy says over which networks
//! versions      which version of the app has opened it last
//! phrases       what this person writes again and again for an item
//! ```

pub(crate) mod cases;
pub(crate) mod changes;
pub(crate) mod documents;
pub(crate) mod drafts;
mod encrypt;
pub(crate) mod entries;
pub(crate) mod identity;
pub(crate) mod inbox;
pub(crate) mod inspections;
pub(crate) mod leaving;
pub(crate) mod outbox;
pub(crate) mod photos;
pub(crate) mod phrases;
pub(crate) mod progress;
pub(crate) mod proofs;
pub(crate) mod room;
pub(crate) mod snapshots;
pub(crate) mod versions;

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, Row, Transaction, TransactionBehavior, types::Type};

use crate::{failure::Failure, key::DataKey};
use identity::Identity;

/// The schema, step by step; its length is the schema's version. A step that was shipped is never edited.
const MIGRATIONS: [&str; 9] = [
    include_str!("store/schema-1.sql"),
    include_str!("store/schema-2.sql"),
    include_str!("store/schema-3.sql"),
    include_str!("store/schema-4.sql"),
    include_str!("store/schema-5.sql"),
    include_str!("store/schema-6.sql"),
    include_str!("store/schema-7.sql"),
    include_str!("store/schema-8.sql"),
    include_str!("store/schema-9.sql"),
];

/// The open database.
pub(crate) struct Store {
    connection: Connection,
}

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// SQLite failed.
    #[error("the device's database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A file could not be read or put into place.
    #[error("a file of the device's database failed")]
    File(#[from] std::io::Error),
    /// What was encrypted is not what was there; the plain file stays.
    #[error("the encrypted database does not hold what the plain one does: {0}")]
    NotTheSame(String),
    /// A later version of the app wrote the file.
    #[error("the database has version {found}, known are {known}")]
    Newer { found: usize, known: usize },
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the device's database failed");
        match error {
            StoreError::Newer { .. } => Failure::StorageNewer,
            StoreError::File(error) => error.into(),
            StoreError::NotTheSame(_) => Failure::StorageFailed,
            StoreError::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => Failure::StorageFull,
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Failure::StorageInUse,
                _ => Failure::StorageFailed,
            },
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::from(error).into()
    }
}

/// Who had signed in, of a plain database of an earlier version, folded into its one file.
pub(crate) fn plain_identity(path: &Path) -> Result<Option<Identity>, StoreError> {
    let connection = encrypt::alone(path)?;
    let has_any = "SELECT EXISTS (SELECT * FROM sqlite_schema WHERE name = 'identity')";
    if !connection.query_row(has_any, [], |row| row.get(0))? {
        return Ok(None);
    }
    Ok(identity::load(&connection)?)
}

impl Store {
    /// Opens the file, making, encrypting or migrating it.
    pub(crate) fn open(path: &Path, key: &DataKey) -> Result<Self, StoreError> {
        encrypt::encrypt(path, key)?;
        let mut connection = encrypt::opened(path, key)?;
        // Two windows on one data directory would count their envelopes twice: the second one is refused at once.
        connection.busy_timeout(Duration::ZERO)?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        migrate(&mut connection)?;
        Ok(Self { connection })
    }

    /// Reads.
    pub(crate) fn read(&self) -> &Connection {
        &self.connection
    }

    /// Does everything or nothing, and is on disk when it returns.
    pub(crate) fn write<T>(
        &mut self,
        act: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = act(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Empties the file, so that nothing of what was in it can be read from the disk's free pages, and begins it anew.
    pub(crate) fn erase(&mut self) -> Result<(), StoreError> {
        self.connection.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let names: Vec<String> = {
            let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
            let mut select = transaction.prepare(tables)?;
            select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        transaction.pragma_update(None, "defer_foreign_keys", "ON")?;
        names.iter().try_for_each(|name| transaction.execute_batch(&format!("DROP TABLE \"{name}\"")))?;
        transaction.pragma_update(None, "user_version", 0)?;
        transaction.commit()?;
        migrate(&mut self.connection)?;
        self.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
        Ok(())
    }

    /// Bytes of the database file, as SQLite counts them.
    pub(crate) fn bytes(&self) -> rusqlite::Result<u64> {
        // SQLCipher says the size of a page as a text.
        let sql = "SELECT page_count * CAST(page_size AS INTEGER) FROM pragma_page_count, pragma_page_size";
        self.connection.query_row(sql, [], |row| row.get(0))
    }

    /// Lets the file grow no further than it is, as a full disk would.
    #[cfg(test)]
    pub(crate) fn fill_up(&self) {
        let pages: i64 = self.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        self.connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .expect("the pragma answers with the number it set");
    }

    /// Takes [`Store::fill_up`] back.
    #[cfg(test)]
    pub(crate) fn make_room(&self) {
        self.connection.pragma_update_and_check(None, "max_page_count", 1_000_000, |_| Ok(())).unwrap();
    }
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let version: usize = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == MIGRATIONS.len() {
        // Nothing is written, so that what is recorded can be read on a disk that is full.
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: usize = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > MIGRATIONS.len() {
        return Err(StoreError::Newer { found, known: MIGRATIONS.len() });
    }
    for step in &MIGRATIONS[found..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
    transaction.commit()?;
    Ok(())
}

/// Reads a column of bytes as an id.
fn id<T: for<'b> TryFrom<&'b [u8], Error: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    let bytes = row.get_ref(column)?.as_blob()?;
    T::try_from(bytes).map_err(|error| damaged(column, Type::Blob, error))
}

/// Reads a column of bytes, or nothing, as an id.
fn optional_id<T: for<'b> TryFrom<&'b [u8], Error: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => id(row, column).map(Some),
    }
}

/// Reads a column of text as a code or the like.
fn text<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    row.get_ref(column)?.as_str()?.parse().map_err(|error| damaged(column, Type::Text, error))
}

/// Reads a column of text by a function of the domain that knows the names.
fn named<T>(row: &Row<'_>, column: usize, parse: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let found = row.get_ref(column)?.as_str()?;
    parse(found).ok_or_else(|| damaged(column, Type::Text, UnknownName))
}

/// A name this version does not know, where only its own names are written.
#[derive(Debug, thiserror::Error)]
#[error("unknown name")]
struct UnknownName;

fn damaged(
    column: usize,
    kind: Type,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
}

#[cfg(test)]
mod tests;
