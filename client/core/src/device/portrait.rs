//! An inspection as the screen shows it: what was recorded, by whom, what holds, and what it is worth.

use rounds_shared::{
    assessment::assess,
    document::Content,
    ids::DocId,
    inspection::{Answer, Finding, Inspection, Photo, Recorded, ReviewAct, Stamp, Strike, Survey},
    score::Score,
    template::{Item, Text},
};

use super::{Device, damaged, lists::site_row};
use crate::{
    failure::Failure,
    store,
    view::{
        AnswerState, AnswerValue, AnswerView, AssignmentRef, Decision, DomainScoreView, DomainView,
        EvidenceView, FindingView, InspectionView, ItemView, KindView, Person, PhotoView, PresenceView,
        RemarkView, Returned, ReviewEntry, ReviewKind, ScoreView, Struck, SubmissionView, SurveyView,
    },
};

impl Device {
    /// A whole inspection. `on_device` says whether a photo's bytes are here.
    pub(crate) fn inspection_view(
        &mut self,
        doc: DocId,
        sending: bool,
        on_device: impl Fn(&Photo) -> bool,
    ) -> Result<InspectionView, Failure> {
        let inspection = self.inspection(doc)?;
        let nearly_full = self.is_nearly_full(doc)?;
        let apart = self.with_apart(doc)?;
        // With the items that wait for a ruling, so that what was recorded of them is shown.
        let template = self.registry.checklist(apart.as_ref().unwrap_or(&inspection));
        let template = template.ok_or(Failure::TemplateMissing)?;
        let about = &inspection.about;
        let score = assess(&template, &inspection);
        let assignment = self.registry.assignment_of(doc);
        let asked = self.people_asked(doc);
        let mut domains = Vec::new();
        for (weighted, domain_score) in template.domains.iter().zip(&score.domains) {
            let domain = &weighted.domain;
            let shown = domain.items.iter().filter(|item| !item.is_computed());
            let items = shown.map(|item| self.item(&inspection, apart.as_ref(), item, &on_device));
            domains.push(DomainView {
                code: domain.code.to_string(),
                title: Text { zh: domain.zh.clone(), en: domain.en.clone() },
                answered: domain_score.answered,
                asked: domain_score.asked,
                items: items.collect::<Result<_, _>>()?,
            });
        }
        let struck = inspection.submissions.iter().find_map(|submission| {
            let reason = submission.struck.clone()?;
            Some(Struck { reason, by: self.by(&submission.stamp), at: submission.stamp.at })
        });
        let state = inspection.state(&asked, |device| self.user_of(device));
        Ok(InspectionView {
            id: doc.to_string(),
            kind: about.kind,
            state: state.into(),
            // What is full takes nothing more; its continuation does.
            newer: self.newer(&inspection, state).filter(|_| !nearly_full),
            withdrawn: self.withdrawn(&inspection, state),
            nearly_full,
            continues: self.continues(&inspection)?.map(|doc| doc.to_string()),
            continued_by: self.continued_by(doc, &inspection)?.map(|doc| doc.to_string()),
            assignment: assignment.map(|assignment| AssignmentRef {
                id: assignment.id.to_string(),
                due: assignment.due.to_string(),
                note: assignment.note.clone(),
            }),
            area: self.area_row_of(&about.area),
            site: about.site.as_ref().and_then(|site| self.registry.sites().get(site)).map(site_row),
            template: self.template_ref(&about.template, about.template_version),
            people: self.people(&inspection, &asked),
            domains,
            score: score_view(&score, &inspection),
            remarks: apart
                .as_ref()
                .unwrap_or(&inspection)
                .remarks
                .iter()
                .map(|remark| RemarkView {
                    held: !inspection.remarks.contains(remark),
                    id: remark.stamp.op.0.clone(),
                    item: remark.item.clone(),
                    text: remark.text.clone(),
                    by: self.by(&remark.stamp),
                    at: remark.stamp.at,
                })
                .collect(),
            presences: inspection
                .presences
                .iter()
                .map(|presence| PresenceView {
                    passage: presence.passage.into(),
                    point: presence.point.map(Into::into),
                    by: self.by(&presence.stamp),
                    at: presence.stamp.at,
                })
                .collect(),
            signatures: apart
                .as_ref()
                .unwrap_or(&inspection)
                .photos
                .iter()
                .filter(|photo| photo.item.is_none())
                .map(|photo| self.photo(photo, &inspection.photos, &on_device))
                .collect::<Result<_, _>>()?,
            submissions: inspection
                .submissions
                .iter()
                .filter(|submission| submission.struck.is_none())
                .map(|submission| SubmissionView { by: self.by(&submission.stamp), at: submission.stamp.at })
                .collect(),
            review: inspection
                .reviews
                .iter()
                .map(|review| ReviewEntry {
                    kind: match review.act {
                        ReviewAct::Approve { .. } => ReviewKind::Approve,
                        ReviewAct::Return => ReviewKind::Return,
                        ReviewAct::Decide { .. } => ReviewKind::Decide,
                        ReviewAct::Dismiss => ReviewKind::Dismiss,
                        ReviewAct::Comment => ReviewKind::Comment,
                    },
                    item: review.item.clone(),
                    reason: review.reason.clone(),
                    by: self.by(&review.stamp),
                    at: review.stamp.at,
                    open: inspection.open_returns().any(|one| one.stamp.op == review.stamp.op),
                })
                .collect(),
            struck,
            delivery: self.delivery(doc, sending)?,
        })
    }

    /// One item of an inspection.
    pub(crate) fn item_view(
        &mut self,
        doc: DocId,
        code: &str,
        on_device: impl Fn(&Photo) -> bool,
    ) -> Result<ItemView, Failure> {
        let inspection = self.inspection(doc)?;
        let apart = self.with_apart(doc)?;
        let template = self.registry.checklist(apart.as_ref().unwrap_or(&inspection));
        let template = template.ok_or(Failure::TemplateMissing)?;
        let item = template.item(code).ok_or(Failure::NotFound)?;
        self.item(&inspection, apart.as_ref(), item, &on_device)
    }

    /// One photo of an inspection or of a case.
    pub(crate) fn photo_view(
        &mut self,
        doc: DocId,
        id: &str,
        on_device: impl Fn(&Photo) -> bool,
    ) -> Result<PhotoView, Failure> {
        let (admitted, apart) = match self.opened.for_reading(&self.store, doc)?.content() {
            Ok(Content::Case(case)) => (case.photos, None),
            Ok(Content::Inspection(inspection)) => {
                (inspection.photos, self.with_apart(doc)?.map(|apart| apart.photos))
            }
            Err(error) => return Err(damaged(&error)),
        };
        let mut photos = apart.as_ref().unwrap_or(&admitted).iter();
        let photo = photos.find(|photo| photo.id == id).ok_or(Failure::NotFound)?;
        self.photo(photo, &admitted, &on_device)
    }

    /// `apart` is the inspection together with what waits for a ruling, when something does.
    fn item(
        &self,
        inspection: &Inspection,
        apart: Option<&Inspection>,
        item: &Item,
        on_device: &impl Fn(&Photo) -> bool,
    ) -> Result<ItemView, Failure> {
        let code = item.code.as_str();
        let whole = apart.unwrap_or(inspection);
        let findings = whole.findings.iter().filter(|finding| finding.item == code);
        let photos = whole
            .photos
            .iter()
            .filter(|photo| photo.item.as_deref() == Some(code) && photo.finding.is_none());
        Ok(ItemView {
            code: code.to_owned(),
            title: Text { zh: item.zh.clone(), en: item.en.clone() },
            methods: item.methods.clone(),
            extent: item.extent.clone(),
            scale: (&item.scale).into(),
            weight: item.weight.as_hundredths(),
            evidence: item
                .evidence
                .iter()
                .map(|evidence| EvidenceView { kind: evidence.kind, least: evidence.min.unwrap_or(1) })
                .collect(),
            clause: item.clause.clone(),
            reference: item.reference.map(|picture| picture.to_string()),
            pending: item.pending.is_some(),
            brought: whole.brought.iter().any(|brought| brought == code),
            kinds: item
                .kinds
                .iter()
                .map(|kind| KindView {
                    code: kind.code.to_string(),
                    title: Text { zh: kind.zh.clone(), en: kind.en.clone() },
                    severity: kind.severity,
                    veto: kind.veto,
                    deadline: kind.deadline.as_ref().map(ToString::to_string).unwrap_or_default(),
                })
                .collect(),
            answer: self.answer_view(inspection, apart, code),
            findings: findings
                .map(|finding| {
                    // What is in the inspection is shown as it is there.
                    let admitted = inspection.findings.iter().find(|one| one.id == finding.id);
                    let finding = admitted.unwrap_or(finding);
                    let photos =
                        whole.photos.iter().filter(|photo| photo.finding.as_ref() == Some(&finding.id));
                    let photos = photos.map(|photo| self.photo(photo, &inspection.photos, on_device));
                    Ok(self.finding(finding, admitted.is_none(), photos.collect::<Result<_, _>>()?))
                })
                .collect::<Result<_, Failure>>()?,
            photos: photos
                .map(|photo| self.photo(photo, &inspection.photos, on_device))
                .collect::<Result<_, _>>()?,
            survey: item.is_survey().then(|| self.survey(whole, code)),
            returned: inspection.open_returns().find(|review| review.item.as_deref() == Some(code)).map(
                |review| Returned {
                    reason: review.reason.clone(),
                    by: self.by(&review.stamp),
                    at: review.stamp.at,
                },
            ),
        })
    }

    fn answer_view(&self, inspection: &Inspection, apart: Option<&Inspection>, code: &str) -> AnswerView {
        let values: Vec<AnswerValue> = inspection
            .recorded(code)
            .iter()
            .map(|one| AnswerValue {
                value: one.value.clone(),
                by: self.by(&one.stamp),
                at: one.stamp.at,
                how: one.how.into(),
            })
            .collect();
        let answer = inspection.answer(code);
        // While two decisions differ, or something was recorded since, the last one is shown with the open question.
        let decided = match &answer {
            Answer::Decided { review, .. } => Some(*review),
            Answer::Reopened => inspection.standing_decisions(code).last().map(|(review, ..)| *review),
            Answer::None | Answer::Agreed(_) | Answer::Conflict => None,
        };
        let decision = decided.and_then(|index| {
            let review = &inspection.reviews[index];
            let ReviewAct::Decide { value, .. } = &review.act else { return None };
            Some(Decision {
                value: value.clone(),
                by: self.by(&review.stamp),
                at: review.stamp.at,
                reason: review.reason.clone(),
            })
        });
        let is_mine = |one: &&Recorded| self.by(&one.stamp).mine;
        let is_admitted = |one: &&Recorded| {
            inspection.recorded(code).iter().filter(is_mine).any(|there| there.value == one.value)
        };
        let mut held = apart.iter().flat_map(|apart| apart.recorded(code)).filter(is_mine);
        AnswerView {
            held: held.find(|one| !is_admitted(one)).map(|one| one.value.clone()),
            state: match answer {
                Answer::None => AnswerState::None,
                Answer::Agreed(_) => AnswerState::Agreed,
                Answer::Conflict => AnswerState::Conflict,
                Answer::Decided { .. } => AnswerState::Decided,
                Answer::Reopened => AnswerState::Reopened,
            },
            value: answer.value().map(str::to_owned),
            mine: values.iter().find(|one| one.by.mine).map(|one| one.value.clone()),
            values,
            decision,
        }
    }

    fn finding(&self, finding: &Finding, held: bool, photos: Vec<PhotoView>) -> FindingView {
        FindingView {
            id: finding.id.clone(),
            item: finding.item.clone(),
            kind: finding.kind.clone(),
            note: finding.note.clone(),
            place: finding.place.clone(),
            point: finding.point.map(Into::into),
            fixed_on_spot: finding.fixed_on_spot,
            asset: finding.asset.clone(),
            photos,
            by: self.by(&finding.stamp),
            at: finding.stamp.at,
            struck: finding.struck.as_ref().map(|strike| self.struck(strike)),
            conflicts: finding.conflicts.iter().map(|field| (*field).to_owned()).collect(),
            held,
        }
    }

    fn survey(&self, inspection: &Inspection, code: &str) -> SurveyView {
        let Survey { yes, no, void } = inspection.survey(code);
        let of_item = inspection.responses.iter().filter(|response| response.item == code);
        let mine = of_item.filter(|response| !response.taken_back && self.by(&response.stamp).mine);
        SurveyView { yes, no, void, mine: u32::try_from(mine.count()).unwrap_or(u32::MAX) }
    }

    /// A photo; one that is not among those that were admitted waits for a ruling.
    pub(super) fn photo(
        &self,
        photo: &Photo,
        admitted: &[Photo],
        on_device: &impl Fn(&Photo) -> bool,
    ) -> Result<PhotoView, Failure> {
        let taken_here = store::photos::standing(self.store.read(), photo.hash)?;
        Ok(PhotoView {
            id: photo.id.clone(),
            hash: photo.hash.to_string(),
            copy_of: photo.copy_of.clone(),
            source: photo.source.into(),
            role: photo.role.into(),
            at: photo.stamp.at,
            by: self.by(&photo.stamp),
            point: photo.point.map(Into::into),
            // Whether a colleague's photo has arrived, only the server knows.
            delivered: taken_here.is_none_or(|standing| standing.delivered),
            on_device: on_device(photo),
            refused: taken_here.is_some_and(|standing| standing.refused),
            lost: taken_here.is_some_and(|standing| standing.lost),
            struck: photo.struck.as_ref().map(|strike| self.struck(strike)),
            held: !admitted.iter().any(|one| one.id == photo.id),
        })
    }

    fn struck(&self, strike: &Strike) -> Struck {
        Struck { reason: strike.reason.clone(), by: self.by(&strike.stamp), at: strike.stamp.at }
    }

    /// Who wrote something; a device the registry does not know shows the beginning of its id.
    pub(super) fn by(&self, stamp: &Stamp) -> Person {
        let user = stamp.device.and_then(|device| self.user_of(device));
        user.map_or_else(
            || Person {
                id: String::new(),
                name: stamp.device.map(|device| device.to_string()[..8].to_owned()).unwrap_or_default(),
                mine: false,
            },
            |user| self.person(user),
        )
    }

    /// Who was asked, then whoever else recorded something.
    fn people(&self, inspection: &Inspection, asked: &[rounds_shared::ids::UserId]) -> Vec<Person> {
        let mut people: Vec<Person> = asked.iter().map(|user| self.person(*user)).collect();
        let answers = inspection.answers.iter().flat_map(|(_, recorded)| recorded).map(|one| &one.stamp);
        let findings = inspection.findings.iter().map(|finding| &finding.stamp);
        let submissions = inspection.submissions.iter().map(|submission| &submission.stamp);
        for person in answers.chain(findings).chain(submissions).map(|stamp| self.by(stamp)) {
            if !people.contains(&person) {
                people.push(person);
            }
        }
        people
    }
}

fn score_view(score: &Score, inspection: &Inspection) -> ScoreView {
    ScoreView {
        total: score.total.map(|total| total.as_hundredths()),
        grade: score.grade,
        veto: score.veto,
        provisional: !inspection.open_conflicts().is_empty(),
        answered: score.answered,
        asked: score.asked,
        domains: score
            .domains
            .iter()
            .map(|domain| DomainScoreView {
                code: domain.code.to_string(),
                score: domain.score.map(|score| score.as_hundredths()),
            })
            .collect(),
    }
}
