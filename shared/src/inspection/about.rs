//! What an inspection is about, and what goes on from it.

use crate::{
    area::{AreaCode, SiteId},
    assignment::InspectionKind,
    ids::{AssignmentId, DocId},
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
