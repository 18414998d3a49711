//! The genesis of a case.

use automerge::{ObjType, ROOT, transaction::Transactable as _, transaction::Transaction};

use super::{about_fields, about_map, made};
use crate::{
    case::CaseAbout,
    document::{
        Document, DocumentError,
        schema::{ABOUT, EVENTS, PHOTOS, SCHEMA_VERSION},
    },
};

/// The genesis of a case: one undeflated change, and a function of what the case is about alone. Two supervisors who open
/// a case of one finding without knowledge of each other begin with the same bytes.
pub fn case_genesis(about: &CaseAbout) -> Vec<u8> {
    made(about.doc(), about.at, |tx| write(tx, about))
}

fn write(tx: &mut Transaction<'_>, about: &CaseAbout) -> Result<(), automerge::AutomergeError> {
    let map = tx.put_object(ROOT, ABOUT, ObjType::Map)?;
    tx.put(&map, "schema", i64::try_from(SCHEMA_VERSION).unwrap_or(i64::MAX))?;
    tx.put(&map, "inspection", about.inspection.to_string())?;
    tx.put(&map, "finding", about.finding.as_str())?;
    tx.put(&map, "item", about.item.as_str())?;
    tx.put(&map, "area", about.area.as_str())?;
    if let Some(site) = &about.site {
        tx.put(&map, "site", site.as_str())?;
    }
    tx.put(&map, "template", about.template.as_str())?;
    tx.put(&map, "template_version", i64::from(about.template_version))?;
    tx.put(&map, "at", about.at)?;
    tx.put_object(ROOT, EVENTS, ObjType::List)?;
    tx.put_object(ROOT, PHOTOS, ObjType::Map)?;
    Ok(())
}

/// What the genesis of a case says it is about, without believing or even applying the rest of it.
///
/// # Errors
/// [`DocumentError::Shape`] when it is no change or says nothing sensible.
pub fn case_genesis_about(bytes: &[u8]) -> Result<CaseAbout, DocumentError> {
    let fields = about_fields(bytes)?;
    about(|key| fields.text(key), |key| fields.int(key)).ok_or(INCOMPLETE)
}

const INCOMPLETE: DocumentError = DocumentError::Shape("`about` of a case is incomplete");

fn about(text: impl Fn(&str) -> Option<String>, int: impl Fn(&str) -> Option<i64>) -> Option<CaseAbout> {
    Some(CaseAbout {
        inspection: text("inspection")?.parse().ok()?,
        finding: text("finding")?,
        item: text("item")?,
        area: text("area")?.parse().ok()?,
        site: text("site").map(|site| site.parse()).transpose().ok()?,
        template: text("template")?.parse().ok()?,
        template_version: u32::try_from(int("template_version")?).ok()?,
        at: int("at")?,
    })
}

impl Document {
    /// What the case is about.
    ///
    /// # Errors
    /// [`DocumentError::Shape`] when the document is no case.
    pub fn case_about(&self) -> Result<CaseAbout, DocumentError> {
        let map = about_map(&self.automerge)?;
        about(|key| map.text(key), |key| map.int(key)).ok_or(INCOMPLETE)
    }
}
