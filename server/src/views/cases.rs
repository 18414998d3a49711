//! 案件: every case as a row, for lists and counts. Where it stands is folded by `shared`, at projection.

use rounds_shared::{
    area::{AreaCode, SiteId},
    calendar::Day,
    case::{Act, Case, CaseState},
    ids::{DocId, UserId},
    registry::Registry,
    template::TemplateId,
};
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter, types::Value};

use super::inspections::AreaFilter;

pub(super) const TABLE: &str = "CREATE TABLE cases (
    doc         BLOB PRIMARY KEY,
    inspection  BLOB NOT NULL,
    finding     TEXT NOT NULL,
    item        TEXT NOT NULL,
    kind        TEXT,
    area        TEXT NOT NULL,
    site        TEXT,
    template    TEXT NOT NULL,
    version     INTEGER NOT NULL,
    state       TEXT NOT NULL,
    is_over     INTEGER NOT NULL,
    responsible BLOB,
    checker     BLOB,
    due         TEXT,
    reworks     INTEGER NOT NULL,
    place       TEXT NOT NULL,
    note        TEXT NOT NULL,
    changed_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cases_inspection ON cases (inspection);
CREATE INDEX cases_area ON cases (area, state, due);
CREATE INDEX cases_due ON cases (is_over, due IS NULL, due, changed_at DESC, doc, area, state)";

/// What is to be done first, by the day it is due, and then the latest.
const ORDER: &str = "is_over, due IS NULL, due, changed_at DESC, doc";

/// A case as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The document.
    pub doc: DocId,
    /// The inspection.
    pub inspection: DocId,
    /// The finding's key.
    pub finding: String,
    /// The item's code.
    pub item: String,
    /// The finding kind's code; none before it is opened.
    pub kind: Option<String>,
    /// Where.
    pub area: AreaCode,
    /// The site.
    pub site: Option<SiteId>,
    /// The checklist.
    pub template: TemplateId,
    /// Its version.
    pub version: u32,
    /// Where it stands.
    pub state: CaseState,
    /// Who puts it right.
    pub responsible: Option<UserId>,
    /// Who was asked to check it.
    pub checker: Option<UserId>,
    /// By the end of which day.
    pub due: Option<Day>,
    /// How often it came back.
    pub reworks: u32,
    /// Where, in words.
    pub place: String,
    /// What was seen.
    pub note: String,
    /// When something last came in, by the server's clock in milliseconds.
    pub changed_at: i64,
}

pub(super) fn put(
    connection: &Connection,
    doc: DocId,
    case: &Case,
    at: i64,
    registry: &Registry,
) -> rusqlite::Result<()> {
    let standing = case.standing(|device| registry.device(device).map(|device| device.user));
    let about = &case.about;
    let (kind, place, note) = match case.opened().map(|event| (&event.act, &event.text)) {
        Some((Act::Open { kind, place, .. }, note)) => (Some(kind), place.as_str(), note.as_str()),
        Some(_) | None => (None, "", ""),
    };
    connection
        .prepare_cached(&format!(
            "INSERT OR REPLACE INTO cases ({COLUMNS}, is_over)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
        ))?
        .execute(params![
            doc.as_bytes(),
            about.inspection.as_bytes(),
            about.finding,
            about.item,
            kind,
            about.area.as_str(),
            about.site.as_ref().map(SiteId::as_str),
            about.template.as_str(),
            about.template_version,
            standing.state.as_str(),
            standing.responsible.map(|user| user.as_bytes().to_vec()),
            standing.checker.map(|user| user.as_bytes().to_vec()),
            standing.due.map(|due| due.to_string()),
            standing.reworks,
            place,
            note,
            at,
            standing.state.is_over(),
        ])
        .map(drop)
}

const COLUMNS: &str = "doc, inspection, finding, item, kind, area, site, template, version, state, responsible, \
    checker, due, reworks, place, note, changed_at";

/// A column of text that was parsed before it was written.
fn parsed<T>(text: &str, parse: impl FnOnce(&str) -> Option<T>) -> rusqlite::Result<T> {
    parse(text)
        .ok_or_else(|| rusqlite::Error::InvalidColumnType(0, text.to_owned(), rusqlite::types::Type::Text))
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let user = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<[u8; 16]>>(column)?.map(UserId::new));
    let text = |column| row.get::<_, Option<String>>(column);
    let optional = |column| Ok::<_, rusqlite::Error>(text(column)?.unwrap_or_default());
    Ok(Row {
        doc: DocId::new(row.get(0)?),
        inspection: DocId::new(row.get(1)?),
        finding: row.get(2)?,
        item: row.get(3)?,
        kind: row.get(4)?,
        area: parsed(&optional(5)?, |text| text.parse().ok())?,
        site: text(6)?.map(|site| parsed(&site, |text| text.parse().ok())).transpose()?,
        template: parsed(&optional(7)?, |text| text.parse().ok())?,
        version: row.get(8)?,
        state: parsed(&optional(9)?, CaseState::parse)?,
        responsible: user(10)?,
        checker: user(11)?,
        due: text(12)?.map(|due| parsed(&due, |text| text.parse().ok())).transpose()?,
        reworks: row.get(13)?,
        place: row.get(14)?,
        note: row.get(15)?,
        changed_at: row.get(16)?,
    })
}

/// One case.
///
/// # Errors
/// When the view cannot be read.
pub fn one(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM cases WHERE doc = ?1");
    connection.prepare_cached(&sql)?.query_row([doc.as_bytes()], row).optional()
}

/// What a list of cases may be narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The areas.
    pub areas: AreaFilter,
    /// Only this state.
    pub state: Option<CaseState>,
    /// Only what should have been put right before this day, and was not.
    pub overdue: Option<Day>,
    /// Only those of this inspection.
    pub inspection: Option<DocId>,
}

impl Filter {
    fn sql(&self) -> (String, Vec<Value>) {
        let (mut sql, values) = self.areas.sql("area", "doc");
        let mut values: Vec<Value> = values.into_iter().map(Into::into).collect();
        if let Some(state) = self.state {
            sql.push_str(" AND state = ?");
            values.push(state.as_str().to_owned().into());
        }
        if let Some(today) = self.overdue {
            let to_fix = CaseState::ALL.into_iter().filter(|state| state.is_to_fix());
            let to_fix: Vec<String> = to_fix.map(|state| format!("'{}'", state.as_str())).collect();
            sql.push_str(&format!(" AND state IN ({}) AND due < ?", to_fix.join(", ")));
            values.push(today.to_string().into());
        }
        if let Some(inspection) = self.inspection {
            sql.push_str(" AND inspection = ?");
            values.push(inspection.as_bytes().to_vec().into());
        }
        (sql, values)
    }
}

/// How many cases should have been put right before this day, and were not.
///
/// # Errors
/// When the view cannot be read.
pub fn overdue(connection: &Connection, areas: &AreaFilter, today: Day) -> rusqlite::Result<u64> {
    let filter = Filter { areas: areas.clone(), overdue: Some(today), ..Filter::default() };
    Ok(tally(connection, &filter)?.into_iter().map(|(_, cases)| cases).sum())
}

/// A page of cases, in their order; only the rows of the page are read whole.
///
/// # Errors
/// When the view cannot be read.
pub fn page(
    connection: &Connection,
    filter: &Filter,
    (offset, limit): (u64, u64),
) -> rusqlite::Result<Vec<Row>> {
    let (sql, values) = filter.sql();
    // Those of one inspection are few; all others are looked for in their order, which SQLite would take the areas for.
    let looked_for = if filter.inspection.is_some() { "" } else { "INDEXED BY cases_due" };
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM cases WHERE doc IN
             (SELECT doc FROM cases {looked_for} WHERE {sql} ORDER BY {ORDER} LIMIT {limit} OFFSET {offset})
         ORDER BY {ORDER}"
    ))?;
    select.query_map(params_from_iter(&values), row)?.collect()
}

/// How many cases there are of each state, whatever state the filter asks for.
///
/// # Errors
/// When the view cannot be read.
pub fn tally(connection: &Connection, filter: &Filter) -> rusqlite::Result<Vec<(CaseState, u64)>> {
    let (sql, values) = Filter { state: None, ..filter.clone() }.sql();
    let mut select = connection
        .prepare_cached(&format!("SELECT state, count(*) FROM cases WHERE {sql} GROUP BY state"))?;
    let rows = select.query_map(params_from_iter(&values), |row| {
        Ok((parsed(&row.get::<_, String>(0)?, CaseState::parse)?, row.get(1)?))
    })?;
    rows.collect()
}
