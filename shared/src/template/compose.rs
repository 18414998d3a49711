//! Composes templates from domains: which domains, with what share.

use super::load::Place;
use super::{
    Domain, DomainCode, Points, Routes, Template, TemplateError, TemplateFault, TemplateId, WeightedDomain,
};
use crate::protocol::limits::SHORT_TEXT_BYTES_MAX;
use serde::{Deserialize, Serialize};

/// The plan of a template, as a city's file holds it: domains by code, with their shares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// Which template.
    pub id: TemplateId,
    /// Which version of it, from 1.
    pub version: u32,
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
    /// Its domains, in the order they are walked.
    pub domains: Vec<Share>,
    /// Why this version and all before it are withdrawn 停用; none while it is in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
}

/// A domain's share of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Which domain.
    pub code: DomainCode,
    /// Its share of the template's 100 points.
    pub weight: Points,
}

impl Checklist {
    /// Makes the template: takes the domains in, and writes the department that answers for it to each kind of
    /// finding that names none. `file` is named in the error.
    pub fn compose(
        &self,
        file: &str,
        domains: &[Domain],
        routes: &Routes,
    ) -> Result<Template, TemplateError> {
        let place = Place { file, item: Some(self.id.as_str()) };
        if let Some(reason) = &self.withdrawn {
            check_reason(place, reason)?;
        }
        let mut template = Template {
            id: self.id.clone(),
            version: self.version,
            zh: self.zh.clone(),
            en: self.en.clone(),
            domains: Vec::new(),
        };
        for share in &self.domains {
            let mut domain =
                domains.iter().find(|domain| domain.code == share.code).cloned().ok_or_else(|| {
                    place.fault("domains", TemplateFault::UnknownDomain(share.code.to_string()))
                })?;
            route_kinds(place, &mut domain, routes)?;
            template.domains.push(WeightedDomain { weight: share.weight, domain });
        }
        template.check(file)?;
        Ok(template)
    }
}

/// A reason that people read.
fn check_reason(place: Place<'_>, reason: &str) -> Result<(), TemplateError> {
    if reason.trim().is_empty() {
        return Err(place.fault("withdrawn", TemplateFault::Empty));
    }
    if reason.len() > SHORT_TEXT_BYTES_MAX {
        let fault = format!("must not be longer than {SHORT_TEXT_BYTES_MAX} bytes");
        return Err(place.fault("withdrawn", TemplateFault::OutOfRange(fault)));
    }
    Ok(())
}

fn route_kinds(place: Place<'_>, domain: &mut Domain, routes: &Routes) -> Result<(), TemplateError> {
    for kind in domain.items.iter_mut().flat_map(|item| &mut item.kinds) {
        if kind.department.is_none() {
            let department = routes
                .department(&kind.code)
                .ok_or_else(|| place.fault("domains", TemplateFault::NoRoute(kind.code.to_string())))?;
            kind.department = Some(department.clone());
        }
    }
    Ok(())
}
