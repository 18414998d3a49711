//! Handing in a visit, and what reviewers say of it.

use super::{OpRef, Stamp, names};

/// A checkpoint of the visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Submitted, or struck as a whole with a reason.
    pub struck: Option<String>,
    /// The returns it answers.
    pub answers: Vec<OpRef>,
    /// Who and when.
    pub stamp: Stamp,
}

/// What a reviewer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// What sort of thing.
    pub act: ReviewAct,
    /// The item it is about; none for the visit.
    pub item: Option<String>,
    /// Why.
    pub reason: String,
    /// Who and when.
    pub stamp: Stamp,
}

/// A reviewer's act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewAct {
    /// 核定: the value that holds, and the values and earlier decisions it decides.
    Decide {
        /// The value that holds.
        value: String,
        /// What it decides.
        covers: Vec<OpRef>,
    },
    /// 退回补正
    Return,
    /// 通过, at these heads.
    Approve {
        /// The document's heads, as hexadecimal hashes.
        heads: Vec<String>,
    },
    /// 不予采用
    Dismiss,
    /// A comment.
    Comment,
}

/// The review state 复核状态 of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
pub enum ReviewState {
    /// 草稿
    Draft,
    /// 已提交: by some of those who were asked.
    Submitted,
    /// 待复核: by all of them.
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
names!(ReviewState {
    Draft => "draft",
    Submitted => "submitted",
    Reviewing => "reviewing",
    Returned => "returned",
    Approved => "approved",
    Dismissed => "dismissed",
    Struck => "struck",
});
