//! Rulings 审定, and what is merged after all: by a ruling, or because what it waited for came.

use rounds_shared::{
    envelope::Verified,
    gate::{self, Finding},
    ids::{DocId, UserId},
    protocol::{EntryBody, HeldReason, Judgement, Release, Ruling},
};

use super::{Keeper, KeeperError, Unruled, ground, judging};
use crate::views::{self, inspections::AreaFilter};

impl Keeper {
    /// Rules on a held envelope. Admitted, it is merged by a release that follows the ruling, and so is what waited for
    /// it; a ruling against it can be followed by one for it, never the reverse.
    pub(super) fn rule(
        &mut self,
        held: u64,
        admit: bool,
        reason: String,
        by: UserId,
    ) -> Result<Result<u64, Unruled>, KeeperError> {
        let Some(standing) = views::held::one(&self.connection, held)? else {
            return Ok(Err(Unruled::NotHeld));
        };
        // Asked here and not before: what somebody may do now is what counts.
        let user = self.registry.user(by).filter(|user| user.active && user.role.reviews());
        let areas = user.map(AreaFilter::of).unwrap_or_default();
        if user.is_none() || !views::held::is_within(&self.connection, &areas, held)? {
            return Ok(Err(Unruled::NotHeld));
        }
        if standing.released.is_some() || (standing.ruled.is_some() && !admit) {
            return Ok(Err(Unruled::Settled));
        }
        let Some(row) = self.log.entry(&self.connection, held)? else { return Ok(Err(Unruled::NotHeld)) };
        let envelope = Verified::from_log(row.entry.body).map_err(|_| KeeperError::Unappliable(held))?;
        let document = self.documents.get(&self.connection, standing.doc)?;
        let document = document.as_ref().map(|standing| &standing.document);
        let merged = match judging::guarded(|| gate::admit(&self.registry, document, &envelope)) {
            Finding::Merge(merged) => Some(*merged),
            Finding::Known => None,
            Finding::Hold(Judgement::Held { reason: HeldReason::MissingDependencies, .. })
                if admit || !self.stands_on_dismissed(&envelope)? =>
            {
                return Ok(Err(Unruled::Waiting));
            }
            Finding::Hold(_) | Finding::Refuse(_) if admit => return Ok(Err(Unruled::Impossible)),
            Finding::Hold(_) | Finding::Refuse(_) => None,
        };
        let ruling = Ruling { envelope: envelope.id(), admit, reason, by };
        let position = self.append(EntryBody::Ruling(ruling), Some(&envelope), None)?;
        if admit {
            let release = Release { held, envelope: envelope.as_bytes().to_vec() };
            self.append(EntryBody::Release(release), Some(&envelope), merged)?;
            self.release(standing.doc)?;
        }
        Ok(Ok(position))
    }

    /// Whether what an envelope lacks was ruled against: it does not come by itself.
    fn stands_on_dismissed(&self, envelope: &Verified) -> Result<bool, KeeperError> {
        let ground = ground(&self.connection, &self.log, &self.registry, envelope.body().doc)?;
        let Some(ground) = ground else { return Ok(false) };
        let found = judging::guarded(|| gate::admit(&self.registry, Some(&ground), envelope));
        let lacks =
            matches!(found, Finding::Hold(Judgement::Held { reason: HeldReason::MissingDependencies, .. }));
        Ok(!lacks)
    }

    /// Merges envelopes of a document that waited for what has now come. Each is a new entry that carries
    /// the payload to everyone whose cursor has passed.
    pub(super) fn release(&mut self, doc: DocId) -> Result<(), KeeperError> {
        loop {
            let mut released = false;
            for held in views::held::waiting(&self.connection, doc, HeldReason::MissingDependencies)? {
                let Some(row) = self.log.entry(&self.connection, held)? else { continue };
                let envelope =
                    Verified::from_log(row.entry.body).map_err(|_| KeeperError::Unappliable(held))?;
                let standing = self.documents.get(&self.connection, doc)?;
                if let Some(Judgement::Held { missing, .. }) = &row.entry.judgement
                    && let Some(standing) = &standing
                    && !missing.iter().all(|change| standing.document.has(*change))
                {
                    continue;
                }
                // What it knew then counts: it was judged to lack nothing but its dependencies.
                let finding = self.judge(&envelope, row.entry.at, envelope.body().seen, &mut 0)?;
                if let Finding::Merge(merged) = finding {
                    let release = Release { held, envelope: envelope.as_bytes().to_vec() };
                    self.append(EntryBody::Release(release), Some(&envelope), Some(*merged))?;
                    released = true;
                }
            }
            if !released {
                return Ok(());
            }
        }
    }
}
