//! 检查任务: every assignment, for lists and filters. What it says in full is in the registry.

use rounds_shared::{
    assignment::Assignment,
    calendar::Day,
    ids::{AssignmentId, DocId, UserId},
    protocol::Entry,
};
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter, types::Value};

use super::inspections::AreaFilter;

/// `done` says whether its inspection is submitted, which lists and counts then need not look up; `superseded` is the
/// entry that replaced it 已被取代.
pub(super) const TABLE: &str = "CREATE TABLE assignments (
    id      BLOB PRIMARY KEY,
    doc     BLOB NOT NULL UNIQUE,
    area    TEXT NOT NULL,
    due     TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    done    INTEGER NOT NULL,
    superseded INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX assignments_due ON assignments (due DESC, made_at DESC, id, area, done, superseded, doc);
CREATE INDEX assignments_area ON assignments (area, due, done, superseded, doc)";

/// What is asked for still, or was done: a superseded assignment counts when it was done all the same.
const COUNTS: &str = "(done OR superseded IS NULL)";

/// Who is asked.
pub(super) const PEOPLE_TABLE: &str = "CREATE TABLE assignment_people (
    id   BLOB NOT NULL,
    user BLOB NOT NULL,
    PRIMARY KEY (id, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignment_people_user ON assignment_people (user)";

pub(crate) fn put(connection: &Connection, entry: &Entry, assignment: &Assignment) -> rusqlite::Result<()> {
    let made = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO assignments (id, doc, area, due, made_at, done)
             VALUES (?1, ?2, ?3, ?4, ?5, 0)",
        )?
        .execute(params![
            assignment.id.as_bytes(),
            assignment.doc().as_bytes(),
            assignment.area.as_str(),
            assignment.due.to_string(),
            entry.at,
        ])?;
    if made == 0 {
        // The same assignment again: what it says never changes.
        return Ok(());
    }
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO assignment_people (id, user) VALUES (?1, ?2)")?;
    for person in &assignment.people {
        insert.execute([assignment.id.as_bytes(), person.as_bytes()])?;
    }
    Ok(())
}

/// Notes whether the inspection of an assignment is submitted.
pub(super) fn set_done(connection: &Connection, doc: DocId, done: bool) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE assignments SET done = ?2 WHERE doc = ?1 AND done <> ?2")?
        .execute(params![doc.as_bytes(), done])
        .map(drop)
}

/// Notes that an assignment was replaced; the first entry that says so stands.
pub(crate) fn supersede(connection: &Connection, entry: &Entry, id: AssignmentId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE assignments SET superseded = ?2 WHERE id = ?1 AND superseded IS NULL")?
        .execute(params![id.as_bytes(), entry.seq])
        .map(drop)
}

/// The entry that replaced the assignment of a document.
pub(crate) fn superseded(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<u64>> {
    let mut select = connection.prepare_cached("SELECT superseded FROM assignments WHERE doc = ?1")?;
    Ok(select.query_row([doc.as_bytes()], |row| row.get(0)).optional()?.flatten())
}

/// What a list of assignments may be narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The areas.
    pub areas: AreaFilter,
    /// Somebody who is asked.
    pub person: Option<UserId>,
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
    /// Asked for and not submitted.
    Open,
    /// Asked for and not submitted, and due before this day.
    Overdue(Day),
    /// Submitted.
    Done,
    /// Replaced by another.
    Superseded,
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
    let (sql, mut values) = filter.sql();
    let total: u64 = connection
        .prepare_cached(&format!("SELECT count(*) FROM assignments WHERE {sql}"))?
        .query_row(params_from_iter(&values), |row| row.get(0))?;
    let limit = limit.min(total.saturating_sub(offset));
    // What lies behind the middle is counted from the end.
    let is_behind = offset > total / 2;
    let (order, skipped) = if is_behind { (BACKWARD, total - offset - limit) } else { (ORDER, offset) };
    values.extend([limit, skipped].map(|rows| i64::try_from(rows).unwrap_or(i64::MAX).into()));
    let looked_for = filter.looked_for();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id, made_at FROM assignments {looked_for} WHERE {sql} ORDER BY {order} LIMIT ? OFFSET ?"
    ))?;
    let mut rows = statement.query_map(params_from_iter(&values), row)?.collect::<Result<Vec<_>, _>>()?;
    if is_behind {
        rows.reverse();
    }
    Ok((rows, total))
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
    let looked_for = filter.looked_for();
    let mut statement = connection
        .prepare(&format!("SELECT id, made_at FROM assignments {looked_for} WHERE {sql} ORDER BY {ORDER}"))?;
    let mut rows = statement.query(params_from_iter(&values))?;
    while let Some(found) = rows.next()? {
        let (id, made_at) = row(found)?;
        take(id, made_at)?;
    }
    Ok(())
}

const ORDER: &str = "due DESC, made_at DESC, id";
const BACKWARD: &str = "due, made_at, id DESC";

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<(AssignmentId, i64)> {
    Ok((AssignmentId::new(row.get(0)?), row.get(1)?))
}

impl Filter {
    fn sql(&self) -> (String, Vec<Value>) {
        let (mut sql, values) = self.areas.sql("area", "doc");
        let mut values: Vec<Value> = values.into_iter().map(Into::into).collect();
        let mut and = |condition: &str, value: Option<Value>| {
            if let Some(value) = value {
                sql.push_str(condition);
                values.push(value);
            }
        };
        and(
            " AND id IN (SELECT id FROM assignment_people WHERE user = ?)",
            self.person.map(|user| user.as_bytes().to_vec().into()),
        );
        and(" AND due >= ?", self.from.map(|day| day.to_string().into()));
        and(" AND due <= ?", self.to.map(|day| day.to_string().into()));
        match self.standing {
            None => {}
            Some(Standing::Done) => sql.push_str(" AND done = 1"),
            Some(Standing::Open) => sql.push_str(" AND done = 0 AND superseded IS NULL"),
            Some(Standing::Superseded) => sql.push_str(" AND superseded IS NOT NULL"),
            Some(Standing::Overdue(today)) => {
                and(" AND done = 0 AND superseded IS NULL AND due < ?", Some(today.to_string().into()));
            }
        }
        (sql, values)
    }

    /// Where to look: those of one person by their ids, all others in their order.
    fn looked_for(&self) -> &'static str {
        if self.person.is_some() { "" } else { "INDEXED BY assignments_due" }
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
    let looked_for = filter.looked_for();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT due, count(*), sum(done) FROM assignments {looked_for} WHERE {sql} AND {COUNTS} GROUP BY due ORDER BY due"
    ))?;
    let rows = statement.query_map(params_from_iter(&values), |row| {
        Ok(OnDay { day: row.get(0)?, due: row.get(1)?, done: row.get(2)? })
    })?;
    rows.collect()
}

/// Somebody who has not submitted what is past its day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// Who.
    pub person: UserId,
    /// How many assignments.
    pub assignments: u64,
    /// The oldest of their days.
    pub since: String,
}

/// Who is late with any assignment of a list: of those asked to it together, only who has not submitted himself.
///
/// # Errors
/// When the view cannot be read.
pub fn late(connection: &Connection, filter: &Filter) -> rusqlite::Result<Vec<Late>> {
    let (sql, values) = filter.sql();
    let looked_for = filter.looked_for();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT asked.user, count(*), min(late.due)
         FROM (SELECT id, doc, due FROM assignments {looked_for} WHERE {sql}) AS late
         CROSS JOIN assignment_people AS asked ON asked.id = late.id
         LEFT JOIN inspection_people AS came ON came.doc = late.doc AND came.user = asked.user
         WHERE NOT coalesce(came.submitted, 0)
         GROUP BY asked.user ORDER BY 2 DESC, 3, 1"
    ))?;
    let rows = statement.query_map(params_from_iter(&values), |row| {
        Ok(Late { person: UserId::new(row.get(0)?), assignments: row.get(1)?, since: row.get(2)? })
    })?;
    rows.collect()
}

/// What is due in an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The area's code.
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

/// Counts what is due on a day and before, area by area.
///
/// # Errors
/// When the view cannot be read.
pub fn due(connection: &Connection, areas: &AreaFilter, day: Day) -> rusqlite::Result<Vec<Due>> {
    let (sql, mut values) = areas.sql("area", "doc");
    let day = day.to_string();
    values.splice(0..0, [day.clone(), day.clone()]);
    values.push(day);
    let mut statement = connection.prepare_cached(&format!(
        "SELECT area, sum(due = ?), sum(due < ? AND NOT done), count(*), sum(done)
         FROM assignments INDEXED BY assignments_area WHERE {sql} AND {COUNTS} AND due <= ? GROUP BY area"
    ))?;
    let rows = statement.query_map(params_from_iter(&values), |row| {
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
