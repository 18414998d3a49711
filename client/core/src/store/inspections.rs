//! A card for every inspection, so that no list loads a document. A view: it can be computed again.

use rounds_shared::{
    area::{AreaCode, SiteId},
    assignment::InspectionKind,
    ids::{AssignmentId, DocId},
    inspection::ReviewState,
    template::TemplateId,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// A card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) doc: DocId,
    pub(crate) kind: InspectionKind,
    pub(crate) area: AreaCode,
    pub(crate) site: Option<SiteId>,
    pub(crate) template: TemplateId,
    pub(crate) template_version: u32,
    pub(crate) assignment: Option<AssignmentId>,
    pub(crate) state: ReviewState,
    pub(crate) answered: u32,
    pub(crate) asked: u32,
    pub(crate) findings: u32,
    pub(crate) conflicts: u32,
    pub(crate) returned: u32,
    /// When something in it changed, as this device knows it.
    pub(crate) changed_at: i64,
    /// Whether I was asked, or recorded something in it, or began it here.
    pub(crate) mine: bool,
    /// Whether I submitted it and no return has come since.
    pub(crate) submitted: bool,
}

const COLUMNS: &str = "doc, kind, area, site, template, template_version, assignment, state, answered, asked,
    findings, conflicts, returned, changed_at, mine, submitted";

pub(crate) fn put(connection: &Connection, card: &Card) -> rusqlite::Result<()> {
    connection
        .prepare_cached(&format!(
            "INSERT OR REPLACE INTO inspections ({COLUMNS})
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
        ))?
        .execute(params![
            card.doc.as_bytes(),
            card.kind.as_str(),
            card.area.as_str(),
            card.site.as_ref().map(SiteId::as_str),
            card.template.as_str(),
            card.template_version,
            card.assignment.as_ref().map(|id| id.as_bytes()),
            card.state.as_str(),
            card.answered,
            card.asked,
            card.findings,
            card.conflicts,
            card.returned,
            card.changed_at,
            card.mine,
            card.submitted,
        ])
        .map(drop)
}

pub(crate) fn get(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<Card>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM inspections WHERE doc = ?1"))?
        .query_row([doc.as_bytes()], row)
        .optional()
}

/// Mine, the latest first.
pub(crate) fn mine(connection: &Connection) -> rusqlite::Result<Vec<Card>> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM inspections WHERE mine ORDER BY changed_at DESC, doc"
    ))?;
    select.query_map([], row)?.collect()
}

/// Those of an area and of what lies in it, the latest first.
pub(crate) fn of_area(connection: &Connection, area: &AreaCode, limit: u32) -> rusqlite::Result<Vec<Card>> {
    // A code is a prefix of its descendants' codes, and ':' follows '9'.
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM inspections WHERE area >= ?1 AND area < ?1 || ':'
         ORDER BY changed_at DESC, doc LIMIT ?2"
    ))?;
    select.query_map(params![area.as_str(), limit], row)?.collect()
}

pub(crate) fn forget(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM inspections WHERE doc = ?1", [doc.as_bytes()]).map(drop)
}

fn row(row: &Row<'_>) -> rusqlite::Result<Card> {
    let site: Option<String> = row.get(3)?;
    Ok(Card {
        doc: super::id(row, 0)?,
        kind: super::named(row, 1, InspectionKind::parse)?,
        area: super::text(row, 2)?,
        site: site.is_some().then(|| super::text(row, 3)).transpose()?,
        template: super::text(row, 4)?,
        template_version: row.get(5)?,
        assignment: super::optional_id(row, 6)?,
        state: super::named(row, 7, ReviewState::parse)?,
        answered: row.get(8)?,
        asked: row.get(9)?,
        findings: row.get(10)?,
        conflicts: row.get(11)?,
        returned: row.get(12)?,
        changed_at: row.get(13)?,
        mine: row.get(14)?,
        submitted: row.get(15)?,
    })
}
