//! Proving a log: that every entry is what was appended. A server does it before it starts, and stops at the first that is
//! not; `check` goes on, because it wants to know what can be saved.

use rounds_shared::{envelope::Verified, ids::LogHash, protocol::Entry};
use rusqlite::{Connection, ErrorCode};

use super::{Log, LogError, Row, sqlite::next_hash};

/// Rows read at a time.
const ROWS: usize = 1000;

/// How an entry stands.
pub(crate) enum Standing {
    /// As it was appended.
    Sound(Row),
    /// Something of it is not. What is wrong.
    Damaged(Row, &'static str),
    /// It cannot be read.
    Unreadable,
}

/// The running hash before an entry: as it stands on disk, and as it follows from what was before that. They differ
/// where the disk is damaged, and whichever the next entry continues is right.
struct Before {
    written: Option<LogHash>,
    computed: Option<LogHash>,
}

impl Log {
    /// Reads the whole log and proves it.
    ///
    /// # Errors
    /// [`LogError::Damaged`] at the first entry that is not what was appended.
    pub fn verify(&self, connection: &Connection) -> Result<(), LogError> {
        let mut before = Before::first(self);
        let mut after = 0;
        loop {
            let rows = self.read(connection, after, ROWS).map_err(|error| match error {
                // It is one of the next: they are looked at one by one.
                LogError::Sqlite(error) if is_unreadable(&error) => self.first_unreadable(connection, after),
                error => error,
            })?;
            for row in &rows {
                let seq = row.entry.seq;
                if seq != after + 1 {
                    return Err(LogError::Damaged { seq: after + 1, what: "it is missing" });
                }
                if let Some(what) = before.take(row) {
                    return Err(LogError::Damaged { seq, what });
                }
                after = seq;
            }
            if rows.len() < ROWS {
                return Ok(());
            }
        }
    }

    /// Looks at every entry, one by one, whatever became of those before it.
    ///
    /// # Errors
    /// What `look` returns.
    pub(crate) fn examine<E>(
        &self,
        connection: &Connection,
        mut look: impl FnMut(u64, Standing) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut before = Before::first(self);
        for seq in 1..=self.position() {
            let standing = match self.entry(connection, seq) {
                Ok(Some(row)) => match before.take(&row) {
                    None => Standing::Sound(row),
                    Some(what) => Standing::Damaged(row, what),
                },
                Ok(None) | Err(_) => {
                    before = Before { written: None, computed: None };
                    Standing::Unreadable
                }
            };
            look(seq, standing)?;
        }
        Ok(())
    }

    fn first_unreadable(&self, connection: &Connection, after: u64) -> LogError {
        let is_unreadable = |seq: &u64| !matches!(self.entry(connection, *seq), Ok(Some(_)));
        let seq = (after + 1..=self.position()).find(is_unreadable).unwrap_or(after + 1);
        LogError::Damaged { seq, what: "it cannot be read" }
    }
}

impl Before {
    fn first(log: &Log) -> Self {
        Self { written: Some(log.beginning()), computed: Some(log.beginning()) }
    }

    /// What is wrong with the next entry, if anything is.
    fn take(&mut self, row: &Row) -> Option<&'static str> {
        let follows = |before: LogHash| next_hash(before, &row.entry);
        let (written, is_alone) = (self.written.map(follows), self.written.is_none());
        let fits = written == Some(row.hash)
            || (self.computed != self.written && self.computed.map(follows) == Some(row.hash));
        *self = Self { written: Some(row.hash), computed: if fits { Some(row.hash) } else { written } };
        match (fits, is_alone) {
            (true, _) => disagreement(row),
            // Nothing is known against it, and nothing for it.
            (false, true) => Some("what it goes on from is missing"),
            (false, false) => Some("its running hash does not match"),
        }
    }
}

/// The columns beside an entry are what it is found by, and say the same as it does.
fn disagreement(row: &Row) -> Option<&'static str> {
    let Entry { sort: 0, body, .. } = &row.entry else { return None };
    let Ok(envelope) = Verified::from_log(body.clone()) else { return None };
    let (id, body) = (envelope.id(), envelope.body());
    let agree = (row.envelope, row.device, row.n, row.doc)
        == (Some(id), Some(body.device), Some(body.n), Some(body.doc));
    (!agree).then_some("what it is found by does not match")
}

/// Whether the file is damaged where SQLite keeps its own order in it.
pub(crate) fn is_unreadable(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        || matches!(
            error,
            rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
        )
}
