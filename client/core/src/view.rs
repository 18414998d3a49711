//! What crosses to the screens: plain values, ready to show. The TypeScript of these types is generated into
//! `client/src/lib/bindings`, and a test fails when it is stale.
//!
//! Times are milliseconds since 1970, ids and days are texts, numbers of points are hundredths (800 is 8 points).

mod answer;
mod case;
mod inspection;
mod list;
mod place;
mod status;

pub use crate::photos::PhotoDetail;
pub use crate::safe::GuardView;
pub use answer::{
    AnswerState, AnswerValue, AnswerView, Decision, DraftView, EvidenceView, FindingView, HowView, ItemView,
    KindView, OpinionView, PhotoRoleView, PhotoSourceView, PhotoView, Returned, ScaleView, SurveyView,
};
pub use case::{CaseActView, CaseCard, CaseEventView, CasePart, CaseStateView, CaseView, Cases};
pub use inspection::{
    AssignmentRef, DomainScoreView, DomainView, InspectionView, NewerItem, NewerView, PassageView,
    PresenceView, RemarkView, RestPassed, ReviewEntry, ReviewKind, ScoreView, StrikeTarget, SubmissionView,
};
pub use list::{
    AreaDetail, AssignmentCard, Delivery, DeliveryState, InspectionCard, ReviewStateView, TemplateRef,
    TemplateRow, Today,
};
pub use place::{AreaRow, FoundSite, PointView, SiteRow};
pub use status::{
    AppState, Changed, Exported, FailureView, HolderView, Phase, SyncPhase, SyncStatus, UserView,
};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Somebody, as colleagues read him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Person {
    /// His id; empty when nobody is known to own the device that wrote something.
    pub id: String,
    /// His name.
    pub name: String,
    /// Whether it is the person who holds this device.
    pub mine: bool,
}

/// Something struck 作废, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Struck {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: Person,
    /// When.
    pub at: i64,
}

#[cfg(test)]
mod tests;
