//! One item of an inspection, with everything recorded for it.

use rounds_shared::{
    inspection::{How, Opinion, PhotoRole, PhotoSource},
    template::{Below, EvidenceKind, Method, Scale, Severity, Text},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Person, PointView, Struck};

/// How an item is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "scale", rename_all = "snake_case")]
#[ts(rename = "Scale")]
pub enum ScaleView {
    /// 合格 or 不合格.
    Pass,
    /// 计数扣分
    Count {
        /// Hundredths of a point off per finding.
        off: u32,
    },
    /// 抽样评级
    Sample {
        /// The sample's size.
        of: u32,
    },
    /// 比率
    Ratio {
        /// From this percentage on, in hundredths, full points.
        full: u32,
        /// From this percentage on, in hundredths, half the points.
        half: Option<u32>,
        /// Whether less is worth something in proportion.
        proportional: bool,
    },
    /// 达标项
    Graded {
        /// The standards, numbered from 1 in answers.
        standards: Vec<Text>,
    },
}

impl From<&Scale> for ScaleView {
    fn from(scale: &Scale) -> Self {
        match scale {
            Scale::Pass => ScaleView::Pass,
            Scale::Count { off } => ScaleView::Count { off: off.as_hundredths() },
            Scale::Sample { of, .. } => ScaleView::Sample { of: *of },
            Scale::Ratio { full, half, below } => ScaleView::Ratio {
                full: full.as_hundredths(),
                half: half.map(|half| half.as_hundredths()),
                proportional: *below == Below::Proportional,
            },
            Scale::Graded { standards } => ScaleView::Graded { standards: standards.clone() },
        }
    }
}

/// Something that must be shown for an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EvidenceView {
    /// What.
    pub kind: EvidenceKind,
    /// How many at least.
    pub least: u32,
}

/// A kind of defect 问题类型 the item knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KindView {
    /// Its code.
    pub code: String,
    /// In words.
    pub title: Text,
    /// How grave.
    pub severity: Severity,
    /// 一票否决
    pub veto: bool,
    /// The code of its deadline class; empty when it has none.
    pub deadline: String,
}

/// How an answer was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "How")]
pub enum HowView {
    /// By a tap on this item.
    Tap,
    /// By 本组其余合格.
    Rest,
    /// 问卷: counted from the responses.
    Survey,
}

impl From<How> for HowView {
    fn from(how: How) -> Self {
        match how {
            How::Tap => HowView::Tap,
            How::Rest => HowView::Rest,
            How::Survey => HowView::Survey,
        }
    }
}

/// What holds for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AnswerState {
    /// Nobody recorded anything.
    None,
    /// One value.
    Agreed,
    /// 结果不一致
    Conflict,
    /// 已核定
    Decided,
    /// Decided, and something else recorded since.
    Reopened,
}

/// A value somebody recorded, still standing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AnswerValue {
    /// Its canonical text.
    pub value: String,
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
    /// How.
    pub how: HowView,
}

/// A decision 核定 on an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Decision {
    /// The value that holds.
    pub value: String,
    /// Who decided.
    pub by: Person,
    /// When.
    pub at: i64,
    /// Why.
    pub reason: String,
}

/// An item's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AnswerView {
    /// What holds.
    pub state: AnswerState,
    /// The value that holds; none while there is none or several.
    pub value: Option<String>,
    /// What I recorded, while it stands.
    pub mine: Option<String>,
    /// Every value that stands.
    pub values: Vec<AnswerValue>,
    /// The decision, when there is one.
    pub decision: Option<Decision>,
    /// What I recorded that waits for a ruling 待审定 and is not part of the inspection until then.
    pub held: Option<String>,
}

/// A return 退回 that no submission has answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Returned {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
}

/// Where a photo came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "PhotoSource")]
pub enum PhotoSourceView {
    /// 拍摄
    Camera,
    /// 相册
    Album,
    /// 手绘
    Drawn,
}

impl From<PhotoSource> for PhotoSourceView {
    fn from(source: PhotoSource) -> Self {
        match source {
            PhotoSource::Camera => PhotoSourceView::Camera,
            PhotoSource::Album => PhotoSourceView::Album,
            PhotoSource::Drawn => PhotoSourceView::Drawn,
        }
    }
}

impl From<PhotoSourceView> for PhotoSource {
    fn from(source: PhotoSourceView) -> Self {
        match source {
            PhotoSourceView::Camera => PhotoSource::Camera,
            PhotoSourceView::Album => PhotoSource::Album,
            PhotoSourceView::Drawn => PhotoSource::Drawn,
        }
    }
}

/// What a photo shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "PhotoRole")]
pub enum PhotoRoleView {
    /// The defect, or the state.
    Evidence,
    /// 整改前
    Before,
    /// 整改后
    After,
    /// 签名
    Signature,
}

impl From<PhotoRole> for PhotoRoleView {
    fn from(role: PhotoRole) -> Self {
        match role {
            PhotoRole::Evidence => PhotoRoleView::Evidence,
            PhotoRole::Before => PhotoRoleView::Before,
            PhotoRole::After => PhotoRoleView::After,
            PhotoRole::Signature => PhotoRoleView::Signature,
        }
    }
}

impl From<PhotoRoleView> for PhotoRole {
    fn from(role: PhotoRoleView) -> Self {
        match role {
            PhotoRoleView::Evidence => PhotoRole::Evidence,
            PhotoRoleView::Before => PhotoRole::Before,
            PhotoRoleView::After => PhotoRole::After,
            PhotoRoleView::Signature => PhotoRole::Signature,
        }
    }
}

/// A photo, as the document names it and as far as its bytes are here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PhotoView {
    /// Its id in the inspection.
    pub id: String,
    /// The address of its bytes.
    pub hash: String,
    /// The photo it is a copy of, with something drawn on it.
    pub copy_of: Option<String>,
    /// Where it came from.
    pub source: PhotoSourceView,
    /// What it shows.
    pub role: PhotoRoleView,
    /// When it was taken.
    pub at: i64,
    /// By whom.
    pub by: Person,
    /// Where.
    pub point: Option<PointView>,
    /// Whether the server has it in full.
    pub delivered: bool,
    /// Whether its bytes are on this device.
    pub on_device: bool,
    /// Whether the server has been offered it and would not take it.
    pub refused: bool,
    /// Whether it was taken here, the server does not have it, and its bytes can no longer be read.
    pub lost: bool,
    /// Struck, and why.
    pub struck: Option<Struck>,
    /// Whether it waits for a ruling 待审定.
    pub held: bool,
}

/// A finding 问题.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FindingView {
    /// Its id in the inspection.
    pub id: String,
    /// The item.
    pub item: String,
    /// The code of the kind.
    pub kind: String,
    /// What was seen.
    pub note: String,
    /// Where, in words.
    pub place: String,
    /// Where, as a point.
    pub point: Option<PointView>,
    /// 当场处置
    pub fixed_on_spot: bool,
    /// 设施编号; empty when it is about none.
    pub asset: String,
    /// Its photos.
    pub photos: Vec<PhotoView>,
    /// Who recorded it.
    pub by: Person,
    /// When.
    pub at: i64,
    /// Struck, and why.
    pub struck: Option<Struck>,
    /// The fields that several people changed without knowing of each other: one value is shown, a supervisor decides.
    pub conflicts: Vec<String>,
    /// Whether it waits for a ruling 待审定.
    pub held: bool,
}

/// What one person who was asked has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "Opinion")]
pub enum OpinionView {
    /// Knows, or is satisfied.
    Yes,
    /// Does not, or is not.
    No,
    /// 无效
    Void,
}

impl From<OpinionView> for Opinion {
    fn from(opinion: OpinionView) -> Self {
        match opinion {
            OpinionView::Yes => Opinion::Yes,
            OpinionView::No => Opinion::No,
            OpinionView::Void => Opinion::Void,
        }
    }
}

/// The responses 问卷 to an item, everybody's together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SurveyView {
    /// How many said yes.
    pub yes: u32,
    /// How many said no.
    pub no: u32,
    /// How many forms count for nothing.
    pub void: u32,
    /// How many of all I recorded.
    pub mine: u32,
}

/// What is typed of a finding that is not saved yet. A draft of an earlier version may lack a field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct DraftView {
    /// The code of the kind.
    pub kind: String,
    /// What was seen.
    pub note: String,
    /// Where, in words.
    pub place: String,
    /// Where, as a point.
    pub point: Option<PointView>,
    /// 当场处置
    pub fixed_on_spot: bool,
    /// 设施编号
    pub asset: String,
    /// The photos taken for it, by id: they are recorded with the item already.
    pub photos: Vec<String>,
}

/// An item 检查项 with everything recorded for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ItemView {
    /// Its code.
    pub code: String,
    /// What is asked.
    pub title: Text,
    /// How it is found out.
    pub methods: Vec<Method>,
    /// How much is looked at.
    pub extent: Option<Text>,
    /// How it is answered.
    pub scale: ScaleView,
    /// Its share of the domain's 100 points, in hundredths.
    pub weight: u32,
    /// What must be shown.
    pub evidence: Vec<EvidenceView>,
    /// The policy's words.
    pub clause: String,
    /// 参照图: the hash of the picture that shows what is meant.
    pub reference: Option<String>,
    /// 待确认: shown as 不适用, not asked.
    pub pending: bool,
    /// 补入: brought in from a newer version of the checklist.
    pub brought: bool,
    /// The defects it knows.
    pub kinds: Vec<KindView>,
    /// Its answer.
    pub answer: AnswerView,
    /// Its findings.
    pub findings: Vec<FindingView>,
    /// The photos that belong to no finding.
    pub photos: Vec<PhotoView>,
    /// The responses so far, when people are asked about it one by one.
    pub survey: Option<SurveyView>,
    /// Returned 退回, and why.
    pub returned: Option<Returned>,
}
