//! Reads a domain's file and checks it whole, so that nothing half-right is ever published.

use super::{
    Domain, FindingKind, Item, KINDS_PER_ITEM_MAX, Points, TEMPLATE_ITEMS_MAX, Template, TemplateError,
    TemplateFault,
};
use crate::area::DepartmentCode;
use crate::deadline::DeadlineCode;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use std::collections::BTreeSet;

/// How many tasks the policy has.
const TASKS: u32 = 10;

/// Reads a domain from its file's text and checks it.
pub fn load_domain(file: &str, text: &str) -> Result<Domain, TemplateError> {
    let domain: Domain = read_toml(file, text, "items")?;
    check_domain(file, &domain)?;
    Ok(domain)
}

/// Reads TOML into a value; an error names the element of the list `elements` it is in, by its code.
pub fn read_toml<T: DeserializeOwned>(file: &str, text: &str, elements: &str) -> Result<T, TemplateError> {
    let unreadable = |error: &toml::de::Error, item, field| TemplateError {
        file: file.to_owned(),
        line: error.span().map(|span| text[..span.start].matches('\n').count() + 1),
        item,
        field,
        fault: TemplateFault::Unreadable(error.message().to_owned()),
    };
    let deserializer =
        toml::Deserializer::parse(text).map_err(|error| unreadable(&error, None, String::new()))?;
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let (item, field) = place(error.path(), text, elements);
        unreadable(error.inner(), item, field)
    })
}

/// Splits a path such as `items[3].scale` into the element's name and the field in it.
fn place(path: &serde_path_to_error::Path, text: &str, elements: &str) -> (Option<String>, String) {
    let segments: Vec<&Segment> = path.iter().collect();
    if let [Segment::Map { key }, Segment::Seq { index }, rest @ ..] = segments.as_slice()
        && key == elements
    {
        return (Some(element_name(text, elements, *index)), join(rest));
    }
    (None, join(&segments))
}

fn element_name(text: &str, elements: &str, index: usize) -> String {
    let table: Option<toml::Table> = text.parse().ok();
    let element = table.as_ref().and_then(|table| table.get(elements)?.get(index));
    let code = element.and_then(|element| element.get("code").or_else(|| element.get("id"))?.as_str());
    code.map_or_else(|| format!("#{}", index + 1), str::to_owned)
}

fn join(segments: &[&Segment]) -> String {
    let mut field = String::new();
    for segment in segments {
        match segment {
            Segment::Seq { index } => field += &format!("[{index}]"),
            Segment::Map { key: name } | Segment::Enum { variant: name } if field.is_empty() => field += name,
            Segment::Map { key: name } | Segment::Enum { variant: name } => field += &format!(".{name}"),
            Segment::Unknown => {}
        }
    }
    field
}

/// A place in a file, to hang faults on.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) item: Option<&'a str>,
}

impl Place<'_> {
    pub(super) fn fault(self, field: impl Into<String>, fault: TemplateFault) -> TemplateError {
        TemplateError {
            file: self.file.to_owned(),
            line: None,
            item: self.item.map(str::to_owned),
            field: field.into(),
            fault,
        }
    }

    pub(super) fn require_text(self, field: &str, text: &str) -> Result<(), TemplateError> {
        if text.trim().is_empty() { Err(self.fault(field, TemplateFault::Empty)) } else { Ok(()) }
    }

    pub(super) fn require(
        self,
        is_fine: bool,
        field: &str,
        fault: impl FnOnce() -> TemplateFault,
    ) -> Result<(), TemplateError> {
        if is_fine { Ok(()) } else { Err(self.fault(field, fault())) }
    }

    fn require_unique<'c>(
        self,
        field: &str,
        codes: impl Iterator<Item = &'c str>,
    ) -> Result<(), TemplateError> {
        let mut seen = BTreeSet::new();
        for code in codes {
            self.require(seen.insert(code), field, || TemplateFault::Duplicate(code.to_owned()))?;
        }
        Ok(())
    }

    fn require_prefix(self, field: &str, code: &str, prefix: &str) -> Result<(), TemplateError> {
        let is_under = code.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('-'));
        self.require(is_under, field, || TemplateFault::Prefix(format!("{code} must begin with {prefix}-")))
    }

    fn require_sum_100(
        self,
        field: &str,
        weights: impl Iterator<Item = Points>,
    ) -> Result<(), TemplateError> {
        let sum: u32 = weights.map(Points::as_hundredths).sum();
        self.require(sum == Points::HUNDRED.as_hundredths(), field, || {
            TemplateFault::WeightSum(Points::hundredths(sum))
        })
    }

    fn require_count(self, field: &str, count: usize, min: usize, max: usize) -> Result<(), TemplateError> {
        self.require((min..=max).contains(&count), field, || {
            TemplateFault::OutOfRange(format!("wants {min} to {max}, found {count}"))
        })
    }
}

fn check_domain(file: &str, domain: &Domain) -> Result<(), TemplateError> {
    let place = Place { file, item: None };
    for (field, text) in [("zh", &domain.zh), ("en", &domain.en), ("clause", &domain.clause)] {
        place.require_text(field, text)?;
    }
    place.require((1..=TASKS).contains(&domain.task), "task", || {
        TemplateFault::OutOfRange(format!("wants 1 to {TASKS}, found {}", domain.task))
    })?;
    place.require_count("items", domain.items.len(), 1, TEMPLATE_ITEMS_MAX)?;
    let mut seen = BTreeSet::new();
    for item in &domain.items {
        let place = Place { file, item: Some(item.code.as_str()) };
        place.require_prefix("code", item.code.as_str(), domain.code.as_str())?;
        place.require(seen.insert(&item.code), "code", || TemplateFault::Duplicate(item.code.to_string()))?;
        check_item(place, item)?;
    }
    place.require_sum_100("items.weight", domain.items.iter().map(|item| item.weight))
}

fn check_item(place: Place<'_>, item: &Item) -> Result<(), TemplateError> {
    for (field, text) in [("zh", &item.zh), ("en", &item.en), ("clause", &item.clause)] {
        place.require_text(field, text)?;
    }
    for (field, text) in [("extent", &item.extent), ("pending", &item.pending)] {
        if let Some(text) = text {
            place.require_text(field, &text.zh)?;
            place.require_text(field, &text.en)?;
        }
    }
    place.require_count("methods", item.methods.len(), 1, 5)?;
    place.require(!item.is_computed() || item.methods.len() == 1, "methods", || {
        TemplateFault::ComputedAsked
    })?;
    place.require((Points::hundredths(1)..=Points::HUNDRED).contains(&item.weight), "weight", || {
        TemplateFault::OutOfRange(format!("wants above 0 and at most 100, found {}", item.weight))
    })?;
    if let Some(fault) = item.scale.fault(item.weight) {
        return Err(place.fault("scale", TemplateFault::Scale(fault)));
    }
    place.require_count("kinds", item.kinds.len(), 1, KINDS_PER_ITEM_MAX)?;
    place.require_unique("kinds.code", item.kinds.iter().map(|kind| kind.code.as_str()))?;
    item.kinds.iter().try_for_each(|kind| check_kind(place, item, kind))
}

fn check_kind(place: Place<'_>, item: &Item, kind: &FindingKind) -> Result<(), TemplateError> {
    place.require_prefix("kinds.code", kind.code.as_str(), item.code.as_str())?;
    place.require_text(&format!("kinds.{}.zh", kind.code), &kind.zh)?;
    place.require_text(&format!("kinds.{}.en", kind.code), &kind.en)
}

pub(super) fn check_template(file: &str, template: &Template) -> Result<(), TemplateError> {
    let place = Place { file, item: Some(template.id.as_str()) };
    place.require_text("zh", &template.zh)?;
    place.require_text("en", &template.en)?;
    place.require(template.version > 0, "version", || {
        TemplateFault::OutOfRange("versions count from 1".into())
    })?;
    place.require_unique("domains", template.domains.iter().map(|weighted| weighted.domain.code.as_str()))?;
    place.require_sum_100("domains.weight", template.domains.iter().map(|weighted| weighted.weight))?;
    place.require_count("domains", template.items().count(), 1, TEMPLATE_ITEMS_MAX)
}

impl Domain {
    /// Checks that every deadline class and department it names exists.
    pub fn check_references(
        &self,
        file: &str,
        deadlines: &BTreeSet<DeadlineCode>,
        departments: &BTreeSet<DepartmentCode>,
    ) -> Result<(), TemplateError> {
        for item in &self.items {
            let place = Place { file, item: Some(item.code.as_str()) };
            for kind in &item.kinds {
                if let Some(deadline) = kind.deadline.as_ref().filter(|code| !deadlines.contains(*code)) {
                    let field = format!("kinds.{}.deadline", kind.code);
                    return Err(place.fault(field, TemplateFault::UnknownDeadline(deadline.to_string())));
                }
                if let Some(department) = kind.department.as_ref().filter(|code| !departments.contains(*code))
                {
                    let field = format!("kinds.{}.department", kind.code);
                    return Err(place.fault(field, TemplateFault::UnknownDepartment(department.to_string())));
                }
            }
        }
        Ok(())
    }
}
