//! Which department answers for which finding kinds.

use super::{KindCode, TemplateError, TemplateFault};
use crate::area::DepartmentCode;
use crate::template::load::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Sends the finding kinds whose code is `prefix` or begins with `prefix` and a hyphen to a department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// A domain's, item's or finding kind's code.
    pub prefix: String,
    /// The department.
    pub department: DepartmentCode,
}

/// A city's routes; the longest prefix wins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Routes {
    by_length: Vec<Route>,
}

impl Routes {
    /// Checks that each prefix stands once and each department exists. `file` is named in the error.
    pub fn new(
        file: &str,
        mut routes: Vec<Route>,
        departments: &BTreeSet<DepartmentCode>,
    ) -> Result<Routes, TemplateError> {
        let mut seen = BTreeSet::new();
        for route in &routes {
            let place = Place { file, item: Some(&route.prefix) };
            place.require_text("prefix", &route.prefix)?;
            place.require(seen.insert(&route.prefix), "prefix", || {
                TemplateFault::Duplicate(route.prefix.clone())
            })?;
            place.require(departments.contains(&route.department), "department", || {
                TemplateFault::UnknownDepartment(route.department.to_string())
            })?;
        }
        routes.sort_by_key(|route| std::cmp::Reverse(route.prefix.len()));
        Ok(Routes { by_length: routes })
    }

    /// The routes, the longest prefixes first.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.by_length.iter()
    }

    /// The department that answers for a kind of finding.
    pub fn department(&self, kind: &KindCode) -> Option<&DepartmentCode> {
        let is_under = |prefix: &str| {
            kind.as_str().strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        self.by_length.iter().find(|route| is_under(&route.prefix)).map(|route| &route.department)
    }
}
