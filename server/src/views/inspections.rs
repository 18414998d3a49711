//! 检查: every inspection as a row, for lists, filters and counts.
//!
//! Its score is computed once, by `shared`, at projection; SQL only aggregates.

mod list;
mod tally;

use rounds_shared::{
    area::AreaCode,
    assessment::assess,
    calendar::Day,
    ids::{DeviceId, DocId, UserId},
    inspection::{ReviewAct, ReviewState},
    protocol::ChangeId,
    registry::{Registry, User},
};
use rusqlite::{Connection, OptionalExtension as _, params};

pub use self::{
    list::{Filter, Sort, each, page},
    tally::{Tally, submitted_since, tally},
};
use super::Projected;
use crate::sight::Scope;

pub(super) const TABLE: &str = "CREATE TABLE inspections (
    doc          BLOB PRIMARY KEY,
    kind         TEXT NOT NULL,
    template     TEXT NOT NULL,
    version      INTEGER NOT NULL,
    area         TEXT NOT NULL,
    site         TEXT,
    assignment   BLOB,
    due          TEXT,
    state        TEXT NOT NULL,
    answered     INTEGER NOT NULL,
    asked        INTEGER NOT NULL,
    findings     INTEGER NOT NULL,
    photos       INTEGER NOT NULL,
    conflicts    INTEGER NOT NULL,
    returned     INTEGER NOT NULL,
    held         INTEGER NOT NULL,
    score        INTEGER,
    grade        TEXT,
    provisional  INTEGER NOT NULL,
    after_approval INTEGER NOT NULL,
    day          TEXT NOT NULL,
    changed_at   INTEGER NOT NULL,
    submitted_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX inspections_area ON inspections
    (area, state, conflicts, score, template, kind, day, changed_at, due);
CREATE INDEX inspections_changed ON inspections (changed_at DESC, doc, area, state, conflicts, template, kind, day);
CREATE INDEX inspections_due ON inspections (due IS NULL, due, doc, area, state, conflicts, template, kind, day);
CREATE INDEX inspections_score ON inspections (score IS NULL, score, doc, area, state, conflicts, template, kind, day);
CREATE INDEX inspections_submitted ON inspections (submitted_at, area)";

pub(super) const PEOPLE_TABLE: &str = "CREATE TABLE inspection_people (
    doc  BLOB NOT NULL,
    user BLOB NOT NULL,
    submitted INTEGER NOT NULL,
    PRIMARY KEY (doc, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX inspection_people_user ON inspection_people (user)";

/// An inspection as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The document.
    pub doc: DocId,
    /// The kind's name.
    pub kind: String,
    /// The template's id.
    pub template: String,
    /// The template's version.
    pub version: u32,
    /// The area's code.
    pub area: String,
    /// The site's id.
    pub site: Option<String>,
    /// The assignment's id.
    pub assignment: Option<[u8; 16]>,
    /// When it is due.
    pub due: Option<String>,
    /// The state's name.
    pub state: String,
    /// How many items were answered.
    pub answered: u64,
    /// How many are asked.
    pub asked: u64,
    /// How many findings stand.
    pub findings: u64,
    /// How many photos it names.
    pub photos: u64,
    /// How many conflicts are open.
    pub conflicts: u64,
    /// How many items are returned.
    pub returned: u64,
    /// How many of its envelopes are held.
    pub held: u64,
    /// The score in hundredths.
    pub score: Option<u32>,
    /// The grade.
    pub grade: Option<String>,
    /// Whether a conflict is open: the stricter value counts meanwhile.
    pub provisional: bool,
    /// Whether something was recorded after it was approved 审后变更.
    pub after_approval: bool,
    /// When something last came in, by the server's clock in milliseconds.
    pub changed_at: i64,
    /// When it was last submitted, by the device's clock in milliseconds.
    pub submitted_at: Option<i64>,
}

/// Which areas a query is about: none given is nothing, not everything.
#[derive(Debug, Clone, Default)]
pub struct AreaFilter {
    /// Within each of these lists, one must contain the area.
    all_of: Vec<Vec<AreaCode>>,
    /// The label that hides a document from whoever asks.
    blind: Option<String>,
}

impl AreaFilter {
    /// Within these areas.
    pub fn within(areas: &[AreaCode]) -> Self {
        Self { all_of: vec![areas.to_vec()], blind: None }
    }

    /// Within the areas of a user, and not hidden from him by a blind pair.
    pub fn of(user: &User) -> Self {
        Self { blind: Some(Scope::of(user).blind().to_owned()), ..Self::within(&user.areas) }
    }

    /// And within this area.
    #[must_use]
    pub fn and(mut self, area: Option<AreaCode>) -> Self {
        self.all_of.extend(area.map(|area| vec![area]));
        self
    }

    /// The condition on the columns of the area and of the document, and its values. Codes are prefixes of their descendants' codes, and hold
    /// only digits: `>=` and `<` on a range of text use the index.
    pub(super) fn sql(&self, column: &str, doc: &str) -> (String, Vec<String>) {
        let mut values = Vec::new();
        let mut conditions = vec!["1".to_owned()];
        if let Some(blind) = &self.blind {
            let (condition, value) = super::labels::not_blind(doc, blind);
            conditions.push(condition);
            values.push(value);
        }
        for areas in &self.all_of {
            let one: Vec<String> = areas
                .iter()
                .map(|area| {
                    values.push(area.to_string());
                    values.push(format!("{area}:"));
                    format!("({column} >= ? AND {column} < ?)")
                })
                .collect();
            conditions.push(if one.is_empty() { "0".into() } else { format!("({})", one.join(" OR ")) });
        }
        (conditions.join(" AND "), values)
    }
}

pub(super) fn put(
    connection: &Connection,
    projected: &Projected<'_>,
    registry: &Registry,
) -> rusqlite::Result<()> {
    let Projected { doc, document, inspection, at } = *projected;
    let about = &inspection.about;
    let assignment = registry.assignment_of(doc);
    let user_of = |device: DeviceId| registry.device(device).map(|device| device.user);
    let asked_people: &[UserId] = assignment.map_or(&[], |assignment| &assignment.people);
    let state = inspection.state(asked_people, user_of);
    let score = registry.checklist(inspection).map(|checklist| assess(&checklist, inspection));
    let standing = inspection.findings.iter().filter(|finding| finding.struck.is_none()).count();
    let photos = inspection.photos.iter().filter(|photo| photo.struck.is_none()).count();
    let conflicts = if state == ReviewState::Struck { 0 } else { inspection.open_conflicts().len() };
    let approved = inspection.reviews.iter().rev().find_map(|review| match &review.act {
        ReviewAct::Approve { heads } => Some(heads),
        ReviewAct::Decide { .. } | ReviewAct::Return | ReviewAct::Dismiss | ReviewAct::Comment => None,
    });
    let after_approval = approved.is_some_and(|heads| document.recorded_since(&parse_heads(heads)));
    let grade = score.as_ref().and_then(|score| score.grade).map(|grade| format!("{grade:?}"));
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO inspections
             (doc, kind, template, version, area, site, assignment, due, state, answered, asked, findings,
              photos, conflicts, returned, held, score, grade, provisional, after_approval, day, changed_at,
              submitted_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
                     ?20, ?21, ?22, ?23)",
        )?
        .execute(params![
            doc.as_bytes(),
            about.kind.as_str(),
            about.template.as_str(),
            about.template_version,
            about.area.as_str(),
            about.site.as_ref().map(|site| site.as_str()),
            about.assignment.map(|id| id.as_bytes().to_vec()),
            assignment.map(|assignment| assignment.due.to_string()),
            state.as_str(),
            score.as_ref().map_or(0, |score| score.answered),
            score.as_ref().map_or(0, |score| score.asked),
            standing,
            photos,
            conflicts,
            inspection.open_returns().count(),
            super::held::count(connection, doc)?,
            score.as_ref().and_then(|score| score.total).map(|total| total.as_hundredths()),
            grade,
            conflicts > 0,
            after_approval,
            Day::of(at).to_string(),
            at,
            inspection.submissions.iter().map(|submission| submission.stamp.at).max(),
        ])?;
    super::assignments::set_done(
        connection,
        doc,
        !matches!(state, ReviewState::Draft | ReviewState::Returned),
    )?;
    let authors = document.authors().into_iter().filter_map(|(device, _)| registry.device(device));
    let inspectors = authors
        .map(|device| device.user)
        .filter(|user| !registry.user(*user).is_some_and(|user| user.role.reviews()));
    let submitters = inspection.submissions.iter().filter_map(|one| one.stamp.device.and_then(user_of));
    let submitters: Vec<UserId> = submitters.collect();
    for user in asked_people.iter().copied().chain(inspectors) {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO inspection_people (doc, user, submitted) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![doc.as_bytes(), user.as_bytes(), submitters.contains(&user)])?;
    }
    Ok(())
}

/// Heads as an approval names them.
pub(crate) fn parse_heads(heads: &[String]) -> Vec<ChangeId> {
    let bytes = |text: &String| data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok();
    heads.iter().filter_map(bytes).map(ChangeId).collect()
}

const COLUMNS: &str = "doc, kind, template, version, area, site, assignment, due, state, answered, asked, \
    findings, photos, conflicts, returned, held, score, grade, provisional, after_approval, changed_at, submitted_at";

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        doc: DocId::new(row.get(0)?),
        kind: row.get(1)?,
        template: row.get(2)?,
        version: row.get(3)?,
        area: row.get(4)?,
        site: row.get(5)?,
        assignment: row.get(6)?,
        due: row.get(7)?,
        state: row.get(8)?,
        answered: row.get(9)?,
        asked: row.get(10)?,
        findings: row.get(11)?,
        photos: row.get(12)?,
        conflicts: row.get(13)?,
        returned: row.get(14)?,
        held: row.get(15)?,
        score: row.get(16)?,
        grade: row.get(17)?,
        provisional: row.get(18)?,
        after_approval: row.get(19)?,
        changed_at: row.get(20)?,
        submitted_at: row.get(21)?,
    })
}

/// One inspection.
///
/// # Errors
/// When the view cannot be read.
pub fn one(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM inspections WHERE doc = ?1");
    connection.prepare_cached(&sql)?.query_row([doc.as_bytes()], row).optional()
}

/// Who was asked to inspect, or did.
///
/// # Errors
/// When the view cannot be read.
pub fn people(connection: &Connection, doc: DocId) -> rusqlite::Result<Vec<UserId>> {
    let mut statement =
        connection.prepare_cached("SELECT user FROM inspection_people WHERE doc = ?1 ORDER BY user")?;
    statement.query_map([doc.as_bytes()], |row| Ok(UserId::new(row.get(0)?)))?.collect()
}

/// Those of them who have submitted.
///
/// # Errors
/// When the view cannot be read.
pub fn submitters(connection: &Connection, doc: DocId) -> rusqlite::Result<Vec<UserId>> {
    let mut statement = connection
        .prepare_cached("SELECT user FROM inspection_people WHERE doc = ?1 AND submitted ORDER BY user")?;
    statement.query_map([doc.as_bytes()], |row| Ok(UserId::new(row.get(0)?)))?.collect()
}
