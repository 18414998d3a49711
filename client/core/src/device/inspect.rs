//! What an inspector does in one inspection. Each act checks what was asked, is one change, and is on disk when it
//! returns.

use std::sync::Arc;

use rounds_shared::{
    answer::Value,
    area::{AreaCode, Point, SiteId},
    assignment::InspectionKind,
    document::{FindingDraft, PhotoDraft, genesis},
    ids::{AssignmentId, DocId},
    inspection::{About, How, Inspection, Passage, Photo, ReviewState, Survey},
    protocol::limits::{SHORT_TEXT_BYTES_MAX, TEXT_BYTES_MAX},
    template::{Item, Template, TemplateId},
};
use serde::Deserialize;

use super::{Device, opened, readable, undo::Tap};
use crate::{
    app::PhotoInput,
    failure::Failure,
    store,
    surroundings::Surroundings,
    view::{PhotoRoleView, PointView, StrikeTarget},
};

/// What a finding says, as the screen gives it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FindingInput {
    /// The code of the kind.
    pub kind: String,
    /// What was seen.
    pub note: String,
    /// Where, in words.
    pub place: String,
    /// Where, as a point.
    pub point: Option<PointView>,
    /// 当场处置
    pub fixed_on_spot: bool,
    /// 设施编号, as scanned or typed.
    pub asset: String,
}

/// What an unplanned inspection is about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UnplannedInput {
    /// Where.
    pub area: String,
    /// The site, when it is about one.
    pub site: Option<String>,
    /// The checklist; its latest version is taken.
    pub template: String,
    /// What sort of visit.
    pub kind: InspectionKind,
}

impl Device {
    /// Opens the one inspection of an assignment: everybody begins with the bytes that came with it.
    pub(crate) fn open_assignment(&mut self, id: AssignmentId) -> Result<DocId, Failure> {
        self.identity()?;
        let assignment = Arc::clone(self.registry.assignment(id).ok_or(Failure::NotFound)?);
        if self.registry.template(&assignment.template, assignment.template_version).is_none() {
            return Err(Failure::TemplateMissing);
        }
        let doc = assignment.doc();
        self.begin(doc, &assignment.genesis.to_vec(), None)?;
        Ok(doc)
    }

    /// Begins an inspection nobody asked for.
    pub(crate) fn open_unplanned(
        &mut self,
        surroundings: &Surroundings,
        input: &UnplannedInput,
    ) -> Result<DocId, Failure> {
        self.identity()?;
        let area = AreaCode::parse(&input.area).map_err(|_| Failure::NotFound)?;
        if !self.registry.areas().contains_key(&area) {
            return Err(Failure::NotFound);
        }
        let site = input.site.as_deref().map(SiteId::parse).transpose().map_err(|_| Failure::NotFound)?;
        if let Some(site) = &site {
            self.registry.sites().get(site).filter(|site| site.area == area).ok_or(Failure::NotFound)?;
        }
        let template = TemplateId::parse(&input.template).map_err(|_| Failure::TemplateMissing)?;
        let template = self.latest(&template).ok_or(Failure::TemplateMissing)?;
        if let Some(withdrawal) = self.registry.withdrawal(&template.id, template.version) {
            return Err(Failure::TemplateWithdrawn { reason: withdrawal.reason.clone() });
        }
        let at = surroundings.now();
        let doc = DocId::unplanned(at, surroundings.random());
        let about = About {
            kind: input.kind,
            area,
            site,
            template: template.id.clone(),
            template_version: template.version,
            assignment: None,
            continues: None,
            at,
        };
        let genesis = genesis(doc, &about, &template);
        self.begin(doc, &genesis, Some(&genesis))?;
        Ok(doc)
    }

    fn latest(&self, id: &TemplateId) -> Option<Arc<Template>> {
        let versions = self.registry.templates().filter(|template| template.id == *id);
        versions.max_by_key(|template| template.version).cloned()
    }

    pub(super) fn begin(
        &mut self,
        doc: DocId,
        genesis: &[u8],
        own_genesis: Option<&[u8]>,
    ) -> Result<(), Failure> {
        if opened::saved(&self.store, doc)?.is_some() {
            return Ok(());
        }
        let document = rounds_shared::document::Document::load(genesis).map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a genesis cannot be loaded");
            Failure::StorageFailed
        })?;
        let mut card = self.card(doc, &readable(&document)?)?;
        // Whoever begins it here means to inspect.
        card.mine = true;
        self.store.write(|transaction| {
            store::documents::begin(transaction, doc, genesis, own_genesis)?;
            store::inspections::put(transaction, &card)
        })?;
        Ok(())
    }

    /// Records an answer; none takes the own one back.
    pub(crate) fn answer(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        item: &str,
        value: Option<&str>,
    ) -> Result<(), Failure> {
        let (inspection, template) = self.writable(doc)?;
        let asked = asked(&template, item)?;
        // What is answered may always be corrected.
        if inspection.recorded(item).is_empty() {
            self.addable(doc)?;
        }
        if let Some(value) = value {
            Value::parse(&asked.scale, value).map_err(|_| Failure::ValueInvalid)?;
            // What is counted cannot be typed beside it: one person would differ from himself.
            if inspection.survey(item) != Survey::default() {
                return Err(Failure::ValueInvalid);
            }
        }
        let heads = self.heads(doc)?;
        self.act(surroundings, doc, |document, session, at| {
            document.answer(session, at, item, value, How::Tap)
        })?;
        let is_new = self.heads(doc)? != heads;
        let act = if is_new { store::changes::last_unpacked(self.store.read(), doc)? } else { None };
        let before = inspection.recorded(item).to_vec();
        self.last_tap = Some(Tap { doc, item: item.to_owned(), act, heads, before });
        Ok(())
    }

    /// Records what the checklist does not know, as an app of another version might.
    #[cfg(test)]
    pub(crate) fn write_unchecked(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        item: &str,
        value: &str,
    ) {
        self.act(surroundings, doc, |document, session, at| {
            document.answer(session, at, item, Some(value), How::Tap)
        })
        .unwrap();
    }

    /// Adds a finding with the photos that were taken for it.
    pub(crate) fn finding_add(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        item: &str,
        input: &FindingInput,
        photos: &[String],
    ) -> Result<(), Failure> {
        let (inspection, template) = self.addable(doc)?;
        let draft = draft(asked(&template, item)?, input)?;
        let photos = self.nameable(photos, &inspection.photos)?;
        self.act(surroundings, doc, |document, session, at| {
            let id = document.add_finding(session, at, &draft)?;
            document.attach_photos(session, at, &id, &photos)
        })
    }

    /// Of the photos that were taken for something those that can be named with it. An own one that is not in the document
    /// waits for a ruling, or was ruled against: that is no reason to lose what it was taken for.
    pub(super) fn nameable(&self, ids: &[String], admitted: &[Photo]) -> Result<Vec<String>, Failure> {
        let own = format!("{}-", self.identity()?.device);
        let (named, left): (Vec<String>, Vec<String>) =
            ids.iter().cloned().partition(|id| admitted.iter().any(|photo| photo.id == *id));
        if left.iter().all(|id| id.starts_with(&own)) { Ok(named) } else { Err(Failure::NotFound) }
    }

    /// Changes what a finding says; returns its item.
    pub(crate) fn finding_edit(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        id: &str,
        input: &FindingInput,
    ) -> Result<String, Failure> {
        let (inspection, template) = self.writable(doc)?;
        let finding = inspection.findings.iter().find(|finding| finding.id == id).ok_or(Failure::NotFound)?;
        let item = template.item(&finding.item).ok_or(Failure::TemplateMissing)?;
        let draft = draft(item, input)?;
        self.act(surroundings, doc, |document, session, at| document.edit_finding(session, at, id, &draft))?;
        Ok(finding.item.clone())
    }

    /// Joins a finding with another of the same item; returns the item.
    pub(crate) fn finding_join(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        id: &str,
        into: &str,
        reason: &str,
    ) -> Result<String, Failure> {
        let (inspection, _) = self.writable(doc)?;
        let live = |id: &str| {
            let mut findings = inspection.findings.iter();
            findings.find(|one| one.id == id && one.struck.is_none()).ok_or(Failure::NotFound)
        };
        let (joined, other) = (live(id)?, live(into)?);
        if joined.id == other.id || joined.item != other.item {
            return Err(Failure::NotFound);
        }
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Failure::ReasonRequired);
        }
        check_text(reason)?;
        let photos = inspection.photos.iter().filter(|photo| photo.finding.as_deref() == Some(id));
        let photos: Vec<String> = photos.map(|photo| photo.id.clone()).collect();
        self.act(surroundings, doc, |document, session, at| {
            document.attach_photos(session, at, into, &photos)?;
            document.strike_finding(session, at, id, reason)
        })?;
        Ok(joined.item.clone())
    }

    /// Checks that a photo may be named before its bytes are worked on.
    pub(crate) fn check_photo(&mut self, doc: DocId, photo: &PhotoInput) -> Result<(), Failure> {
        if store::cases::is_here(self.store.read(), doc)? {
            return match (&photo.item, &photo.finding, &photo.copy_of) {
                (None, None, None) => self.check_case_photo(doc),
                // A case has no items, and nothing is drawn on its photos.
                _ => Err(Failure::ValueInvalid),
            };
        }
        let (inspection, template) = self.writable(doc)?;
        match &photo.item {
            Some(item) => {
                asked(&template, item)?;
                self.addable(doc)?;
            }
            None if photo.role == PhotoRoleView::Signature => {}
            None => return Err(Failure::ValueInvalid),
        }
        let has_finding = |id: &String| inspection.findings.iter().any(|finding| finding.id == *id);
        let has_photo = |id: &String| inspection.photos.iter().any(|photo| photo.id == *id);
        let is_known =
            photo.finding.as_ref().is_none_or(has_finding) && photo.copy_of.as_ref().is_none_or(has_photo);
        if is_known { Ok(()) } else { Err(Failure::NotFound) }
    }

    /// Names a photo whose file is on disk; returns its id.
    pub(crate) fn photo_add(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        input: &PhotoInput,
        draft: &PhotoDraft,
    ) -> Result<String, Failure> {
        // Again: the lock was given back while its bytes were worked on.
        self.check_photo(doc, input)?;
        // Before the document names it: a photo that is uploaded and not named costs less than one named and not
        // uploaded.
        self.store.write(|transaction| store::photos::put(transaction, doc, draft.hash, draft.bytes))?;
        self.act(surroundings, doc, |document, session, at| document.add_photo(session, at, draft))
    }

    /// Strikes 作废 the visit, a finding or a photo. Nothing is deleted.
    pub(crate) fn strike(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        target: &StrikeTarget,
        reason: &str,
    ) -> Result<(), Failure> {
        self.writable(doc)?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Failure::ReasonRequired);
        }
        check_text(reason)?;
        self.act(surroundings, doc, |document, session, at| match target {
            StrikeTarget::Inspection => document.strike_visit(session, at, reason),
            StrikeTarget::Finding { id } => document.strike_finding(session, at, id, reason),
            StrikeTarget::Photo { id } => document.strike_photo(session, at, id, reason),
        })
    }

    /// Adds a remark.
    pub(crate) fn remark_add(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        item: Option<&str>,
        text: &str,
    ) -> Result<(), Failure> {
        let (_, template) = self.addable(doc)?;
        if let Some(item) = item {
            template.item(item).ok_or(Failure::NotFound)?;
        }
        let text = text.trim();
        if text.is_empty() {
            return Err(Failure::ValueInvalid);
        }
        check_text(text)?;
        self.act(surroundings, doc, |document, session, at| document.remark(session, at, item, text))
    }

    /// Says that this person came or left.
    pub(crate) fn pass(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        passage: Passage,
        point: Option<Point>,
    ) -> Result<(), Failure> {
        self.writable(doc)?;
        self.act(surroundings, doc, |document, session, at| document.pass(session, at, passage, point))
    }

    /// Remembers what was written, for the next time. What was written is recorded already: a disk that has no room for
    /// this takes nothing back.
    pub(crate) fn remember_phrase(&mut self, item: &str, text: &str, at: i64) {
        let remembered =
            self.store.write(|transaction| store::phrases::remember(transaction, item, text, at));
        if let Err(error) = remembered {
            tracing::warn!(error = &error as &dyn std::error::Error, "a phrase is not remembered");
        }
    }

    /// Submits the visit as it stands, in answer to every open return. A checkpoint, not a lock.
    pub(crate) fn submit(&mut self, surroundings: &Surroundings, doc: DocId) -> Result<(), Failure> {
        let (inspection, _) = self.writable(doc)?;
        let answers: Vec<_> = inspection.open_returns().map(|review| review.stamp.op.clone()).collect();
        self.act(surroundings, doc, |document, session, at| document.submit(session, at, &answers))
    }

    /// The inspection and its checklist, if it may still be written.
    pub(super) fn writable(&mut self, doc: DocId) -> Result<(Inspection, Arc<Template>), Failure> {
        let inspection = self.inspection(doc)?;
        let template = self.registry.checklist(&inspection).ok_or(Failure::TemplateMissing)?;
        match inspection.state(&[], |_| None) {
            ReviewState::Struck => Err(Failure::InspectionStruck),
            ReviewState::Draft
            | ReviewState::Submitted
            | ReviewState::Reviewing
            | ReviewState::Returned
            | ReviewState::Approved
            | ReviewState::Dismissed => Ok((inspection, template)),
        }
    }
}

/// The item, if a person may answer it.
pub(super) fn asked<'t>(template: &'t Template, item: &str) -> Result<&'t Item, Failure> {
    let item = template.item(item).ok_or(Failure::NotFound)?;
    if item.is_asked() { Ok(item) } else { Err(Failure::ValueInvalid) }
}

fn draft(item: &Item, input: &FindingInput) -> Result<FindingDraft, Failure> {
    if !item.kinds.iter().any(|kind| kind.code.as_str() == input.kind) {
        return Err(Failure::ValueInvalid);
    }
    check_text(&input.note)?;
    if [&input.place, &input.asset].into_iter().any(|text| text.len() > SHORT_TEXT_BYTES_MAX) {
        return Err(Failure::TextTooLong { max: SHORT_TEXT_BYTES_MAX });
    }
    let point = input.point.map(|point| point.to_point().ok_or(Failure::ValueInvalid)).transpose()?;
    Ok(FindingDraft {
        item: item.code.as_str().to_owned(),
        kind: input.kind.clone(),
        note: input.note.trim().to_owned(),
        place: input.place.trim().to_owned(),
        point,
        fixed_on_spot: input.fixed_on_spot,
        asset: input.asset.trim().to_owned(),
    })
}

pub(super) fn check_text(text: &str) -> Result<(), Failure> {
    if text.len() > TEXT_BYTES_MAX { Err(Failure::TEXT_TOO_LONG) } else { Ok(()) }
}
