//! Labels: who may see which document, from which entry of the log to which. They follow from the registry and from
//! what was merged, never from what an author claims; [`crate::sight`] says which of them a user sees by.
//!
//! Rows are closed, not deleted, so that what could be seen at an earlier entry can be told.

mod blindness;

pub use blindness::is_blind;
pub(super) use blindness::not_blind;
pub(crate) use blindness::unblind;

use std::{collections::BTreeSet, fmt};

use rounds_shared::{
    area::AreaCode,
    assignment::Assignment,
    ids::{DocId, UserId},
    inspection::ReviewState,
};
use rusqlite::{Connection, params, params_from_iter, types::Value};

pub(super) const TABLE: &str = "CREATE TABLE labels (
    doc       BLOB NOT NULL,
    label     TEXT NOT NULL,
    from_seq  INTEGER NOT NULL,
    until_seq INTEGER,
    PRIMARY KEY (doc, label, from_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX labels_label ON labels (label);
CREATE INDEX labels_from ON labels (from_seq);
CREATE INDEX labels_until ON labels (until_seq) WHERE until_seq IS NOT NULL";

/// One reason to see a document, or not to.
#[derive(Debug, Clone, Copy)]
pub enum Label<'l> {
    /// For whoever was asked to inspect, to put right or to check, or recorded something: it is his, wherever he belongs
    /// now.
    User(UserId),
    /// For those who review in the area or above it.
    Area(&'l AreaCode),
    /// For those who may read in the area or above it what was approved.
    Approved(&'l AreaCode),
    /// Against whoever inspects the other half of a blind pair 背靠背.
    Blind(UserId),
    /// For nobody: the document goes on from this one, and is hidden from whomever that is.
    Continues(DocId),
    /// For nobody: the visit is in, which the other half of a blind pair waits for.
    In,
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Label::User(user) => write!(formatter, "user:{user}"),
            Label::Area(area) => write!(formatter, "area:{area}"),
            Label::Approved(area) => write!(formatter, "approved:{area}"),
            Label::Blind(user) => write!(formatter, "blind:{user}"),
            Label::Continues(doc) => write!(formatter, "continues:{doc}"),
            Label::In => formatter.write_str("in"),
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    /// The label as text; those of areas begin with those of the areas above them.
    pub label: String,
    /// The entry from which on it stands.
    pub from: u64,
    /// The entry that ended it.
    pub until: Option<u64>,
}

/// Labels the document of an assignment, and blinds the people of the one it repeats, and the reverse.
pub(crate) fn assigned(
    connection: &Connection,
    seq: u64,
    assignment: &Assignment,
    repeated: Option<&Assignment>,
) -> rusqlite::Result<()> {
    let doc = assignment.doc();
    if !of(connection, doc)?.is_empty() {
        // The same assignment again: what it says never changes.
        return Ok(());
    }
    open(connection, doc, Label::Area(&assignment.area), seq)?;
    for person in &assignment.people {
        open(connection, doc, Label::User(*person), seq)?;
    }
    let Some(repeated) = repeated else { return Ok(()) };
    for (one, other) in [(assignment, repeated), (repeated, assignment)] {
        for person in other.people.iter().filter(|person| !one.people.contains(person)) {
            insert(connection, one.doc(), Label::Blind(*person), seq)?;
        }
    }
    // The second has begun nothing yet.
    blindness::follow(connection, repeated.doc(), seq)
}

/// What a merge says of who may see its document.
pub(crate) struct Merge<'m> {
    pub(crate) doc: DocId,
    pub(crate) seq: u64,
    pub(crate) area: &'m AreaCode,
    pub(crate) continues: Option<DocId>,
    /// Who recorded it; none when it came from a console.
    pub(crate) recorded_by: Option<UserId>,
    pub(crate) state: ReviewState,
    pub(crate) is_in: bool,
}

/// Labels a document after a merge; says whether it came in with this one.
pub(crate) fn merged(connection: &Connection, merge: &Merge<'_>) -> rusqlite::Result<bool> {
    let Merge { doc, seq, area, .. } = *merge;
    open(connection, doc, Label::Area(area), seq)?;
    if let Some(continues) = merge.continues
        && open(connection, doc, Label::Continues(continues), seq)?
    {
        blindness::follow(connection, continues, seq)?;
    }
    if let Some(user) = merge.recorded_by {
        open(connection, doc, Label::User(user), seq)?;
    }
    set(connection, doc, Label::Approved(area), seq, merge.state == ReviewState::Approved)?;
    set(connection, doc, Label::In, seq, merge.is_in)
}

/// Labels a case after a merge: for whoever leads in its area, and for those who have to do with it.
pub(crate) fn case_merged(
    connection: &Connection,
    doc: DocId,
    seq: u64,
    area: &AreaCode,
    people: &BTreeSet<UserId>,
) -> rusqlite::Result<()> {
    open(connection, doc, Label::Area(area), seq)?;
    people.iter().try_for_each(|user| open(connection, doc, Label::User(*user), seq).map(drop))
}

/// Opens or closes a label that comes and goes; says whether it came.
fn set(
    connection: &Connection,
    doc: DocId,
    label: Label<'_>,
    seq: u64,
    stands: bool,
) -> rusqlite::Result<bool> {
    if stands {
        open(connection, doc, label, seq)
    } else {
        close(connection, doc, label, seq).map(|()| false)
    }
}

/// Opens a label that does not stand; says whether it did not.
fn open(connection: &Connection, doc: DocId, label: Label<'_>, seq: u64) -> rusqlite::Result<bool> {
    let opened = connection
        .prepare_cached(
            "INSERT INTO labels (doc, label, from_seq) SELECT ?1, ?2, ?3
             WHERE NOT EXISTS (SELECT 1 FROM labels WHERE doc = ?1 AND label = ?2 AND until_seq IS NULL)",
        )?
        .execute(params![doc.as_bytes(), label.to_string(), seq])?;
    Ok(opened > 0)
}

fn insert(connection: &Connection, doc: DocId, label: impl fmt::Display, seq: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO labels (doc, label, from_seq) VALUES (?1, ?2, ?3)")?
        .execute(params![doc.as_bytes(), label.to_string(), seq])
        .map(drop)
}

fn close(connection: &Connection, doc: DocId, label: impl fmt::Display, seq: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE labels SET until_seq = ?3 WHERE doc = ?1 AND label = ?2 AND until_seq IS NULL",
        )?
        .execute(params![doc.as_bytes(), label.to_string(), seq])
        .map(drop)
}

/// Every label a document has or had.
///
/// # Errors
/// When the view cannot be read.
pub fn of(connection: &Connection, doc: DocId) -> rusqlite::Result<Vec<Labelled>> {
    let mut select =
        connection.prepare_cached("SELECT label, from_seq, until_seq FROM labels WHERE doc = ?1")?;
    let rows = select.query_map([doc.as_bytes()], |row| {
        Ok(Labelled { label: row.get(0)?, from: row.get(1)?, until: row.get(2)? })
    })?;
    rows.collect()
}

/// Which documents are wanted, by the beginnings of their labels.
pub(crate) struct Wanted<'w> {
    /// The beginnings.
    pub(crate) prefixes: &'w [String],
    /// Only those with such a label that began or ended after this entry.
    pub(crate) changed_after: Option<u64>,
    /// Only those behind this one.
    pub(crate) after: Option<DocId>,
    /// At most so many.
    pub(crate) rows: usize,
}

/// Documents in the order of their ids.
pub(crate) fn documents(connection: &Connection, wanted: &Wanted<'_>) -> rusqlite::Result<Vec<DocId>> {
    if wanted.prefixes.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = vec![
        wanted.after.map_or_else(Vec::new, |doc| doc.as_bytes().to_vec()).into(),
        i64::try_from(wanted.rows).unwrap_or(i64::MAX).into(),
    ];
    // The plus keeps what changed lately from being looked for among everything that has the label.
    let column = if wanted.changed_after.is_some() { "+label" } else { "label" };
    let ranges = wanted.prefixes.iter().map(|prefix| {
        // ':' follows the digits that a longer code goes on with.
        values.extend([Value::from(prefix.clone()), format!("{prefix}:").into()]);
        format!("({column} >= ?{} AND {column} < ?{})", values.len() - 1, values.len())
    });
    let ranges = ranges.collect::<Vec<_>>().join(" OR ");
    let sql = match wanted.changed_after {
        None => {
            format!("SELECT DISTINCT doc FROM labels WHERE ({ranges}) AND +doc > ?1 ORDER BY doc LIMIT ?2")
        }
        Some(changed_after) => {
            values.push(i64::try_from(changed_after).unwrap_or(i64::MAX).into());
            let changed = values.len();
            format!(
                "SELECT doc FROM labels WHERE from_seq > ?{changed} AND ({ranges}) AND +doc > ?1
                 UNION SELECT doc FROM labels WHERE until_seq > ?{changed} AND ({ranges}) AND +doc > ?1
                 ORDER BY doc LIMIT ?2"
            )
        }
    };
    let mut select = connection.prepare_cached(&sql)?;
    let rows = select.query_map(params_from_iter(values), |row| row.get(0).map(DocId::new))?;
    rows.collect()
}
