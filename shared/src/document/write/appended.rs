//! What is only ever added to: remarks, submissions, reviews.

use automerge::{
    ObjType, ROOT, ReadDoc as _,
    transaction::{Transactable as _, Transaction},
};

use super::{Session, WriteError, object, point_text, put_optional};
use crate::{
    area::Point,
    document::{
        Document,
        schema::{REMARKS, REVIEWS, SUBMISSIONS},
    },
    inspection::{OpRef, Opinion, Passage, ReviewAct},
};

/// Most returns one entry of `submissions` answers: their names stay far below the largest text. A submission that
/// answers more is several entries of one change.
const SUBMISSION_ANSWERS_MAX: usize = 100;

impl Document {
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

    /// Says that somebody came or left.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be written.
    pub fn pass(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        passage: Passage,
        point: Option<Point>,
    ) -> Result<(), WriteError> {
        self.append(session, at_ms, REMARKS, |tx, map| {
            tx.put(map, "text", "")?;
            tx.put(map, "presence", passage.as_str())?;
            put_optional(tx, map, "point", point.map(point_text).as_deref())
        })
    }

    /// Adds the response of one person to a questionnaire.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be written.
    pub fn respond(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        item: &str,
        opinion: Opinion,
    ) -> Result<(), WriteError> {
        self.append(session, at_ms, REMARKS, |tx, map| {
            tx.put(map, "text", "")?;
            tx.put(map, "item", item)?;
            tx.put(map, "response", opinion.as_str())
        })
    }

    /// Takes back a response that this device recorded.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be written.
    pub fn take_back_response(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        item: &str,
        response: &OpRef,
    ) -> Result<(), WriteError> {
        self.append(session, at_ms, REMARKS, |tx, map| {
            tx.put(map, "text", "")?;
            tx.put(map, "item", item)?;
            tx.put(map, "takes_back", response.0.as_str())
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

    pub(super) fn append(
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
}

fn joined(ops: &[OpRef]) -> String {
    ops.iter().map(|op| op.0.as_str()).collect::<Vec<_>>().join(" ")
}
