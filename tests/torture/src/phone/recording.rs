//! What a person records: something at random, on an item that is his or everybody's.

use fastrand::Rng;
use rounds_client_core::{
    Failure, FindingInput, PhotoInput,
    view::{PhotoDetail, PhotoRoleView, PhotoSourceView, ScaleView},
};

use super::Phone;
use crate::{
    picture,
    said::{About, Said, What},
};

/// Which items a device answers.
#[derive(Debug, Clone, Copy)]
pub enum Share {
    /// All of them, and nobody else does.
    All,
    /// Some alone, so that what holds for them in the end can be told, and those that are everybody's.
    Part {
        /// Which device.
        index: usize,
        /// Of how many.
        of: usize,
    },
}

/// Who answers an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Mine,
    Everybodys,
    Others,
}

impl Share {
    fn whose(self, place: usize) -> Whose {
        match self {
            Share::All => Whose::Mine,
            Share::Part { index, of } => match place % (of + 1) {
                one if one == index => Whose::Mine,
                one if one == of => Whose::Everybodys,
                _ => Whose::Others,
            },
        }
    }
}

/// An item of the checklist.
pub(super) struct Asked {
    code: String,
    kind: String,
    values: &'static [&'static str],
    whose: Whose,
}

impl Phone {
    /// Records something at random; it is remembered when the app says that it is safe. Who wants to know what an answer
    /// replaces is told before.
    pub fn record(
        &self,
        inspection: &str,
        rng: &mut Rng,
        about: impl FnOnce(About) -> Result<(), Failure>,
    ) -> Result<Said, Failure> {
        let what = self.act(inspection, rng, about)?;
        let said = Said { inspection: inspection.to_owned(), what };
        self.told().hear(said.clone());
        Ok(said)
    }

    fn act(
        &self,
        inspection: &str,
        rng: &mut Rng,
        about: impl FnOnce(About) -> Result<(), Failure>,
    ) -> Result<What, Failure> {
        let items = self.items(inspection)?;
        let words = format!("{:016x}", rng.u64(..));
        let asked = &items[rng.usize(..items.len())];
        match rng.usize(..100) {
            0..50 => {
                let mut to_answer = items.iter().cycle().skip(rng.usize(..items.len()));
                let asked = to_answer.find(|item| item.whose != Whose::Others).ok_or(Failure::NotFound)?;
                let value = asked.values[rng.usize(..asked.values.len())];
                let (item, value) = (asked.code.clone(), value.to_owned());
                if asked.whose == Whose::Mine {
                    let inspection = inspection.to_owned();
                    about(About { inspection, item: item.clone(), value: value.clone() })?;
                }
                self.app.answer(inspection, &item, Some(&value))?;
                Ok(match asked.whose {
                    Whose::Mine => What::Answer { item, value },
                    Whose::Everybodys | Whose::Others => What::Contested,
                })
            }
            50..75 => self.app.remark_add(inspection, None, &words).map(|_| What::Remark(words)),
            75..92 => {
                let input = FindingInput {
                    kind: asked.kind.clone(),
                    note: words.clone(),
                    place: "3 幢 2 单元".to_owned(),
                    point: None,
                    fixed_on_spot: rng.bool(),
                    asset: String::new(),
                };
                self.app.finding_add(inspection, &asked.code, &input, &[]).map(|_| What::Finding(words))
            }
            _ => self.photograph(inspection, &asked.code, &picture::noise(rng)),
        }
    }

    fn photograph(&self, inspection: &str, item: &str, picture: &[u8]) -> Result<What, Failure> {
        let input = PhotoInput {
            inspection: inspection.to_owned(),
            item: Some(item.to_owned()),
            finding: None,
            copy_of: None,
            source: PhotoSourceView::Camera,
            role: PhotoRoleView::Evidence,
            point: None,
            detail: PhotoDetail::default(),
        };
        Ok(What::Photo(self.app.photo_add(&input, picture)?.hash))
    }

    /// Takes a photo that needs more room than a full disk has.
    pub fn record_large_photo(&self, inspection: &str, rng: &mut Rng) -> Result<(), Failure> {
        let item = &self.items(inspection)?[0].code;
        let what = self.photograph(inspection, item, &picture::large(rng))?;
        self.told().hear(Said { inspection: inspection.to_owned(), what });
        Ok(())
    }

    /// The items of the checklist that are asked, which every visit has.
    fn items(&self, inspection: &str) -> Result<&[Asked], Failure> {
        if let Some(items) = self.items.get() {
            return Ok(items);
        }
        let domains = self.app.inspection(inspection)?.domains;
        let asked = domains.into_iter().flat_map(|domain| domain.items).filter(|item| !item.pending);
        let items = asked.enumerate().map(|(place, item)| Asked {
            values: match item.scale {
                ScaleView::Pass | ScaleView::Count { .. } => &["pass", "fail", "na"],
                ScaleView::Sample { .. } | ScaleView::Ratio { .. } | ScaleView::Graded { .. } => &["na"],
            },
            kind: item.kinds.first().map_or_else(String::new, |kind| kind.code.clone()),
            code: item.code,
            whose: self.share.whose(place),
        });
        let items = items.collect();
        Ok(self.items.get_or_init(|| items))
    }
}
