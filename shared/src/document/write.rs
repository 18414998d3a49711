//! What people do to an inspection: each act is one change.

use automerge::{
    ActorId, Author, Automerge, ChangeHash, ObjType, ROOT, ReadDoc as _, ScalarValue,
    transaction::{CommitOptions, Transactable as _, Transaction},
};

use super::{
    Document,
    schema::{ANSWERS, FINDINGS, PHOTOS, REMARKS, REVIEWS, SUBMISSIONS},
};
use crate::{
    area::Point,
    ids::{DeviceId, PhotoHash, derived},
    inspection::{How, OpRef, PhotoRole, PhotoSource, ReviewAct},
    protocol::limits::CHANGE_TIME_S,
};

/// Most returns one entry of `submissions` answers: their names stay far below the largest text. A submission that
/// answers more is several entries of one change.
const SUBMISSION_ANSWERS_MAX: usize = 100;
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

/// What a finding says when it is made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingDraft {
    /// The item.
    pub item: String,
    /// The finding kind.
    pub kind: String,
    /// What was seen.
    pub note: String,
    /// Where, in words.
    pub place: String,
    /// Where, as a point.
    pub point: Option<Point>,
    /// Put right on the spot.
    pub fixed_on_spot: bool,
}

/// What a photo says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoDraft {
    /// The address of its bytes.
    pub hash: PhotoHash,
    /// How many bytes.
    pub bytes: u64,
    /// The item.
    pub item: String,
    /// The finding, when it belongs to one.
    pub finding: Option<String>,
    /// Where it came from.
    pub source: PhotoSource,
    /// What it shows.
    pub role: PhotoRole,
    /// Where it was taken.
    pub point: Option<Point>,
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
    /// While several values stand, only the writer's own are replaced: a colleague's value that was
    /// recorded without knowledge of this one does not disappear by a tap. To that end the change is made
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
        let differ = values.windows(2).any(|pair| pair[0].0 != pair[1].0);
        if !differ {
            return Ok(None);
        }
        let mut own = Vec::new();
        for (_, op) in &values {
            let Some(hash) = self.automerge.hash_for_opid(op) else { continue };
            let meta = self.automerge.get_change_meta_by_hash(&hash);
            let author = meta.and_then(|meta| {
                self.automerge.get_author_for_actor(&meta.actor).map(|a| a.as_bytes().to_vec())
            });
            if author.as_deref() == Some(&device.as_bytes()[..]) {
                own.push(hash);
            }
        }
        if own.is_empty() {
            let genesis = self.automerge.get_changes_meta(&[]).into_iter().find(|meta| meta.deps.is_empty());
            own.extend(genesis.map(|meta| meta.hash));
        }
        Ok(Some(own))
    }

    /// Adds a finding; returns its key.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be written.
    pub fn add_finding(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        draft: &FindingDraft,
    ) -> Result<String, WriteError> {
        let key = session.fresh_key();
        let findings = object(&self.automerge, ROOT, FINDINGS)?;
        self.commit(session, at_ms, |tx| {
            let map = tx.put_object(&findings, key.as_str(), ObjType::Map)?;
            tx.put(&map, "item", draft.item.as_str())?;
            put_finding(tx, &map, draft, None)
        })?;
        Ok(key)
    }

    /// Changes what a finding says, field by field: what stays the same is not written again.
    ///
    /// # Errors
    /// [`WriteError::Unknown`] when there is no such finding.
    pub fn edit_finding(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        id: &str,
        draft: &FindingDraft,
    ) -> Result<(), WriteError> {
        let inspection = self.inspection().map_err(|_| WriteError::Unknown("inspection"))?;
        let now = inspection.findings.iter().find(|finding| finding.id == id);
        let now = now.ok_or(WriteError::Unknown("finding"))?;
        let now = FindingDraft {
            item: now.item.clone(),
            kind: now.kind.clone(),
            note: now.note.clone(),
            place: now.place.clone(),
            point: now.point,
            fixed_on_spot: now.fixed_on_spot,
        };
        let findings = object(&self.automerge, ROOT, FINDINGS)?;
        let map = object(&self.automerge, &findings, id)?;
        if now == (FindingDraft { item: now.item.clone(), ..draft.clone() }) {
            return Ok(());
        }
        self.commit(session, at_ms, |tx| put_finding(tx, &map, draft, Some(&now)))
    }

    /// Names a photo; returns its key.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be written.
    pub fn add_photo(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        draft: &PhotoDraft,
    ) -> Result<String, WriteError> {
        let key = session.fresh_key();
        let photos = object(&self.automerge, ROOT, PHOTOS)?;
        self.commit(session, at_ms, |tx| {
            let map = tx.put_object(&photos, key.as_str(), ObjType::Map)?;
            tx.put(&map, "hash", draft.hash.to_string())?;
            tx.put(&map, "bytes", i64::try_from(draft.bytes).unwrap_or(i64::MAX))?;
            tx.put(&map, "item", draft.item.as_str())?;
            if let Some(finding) = &draft.finding {
                tx.put(&map, "finding", finding.as_str())?;
            }
            tx.put(&map, "source", draft.source.as_str())?;
            tx.put(&map, "role", draft.role.as_str())?;
            match draft.point {
                Some(point) => tx.put(&map, "point", point_text(point)),
                None => Ok(()),
            }
        })?;
        Ok(key)
    }

    /// Attaches photos that were taken before their finding was made.
    ///
    /// # Errors
    /// [`WriteError::Unknown`] when there is no such photo.
    pub fn attach_photos(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        finding: &str,
        photos: &[String],
    ) -> Result<(), WriteError> {
        let all = object(&self.automerge, ROOT, PHOTOS)?;
        let maps: Vec<_> =
            photos.iter().map(|id| object(&self.automerge, &all, id)).collect::<Result<_, _>>()?;
        if maps.is_empty() {
            return Ok(());
        }
        self.commit(session, at_ms, |tx| maps.iter().try_for_each(|map| set(tx, map, "finding", finding)))
    }

    /// Strikes 作废 a finding.
    ///
    /// # Errors
    /// [`WriteError::Unknown`] when there is no such finding.
    pub fn strike_finding(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        id: &str,
        reason: &str,
    ) -> Result<(), WriteError> {
        self.strike(session, at_ms, FINDINGS, id, reason)
    }

    /// Strikes 作废 a photo.
    ///
    /// # Errors
    /// [`WriteError::Unknown`] when there is no such photo.
    pub fn strike_photo(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        id: &str,
        reason: &str,
    ) -> Result<(), WriteError> {
        self.strike(session, at_ms, PHOTOS, id, reason)
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

    /// Adds a remark.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be written.
    pub fn remark(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        item: Option<&str>,
        text: &str,
    ) -> Result<(), WriteError> {
        self.append(session, at_ms, REMARKS, |tx, map| {
            tx.put(map, "text", text)?;
            put_optional(tx, map, "item", item)
        })
    }

    /// Submits the visit as it stands, in answer to the given returns.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be written.
    pub fn submit(&mut self, session: &mut Session, at_ms: i64, answers: &[OpRef]) -> Result<(), WriteError> {
        let list = object(&self.automerge, ROOT, SUBMISSIONS)?;
        let end = self.automerge.length(&list);
        let none: [&[OpRef]; 1] = [&[]];
        let parts: Vec<&[OpRef]> =
            if answers.is_empty() { none.into() } else { answers.chunks(SUBMISSION_ANSWERS_MAX).collect() };
        self.commit(session, at_ms, |tx| {
            parts.iter().enumerate().try_for_each(|(index, part)| {
                let map = tx.insert_object(&list, end + index, ObjType::Map)?;
                tx.put(&map, "answers", joined(part))
            })
        })
    }

    /// Strikes 作废 the whole visit.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be written.
    pub fn strike_visit(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        reason: &str,
    ) -> Result<(), WriteError> {
        self.append(session, at_ms, SUBMISSIONS, |tx, map| {
            tx.put(map, "struck", reason)?;
            tx.put(map, "answers", "")
        })
    }

    /// Adds what a reviewer says, one entry an item.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be written.
    pub fn review(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        act: &ReviewAct,
        entries: &[(Option<&str>, &str)],
    ) -> Result<(), WriteError> {
        let list = object(&self.automerge, ROOT, REVIEWS)?;
        let end = self.automerge.length(&list);
        self.commit(session, at_ms, |tx| {
            for (index, (item, reason)) in entries.iter().enumerate() {
                let map = tx.insert_object(&list, end + index, ObjType::Map)?;
                put_optional(tx, &map, "item", *item)?;
                tx.put(&map, "reason", *reason)?;
                match act {
                    ReviewAct::Decide { value, covers } => {
                        tx.put(&map, "act", "decide")?;
                        tx.put(&map, "value", value.as_str())?;
                        tx.put(&map, "covers", joined(covers))?;
                    }
                    ReviewAct::Return => tx.put(&map, "act", "return")?,
                    ReviewAct::Approve { heads } => {
                        tx.put(&map, "act", "approve")?;
                        tx.put(&map, "heads", heads.join(" "))?;
                    }
                    ReviewAct::Dismiss => tx.put(&map, "act", "dismiss")?,
                    ReviewAct::Comment => tx.put(&map, "act", "comment")?,
                }
            }
            Ok(())
        })
    }

    fn append(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        root: &str,
        fill: impl FnOnce(&mut Transaction<'_>, &automerge::ObjId) -> Result<(), automerge::AutomergeError>,
    ) -> Result<(), WriteError> {
        let list = object(&self.automerge, ROOT, root)?;
        let end = self.automerge.length(&list);
        self.commit(session, at_ms, |tx| {
            let map = tx.insert_object(&list, end, ObjType::Map)?;
            fill(tx, &map)
        })
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

fn put_finding(
    tx: &mut Transaction<'_>,
    map: &automerge::ObjId,
    draft: &FindingDraft,
    now: Option<&FindingDraft>,
) -> Result<(), automerge::AutomergeError> {
    if now.is_none_or(|now| now.kind != draft.kind) {
        set(tx, map, "kind", draft.kind.as_str())?;
    }
    if now.is_none_or(|now| now.note != draft.note) {
        set(tx, map, "note", draft.note.as_str())?;
    }
    if now.is_none_or(|now| now.place != draft.place) {
        set(tx, map, "place", draft.place.as_str())?;
    }
    if now.map_or(draft.point.is_some(), |now| now.point != draft.point) {
        set(tx, map, "point", draft.point.map_or(ScalarValue::Null, |point| point_text(point).into()))?;
    }
    if now.is_none_or(|now| now.fixed_on_spot != draft.fixed_on_spot) {
        set(tx, map, "on_spot", draft.fixed_on_spot)?;
    }
    Ok(())
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

fn joined(ops: &[OpRef]) -> String {
    ops.iter().map(|op| op.0.as_str()).collect::<Vec<_>>().join(" ")
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
