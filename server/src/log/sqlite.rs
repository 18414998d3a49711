//! The log in SQLite: one table, keyed by city and sequence number.

use rounds_shared::{
    area::AreaCode,
    envelope::Verified,
    ids::{DeviceId, EnvelopeId, Epoch, LogHash},
    protocol::{Entry, EntryBody, Judgement},
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::Row;

const LOG_DOMAIN: &str = "rounds v1 log";
const SCHEMA_VERSION: i64 = 3;

/// The epochs of a log: each begins after an entry. The running hash begins with the first, and goes on through all.
const EPOCHS: &str = "
CREATE TABLE IF NOT EXISTS log_epochs (
    number INTEGER PRIMARY KEY,
    city   TEXT    NOT NULL,
    epoch  BLOB    NOT NULL UNIQUE,
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL
) STRICT;";

/// What was said later of a device's envelopes: rulings and releases.
const ANSWERS: &str = "CREATE INDEX IF NOT EXISTS log_answers ON log (device, seq) WHERE sort IN (2, 3);";

/// Why the log cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// SQLite says no: a full disk, a lock, a damaged file.
    #[error("log database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A row does not hold what it should: the file was damaged or tampered with.
    #[error("log entry {seq} is damaged: {what}")]
    Damaged {
        /// The entry.
        seq: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The file is another city's.
    #[error("this log belongs to city {found}, not {wanted}")]
    OtherCity {
        /// Whose it is.
        found: String,
        /// Whose it should be.
        wanted: AreaCode,
    },
    /// The file was written by a later version of the server.
    #[error("this log has schema version {0}, this server knows up to {SCHEMA_VERSION}")]
    TooNew(i64),
}

/// Opens the database file with the settings durability needs, and makes the log's table when it is new.
///
/// # Errors
/// [`LogError`] when it cannot be opened or is too new.
pub fn open(path: &std::path::Path) -> Result<Connection, LogError> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", "on")?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match version {
        0 => connection.execute_batch(&format!(
            "BEGIN IMMEDIATE;
             CREATE TABLE IF NOT EXISTS log_identity (
                 city TEXT PRIMARY KEY, epoch BLOB NOT NULL
             ) STRICT;
             {EPOCHS}
             CREATE TABLE IF NOT EXISTS log (
                 city      TEXT    NOT NULL,
                 seq       INTEGER NOT NULL,
                 at        INTEGER NOT NULL,
                 sort      INTEGER NOT NULL,
                 body      BLOB    NOT NULL,
                 judgement BLOB,
                 envelope  BLOB,
                 device    BLOB,
                 n         INTEGER,
                 doc       BLOB,
                 hash      BLOB    NOT NULL,
                 PRIMARY KEY (city, seq)
             ) STRICT, WITHOUT ROWID;
             CREATE UNIQUE INDEX IF NOT EXISTS log_envelope ON log (city, envelope) WHERE sort = 0;
             CREATE INDEX IF NOT EXISTS log_registry ON log (city, seq) WHERE sort = 1;
             CREATE INDEX IF NOT EXISTS log_device ON log (device, n) WHERE sort = 0;
             {ANSWERS}
             PRAGMA user_version = {SCHEMA_VERSION};
             COMMIT;"
        ))?,
        1 => connection.execute_batch(&format!(
            "BEGIN IMMEDIATE;
             {EPOCHS}
             INSERT INTO log_epochs (city, epoch, seq, at) SELECT city, epoch, 0, 0 FROM log_identity;
             {ANSWERS}
             PRAGMA user_version = {SCHEMA_VERSION};
             COMMIT;"
        ))?,
        2 => connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {ANSWERS} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        ))?,
        SCHEMA_VERSION => {}
        later => return Err(LogError::TooNew(later)),
    }
    Ok(connection)
}

/// Whose log a database holds.
///
/// # Errors
/// [`LogError`] when it cannot be read.
pub(crate) fn city(connection: &Connection) -> Result<Option<AreaCode>, LogError> {
    let city: Option<String> =
        connection.query_row("SELECT city FROM log_identity", [], |row| row.get(0)).optional()?;
    let damaged = |_| LogError::Damaged { seq: 0, what: "the log's identity" };
    city.map(|city| city.parse().map_err(damaged)).transpose()
}

/// Begins what is committed as a whole: entries and the views they change.
///
/// # Errors
/// [`LogError::Sqlite`] when another connection writes.
pub(crate) fn begin(connection: &Connection) -> Result<(), LogError> {
    Ok(connection.execute_batch("BEGIN IMMEDIATE")?)
}

/// Commits it: it is on disk when this returns.
///
/// # Errors
/// [`LogError::Sqlite`] when it is not.
pub(crate) fn commit(connection: &Connection) -> Result<(), LogError> {
    Ok(connection.execute_batch("COMMIT")?)
}

/// Begins a piece of it that can be taken back alone.
///
/// # Errors
/// [`LogError::Sqlite`] when it cannot be written.
pub(crate) fn begin_piece(connection: &Connection) -> Result<(), LogError> {
    Ok(connection.execute_batch("SAVEPOINT piece")?)
}

/// Keeps the piece, if the whole is committed.
///
/// # Errors
/// [`LogError::Sqlite`] when SQLite has taken back everything.
pub(crate) fn keep_piece(connection: &Connection) -> Result<(), LogError> {
    Ok(connection.execute_batch("RELEASE piece")?)
}

/// Takes back the piece alone.
///
/// # Errors
/// [`LogError::Sqlite`] when SQLite has taken back everything.
pub(crate) fn take_back_piece(connection: &Connection) -> Result<(), LogError> {
    Ok(connection.execute_batch("ROLLBACK TO piece; RELEASE piece")?)
}

/// Takes it back, unless SQLite already has.
///
/// # Errors
/// [`LogError::Sqlite`] when the connection is of no more use.
pub(crate) fn roll_back(connection: &Connection) -> Result<(), LogError> {
    if connection.is_autocommit() { Ok(()) } else { Ok(connection.execute_batch("ROLLBACK")?) }
}

/// The end of a city's log: what appending needs.
#[derive(Debug, Clone)]
pub struct Log {
    city: AreaCode,
    epoch: Epoch,
    /// What the running hash begins with.
    origin: Epoch,
    seq: u64,
    hash: LogHash,
}

impl Log {
    /// Finds the city's log in an opened database, or begins it with the given identity.
    ///
    /// # Errors
    /// [`LogError`] when the database holds another city's or cannot be read.
    pub fn find(connection: &Connection, city: &AreaCode, new_epoch: Epoch) -> Result<Self, LogError> {
        let identity: Option<(String, Vec<u8>)> = connection
            .query_row("SELECT city, epoch FROM log_identity", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let epoch = match identity {
            Some((found, _)) if found != city.as_str() => {
                return Err(LogError::OtherCity { found, wanted: city.clone() });
            }
            Some((_, epoch)) => Epoch::try_from(&epoch[..])
                .map_err(|_| LogError::Damaged { seq: 0, what: "the log's identity" })?,
            None => {
                super::copies::begin_epoch(connection, city, new_epoch, 0, 0)?;
                new_epoch
            }
        };
        let origin: [u8; 16] = connection.query_row(
            "SELECT epoch FROM log_epochs WHERE city = ?1 ORDER BY number LIMIT 1",
            [city.as_str()],
            |row| row.get(0),
        )?;
        let origin = Epoch::new(origin);
        let end: Option<(u64, Vec<u8>)> = connection
            .query_row(
                "SELECT seq, hash FROM log WHERE city = ?1 ORDER BY seq DESC LIMIT 1",
                [city.as_str()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let (seq, hash) = match end {
            Some((seq, hash)) => (
                seq,
                LogHash::try_from(&hash[..])
                    .map_err(|_| LogError::Damaged { seq, what: "its running hash" })?,
            ),
            None => (0, beginning(origin)),
        };
        Ok(Self { city: city.clone(), epoch, origin, seq, hash })
    }

    /// The identity of the log.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whose log it is.
    pub fn city(&self) -> &AreaCode {
        &self.city
    }

    /// The number of the last entry; 0 before any.
    pub fn position(&self) -> u64 {
        self.seq
    }

    /// Its epochs, each with the entry after which it began.
    ///
    /// # Errors
    /// [`LogError`] when they cannot be read.
    pub fn epochs(&self, connection: &Connection) -> Result<Vec<(Epoch, u64)>, LogError> {
        let mut select =
            connection.prepare_cached("SELECT epoch, seq FROM log_epochs WHERE city = ?1 ORDER BY number")?;
        let rows =
            select.query_map([self.city.as_str()], |row| Ok((Epoch::new(row.get(0)?), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the log of today began, in milliseconds: with the city, or with the last restore.
    ///
    /// # Errors
    /// [`LogError`] when it cannot be read.
    pub fn began_at(&self, connection: &Connection) -> Result<i64, LogError> {
        let mut select = connection
            .prepare_cached("SELECT at FROM log_epochs WHERE city = ?1 ORDER BY number DESC LIMIT 1")?;
        Ok(select.query_row([self.city.as_str()], |row| row.get(0))?)
    }

    /// Appends an entry within the caller's transaction. The caller forgets this `Log` when the
    /// transaction does not commit.
    ///
    /// # Errors
    /// [`LogError::Sqlite`] when the row cannot be written.
    pub fn append(
        &mut self,
        connection: &Connection,
        at: i64,
        body: EntryBody,
        envelope: Option<&Verified>,
    ) -> Result<Entry, LogError> {
        let entry = Entry::new(self.seq + 1, at, body);
        let hash = next_hash(self.hash, &entry);
        let judgement = entry.judgement.as_ref().map(encoded);
        connection
            .prepare_cached(
                "INSERT INTO log (city, seq, at, sort, body, judgement, envelope, device, n, doc, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                self.city.as_str(),
                entry.seq,
                entry.at,
                entry.sort,
                entry.body,
                judgement,
                envelope.map(|envelope| envelope.id().as_bytes().to_vec()),
                envelope.map(|envelope| envelope.body().device.as_bytes().to_vec()),
                envelope.map(|envelope| envelope.body().n),
                envelope.map(|envelope| envelope.body().doc.as_bytes().to_vec()),
                hash.as_bytes(),
            ])?;
        (self.seq, self.hash) = (entry.seq, hash);
        Ok(entry)
    }

    /// Reads entries after a position, in order, at most `rows` of them.
    ///
    /// # Errors
    /// [`LogError`] when they cannot be read.
    pub fn read(&self, connection: &Connection, after: u64, rows: usize) -> Result<Vec<Row>, LogError> {
        self.select(connection, "seq > ?2 ORDER BY seq LIMIT ?3", None, after, rows)
    }

    /// Reads registry events, and rulings on and releases of a device's envelopes, after a position, in order, at most
    /// `rows` of them.
    ///
    /// # Errors
    /// [`LogError`] when they cannot be read.
    pub fn read_without_documents(
        &self,
        connection: &Connection,
        device: DeviceId,
        after: u64,
        rows: usize,
    ) -> Result<Vec<Row>, LogError> {
        let mut found = self.read_registry(connection, after, rows)?;
        let answers = "sort IN (2, 3) AND device = ?4 AND seq > ?2 ORDER BY seq LIMIT ?3";
        found.extend(self.select(connection, answers, Some(device), after, rows)?);
        found.sort_unstable_by_key(|row| row.entry.seq);
        // Whichever list is cut, the first rows of both together are all there.
        found.truncate(rows);
        Ok(found)
    }

    /// The ids of all envelopes of a device.
    ///
    /// # Errors
    /// [`LogError`] when they cannot be read.
    pub fn envelopes_of(
        &self,
        connection: &Connection,
        device: DeviceId,
    ) -> Result<Vec<EnvelopeId>, LogError> {
        let mut statement = connection
            .prepare_cached("SELECT envelope FROM log WHERE device = ?1 AND sort = 0 AND city = ?2")?;
        let rows = statement.query_map(params![device.as_bytes(), self.city.as_str()], |row| {
            row.get::<_, [u8; 32]>(0).map(EnvelopeId::new)
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads registry events after a position, in order, at most `rows` of them.
    ///
    /// # Errors
    /// [`LogError`] when they cannot be read.
    pub fn read_registry(
        &self,
        connection: &Connection,
        after: u64,
        rows: usize,
    ) -> Result<Vec<Row>, LogError> {
        self.select(connection, "sort = 1 AND seq > ?2 ORDER BY seq LIMIT ?3", None, after, rows)
    }

    /// Reads one entry.
    ///
    /// # Errors
    /// [`LogError`] when it cannot be read.
    pub fn entry(&self, connection: &Connection, seq: u64) -> Result<Option<Row>, LogError> {
        Ok(self.select(connection, "seq = ?2 LIMIT ?3", None, seq, 1)?.pop())
    }

    fn select(
        &self,
        connection: &Connection,
        filter: &str,
        device: Option<DeviceId>,
        position: u64,
        rows: usize,
    ) -> Result<Vec<Row>, LogError> {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT seq, at, sort, body, judgement, device, n, doc, envelope, hash FROM log WHERE city = ?1 AND {filter}"
        ))?;
        let device = device.map(|device| device.as_bytes().to_vec());
        let mut values: Vec<rusqlite::types::Value> = vec![
            self.city.to_string().into(),
            i64::try_from(position).unwrap_or(i64::MAX).into(),
            i64::try_from(rows).unwrap_or(i64::MAX).into(),
        ];
        values.extend(device.map(Into::into));
        let mut found = statement.query(rusqlite::params_from_iter(values))?;
        let mut entries = Vec::new();
        while let Some(row) = found.next()? {
            let seq: u64 = row.get(0)?;
            let damaged = |what| LogError::Damaged { seq, what };
            let judgement: Option<Vec<u8>> = row.get(4)?;
            let judgement = judgement
                .map(|bytes| minicbor::decode::<Judgement>(&bytes).map_err(|_| damaged("its judgement")))
                .transpose()?;
            entries.push(Row {
                entry: Entry {
                    seq,
                    at: row.get(1)?,
                    sort: row.get(2)?,
                    body: row.get(3)?,
                    judgement,
                    signature: None,
                },
                device: row.get::<_, Option<[u8; 16]>>(5)?.map(rounds_shared::ids::DeviceId::new),
                n: row.get(6)?,
                envelope: row.get::<_, Option<[u8; 32]>>(8)?.map(EnvelopeId::new),
                doc: row.get::<_, Option<[u8; 16]>>(7)?.map(rounds_shared::ids::DocId::new),
                hash: LogHash::new(row.get(9)?),
            });
        }
        Ok(entries)
    }

    /// The entry that first stored an envelope.
    ///
    /// # Errors
    /// [`LogError`] when it cannot be read.
    pub fn of_envelope(
        &self,
        connection: &Connection,
        id: EnvelopeId,
    ) -> Result<Option<(u64, Judgement)>, LogError> {
        let found: Option<(u64, Vec<u8>)> = connection
            .prepare_cached("SELECT seq, judgement FROM log WHERE city = ?1 AND envelope = ?2 AND sort = 0")?
            .query_row(params![self.city.as_str(), id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found
            .map(|(seq, bytes)| {
                let damaged = LogError::Damaged { seq, what: "its judgement" };
                Ok((seq, minicbor::decode(&bytes).map_err(|_| damaged)?))
            })
            .transpose()
    }

    /// The envelopes a device numbered `n`: one, or several when its data were copied to another device.
    ///
    /// # Errors
    /// [`LogError`] when it cannot be read.
    pub fn envelopes_at(
        &self,
        connection: &Connection,
        device: DeviceId,
        n: u64,
    ) -> Result<Vec<EnvelopeId>, LogError> {
        let mut statement = connection.prepare_cached(
            "SELECT envelope FROM log WHERE device = ?1 AND n = ?2 AND sort = 0 AND city = ?3",
        )?;
        let rows = statement.query_map(params![device.as_bytes(), n, self.city.as_str()], |row| {
            row.get::<_, [u8; 32]>(0).map(EnvelopeId::new)
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The running hash at a position; `None` beyond the end.
    ///
    /// # Errors
    /// [`LogError`] when it cannot be read.
    pub fn hash_at(&self, connection: &Connection, seq: u64) -> Result<Option<LogHash>, LogError> {
        if seq == 0 {
            return Ok(Some(beginning(self.origin)));
        }
        let found: Option<Vec<u8>> = connection
            .prepare_cached("SELECT hash FROM log WHERE city = ?1 AND seq = ?2")?
            .query_row(params![self.city.as_str(), seq], |row| row.get(0))
            .optional()?;
        found
            .map(|hash| {
                LogHash::try_from(&hash[..]).map_err(|_| LogError::Damaged { seq, what: "its running hash" })
            })
            .transpose()
    }

    /// What the running hash begins with.
    pub(super) fn beginning(&self) -> LogHash {
        beginning(self.origin)
    }
}

fn beginning(origin: Epoch) -> LogHash {
    LogHash::new(blake3::derive_key(LOG_DOMAIN, origin.as_bytes()))
}

/// The running hash after an entry.
pub(super) fn next_hash(before: LogHash, entry: &Entry) -> LogHash {
    let mut hasher = blake3::Hasher::new_derive_key(LOG_DOMAIN);
    hasher.update(before.as_bytes());
    hasher.update(&encoded(entry));
    LogHash::new(*hasher.finalize().as_bytes())
}

fn encoded(value: &impl minicbor::Encode<()>) -> Vec<u8> {
    minicbor::to_vec(value).expect("encoding to memory cannot fail")
}
