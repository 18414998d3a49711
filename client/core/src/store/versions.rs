//! Which version of the app has opened the database last.

use rusqlite::Connection;

pub(crate) fn last(connection: &Connection) -> rusqlite::Result<String> {
    connection.query_row("SELECT app FROM versions", [], |row| row.get(0))
}

pub(crate) fn set(connection: &Connection, app: &str) -> rusqlite::Result<()> {
    connection.execute("UPDATE versions SET app = ?1", [app]).map(drop)
}
