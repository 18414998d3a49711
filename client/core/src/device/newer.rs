//! A newer version of the checklist: what it asks besides may be brought into an inspection that is open. What is answered
//! stays, also where the newer version asks it no more. And a checklist that is withdrawn: what is open goes on.

use rounds_shared::{
    ids::DocId,
    inspection::{Inspection, ReviewState},
    template::Text,
};

use super::Device;
use crate::{
    failure::Failure,
    surroundings::Surroundings,
    view::{NewerItem, NewerView},
};

impl Device {
    /// What a newer version of the checklist offers to an inspection that is not handed in.
    pub(super) fn newer(&self, inspection: &Inspection, state: ReviewState) -> Option<NewerView> {
        let (latest, items) = self.registry.newer_items(inspection).filter(|_| is_open(state))?;
        let items = items.into_iter().map(|item| NewerItem {
            code: item.code.to_string(),
            title: Text { zh: item.zh.clone(), en: item.en.clone() },
        });
        Some(NewerView { version: latest.version, items: items.collect() })
    }

    /// Why the checklist of an inspection that is not handed in is withdrawn 停用. Nothing here asks for it: it is only said.
    pub(super) fn withdrawn(&self, inspection: &Inspection, state: ReviewState) -> Option<String> {
        let about = &inspection.about;
        let withdrawal = self.registry.withdrawal(&about.template, about.template_version);
        withdrawal.filter(|_| is_open(state)).map(|withdrawal| withdrawal.reason.clone())
    }

    /// Brings in what a newer version of the checklist asks besides. Whoever else does it makes the same.
    pub(crate) fn bring_items(&mut self, surroundings: &Surroundings, doc: DocId) -> Result<(), Failure> {
        let (inspection, _) = self.addable(doc)?;
        let Some((_, items)) = self.registry.newer_items(&inspection) else { return Ok(()) };
        let codes: Vec<String> = items.into_iter().map(|item| item.code.to_string()).collect();
        self.act(surroundings, doc, |document, _, _| document.bring(codes.iter().map(String::as_str)))
    }
}

/// Whether not everybody has handed in, or it was returned.
fn is_open(state: ReviewState) -> bool {
    match state {
        ReviewState::Draft | ReviewState::Submitted | ReviewState::Returned => true,
        ReviewState::Reviewing | ReviewState::Approved | ReviewState::Dismissed | ReviewState::Struck => {
            false
        }
    }
}

#[cfg(test)]
mod tests;
