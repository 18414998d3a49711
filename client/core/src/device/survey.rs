//! 问卷: people are asked one by one, and counted.

use rounds_shared::{ids::DocId, inspection::Opinion};

use super::{Device, inspect::asked};
use crate::{failure::Failure, surroundings::Surroundings};

impl Device {
    /// Adds the response of one person. Nothing else is kept of him.
    pub(crate) fn respond(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        item: &str,
        opinion: Opinion,
    ) -> Result<(), Failure> {
        let (inspection, template) = self.addable(doc)?;
        // A result that was typed from paper forms stands for all of them.
        let is_typed = inspection.responses.iter().all(|response| response.item != item)
            && !inspection.recorded(item).is_empty();
        if is_typed || !asked(&template, item)?.is_survey() {
            return Err(Failure::ValueInvalid);
        }
        self.act(surroundings, doc, |document, session, at| document.respond(session, at, item, opinion))
    }

    /// Takes the last response to an item back that this device recorded and has not taken back yet.
    pub(crate) fn take_back_response(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        item: &str,
    ) -> Result<(), Failure> {
        let me = self.identity()?.device;
        let (inspection, _) = self.writable(doc)?;
        let last = inspection.responses.iter().rfind(|response| {
            response.item == item && !response.taken_back && response.stamp.device == Some(me)
        });
        let Some(last) = last else { return Ok(()) };
        self.act(surroundings, doc, |document, session, at| {
            document.take_back_response(session, at, item, &last.stamp.op)
        })
    }
}
