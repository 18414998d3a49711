//! The genesis: the first change of an inspection, the same bytes wherever it is computed.

use std::collections::HashMap;

use automerge::{
    ActorId, Automerge, Change, ObjType, ROOT, ReadDoc as _, ScalarValue,
    legacy::{self, Key, ObjectId, OpId, OpType},
    transaction::CommitOptions,
    transaction::Transactable as _,
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
    let actor = ActorId::from(&derived("rounds v1 genesis actor", &[doc.as_bytes()])[..]);
    let mut automerge = Automerge::new().with_actor(actor);
    let mut tx = automerge.transaction();
    let written = write(&mut tx, about, template);
    written.expect("writing to a new document cannot fail");
    let _ = tx.commit_with(CommitOptions::default().with_time(change_time(about.at)));
    let change = automerge.get_last_local_change().expect("a change was just committed");
    change.raw_bytes().to_vec()
}

fn write(
    tx: &mut automerge::transaction::Transaction<'_>,
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
    let fields = guarded(|| {
        let change = Change::from_bytes(bytes.to_vec()).ok()?.decode();
        let (start, actor) = (change.start_op.get(), change.actor_id.clone());
        let numbered = (start..).zip(&change.operations);
        let (about, _) = numbered.into_iter().find(|(_, operation)| {
            operation.obj == ObjectId::Root && operation.key == Key::Map(ABOUT.into())
        })?;
        let about = ObjectId::Id(OpId(about, actor));
        let fields = change.operations.into_iter().filter(|operation| operation.obj == about);
        Some(fields.filter_map(field).collect::<HashMap<String, ScalarValue>>())
    });
    let fields = fields.map_err(|_| DocumentError::Shape("the genesis is no change"))?;
    about(
        |key| match fields.get(key)? {
            ScalarValue::Str(text) => Some(text.to_string()),
            _ => None,
        },
        |key| fields.get(key)?.as_i64(),
    )
    .ok_or(DocumentError::Shape("`about` is incomplete"))
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
        at: int("at")?,
    })
}

impl Document {
    /// What the inspection is about.
    ///
    /// # Errors
    /// [`DocumentError::Shape`] when the document is not an inspection.
    pub fn about(&self) -> Result<About, DocumentError> {
        let am = &self.automerge;
        let (_, map) =
            am.get(ROOT, ABOUT).ok().flatten().ok_or(DocumentError::Shape("no root key `about`"))?;
        let text = |key: &str| {
            let found = am.get(&map, key).ok().flatten()?;
            found.0.as_str().map(str::to_owned)
        };
        let int = |key: &str| am.get(&map, key).ok().flatten()?.0.as_i64();
        about(text, int).ok_or(DocumentError::Shape("`about` is incomplete"))
    }
}
