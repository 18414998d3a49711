//! Checklists: templates of domains of items, and the kinds of finding an item knows.
//!
//! These types travel to devices and stand in the log, so their CBOR field numbers are never changed or reused:
//! fields are only added (unknown ones are skipped), and a field that came later has a default.

mod compose;
mod error;
mod item;
mod load;
mod points;
mod route;
mod scale;

pub use compose::{Checklist, Share};
pub use error::{TemplateError, TemplateFault};
pub use item::{
    Domain, DomainCode, Evidence, EvidenceKind, FindingKind, Item, ItemCode, KindCode, Method, Severity,
};
pub use load::{load_domain, read_toml};
pub use points::Points;
pub use route::{Route, Routes};
pub use scale::{BANDS_MAX, Band, Below, SAMPLE_MAX, STANDARDS_MAX, Scale};

use crate::code::{code_type, is_plain_code};
use crate::ids::PhotoHash;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Most items of one template: an inspection stays one small document.
pub const TEMPLATE_ITEMS_MAX: usize = 120;
/// Most finding kinds of one item.
pub const KINDS_PER_ITEM_MAX: usize = 20;

code_type!(
    /// The code of a template; its versions share it.
    TemplateId, "a template's id", is_plain_code
);

/// A short text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Text {
    /// 中文
    #[n(0)]
    pub zh: String,
    /// English
    #[n(1)]
    pub en: String,
}

/// 检查表: a published version of a checklist. It never changes; a change is a new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Template {
    /// Which checklist.
    #[n(0)]
    pub id: TemplateId,
    /// Which version of it, from 1.
    #[n(1)]
    pub version: u32,
    /// 中文
    #[n(2)]
    pub zh: String,
    /// English
    #[n(3)]
    pub en: String,
    /// Its domains, in the order they are walked.
    #[n(4)]
    pub domains: Vec<WeightedDomain>,
}

/// A domain with its share of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct WeightedDomain {
    /// Its share of the template's 100 points.
    #[n(0)]
    pub weight: Points,
    /// The domain.
    #[n(1)]
    pub domain: Domain,
}

impl Template {
    /// Every item, in the order they are walked.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.domains.iter().flat_map(|weighted| &weighted.domain.items)
    }

    /// Whether it shows this picture with one of its items.
    pub fn shows(&self, picture: PhotoHash) -> bool {
        self.items().any(|item| item.reference == Some(picture))
    }

    /// The item with this code.
    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items().find(|item| item.code.as_str() == code)
    }

    /// The finding kind with this code, and its item.
    pub fn kind(&self, code: &str) -> Option<(&Item, &FindingKind)> {
        self.items().find_map(|item| {
            item.kinds.iter().find(|kind| kind.code.as_str() == code).map(|kind| (item, kind))
        })
    }

    /// Takes items over from a later version, behind the domain's own; what is here already stays as it is. A domain that
    /// is not here comes with its weight: a score is a mean of what is scored, whatever the weights sum to.
    pub(crate) fn take_over(&mut self, later: &Template, wanted: impl Fn(&Item) -> bool) {
        for WeightedDomain { weight, domain } in &later.domains {
            let new: Vec<Item> = domain
                .items
                .iter()
                .filter(|item| wanted(item) && self.item(item.code.as_str()).is_none())
                .cloned()
                .collect();
            if new.is_empty() {
                continue;
            }
            match self.domains.iter_mut().find(|own| own.domain.code == domain.code) {
                Some(own) => own.domain.items.extend(new),
                None => self.domains.push(WeightedDomain {
                    weight: *weight,
                    domain: Domain { items: new, ..domain.clone() },
                }),
            }
        }
    }

    /// Checks what only the whole template can break. `file` is where it was composed, for the error.
    pub fn check(&self, file: &str) -> Result<(), TemplateError> {
        load::check_template(file, self)
    }
}

#[cfg(test)]
mod tests;
