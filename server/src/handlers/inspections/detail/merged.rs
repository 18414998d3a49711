//! How the detail is made of a document.

use std::collections::BTreeSet;

use rounds_shared::{
    document::Document,
    ids::UserId,
    inspection::{self, Answer, Inspection, ReviewAct, Stamp, Survey},
    registry::{DeviceKind, Registry},
    score::Score,
    template::{Item, Template},
};

use super::*;
use crate::photos::Photos;

/// Makes the detail of a document.
pub(in crate::handlers::inspections) struct Details<'d> {
    pub(in crate::handlers::inspections) document: &'d Document,
    pub(in crate::handlers::inspections) inspection: &'d Inspection,
    pub(in crate::handlers::inspections) template: &'d Template,
    pub(in crate::handlers::inspections) registry: &'d Registry,
    pub(in crate::handlers::inspections) photos: &'d Photos,
    pub(in crate::handlers::inspections) score: Score,
}

impl StrikeDetail {
    fn of(registry: &Registry, strike: &inspection::Strike) -> Self {
        Self {
            reason: strike.reason.clone(),
            by: Person::of_device(registry, strike.stamp.device),
            at: strike.stamp.at,
            disputed: strike.disputed,
        }
    }
}

impl PhotoDetail {
    pub(in crate::handlers) fn of(registry: &Registry, photos: &Photos, photo: &inspection::Photo) -> Self {
        let delivered = photos.has(photo.hash);
        let holder = photo.stamp.device.and_then(|device| registry.device(device));
        Self {
            id: photo.id.clone(),
            hash: photo.hash.to_string(),
            copy_of: photo.copy_of.clone(),
            source: photo.source.as_str().to_owned(),
            role: photo.role.as_str().to_owned(),
            at: photo.stamp.at,
            by: Person::of_device(registry, photo.stamp.device),
            point: photo.point.map(Into::into),
            delivered,
            held_by: holder.filter(|_| !delivered).map(|device| device.name.clone()),
            struck: photo.struck.as_ref().map(|strike| StrikeDetail::of(registry, strike)),
        }
    }
}

impl Details<'_> {
    pub(in crate::handlers::inspections) fn detail(&self, row: InspectionRow) -> InspectionDetail {
        let inspection = self.inspection;
        let struck = inspection.submissions.iter().find_map(|submission| {
            let reason = submission.struck.clone()?;
            Some(StrikeDetail {
                reason,
                by: self.by(&submission.stamp),
                at: submission.stamp.at,
                disputed: false,
            })
        });
        InspectionDetail {
            template: row.template.clone(),
            continues: None,
            continued_by: None,
            heads: self.document.heads().iter().map(|head| hex(&head.0)).collect(),
            domains: self.domains(),
            score: self.score(),
            remarks: inspection
                .remarks
                .iter()
                .map(|remark| RemarkDetail {
                    item: remark.item.clone(),
                    text: remark.text.clone(),
                    by: self.by(&remark.stamp),
                    at: remark.stamp.at,
                })
                .collect(),
            presences: inspection
                .presences
                .iter()
                .map(|presence| PresenceDetail {
                    passage: presence.passage.as_str().to_owned(),
                    point: presence.point.map(Into::into),
                    by: self.by(&presence.stamp),
                    at: presence.stamp.at,
                })
                .collect(),
            signatures: self.photos(|photo| photo.item.is_none()),
            submissions: inspection
                .submissions
                .iter()
                .filter(|submission| submission.struck.is_none())
                .map(|submission| SubmissionDetail {
                    by: self.by(&submission.stamp),
                    at: submission.stamp.at,
                })
                .collect(),
            review: self.review(),
            struck,
            devices: self.devices(),
            parallel: self.parallel(),
            alike: self.alike(),
            changed_after_approval: row.changed_after_approval,
            row,
        }
    }

    pub(in crate::handlers::inspections) fn items(&self, codes: &[String]) -> Vec<ItemDetail> {
        let asked = self.template.items().filter(|item| codes.iter().any(|code| code == item.code.as_str()));
        asked.map(|item| self.item(item)).collect()
    }

    fn percent(&self, item: &Item) -> Option<u32> {
        let mut scored = self.score.domains.iter().flat_map(|domain| &domain.items);
        scored.find(|one| one.code == item.code)?.percent.map(|percent| percent.as_hundredths())
    }

    fn by(&self, stamp: &Stamp) -> Person {
        Person::of_device(self.registry, stamp.device)
    }

    fn device(stamp: &Stamp) -> String {
        stamp.device.map(|device| device.to_string()).unwrap_or_default()
    }

    fn domains(&self) -> Vec<DomainDetail> {
        let scores = &self.score.domains;
        self.template
            .domains
            .iter()
            .map(|weighted| {
                let domain = &weighted.domain;
                let score = scores.iter().find(|score| score.code == domain.code);
                DomainDetail {
                    code: domain.code.to_string(),
                    title: Text::new(&domain.zh, &domain.en),
                    weight: weighted.weight.as_hundredths(),
                    score: score.and_then(|score| score.score).map(|score| score.as_hundredths()),
                    answered: score.map_or(0, |score| score.answered),
                    asked: score.map_or(0, |score| score.asked),
                    items: domain.items.iter().map(|item| self.item(item)).collect(),
                }
            })
            .collect()
    }

    fn item(&self, item: &Item) -> ItemDetail {
        let code = item.code.as_str();
        let inspection = self.inspection;
        let returned = inspection.open_returns().find(|review| review.item.as_deref() == Some(code));
        ItemDetail {
            asked: ItemShape::new(item, self.registry),
            brought: inspection.brought.iter().any(|brought| brought == code),
            answer: self.answer(code),
            percent: self.percent(item),
            findings: inspection
                .findings
                .iter()
                .filter(|finding| finding.item == code)
                .map(|finding| self.finding(finding))
                .collect(),
            photos: self.photos(|photo| photo.item.as_deref() == Some(code) && photo.finding.is_none()),
            survey: item.is_survey().then(|| {
                let Survey { yes, no, void } = inspection.survey(code);
                SurveyDetail { yes, no, void }
            }),
            returned: returned.map(|review| ReturnDetail {
                reason: review.reason.clone(),
                by: self.by(&review.stamp),
                at: review.stamp.at,
            }),
            history: self.history(code),
        }
    }

    fn answer(&self, item: &str) -> AnswerDetail {
        let (inspection, answer) = (self.inspection, self.inspection.answer(item));
        let state = match &answer {
            Answer::None => AnswerState::None,
            Answer::Agreed(_) => AnswerState::Agreed,
            Answer::Conflict => AnswerState::Conflict,
            Answer::Decided { .. } => AnswerState::Decided,
            Answer::Reopened => AnswerState::Reopened,
        };
        let decisions = inspection.standing_decisions(item).into_iter().map(|(review, value, _)| {
            let review = &inspection.reviews[review];
            DecisionDetail {
                value: value.to_owned(),
                by: self.by(&review.stamp),
                at: review.stamp.at,
                reason: review.reason.clone(),
            }
        });
        AnswerDetail {
            state,
            value: answer.value().map(str::to_owned),
            values: inspection
                .recorded(item)
                .iter()
                .map(|one| ValueDetail {
                    value: one.value.clone(),
                    by: self.by(&one.stamp),
                    device: Self::device(&one.stamp),
                    at: one.stamp.at,
                    how: one.how.as_str().to_owned(),
                    op: one.stamp.op.0.clone(),
                })
                .collect(),
            decisions: decisions.collect(),
            covers: covers(inspection, item).into_iter().map(|op| op.0).collect(),
        }
    }

    fn history(&self, item: &str) -> Vec<HistoryEntry> {
        let current = self.inspection.recorded(item);
        self.document
            .history(item)
            .into_iter()
            .map(|one| HistoryEntry {
                by: self.by(&one.stamp),
                device: Self::device(&one.stamp),
                at: one.stamp.at,
                how: one.how.as_str().to_owned(),
                current: current.iter().any(|standing| standing.stamp.op == one.stamp.op),
                op: one.stamp.op.0,
                value: one.value,
            })
            .collect()
    }

    fn finding(&self, finding: &inspection::Finding) -> FindingDetail {
        FindingDetail {
            id: finding.id.clone(),
            item: finding.item.clone(),
            kind: finding.kind.clone(),
            note: finding.note.clone(),
            place: finding.place.clone(),
            point: finding.point.map(Into::into),
            fixed_on_spot: finding.fixed_on_spot,
            asset: finding.asset.clone(),
            photos: self.photos(|photo| photo.finding.as_deref() == Some(finding.id.as_str())),
            by: self.by(&finding.stamp),
            at: finding.stamp.at,
            struck: finding.struck.as_ref().map(|strike| StrikeDetail::of(self.registry, strike)),
            conflicts: finding.conflicts.iter().map(|field| (*field).to_owned()).collect(),
        }
    }

    fn photos(&self, wanted: impl Fn(&inspection::Photo) -> bool) -> Vec<PhotoDetail> {
        let wanted = self.inspection.photos.iter().filter(|photo| wanted(photo));
        wanted.map(|photo| PhotoDetail::of(self.registry, self.photos, photo)).collect()
    }

    fn score(&self) -> ScoreDetail {
        let score = &self.score;
        ScoreDetail {
            total: score.total.map(|total| total.as_hundredths()),
            grade: score.grade.map(|grade| format!("{grade:?}")),
            veto: score.veto,
            provisional: !self.inspection.open_conflicts().is_empty(),
            answered: score.answered,
            asked: score.asked,
        }
    }

    fn review(&self) -> Vec<ReviewEvent> {
        let (inspection, reviews) = (self.inspection, &self.inspection.reviews);
        let last_approval =
            reviews.iter().rposition(|review| matches!(review.act, ReviewAct::Approve { .. }));
        reviews
            .iter()
            .enumerate()
            .map(|(index, review)| {
                let (kind, value, effective) = match &review.act {
                    ReviewAct::Decide { value, .. } => {
                        let item = review.item.as_deref().unwrap_or_default();
                        let stands = inspection.standing_decisions(item).iter().any(|(at, ..)| *at == index);
                        (ReviewKind::Decide, Some(value.clone()), stands)
                    }
                    ReviewAct::Return => {
                        (ReviewKind::Return, None, inspection.open_returns().any(|open| open == review))
                    }
                    ReviewAct::Approve { .. } => (ReviewKind::Approve, None, last_approval == Some(index)),
                    ReviewAct::Dismiss => (ReviewKind::Dismiss, None, true),
                    ReviewAct::Comment => (ReviewKind::Comment, None, true),
                };
                ReviewEvent {
                    kind,
                    item: review.item.clone(),
                    value,
                    reason: review.reason.clone(),
                    by: self.by(&review.stamp),
                    at: review.stamp.at,
                    effective,
                }
            })
            .collect()
    }

    fn devices(&self) -> Vec<DeviceShare> {
        let authors = self.document.authors().into_iter();
        authors
            .map(|(device, changes)| DeviceShare {
                device: device.to_string(),
                name: self.registry.device(device).map(|device| device.name.clone()).unwrap_or_default(),
                user: Person::of_device(self.registry, Some(device)),
                changes,
            })
            .collect()
    }

    fn parallel(&self) -> Vec<Person> {
        let phone = |id| self.registry.device(id).filter(|device| device.kind == DeviceKind::Phone);
        let pairs = self.document.parallel();
        let of_phones = pairs.iter().filter_map(|[one, other]| phone(*one).zip(phone(*other)));
        let of_people =
            of_phones.map(|(one, other)| [one.user, other.user]).filter(|[one, other]| one != other);
        let people: BTreeSet<UserId> = of_people.flatten().collect();
        people.into_iter().map(|user| Person::of(self.registry, user)).collect()
    }

    fn alike(&self) -> Vec<Alike> {
        let answers = self.inspection.answers.iter();
        answers
            .filter(|(item, recorded)| recorded.len() > 1 && !self.inspection.answer(item).is_open())
            .map(|(item, recorded)| Alike {
                item: item.clone(),
                people: recorded.iter().map(|one| self.by(&one.stamp)).collect(),
            })
            .collect()
    }
}

/// What a decision on an item must cover to hold: every value that stands and every decision so far.
pub(in crate::handlers::inspections) fn covers(
    inspection: &Inspection,
    item: &str,
) -> Vec<inspection::OpRef> {
    let values = inspection.recorded(item).iter().map(|one| one.stamp.op.clone());
    let decisions = inspection.standing_decisions(item).into_iter();
    values.chain(decisions.map(|(review, ..)| inspection.reviews[review].stamp.op.clone())).collect()
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
