//! Cards for lists: made from stored rows, so that no list loads a document.

use rounds_shared::{assignment::InspectionKind, inspection::ReviewState, template::Text};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{AreaRow, CaseCard, Person, SiteRow};

/// A version of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TemplateRef {
    /// Which checklist.
    pub id: String,
    /// Which version of it.
    pub version: u32,
    /// Its title.
    pub title: Text,
}

/// A checklist to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TemplateRow {
    /// Which.
    #[serde(flatten)]
    pub template: TemplateRef,
    /// How many items it asks.
    pub items: u32,
}

/// An assignment 检查任务, with its inspection once it is begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AssignmentCard {
    /// Its id.
    pub id: String,
    /// What sort of visit.
    pub kind: InspectionKind,
    /// With which checklist.
    pub template: TemplateRef,
    /// Where.
    pub area: AreaRow,
    /// The site, when it is about one.
    pub site: Option<SiteRow>,
    /// By the end of which day.
    pub due: String,
    /// Whether that day is over and nothing was submitted.
    pub overdue: bool,
    /// What to look at.
    pub note: String,
    /// Who was asked.
    pub people: Vec<Person>,
    /// What was recorded so far.
    pub inspection: Option<InspectionCard>,
    /// Why another stands in its place 已被取代, in a supervisor's words.
    pub superseded: Option<String>,
}

/// The review state 复核状态.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "ReviewState")]
pub enum ReviewStateView {
    /// 草稿
    Draft,
    /// 已提交
    Submitted,
    /// 待复核
    Reviewing,
    /// 退回补正
    Returned,
    /// 已通过
    Approved,
    /// 不予采用
    Dismissed,
    /// 已作废
    Struck,
}

impl From<ReviewState> for ReviewStateView {
    fn from(state: ReviewState) -> Self {
        match state {
            ReviewState::Draft => ReviewStateView::Draft,
            ReviewState::Submitted => ReviewStateView::Submitted,
            ReviewState::Reviewing => ReviewStateView::Reviewing,
            ReviewState::Returned => ReviewStateView::Returned,
            ReviewState::Approved => ReviewStateView::Approved,
            ReviewState::Dismissed => ReviewStateView::Dismissed,
            ReviewState::Struck => ReviewStateView::Struck,
        }
    }
}

/// Where what was recorded here has got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// 已存本机: on this device, and nothing in it yet that could be sent.
    Stored,
    /// 待上传: the server has not signed for everything yet.
    Pending,
    /// 上传中
    Sending,
    /// 已送达: the server has signed for everything, or sent it.
    Delivered,
    /// 待审定: the server keeps it, a person must rule.
    Held,
    /// 需处理: the server would not take it.
    Attention,
}

/// How far an inspection's changes and photos have got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Delivery {
    /// In one word.
    pub state: DeliveryState,
    /// Changes without a receipt.
    pub changes_pending: u32,
    /// Photos taken on this device.
    pub photos_total: u32,
    /// Those of them that the server has in full.
    pub photos_delivered: u32,
    /// Those of them that it does not have, and whose bytes can no longer be read here.
    pub photos_lost: u32,
    /// Why it is held or needs attention: a code.
    pub reason: Option<String>,
}

/// An inspection 检查 in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct InspectionCard {
    /// Its document's id.
    pub id: String,
    /// What sort of visit.
    pub kind: InspectionKind,
    /// Where.
    pub area: AreaRow,
    /// The site, when it is about one.
    pub site: Option<SiteRow>,
    /// The checklist's title.
    pub title: Text,
    /// Its assignment's day.
    pub due: Option<String>,
    /// The assignment it fulfils.
    pub assignment: Option<String>,
    /// Whether it continues another inspection 续表.
    pub continuation: bool,
    /// Its review state.
    pub state: ReviewStateView,
    /// How many of the asked items have a value.
    pub answered: u32,
    /// How many items are asked.
    pub asked: u32,
    /// How many findings stand.
    pub findings: u32,
    /// How many items hold different values 结果不一致.
    pub conflicts: u32,
    /// How many returns 退回 are unanswered.
    pub returned: u32,
    /// When something in it changed, as this device knows it.
    pub changed_at: i64,
    /// How far it has got.
    pub delivery: Delivery,
}

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Today {
    /// The city's day.
    pub day: String,
    /// 退回补正: comes first.
    pub returned: Vec<InspectionCard>,
    /// Cases that I have to put right or to check, what is due first.
    pub cases: Vec<CaseCard>,
    /// My assignments that are not submitted, by the day they are due.
    pub assignments: Vec<AssignmentCard>,
    /// Begun without an assignment of mine, and not submitted.
    pub open: Vec<InspectionCard>,
    /// Submitted or settled, the latest first.
    pub done: Vec<InspectionCard>,
}

/// One area with what is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AreaDetail {
    /// The area.
    pub area: AreaRow,
    /// Its sites.
    pub sites: Vec<SiteRow>,
    /// The assignments for it.
    pub assignments: Vec<AssignmentCard>,
    /// The inspections of it, the latest first.
    pub inspections: Vec<InspectionCard>,
}
