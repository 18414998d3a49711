//! A whole inspection on the screen.

use rounds_shared::{assignment::InspectionKind, inspection::Passage, score::Grade, template::Text};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    AreaRow, Delivery, ItemView, Person, PhotoView, PointView, ReviewStateView, SiteRow, Struck, TemplateRef,
};

/// The assignment an inspection fulfils.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AssignmentRef {
    /// Its id.
    pub id: String,
    /// By the end of which day.
    pub due: String,
    /// What to look at.
    pub note: String,
}

/// A domain of the checklist with its items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DomainView {
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: Text,
    /// How many of its asked items have a value.
    pub answered: u32,
    /// How many of its items are asked.
    pub asked: u32,
    /// Its items that a person can see: computed ones are not asked of anybody.
    pub items: Vec<ItemView>,
}

/// A domain's score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DomainScoreView {
    /// Which domain.
    pub code: String,
    /// In hundredths; none when nothing could be scored.
    pub score: Option<u32>,
}

/// What the visit is worth as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ScoreView {
    /// In hundredths; none when nothing could be scored.
    pub total: Option<u32>,
    /// The grade.
    pub grade: Option<Grade>,
    /// Whether a veto caps the grade.
    pub veto: bool,
    /// Whether a conflict is open: the stricter value counts meanwhile.
    pub provisional: bool,
    /// How many of the asked items have a value.
    pub answered: u32,
    /// How many items are asked.
    pub asked: u32,
    /// The domains.
    pub domains: Vec<DomainScoreView>,
}

/// A remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RemarkView {
    /// Its identity.
    pub id: String,
    /// The item; none for the visit.
    pub item: Option<String>,
    /// The words.
    pub text: String,
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
    /// Whether it waits for a ruling 待审定.
    pub held: bool,
}

/// Coming or going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "Passage")]
pub enum PassageView {
    /// 到达
    Arrival,
    /// 离开
    Departure,
}

impl From<Passage> for PassageView {
    fn from(passage: Passage) -> Self {
        match passage {
            Passage::Arrival => PassageView::Arrival,
            Passage::Departure => PassageView::Departure,
        }
    }
}

impl From<PassageView> for Passage {
    fn from(passage: PassageView) -> Self {
        match passage {
            PassageView::Arrival => Passage::Arrival,
            PassageView::Departure => Passage::Departure,
        }
    }
}

/// 到离场: somebody came or left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PresenceView {
    /// Which of them.
    pub passage: PassageView,
    /// Where the device was.
    pub point: Option<PointView>,
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
}

/// A submission 提交.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SubmissionView {
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
}

/// What a reviewer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReviewKind {
    /// 通过
    Approve,
    /// 退回
    Return,
    /// 核定
    Decide,
    /// 不予采用
    Dismiss,
    /// A comment.
    Comment,
}

/// One thing a reviewer said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReviewEntry {
    /// What.
    pub kind: ReviewKind,
    /// The item; none for the visit.
    pub item: Option<String>,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
    /// Whether it is a return that no submission has answered yet.
    pub open: bool,
}

/// An item that may be brought in 补入.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewerItem {
    /// Its code.
    pub code: String,
    /// What is asked.
    pub title: Text,
}

/// What a newer version of the checklist asks besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewerView {
    /// The version.
    pub version: u32,
    /// The items, in its order.
    pub items: Vec<NewerItem>,
}

/// An inspection 检查 with everything in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct InspectionView {
    /// Its document's id.
    pub id: String,
    /// What sort of visit.
    pub kind: InspectionKind,
    /// Its review state.
    pub state: ReviewStateView,
    /// The assignment it fulfils; none when unplanned.
    pub assignment: Option<AssignmentRef>,
    /// Where.
    pub area: AreaRow,
    /// The site, when it is about one.
    pub site: Option<SiteRow>,
    /// The checklist.
    pub template: TemplateRef,
    /// What a newer version of it offers, while the visit is open and has room.
    pub newer: Option<NewerView>,
    /// Why its checklist is withdrawn 停用, while the visit is open: it goes on all the same.
    pub withdrawn: Option<String>,
    /// Whether nothing more is added here: the visit goes on in a continuation 续表.
    pub nearly_full: bool,
    /// The inspection that it continues, where it is here.
    pub continues: Option<String>,
    /// Its continuation, where it was begun.
    pub continued_by: Option<String>,
    /// Who was asked, and whoever else recorded something.
    pub people: Vec<Person>,
    /// The checklist's domains with what was recorded.
    pub domains: Vec<DomainView>,
    /// What it is worth.
    pub score: ScoreView,
    /// The remarks.
    pub remarks: Vec<RemarkView>,
    /// Who came and left, oldest first.
    pub presences: Vec<PresenceView>,
    /// The signatures 签名 of the whole visit.
    pub signatures: Vec<PhotoView>,
    /// The submissions.
    pub submissions: Vec<SubmissionView>,
    /// The reviews.
    pub review: Vec<ReviewEntry>,
    /// Struck 作废 as a whole, and why.
    pub struck: Option<Struck>,
    /// How far it has got.
    pub delivery: Delivery,
}

/// What 本组其余合格 has done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct RestPassed {
    /// The items it has recorded.
    pub items: Vec<String>,
    /// The inspection as it stands now.
    pub inspection: InspectionView,
}

/// What is to be struck 作废.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StrikeTarget {
    /// The whole visit.
    Inspection,
    /// A finding.
    Finding {
        /// Which.
        id: String,
    },
    /// A photo.
    Photo {
        /// Which.
        id: String,
    },
}
