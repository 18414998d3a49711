//! Who may do what: roles, and which part of a document each may write.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{assignment::InspectionKind, case::ActKind};

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

/// A part of a document that one permission covers: a root key of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What was recorded: answers, findings, photos, remarks, submissions.
    Record,
    /// What reviewers said of it.
    Reviews,
    /// What was done about a case; which act by whom, [`may_act`] says.
    Events,
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
        Part::Events => ActKind::ALL.into_iter().any(|act| may_act(role, act)),
    }
}

/// What an act on a case is part of: by that follows where somebody must be entitled to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// To lead it: whoever reviews in the area.
    Lead,
    /// To put it right: whoever it was dispatched to.
    Handle,
    /// To check it: whoever was named for it, or reviews in the area.
    Check,
}

/// Which duty an act is part of; none for what this version does not know.
pub fn duty_of(act: ActKind) -> Option<Duty> {
    match act {
        ActKind::Open | ActKind::Dispatch | ActKind::Extend | ActKind::Close | ActKind::Withdraw => {
            Some(Duty::Lead)
        }
        ActKind::GiveBack | ActKind::Fix => Some(Duty::Handle),
        ActKind::Pass | ActKind::Fail => Some(Duty::Check),
        ActKind::Later => None,
    }
}

/// Whether a role may have a duty in a case. Who answers for a case is a person 责任到人: somebody of a responsible unit, or
/// anybody else who inspects.
pub fn may_have(role: Role, duty: Duty) -> bool {
    match duty {
        Duty::Lead => role.reviews(),
        Duty::Handle => role == Role::Unit || role.inspects(),
        Duty::Check => role.inspects(),
    }
}

/// Whether a role may add an act to a case: the permission table of cases.
pub fn may_act(role: Role, act: ActKind) -> bool {
    duty_of(act).is_some_and(|duty| may_have(role, duty))
}
