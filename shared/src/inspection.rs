//! The inspection 检查 as plain values: what a document says, with who said it.
//!
//! The rules that make sense of concurrent values are here, free of the document's library: what is the
//! effective value of an item, what is a conflict 结果不一致, which state 复核状态 a visit is in.

mod about;
mod evidence;
mod review;
mod survey;

use crate::{
    area::Point,
    ids::{DeviceId, UserId},
};

pub use about::About;
pub use evidence::{Finding, Photo, PhotoRole, PhotoSource};
pub use review::{Review, ReviewAct, ReviewState, Submission};
pub use survey::{Opinion, Response, Survey};

macro_rules! names {
    ($type:ident { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            /// The name in documents and JSON.
            pub fn as_str(self) -> &'static str {
                match self { $($type::$variant => $name),+ }
            }

            /// The variant with this name.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($name => Some($type::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use names;

/// The identity of one recorded value: the operation that wrote it, as `counter@actor`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpRef(pub String);

/// Who wrote something, and when by his clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The device; none for what came with the genesis.
    pub device: Option<DeviceId>,
    /// The device's clock in milliseconds, to the second.
    pub at: i64,
    /// The operation.
    pub op: OpRef,
}

/// How an answer was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
pub enum How {
    /// By a tap on this item.
    Tap,
    /// By 本组其余合格: one tap for the rest of a section.
    Rest,
    /// 问卷: counted from the responses, never written.
    Survey,
}

impl How {
    /// The name in documents and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            How::Tap => "tap",
            How::Rest => "rest",
            How::Survey => "survey",
        }
    }
}

/// One value recorded for an item, still current.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The canonical text of the value.
    pub value: String,
    /// Who and when.
    pub stamp: Stamp,
    /// How.
    pub how: How,
}

/// A strike 作废: nothing is ever deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strike {
    /// Why.
    pub reason: String,
    /// Who and when.
    pub stamp: Stamp,
    /// Whether the struck thing was edited without knowledge of the strike, or after it.
    pub disputed: bool,
}

/// A remark, only ever added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The item it is about; none for the visit.
    pub item: Option<String>,
    /// The words.
    pub text: String,
    /// Who and when.
    pub stamp: Stamp,
}

/// Coming or going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
pub enum Passage {
    /// 到达
    Arrival,
    /// 离开
    Departure,
}
names!(Passage { Arrival => "arrival", Departure => "departure" });

/// 到离场: somebody came or left, as he says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// Which of them.
    pub passage: Passage,
    /// Where the device was.
    pub point: Option<Point>,
    /// Who and when.
    pub stamp: Stamp,
}

/// Everything an inspection's document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// What it is about.
    pub about: About,
    /// The items of newer versions of the checklist that were brought in 补入, by their codes.
    pub brought: Vec<String>,
    /// The current values of every item that was answered, in the items' code order.
    pub answers: Vec<(String, Vec<Recorded>)>,
    /// The findings, by key.
    pub findings: Vec<Finding>,
    /// The photos, by key.
    pub photos: Vec<Photo>,
    /// The remarks, in document order.
    pub remarks: Vec<Remark>,
    /// Who came and left, in document order.
    pub presences: Vec<Presence>,
    /// The responses to questionnaires, in document order.
    pub responses: Vec<Response>,
    /// The submissions, in document order.
    pub submissions: Vec<Submission>,
    /// The reviews, in document order.
    pub reviews: Vec<Review>,
}

/// What holds for an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nobody recorded anything.
    None,
    /// One value, by one or several people.
    Agreed(String),
    /// 结果不一致: several values recorded without knowledge of each other, and no decision.
    Conflict,
    /// A decision that covers all current values.
    Decided {
        /// What was decided.
        value: String,
        /// The review that did.
        review: usize,
    },
    /// Decided, but something else was recorded since, or two decisions differ: open again.
    Reopened,
}

impl Answer {
    /// Whether somebody must decide.
    pub fn is_open(&self) -> bool {
        match self {
            Answer::Conflict | Answer::Reopened => true,
            Answer::None | Answer::Agreed(_) | Answer::Decided { .. } => false,
        }
    }

    /// The value that holds, when one does.
    pub fn value(&self) -> Option<&str> {
        match self {
            Answer::Agreed(value) | Answer::Decided { value, .. } => Some(value),
            Answer::None | Answer::Conflict | Answer::Reopened => None,
        }
    }
}

impl Inspection {
    /// The current values of an item.
    pub fn recorded(&self, item: &str) -> &[Recorded] {
        let found = self.answers.binary_search_by(|(code, _)| code.as_str().cmp(item));
        found.map_or(&[], |index| &self.answers[index].1)
    }

    /// What holds for an item. No later tap can silently undo a decision: it reopens the conflict, unless
    /// it says the same as the decision.
    pub fn answer(&self, item: &str) -> Answer {
        let recorded = self.recorded(item);
        let decisions = self.standing_decisions(item);
        let mut values: Vec<&str> = recorded.iter().map(|one| one.value.as_str()).collect();
        values.sort_unstable();
        values.dedup();
        if decisions.is_empty() {
            return match values[..] {
                [] => Answer::None,
                [value] => Answer::Agreed(value.to_owned()),
                _ => Answer::Conflict,
            };
        }
        let (review, value, _) = decisions[0];
        let unanimous = decisions.iter().all(|(_, other, _)| *other == value);
        let settled = recorded.iter().all(|one| {
            one.value == value || decisions.iter().any(|(_, _, covers)| covers.contains(&one.stamp.op))
        });
        if unanimous && settled {
            Answer::Decided { value: value.to_owned(), review }
        } else {
            Answer::Reopened
        }
    }

    /// The decisions on an item that no other decision covers: more than one when two supervisors decided
    /// without knowledge of each other.
    pub fn standing_decisions(&self, item: &str) -> Vec<(usize, &str, &[OpRef])> {
        let all: Vec<_> = self
            .reviews
            .iter()
            .enumerate()
            .filter(|(_, review)| review.item.as_deref() == Some(item))
            .filter_map(|(index, review)| match &review.act {
                ReviewAct::Decide { value, covers } => Some((index, value.as_str(), covers.as_slice())),
                ReviewAct::Return | ReviewAct::Approve { .. } | ReviewAct::Dismiss | ReviewAct::Comment => {
                    None
                }
            })
            .collect();
        all.iter()
            .filter(|(index, ..)| {
                !all.iter().any(|(_, _, covers)| covers.contains(&self.reviews[*index].stamp.op))
            })
            .copied()
            .collect()
    }

    /// The items with an open conflict.
    pub fn open_conflicts(&self) -> Vec<&str> {
        let items = self.answers.iter().map(|(item, _)| item.as_str());
        items.filter(|item| self.answer(item).is_open()).collect()
    }

    /// The responses to an item, counted.
    pub fn survey(&self, item: &str) -> Survey {
        Survey::of(self.responses.iter().filter(|response| response.item == item))
    }

    /// The findings of an item that were not struck.
    pub fn standing_findings(&self, item: &str) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.item == item && finding.struck.is_none())
    }

    /// The returns 退回 that no later submission has answered.
    pub fn open_returns(&self) -> impl Iterator<Item = &Review> {
        self.reviews.iter().filter(|review| {
            review.act == ReviewAct::Return
                && !self.submissions.iter().any(|sub| sub.answers.contains(&review.stamp.op))
        })
    }

    /// The state of the visit. `people` are those who were asked to inspect; `user_of` says whose a device is.
    pub fn state(&self, people: &[UserId], user_of: impl Fn(DeviceId) -> Option<UserId>) -> ReviewState {
        if self.submissions.iter().any(|submission| submission.struck.is_some()) {
            return ReviewState::Struck;
        }
        for review in self.reviews.iter().rev() {
            match review.act {
                ReviewAct::Approve { .. } => return ReviewState::Approved,
                ReviewAct::Dismiss => return ReviewState::Dismissed,
                ReviewAct::Return | ReviewAct::Decide { .. } | ReviewAct::Comment => {}
            }
            if review.act == ReviewAct::Return && self.open_returns().any(|open| open == review) {
                return ReviewState::Returned;
            }
        }
        if self.submissions.is_empty() {
            ReviewState::Draft
        } else if self.is_submitted_by(people, user_of) {
            ReviewState::Reviewing
        } else {
            ReviewState::Submitted
        }
    }

    /// Whether the visit is over for those who were asked: all of them have submitted, or it was closed without. What a
    /// return asks for later does not undo that.
    pub fn is_in(&self, people: &[UserId], user_of: impl Fn(DeviceId) -> Option<UserId>) -> bool {
        match self.state(people, &user_of) {
            ReviewState::Reviewing | ReviewState::Approved | ReviewState::Dismissed | ReviewState::Struck => {
                true
            }
            ReviewState::Returned => self.is_submitted_by(people, user_of),
            ReviewState::Draft | ReviewState::Submitted => false,
        }
    }

    fn is_submitted_by(&self, people: &[UserId], user_of: impl Fn(DeviceId) -> Option<UserId>) -> bool {
        let submitted: Vec<UserId> = self
            .submissions
            .iter()
            .filter_map(|submission| submission.stamp.device.and_then(&user_of))
            .collect();
        people.iter().all(|person| submitted.contains(person))
    }
}
