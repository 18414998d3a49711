//! The commands about photos.

use rounds_shared::{document::PhotoDraft, ids::PhotoHash};

use super::{App, doc};
use crate::{
    code,
    failure::Failure,
    photos::{self, PhotoSize},
    space::Space,
    view::{PhotoDetail, PhotoRoleView, PhotoSourceView, PhotoView, PointView},
};

/// What is known of a photo besides its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct PhotoInput {
    /// The inspection.
    pub inspection: String,
    /// The item; none for a signature of the whole visit.
    pub item: Option<String>,
    /// The finding, when it is there already.
    pub finding: Option<String>,
    /// The photo it is a copy of, with something drawn on it.
    pub copy_of: Option<String>,
    /// Where it came from.
    pub source: PhotoSourceView,
    /// What it shows.
    pub role: PhotoRoleView,
    /// Where it was taken.
    pub point: Option<PointView>,
    /// How much of it is kept.
    pub detail: PhotoDetail,
}

impl App {
    /// Keeps a photo and names it in the inspection.
    ///
    /// # Errors
    /// When it is no picture, too large, or could not be put on disk.
    pub fn photo_add(&self, input: &PhotoInput, bytes: &[u8]) -> Result<PhotoView, Failure> {
        let doc = doc(&input.inspection)?;
        let point = input.point.map(|point| point.to_point().ok_or(Failure::ValueInvalid)).transpose()?;
        self.device().check_photo(doc, input)?;
        self.check_room(0)?;
        // Without the lock: a large photo takes a second on a cheap phone, and taps go on.
        let kept = photos::prepare(bytes, input.detail)?;
        self.check_room(kept.len() as u64)?;
        let hash = self.photos.keep(&kept)?;
        let draft = PhotoDraft {
            hash,
            bytes: kept.len() as u64,
            item: input.item.clone(),
            finding: input.finding.clone(),
            copy_of: input.copy_of.clone(),
            source: input.source.into(),
            role: input.role.into(),
            point,
        };
        self.recorded(|device| {
            let id = device.photo_add(&self.surroundings, doc, input, &draft)?;
            device.photo_view(doc, &id, |photo| self.is_here(photo))
        })
    }

    /// What the code on an asset's plate says, from a picture of it that is not kept.
    ///
    /// # Errors
    /// When it is no picture, or no code can be read in it.
    pub fn read_code(&self, picture: &[u8]) -> Result<String, Failure> {
        code::read(picture)
    }

    /// The bytes of a photo that is on this device.
    ///
    /// # Errors
    /// When it is not.
    pub fn photo(&self, hash: &str, size: PhotoSize) -> Result<Vec<u8>, Failure> {
        let hash: PhotoHash = hash.parse().map_err(|_| Failure::NotFound)?;
        match size {
            PhotoSize::Thumb => self.photos.thumb(hash),
            PhotoSize::Full => self.photos.full(hash),
        }
    }

    /// Whether there is room for a photo beside all the words that are still to be written.
    fn check_room(&self, bytes: u64) -> Result<(), Failure> {
        match self.disk().map(|disk| disk.space(bytes)) {
            Some(Space::TextOnly) => Err(Failure::PhotoNoRoom),
            Some(Space::Enough | Space::Low) | None => Ok(()),
        }
    }
}
