//! A merged inspection in full: item by item, with everybody's values.

use std::collections::BTreeSet;

use rounds_shared::{
    document::Document,
    ids::UserId,
    inspection::{self, Answer, How, Inspection, Passage, PhotoRole, PhotoSource, ReviewAct, Stamp, Survey},
    registry::{DeviceKind, Registry},
    score::{Grade, Score},
    template::{Item, Template},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::row::InspectionRow;
use crate::{
    handlers::{
        shapes::{Person, Point, TemplateRef, Text},
        templates::ItemShape,
    },
    photos::Photos,
};

/// A merged inspection.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InspectionDetail {
    /// As lists show it.
    pub row: InspectionRow,
    /// The checklist.
    pub template: TemplateRef,
    /// The document's heads, which an approval names.
    pub heads: Vec<String>,
    /// Domain by domain.
    pub domains: Vec<DomainDetail>,
    /// The score as the document stands.
    pub score: ScoreDetail,
    /// The remarks.
    pub remarks: Vec<RemarkDetail>,
    /// 到离场: who came and left, oldest first.
    pub presences: Vec<PresenceDetail>,
    /// The signatures 签名 of the whole visit.
    pub signatures: Vec<PhotoDetail>,
    /// The submissions.
    pub submissions: Vec<SubmissionDetail>,
    /// What reviewers said, oldest first.
    pub review: Vec<ReviewEvent>,
    /// Struck 作废 as a whole.
    pub struck: Option<StrikeDetail>,
    /// Which devices wrote how much of it.
    pub devices: Vec<DeviceShare>,
    /// 同时修改: inspectors who worked without knowledge of each other. Where they differ is a conflict, the rest was merged.
    pub parallel: Vec<Person>,
    /// Items that several people recorded without knowledge of each other, and alike.
    pub alike: Vec<Alike>,
    /// Whether something was recorded after it was approved 审后变更.
    pub changed_after_approval: bool,
}

/// A domain of the checklist.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DomainDetail {
    /// Its code.
    pub code: String,
    /// Its name.
    pub title: Text,
    /// Its share of the total, in hundredths.
    pub weight: u32,
    /// Its score in hundredths.
    pub score: Option<u32>,
    /// How many of its items were answered.
    pub answered: u32,
    /// How many are asked.
    pub asked: u32,
    /// Its items.
    pub items: Vec<ItemDetail>,
}

/// An item with what was recorded.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ItemDetail {
    /// What is asked.
    #[serde(flatten)]
    pub asked: ItemShape,
    /// What holds.
    pub answer: AnswerDetail,
    /// Its score in hundredths of a percent.
    pub percent: Option<u32>,
    /// Its findings.
    pub findings: Vec<FindingDetail>,
    /// Its photos that belong to no finding.
    pub photos: Vec<PhotoDetail>,
    /// 问卷: the responses, counted, when people are asked about it one by one.
    pub survey: Option<SurveyDetail>,
    /// Returned 退回补正, and not answered yet.
    pub returned: Option<ReturnDetail>,
    /// Every value ever recorded for it, oldest first.
    pub history: Vec<HistoryEntry>,
}

/// How the answer of an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerState {
    /// Not answered.
    None,
    /// One value.
    Agreed,
    /// 不一致待核定
    Conflict,
    /// 已核定
    Decided,
    /// Recorded again after a decision.
    Reopened,
}

impl AnswerState {
    /// The state's name in JSON and in the language files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Agreed => "agreed",
            Self::Conflict => "conflict",
            Self::Decided => "decided",
            Self::Reopened => "reopened",
        }
    }
}

/// What holds for an item.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnswerDetail {
    /// How it stands.
    pub state: AnswerState,
    /// The value that holds, when one does.
    pub value: Option<String>,
    /// The values that stand.
    pub values: Vec<ValueDetail>,
    /// The decisions that stand: one, or several when supervisors decided without knowledge of each other.
    pub decisions: Vec<DecisionDetail>,
    /// What a decision must cover: the values and earlier decisions.
    pub covers: Vec<String>,
}

/// A value that stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ValueDetail {
    /// The value.
    pub value: String,
    /// Who recorded it.
    pub by: Person,
    /// On which device.
    pub device: String,
    /// When, by that device's clock in milliseconds.
    pub at: i64,
    /// By a tap on this item, on 本组其余合格, or counted from a questionnaire.
    #[schema(value_type = How)]
    pub how: String,
    /// The operation.
    pub op: String,
}

/// A decision 核定.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DecisionDetail {
    /// The value that holds.
    pub value: String,
    /// Who decided.
    pub by: Person,
    /// When.
    pub at: i64,
    /// Why.
    pub reason: String,
}

/// A finding 问题.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FindingDetail {
    /// Its key.
    pub id: String,
    /// The item.
    pub item: String,
    /// The finding kind.
    pub kind: String,
    /// What was seen.
    pub note: String,
    /// Where, in words.
    pub place: String,
    /// Where.
    pub point: Option<Point>,
    /// 当场处置
    pub fixed_on_spot: bool,
    /// 设施编号; empty when it is about none.
    pub asset: String,
    /// Its photos.
    pub photos: Vec<PhotoDetail>,
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
    /// Struck 作废.
    pub struck: Option<StrikeDetail>,
    /// Fields with values recorded without knowledge of each other.
    pub conflicts: Vec<String>,
}

/// A photo.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PhotoDetail {
    /// Its key.
    pub id: String,
    /// The address of its bytes.
    pub hash: String,
    /// The photo it is a copy of, with something drawn on it.
    pub copy_of: Option<String>,
    /// Where it came from.
    #[schema(value_type = PhotoSource)]
    pub source: String,
    /// What it shows.
    #[schema(value_type = PhotoRole)]
    pub role: String,
    /// When.
    pub at: i64,
    /// Who.
    pub by: Person,
    /// Where.
    pub point: Option<Point>,
    /// Whether its bytes are on the server.
    pub delivered: bool,
    /// The device that still holds it, when they are not.
    pub held_by: Option<String>,
    /// Struck 作废.
    pub struck: Option<StrikeDetail>,
}

/// A strike 作废.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StrikeDetail {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
    /// Whether it was edited without knowledge of the strike, or after it.
    pub disputed: bool,
}

/// A return 退回.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnDetail {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
}

/// A value of an item's history.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HistoryEntry {
    /// The value.
    pub value: String,
    /// Who.
    pub by: Person,
    /// On which device.
    pub device: String,
    /// When, by that device's clock in milliseconds.
    pub at: i64,
    /// How.
    #[schema(value_type = How)]
    pub how: String,
    /// Whether it stands.
    pub current: bool,
    /// The operation.
    pub op: String,
}

/// The score as the document stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScoreDetail {
    /// In hundredths; none when nothing could be scored.
    pub total: Option<u32>,
    /// The grade.
    #[schema(value_type = Option<Grade>)]
    pub grade: Option<String>,
    /// Whether a veto caps it.
    pub veto: bool,
    /// Whether a conflict is open and the stricter value counts meanwhile.
    pub provisional: bool,
    /// How many items were answered.
    pub answered: u32,
    /// How many are asked.
    pub asked: u32,
}

/// A remark.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RemarkDetail {
    /// The item it is about.
    pub item: Option<String>,
    /// The words.
    pub text: String,
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
}

/// Coming or going, as somebody says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PresenceDetail {
    /// Which of them.
    #[schema(value_type = Passage)]
    pub passage: String,
    /// Where the device was.
    pub point: Option<Point>,
    /// Who.
    pub by: Person,
    /// When, by that device's clock in milliseconds.
    pub at: i64,
}

/// The responses to an item, counted.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct SurveyDetail {
    /// How many said yes.
    pub yes: u32,
    /// How many said no.
    pub no: u32,
    /// How many forms count for nothing.
    pub void: u32,
}

/// A submission.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SubmissionDetail {
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
}

/// What a reviewer can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewKind {
    /// 通过
    Approve,
    /// 退回补正
    Return,
    /// 核定
    Decide,
    /// 不予采用
    Dismiss,
    /// 批注
    Comment,
}

/// What a reviewer said.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReviewEvent {
    /// What he did.
    pub kind: ReviewKind,
    /// The item.
    pub item: Option<String>,
    /// The value decided.
    pub value: Option<String>,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
    /// Whether it still holds.
    pub effective: bool,
}

/// A device's share of a document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceShare {
    /// The device.
    pub device: String,
    /// What its owner calls it.
    pub name: String,
    /// Whose it is.
    pub user: Person,
    /// How many changes it made.
    pub changes: u64,
}

/// An item that several people recorded without a difference.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Alike {
    /// The item.
    pub item: String,
    /// Who.
    pub people: Vec<Person>,
}

/// Makes the detail of a document.
pub(super) struct Details<'d> {
    pub(super) document: &'d Document,
    pub(super) inspection: &'d Inspection,
    pub(super) template: &'d Template,
    pub(super) registry: &'d Registry,
    pub(super) photos: &'d Photos,
    pub(super) score: Score,
}

impl Details<'_> {
    pub(super) fn detail(&self, row: InspectionRow) -> InspectionDetail {
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

    pub(super) fn items(&self, codes: &[String]) -> Vec<ItemDetail> {
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
            struck: finding.struck.as_ref().map(|strike| self.strike(strike)),
            conflicts: finding.conflicts.iter().map(|field| (*field).to_owned()).collect(),
        }
    }

    fn strike(&self, strike: &inspection::Strike) -> StrikeDetail {
        StrikeDetail {
            reason: strike.reason.clone(),
            by: self.by(&strike.stamp),
            at: strike.stamp.at,
            disputed: strike.disputed,
        }
    }

    fn photos(&self, wanted: impl Fn(&inspection::Photo) -> bool) -> Vec<PhotoDetail> {
        let wanted = self.inspection.photos.iter().filter(|photo| wanted(photo));
        wanted
            .map(|photo| {
                let delivered = self.photos.has(photo.hash);
                let holder = photo.stamp.device.and_then(|device| self.registry.device(device));
                PhotoDetail {
                    id: photo.id.clone(),
                    hash: photo.hash.to_string(),
                    copy_of: photo.copy_of.clone(),
                    source: photo.source.as_str().to_owned(),
                    role: photo.role.as_str().to_owned(),
                    at: photo.stamp.at,
                    by: self.by(&photo.stamp),
                    point: photo.point.map(Into::into),
                    delivered,
                    held_by: holder.filter(|_| !delivered).map(|device| device.name.clone()),
                    struck: photo.struck.as_ref().map(|strike| self.strike(strike)),
                }
            })
            .collect()
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
pub(super) fn covers(inspection: &Inspection, item: &str) -> Vec<inspection::OpRef> {
    let values = inspection.recorded(item).iter().map(|one| one.stamp.op.clone());
    let decisions = inspection.standing_decisions(item).into_iter();
    values.chain(decisions.map(|(review, ..)| inspection.reviews[review].stamp.op.clone())).collect()
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
