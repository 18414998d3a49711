//! What no honest app can produce is told apart here, before anything is applied: actors, sequence
//! numbers, authors, dependencies, and operations outside the schema.

use std::collections::{HashMap, HashSet};

use automerge::{
    ActorId, Automerge, Change, ChangeHash, ObjType, ReadDoc as _,
    legacy::{Key, ObjectId, Op, OpId, OpType},
};

use super::{
    Document, Payload,
    payload::guarded,
    schema::{FINDING_FIXED, List, PHOTO_FIXED, Place, Scalar, Write},
};
use crate::{
    ids::DeviceId,
    protocol::{
        ChangeId,
        limits::{CHANGE_DEPENDENCIES_MAX, CHANGE_TIME_S},
    },
};

/// Why a payload can never be admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StructureError {
    /// A change by an actor that is not the signing device's.
    #[error("a change is by another device's actor")]
    ForeignActor,
    /// An actor that is not 16 bytes, a sequence number with a gap, a start that does not follow.
    #[error("a change does not follow its actor's last one")]
    Sequence,
    /// Too many dependencies, or none.
    #[error("a change has too many dependencies or none")]
    Dependencies,
    /// A time outside the years 2000 to 2100, or a message.
    #[error("a change has an impossible time or a message")]
    Header,
    /// An operation outside the schema.
    #[error("an operation is not one that an app makes")]
    Operation,
}

/// What a document already has, as far as new changes must follow from it.
pub struct Known {
    changes: HashMap<ChangeHash, u64>,
    actors: HashMap<ActorId, OfActor>,
}

/// What a document has of one actor.
#[derive(Default)]
struct OfActor {
    seq: u64,
    max_op: u64,
    author: Option<Vec<u8>>,
}

/// What a payload would write, if it is new and whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// Every change in it is there already.
    Nothing,
    /// Its dependencies that are not there.
    Missing(Vec<ChangeId>),
    /// Its operations, in order.
    Writes(Vec<Write>),
}

impl Known {
    /// Reads what a document has.
    pub fn of(document: &Document) -> Self {
        let (mut changes, mut actors) = (HashMap::new(), HashMap::new());
        for meta in document.automerge.get_changes_meta(&[]) {
            changes.insert(meta.hash, meta.max_op);
            let actor: &mut OfActor = actors.entry(meta.actor.into_owned()).or_default();
            actor.seq = actor.seq.max(meta.seq);
            actor.max_op = actor.max_op.max(meta.max_op);
            if let Some(author) = meta.author {
                actor.author = Some(author.as_bytes().to_vec());
            }
        }
        Self { changes, actors }
    }

    /// How many actors the document has.
    pub fn actors(&self) -> usize {
        self.actors.len()
    }

    /// How many changes it has.
    pub fn changes(&self) -> usize {
        self.changes.len()
    }
}

impl Document {
    /// Checks a payload's structure against this document and says what it would write.
    ///
    /// # Errors
    /// [`StructureError`] for what no honest app can produce.
    pub fn examine(
        &self,
        known: &Known,
        payload: &Payload,
        device: DeviceId,
    ) -> Result<Touched, StructureError> {
        let fresh: Vec<&Change> =
            payload.changes().iter().filter(|change| !known.changes.contains_key(&change.hash())).collect();
        if fresh.is_empty() {
            return Ok(Touched::Nothing);
        }
        let arriving: HashSet<ChangeHash> = fresh.iter().map(|change| change.hash()).collect();
        let mut missing: Vec<ChangeId> = fresh
            .iter()
            .flat_map(|change| change.deps())
            .filter(|hash| !known.changes.contains_key(hash) && !arriving.contains(hash))
            .map(|hash| ChangeId(hash.0))
            .collect();
        if !missing.is_empty() {
            missing.sort_unstable();
            missing.dedup();
            return Ok(Touched::Missing(missing));
        }
        let mut batch = Batch {
            document: &self.automerge,
            known,
            device,
            ends: HashMap::new(),
            actors: HashMap::new(),
            made: HashMap::new(),
            made_here: HashSet::new(),
        };
        let mut writes = Vec::new();
        for change in fresh {
            batch.follows(change)?;
            let operations =
                guarded(|| Some(change.decode().operations)).map_err(|_| StructureError::Operation)?;
            let start = change.start_op().get();
            batch.made_here.clear();
            for (index, operation) in (start..).zip(&operations) {
                writes.push(batch.write(operation, OpId(index, change.actor_id().clone()))?);
            }
        }
        Ok(Touched::Writes(writes))
    }
}

struct Batch<'d> {
    document: &'d Automerge,
    known: &'d Known,
    device: DeviceId,
    /// The last operation of each change of the batch.
    ends: HashMap<ChangeHash, u64>,
    /// The last sequence number and operation of each actor of the batch.
    actors: HashMap<ActorId, (u64, u64)>,
    /// The objects the batch made.
    made: HashMap<OpId, Place>,
    /// Those of them that the change at hand made.
    made_here: HashSet<OpId>,
}

impl Batch<'_> {
    /// Whether a change follows from what is there: by its actor, sequence, author and start.
    fn follows(&mut self, change: &Change) -> Result<(), StructureError> {
        let actor = change.actor_id();
        let known = self.known.actors.get(actor);
        let before = self.actors.get(actor).copied().or(known.map(|of| (of.seq, of.max_op)));
        let (last, last_op) = before.unwrap_or((0, 0));
        let author = change.author();
        let owner = match (&author, known) {
            (Some(author), _) => Some(author.as_bytes()),
            (None, Some(of)) => of.author.as_deref(),
            // A batch's own earlier change of this actor had the device as its author, or was refused.
            (None, None) if last > 0 => Some(&self.device.as_bytes()[..]),
            (None, None) => None,
        };
        if owner != Some(&self.device.as_bytes()[..]) {
            return Err(StructureError::ForeignActor);
        }
        if actor.to_bytes().len() != 16 || change.seq() != last + 1 || author.is_some() != (last == 0) {
            return Err(StructureError::Sequence);
        }
        if change.deps().is_empty() || change.deps().len() > CHANGE_DEPENDENCIES_MAX {
            return Err(StructureError::Dependencies);
        }
        let mut highest = 0;
        for dependency in change.deps() {
            let end = self.ends.get(dependency).or_else(|| self.known.changes.get(dependency));
            // A change of the batch that comes later in it: an honest app writes them in order.
            highest = highest.max(*end.ok_or(StructureError::Dependencies)?);
        }
        // Two operations of one actor with the same number would be one operation to Automerge.
        if change.start_op().get() != highest + 1 || change.start_op().get() <= last_op {
            return Err(StructureError::Sequence);
        }
        if !CHANGE_TIME_S.contains(&change.timestamp()) || change.message().is_some() || change.is_empty() {
            return Err(StructureError::Header);
        }
        self.actors.insert(actor.clone(), (change.seq(), change.max_op()));
        self.ends.insert(change.hash(), change.max_op());
        Ok(())
    }

    fn place(&self, object: &ObjectId) -> Option<Place> {
        let id = match object {
            ObjectId::Root => return Some(Place::Root),
            ObjectId::Id(id) => id,
        };
        if let Some(place) = self.made.get(id) {
            return Some(place.clone());
        }
        let exported = self.document.import_obj(&format!("{}@{}", id.counter(), id.actor())).ok()?;
        self.document.object_type(&exported).ok()?;
        let mut keys: Vec<automerge::Prop> =
            self.document.parents(&exported).ok()?.map(|parent| parent.prop).collect();
        keys.reverse();
        keys.into_iter().try_fold(Place::Root, |place, prop| match prop {
            automerge::Prop::Map(key) => place.child(&key),
            automerge::Prop::Seq(_) => place.element(),
        })
    }

    fn write(&mut self, operation: &Op, id: OpId) -> Result<Write, StructureError> {
        let outside = StructureError::Operation;
        let place = self.place(&operation.obj).ok_or(outside)?;
        match &operation.action {
            OpType::Make(ObjType::Map) => {
                let (made, write) = match (&place, &operation.key, operation.insert) {
                    (Place::Findings, Key::Map(key), false) if self.may_make(key, operation) => {
                        (Place::Finding(key.to_string()), Write::FindingMade(key.to_string()))
                    }
                    (Place::Photos, Key::Map(key), false) if self.may_make(key, operation) => {
                        (Place::Photo(key.to_string()), Write::PhotoMade(key.to_string()))
                    }
                    (Place::Remarks | Place::Submissions | Place::Reviews, Key::Seq(_), true) => {
                        let made = place.element().ok_or(outside)?;
                        (made, Write::Appended { list: list_of(&place).ok_or(outside)?, field: None })
                    }
                    _ => return Err(outside),
                };
                self.made.insert(id.clone(), made);
                self.made_here.insert(id);
                Ok(write)
            }
            OpType::Put(value) if !operation.insert => {
                let Key::Map(field) = &operation.key else { return Err(outside) };
                let (field, scalar) = (field.to_string(), scalar(value).ok_or(outside)?);
                match place {
                    Place::Answer(item) => match scalar {
                        Scalar::Text(text) => Ok(Write::Answer { item, field, text: Some(text) }),
                        Scalar::Null => Ok(Write::Answer { item, field, text: None }),
                        Scalar::Bool(_) | Scalar::Int(_) => Err(outside),
                    },
                    Place::Finding(id) => {
                        if FINDING_FIXED.contains(&field.as_str()) {
                            self.require_made_here(operation)?;
                        }
                        Ok(Write::Finding { id, field, scalar })
                    }
                    Place::Photo(id) => {
                        if PHOTO_FIXED.contains(&field.as_str()) {
                            self.require_made_here(operation)?;
                        }
                        Ok(Write::Photo { id, field, scalar })
                    }
                    Place::Remark | Place::Submission | Place::Review => {
                        self.require_made_here(operation)?;
                        let list = list_of(&place).ok_or(outside)?;
                        Ok(Write::Appended { list, field: Some((field, scalar)) })
                    }
                    Place::Root
                    | Place::About
                    | Place::Answers
                    | Place::Findings
                    | Place::Photos
                    | Place::Remarks
                    | Place::Submissions
                    | Place::Reviews => Err(outside),
                }
            }
            OpType::Make(_)
            | OpType::Put(_)
            | OpType::Delete
            | OpType::Increment(_)
            | OpType::MarkBegin(_)
            | OpType::MarkEnd(_) => Err(outside),
        }
    }

    /// What is written by the change that makes it and never again: entries of lists, and what makes a photo
    /// evidence.
    fn require_made_here(&self, operation: &Op) -> Result<(), StructureError> {
        match &operation.obj {
            ObjectId::Id(object) if self.made_here.contains(object) => Ok(()),
            ObjectId::Id(_) | ObjectId::Root => Err(StructureError::Operation),
        }
    }

    /// A key begins with its maker's device and is new, so nobody can shadow another's.
    fn may_make(&self, key: &str, operation: &Op) -> bool {
        let own = key.strip_prefix(&self.device.to_string()).and_then(|rest| rest.strip_prefix('-'));
        operation.pred.is_empty()
            && own.is_some_and(|random| {
                random.len() == super::write::KEY_RANDOM_BYTES * 2
                    && random.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            })
    }
}

fn list_of(place: &Place) -> Option<List> {
    match place {
        Place::Remarks | Place::Remark => Some(List::Remarks),
        Place::Submissions | Place::Submission => Some(List::Submissions),
        Place::Reviews | Place::Review => Some(List::Reviews),
        Place::Root
        | Place::About
        | Place::Answers
        | Place::Answer(_)
        | Place::Findings
        | Place::Finding(_)
        | Place::Photos
        | Place::Photo(_) => None,
    }
}

fn scalar(value: &automerge::ScalarValue) -> Option<Scalar> {
    use automerge::ScalarValue as V;
    match value {
        V::Null => Some(Scalar::Null),
        V::Boolean(value) => Some(Scalar::Bool(*value)),
        V::Int(value) => Some(Scalar::Int(*value)),
        V::Str(text) => Some(Scalar::Text(text.to_string())),
        V::Bytes(_) | V::Uint(_) | V::F64(_) | V::Counter(_) | V::Timestamp(_) | V::Unknown { .. } => None,
    }
}
