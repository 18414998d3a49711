//! What lies between two states of an inspection.

use rounds_shared::{
    inspection::{Inspection, OpRef, ReviewAct, Stamp},
    registry::Registry,
    template::Template,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::handlers::{
    inspections::ReviewKind,
    shapes::{Person, Text},
    templates::ScaleShape,
};

/// What a difference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// Other values stand for an item.
    Answer,
    /// A finding was recorded.
    Finding,
    /// A finding was changed or struck.
    FindingChanged,
    /// Photos were taken.
    Photo,
    /// A photo was struck.
    PhotoStruck,
    /// A remark was made.
    Remark,
    /// The visit was submitted.
    Submission,
    /// The visit was struck.
    Struck,
    /// A reviewer did something.
    Review,
}

/// Who said what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Said {
    /// The value or the words.
    pub value: String,
    /// Who.
    pub by: Person,
    /// When, by his device's clock in milliseconds.
    pub at: i64,
}

/// A difference between two states of an inspection.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Difference {
    /// What it is about.
    pub what: DifferenceKind,
    /// The item's code.
    pub item: Option<String>,
    /// The item's title.
    pub title: Option<Text>,
    /// How the item is answered.
    pub scale: Option<ScaleShape>,
    /// The kind of the finding.
    pub kind: Option<Text>,
    /// What the reviewer did.
    pub review: Option<ReviewKind>,
    /// What stood before.
    pub before: Vec<Said>,
    /// What stands after.
    pub after: Vec<Said>,
}

/// Says what is in one state and not in the other, answers first.
pub(super) fn between(
    before: &Inspection,
    after: &Inspection,
    template: &Template,
    registry: &Registry,
) -> Vec<Difference> {
    let sides = Sides { before, after, template, registry };
    let mut all = sides.answers();
    all.extend(sides.findings());
    all.extend(sides.photos());
    all.extend(sides.words());
    all
}

struct Sides<'s> {
    before: &'s Inspection,
    after: &'s Inspection,
    template: &'s Template,
    registry: &'s Registry,
}

impl Sides<'_> {
    fn said(&self, value: &str, stamp: &Stamp) -> Said {
        Said { value: value.to_owned(), by: Person::of_device(self.registry, stamp.device), at: stamp.at }
    }

    fn line(&self, what: DifferenceKind, item: Option<&str>) -> Difference {
        let asked = item.and_then(|code| self.template.item(code));
        Difference {
            what,
            item: item.map(str::to_owned),
            title: asked.map(|asked| Text::new(&asked.zh, &asked.en)),
            scale: asked.map(|asked| (&asked.scale).into()),
            kind: None,
            review: None,
            before: Vec::new(),
            after: Vec::new(),
        }
    }

    fn answers(&self) -> Vec<Difference> {
        let values = |of: &Inspection, code: &str| -> Vec<Said> {
            of.recorded(code).iter().map(|one| self.said(&one.value, &one.stamp)).collect()
        };
        let items = self.template.items().map(|item| item.code.as_str());
        items
            .map(|code| Difference {
                before: values(self.before, code),
                after: values(self.after, code),
                ..self.line(DifferenceKind::Answer, Some(code))
            })
            .filter(|line| line.before != line.after)
            .collect()
    }

    fn findings(&self) -> Vec<Difference> {
        let mut lines = Vec::new();
        for finding in &self.after.findings {
            let known = self.before.findings.iter().find(|one| one.id == finding.id);
            let what = match known {
                None => DifferenceKind::Finding,
                Some(known) if known == finding => continue,
                Some(_) => DifferenceKind::FindingChanged,
            };
            let words = |one: &rounds_shared::inspection::Finding| {
                let struck = one.struck.as_ref();
                let stamp = struck.map_or(&one.stamp, |strike| &strike.stamp);
                let why = struck.map(|strike| strike.reason.as_str()).unwrap_or_default();
                let all = [one.place.as_str(), one.note.as_str(), why];
                let all: Vec<&str> = all.into_iter().filter(|words| !words.is_empty()).collect();
                self.said(&all.join(" · "), stamp)
            };
            let kind = self.template.kind(&finding.kind).map(|(_, kind)| Text::new(&kind.zh, &kind.en));
            lines.push(Difference {
                kind,
                before: known.map(words).into_iter().collect(),
                after: vec![words(finding)],
                ..self.line(what, Some(&finding.item))
            });
        }
        lines
    }

    fn photos(&self) -> Vec<Difference> {
        let mut lines = Vec::new();
        for photo in &self.after.photos {
            let known = self.before.photos.iter().find(|one| one.id == photo.id);
            let (what, said) = match (known, &photo.struck) {
                (None, _) => (DifferenceKind::Photo, self.said("", &photo.stamp)),
                (Some(known), Some(strike)) if known.struck.is_none() => {
                    (DifferenceKind::PhotoStruck, self.said(&strike.reason, &strike.stamp))
                }
                (Some(_), _) => continue,
            };
            lines.push(Difference { after: vec![said], ..self.line(what, photo.item.as_deref()) });
        }
        lines
    }

    /// What is only ever added to: remarks, submissions, reviews.
    fn words(&self) -> Vec<Difference> {
        let mut lines = Vec::new();
        let is_new = |all: &[OpRef], stamp: &Stamp| !all.contains(&stamp.op);
        let known: Vec<OpRef> = self.before.remarks.iter().map(|one| one.stamp.op.clone()).collect();
        for remark in self.after.remarks.iter().filter(|one| is_new(&known, &one.stamp)) {
            let after = vec![self.said(&remark.text, &remark.stamp)];
            lines.push(Difference { after, ..self.line(DifferenceKind::Remark, remark.item.as_deref()) });
        }
        let known: Vec<OpRef> = self.before.submissions.iter().map(|one| one.stamp.op.clone()).collect();
        for submission in self.after.submissions.iter().filter(|one| is_new(&known, &one.stamp)) {
            let what =
                submission.struck.as_ref().map_or(DifferenceKind::Submission, |_| DifferenceKind::Struck);
            let why = submission.struck.as_deref().unwrap_or_default();
            lines
                .push(Difference { after: vec![self.said(why, &submission.stamp)], ..self.line(what, None) });
        }
        let known: Vec<OpRef> = self.before.reviews.iter().map(|one| one.stamp.op.clone()).collect();
        for review in self.after.reviews.iter().filter(|one| is_new(&known, &one.stamp)) {
            let kind = match &review.act {
                ReviewAct::Approve { .. } => ReviewKind::Approve,
                ReviewAct::Return => ReviewKind::Return,
                ReviewAct::Decide { .. } => ReviewKind::Decide,
                ReviewAct::Dismiss => ReviewKind::Dismiss,
                ReviewAct::Comment => ReviewKind::Comment,
            };
            lines.push(Difference {
                review: Some(kind),
                after: vec![self.said(&review.reason, &review.stamp)],
                ..self.line(DifferenceKind::Review, review.item.as_deref())
            });
        }
        lines
    }
}
