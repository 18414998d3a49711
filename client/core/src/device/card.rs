//! The card of an inspection: what lists need to know of it.

use rounds_shared::{
    assessment::assess,
    assignment::InspectionKind,
    ids::{DocId, UserId},
    inspection::{Inspection, ReviewState, Stamp},
    protocol,
};

use super::Device;
use crate::{
    failure::Failure,
    store::{self, inspections::Card},
};

impl Device {
    /// Makes the card of an inspection as it stands.
    pub(super) fn card(&self, doc: DocId, inspection: &Inspection) -> Result<Card, Failure> {
        let about = &inspection.about;
        let me = self.identity()?.user;
        let people = self.people_asked(doc);
        let (answered, asked) = self
            .registry
            .checklist(inspection)
            .map(|checklist| assess(&checklist, inspection))
            .map_or((0, 0), |score| (score.answered, score.asked));
        let by_me = |stamp: &Stamp| {
            stamp.device.and_then(|device| self.user_of(device)).is_some_and(|user| user == me)
        };
        let known = store::inspections::get(self.store.read(), doc)?;
        let returns = inspection.open_returns().count();
        Ok(Card {
            doc,
            kind: about.kind,
            area: about.area.clone(),
            site: about.site.clone(),
            template: about.template.clone(),
            template_version: about.template_version,
            assignment: about.assignment,
            state: inspection.state(&people, |device| self.user_of(device)),
            answered,
            asked,
            findings: count(inspection.findings.iter().filter(|finding| finding.struck.is_none()).count()),
            conflicts: count(inspection.open_conflicts().len()),
            returned: count(returns),
            changed_at: stamps(inspection).map(|stamp| stamp.at).max().unwrap_or(about.at),
            mine: people.contains(&me)
                || stamps(inspection).any(by_me)
                || known.is_some_and(|card| card.mine),
            submitted: returns == 0 && inspection.submissions.iter().any(|one| by_me(&one.stamp)),
        })
    }

    /// The card of an inspection that nobody has opened here, as the server draws it; none when a later version of it
    /// says what this one does not know.
    pub(crate) fn card_of(&self, doc: DocId, card: &protocol::Card) -> Result<Option<Card>, Failure> {
        let me = self.identity()?.user;
        let (Some(kind), Some(state)) = (InspectionKind::parse(&card.kind), ReviewState::parse(&card.state))
        else {
            return Ok(None);
        };
        let known = store::inspections::get(self.store.read(), doc)?;
        Ok(Some(Card {
            doc,
            kind,
            area: card.area.clone(),
            site: card.site.clone(),
            template: card.template.clone(),
            template_version: card.template_version,
            assignment: card.assignment,
            state,
            answered: card.answered,
            asked: card.asked,
            findings: card.findings,
            conflicts: card.conflicts,
            returned: card.returned,
            changed_at: card.changed_at,
            mine: card.people.contains(&me) || known.is_some_and(|card| card.mine),
            submitted: card.returned == 0 && card.submitted.contains(&me),
        }))
    }

    /// Who was asked to inspect; nobody when it was not planned.
    pub(super) fn people_asked(&self, doc: DocId) -> Vec<UserId> {
        self.registry.assignment_of(doc).map(|assignment| assignment.people.clone()).unwrap_or_default()
    }
}

fn stamps(inspection: &Inspection) -> impl Iterator<Item = &Stamp> {
    let answers = inspection.answers.iter().flat_map(|(_, recorded)| recorded).map(|one| &one.stamp);
    let findings = inspection.findings.iter().map(|one| &one.stamp);
    let photos = inspection.photos.iter().map(|one| &one.stamp);
    let remarks = inspection.remarks.iter().map(|one| &one.stamp);
    let submissions = inspection.submissions.iter().map(|one| &one.stamp);
    let reviews = inspection.reviews.iter().map(|one| &one.stamp);
    answers.chain(findings).chain(photos).chain(remarks).chain(submissions).chain(reviews)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
