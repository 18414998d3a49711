//! 检查任务: every assignment, for lists and filters. What it says in full is in the registry.

use rounds_shared::{assignment::Assignment, calendar::Day, ids::AssignmentId, protocol::Entry};
use rusqlite::{Connection, params};

use super::inspections::AreaFilter;

pub(super) const TABLE: &str = "CREATE TABLE assignments (
    id      BLOB PRIMARY KEY,
    doc     BLOB NOT NULL UNIQUE,
    area    TEXT NOT NULL,
    due     TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    people  TEXT NOT NULL
) STRICT, WITHOUT ROWID";

pub(crate) fn put(connection: &Connection, entry: &Entry, assignment: &Assignment) -> rusqlite::Result<()> {
    let people: Vec<String> = assignment.people.iter().map(ToString::to_string).collect();
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO assignments (id, doc, area, due, made_at, people)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            assignment.id.as_bytes(),
            assignment.doc().as_bytes(),
            assignment.area.as_str(),
            assignment.due.to_string(),
            entry.at,
            people.join(" "),
        ])
        .map(|_| ())
}

/// What a list of assignments may be narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The areas.
    pub areas: AreaFilter,
    /// Somebody who is asked.
    pub person: Option<String>,
    /// Due on this day or later.
    pub from: Option<Day>,
    /// Due on this day or before.
    pub to: Option<Day>,
    /// Only those that stand so.
    pub standing: Option<Standing>,
}

/// How an assignment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not submitted.
    Open,
    /// Not submitted, and due before this day.
    Overdue(Day),
    /// Submitted.
    Done,
}

/// Assignments with the time they were made, soonest due last, and how many there are.
///
/// # Errors
/// When the view cannot be read.
pub fn page(
    connection: &Connection,
    filter: &Filter,
    offset: u64,
    limit: u64,
) -> rusqlite::Result<(Vec<(AssignmentId, i64)>, u64)> {
    let (sql, values) = filter.sql();
    let total = connection.query_row(
        &format!("SELECT count(*) {FROM} WHERE {sql}"),
        rusqlite::params_from_iter(values.iter()),
        |row| row.get(0),
    )?;
    let mut statement = connection.prepare(&format!(
        "SELECT a.id, a.made_at {FROM} WHERE {sql} ORDER BY {ORDER} LIMIT {limit} OFFSET {offset}"
    ))?;
    let rows = statement.query_map(rusqlite::params_from_iter(values.iter()), row)?;
    Ok((rows.collect::<Result<_, _>>()?, total))
}

/// Hands over every assignment of a list, in its order, one by one.
///
/// # Errors
/// When the view cannot be read, and what the taker returns.
pub fn each<E: From<rusqlite::Error>>(
    connection: &Connection,
    filter: &Filter,
    mut take: impl FnMut(AssignmentId, i64) -> Result<(), E>,
) -> Result<(), E> {
    let (sql, values) = filter.sql();
    let mut statement =
        connection.prepare(&format!("SELECT a.id, a.made_at {FROM} WHERE {sql} ORDER BY {ORDER}"))?;
    let mut rows = statement.query(rusqlite::params_from_iter(values.iter()))?;
    while let Some(found) = rows.next()? {
        let (id, made_at) = row(found)?;
        take(id, made_at)?;
    }
    Ok(())
}

const FROM: &str = "FROM assignments a LEFT JOIN inspections i ON i.doc = a.doc";
const ORDER: &str = "a.due DESC, a.made_at DESC, a.id";

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<(AssignmentId, i64)> {
    Ok((AssignmentId::new(row.get(0)?), row.get(1)?))
}

impl Filter {
    fn sql(&self) -> (String, Vec<String>) {
        let (mut sql, mut values) = self.areas.sql("a.area", "a.doc");
        if let Some(person) = &self.person {
            sql.push_str(" AND instr(a.people, ?) > 0");
            values.push(person.clone());
        }
        for (condition, day) in [(" AND a.due >= ?", self.from), (" AND a.due <= ?", self.to)] {
            if let Some(day) = day {
                sql.push_str(condition);
                values.push(day.to_string());
            }
        }
        match self.standing {
            None => {}
            Some(Standing::Done) => sql.push_str(" AND i.state NOT IN ('draft', 'returned')"),
            Some(Standing::Open) => sql.push_str(" AND coalesce(i.state, 'draft') IN ('draft', 'returned')"),
            Some(Standing::Overdue(today)) => {
                sql.push_str(" AND coalesce(i.state, 'draft') IN ('draft', 'returned') AND a.due < ?");
                values.push(today.to_string());
            }
        }
        (sql, values)
    }
}

/// How many assignments of a list are due on a day, and how many of them are submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDay {
    /// The day.
    pub day: String,
    /// Due on it.
    pub due: u64,
    /// Of those, submitted.
    pub done: u64,
}

/// Counts a list of assignments by their due days.
///
/// # Errors
/// When the view cannot be read.
pub fn days(connection: &Connection, filter: &Filter) -> rusqlite::Result<Vec<OnDay>> {
    let (sql, values) = filter.sql();
    let mut statement = connection.prepare(&format!(
        "SELECT a.due, count(*), sum(coalesce(i.state, 'draft') NOT IN ('draft', 'returned'))
         {FROM} WHERE {sql} GROUP BY a.due ORDER BY a.due"
    ))?;
    let rows = statement.query_map(rusqlite::params_from_iter(values.iter()), |row| {
        Ok(OnDay { day: row.get(0)?, due: row.get(1)?, done: row.get(2)? })
    })?;
    rows.collect()
}

/// What is due: how many assignments have this due day, how many were due before and are not submitted, by
/// the first `digits` of their area's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The beginning of the area's code.
    pub area: String,
    /// Due on the day.
    pub today: u64,
    /// Due before and not submitted.
    pub overdue: u64,
    /// All assignments up to the day.
    pub due: u64,
    /// Those of them that were submitted.
    pub done: u64,
}

/// Counts what is due on a day and before.
///
/// # Errors
/// When the view cannot be read.
pub fn due(
    connection: &Connection,
    areas: &AreaFilter,
    day: Day,
    digits: usize,
) -> rusqlite::Result<Vec<Due>> {
    let (sql, mut values) = areas.sql("a.area", "a.doc");
    let day = day.to_string();
    values.splice(0..0, [day.clone(), day.clone()]);
    values.push(day);
    let mut statement = connection.prepare(&format!(
        "SELECT substr(a.area, 1, {digits}),
                sum(a.due = ?),
                sum(a.due < ? AND coalesce(i.state, 'draft') IN ('draft', 'returned')),
                count(*),
                sum(coalesce(i.state, 'draft') NOT IN ('draft', 'returned'))
         FROM assignments a LEFT JOIN inspections i ON i.doc = a.doc
         WHERE {sql} AND a.due <= ? GROUP BY 1"
    ))?;
    let rows = statement.query_map(rusqlite::params_from_iter(values.iter()), |row| {
        Ok(Due {
            area: row.get(0)?,
            today: row.get(1)?,
            overdue: row.get(2)?,
            due: row.get(3)?,
            done: row.get(4)?,
        })
    })?;
    rows.collect()
}
