//! Findings: added, changed, struck.

use automerge::{
    ObjType, ROOT, ScalarValue,
    transaction::{Transactable as _, Transaction},
};

use super::{Session, WriteError, object, point_text, set};
use crate::{
    area::Point,
    document::{Document, schema::FINDINGS},
};

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
    /// The number of the asset it is about; empty when it is about none.
    pub asset: String,
}

impl Document {
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
            asset: now.asset.clone(),
        };
        let findings = object(&self.automerge, ROOT, FINDINGS)?;
        let map = object(&self.automerge, &findings, id)?;
        if now == (FindingDraft { item: now.item.clone(), ..draft.clone() }) {
            return Ok(());
        }
        self.commit(session, at_ms, |tx| put_finding(tx, &map, draft, Some(&now)))
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
    if now.map_or(!draft.asset.is_empty(), |now| now.asset != draft.asset) {
        set(tx, map, "asset", draft.asset.as_str())?;
    }
    Ok(())
}
