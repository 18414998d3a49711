//! A row for every case, so that no list loads a document: a view, which can be computed again. Beside it, which photos
//! the cases name, and in which order the log merged what they are made of.

use rounds_shared::{
    area::{AreaCode, SiteId},
    calendar::Day,
    case::CaseState,
    envelope::{DocKind, Verified},
    ids::{DocId, PhotoHash, UserId},
    template::TemplateId,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// A case as lists need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CaseRow {
    pub(crate) doc: DocId,
    pub(crate) area: AreaCode,
    pub(crate) site: Option<SiteId>,
    pub(crate) template: TemplateId,
    pub(crate) template_version: u32,
    pub(crate) item: String,
    /// The finding kind; empty before it is opened.
    pub(crate) kind: String,
    pub(crate) place: String,
    pub(crate) note: String,
    pub(crate) state: CaseState,
    pub(crate) responsible: Option<UserId>,
    pub(crate) checker: Option<UserId>,
    pub(crate) fixed_by: Option<UserId>,
    pub(crate) due: Option<Day>,
    pub(crate) reworks: u32,
    /// When something in it changed, as this device knows it.
    pub(crate) changed_at: i64,
    /// The photos it names; kept in a table of their own, and not read again with the row.
    pub(crate) photos: Vec<PhotoHash>,
}

const COLUMNS: &str =
    "doc, area, site, template, template_version, item, kind, place, note, state, responsible, checker,
    fixed_by, due, reworks, changed_at";

pub(crate) fn put(connection: &Connection, case: &CaseRow) -> rusqlite::Result<()> {
    let user = |user: Option<UserId>| user.map(|user| user.as_bytes().to_vec());
    connection
        .prepare_cached(&format!(
            "INSERT OR REPLACE INTO cases ({COLUMNS})
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
        ))?
        .execute(params![
            case.doc.as_bytes(),
            case.area.as_str(),
            case.site.as_ref().map(SiteId::as_str),
            case.template.as_str(),
            case.template_version,
            case.item,
            case.kind,
            case.place,
            case.note,
            case.state.as_str(),
            user(case.responsible),
            user(case.checker),
            user(case.fixed_by),
            case.due.map(|due| due.to_string()),
            case.reworks,
            case.changed_at,
        ])?;
    let mut name =
        connection.prepare_cached("INSERT OR IGNORE INTO case_photos (doc, hash) VALUES (?1, ?2)")?;
    case.photos
        .iter()
        .try_for_each(|hash| name.execute([&case.doc.as_bytes()[..], hash.as_bytes()]).map(drop))
}

/// Something came of a document that may change what its row says, if it is a case.
pub(crate) fn set_unfolded(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO case_unfolded (doc) SELECT doc FROM cases WHERE doc = ?1")?
        .execute([doc.as_bytes()])
        .map(drop)
}

/// The cases whose row is to be folded again.
pub(crate) fn unfolded(connection: &Connection) -> rusqlite::Result<Vec<DocId>> {
    let mut select = connection.prepare_cached("SELECT doc FROM case_unfolded")?;
    select.query_map([], |row| super::id(row, 0))?.collect()
}

/// Its row is folded.
pub(crate) fn set_folded(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM case_unfolded WHERE doc = ?1")?.execute([doc.as_bytes()]).map(drop)
}

/// Whether a document is a case.
pub(crate) fn is_here(connection: &Connection, doc: DocId) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM cases WHERE doc = ?1)")?
        .query_row([doc.as_bytes()], |row| row.get(0))
}

pub(crate) fn get(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<CaseRow>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM cases WHERE doc = ?1"))?
        .query_row([doc.as_bytes()], row)
        .optional()
}

/// All of them: those that are not over first, what is due first, then the latest.
pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<CaseRow>> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM cases ORDER BY state IN ('closed', 'withdrawn'), due IS NULL, due, changed_at DESC, doc"
    ))?;
    select.query_map([], row)?.collect()
}

fn row(row: &Row<'_>) -> rusqlite::Result<CaseRow> {
    let (site, due): (Option<String>, Option<String>) = (row.get(2)?, row.get(13)?);
    Ok(CaseRow {
        doc: super::id(row, 0)?,
        area: super::text(row, 1)?,
        site: site.is_some().then(|| super::text(row, 2)).transpose()?,
        template: super::text(row, 3)?,
        template_version: row.get(4)?,
        item: row.get(5)?,
        kind: row.get(6)?,
        place: row.get(7)?,
        note: row.get(8)?,
        state: super::named(row, 9, CaseState::parse)?,
        responsible: super::optional_id(row, 10)?,
        checker: super::optional_id(row, 11)?,
        fixed_by: super::optional_id(row, 12)?,
        due: due.is_some().then(|| super::text(row, 13)).transpose()?,
        reworks: row.get(14)?,
        changed_at: row.get(15)?,
        photos: Vec::new(),
    })
}

/// The photos of cases that are not over, each with its case: whoever goes there wants to see them.
pub(crate) fn photos(connection: &Connection) -> rusqlite::Result<Vec<(DocId, PhotoHash)>> {
    let mut select = connection.prepare_cached(
        "SELECT doc, hash FROM case_photos JOIN cases USING (doc)
         WHERE state NOT IN ('closed', 'withdrawn') ORDER BY due IS NULL, due, doc, hash",
    )?;
    select.query_map([], |row| Ok((super::id(row, 0)?, super::id(row, 1)?)))?.collect()
}

/// An entry of the log merged an envelope; what is none of a case's is not remembered.
pub(crate) fn merged(connection: &Connection, envelope: &[u8], seq: u64) -> rusqlite::Result<()> {
    let Ok(envelope) = Verified::from_log(envelope.to_vec()) else { return Ok(()) };
    if envelope.body().kind != DocKind::Case {
        return Ok(());
    }
    connection
        .prepare_cached("INSERT OR REPLACE INTO case_merges (doc, envelope, seq) VALUES (?1, ?2, ?3)")?
        .execute(params![envelope.body().doc.as_bytes(), envelope.id().as_bytes(), seq])
        .map(drop)
}

/// The envelopes of a case that the log has merged, in its order.
pub(crate) fn merges(connection: &Connection, doc: DocId) -> rusqlite::Result<Vec<Vec<u8>>> {
    let mut select = connection.prepare_cached(
        "SELECT coalesce(outbox.bytes, inbox.bytes) FROM case_merges
         LEFT JOIN outbox ON outbox.id = case_merges.envelope
         LEFT JOIN inbox ON inbox.envelope = case_merges.envelope
         WHERE case_merges.doc = ?1 AND (outbox.bytes IS NOT NULL OR inbox.bytes IS NOT NULL)
         ORDER BY case_merges.seq",
    )?;
    select.query_map([doc.as_bytes()], |row| row.get(0))?.collect()
}

pub(crate) fn forget(connection: &Connection, doc: DocId) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM cases WHERE doc = ?1", [doc.as_bytes()])?;
    set_folded(connection, doc)?;
    connection.execute("DELETE FROM case_photos WHERE doc = ?1", [doc.as_bytes()])?;
    connection.execute("DELETE FROM case_merges WHERE doc = ?1", [doc.as_bytes()]).map(drop)
}
