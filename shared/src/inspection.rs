//! The inspection 检查 as plain values: what a document says, with who said it.
//!
//! The rules that make sense of concurrent values are here, free of the document's library: what is the
//! effective value of an item, what is a conflict 结果不一致, which state 复核状态 a visit is in.

use crate::{
    area::{AreaCode, Point, SiteId},
    assignment::InspectionKind,
    ids::{AssignmentId, DeviceId, DocId, PhotoHash, UserId},
    template::TemplateId,
};

/// How many continuations in a row are known as going on from one inspection.
const CONTINUATIONS_MAX: usize = 16;

/// What an inspection is about; fixed by its first change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// What sort of visit.
    pub kind: InspectionKind,
    /// Where.
    pub area: AreaCode,
    /// The site in that area, when it is about one.
    pub site: Option<SiteId>,
    /// The checklist.
    pub template: TemplateId,
    /// Its version.
    pub template_version: u32,
    /// The assignment it fulfils; none when unplanned.
    pub assignment: Option<AssignmentId>,
    /// The document it goes on from, which is nearly full: a continuation 续表 is an unplanned inspection of the same place.
    pub continues: Option<DocId>,
    /// When it was made: of the assignment, or of the unplanned visit. Milliseconds.
    pub at: i64,
}

impl About {
    /// What the continuation of this inspection is about. It is the same whoever begins it, so two who do it without a signal
    /// have one.
    #[must_use]
    pub fn continuation(&self, doc: DocId) -> Self {
        Self { assignment: None, continues: Some(doc), ..self.clone() }
    }

    /// The id of the continuation that this is about; none when it continues nothing. It follows from all of this, so nobody
    /// can begin another thing under the id.
    pub fn continuation_id(&self) -> Option<DocId> {
        let continues = self.continues?;
        let site = self.site.as_ref().map_or("", SiteId::as_str);
        let (kind, area, template) = (self.kind.as_str(), self.area.as_str(), self.template.as_str());
        let said = format!("{kind}\0{area}\0{site}\0{template}\0{}\0{}", self.template_version, self.at);
        Some(DocId::continuation(continues, said.as_bytes()))
    }

    /// Whether this goes on from that inspection: as its continuation, or as a continuation's.
    pub fn goes_on_from(&self, first: DocId) -> bool {
        let next = |doc: &DocId| self.continuation(*doc).continuation_id();
        std::iter::successors(Some(first), next)
            .take(CONTINUATIONS_MAX)
            .any(|doc| self.continues == Some(doc))
    }
}

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

/// A finding 问题.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its key: the device's id, a hyphen, a random part.
    pub id: String,
    /// The item.
    pub item: String,
    /// The finding kind.
    pub kind: String,
    /// What was seen, in words.
    pub note: String,
    /// Where, in words.
    pub place: String,
    /// Where, as a point.
    pub point: Option<Point>,
    /// 当场处置: put right on the spot.
    pub fixed_on_spot: bool,
    /// 设施编号: the number on the plate of the asset it is about; empty when it is about none.
    pub asset: String,
    /// Who recorded it.
    pub stamp: Stamp,
    /// Struck, and why.
    pub struck: Option<Strike>,
    /// The fields that hold values recorded without knowledge of each other.
    pub conflicts: Vec<&'static str>,
}

/// Where a photo came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
pub enum PhotoSource {
    /// 拍摄
    Camera,
    /// 相册
    Album,
    /// 手绘: drawn on the screen, such as a signature, or arrows on a copy of a photo.
    Drawn,
}

/// What a photo shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
pub enum PhotoRole {
    /// The defect, or the state.
    Evidence,
    /// Before it was put right.
    Before,
    /// After it was put right.
    After,
    /// 签名: of the person met.
    Signature,
}

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
names!(PhotoSource { Camera => "camera", Album => "album", Drawn => "drawn" });
names!(PhotoRole { Evidence => "evidence", Before => "before", After => "after", Signature => "signature" });

/// A photo as the document names it; its bytes are elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// Its key: the device's id, a hyphen, a random part.
    pub id: String,
    /// The address of its bytes.
    pub hash: PhotoHash,
    /// How many bytes.
    pub bytes: u64,
    /// The item it belongs to; none for a signature of the whole visit.
    pub item: Option<String>,
    /// The finding it belongs to.
    pub finding: Option<String>,
    /// The photo it is a copy of, with something drawn on it.
    pub copy_of: Option<String>,
    /// Where it came from.
    pub source: PhotoSource,
    /// What it shows.
    pub role: PhotoRole,
    /// Where it was taken.
    pub point: Option<Point>,
    /// Who and when.
    pub stamp: Stamp,
    /// Struck, and why.
    pub struck: Option<Strike>,
}

impl Photo {
    /// The device that took the photo it is a copy of: every key begins with its maker's.
    pub fn copied_from(&self) -> Option<DeviceId> {
        let (device, _) = self.copy_of.as_deref()?.split_once('-')?;
        device.parse().ok()
    }
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

/// What one person who was asked has said. Nothing else is kept of him.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
pub enum Opinion {
    /// Knows, or is satisfied.
    Yes,
    /// Does not, or is not.
    No,
    /// 无效: a form that counts for nothing.
    Void,
}
names!(Opinion { Yes => "yes", No => "no", Void => "void" });

/// 问卷: the response of one person to an item that is found out by asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The item.
    pub item: String,
    /// What was said.
    pub opinion: Opinion,
    /// Taken back by the device that recorded it.
    pub taken_back: bool,
    /// Who asked, and when.
    pub stamp: Stamp,
}

/// The responses to an item, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Survey {
    /// How many said yes.
    pub yes: u32,
    /// How many said no.
    pub no: u32,
    /// How many forms count for nothing.
    pub void: u32,
}

impl Survey {
    /// Counts responses that were not taken back.
    pub fn of<'r>(responses: impl Iterator<Item = &'r Response>) -> Self {
        let mut survey = Self::default();
        for response in responses.filter(|response| !response.taken_back) {
            match response.opinion {
                Opinion::Yes => survey.yes += 1,
                Opinion::No => survey.no += 1,
                Opinion::Void => survey.void += 1,
            }
        }
        survey
    }

    /// How many count 有效份数.
    pub fn valid(self) -> u32 {
        self.yes + self.no
    }

    /// The answer it is, as a ratio's canonical text; none while nobody has said anything that counts.
    pub fn value(self) -> Option<String> {
        (self.valid() > 0).then(|| format!("{}/{}", self.yes, self.valid()))
    }
}

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
