//! 补入: an item of a newer version of the checklist, brought into an inspection that began with an older one.
//!
//! The map of such an item is made by one *reserved change*, which is a function of the genesis and the item: whoever
//! brings the item in makes the same bytes, so two who do it without a signal have one map, and differ on values only.
//! Nobody is its author. It depends on the genesis alone, because it must not depend on what else is there.

use std::{collections::HashMap, num::NonZeroU64};

use automerge::{
    ActorId, Change, ChangeHash, ExpandedChange, ObjId, ObjType, ROOT, ReadDoc as _,
    legacy::{Key, ObjectId, Op, OpId, OpType},
};

use super::{Document, Payload, WriteError, payload::guarded, schema::ANSWERS};
use crate::ids::derived;

/// What a reserved change follows from.
struct Beginning {
    genesis: ChangeHash,
    /// One above the genesis' last operation.
    start_op: NonZeroU64,
    /// Its time, in seconds.
    time: i64,
    /// The map it made for the answers.
    answers: ObjId,
    /// The operation that made it.
    answers_op: OpId,
}

impl Document {
    /// The items that were brought in, by their codes.
    pub fn brought(&self) -> Vec<String> {
        let Ok(Some((_, answers))) = self.automerge.get(ROOT, ANSWERS) else { return Vec::new() };
        let items = self.automerge.map_range(&answers, ..);
        // What the genesis made has the actor of the genesis.
        let later = items.filter(|item| actor(&item.id()) != actor(&answers));
        later.map(|item| item.key.to_string()).collect()
    }

    /// Brings items in; those that are there already stay as they are.
    ///
    /// # Errors
    /// [`WriteError`] when automerge would not take it.
    pub fn bring<'i>(&mut self, items: impl IntoIterator<Item = &'i str>) -> Result<(), WriteError> {
        let beginning = self.beginning().ok_or(WriteError::Unknown("genesis"))?;
        for item in items {
            if self.automerge.get(&beginning.answers, item)?.is_none() {
                self.automerge.apply_changes([beginning.reserved(item)])?;
            }
        }
        Ok(())
    }

    /// The reserved changes of a payload, byte for byte, each with the item it brings in.
    pub(super) fn brought_by(&self, payload: &Payload) -> HashMap<ChangeHash, String> {
        // Looked at first, because nearly all changes end here.
        let mut candidates = payload.changes().iter().filter(|change| {
            change.author().is_none() && change.seq() == 1 && change.len() == 1 && change.deps().len() == 1
        });
        let Some(first) = candidates.next() else { return HashMap::new() };
        let Some(beginning) = self.beginning() else { return HashMap::new() };
        let brings = |change: &Change| {
            let operations = guarded(|| Some(change.decode().operations)).ok()?;
            let Key::Map(item) = &operations.first()?.key else { return None };
            // An item that the genesis has would have two maps.
            let there = self.automerge.get(&beginning.answers, item.as_str()).ok()?;
            let of_genesis = there.is_some_and(|(_, map)| actor(&map) == actor(&beginning.answers));
            let is_reserved = beginning.reserved(item).hash() == change.hash();
            (is_reserved && !of_genesis).then(|| (change.hash(), item.to_string()))
        };
        std::iter::once(first).chain(candidates).filter_map(brings).collect()
    }

    fn beginning(&self) -> Option<Beginning> {
        let (_, answers) = self.automerge.get(ROOT, ANSWERS).ok()??;
        let genesis = self.automerge.hash_for_opid(&answers)?;
        let meta = self.automerge.get_change_meta_by_hash(&genesis)?;
        let answers_op = match &answers {
            ObjId::Id(counter, actor, _) => OpId(*counter, actor.clone()),
            ObjId::Root => return None,
        };
        let start_op = NonZeroU64::new(meta.max_op + 1)?;
        Some(Beginning { genesis, start_op, time: meta.timestamp, answers, answers_op })
    }
}

impl Beginning {
    fn reserved(&self, item: &str) -> Change {
        let operation = Op {
            action: OpType::Make(ObjType::Map),
            obj: ObjectId::Id(self.answers_op.clone()),
            key: Key::Map(item.into()),
            pred: Vec::new().into(),
            insert: false,
        };
        let maker = derived("rounds v1 item actor", &[&self.genesis.0, item.as_bytes()]);
        Change::from(ExpandedChange {
            operations: vec![operation],
            actor_id: ActorId::from(&maker[..]),
            hash: None,
            seq: 1,
            start_op: self.start_op,
            time: self.time,
            message: None,
            deps: vec![self.genesis],
            extra_bytes: Vec::new(),
            author: None,
        })
    }
}

fn actor(object: &ObjId) -> Option<&ActorId> {
    match object {
        ObjId::Id(_, actor, _) => Some(actor),
        ObjId::Root => None,
    }
}
