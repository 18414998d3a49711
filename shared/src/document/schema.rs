//! What the document's parts are called, and which writes exist at all.

use crate::{case::ActKind, permission::Part};

pub(super) const SCHEMA_VERSION: u64 = 1;

pub(super) const ABOUT: &str = "about";
pub(super) const ANSWERS: &str = "answers";
pub(super) const FINDINGS: &str = "findings";
pub(super) const PHOTOS: &str = "photos";
pub(super) const REMARKS: &str = "remarks";
pub(super) const SUBMISSIONS: &str = "submissions";
pub(super) const REVIEWS: &str = "reviews";
pub(super) const EVENTS: &str = "events";

/// The fields of a finding that only the change that makes it writes.
pub(super) const FINDING_FIXED: [&str; 1] = ["item"];
/// The fields of a photo that only the change that names it writes: nobody can put another picture, place
/// or source under a colleague's name later.
pub(super) const PHOTO_FIXED: [&str; 7] = ["hash", "bytes", "item", "of", "source", "role", "point"];

/// A place in a document, as far as permissions and shapes need to tell places apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    About,
    Answers,
    Answer(String),
    Findings,
    Finding(String),
    Photos,
    Photo(String),
    Remarks,
    Remark,
    Submissions,
    Submission,
    Reviews,
    Review,
    Events,
    Event,
}

impl Place {
    /// The place below this one at a map's key; `None` where the schema has none.
    pub(super) fn child(&self, key: &str) -> Option<Place> {
        match self {
            Place::Root => match key {
                ABOUT => Some(Place::About),
                ANSWERS => Some(Place::Answers),
                FINDINGS => Some(Place::Findings),
                PHOTOS => Some(Place::Photos),
                REMARKS => Some(Place::Remarks),
                SUBMISSIONS => Some(Place::Submissions),
                REVIEWS => Some(Place::Reviews),
                EVENTS => Some(Place::Events),
                _ => None,
            },
            Place::Answers => Some(Place::Answer(key.to_owned())),
            Place::Findings => Some(Place::Finding(key.to_owned())),
            Place::Photos => Some(Place::Photo(key.to_owned())),
            Place::About
            | Place::Answer(_)
            | Place::Finding(_)
            | Place::Photo(_)
            | Place::Remarks
            | Place::Remark
            | Place::Submissions
            | Place::Submission
            | Place::Reviews
            | Place::Review
            | Place::Events
            | Place::Event => None,
        }
    }

    /// The fields without which nobody makes something here.
    pub(super) fn required(&self) -> &'static [&'static str] {
        match self {
            Place::Finding(_) => &["item", "kind"],
            Place::Photo(_) => &["hash", "bytes", "source", "role"],
            Place::Remark => &["text"],
            Place::Submission => &["answers"],
            Place::Review | Place::Event => &["act"],
            Place::Root
            | Place::About
            | Place::Answers
            | Place::Answer(_)
            | Place::Findings
            | Place::Photos
            | Place::Remarks
            | Place::Submissions
            | Place::Reviews
            | Place::Events => &[],
        }
    }

    /// The place of a list's elements.
    pub(super) fn element(&self) -> Option<Place> {
        match self {
            Place::Remarks => Some(Place::Remark),
            Place::Submissions => Some(Place::Submission),
            Place::Reviews => Some(Place::Review),
            Place::Events => Some(Place::Event),
            Place::Root
            | Place::About
            | Place::Answers
            | Place::Answer(_)
            | Place::Findings
            | Place::Finding(_)
            | Place::Photos
            | Place::Photo(_)
            | Place::Remark
            | Place::Submission
            | Place::Review
            | Place::Event => None,
        }
    }
}

/// One operation of a change, understood: what it writes and where. The gate asks the permission table and
/// the template about each, whether or not it wins the merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// An item of a newer checklist brought in, by its code.
    ItemBrought(String),
    /// A field of an item's answer.
    Answer {
        /// The item.
        item: String,
        /// `value` or `how`.
        field: String,
        /// The text; none clears it.
        text: Option<String>,
    },
    /// A finding made, at its key.
    FindingMade(String),
    /// A field of a finding.
    Finding {
        /// Its key.
        id: String,
        /// The field.
        field: String,
        /// The value.
        scalar: Scalar,
    },
    /// A photo named, at its key.
    PhotoMade(String),
    /// A field of a photo.
    Photo {
        /// Its key.
        id: String,
        /// The field.
        field: String,
        /// The value.
        scalar: Scalar,
    },
    /// An entry added to remarks, submissions, reviews or events, or a field of one that this change added.
    Appended {
        /// Which of the lists.
        list: List,
        /// The field and its value; none for the entry itself.
        field: Option<(String, Scalar)>,
    },
}

/// The append-only lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Remarks.
    Remarks,
    /// Submissions.
    Submissions,
    /// Reviews.
    Reviews,
    /// What was done about a case.
    Events,
}

/// A scalar as documents hold them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
}

impl Write {
    /// The sort of act that it adds to a case, when that is what it says.
    pub fn act(&self) -> Option<ActKind> {
        match self {
            Write::Appended { list: List::Events, field: Some((field, Scalar::Text(act))) }
                if field == "act" =>
            {
                Some(ActKind::parse(act).unwrap_or(ActKind::Later))
            }
            Write::ItemBrought(_)
            | Write::Answer { .. }
            | Write::FindingMade(_)
            | Write::Finding { .. }
            | Write::PhotoMade(_)
            | Write::Photo { .. }
            | Write::Appended { .. } => None,
        }
    }

    /// Whether it makes something that is read one by one: a finding, a photo, an entry of a list.
    pub fn makes_entry(&self) -> bool {
        match self {
            Write::FindingMade(_) | Write::PhotoMade(_) | Write::Appended { field: None, .. } => true,
            Write::ItemBrought(_)
            | Write::Answer { .. }
            | Write::Finding { .. }
            | Write::Photo { .. }
            | Write::Appended { field: Some(_), .. } => false,
        }
    }

    /// Which part of the document it belongs to: the permission table is about parts.
    pub fn part(&self) -> Part {
        match self {
            Write::Appended { list: List::Reviews, .. } => Part::Reviews,
            Write::Appended { list: List::Events, .. } => Part::Events,
            Write::ItemBrought(_)
            | Write::Answer { .. }
            | Write::FindingMade(_)
            | Write::Finding { .. }
            | Write::PhotoMade(_)
            | Write::Photo { .. }
            | Write::Appended { list: List::Remarks | List::Submissions, .. } => Part::Record,
        }
    }
}
