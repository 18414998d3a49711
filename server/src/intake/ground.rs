//! What stands on something that somebody has ruled against will never be merged by itself. To be read and ruled on, it
//! is looked at on its ground: the document with that in it.

use rounds_shared::{
    document::Document,
    envelope::Verified,
    gate::{self, Finding},
    ids::DocId,
    registry::Registry,
};
use rusqlite::Connection;

use super::judging;
use crate::{
    log::{Log, LogError},
    views,
};

/// A document with everything of it that was dismissed 不予采用, as far as it fits; none when nothing was dismissed.
///
/// # Errors
/// When log or views cannot be read.
pub fn ground(
    connection: &Connection,
    log: &Log,
    registry: &Registry,
    doc: DocId,
) -> Result<Option<Document>, LogError> {
    let dismissed = views::held::dismissed(connection, doc)?;
    if dismissed.is_empty() {
        return Ok(None);
    }
    let mut document = views::documents::load(connection, doc)?;
    for seq in dismissed {
        let envelope = log.entry(connection, seq)?.map(|row| Verified::from_log(row.entry.body));
        let Some(Ok(envelope)) = envelope else { continue };
        let admitted = judging::guarded(|| gate::admit(registry, document.as_ref(), &envelope));
        if let Finding::Merge(merged) = admitted {
            document = Some(merged.document);
        }
    }
    Ok(document)
}
