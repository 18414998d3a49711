//! 本组其余合格: one tap for what nobody has answered in a section, and the way back.

use rounds_shared::{
    ids::DocId,
    inspection::{How, Inspection},
    template::{Item, Scale},
};

use super::Device;
use crate::{failure::Failure, surroundings::Surroundings};

const PASS: &str = "pass";

impl Device {
    /// Records 合格, as given by one tap, for every item of the domain that is answered by yes or no and that nobody
    /// has answered; returns their codes. What must be counted or sampled stays open: a tap has counted nothing.
    pub(crate) fn pass_rest(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        domain: &str,
    ) -> Result<Vec<String>, Failure> {
        let (inspection, template) = self.addable(doc)?;
        // What waits for a ruling is an answer too.
        let known = self.with_apart(doc)?.unwrap_or(inspection);
        let domain = template.domains.iter().find(|one| one.domain.code.as_str() == domain);
        let items = &domain.ok_or(Failure::NotFound)?.domain.items;
        let rest = items.iter().filter(|item| is_rest(item, &known));
        let rest: Vec<String> = rest.map(|item| item.code.to_string()).collect();
        self.act(surroundings, doc, |document, session, at| {
            rest.iter().try_for_each(|item| document.answer(session, at, item, Some(PASS), How::Rest))
        })?;
        Ok(rest)
    }

    /// Takes back what the tap recorded for these items, but nothing that was answered by itself since.
    pub(crate) fn take_back_rest(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        items: &[String],
    ) -> Result<(), Failure> {
        let (inspection, _) = self.writable(doc)?;
        let me = self.identity()?.device;
        let by_rest = |item: &&String| {
            let mut recorded = inspection.recorded(item).iter();
            recorded.any(|one| one.how == How::Rest && one.stamp.device == Some(me))
        };
        let taken: Vec<&String> = items.iter().filter(by_rest).collect();
        self.act(surroundings, doc, |document, session, at| {
            taken.iter().try_for_each(|item| document.answer(session, at, item, None, How::Tap))
        })
    }
}

/// What nobody has answered and nobody has found anything about.
fn is_rest(item: &Item, known: &Inspection) -> bool {
    item.is_asked()
        && matches!(item.scale, Scale::Pass | Scale::Count { .. })
        && known.recorded(item.code.as_str()).is_empty()
        && known.standing_findings(item.code.as_str()).next().is_none()
}
