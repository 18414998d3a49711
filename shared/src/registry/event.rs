//! The events of the registry 登记事项, and the people, devices and routes they speak of.
//!
//! They stand in the log, so their CBOR numbers are never changed or reused.

use minicbor::{Decode, Encode};

use crate::{
    area::{Area, AreaCode, Department, DepartmentCode, Site, Zone},
    assignment::Assignment,
    deadline::Deadline,
    envelope::{PublicKey, decode_exact},
    ids::{AssignmentId, DeviceId, UserId},
    permission::Role,
    template::{Template, TemplateId, Text},
};

/// A person with an account, as everybody may know him. Secrets and contact details are elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct User {
    /// His id.
    #[n(0)]
    pub id: UserId,
    /// The name he signs in with.
    #[n(1)]
    pub login: String,
    /// His name as colleagues read it.
    #[n(2)]
    pub name: String,
    /// What he may do.
    #[n(3)]
    pub role: Role,
    /// Where: each area with all its descendants.
    #[n(4)]
    pub areas: Vec<AreaCode>,
    /// The department he belongs to.
    #[n(5)]
    pub department: Option<DepartmentCode>,
    /// Whether he may sign in.
    #[n(6)]
    pub active: bool,
}

impl User {
    /// Whether the area lies in his scope.
    pub fn covers(&self, area: &AreaCode) -> bool {
        self.areas.iter().any(|own| own.contains(area))
    }
}

/// Where a device's key lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
#[cbor(index_only)]
pub enum DeviceKind {
    /// An inspector's phone or tablet.
    #[n(0)]
    Phone,
    /// The console: the server keeps the key for a supervisor.
    #[n(1)]
    Console,
}

/// A device as enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Device {
    /// Its id.
    #[n(0)]
    pub id: DeviceId,
    /// The key it signs with.
    #[n(1)]
    pub key: PublicKey,
    /// Whose it is. One key is one person's: somebody else on the same phone makes another.
    #[n(2)]
    pub user: UserId,
    /// What its owner calls it.
    #[n(3)]
    pub name: String,
    /// Where its key lives.
    #[n(4)]
    pub kind: DeviceKind,
}

/// Which department answers for a finding kind: the longest matching prefix of the kind's code decides.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Route {
    /// A finding kind's code or the beginning of one.
    #[n(0)]
    pub prefix: String,
    /// Who answers.
    #[n(1)]
    pub department: DepartmentCode,
}

/// A registry event 登记事项.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Event {
    /// The log begins: which city it is for.
    #[n(0)]
    CityFounded {
        /// The city's code.
        #[n(0)]
        city: AreaCode,
        /// Its name.
        #[n(1)]
        name: Text,
    },
    /// Areas added or replaced by code.
    #[n(1)]
    AreasPut(#[n(0)] Vec<Area>),
    /// The management zones, all of them.
    #[n(2)]
    ZonesPut(#[n(0)] Vec<Zone>),
    /// The departments and their routes, all of them.
    #[n(3)]
    DepartmentsPut {
        /// The departments.
        #[n(0)]
        departments: Vec<Department>,
        /// What goes to which.
        #[n(1)]
        routes: Vec<Route>,
    },
    /// Sites added or replaced by id.
    #[n(4)]
    SitesPut(#[n(0)] Vec<Site>),
    /// A template version published. It never changes afterwards.
    #[n(5)]
    TemplatePublished(#[n(0)] Box<Template>),
    /// A user made or changed.
    #[n(6)]
    UserPut(#[n(0)] User),
    /// A device enrolled.
    #[n(7)]
    DeviceEnrolled(#[n(0)] Device),
    /// A device revoked: it may still deliver, and everything it delivers is held.
    #[n(8)]
    DeviceRevoked {
        /// Which.
        #[n(0)]
        device: DeviceId,
        /// Why, in the words of whoever did it.
        #[n(1)]
        reason: String,
        /// Who.
        #[n(2)]
        by: UserId,
    },
    /// An assignment made.
    #[n(9)]
    AssignmentMade(#[n(0)] Box<Assignment>),
    /// The deadline classes, all of them.
    #[n(10)]
    DeadlinesPut(#[n(0)] Vec<Deadline>),
    /// An assignment replaced by another 取代. What was begun under it stays valid; nobody begins anything more.
    #[n(11)]
    AssignmentSuperseded {
        /// Which.
        #[n(0)]
        assignment: AssignmentId,
        /// By what.
        #[n(1)]
        superseding: Superseding,
    },
    /// A checklist withdrawn 停用. What was begun with it is gone on with and handed in; nobody is asked for it any more.
    #[n(12)]
    TemplateWithdrawn(#[n(0)] Withdrawal),
}

/// Which checklist is withdrawn, and why.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Withdrawal {
    /// Which.
    #[n(0)]
    pub template: TemplateId,
    /// This version and all before it; a later one may be published and is not withdrawn.
    #[n(1)]
    pub version: u32,
    /// Why, in the words of whoever keeps the city's checklists.
    #[n(2)]
    pub reason: String,
}

/// What replaced an assignment, and why.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Superseding {
    /// The assignment that stands in its place.
    #[n(0)]
    pub replacement: AssignmentId,
    /// Why, in the words of whoever did it.
    #[n(1)]
    pub reason: String,
    /// Who.
    #[n(2)]
    pub by: UserId,
}

impl Event {
    /// The canonical bytes that stand in the log.
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding to memory cannot fail")
    }

    /// What it says something of, so that the last word on each can be told. A revocation is the last word by itself.
    pub fn subjects(&self) -> Vec<String> {
        match self {
            Event::CityFounded { .. } => vec!["city".to_owned()],
            Event::AreasPut(areas) => areas.iter().map(|area| format!("area {}", area.code)).collect(),
            Event::ZonesPut(_) => vec!["zones".to_owned()],
            Event::DepartmentsPut { .. } => vec!["departments".to_owned()],
            Event::SitesPut(sites) => sites.iter().map(|site| format!("site {}", site.id)).collect(),
            Event::TemplatePublished(template) => {
                vec![format!("template {} {}", template.id, template.version)]
            }
            Event::UserPut(user) => vec![format!("user {}", user.id)],
            Event::DeviceEnrolled(device) => vec![format!("device {}", device.id)],
            Event::DeviceRevoked { .. } => Vec::new(),
            Event::AssignmentMade(assignment) => vec![format!("assignment {}", assignment.id)],
            Event::DeadlinesPut(_) => vec!["deadlines".to_owned()],
            Event::AssignmentSuperseded { assignment, .. } => vec![format!("superseding {assignment}")],
            Event::TemplateWithdrawn(Withdrawal { template, version, .. }) => {
                vec![format!("withdrawal {template} {version}")]
            }
        }
    }

    /// Reads an event; `None` for one of a later version, which is kept but not understood.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        decode_exact(bytes)
    }
}
