//! The commands that record something in an inspection. Each returns what its screen shows next, and what it recorded is on
//! disk by then.

use rounds_shared::inspection::{Opinion, Passage};

use super::{App, doc};
use crate::{
    device::FindingInput,
    failure::Failure,
    store,
    view::{DraftView, InspectionView, ItemView, PointView, RestPassed, StrikeTarget},
};

impl App {
    /// Records an answer; none takes the own one back.
    ///
    /// # Errors
    /// When the value is not one of the item's scale, or could not be put on disk: then nothing was recorded.
    pub fn answer(&self, inspection: &str, item: &str, value: Option<&str>) -> Result<ItemView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            device.answer(&self.surroundings, doc, item, value)?;
            device.item_view(doc, item, |photo| self.is_here(photo))
        })
    }

    /// Takes back 撤销 the answer that was given last, to this item: what stood before it stands again.
    ///
    /// # Errors
    /// When another answer was given since, or it could not be put on disk.
    pub fn take_back(&self, inspection: &str, item: &str) -> Result<ItemView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            device.take_back(&self.surroundings, doc, item)?;
            device.item_view(doc, item, |photo| self.is_here(photo))
        })
    }

    /// 本组其余合格: records 合格 for what nobody has answered in a section and needs no counting.
    ///
    /// # Errors
    /// When there is no such section, or it could not be put on disk: then nothing was recorded.
    pub fn pass_rest(&self, inspection: &str, domain: &str) -> Result<RestPassed, Failure> {
        let doc = doc(inspection)?;
        let items = self.recorded(|device| device.pass_rest(&self.surroundings, doc, domain))?;
        Ok(RestPassed { items, inspection: self.inspection(inspection)? })
    }

    /// Takes 本组其余合格 back for these items; what was answered since stays.
    ///
    /// # Errors
    /// When it could not be put on disk.
    pub fn take_back_rest(&self, inspection: &str, items: &[String]) -> Result<InspectionView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| device.take_back_rest(&self.surroundings, doc, items))?;
        self.inspection(inspection)
    }

    /// Brings in 补入 what a newer version of the checklist asks besides; what was answered stays.
    ///
    /// # Errors
    /// When it could not be put on disk.
    pub fn bring_items(&self, inspection: &str) -> Result<InspectionView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| device.bring_items(&self.surroundings, doc))?;
        self.inspection(inspection)
    }

    /// Adds a finding with the photos that were taken for it.
    ///
    /// # Errors
    /// When something in it makes no sense, or could not be put on disk.
    pub fn finding_add(
        &self,
        inspection: &str,
        item: &str,
        input: &FindingInput,
        photos: &[String],
    ) -> Result<ItemView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            device.finding_add(&self.surroundings, doc, item, input, photos)?;
            device.draft_drop(doc, item);
            device.remember_phrase(item, &input.note, self.surroundings.now());
            device.item_view(doc, item, |photo| self.is_here(photo))
        })
    }

    /// Keeps what is typed of a finding that is not saved yet.
    ///
    /// # Errors
    /// When the inspection is not here, or it could not be put on disk.
    pub fn draft_keep(&self, inspection: &str, item: &str, draft: &DraftView) -> Result<(), Failure> {
        self.device().draft_keep(doc(inspection)?, item, draft)
    }

    /// What was typed of a finding of this item before the app was ended or the screen left; until the finding is saved.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn draft(&self, inspection: &str, item: &str) -> Result<Option<DraftView>, Failure> {
        self.device().draft(doc(inspection)?, item)
    }

    /// Changes what a finding says.
    ///
    /// # Errors
    /// When there is no such finding, or it could not be put on disk.
    pub fn finding_edit(
        &self,
        inspection: &str,
        finding: &str,
        input: &FindingInput,
    ) -> Result<ItemView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            let item = device.finding_edit(&self.surroundings, doc, finding, input)?;
            device.remember_phrase(&item, &input.note, self.surroundings.now());
            device.item_view(doc, &item, |photo| self.is_here(photo))
        })
    }

    /// Joins a finding with another of the same item that is the same defect: its photos go over, and it is struck with
    /// the reason. Only a person says so.
    ///
    /// # Errors
    /// When either is not there or struck, they are of different items, or the reason is missing.
    pub fn finding_join(
        &self,
        inspection: &str,
        finding: &str,
        into: &str,
        reason: &str,
    ) -> Result<ItemView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            let item = device.finding_join(&self.surroundings, doc, finding, into, reason)?;
            device.item_view(doc, &item, |photo| self.is_here(photo))
        })
    }

    /// Strikes 作废 the visit, a finding or a photo, with a reason.
    ///
    /// # Errors
    /// When the reason is missing or there is no such thing.
    pub fn strike(
        &self,
        inspection: &str,
        target: &StrikeTarget,
        reason: &str,
    ) -> Result<InspectionView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| device.strike(&self.surroundings, doc, target, reason))?;
        self.inspection(inspection)
    }

    /// Adds a remark to the visit or to an item.
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn remark_add(
        &self,
        inspection: &str,
        item: Option<&str>,
        text: &str,
    ) -> Result<InspectionView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            device.remark_add(&self.surroundings, doc, item, text)?;
            if let Some(item) = item {
                device.remember_phrase(item, text, self.surroundings.now());
            }
            Ok(())
        })?;
        self.inspection(inspection)
    }

    /// Says that this person came 到达 or left 离开, with the place where it is known.
    ///
    /// # Errors
    /// When it could not be put on disk.
    pub fn pass(
        &self,
        inspection: &str,
        passage: Passage,
        point: Option<PointView>,
    ) -> Result<InspectionView, Failure> {
        let doc = doc(inspection)?;
        let point = point.map(|point| point.to_point().ok_or(Failure::ValueInvalid)).transpose()?;
        self.recorded(|device| device.pass(&self.surroundings, doc, passage, point))?;
        self.inspection(inspection)
    }

    /// Adds the response of one person to a questionnaire 问卷.
    ///
    /// # Errors
    /// When nobody is asked about this item, or a result was typed for it.
    pub fn respond(&self, inspection: &str, item: &str, opinion: Opinion) -> Result<ItemView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            device.respond(&self.surroundings, doc, item, opinion)?;
            device.item_view(doc, item, |photo| self.is_here(photo))
        })
    }

    /// Takes the last response back that this device recorded for an item; without one, nothing happens.
    ///
    /// # Errors
    /// When it could not be put on disk.
    pub fn take_back_response(&self, inspection: &str, item: &str) -> Result<ItemView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| {
            device.take_back_response(&self.surroundings, doc, item)?;
            device.item_view(doc, item, |photo| self.is_here(photo))
        })
    }

    /// 常用语: what this person has written for an item before, the most used first.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn phrases(&self, item: &str) -> Result<Vec<String>, Failure> {
        Ok(store::phrases::of(self.device().store.read(), item)?)
    }

    /// Submits the visit as it stands: a checkpoint, not a lock.
    ///
    /// # Errors
    /// When it could not be put on disk.
    pub fn submit(&self, inspection: &str) -> Result<InspectionView, Failure> {
        let doc = doc(inspection)?;
        self.recorded(|device| device.submit(&self.surroundings, doc))?;
        self.inspection(inspection)
    }
}
