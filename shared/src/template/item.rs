//! Domains, items, finding kinds and the evidence they ask for.

use super::{Points, Scale, Text};
use crate::area::DepartmentCode;
use crate::code::{code_type, is_plain_code};
use crate::deadline::DeadlineCode;
use crate::ids::PhotoHash;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

code_type!(
    /// The code of a domain, such as `SAN`.
    DomainCode, "a domain code", is_plain_code
);

code_type!(
    /// The code of an item, such as `SAN-05`. It is the item's key in every inspection.
    ItemCode, "an item code", is_plain_code
);

code_type!(
    /// The code of a finding kind, such as `SAN-05-1`.
    KindCode, "a finding kind's code", is_plain_code
);

/// A part of a checklist that is scored by itself; its items' weights sum to 100.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Domain {
    /// Its code.
    #[n(0)]
    pub code: DomainCode,
    /// 中文
    #[n(1)]
    pub zh: String,
    /// English
    #[n(2)]
    pub en: String,
    /// Which of the policy's ten tasks it belongs to, from 1.
    #[n(3)]
    pub task: u32,
    /// The policy's clause, by its number and words.
    #[n(4)]
    pub clause: String,
    /// Its items, in the order they are walked.
    #[n(5)]
    pub items: Vec<Item>,
}

/// 检查项: what is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Item {
    /// Its code.
    #[n(0)]
    pub code: ItemCode,
    /// 中文
    #[n(1)]
    pub zh: String,
    /// English
    #[n(2)]
    pub en: String,
    /// How it is found out.
    #[n(3)]
    pub methods: Vec<Method>,
    /// How much is looked at, such as five stairwells.
    #[n(4)]
    pub extent: Option<Text>,
    /// How it is answered and what an answer is worth.
    #[n(5)]
    pub scale: Scale,
    /// Its share of its domain's 100 points.
    #[n(6)]
    pub weight: Points,
    /// What must be shown for it.
    #[n(7)]
    pub evidence: Vec<Evidence>,
    /// The policy's own words it comes from.
    #[n(8)]
    pub clause: String,
    /// Why it is not asked yet: it is shown as 不适用 with this label and leaves the denominator.
    #[n(9)]
    pub pending: Option<Text>,
    /// The defects it knows.
    #[n(10)]
    pub kinds: Vec<FindingKind>,
    /// 参照图: what it looks like when it is in order, and when it is not.
    #[n(11)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(as = "Option<String>"))]
    pub reference: Option<PhotoHash>,
}

impl Item {
    /// Whether the system, not a person, finds the answer.
    pub fn is_computed(&self) -> bool {
        self.methods.contains(&Method::Computed)
    }

    /// Whether people are asked about it, one by one, and those who say yes are counted: 问卷调查 with a ratio.
    pub fn is_survey(&self) -> bool {
        self.is_asked()
            && self.methods.contains(&Method::Questionnaire)
            && matches!(self.scale, Scale::Ratio { .. })
    }

    /// Whether an inspector is asked for it.
    pub fn is_asked(&self) -> bool {
        !self.is_computed() && self.pending.is_none()
    }
}

/// How an item is found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Method {
    /// F 实地考察
    #[n(0)]
    Field,
    /// D 材料审核
    #[n(1)]
    Documents,
    /// Q 问卷调查
    #[n(2)]
    Questionnaire,
    /// I 询问
    #[n(3)]
    Inquiry,
    /// X 系统计算: never asked of anybody.
    #[n(4)]
    Computed,
}

/// Something that must be shown for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Evidence {
    /// What.
    #[n(0)]
    pub kind: EvidenceKind,
    /// How many at least; one when not said.
    #[n(1)]
    pub min: Option<u32>,
}

/// What can be asked as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum EvidenceKind {
    /// 照片
    #[n(0)]
    Photo,
    /// 整改前后对比照片
    #[n(1)]
    BeforeAfter,
    /// 定位
    #[n(2)]
    Point,
    /// 设施二维码
    #[n(3)]
    AssetQr,
    /// 材料照片或文号
    #[n(4)]
    Document,
    /// 计数
    #[n(5)]
    Count,
    /// 签名
    #[n(6)]
    Signature,
    /// 问卷
    #[n(7)]
    Questionnaire,
    /// 面积
    #[n(8)]
    Area,
    /// 图纸
    #[n(9)]
    Plan,
}

impl EvidenceKind {
    /// Whether it is asked of each finding; the rest is asked once, of the item's answer.
    pub fn is_of_finding(self) -> bool {
        match self {
            EvidenceKind::Photo
            | EvidenceKind::BeforeAfter
            | EvidenceKind::Point
            | EvidenceKind::AssetQr
            | EvidenceKind::Area => true,
            EvidenceKind::Document
            | EvidenceKind::Count
            | EvidenceKind::Signature
            | EvidenceKind::Questionnaire
            | EvidenceKind::Plan => false,
        }
    }
}

/// 问题类型: a kind of defect an item knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct FindingKind {
    /// Its code: the item's, a hyphen and a number.
    #[n(0)]
    pub code: KindCode,
    /// 中文
    #[n(1)]
    pub zh: String,
    /// English
    #[n(2)]
    pub en: String,
    /// Its deadline class; none when nothing is to be put right by a date.
    #[n(3)]
    pub deadline: Option<DeadlineCode>,
    /// How grave it is.
    #[n(4)]
    pub severity: Severity,
    /// 一票否决: while one is open, the grade is C at best.
    #[n(5)]
    #[serde(default)]
    #[cbor(default)]
    pub veto: bool,
    /// Who answers for it. Files leave it to the city's routes, which fill it in when a template is composed.
    #[n(6)]
    pub department: Option<DepartmentCode>,
}

/// How grave a finding is; its order is from the least to the gravest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Severity {
    /// 一般
    #[n(0)]
    Minor,
    /// 较重
    #[n(1)]
    Major,
    /// 严重
    #[n(2)]
    Critical,
}
