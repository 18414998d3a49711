//! What stands under which heading, and whom or what a cell names. Headings are those of exports, in either language, so
//! that a list that was exported can be brought back.

use std::collections::BTreeMap;

use rounds_shared::{
    area::{Area, AreaCode, DepartmentCode},
    registry::Registry,
};

use super::{Fault, FaultCode};
use crate::export::{Column, Language, Words};

/// What stands between the names of a list.
const LIST_SIGNS: [char; 7] = ['、', '，', ',', '；', ';', '\n', '|'];
/// What stands between an area and the one it lies in.
const PATH_SIGNS: [char; 3] = ['·', '/', '>'];

/// Where each column of a subject stands in a table.
pub(super) struct Columns(BTreeMap<&'static str, usize>);

impl Columns {
    pub(super) fn of(headings: &[String], columns: &[Column]) -> Self {
        let is_named = |key: &str, heading: &str| {
            let words = [Language::Zh, Language::En].map(Words::of);
            let mut names = words.iter().map(|words| words.word("export.column", key)).chain([key]);
            names.any(|name| !name.is_empty() && name.eq_ignore_ascii_case(heading))
        };
        let found = columns
            .iter()
            .filter_map(|(key, _)| Some((*key, headings.iter().position(|heading| is_named(key, heading))?)));
        Self(found.collect())
    }

    pub(super) fn missing(&self, needed: &[&'static str]) -> Vec<&'static str> {
        needed.iter().filter(|key| !self.0.contains_key(*key)).copied().collect()
    }

    /// What stands in a row; none when nothing does.
    pub(super) fn get<'r>(&self, row: &'r [String], key: &str) -> Option<&'r str> {
        let text = row.get(*self.0.get(key)?)?.as_str();
        (!text.is_empty()).then_some(text)
    }

    /// The same where something must stand.
    pub(super) fn need<'r>(&self, row: &'r [String], key: &'static str) -> Result<&'r str, Fault> {
        self.get(row, key).ok_or_else(|| Fault::new(FaultCode::Missing, key, ""))
    }
}

/// The names of a list in one cell.
pub(super) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(LIST_SIGNS).map(str::trim).filter(|name| !name.is_empty())
}

/// The code whose word in either language, or which itself, stands in a cell.
pub(super) fn coded<T: Copy>(
    text: &str,
    all: impl IntoIterator<Item = T>,
    said: impl Fn(T) -> Vec<String>,
) -> Option<T> {
    all.into_iter().find(|one| said(*one).iter().any(|name| name.eq_ignore_ascii_case(text)))
}

/// The words of a code in both languages, and the code.
pub(super) fn words(family: &str, code: &str) -> Vec<String> {
    let mut words =
        [Language::Zh, Language::En].map(|language| Words::of(language).code(family, code)).to_vec();
    words.push(code.to_owned());
    words
}

/// The area that a cell names: by its code, or by a name of its own with as much of 区县·街道 before it as is needed.
pub(super) fn area<'r>(
    registry: &'r Registry,
    key: &'static str,
    text: &str,
    above: Option<&str>,
) -> Result<&'r Area, Fault> {
    if let Some(area) = text.parse::<AreaCode>().ok().and_then(|code| registry.areas().get(&code)) {
        return Ok(area);
    }
    let mut path: Vec<&str> = above.into_iter().flat_map(|above| above.split(PATH_SIGNS)).collect();
    path.extend(text.split(PATH_SIGNS));
    let path: Vec<&str> = path.into_iter().map(str::trim).filter(|name| !name.is_empty()).collect();
    let Some((name, above)) = path.split_last() else { return Err(Fault::new(FaultCode::Missing, key, "")) };
    let is_it = |area: &&Area| {
        (area.short == *name || area.name == *name)
            && above.iter().all(|wanted| registry.path(&area.code).split('·').any(|name| name == *wanted))
    };
    let mut found = registry.areas().values().filter(is_it);
    match (found.next(), found.next()) {
        (None, _) => Err(Fault::new(FaultCode::Unknown, key, text)),
        (Some(area), None) => Ok(area),
        (Some(_), Some(_)) => Err(Fault::new(FaultCode::Ambiguous, key, text)),
    }
}

/// The department that a cell names.
pub(super) fn department(registry: &Registry, text: &str) -> Result<DepartmentCode, Fault> {
    let mut all = registry.departments().values();
    let found = all.find(|one| one.code.as_str() == text || one.zh == text || one.en == text);
    found.map(|one| one.code.clone()).ok_or_else(|| Fault::new(FaultCode::Unknown, "department", text))
}
