//! Outflow: what a device gets, from its cursor on, in pages: of the log what it may see, in order, and of the documents
//! that came into its user's sight or left it a snapshot or the word to forget them.
//!
//! A *transfer* leads from the entry that a device has read to the log's end as it is when the transfer begins. A page
//! is made by what is visible when it is made; what changes meanwhile is the next transfer's matter.

mod sweep;

use std::collections::HashMap;

use rounds_shared::{
    envelope::Verified,
    ids::{DeviceId, DocId, LogHash, UserId},
    protocol::{
        Cursor, Entry, EntryBody, Judgement, Own, Snapshot, Step, Transfer, event_id,
        limits::{PAGE_BYTES_MAX, PAGE_BYTES_MIN},
    },
    registry::{Event, Registry},
};
use rusqlite::Connection;

use crate::{
    log::{Log, LogError, Row},
    sight::{self, Advance, Need},
    views,
};

/// Rows looked at for one page: a device that may see little is not made to wait for a scan of everything.
const PAGE_ROWS_MAX: usize = 20_000;
/// Rows read at a time.
const ROWS: usize = 64;
/// Rows read at a time for all that a device has.
const HOLDINGS_ROWS: usize = 1000;

/// Whose page it is, and where it begins.
pub struct Reading<'r> {
    /// The facts of the log.
    pub registry: &'r Registry,
    /// The device that asks.
    pub device: DeviceId,
    /// Its user.
    pub user: UserId,
    /// Where it stands, as it returned it.
    pub cursor: Option<&'r [u8]>,
    /// The last own envelope it holds.
    pub own: Option<Own>,
    /// How large a page it wants, in bytes.
    pub bytes_max: usize,
    /// Whether it understands snapshots; if not, it reads again from the beginning when something came into sight.
    pub takes_snapshots: bool,
}

/// A page.
#[derive(Debug)]
pub struct Page {
    /// What the device may see, in log order; behind it the assignments of documents that came into sight.
    pub entries: Vec<Entry>,
    /// Documents that came into sight.
    pub snapshots: Vec<Snapshot>,
    /// Documents that left it.
    pub forget: Vec<DocId>,
    /// Where it stands after it.
    pub cursor: Cursor,
    /// Whether there is more.
    pub more: bool,
    /// The position the returned cursor confirmed: everything before it was applied.
    pub confirmed: u64,
}

/// Why a page cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum OutflowError {
    /// The log.
    #[error("the log failed")]
    Log(#[from] LogError),
    /// A view.
    #[error("a view failed")]
    Sqlite(#[from] rusqlite::Error),
}

/// The cursor that a device returned, if it is one of this log and of what its user could see.
fn cursor(connection: &Connection, log: &Log, reading: &Reading<'_>) -> Result<Option<Cursor>, OutflowError> {
    let Some(cursor) = reading.cursor.and_then(Cursor::from_bytes) else { return Ok(None) };
    let is_of_log = |seq: u64, hash: LogHash| -> Result<bool, OutflowError> {
        Ok(i64::try_from(seq).is_ok() && log.hash_at(connection, seq)? == Some(hash))
    };
    let known = cursor.epoch == log.epoch()
        && cursor.scope == sight::digest(reading.registry, reading.user, cursor.seq)
        && is_of_log(cursor.seq, cursor.hash)?
        && match &cursor.transfer {
            Some(transfer) => transfer.is_sound(cursor.seq) && is_of_log(transfer.to, transfer.hash)?,
            None => true,
        };
    Ok(known.then_some(cursor))
}

/// The position a cursor confirms: its device has applied what the registry says up to there.
///
/// # Errors
/// When the log cannot be read.
pub fn confirmed(connection: &Connection, log: &Log, reading: &Reading<'_>) -> Result<u64, OutflowError> {
    Ok(cursor(connection, log, reading)?.map_or(0, |cursor| match cursor.transfer {
        None => cursor.seq,
        Some(Transfer { step: Step::Entries(after), .. }) => after,
        Some(Transfer { to, step: Step::Documents(_), .. }) => to,
    }))
}

/// A page in the making.
struct Draft<'r> {
    connection: &'r Connection,
    log: &'r Log,
    reading: &'r Reading<'r>,
    advance: Advance,
    bytes_max: usize,
    bytes: usize,
    entries: Vec<Entry>,
    snapshots: Vec<Snapshot>,
    forget: Vec<DocId>,
    needs: HashMap<DocId, Need>,
}

/// Makes a page of what there is up to `position`, which was known before the registry: what is looked at may be newer,
/// never older. A cursor that is not of this log, or of another scope, begins again: what a device has already is
/// harmless.
///
/// # Errors
/// [`OutflowError`] when log or views cannot be read.
pub fn page(
    connection: &Connection,
    log: &Log,
    position: u64,
    reading: &Reading<'_>,
) -> Result<Page, OutflowError> {
    let confirmed = confirmed(connection, log, reading)?;
    let cursor = cursor(connection, log, reading)?;
    let mut from = cursor.as_ref().map(|cursor| cursor.seq).filter(|seq| *seq > 0);
    let transfer = cursor.and_then(|cursor| cursor.transfer.map(|transfer| (transfer.to, transfer.step)));
    if !reading.takes_snapshots && from.is_none() {
        from = Some(0);
    }
    let (to, mut step) =
        transfer.unwrap_or((position.max(from.unwrap_or(0)), Step::Entries(from.unwrap_or(0))));
    let mut draft = Draft::new(connection, log, reading, from);
    if !reading.takes_snapshots && transfer.is_none() && draft.needs_snapshots()? {
        (draft, step) = (Draft::new(connection, log, reading, Some(0)), Step::Entries(0));
    }
    let next = draft.fill(to, step)?;
    let at = |seq: u64| -> Result<LogHash, OutflowError> {
        Ok(log.hash_at(connection, seq)?.unwrap_or(LogHash::new([0; 32])))
    };
    let (seq, transfer) = match next {
        None => (to, None),
        Some(step) => (draft.advance.from().unwrap_or(0), Some(Transfer { to, hash: at(to)?, step })),
    };
    let more = transfer.is_some() || to < position;
    let scope = sight::digest(reading.registry, reading.user, seq);
    let cursor = Cursor { epoch: log.epoch(), seq, hash: at(seq)?, scope, transfer };
    let Draft { entries, snapshots, forget, .. } = draft;
    Ok(Page { entries, snapshots, forget, cursor, more, confirmed })
}

impl<'r> Draft<'r> {
    fn new(connection: &'r Connection, log: &'r Log, reading: &'r Reading<'r>, from: Option<u64>) -> Self {
        Self {
            connection,
            log,
            reading,
            advance: Advance::of(reading.registry, reading.user, from),
            bytes_max: reading.bytes_max.clamp(PAGE_BYTES_MIN, PAGE_BYTES_MAX),
            bytes: 0,
            entries: Vec::new(),
            snapshots: Vec::new(),
            forget: Vec::new(),
            needs: HashMap::new(),
        }
    }

    /// Fills the page from a step of the transfer on; the step where the next page goes on, if there is one.
    fn fill(&mut self, to: u64, step: Step) -> Result<Option<Step>, OutflowError> {
        let after = match step {
            Step::Entries(after) => {
                if let Some(next) = self.fill_entries(to, after)? {
                    return Ok(Some(Step::Entries(next)));
                }
                None
            }
            Step::Documents(after) => after,
        };
        self.sweep(after)
    }

    /// Whether something of this size still fits. The first thing always does.
    fn fits(&mut self, bytes: usize) -> bool {
        let is_empty = self.entries.is_empty() && self.snapshots.is_empty() && self.forget.is_empty();
        let fits = is_empty || self.bytes + bytes <= self.bytes_max;
        self.bytes += if fits { bytes } else { 0 };
        fits
    }

    /// Puts entries into the page; the last one that was looked at, when the page ends before them.
    fn fill_entries(&mut self, to: u64, mut after: u64) -> Result<Option<u64>, OutflowError> {
        if after >= to {
            return Ok(None);
        }
        let own = held_by_itself(self.connection, self.log, self.reading)?;
        let mut seen = 0;
        loop {
            let rows = match self.advance.from() {
                Some(_) => self.log.read(self.connection, after, ROWS)?,
                // What documents say comes with their snapshots.
                None => self.log.read_without_documents(self.connection, self.reading.device, after, ROWS)?,
            };
            let is_last = rows.last().filter(|_| rows.len() == ROWS).is_none_or(|row| row.entry.seq >= to);
            for row in rows.into_iter().take_while(|row| row.entry.seq <= to) {
                let is_visible = self.visible(own, &row)?;
                if seen >= PAGE_ROWS_MAX || (is_visible && !self.fits(row.entry.body.len())) {
                    return Ok(Some(after));
                }
                seen += 1;
                after = row.entry.seq;
                if is_visible {
                    self.entries.push(row.entry);
                }
            }
            if is_last {
                return Ok(None);
            }
        }
    }

    /// What the device needs of a document.
    fn need(&mut self, doc: DocId) -> Result<Need, OutflowError> {
        if let Some(need) = self.needs.get(&doc) {
            return Ok(*need);
        }
        let need = self.advance.need(&views::labels::of(self.connection, doc)?);
        self.needs.insert(doc, need);
        Ok(need)
    }

    /// Whether a device gets an entry: by what the document is about and the registry, never by what the author
    /// claims.
    fn visible(&mut self, own: Option<u64>, row: &Row) -> Result<bool, OutflowError> {
        let device = self.reading.device;
        match row.entry.parse() {
            EntryBody::Registry(event) => self.concerns(&event),
            EntryBody::Envelope(_, Judgement::Held { .. }) | EntryBody::Later(_) => Ok(false),
            EntryBody::Envelope(_, Judgement::Merged) => {
                let is_there = row.device == Some(device) && row.n.is_some_and(|n| own >= Some(n));
                Ok(!is_there && self.reads_entries_of(row.doc)?)
            }
            EntryBody::Release(release) => {
                let author = Verified::from_log(release.envelope).ok().map(|held| held.body().device);
                Ok(author == Some(device) || self.reads_entries_of(row.doc)?)
            }
            // Its author is told; whoever else sees the document sees what is merged.
            EntryBody::Ruling(_) => Ok(row.device == Some(device)),
        }
    }

    fn keeps(&mut self, doc: DocId) -> Result<bool, OutflowError> {
        Ok(match self.need(doc)? {
            Need::Entries | Need::Snapshot => true,
            Need::Nothing | Need::Forget => false,
        })
    }

    fn reads_entries_of(&mut self, doc: Option<DocId>) -> Result<bool, OutflowError> {
        doc.map_or(Ok(false), |doc| Ok(self.need(doc)? == Need::Entries))
    }

    /// Whether a registry event is for the device: all are, but for assignments that its user does not see.
    fn concerns(&mut self, event: &Event) -> Result<bool, OutflowError> {
        Ok(match event {
            Event::AssignmentMade(assignment) => self.keeps(assignment.doc())?,
            Event::AssignmentSuperseded { assignment, .. } => {
                self.keeps(DocId::of_assignment(*assignment))?
            }
            Event::CityFounded { .. }
            | Event::AreasPut(_)
            | Event::ZonesPut(_)
            | Event::DepartmentsPut { .. }
            | Event::SitesPut(_)
            | Event::TemplatePublished(_)
            | Event::TemplateWithdrawn(_)
            | Event::UserPut(_)
            | Event::DeviceEnrolled(_)
            | Event::DeviceRevoked { .. }
            | Event::DeadlinesPut(_) => true,
        })
    }
}

/// The ids of everything a device may see or made itself: what it has, if nothing was lost on either side.
///
/// # Errors
/// [`OutflowError`] when log or views cannot be read.
pub fn holdings(
    connection: &Connection,
    log: &Log,
    reading: &Reading<'_>,
) -> Result<Vec<[u8; 32]>, OutflowError> {
    let mut draft = Draft::new(connection, log, reading, None);
    let own = log.envelopes_of(connection, reading.device)?;
    let mut ids: Vec<[u8; 32]> = own.iter().map(|envelope| *envelope.as_bytes()).collect();
    let mut after = 0;
    loop {
        let rows = log.read_registry(connection, after, HOLDINGS_ROWS)?;
        let Some(last) = rows.last() else { break };
        after = last.entry.seq;
        for row in &rows {
            if draft.visible(None, row)? {
                ids.push(event_id(&row.entry.body));
            }
        }
    }
    let mut after = None;
    loop {
        let documents = draft.advance.changed(connection, after, HOLDINGS_ROWS)?;
        let Some(last) = documents.last() else { return Ok(ids) };
        after = Some(*last);
        for doc in documents {
            if draft.need(doc)? == Need::Snapshot {
                let envelopes = views::documents::envelopes(connection, doc)?;
                ids.extend(envelopes.iter().map(|envelope| *envelope.as_bytes()));
            }
        }
    }
}

/// Up to which number the device holds its own envelopes: as it says, unless its data were copied. A phone restored
/// from a backup, or a clone, has other envelopes under these numbers, and is sent all of them.
fn held_by_itself(
    connection: &Connection,
    log: &Log,
    reading: &Reading<'_>,
) -> Result<Option<u64>, OutflowError> {
    // No envelope has a number that the log cannot hold, so nothing is held up to it.
    let Some(own) = reading.own.filter(|own| i64::try_from(own.n).is_ok()) else { return Ok(None) };
    let is_forked = views::devices::one(connection, reading.device)?.is_some_and(|device| device.forks > 0);
    let there = log.envelopes_at(connection, reading.device, own.n)?;
    let is_his = there.is_empty() || there.contains(&own.id);
    Ok((!is_forked && is_his).then_some(own.n))
}

#[cfg(test)]
mod tests;
