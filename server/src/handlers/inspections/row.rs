//! An inspection as lists show it.

use rounds_shared::{
    assignment::InspectionKind,
    document::Document,
    ids::DocId,
    inspection::{Inspection, ReviewAct, ReviewState},
    registry::Registry,
    score::{Grade, Score},
};
use rusqlite::Connection;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    handlers::shapes::{AreaRow, Person, SiteRow, TemplateRef, Text},
    photos::Photos,
    views,
};

/// An inspection as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InspectionRow {
    /// The document's id.
    pub id: String,
    /// What sort of visit.
    #[schema(value_type = InspectionKind)]
    pub kind: String,
    /// The checklist's name.
    pub title: Text,
    /// The checklist.
    pub template: TemplateRef,
    /// Where.
    pub area: AreaRow,
    /// The site, when it is about one.
    pub site: Option<SiteRow>,
    /// The review state.
    #[schema(value_type = ReviewState)]
    pub state: String,
    /// The assignment it fulfils.
    pub assignment: Option<String>,
    /// By the end of which day.
    pub due: Option<String>,
    /// Who was asked, or took part.
    pub people: Vec<Person>,
    /// How many items were answered.
    pub answered: u64,
    /// How many are asked.
    pub asked: u64,
    /// How many findings stand.
    pub findings: u64,
    /// How many photos it names.
    pub photos: u64,
    /// How many of them have not arrived.
    pub photos_missing: u64,
    /// How many conflicts are open.
    pub conflicts: u64,
    /// How many items are returned.
    pub returned: u64,
    /// How many of its envelopes are held.
    pub held: u64,
    /// The score in hundredths.
    pub score: Option<u32>,
    /// The grade.
    #[schema(value_type = Option<Grade>)]
    pub grade: Option<String>,
    /// Whether a conflict is open and the stricter value counts meanwhile.
    pub provisional: bool,
    /// Whether something was recorded after it was approved 审后变更.
    pub changed_after_approval: bool,
    /// When something last came in, in milliseconds.
    pub changed_at: i64,
    /// When it was last submitted, by the device's clock in milliseconds.
    pub submitted_at: Option<i64>,
}

impl InspectionRow {
    /// From the view's row.
    pub(crate) fn of(
        connection: &Connection,
        registry: &Registry,
        photos: &Photos,
        row: views::inspections::Row,
    ) -> rusqlite::Result<Self> {
        let doc: DocId = row.doc;
        let template = TemplateRef::of(registry, &row.template, row.version);
        let hashes = views::photos::of_document(connection, doc)?;
        let people = views::inspections::people(connection, doc)?;
        Ok(Self {
            id: doc.to_string(),
            kind: row.kind,
            title: template.title.clone(),
            template,
            area: AreaRow::of(registry, &row.area),
            site: row.site.as_deref().and_then(|site| SiteRow::of(registry, site)),
            state: row.state,
            assignment: row.assignment.map(|id| rounds_shared::ids::AssignmentId::new(id).to_string()),
            due: row.due,
            people: people.into_iter().map(|user| Person::of(registry, user)).collect(),
            answered: row.answered,
            asked: row.asked,
            findings: row.findings,
            photos: row.photos,
            photos_missing: hashes.into_iter().filter(|hash| !photos.has(*hash)).count() as u64,
            conflicts: row.conflicts,
            returned: row.returned,
            held: row.held,
            score: row.score,
            grade: row.grade,
            provisional: row.provisional,
            changed_after_approval: row.after_approval,
            changed_at: row.changed_at,
            submitted_at: row.submitted_at,
        })
    }

    /// Says of another state of the document what it says of the present one. What is held and which photos are missing
    /// is no matter of the document, and is left out.
    pub(super) fn stand_as(
        &mut self,
        registry: &Registry,
        document: &Document,
        inspection: &Inspection,
        score: &Score,
    ) {
        let user_of = |device| registry.device(device).map(|device| device.user);
        let asked = self.assignment.as_deref().and_then(|id| registry.assignment(id.parse().ok()?));
        let people = asked.map_or(&[][..], |assignment| &assignment.people);
        let state = inspection.state(people, user_of);
        let conflicts = if state == ReviewState::Struck { 0 } else { inspection.open_conflicts().len() };
        let approved = inspection.reviews.iter().rev().find_map(|review| match &review.act {
            ReviewAct::Approve { heads } => Some(heads),
            ReviewAct::Decide { .. } | ReviewAct::Return | ReviewAct::Dismiss | ReviewAct::Comment => None,
        });
        self.state = state.as_str().to_owned();
        self.answered = score.answered.into();
        self.asked = score.asked.into();
        self.findings = inspection.findings.iter().filter(|one| one.struck.is_none()).count() as u64;
        self.photos = inspection.photos.iter().filter(|one| one.struck.is_none()).count() as u64;
        self.photos_missing = 0;
        self.conflicts = conflicts as u64;
        self.returned = inspection.open_returns().count() as u64;
        self.held = 0;
        self.score = score.total.map(|total| total.as_hundredths());
        self.grade = score.grade.map(|grade| format!("{grade:?}"));
        self.provisional = conflicts > 0;
        self.changed_after_approval =
            approved.is_some_and(|heads| document.recorded_since(&views::inspections::parse_heads(heads)));
        self.submitted_at = inspection.submissions.iter().map(|submission| submission.stamp.at).max();
    }
}
