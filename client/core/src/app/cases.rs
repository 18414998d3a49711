//! 案件: the commands about cases.

use super::{App, doc};
use crate::{
    failure::Failure,
    view::{CaseActView, CaseView, Cases},
};

impl App {
    /// The cases 案件 on this device, by what is to be done about them.
    ///
    /// # Errors
    /// When nobody is enrolled or the storage fails.
    pub fn cases(&self) -> Result<Cases, Failure> {
        self.device().cases(self.day(), self.is_sending())
    }

    /// A whole case.
    ///
    /// # Errors
    /// When it is not here.
    pub fn case(&self, case: &str) -> Result<CaseView, Failure> {
        self.device().case_view(doc(case)?, self.day(), self.is_sending(), |photo| self.is_here(photo))
    }

    /// Does something about a case, with the photos that were taken for it.
    ///
    /// # Errors
    /// When it does not fit the case as it stands, lacks what proves it, or could not be put on disk.
    pub fn case_act(
        &self,
        case: &str,
        act: CaseActView,
        text: &str,
        photos: &[String],
    ) -> Result<CaseView, Failure> {
        let doc = doc(case)?;
        self.recorded(|device| device.case_act(&self.surroundings, doc, act, text, photos))?;
        self.case(case)
    }

    /// Strikes 作废 a photo of one's own in a case that says nothing yet.
    ///
    /// # Errors
    /// When there is no such photo, or the reason is missing.
    pub fn case_photo_strike(&self, case: &str, photo: &str, reason: &str) -> Result<CaseView, Failure> {
        let doc = doc(case)?;
        self.recorded(|device| device.case_photo_strike(&self.surroundings, doc, photo, reason))?;
        self.case(case)
    }
}
