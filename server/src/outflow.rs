//! Outflow: what of the log a device may see, in order, from its cursor on.

use std::collections::HashMap;

use rounds_shared::{
    envelope::Verified,
    ids::{DeviceId, DocId, LogHash, UserId},
    protocol::{
        Cursor, Entry, EntryBody, Judgement, Own, event_id,
        limits::{PAGE_BYTES_MAX, PAGE_BYTES_MIN},
    },
    registry::{Event, Registry},
};
use rusqlite::Connection;

use crate::{
    log::{Log, LogError, Row},
    sight, views,
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
}

/// A page of entries.
#[derive(Debug)]
pub struct Page {
    /// What the device may see, in log order.
    pub entries: Vec<Entry>,
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

/// The position a cursor confirms, if it is one of this log and of this scope; 0 otherwise.
///
/// # Errors
/// When the log cannot be read.
pub fn confirmed(connection: &Connection, log: &Log, reading: &Reading<'_>) -> Result<u64, OutflowError> {
    let cursor = reading.cursor.and_then(Cursor::from_bytes);
    let Some(cursor) = cursor else { return Ok(0) };
    let known = i64::try_from(cursor.seq).is_ok()
        && cursor.epoch == log.epoch()
        && cursor.scope == scope_digest(reading.registry, reading.user)
        && log.hash_at(connection, cursor.seq)? == Some(cursor.hash);
    Ok(if known { cursor.seq } else { 0 })
}

/// Makes a page. A cursor that is not of this log, or of another scope, begins again: entries a device has
/// already are harmless.
///
/// # Errors
/// [`OutflowError`] when log or views cannot be read.
pub fn page(connection: &Connection, log: &Log, reading: &Reading<'_>) -> Result<Page, OutflowError> {
    let confirmed = confirmed(connection, log, reading)?;
    let bytes_max = reading.bytes_max.clamp(PAGE_BYTES_MIN, PAGE_BYTES_MAX);
    let own = held_by_itself(connection, log, reading)?;
    let (mut entries, mut bytes, mut seen, mut after, mut more) = (Vec::new(), 0, 0, confirmed, false);
    'reading: loop {
        let rows = log.read(connection, after, ROWS)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let size = row.entry.body.len();
            if seen >= PAGE_ROWS_MAX || (!entries.is_empty() && bytes + size > bytes_max) {
                more = true;
                break 'reading;
            }
            seen += 1;
            after = row.entry.seq;
            if visible(connection, reading, own, &row)? {
                bytes += size;
                entries.push(row.entry);
            }
        }
    }
    let hash = log.hash_at(connection, after)?.unwrap_or(LogHash::new([0; 32]));
    let scope = scope_digest(reading.registry, reading.user);
    let cursor = Cursor { epoch: log.epoch(), seq: after, hash, scope };
    Ok(Page { entries, cursor, more, confirmed })
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
    let (mut ids, mut after, mut seen) = (Vec::new(), 0, HashMap::new());
    loop {
        let rows = log.read(connection, after, HOLDINGS_ROWS)?;
        let Some(last) = rows.last() else { return Ok(ids) };
        after = last.entry.seq;
        for row in &rows {
            match (row.envelope, row.doc) {
                (None, _) => {
                    if visible(connection, reading, None, row)? {
                        ids.push(event_id(&row.entry.body));
                    }
                }
                (Some(envelope), _) if row.device == Some(reading.device) => ids.push(*envelope.as_bytes()),
                (Some(envelope), Some(doc)) if is_merged(row) => {
                    let is_seen = match seen.get(&doc) {
                        Some(is_seen) => *is_seen,
                        None => in_scope(connection, reading, Some(doc))?,
                    };
                    seen.insert(doc, is_seen);
                    if is_seen {
                        ids.push(*envelope.as_bytes());
                    }
                }
                (Some(_), _) => {}
            }
        }
    }
}

/// Whether the entry carries an envelope that is part of its document.
fn is_merged(row: &Row) -> bool {
    matches!(row.entry.parse(), EntryBody::Envelope(_, Judgement::Merged) | EntryBody::Release(_))
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

/// Whether a device may see an entry: by what the document is about and the registry, never by what the
/// author claims.
fn visible(
    connection: &Connection,
    reading: &Reading<'_>,
    own: Option<u64>,
    row: &Row,
) -> Result<bool, OutflowError> {
    match row.entry.parse() {
        EntryBody::Registry(event) => Ok(match event {
            Event::AssignmentMade(assignment) => {
                assignment.people.contains(&reading.user)
                    || reading
                        .registry
                        .user(reading.user)
                        .is_some_and(|user| user.role.reviews() && user.covers(&assignment.area))
            }
            Event::CityFounded { .. }
            | Event::AreasPut(_)
            | Event::ZonesPut(_)
            | Event::DepartmentsPut { .. }
            | Event::SitesPut(_)
            | Event::TemplatePublished(_)
            | Event::UserPut(_)
            | Event::DeviceEnrolled(_)
            | Event::DeviceRevoked { .. }
            | Event::DeadlinesPut(_) => true,
        }),
        EntryBody::Envelope(_, Judgement::Held { .. }) => Ok(false),
        EntryBody::Envelope(_, Judgement::Merged) => {
            let is_there = row.device == Some(reading.device) && row.n.is_some_and(|n| own >= Some(n));
            Ok(!is_there && in_scope(connection, reading, row.doc)?)
        }
        EntryBody::Release(release) => {
            let author = Verified::from_log(release.envelope).ok().map(|held| held.body().device);
            Ok(author == Some(reading.device) || in_scope(connection, reading, row.doc)?)
        }
        // Its author is told; whoever else sees the document sees what is merged.
        EntryBody::Ruling(_) => Ok(row.device == Some(reading.device)),
        EntryBody::Later(_) => Ok(false),
    }
}

fn in_scope(
    connection: &Connection,
    reading: &Reading<'_>,
    doc: Option<DocId>,
) -> Result<bool, OutflowError> {
    let Some(doc) = doc else { return Ok(false) };
    if let Some(assignment) = reading.registry.assignment_of(doc)
        && assignment.people.contains(&reading.user)
    {
        return Ok(true);
    }
    let Some(user) = reading.registry.user(reading.user) else { return Ok(false) };
    match views::inspections::one(connection, doc)? {
        Some(row) => Ok(sight::sees(connection, user, &row)?),
        None => Ok(false),
    }
}

/// Changes whenever what a user may see changes other than by new entries.
fn scope_digest(registry: &Registry, user: UserId) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new_derive_key("rounds v1 scope");
    if let Some(user) = registry.user(user) {
        hasher.update(user.role.as_str().as_bytes());
        for area in &user.areas {
            hasher.update(b" ");
            hasher.update(area.as_str().as_bytes());
        }
    }
    let mut digest = [0; 8];
    digest.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    digest
}
