//! What the server shows of its log and its views, for whoever checks them.

use std::collections::BTreeMap;

use rounds_server::views;
use rounds_shared::ids::{DocId, EnvelopeId};
use rusqlite::types::Value;

use super::City;

/// The rows of every view's table.
pub type Rows = BTreeMap<&'static str, Vec<Vec<Value>>>;

impl City {
    /// The entry that the log has of an envelope.
    pub fn entry_of(&mut self, envelope: EnvelopeId) -> Option<u64> {
        let running = self.running.as_mut()?;
        let log = running.keeper.log();
        let look = |connection: &_| log.of_envelope(connection, envelope);
        running.readers.read(look).ok()?.map(|(seq, _)| seq)
    }

    /// Proves the log's running hash from its first entry on.
    pub fn is_whole(&mut self) -> bool {
        let Some(running) = &mut self.running else { return false };
        let log = running.keeper.log();
        running.readers.read(|connection| log.verify(connection)).is_ok()
    }

    /// A document as it is merged, as a plain Automerge file.
    pub fn document(&mut self, doc: DocId) -> Option<Vec<u8>> {
        let running = self.running.as_mut()?;
        running.readers.read(|connection| views::documents::saved(connection, doc)).ok()?
    }

    /// Every row of every view.
    pub fn rows(&mut self) -> Rows {
        let Some(running) = &mut self.running else { return Rows::new() };
        let read = |connection: &rusqlite::Connection| {
            views::tables()
                .map(|table| {
                    let mut select = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2"))?;
                    let columns = select.column_count();
                    let rows =
                        select.query_map([], |row| (0..columns).map(|column| row.get(column)).collect())?;
                    Ok((table, rows.collect::<Result<_, _>>()?))
                })
                .collect::<rusqlite::Result<Rows>>()
        };
        running.readers.read(read).expect("views can be read when nothing fails")
    }

    /// Drops every view and replays the log.
    pub fn rebuild(&mut self) -> bool {
        self.running.as_mut().is_some_and(|running| running.keeper.rebuild().is_ok())
    }
}
