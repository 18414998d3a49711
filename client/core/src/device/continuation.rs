//! 续表: what is recorded when a document is nearly full goes on in another one. Nothing moves over: both stay what they are,
//! and each names the other.

use rounds_shared::{document::genesis, ids::DocId, inspection::Inspection, template::Template};
use std::sync::Arc;

use super::{Device, opened};
use crate::{failure::Failure, store};

impl Device {
    /// The inspection and its checklist, if something may be added to it.
    pub(super) fn addable(&mut self, doc: DocId) -> Result<(Inspection, Arc<Template>), Failure> {
        let writable = self.writable(doc)?;
        if self.is_nearly_full(doc)? { Err(Failure::InspectionFull) } else { Ok(writable) }
    }

    /// Whether nothing more should be added to a document.
    pub(super) fn is_nearly_full(&mut self, doc: DocId) -> Result<bool, Failure> {
        Ok(self.opened.for_reading(&self.store, doc)?.is_nearly_full())
    }

    /// Begins the continuation of a document, or finds the one that is there; returns its id. Whoever else begins it begins
    /// with the same bytes.
    pub(crate) fn open_continuation(&mut self, of: DocId) -> Result<DocId, Failure> {
        let (inspection, _) = self.writable(of)?;
        let about = inspection.about.continuation(of);
        let doc = about.continuation_id().ok_or(Failure::NotFound)?;
        let template = self.registry.template(&about.template, about.template_version);
        let genesis = genesis(doc, &about, template.ok_or(Failure::TemplateMissing)?);
        self.begin(doc, &genesis, Some(&genesis))?;
        Ok(doc)
    }

    /// The continuation of a document, if it is here.
    pub(super) fn continued_by(&self, of: DocId, inspection: &Inspection) -> Result<Option<DocId>, Failure> {
        let Some(doc) = inspection.about.continuation(of).continuation_id() else { return Ok(None) };
        let is_here = opened::saved(&self.store, doc)?.is_some();
        Ok(is_here.then_some(doc))
    }

    /// The document that this one continues, if it is here.
    pub(super) fn continues(&self, inspection: &Inspection) -> Result<Option<DocId>, Failure> {
        let Some(doc) = inspection.about.continues else { return Ok(None) };
        Ok(store::inspections::get(self.store.read(), doc)?.map(|card| card.doc))
    }
}

#[cfg(test)]
mod tests;
