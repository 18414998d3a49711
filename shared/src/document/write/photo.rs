//! Photos: named, attached, struck.

use automerge::{ObjType, ROOT, transaction::Transactable as _};

use super::{Session, WriteError, object, point_text, put_optional, set};
use crate::{
    area::Point,
    document::{Document, schema::PHOTOS},
    ids::PhotoHash,
    inspection::{PhotoRole, PhotoSource},
};

/// What a photo says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoDraft {
    /// The address of its bytes.
    pub hash: PhotoHash,
    /// How many bytes.
    pub bytes: u64,
    /// The item; none for a signature of the whole visit.
    pub item: Option<String>,
    /// The finding, when it belongs to one.
    pub finding: Option<String>,
    /// The photo it is a drawn copy of.
    pub copy_of: Option<String>,
    /// Where it came from.
    pub source: PhotoSource,
    /// What it shows.
    pub role: PhotoRole,
    /// Where it was taken.
    pub point: Option<Point>,
}

impl Document {
    /// Names a photo; returns its key.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be written.
    pub fn add_photo(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        draft: &PhotoDraft,
    ) -> Result<String, WriteError> {
        let key = session.fresh_key();
        let photos = object(&self.automerge, ROOT, PHOTOS)?;
        self.commit(session, at_ms, |tx| {
            let map = tx.put_object(&photos, key.as_str(), ObjType::Map)?;
            tx.put(&map, "hash", draft.hash.to_string())?;
            tx.put(&map, "bytes", i64::try_from(draft.bytes).unwrap_or(i64::MAX))?;
            put_optional(tx, &map, "item", draft.item.as_deref())?;
            put_optional(tx, &map, "finding", draft.finding.as_deref())?;
            put_optional(tx, &map, "of", draft.copy_of.as_deref())?;
            tx.put(&map, "source", draft.source.as_str())?;
            tx.put(&map, "role", draft.role.as_str())?;
            match draft.point {
                Some(point) => tx.put(&map, "point", point_text(point)),
                None => Ok(()),
            }
        })?;
        Ok(key)
    }

    /// Attaches photos that were taken before their finding was made.
    ///
    /// # Errors
    /// [`WriteError::Unknown`] when there is no such photo.
    pub fn attach_photos(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        finding: &str,
        photos: &[String],
    ) -> Result<(), WriteError> {
        let all = object(&self.automerge, ROOT, PHOTOS)?;
        let maps: Vec<_> =
            photos.iter().map(|id| object(&self.automerge, &all, id)).collect::<Result<_, _>>()?;
        if maps.is_empty() {
            return Ok(());
        }
        self.commit(session, at_ms, |tx| maps.iter().try_for_each(|map| set(tx, map, "finding", finding)))
    }

    /// Strikes 作废 a photo.
    ///
    /// # Errors
    /// [`WriteError::Unknown`] when there is no such photo.
    pub fn strike_photo(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        id: &str,
        reason: &str,
    ) -> Result<(), WriteError> {
        self.strike(session, at_ms, PHOTOS, id, reason)
    }
}
