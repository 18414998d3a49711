//! Read connections, one for each reader at work.

use std::{path::PathBuf, sync::Mutex};

use rusqlite::{Connection, OpenFlags};

/// Idle connections kept.
const IDLE_MAX: usize = 8;

/// Hands out read-only connections to the city's database.
pub struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Readers of a database file that exists.
    pub fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default() }
    }

    /// Reads with a connection of one's own: one consistent state of the views.
    ///
    /// # Errors
    /// What the reading returns, or that the file cannot be opened.
    pub fn read<T, E: From<rusqlite::Error>>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => {
                let connection = Connection::open_with_flags(
                    &self.path,
                    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
                )?;
                connection.busy_timeout(std::time::Duration::from_secs(10))?;
                connection
            }
        };
        connection.execute_batch("BEGIN")?;
        let result = read(&connection);
        connection.execute_batch("ROLLBACK")?;
        let mut idle = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
        result
    }
}
