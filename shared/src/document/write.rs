//! What people do to an inspection: each act is one change.

mod appended;
mod case;
mod finding;
mod photo;

pub use finding::FindingDraft;
pub use photo::PhotoDraft;

use automerge::{
    ActorId, Author, Automerge, ChangeHash, ROOT, ReadDoc as _, ScalarValue,
    transaction::{CommitOptions, Transactable as _, Transaction},
};

use super::{Document, schema::ANSWERS};
use crate::{
    area::Point,
    ids::{DeviceId, derived},
    inspection::How,
    protocol::limits::CHANGE_TIME_S,
};

/// Random bytes in the key of a finding or photo.
pub const KEY_RANDOM_BYTES: usize = 8;

/// Who writes, in one document and one open session. The actor is never used again after it, so an app
/// restored from a phone's backup cannot repeat a sequence number.
#[derive(Debug, Clone)]
pub struct Session {
    device: DeviceId,
    actor: [u8; 16],
    /// How many further actors the session has used, and keys it has made.
    derived: u64,
}

impl Session {
    /// A session of a device with fresh randomness.
    pub fn new(device: DeviceId, random: [u8; 16]) -> Self {
        Self { device, actor: random, derived: 0 }
    }

    fn fresh(&mut self, what: &'static str) -> [u8; 16] {
        self.derived += 1;
        derived(what, &[&self.actor, &self.derived.to_be_bytes()])
    }

    fn fresh_key(&mut self) -> String {
        let random = self.fresh("rounds v1 key");
        let random = data_encoding::HEXLOWER.encode(&random[..KEY_RANDOM_BYTES]);
        format!("{}-{random}", self.device)
    }
}

/// Why an act could not be written. The document in memory is then to be thrown away.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// There is no such item, finding or photo.
    #[error("there is no {0}")]
    Unknown(&'static str),
    /// Automerge would not write it.
    #[error("change could not be written")]
    Automerge(#[from] automerge::AutomergeError),
}

impl Document {
    /// Records an answer; none takes the own answer back.
    ///
    /// While several values stand, also equal ones, only the writer's own are replaced: a colleague's value that
    /// was recorded without knowledge of this one does not disappear by a tap. To that end the change is made
    /// where the own value was written, by a fresh actor, and merged back.
    ///
    /// # Errors
    /// [`WriteError::Unknown`] when the document has no such item.
    pub fn answer(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        item: &str,
        value: Option<&str>,
        how: How,
    ) -> Result<(), WriteError> {
        let answers = object(&self.automerge, ROOT, ANSWERS)?;
        let map = object(&self.automerge, &answers, item)?;
        let put = |tx: &mut Transaction<'_>| {
            set(tx, &map, "value", value.map_or(ScalarValue::Null, ScalarValue::from))?;
            set(tx, &map, "how", how.as_str())
        };
        match self.apart(session.device, &map)? {
            None => self.commit(session, at_ms, put),
            Some(heads) => {
                let mut own = self.automerge.fork_at(&heads)?;
                let actor = session.fresh("rounds v1 actor");
                commit(&mut own, session.device, actor, at_ms, put)?;
                self.automerge.merge(&mut own)?;
                Ok(())
            }
        }
    }

    /// Where to write so that colleagues' concurrent values stand: at the own value, or before anything.
    /// None when there is nothing to keep apart.
    fn apart(&self, device: DeviceId, map: &automerge::ObjId) -> Result<Option<Vec<ChangeHash>>, WriteError> {
        let values = self.automerge.get_all(map, "value")?;
        if values.len() < 2 {
            return Ok(None);
        }
        let is_own = |hash: &ChangeHash| {
            let meta = self.automerge.get_change_meta_by_hash(hash);
            let author = meta.as_ref().and_then(|meta| self.automerge.get_author_for_actor(&meta.actor));
            author.is_some_and(|author| author.as_bytes() == device.as_bytes())
        };
        let writers = values.iter().filter_map(|(_, op)| self.automerge.hash_for_opid(op));
        let own: Vec<ChangeHash> = writers.filter(is_own).collect();
        if !own.is_empty() {
            return Ok(Some(own));
        }
        let differ = values.windows(2).any(|pair| pair[0].0 != pair[1].0);
        // Where the item's map was made: by the genesis, or when the item was brought in.
        Ok(differ.then(|| self.automerge.hash_for_opid(map).into_iter().collect()))
    }

    fn strike(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        root: &str,
        id: &str,
        reason: &str,
    ) -> Result<(), WriteError> {
        let all = object(&self.automerge, ROOT, root)?;
        let map = object(&self.automerge, &all, id)?;
        self.commit(session, at_ms, |tx| set(tx, &map, "struck", reason))
    }

    fn commit(
        &mut self,
        session: &Session,
        at_ms: i64,
        write: impl FnOnce(&mut Transaction<'_>) -> Result<(), automerge::AutomergeError>,
    ) -> Result<(), WriteError> {
        commit(&mut self.automerge, session.device, session.actor, at_ms, write)
    }
}

fn commit(
    automerge: &mut Automerge,
    device: DeviceId,
    actor: [u8; 16],
    at_ms: i64,
    write: impl FnOnce(&mut Transaction<'_>) -> Result<(), automerge::AutomergeError>,
) -> Result<(), WriteError> {
    automerge.set_author(Some(Author::from(device.as_bytes().to_vec())));
    automerge.set_actor(ActorId::from(&actor[..]));
    let mut tx = automerge.transaction();
    write(&mut tx)?;
    let _ = tx.commit_with(CommitOptions::default().with_time(change_time(at_ms)));
    Ok(())
}

/// Sets a field of something that is there, unless it says so already. Where several say the same, automerge would
/// tidy up and delete all but one of them; in a document of ours nothing is ever deleted.
fn set(
    tx: &mut Transaction<'_>,
    map: &automerge::ObjId,
    key: &str,
    value: impl Into<ScalarValue>,
) -> Result<(), automerge::AutomergeError> {
    let value = value.into();
    let says_so = matches!(tx.get(map, key)?, Some((automerge::Value::Scalar(now), _)) if *now == value);
    if says_so { Ok(()) } else { tx.put(map, key, value) }
}

fn put_optional(
    tx: &mut Transaction<'_>,
    map: &automerge::ObjId,
    key: &str,
    text: Option<&str>,
) -> Result<(), automerge::AutomergeError> {
    text.map_or(Ok(()), |text| tx.put(map, key, text))
}

fn object<O: AsRef<automerge::ObjId>>(
    automerge: &Automerge,
    parent: O,
    key: &str,
) -> Result<automerge::ObjId, WriteError> {
    match automerge.get(parent, key)? {
        Some((value, id)) if value.is_object() => Ok(id),
        Some(_) | None => Err(WriteError::Unknown("such place in the document")),
    }
}

/// The time of a change, in seconds. A clock that is decades off costs nobody his work: the change gets the
/// nearest time that exists, and the envelope says what the clock said.
pub(super) fn change_time(at_ms: i64) -> i64 {
    at_ms.div_euclid(1000).clamp(CHANGE_TIME_S.start, CHANGE_TIME_S.end - 1)
}

/// `latitude,longitude,accuracy` in millionths of a degree and metres: one register, so that two points
/// recorded at once stay two points.
pub(super) fn point_text(point: Point) -> String {
    let accuracy = point.accuracy_m.map(|metres| metres.to_string()).unwrap_or_default();
    format!("{},{},{accuracy}", point.latitude_e6, point.longitude_e6)
}

/// Reads [`point_text`].
pub(crate) fn parse_point(text: &str) -> Option<Point> {
    let mut parts = text.split(',');
    let point = Point {
        latitude_e6: parts.next()?.parse().ok()?,
        longitude_e6: parts.next()?.parse().ok()?,
        accuracy_m: match parts.next()? {
            "" => None,
            metres => Some(metres.parse().ok()?),
        },
    };
    let on_earth =
        point.latitude_e6.unsigned_abs() <= 90_000_000 && point.longitude_e6.unsigned_abs() <= 180_000_000;
    (parts.next().is_none() && on_earth).then_some(point)
}
