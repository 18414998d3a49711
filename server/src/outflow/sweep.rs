//! The sweep: documents that came into sight, as snapshots, and those that left it, one after the other in the order of
//! their ids.

use rounds_shared::{
    ids::{AssignmentId, DocId, UserId},
    protocol::{CASE_KIND, Card, Entry, Snapshot, Step},
};
use rusqlite::Connection;

use super::{Draft, OutflowError, ROWS};
use crate::{
    sight::Need,
    views::{self, inspections::Row},
};

/// About what a snapshot weighs besides its document and the ids of its envelopes, in bytes.
const CARD_BYTES: usize = 512;
/// What the word to forget a document weighs, in bytes.
const FORGET_BYTES: usize = 17;

impl Draft<'_> {
    /// Whether the device would need a snapshot.
    pub(super) fn needs_snapshots(&mut self) -> Result<bool, OutflowError> {
        let mut after = None;
        loop {
            let documents = self.advance.changed(self.connection, after, ROWS)?;
            let Some(last) = documents.last() else { return Ok(false) };
            after = Some(*last);
            for doc in documents {
                if self.need(doc)? == Need::Snapshot {
                    return Ok(true);
                }
            }
        }
    }

    /// Puts documents into the page, behind one; the step where the next page goes on, when this one ends before them.
    pub(super) fn sweep(&mut self, mut after: Option<DocId>) -> Result<Option<Step>, OutflowError> {
        loop {
            let documents = self.advance.changed(self.connection, after, ROWS)?;
            let is_last = documents.len() < ROWS;
            for doc in documents {
                let taken = match self.need(doc)? {
                    Need::Nothing | Need::Entries => true,
                    Need::Forget => self.forget(doc),
                    Need::Snapshot => self.take_in(doc)?,
                };
                if !taken {
                    return Ok(Some(Step::Documents(after)));
                }
                after = Some(doc);
            }
            if is_last {
                return Ok(None);
            }
        }
    }

    fn forget(&mut self, doc: DocId) -> bool {
        let fits = self.fits(FORGET_BYTES);
        if fits {
            self.forget.push(doc);
        }
        fits
    }

    /// The document with the assignment it fulfils; says whether they fit.
    fn take_in(&mut self, doc: DocId) -> Result<bool, OutflowError> {
        let assignment = self.assignment(doc)?;
        let snapshot = snapshot(self.connection, doc)?;
        let bytes = assignment.iter().map(|entry| entry.body.len()).sum::<usize>()
            + snapshot.as_ref().map_or(0, |one| one.saved.len() + one.covers.len() * 34 + CARD_BYTES);
        if !self.fits(bytes) {
            return Ok(false);
        }
        self.entries.extend(assignment);
        self.snapshots.extend(snapshot);
        Ok(true)
    }

    /// The entry of a document's assignment, and of what superseded it, as far as the device has passed them.
    fn assignment(&self, doc: DocId) -> Result<Vec<Entry>, OutflowError> {
        let (Some(from), Some(_)) = (self.advance.from(), self.reading.registry.assignment_of(doc)) else {
            return Ok(Vec::new());
        };
        // A document's labels begin with its assignment.
        let labels = views::labels::of(self.connection, doc)?;
        let made = labels.iter().map(|one| one.from).min();
        let superseded = views::assignments::superseded(self.connection, doc)?;
        let passed = made.into_iter().chain(superseded).filter(|seq| *seq <= from);
        let rows = passed.map(|seq| self.log.entry(self.connection, seq)).collect::<Result<Vec<_>, _>>()?;
        Ok(rows.into_iter().flatten().map(|row| row.entry).collect())
    }
}

/// A document as it is committed; none when nothing of it has come in.
fn snapshot(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<Snapshot>> {
    let Some((saved, seq)) = views::documents::saved_at(connection, doc)? else { return Ok(None) };
    let covers = views::documents::envelopes(connection, doc)?;
    let Some(row) = views::inspections::one(connection, doc)? else {
        let case = views::cases::one(connection, doc)?;
        return Ok(case.map(|case| Snapshot { doc, seq, saved, covers, card: case_card(case) }));
    };
    let people = views::inspections::people(connection, doc)?;
    let submitted = views::inspections::submitters(connection, doc)?;
    Ok(card(row, people, submitted).map(|card| Snapshot { doc, seq, saved, covers, card }))
}

/// What lists say of an inspection. The view's codes were parsed before they were written.
fn card(row: Row, people: Vec<UserId>, submitted: Vec<UserId>) -> Option<Card> {
    let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Some(Card {
        kind: row.kind,
        area: row.area.parse().ok()?,
        site: row.site.map(|site| site.parse()).transpose().ok()?,
        template: row.template.parse().ok()?,
        template_version: row.version,
        assignment: row.assignment.map(AssignmentId::new),
        state: row.state,
        answered: count(row.answered),
        asked: count(row.asked),
        findings: count(row.findings),
        conflicts: count(row.conflicts),
        returned: count(row.returned),
        changed_at: row.changed_at,
        people,
        submitted,
    })
}

/// What is said of a case: that it is one, and where. Whoever gets it reads the rest from the document.
fn case_card(row: views::cases::Row) -> Card {
    Card {
        kind: CASE_KIND.to_owned(),
        area: row.area,
        site: row.site,
        template: row.template,
        template_version: row.version,
        assignment: None,
        state: row.state.as_str().to_owned(),
        answered: 0,
        asked: 0,
        findings: 0,
        conflicts: 0,
        returned: 0,
        changed_at: row.changed_at,
        people: row.responsible.into_iter().chain(row.checker).collect(),
        submitted: Vec::new(),
    }
}
