//! How many inspections there are, area by area and state by state: what heads a list and what the overview shows.

use rusqlite::{Connection, params_from_iter};

use super::{AreaFilter, Filter};

/// The inspections of one area that are in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The area's code.
    pub area: String,
    /// The state's name.
    pub state: String,
    /// How many.
    pub inspections: u64,
    /// How many of them have open conflicts.
    pub disputed: u64,
    /// How many conflicts that are.
    pub conflicts: u64,
    /// How many have a score.
    pub scored: u64,
    /// The sum of their scores in hundredths.
    pub scores: u64,
}

impl Tally {
    /// How many of them a list shows.
    pub fn listed(&self, filter: &Filter) -> u64 {
        let is_of_state = filter.state.as_ref().is_none_or(|state| *state == self.state);
        match filter.conflict {
            _ if !is_of_state => 0,
            None => self.inspections,
            Some(true) => self.disputed,
            Some(false) => self.inspections - self.disputed,
        }
    }
}

/// Counts inspections, whatever state and conflict the filter asks for.
///
/// # Errors
/// When the view cannot be read.
pub fn tally(connection: &Connection, filter: &Filter) -> rusqlite::Result<Vec<Tally>> {
    let (sql, values) = Filter { state: None, conflict: None, ..filter.clone() }.sql();
    // The index is in the order of the groups, and holds whatever is counted and filtered by.
    let looked_for = if filter.person.is_some() { "" } else { "INDEXED BY inspections_area" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT area, state, count(*), sum(conflicts > 0), sum(conflicts), count(score), coalesce(sum(score), 0)
         FROM inspections {looked_for} WHERE {sql} GROUP BY area, state"
    ))?;
    let rows = statement.query_map(params_from_iter(&values), |row| {
        Ok(Tally {
            area: row.get(0)?,
            state: row.get(1)?,
            inspections: row.get(2)?,
            disputed: row.get(3)?,
            conflicts: row.get(4)?,
            scored: row.get(5)?,
            scores: row.get(6)?,
        })
    })?;
    rows.collect()
}

/// When inspections were last submitted, from a moment on, in milliseconds.
///
/// # Errors
/// When the view cannot be read.
pub fn submitted_since(
    connection: &Connection,
    areas: &AreaFilter,
    from_ms: i64,
) -> rusqlite::Result<Vec<i64>> {
    let (sql, values) = areas.sql("+area", "doc");
    let mut statement = connection.prepare_cached(&format!(
        "SELECT submitted_at FROM inspections WHERE {sql} AND submitted_at >= {from_ms}"
    ))?;
    statement.query_map(params_from_iter(&values), |row| row.get(0))?.collect()
}
