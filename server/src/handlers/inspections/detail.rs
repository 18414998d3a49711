//! A merged inspection in full: item by item, with everybody's values.

mod merged;

use rounds_shared::{
    inspection::{How, Passage, PhotoRole, PhotoSource},
    score::Grade,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::row::InspectionRow;
use crate::handlers::{
    shapes::{Person, Point, TemplateRef, Text},
    templates::ItemShape,
};

pub(super) use merged::{Details, covers};

/// A merged inspection.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InspectionDetail {
    /// As lists show it.
    pub row: InspectionRow,
    /// The checklist.
    pub template: TemplateRef,
    /// The inspection that it continues 续表, where the user may see it.
    pub continues: Option<String>,
    /// Its continuation, where there is one that the user may see.
    pub continued_by: Option<String>,
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
    /// 补入: brought in from a newer version of the checklist.
    pub brought: bool,
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
