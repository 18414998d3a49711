//! The assignment 检查任务: who inspects which area or site with which template by when.

mod genesis;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    area::{AreaCode, SiteId},
    calendar::Day,
    ids::{AssignmentId, DocId, UserId},
    template::TemplateId,
};

pub use genesis::Genesis;

/// Longest note on an assignment, in bytes.
pub const ASSIGNMENT_NOTE_BYTES_MAX: usize = 2048;
/// Most people of one assignment.
pub const ASSIGNMENT_PEOPLE_MAX: usize = 32;

/// What sort of visit an inspection is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode,
)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum InspectionKind {
    /// 日常巡查
    #[n(0)]
    Routine,
    /// 专项检查
    #[n(1)]
    Special,
    /// 督查
    #[n(2)]
    Supervision,
    /// 暗访
    #[n(3)]
    Unannounced,
    /// 复查
    #[n(4)]
    Recheck,
}

impl InspectionKind {
    /// Every kind, in the order lists show them.
    pub const ALL: [InspectionKind; 5] = [
        InspectionKind::Routine,
        InspectionKind::Special,
        InspectionKind::Supervision,
        InspectionKind::Unannounced,
        InspectionKind::Recheck,
    ];

    /// The kind's name in documents, SQL and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            InspectionKind::Routine => "routine",
            InspectionKind::Special => "special",
            InspectionKind::Supervision => "supervision",
            InspectionKind::Unannounced => "unannounced",
            InspectionKind::Recheck => "recheck",
        }
    }

    /// The kind with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// An assignment. What it says never changes: another area, template or kind is another assignment.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Assignment {
    /// Its id.
    #[n(0)]
    pub id: AssignmentId,
    /// What sort of visit it asks for.
    #[n(1)]
    pub kind: InspectionKind,
    /// The checklist.
    #[n(2)]
    pub template: TemplateId,
    /// The version of the checklist.
    #[n(3)]
    pub template_version: u32,
    /// Where.
    #[n(4)]
    pub area: AreaCode,
    /// The site in that area, when it is about one.
    #[n(5)]
    pub site: Option<SiteId>,
    /// Who.
    #[n(6)]
    pub people: Vec<UserId>,
    /// By the end of which day.
    #[n(7)]
    pub due: Day,
    /// What to look at; shown to the inspector.
    #[n(8)]
    pub note: String,
    /// Who made it.
    #[n(9)]
    pub made_by: UserId,
    /// The first change of its inspection: every device starts from these bytes, so that two inspectors
    /// without a signal have one document.
    #[n(10)]
    pub genesis: Genesis,
    /// The assignment that this one repeats blindly 背靠背: until both are in, the people of neither see the other.
    #[n(11)]
    pub repeats: Option<AssignmentId>,
}

impl Assignment {
    /// The document of its inspection.
    pub fn doc(&self) -> DocId {
        DocId::of_assignment(self.id)
    }
}
