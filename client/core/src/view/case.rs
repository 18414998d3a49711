//! Cases 案件 as the screens show them.

use rounds_shared::{
    case::{ActKind, CaseState},
    template::Text,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{AreaRow, Delivery, Person, PhotoView, PointView, SiteRow};

/// Where a case stands 案件状态.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "CaseState")]
pub enum CaseStateView {
    /// 待立案
    Pending,
    /// 待派遣
    Opened,
    /// 处置中
    Handling,
    /// 待核查
    Checking,
    /// 返工
    Rework,
    /// 待结案
    Checked,
    /// 已结案
    Closed,
    /// 已撤销
    Withdrawn,
}

impl From<CaseState> for CaseStateView {
    fn from(state: CaseState) -> Self {
        match state {
            CaseState::Pending => CaseStateView::Pending,
            CaseState::Opened => CaseStateView::Opened,
            CaseState::Handling => CaseStateView::Handling,
            CaseState::Checking => CaseStateView::Checking,
            CaseState::Rework => CaseStateView::Rework,
            CaseState::Checked => CaseStateView::Checked,
            CaseState::Closed => CaseStateView::Closed,
            CaseState::Withdrawn => CaseStateView::Withdrawn,
        }
    }
}

/// What somebody may do about a case on his phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "CaseAct")]
pub enum CaseActView {
    /// 处置完成
    Fix,
    /// 回退
    GiveBack,
    /// 核查通过
    Pass,
    /// 核查不通过
    Fail,
}

impl CaseActView {
    /// Every one.
    pub const ALL: [CaseActView; 4] =
        [CaseActView::Fix, CaseActView::GiveBack, CaseActView::Pass, CaseActView::Fail];
}

impl From<CaseActView> for ActKind {
    fn from(act: CaseActView) -> Self {
        match act {
            CaseActView::Fix => ActKind::Fix,
            CaseActView::GiveBack => ActKind::GiveBack,
            CaseActView::Pass => ActKind::Pass,
            CaseActView::Fail => ActKind::Fail,
        }
    }
}

/// What a case asks of the person who holds the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CasePart {
    /// To put it right.
    Fix,
    /// To check it.
    Check,
    /// Nothing now.
    None,
}

/// A case in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseCard {
    /// Its document's id.
    pub id: String,
    /// Where.
    pub area: AreaRow,
    /// The site, when it is about one.
    pub site: Option<SiteRow>,
    /// The item's code.
    pub item: String,
    /// What the item asks.
    pub title: Text,
    /// What sort of defect.
    pub kind: Text,
    /// Where, in words.
    pub place: String,
    /// What was seen.
    pub note: String,
    /// Where it stands.
    pub state: CaseStateView,
    /// What it asks of whoever holds the device.
    pub part: CasePart,
    /// Who puts it right.
    pub responsible: Option<Person>,
    /// By the end of which day.
    pub due: Option<String>,
    /// Whether that day is over and nobody has put it right.
    pub overdue: bool,
    /// How often it came back 返工.
    pub reworks: u32,
    /// When something in it changed, as this device knows it.
    pub changed_at: i64,
    /// How far what was recorded here has got.
    pub delivery: Delivery,
}

/// The cases on this device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Cases {
    /// Mine to put right, by the day they are due.
    pub to_fix: Vec<CaseCard>,
    /// Mine to check.
    pub to_check: Vec<CaseCard>,
    /// Others, those that are not over first.
    pub others: Vec<CaseCard>,
}

/// What somebody did about a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaseEventView {
    /// Its operation.
    pub id: String,
    /// What: the name of the act.
    pub act: String,
    /// His words.
    pub text: String,
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
    /// Of a dispatch: to whom.
    pub to: Option<Person>,
    /// Of a dispatch or an extension: by the end of which day.
    pub due: Option<String>,
    /// Whether it had effect: what did not fit the case as it stood has none.
    pub took_effect: bool,
    /// Whether it waits for a ruling 待审定.
    pub held: bool,
}

/// A whole case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseView {
    /// As lists show it.
    pub card: CaseCard,
    /// Where the defect was seen.
    pub point: Option<PointView>,
    /// When.
    pub found_at: i64,
    /// Who was asked to check it.
    pub checker: Option<Person>,
    /// Photos of the defect.
    pub before: Vec<PhotoView>,
    /// Photos of what was done about it, and of checking that.
    pub after: Vec<PhotoView>,
    /// Photos taken by this person that no event names yet.
    pub taken: Vec<PhotoView>,
    /// What was done, in the order in which it counts.
    pub events: Vec<CaseEventView>,
    /// What this person may do about it now.
    pub allowed: Vec<CaseActView>,
}
