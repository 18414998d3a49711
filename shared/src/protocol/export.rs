//! The file a device writes with everything that was recorded on it: the way out when it can no longer connect. A plain
//! tar archive, so that anybody can look into it; nothing in it is believed but for the signatures.
//!
//! | entry | what |
//! |---|---|
//! | `about.json` | [`ExportAbout`] |
//! | `envelopes/00000001` | every envelope the device made, as signed, in their order |
//! | `photos/<hash>.jpg` | the photos whose bytes are on the device |
//! | `photos_missing.txt` | the photos whose bytes can no longer be read, a line each: hash, and the documents that name it |
//! | `inspections/<id>.automerge` | what was recorded here as it stands on the device, for any Automerge to open |

use serde::{Deserialize, Serialize};

use crate::ids::DeviceId;

/// The version of the file.
pub const EXPORT_FORM: u32 = 1;
/// The entry that says whose file it is.
pub const EXPORT_ABOUT: &str = "about.json";
/// The folder of the envelopes.
pub const EXPORT_ENVELOPES: &str = "envelopes";
/// The folder of the photos.
pub const EXPORT_PHOTOS: &str = "photos";
/// The list of the photos that are not in it; not there when there is none.
pub const EXPORT_PHOTOS_MISSING: &str = "photos_missing.txt";
/// The folder of the documents.
pub const EXPORT_INSPECTIONS: &str = "inspections";

/// Whose file it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportAbout {
    /// [`EXPORT_FORM`].
    pub form: u32,
    /// The city.
    pub city: String,
    /// The device that wrote it.
    pub device: DeviceId,
    /// When, by its clock, in milliseconds.
    pub made_at: i64,
    /// The app's version.
    pub version: String,
}
