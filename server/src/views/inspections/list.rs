//! Lists of inspections: what they may be narrowed to, in which order, page by page.
//!
//! A list of a hundred thousand is found in an index that holds whatever it is narrowed and ordered by, so that only the
//! rows of its page are read whole.

use rounds_shared::{
    area::AreaCode,
    calendar::Day,
    ids::{DocId, UserId},
};
use rusqlite::{Connection, params_from_iter, types::Value};

use super::{AreaFilter, COLUMNS, Row, Tally, one, row};

/// Up to so many inspections of an area are looked for there and then put in order.
const SORTED_MAX: u64 = 4000;

/// What a list of inspections may be narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The areas.
    pub areas: AreaFilter,
    /// Only this state.
    pub state: Option<String>,
    /// Only with, or only without, open conflicts.
    pub conflict: Option<bool>,
    /// Only this person's.
    pub person: Option<UserId>,
    /// Only with this template.
    pub template: Option<String>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only changed on this day or later.
    pub from: Option<Day>,
    /// Only changed on this day or before.
    pub to: Option<Day>,
    /// Only exactly in these areas: what a text matched.
    pub matched: Option<Vec<AreaCode>>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Newest change first.
    #[default]
    Changed,
    /// Soonest due first.
    Due,
    /// Lowest score first.
    Score,
}

impl Sort {
    /// The order, the reverse of it, and the index that has it.
    fn sql(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Changed => ("changed_at DESC, doc", "changed_at, doc DESC", "inspections_changed"),
            Self::Due => ("due IS NULL, due, doc", "due IS NULL DESC, due DESC, doc DESC", "inspections_due"),
            Self::Score => {
                ("score IS NULL, score, doc", "score IS NULL DESC, score DESC, doc DESC", "inspections_score")
            }
        }
    }
}

impl Filter {
    /// The condition, and its values.
    pub(in crate::views) fn sql(&self) -> (String, Vec<Value>) {
        let (mut sql, values) = self.areas.sql("area", "doc");
        let mut values: Vec<Value> = values.into_iter().map(Into::into).collect();
        let mut and = |condition: &str, value: Option<Value>| {
            if let Some(value) = value {
                sql.push_str(condition);
                values.push(value);
            }
        };
        and(" AND state = ?", self.state.clone().map(Into::into));
        and(" AND template = ?", self.template.clone().map(Into::into));
        and(" AND kind = ?", self.kind.clone().map(Into::into));
        and(" AND day >= ?", self.from.map(|day| day.to_string().into()));
        and(" AND day <= ?", self.to.map(|day| day.to_string().into()));
        and(
            " AND doc IN (SELECT doc FROM inspection_people WHERE user = ?)",
            self.person.map(|user| user.as_bytes().to_vec().into()),
        );
        let codes = |codes: &[AreaCode]| {
            let quoted: Vec<String> = codes.iter().map(|code| format!("\"{code}\"")).collect();
            format!("[{}]", quoted.join(",")).into()
        };
        and(" AND area IN (SELECT value FROM json_each(?))", self.matched.as_deref().map(codes));
        match self.conflict {
            Some(true) => sql.push_str(" AND conflicts > 0"),
            Some(false) => sql.push_str(" AND conflicts = 0"),
            None => {}
        }
        (sql, values)
    }

    /// Where to look, when so many inspections are there whatever their state: those of one person by their ids, few in
    /// their areas, many in their order.
    fn looked_for(&self, sort: Sort, there: u64) -> String {
        if self.person.is_some() || there <= SORTED_MAX {
            String::new()
        } else {
            format!("INDEXED BY {}", sort.sql().2)
        }
    }
}

/// Inspections in an order: a page of the list that [`super::tally`] has counted.
///
/// # Errors
/// When the view cannot be read.
pub fn page(
    connection: &Connection,
    filter: &Filter,
    sort: Sort,
    (offset, limit): (u64, u64),
    tallies: &[Tally],
) -> rusqlite::Result<Vec<Row>> {
    let total: u64 = tallies.iter().map(|tally| tally.listed(filter)).sum();
    let limit = limit.min(total.saturating_sub(offset));
    let (forward, backward, _) = sort.sql();
    // What lies behind the middle is counted from the end.
    let is_behind = offset > total / 2;
    let (order, skipped) = if is_behind { (backward, total - offset - limit) } else { (forward, offset) };
    let (sql, mut values) = filter.sql();
    values.extend([limit, skipped].map(|rows| i64::try_from(rows).unwrap_or(i64::MAX).into()));
    let looked_for = filter.looked_for(sort, tallies.iter().map(|tally| tally.inspections).sum());
    let mut statement = connection.prepare_cached(&format!(
        "SELECT doc FROM inspections {looked_for} WHERE {sql} ORDER BY {order} LIMIT ? OFFSET ?"
    ))?;
    let found = statement.query_map(params_from_iter(&values), |row| row.get(0).map(DocId::new))?;
    let mut docs = found.collect::<Result<Vec<_>, _>>()?;
    if is_behind {
        docs.reverse();
    }
    docs.into_iter().filter_map(|doc| one(connection, doc).transpose()).collect()
}

/// Hands over every inspection of a list, one by one. They are read in their order, so that none has to be kept.
///
/// # Errors
/// When the view cannot be read, and what the taker returns.
pub fn each<E: From<rusqlite::Error>>(
    connection: &Connection,
    filter: &Filter,
    sort: Sort,
    mut take: impl FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let (sql, values) = filter.sql();
    let (order, _, _) = sort.sql();
    let looked_for = filter.looked_for(sort, u64::MAX);
    let mut statement = connection
        .prepare(&format!("SELECT {COLUMNS} FROM inspections {looked_for} WHERE {sql} ORDER BY {order}"))?;
    let mut rows = statement.query(params_from_iter(&values))?;
    while let Some(found) = rows.next()? {
        take(row(found)?)?;
    }
    Ok(())
}
