//! The changes of one payload, one after the other.

use std::collections::{HashMap, HashSet};

use automerge::{
    ActorId, Automerge, Change, ChangeHash, ObjId, ObjType, ReadDoc as _,
    legacy::{Key, ObjectId, Op, OpId, OpType},
};

use super::{Known, StructureError};
use crate::{
    document::{
        payload::guarded,
        schema::{FINDING_FIXED, List, PHOTO_FIXED, Place, Scalar, Write},
        write::KEY_RANDOM_BYTES,
    },
    ids::DeviceId,
    protocol::limits::{CHANGE_DEPENDENCIES_MAX, CHANGE_TIME_S},
};

pub(super) struct Batch<'d> {
    document: &'d Automerge,
    known: &'d Known,
    device: DeviceId,
    /// The last operation of each change of the batch.
    ends: HashMap<ChangeHash, u64>,
    /// The last sequence number and operation of each actor of the batch.
    actors: HashMap<ActorId, (u64, u64)>,
    /// The objects that are named: those the batch made, and those of the document it writes in.
    objects: HashMap<OpId, Object>,
    /// The fields that the change at hand gave each object it made.
    made_here: HashMap<OpId, Vec<String>>,
    /// The last value that each actor put at a key.
    last: HashMap<(OpId, String, ActorId), OpId>,
    /// What the batch replaced.
    replaced: HashSet<OpId>,
}

/// An object, found once.
struct Object {
    place: Place,
    /// None when the batch made it.
    stored: Option<ObjId>,
}

impl<'d> Batch<'d> {
    pub(super) fn new(document: &'d Automerge, known: &'d Known, device: DeviceId) -> Self {
        Self {
            document,
            known,
            device,
            ends: HashMap::new(),
            actors: HashMap::new(),
            objects: HashMap::new(),
            made_here: HashMap::new(),
            last: HashMap::new(),
            replaced: HashSet::new(),
        }
    }

    /// Takes the next change and says what it writes.
    pub(super) fn take(&mut self, change: &Change, writes: &mut Vec<Write>) -> Result<(), StructureError> {
        self.follows(change)?;
        let operations =
            guarded(|| Some(change.decode().operations)).map_err(|_| StructureError::Operation)?;
        let start = change.start_op().get();
        self.made_here.clear();
        for (index, operation) in (start..).zip(&operations) {
            writes.push(self.write(operation, OpId(index, change.actor_id().clone()))?);
        }
        self.all_is_said()
    }

    /// Takes a change that brings an item in, byte for byte as everybody makes it.
    pub(super) fn bring(
        &mut self,
        change: &Change,
        item: &str,
        writes: &mut Vec<Write>,
    ) -> Result<(), StructureError> {
        let (actor, made) = (change.actor_id().clone(), change.start_op().get());
        if self.actors.insert(actor.clone(), (change.seq(), made)).is_some() {
            return Err(StructureError::Sequence);
        }
        self.ends.insert(change.hash(), made);
        let map = Object { place: Place::Answer(item.to_owned()), stored: None };
        self.objects.insert(OpId(made, actor), map);
        writes.push(Write::ItemBrought(item.to_owned()));
        Ok(())
    }

    /// Whether a change follows from what is there: by its actor, sequence, author and start.
    fn follows(&mut self, change: &Change) -> Result<(), StructureError> {
        let actor = change.actor_id();
        let known = self.known.actors.get(actor);
        let before = self.actors.get(actor).copied().or(known.map(|of| (of.seq, of.max_op)));
        let (last, last_op) = before.unwrap_or((0, 0));
        let author = change.author();
        // Whoever is known, or says who he is, is the device: that was looked at before. A batch's own earlier change
        // of this actor said so, or was refused.
        if author.is_none() && known.is_none() && last == 0 {
            return Err(StructureError::ForeignActor);
        }
        if actor.to_bytes().len() != 16 || change.seq() != last + 1 || author.is_some() != (last == 0) {
            return Err(StructureError::Sequence);
        }
        let dependencies: HashSet<&ChangeHash> = change.deps().iter().collect();
        if dependencies.is_empty()
            || dependencies.len() > CHANGE_DEPENDENCIES_MAX
            || dependencies.len() != change.deps().len()
        {
            return Err(StructureError::Dependencies);
        }
        let mut highest = 0;
        for dependency in dependencies {
            let end = self.ends.get(dependency).or_else(|| self.known.changes.get(dependency));
            // A change of the batch that comes later in it: an honest app writes them in order.
            highest = highest.max(*end.ok_or(StructureError::Dependencies)?);
        }
        // Two operations of one actor with the same number would be one operation to Automerge.
        if change.start_op().get() != highest + 1 || change.start_op().get() <= last_op {
            return Err(StructureError::Sequence);
        }
        if !CHANGE_TIME_S.contains(&change.timestamp())
            || change.message().is_some()
            || change.is_empty()
            || (author.is_none() && !change.extra_bytes().is_empty())
        {
            return Err(StructureError::Header);
        }
        self.actors.insert(actor.clone(), (change.seq(), change.max_op()));
        self.ends.insert(change.hash(), change.max_op());
        Ok(())
    }

    /// Where an object of the document or of the batch is.
    fn place(&mut self, object: &ObjectId) -> Option<Place> {
        let id = match object {
            ObjectId::Root => return Some(Place::Root),
            ObjectId::Id(id) => id,
        };
        if let Some(object) = self.objects.get(id) {
            return Some(object.place.clone());
        }
        let stored = self.document.import_obj(&format!("{}@{}", id.counter(), id.actor())).ok()?;
        self.document.object_type(&stored).ok()?;
        let mut keys: Vec<automerge::Prop> =
            self.document.parents(&stored).ok()?.map(|parent| parent.prop).collect();
        keys.reverse();
        let place = keys.into_iter().try_fold(Place::Root, |place, prop| match prop {
            automerge::Prop::Map(key) => place.child(&key),
            automerge::Prop::Seq(_) => place.element(),
        })?;
        self.objects.insert(id.clone(), Object { place: place.clone(), stored: Some(stored) });
        Some(place)
    }

    fn write(&mut self, operation: &Op, id: OpId) -> Result<Write, StructureError> {
        let outside = StructureError::Operation;
        let place = self.place(&operation.obj).ok_or(outside)?;
        match &operation.action {
            OpType::Make(ObjType::Map) => self.make(&place, operation, id),
            OpType::Put(value) if !operation.insert => {
                let Key::Map(field) = &operation.key else { return Err(outside) };
                self.replaces_its_own(operation, field, id)?;
                self.put(place, operation, field, scalar(value).ok_or(outside)?)
            }
            OpType::Make(_)
            | OpType::Put(_)
            | OpType::Delete
            | OpType::Increment(_)
            | OpType::MarkBegin(_)
            | OpType::MarkEnd(_) => Err(outside),
        }
    }

    fn make(&mut self, place: &Place, operation: &Op, id: OpId) -> Result<Write, StructureError> {
        let outside = StructureError::Operation;
        let (made, write) = match (place, &operation.key, operation.insert) {
            (Place::Findings, Key::Map(key), false) if self.may_make(key, operation, &id) => {
                (Place::Finding(key.to_string()), Write::FindingMade(key.to_string()))
            }
            (Place::Photos, Key::Map(key), false) if self.may_make(key, operation, &id) => {
                (Place::Photo(key.to_string()), Write::PhotoMade(key.to_string()))
            }
            (Place::Remarks | Place::Submissions | Place::Reviews | Place::Events, Key::Seq(_), true) => {
                let made = place.element().ok_or(outside)?;
                (made, Write::Appended { list: list_of(place).ok_or(outside)?, field: None })
            }
            _ => return Err(outside),
        };
        self.objects.insert(id.clone(), Object { place: made, stored: None });
        self.made_here.insert(id, Vec::new());
        Ok(write)
    }

    fn put(
        &mut self,
        place: Place,
        operation: &Op,
        field: &str,
        scalar: Scalar,
    ) -> Result<Write, StructureError> {
        let outside = StructureError::Operation;
        let is_made_here = self.give(operation, field);
        let field = field.to_owned();
        match place {
            Place::Answer(item) => match scalar {
                Scalar::Text(text) => Ok(Write::Answer { item, field, text: Some(text) }),
                Scalar::Null => Ok(Write::Answer { item, field, text: None }),
                Scalar::Bool(_) | Scalar::Int(_) => Err(outside),
            },
            // What is written by the change that makes it and never again: what makes a photo evidence, and entries.
            Place::Finding(_) if FINDING_FIXED.contains(&field.as_str()) && !is_made_here => Err(outside),
            Place::Photo(_) if PHOTO_FIXED.contains(&field.as_str()) && !is_made_here => Err(outside),
            Place::Remark | Place::Submission | Place::Review | Place::Event if !is_made_here => Err(outside),
            Place::Finding(id) => Ok(Write::Finding { id, field, scalar }),
            Place::Photo(id) => Ok(Write::Photo { id, field, scalar }),
            Place::Remark | Place::Submission | Place::Review | Place::Event => {
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
            | Place::Reviews
            | Place::Events => Err(outside),
        }
    }

    /// Notes a field of an object that the change at hand made; says whether it did.
    fn give(&mut self, operation: &Op, field: &str) -> bool {
        let ObjectId::Id(object) = &operation.obj else { return false };
        let Some(fields) = self.made_here.get_mut(object) else { return false };
        fields.push(field.to_owned());
        true
    }

    /// Whether a value replaces the one its actor put there before, if that still stands. So a key never has more
    /// values than the document has actors, however many somebody writes.
    fn replaces_its_own(&mut self, operation: &Op, field: &str, id: OpId) -> Result<(), StructureError> {
        let ObjectId::Id(object) = &operation.obj else { return Err(StructureError::Operation) };
        let stands = |batch: &Self, one: &OpId| {
            !batch.replaced.contains(one) && !operation.pred.iter().any(|replaced| replaced == one)
        };
        let key = (object.clone(), field.to_owned(), id.actor().clone());
        let beside = match self.last.get(&key) {
            Some(last) => stands(self, last),
            None => {
                let stored = self.objects.get(object).and_then(|object| object.stored.as_ref());
                let values = stored.and_then(|stored| self.document.get_all(stored, field).ok());
                values.into_iter().flatten().any(|(_, value)| match value {
                    ObjId::Id(counter, actor, _) if actor == *id.actor() => {
                        stands(self, &OpId(counter, actor))
                    }
                    ObjId::Id(..) | ObjId::Root => false,
                })
            }
        };
        self.replaced.extend(operation.pred.iter().cloned());
        self.last.insert(key, id);
        if beside { Err(StructureError::Operation) } else { Ok(()) }
    }

    /// A key begins with its maker's device and is new, so nobody can shadow another's.
    fn may_make(&mut self, key: &str, operation: &Op, id: &OpId) -> bool {
        let own = key.strip_prefix(&self.device.to_string()).and_then(|rest| rest.strip_prefix('-'));
        operation.pred.is_empty()
            && own.is_some_and(|random| {
                random.len() == KEY_RANDOM_BYTES * 2
                    && random.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            })
            && self.is_new(key, operation, id)
    }

    fn is_new(&mut self, key: &str, operation: &Op, id: &OpId) -> bool {
        let ObjectId::Id(object) = &operation.obj else { return false };
        let stored = self.objects.get(object).and_then(|object| object.stored.as_ref());
        let is_stored = stored.is_none_or(|stored| !matches!(self.document.get(stored, key), Ok(None)));
        // One key for all actors of the device.
        let of_device = (object.clone(), key.to_owned(), ActorId::from(&self.device.as_bytes()[..]));
        !is_stored && self.last.insert(of_device, id.clone()).is_none()
    }

    /// Whether what the change made says what an app says of it: what says less would be there and never be shown.
    fn all_is_said(&self) -> Result<(), StructureError> {
        let is_said = self.made_here.iter().all(|(object, fields)| {
            let place = self.objects.get(object).map(|object| &object.place);
            place.is_some_and(|place| {
                place.required().iter().all(|required| fields.iter().any(|field| field == required))
            })
        });
        if is_said { Ok(()) } else { Err(StructureError::Operation) }
    }
}

fn list_of(place: &Place) -> Option<List> {
    match place {
        Place::Remarks | Place::Remark => Some(List::Remarks),
        Place::Submissions | Place::Submission => Some(List::Submissions),
        Place::Reviews | Place::Review => Some(List::Reviews),
        Place::Events | Place::Event => Some(List::Events),
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
