//! Who may do what: roles, and which part of a document each may write.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::assignment::InspectionKind;

/// The role of a user 角色.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode,
)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Role {
    /// 巡访员: walks and records.
    #[n(0)]
    Inspector,
    /// 责任单位: answers for cases.
    #[n(1)]
    Unit,
    /// 督导员: assigns, reviews, decides.
    #[n(2)]
    Supervisor,
    /// 管理员: accounts, areas, templates; a supervisor as well.
    #[n(3)]
    Administrator,
    /// 监督代表: reads what was approved, and inspects where a 督查 asks for him by name.
    #[n(4)]
    Observer,
}

impl Role {
    /// Every role, in the order lists show them.
    pub const ALL: [Role; 5] =
        [Role::Inspector, Role::Supervisor, Role::Unit, Role::Observer, Role::Administrator];

    /// Whether the role decides conflicts, returns and approves.
    pub fn reviews(self) -> bool {
        match self {
            Role::Supervisor | Role::Administrator => true,
            Role::Inspector | Role::Unit | Role::Observer => false,
        }
    }

    /// Whether the role may record results of an inspection. A supervisor may: in a 督查 he inspects.
    pub fn inspects(self) -> bool {
        match self {
            Role::Inspector | Role::Supervisor | Role::Administrator => true,
            Role::Unit | Role::Observer => false,
        }
    }

    /// Whether the role may sign in to the console.
    pub fn uses_console(self) -> bool {
        match self {
            Role::Supervisor | Role::Administrator | Role::Observer => true,
            Role::Inspector | Role::Unit => false,
        }
    }

    /// The role's name in SQL and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Inspector => "inspector",
            Role::Unit => "unit",
            Role::Supervisor => "supervisor",
            Role::Administrator => "administrator",
            Role::Observer => "observer",
        }
    }
}

/// A part of an inspection that one permission covers: a root key of its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What was recorded: answers, findings, photos, remarks, submissions.
    Record,
    /// What reviewers said of it.
    Reviews,
}

/// Whether somebody of a role may be asked by name to an inspection of a kind, and then record in it: whoever inspects, and
/// 监督代表 in a 督查.
pub fn may_be_asked(role: Role, kind: InspectionKind) -> bool {
    role.inspects() || (role == Role::Observer && kind == InspectionKind::Supervision)
}

/// Whether a role may write a part of an inspection: the permission table.
pub fn may_write(role: Role, part: Part) -> bool {
    match part {
        Part::Record => role.inspects(),
        Part::Reviews => role.reviews(),
    }
}
