//! The case 案件: the closed loop of a finding that must be put right. What its document says as plain values, and the
//! fold of its events into where it stands.
//!
//! Events are only ever added. They are folded in the order of the log, a device's own undelivered ones last, so what
//! was done once is never undone by what comes later from a hill without a signal. An event that does not fit the
//! state it meets has no effect, and stays visible.

use minicbor::{Decode, Encode};

use crate::{
    area::{AreaCode, Point, SiteId},
    calendar::Day,
    ids::{DeviceId, DocId, UserId},
    inspection::{Photo, PhotoRole, Stamp, names},
    template::TemplateId,
};

/// Most photos that one event names.
pub const CASE_PHOTOS_MAX: usize = 20;

/// What a case is about; fixed by its first change, and by the finding it follows: all of it is what nobody can change
/// about a finding any more.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct CaseAbout {
    /// The inspection.
    #[n(0)]
    pub inspection: DocId,
    /// The finding's key in it.
    #[n(1)]
    pub finding: String,
    /// The finding's item.
    #[n(2)]
    pub item: String,
    /// Where.
    #[n(3)]
    pub area: AreaCode,
    /// The site in that area, when it is about one.
    #[n(4)]
    pub site: Option<SiteId>,
    /// The checklist.
    #[n(5)]
    pub template: TemplateId,
    /// Its version.
    #[n(6)]
    pub template_version: u32,
    /// When the finding was recorded, by its device's clock in milliseconds.
    #[n(7)]
    pub at: i64,
}

impl CaseAbout {
    /// The one case of the finding. It follows from everything the case is about, so that whoever says something else of
    /// the finding begins another document, and never stands in the way of the right one.
    pub fn doc(&self) -> DocId {
        let bytes = minicbor::to_vec(self).expect("encoding to memory cannot fail");
        DocId::of_case(&bytes)
    }
}

/// What somebody did about a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// 立案: the finding must be put right. What it says at that moment.
    Open {
        /// The finding kind.
        kind: String,
        /// Where, in words.
        place: String,
        /// Where, as a point.
        point: Option<Point>,
    },
    /// 派遣, and 转派 when it was dispatched before: a person answers for it, by the end of a day.
    Dispatch {
        /// Who puts it right.
        to: UserId,
        /// Who is asked to check it then; a supervisor of the area, when nobody is named.
        checker: Option<UserId>,
        /// By the end of which day.
        due: Day,
    },
    /// 回退: it is not his to put right.
    GiveBack,
    /// 处置完成: it is put right.
    Fix {
        /// The photos that prove it.
        photos: Vec<String>,
    },
    /// 核查通过
    Pass {
        /// The photos that show it.
        photos: Vec<String>,
    },
    /// 核查不通过: it comes back for rework 返工.
    Fail {
        /// The photos that show it.
        photos: Vec<String>,
    },
    /// 延期
    Extend {
        /// By the end of which day now.
        due: Day,
    },
    /// 结案
    Close,
    /// 撤销: there was nothing to put right.
    Withdraw,
    /// Something this version does not know; kept and shown, without effect.
    Later,
}

/// An act's sort: what the permission table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
pub enum ActKind {
    /// 立案
    Open,
    /// 派遣
    Dispatch,
    /// 回退
    GiveBack,
    /// 处置完成
    Fix,
    /// 核查通过
    Pass,
    /// 核查不通过
    Fail,
    /// 延期
    Extend,
    /// 结案
    Close,
    /// 撤销
    Withdraw,
    /// Of a later version.
    Later,
}
names!(ActKind {
    Open => "open",
    Dispatch => "dispatch",
    GiveBack => "give_back",
    Fix => "fix",
    Pass => "pass",
    Fail => "fail",
    Extend => "extend",
    Close => "close",
    Withdraw => "withdraw",
    Later => "later",
});

impl ActKind {
    /// Every sort this version knows.
    pub const ALL: [ActKind; 9] = [
        ActKind::Open,
        ActKind::Dispatch,
        ActKind::GiveBack,
        ActKind::Fix,
        ActKind::Pass,
        ActKind::Fail,
        ActKind::Extend,
        ActKind::Close,
        ActKind::Withdraw,
    ];
}

impl Act {
    /// Its sort.
    pub fn kind(&self) -> ActKind {
        match self {
            Act::Open { .. } => ActKind::Open,
            Act::Dispatch { .. } => ActKind::Dispatch,
            Act::GiveBack => ActKind::GiveBack,
            Act::Fix { .. } => ActKind::Fix,
            Act::Pass { .. } => ActKind::Pass,
            Act::Fail { .. } => ActKind::Fail,
            Act::Extend { .. } => ActKind::Extend,
            Act::Close => ActKind::Close,
            Act::Withdraw => ActKind::Withdraw,
            Act::Later => ActKind::Later,
        }
    }

    /// The photos it names.
    pub fn photos(&self) -> &[String] {
        match self {
            Act::Fix { photos } | Act::Pass { photos } | Act::Fail { photos } => photos,
            Act::Open { .. }
            | Act::Dispatch { .. }
            | Act::GiveBack
            | Act::Extend { .. }
            | Act::Close
            | Act::Withdraw
            | Act::Later => &[],
        }
    }
}

/// An entry of a case's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEvent {
    /// What was done.
    pub act: Act,
    /// What was seen, said, or why, in words.
    pub text: String,
    /// Who and when.
    pub stamp: Stamp,
}

/// Everything a case's document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What it is about.
    pub about: CaseAbout,
    /// What was done, in the order in which it counts.
    pub events: Vec<CaseEvent>,
    /// The photos, by key: before it was put right, and after.
    pub photos: Vec<Photo>,
}

/// Where a case stands 案件状态.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
pub enum CaseState {
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
names!(CaseState {
    Pending => "pending",
    Opened => "opened",
    Handling => "handling",
    Checking => "checking",
    Rework => "rework",
    Checked => "checked",
    Closed => "closed",
    Withdrawn => "withdrawn",
});

impl CaseState {
    /// Every state, in the order a case goes through them.
    pub const ALL: [CaseState; 8] = [
        CaseState::Pending,
        CaseState::Opened,
        CaseState::Handling,
        CaseState::Checking,
        CaseState::Rework,
        CaseState::Checked,
        CaseState::Closed,
        CaseState::Withdrawn,
    ];

    /// Whether somebody has to put it right.
    pub fn is_to_fix(self) -> bool {
        match self {
            CaseState::Handling | CaseState::Rework => true,
            CaseState::Pending
            | CaseState::Opened
            | CaseState::Checking
            | CaseState::Checked
            | CaseState::Closed
            | CaseState::Withdrawn => false,
        }
    }

    /// Whether nothing more is to be done.
    pub fn is_over(self) -> bool {
        match self {
            CaseState::Closed | CaseState::Withdrawn => true,
            CaseState::Pending
            | CaseState::Opened
            | CaseState::Handling
            | CaseState::Checking
            | CaseState::Rework
            | CaseState::Checked => false,
        }
    }

    /// The state after an act, where the act is allowed: the table.
    pub fn after(self, act: ActKind) -> Option<CaseState> {
        use CaseState::{Checked, Checking, Closed, Handling, Opened, Pending, Rework, Withdrawn};
        match (act, self) {
            (ActKind::Open, Pending) | (ActKind::GiveBack, Handling | Rework) => Some(Opened),
            (ActKind::Dispatch, Opened | Handling) => Some(Handling),
            // Whoever puts it right now, it has failed a check.
            (ActKind::Dispatch, Rework) | (ActKind::Fail, Checking | Checked) => Some(Rework),
            (ActKind::Extend, Handling | Rework) => Some(self),
            (ActKind::Fix, Handling | Rework) => Some(Checking),
            (ActKind::Pass, Checking) => Some(Checked),
            (ActKind::Close, Checking | Checked) => Some(Closed),
            (ActKind::Withdraw, Pending | Opened | Handling | Checking | Rework | Checked) => Some(Withdrawn),
            (
                ActKind::Open
                | ActKind::Dispatch
                | ActKind::GiveBack
                | ActKind::Fix
                | ActKind::Pass
                | ActKind::Fail
                | ActKind::Extend
                | ActKind::Close
                | ActKind::Withdraw
                | ActKind::Later,
                _,
            ) => None,
        }
    }
}

/// Where a case stands, and who has to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: CaseState,
    /// Who puts it right, or did.
    pub responsible: Option<UserId>,
    /// Who was asked to check it.
    pub checker: Option<UserId>,
    /// By the end of which day it is to be put right.
    pub due: Option<Day>,
    /// How often it came back 返工.
    pub reworks: u32,
    /// Who put it right last.
    pub fixed_by: Option<UserId>,
    /// Of each event, whether it had effect.
    pub took_effect: Vec<bool>,
}

impl Standing {
    /// Whether the day it is due by is over, and nobody has put it right.
    pub fn is_overdue(&self, today: Day) -> bool {
        self.state.is_to_fix() && self.due.is_some_and(|due| due < today)
    }

    /// Whether an act of somebody would have effect now. `by` is none for whoever is not known.
    pub fn allows(&self, act: ActKind, by: Option<UserId>) -> Option<CaseState> {
        let is_his = match act {
            ActKind::Fix | ActKind::GiveBack => by.is_some() && by == self.responsible,
            // Nobody passes his own work.
            ActKind::Pass | ActKind::Fail | ActKind::Close => by.is_some() && by != self.fixed_by,
            ActKind::Open | ActKind::Dispatch | ActKind::Extend | ActKind::Withdraw | ActKind::Later => true,
        };
        self.state.after(act).filter(|_| is_his)
    }

    fn take(&mut self, event: &CaseEvent, by: Option<UserId>) {
        let next = self.allows(event.act.kind(), by);
        self.took_effect.push(next.is_some());
        let Some(next) = next else { return };
        self.state = next;
        match &event.act {
            Act::Dispatch { to, checker, due } => {
                (self.responsible, self.checker, self.due) = (Some(*to), *checker, Some(*due));
            }
            Act::GiveBack => (self.responsible, self.due) = (None, None),
            Act::Fix { .. } => self.fixed_by = by,
            Act::Fail { .. } => self.reworks += 1,
            Act::Extend { due } => self.due = Some(*due),
            Act::Open { .. } | Act::Pass { .. } | Act::Close | Act::Withdraw | Act::Later => {}
        }
    }
}

impl Case {
    /// Where it stands: the fold of its events. `user_of` says whose a device is, which never changes.
    pub fn standing(&self, user_of: impl Fn(DeviceId) -> Option<UserId>) -> Standing {
        let mut standing = Standing {
            state: CaseState::Pending,
            responsible: None,
            checker: None,
            due: None,
            reworks: 0,
            fixed_by: None,
            took_effect: Vec::with_capacity(self.events.len()),
        };
        for event in &self.events {
            standing.take(event, event.stamp.device.and_then(&user_of));
        }
        standing
    }

    /// Everybody whom an event names to put it right: with what is in it, he may answer for it.
    pub fn dispatched_to(&self) -> impl Iterator<Item = UserId> {
        self.events.iter().filter_map(|event| match &event.act {
            Act::Dispatch { to, .. } => Some(*to),
            _ => None,
        })
    }

    /// Everybody whom an event names to check it.
    pub fn checkers(&self) -> impl Iterator<Item = UserId> {
        self.events.iter().filter_map(|event| match &event.act {
            Act::Dispatch { checker, .. } => *checker,
            _ => None,
        })
    }

    /// Who took a photo, and when: of a photo of the defect that is told of the finding, not of whoever opened the case.
    pub fn taken(&self, photo: &Photo) -> (Option<DeviceId>, i64) {
        match photo.copied_from() {
            Some(device) if photo.role == PhotoRole::Before => (Some(device), self.about.at),
            Some(_) | None => (photo.stamp.device, photo.stamp.at),
        }
    }

    /// The photos that stand, each once: two supervisors who opened a case at once have named the same ones twice.
    pub fn standing_photos(&self) -> Vec<&Photo> {
        let mut standing: Vec<&Photo> = Vec::new();
        for photo in self.photos.iter().filter(|photo| photo.struck.is_none()) {
            let is_there = |one: &&Photo| one.role == PhotoRole::Before && one.hash == photo.hash;
            if photo.role != PhotoRole::Before || !standing.iter().any(is_there) {
                standing.push(photo);
            }
        }
        standing
    }

    /// The device that recorded the finding: its key begins with it.
    pub fn found_on(&self) -> Option<DeviceId> {
        let (device, _) = self.about.finding.split_once('-')?;
        device.parse().ok()
    }

    /// What the finding said when it was opened.
    pub fn opened(&self) -> Option<&CaseEvent> {
        self.events.iter().find(|event| event.act.kind() == ActKind::Open)
    }
}

#[cfg(test)]
mod tests;
