//! The genesis: the first change of a document, the same bytes wherever it is computed.

mod case;

pub use case::{case_genesis, case_genesis_about};

use std::collections::HashMap;

use automerge::{
    ActorId, Automerge, Change, ObjId, ObjType, ROOT, ReadDoc as _, ScalarValue,
    legacy::{self, Key, ObjectId, OpId, OpType},
    transaction::{CommitOptions, Transactable as _, Transaction},
};

use super::{
    Document, DocumentError,
    payload::guarded,
    schema::{ABOUT, ANSWERS, FINDINGS, PHOTOS, REMARKS, REVIEWS, SCHEMA_VERSION, SUBMISSIONS},
    write::change_time,
};
use crate::{
    assignment::InspectionKind,
    ids::{DocId, derived},
    inspection::About,
    template::Template,
};

/// The genesis of an inspection: one undeflated change. It is a function of its arguments alone, so that it
/// can be checked by computing it again.
pub fn genesis(doc: DocId, about: &About, template: &Template) -> Vec<u8> {
    made(doc, about.at, |tx| write(tx, about, template))
}

/// The first change of a document, by an actor that follows from the document's id.
fn made(
    doc: DocId,
    at: i64,
    write: impl FnOnce(&mut Transaction<'_>) -> Result<(), automerge::AutomergeError>,
) -> Vec<u8> {
    let actor = ActorId::from(&derived("rounds v1 genesis actor", &[doc.as_bytes()])[..]);
    let mut automerge = Automerge::new().with_actor(actor);
    let mut tx = automerge.transaction();
    let written = write(&mut tx);
    written.expect("writing to a new document cannot fail");
    let _ = tx.commit_with(CommitOptions::default().with_time(change_time(at)));
    let change = automerge.get_last_local_change().expect("a change was just committed");
    change.raw_bytes().to_vec()
}

fn write(
    tx: &mut Transaction<'_>,
    about: &About,
    template: &Template,
) -> Result<(), automerge::AutomergeError> {
    let map = tx.put_object(ROOT, ABOUT, ObjType::Map)?;
    tx.put(&map, "schema", i64::try_from(SCHEMA_VERSION).unwrap_or(i64::MAX))?;
    tx.put(&map, "kind", about.kind.as_str())?;
    tx.put(&map, "area", about.area.as_str())?;
    if let Some(site) = &about.site {
        tx.put(&map, "site", site.as_str())?;
    }
    tx.put(&map, "template", about.template.as_str())?;
    tx.put(&map, "template_version", i64::from(about.template_version))?;
    if let Some(assignment) = about.assignment {
        tx.put(&map, "assignment", assignment.to_string())?;
    }
    if let Some(continues) = about.continues {
        tx.put(&map, "continues", continues.to_string())?;
    }
    tx.put(&map, "at", about.at)?;
    let answers = tx.put_object(ROOT, ANSWERS, ObjType::Map)?;
    for item in template.items() {
        tx.put_object(&answers, item.code.as_str(), ObjType::Map)?;
    }
    tx.put_object(ROOT, FINDINGS, ObjType::Map)?;
    tx.put_object(ROOT, PHOTOS, ObjType::Map)?;
    tx.put_object(ROOT, REMARKS, ObjType::List)?;
    tx.put_object(ROOT, SUBMISSIONS, ObjType::List)?;
    tx.put_object(ROOT, REVIEWS, ObjType::List)?;
    Ok(())
}

/// What a genesis says it is about, without believing or even applying the rest of it: bytes from outside
/// are compared with the genesis they should be before Automerge gets them.
///
/// # Errors
/// [`DocumentError::Shape`] when it is no change or says nothing sensible.
pub fn genesis_about(bytes: &[u8]) -> Result<About, DocumentError> {
    let fields = about_fields(bytes)?;
    about(|key| fields.text(key), |key| fields.int(key)).ok_or(INCOMPLETE)
}

const INCOMPLETE: DocumentError = DocumentError::Shape("`about` is incomplete");

/// The fields of `about` as the operations of a change put them.
struct Fields(HashMap<String, ScalarValue>);

impl Fields {
    fn text(&self, key: &str) -> Option<String> {
        match self.0.get(key)? {
            ScalarValue::Str(text) => Some(text.to_string()),
            _ => None,
        }
    }

    fn int(&self, key: &str) -> Option<i64> {
        self.0.get(key)?.as_i64()
    }
}

fn about_fields(bytes: &[u8]) -> Result<Fields, DocumentError> {
    let fields = guarded(|| {
        let change = Change::from_bytes(bytes.to_vec()).ok()?.decode();
        let (start, actor) = (change.start_op.get(), change.actor_id.clone());
        let numbered = (start..).zip(&change.operations);
        let (about, _) = numbered.into_iter().find(|(_, operation)| {
            operation.obj == ObjectId::Root && operation.key == Key::Map(ABOUT.into())
        })?;
        let about = ObjectId::Id(OpId(about, actor));
        let fields = change.operations.into_iter().filter(|operation| operation.obj == about);
        Some(Fields(fields.filter_map(field).collect()))
    });
    fields.map_err(|_| DocumentError::Shape("the genesis is no change"))
}

fn field(operation: legacy::Op) -> Option<(String, ScalarValue)> {
    match (operation.key, operation.action) {
        (Key::Map(key), OpType::Put(value)) => Some((key.to_string(), value)),
        _ => None,
    }
}

fn about(text: impl Fn(&str) -> Option<String>, int: impl Fn(&str) -> Option<i64>) -> Option<About> {
    Some(About {
        kind: InspectionKind::parse(&text("kind")?)?,
        area: text("area")?.parse().ok()?,
        site: text("site").map(|site| site.parse()).transpose().ok()?,
        template: text("template")?.parse().ok()?,
        template_version: u32::try_from(int("template_version")?).ok()?,
        assignment: text("assignment").map(|id| id.parse()).transpose().ok()?,
        continues: text("continues").map(|doc| doc.parse()).transpose().ok()?,
        at: int("at")?,
    })
}

/// The map `about` of a document.
struct AboutMap<'d> {
    automerge: &'d Automerge,
    map: ObjId,
}

impl AboutMap<'_> {
    fn text(&self, key: &str) -> Option<String> {
        let (value, _) = self.automerge.get(&self.map, key).ok().flatten()?;
        value.as_str().map(str::to_owned)
    }

    fn int(&self, key: &str) -> Option<i64> {
        self.automerge.get(&self.map, key).ok().flatten()?.0.as_i64()
    }
}

fn about_map(automerge: &Automerge) -> Result<AboutMap<'_>, DocumentError> {
    let found = automerge.get(ROOT, ABOUT).ok().flatten();
    let (_, map) = found.ok_or(DocumentError::Shape("no root key `about`"))?;
    Ok(AboutMap { automerge, map })
}

impl Document {
    /// What the inspection is about.
    ///
    /// # Errors
    /// [`DocumentError::Shape`] when the document is not an inspection.
    pub fn about(&self) -> Result<About, DocumentError> {
        let map = about_map(&self.automerge)?;
        about(|key| map.text(key), |key| map.int(key)).ok_or(INCOMPLETE)
    }
}
