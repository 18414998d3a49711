//! What can go wrong for the person who holds the device: a code and what its sentence has to name. The sentences
//! stand in the language files as `errors.<code>`.

use std::{collections::BTreeMap, time::Duration};

use rounds_shared::protocol::limits::TEXT_BYTES_MAX;
use serde::Serialize;

use crate::view::FailureView;

/// Why a command did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection, or nobody answers at that address.
    #[error("the server cannot be reached")]
    Unreachable,
    /// Somebody answers, but not a Rounds server.
    #[error("what answers is not a Rounds server")]
    NotRoundsServer,
    /// A Rounds server answers that is not the one this device trusts.
    #[error("the server's key is not the pinned one")]
    ServerKeyChanged,
    /// The server speaks a protocol this app does not know.
    #[error("the server speaks another protocol")]
    ProtocolUnsupported,
    /// The session ended: sign in again. Nothing recorded is lost.
    #[error("the session has expired")]
    SessionExpired,
    /// Nobody has signed in on this device.
    #[error("the device is not enrolled")]
    NotEnrolled,
    /// It was revoked; everything on it was delivered, and erased here.
    #[error("the device was revoked and is erased")]
    DeviceErased,
    /// The screens belong to nobody: unlock first.
    #[error("the app is locked")]
    Locked,
    /// The phone did not recognise whoever wants to come back.
    #[error("nobody was recognised")]
    NotRecognised,
    /// A wrong PIN.
    #[error("the PIN is wrong")]
    PinWrong,
    /// Too many wrong PINs.
    #[error("no PIN may be tried for {seconds} seconds")]
    PinWait {
        /// For how long.
        seconds: u64,
    },
    /// Not six digits.
    #[error("a PIN is six digits")]
    PinInvalid,
    /// Digits that everybody tries first.
    #[error("the PIN is too simple")]
    PinTooSimple,
    /// The system's key store cannot be asked.
    #[error("the system's key store cannot be asked")]
    KeyStoreFailed,
    /// The key of a person's data is not where it was kept: the server can give it back to him.
    #[error("the key is lost")]
    KeyLost,
    /// Nothing on this device can be given to the server to be opened.
    #[error("there is nothing to recover the key with")]
    RecoveryMissing,
    /// Whoever signs in is on this device already, and has only to unlock.
    #[error("the person is on this device already")]
    HolderKnown {
        /// His name.
        name: String,
    },
    /// The device belongs to somebody else.
    #[error("the device is enrolled for another person or city")]
    OtherPerson {
        /// Whose it is.
        name: String,
    },
    /// No such inspection, item, finding, photo, area or site here.
    #[error("there is no such thing here")]
    NotFound,
    /// An answer that is not one of the item's scale, or a field that makes no sense.
    #[error("the value is not a valid one")]
    ValueInvalid,
    /// A text longer than allowed.
    #[error("the text is too long")]
    TextTooLong {
        /// Bytes allowed.
        max: usize,
    },
    /// A strike needs a reason.
    #[error("a reason is required")]
    ReasonRequired,
    /// The checklist is not on this device.
    #[error("the template is not on this device")]
    TemplateMissing,
    /// The checklist is withdrawn 停用: nothing is begun with it any more.
    #[error("the template is withdrawn")]
    TemplateWithdrawn {
        /// Why.
        reason: String,
    },
    /// The visit was struck as a whole.
    #[error("the inspection was struck")]
    InspectionStruck,
    /// The case has moved on, or was never this person's: the act no longer fits.
    #[error("the act does not fit the case as it stands")]
    CaseChanged,
    /// What was put right is proven by a photo.
    #[error("a photo is required")]
    CasePhotoRequired,
    /// Nothing more is added to it: the visit goes on in a continuation.
    #[error("the inspection is nearly full")]
    InspectionFull,
    /// Not a picture, or a damaged one.
    #[error("the photo is not a picture")]
    PhotoNotPicture,
    /// Larger than a photo may be as taken.
    #[error("the photo is too large")]
    PhotoTooLarge {
        /// Mebibytes allowed.
        max_mib: u64,
    },
    /// No code that can be read is in the picture.
    #[error("there is no code in the picture")]
    CodeNotFound,
    /// What room there is left is for answers and words.
    #[error("there is no room for photos")]
    PhotoNoRoom,
    /// No room left on the device.
    #[error("the device's storage is full")]
    StorageFull,
    /// The device's storage does not work.
    #[error("the device's storage failed")]
    StorageFailed,
    /// The data directory is in use by another window of the app.
    #[error("the data directory is in use")]
    StorageInUse,
    /// The data was written by a later version of the app.
    #[error("the data is of a later version")]
    StorageNewer,
    /// The server said no, with a code of its own.
    #[error("the server answered {code}")]
    Server {
        /// Its code.
        code: String,
        /// Its parameters.
        params: BTreeMap<String, String>,
    },
}

impl Failure {
    /// A text longer than notes, remarks and reasons may be.
    pub const TEXT_TOO_LONG: Failure = Failure::TextTooLong { max: TEXT_BYTES_MAX };

    /// The code of the sentence.
    pub fn code(&self) -> &str {
        match self {
            Failure::Unreachable => "unreachable",
            Failure::NotRoundsServer => "not_rounds_server",
            Failure::ServerKeyChanged => "server_key_changed",
            Failure::ProtocolUnsupported => "protocol_unsupported",
            Failure::SessionExpired => "session_expired",
            Failure::NotEnrolled => "not_enrolled",
            Failure::DeviceErased => "device_erased",
            Failure::Locked => "locked",
            Failure::NotRecognised => "not_recognised",
            Failure::PinWrong => "pin_wrong",
            Failure::PinWait { .. } => "pin_wait",
            Failure::PinInvalid => "pin_invalid",
            Failure::PinTooSimple => "pin_too_simple",
            Failure::KeyStoreFailed => "key_store_failed",
            Failure::KeyLost => "key_lost",
            Failure::RecoveryMissing => "recovery_missing",
            Failure::HolderKnown { .. } => "holder_known",
            Failure::OtherPerson { .. } => "other_person",
            Failure::NotFound => "not_found",
            Failure::ValueInvalid => "value_invalid",
            Failure::TextTooLong { .. } => "text_too_long",
            Failure::ReasonRequired => "reason_required",
            Failure::TemplateMissing => "template_missing",
            Failure::TemplateWithdrawn { .. } => "template_withdrawn",
            Failure::InspectionStruck => "inspection_struck",
            Failure::CaseChanged => "case_changed",
            Failure::CasePhotoRequired => "case_photo_required",
            Failure::InspectionFull => "inspection_full",
            Failure::PhotoNotPicture => "photo_not_picture",
            Failure::PhotoTooLarge { .. } => "photo_too_large",
            Failure::CodeNotFound => "code_not_found",
            Failure::PhotoNoRoom => "photo_no_room",
            Failure::StorageFull => "storage_full",
            Failure::StorageFailed => "storage_failed",
            Failure::StorageInUse => "storage_in_use",
            Failure::StorageNewer => "storage_newer",
            Failure::Server { code, .. } => code,
        }
    }

    /// How long the server wants to be left alone.
    pub(crate) fn come_back(&self) -> Option<Duration> {
        match self {
            Failure::Server { code, params } if code == "come_back" => {
                params.get("seconds")?.parse().ok().map(Duration::from_secs)
            }
            _ => None,
        }
    }

    /// Whether the server would say the same of everything else that it is sent.
    pub(crate) fn is_of_all(&self) -> bool {
        ["server_full", "come_back"].contains(&self.code())
    }

    /// Whether the server says it of the very photo it was sent, and will most likely say it again.
    pub(crate) fn is_of_photo(&self) -> bool {
        ["photo_not_picture", "photo_hash_mismatch", "too_large"].contains(&self.code())
    }

    /// What the sentence has to name.
    pub fn params(&self) -> BTreeMap<String, String> {
        let one = |name: &str, value: String| BTreeMap::from([(name.to_owned(), value)]);
        match self {
            Failure::OtherPerson { name } | Failure::HolderKnown { name } => one("name", name.clone()),
            Failure::TemplateWithdrawn { reason } => one("reason", reason.clone()),
            Failure::PinWait { seconds } => one("seconds", seconds.to_string()),
            Failure::TextTooLong { max } => one("max", max.to_string()),
            Failure::PhotoTooLarge { max_mib } => one("max_mib", max_mib.to_string()),
            Failure::Server { params, .. } => params.clone(),
            Failure::Unreachable
            | Failure::NotRoundsServer
            | Failure::ServerKeyChanged
            | Failure::ProtocolUnsupported
            | Failure::SessionExpired
            | Failure::NotEnrolled
            | Failure::DeviceErased
            | Failure::Locked
            | Failure::NotRecognised
            | Failure::PinWrong
            | Failure::PinInvalid
            | Failure::PinTooSimple
            | Failure::KeyStoreFailed
            | Failure::KeyLost
            | Failure::RecoveryMissing
            | Failure::NotFound
            | Failure::ValueInvalid
            | Failure::ReasonRequired
            | Failure::TemplateMissing
            | Failure::InspectionStruck
            | Failure::CaseChanged
            | Failure::CasePhotoRequired
            | Failure::InspectionFull
            | Failure::PhotoNotPicture
            | Failure::CodeNotFound
            | Failure::PhotoNoRoom
            | Failure::StorageFull
            | Failure::StorageFailed
            | Failure::StorageInUse
            | Failure::StorageNewer => BTreeMap::new(),
        }
    }

    /// What a server's error code means here; codes of its own pass through.
    pub fn of_server(code: String, params: BTreeMap<String, String>) -> Self {
        match code.as_str() {
            // A token the server does not know any more: signing in again brings another.
            "session_expired" | "device_unknown" => Failure::SessionExpired,
            "protocol_unsupported" => Failure::ProtocolUnsupported,
            _ => Failure::Server { code, params },
        }
    }

    /// As it crosses to the screens.
    pub fn view(&self) -> FailureView {
        FailureView { code: self.code().to_owned(), params: self.params() }
    }
}

impl Serialize for Failure {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a file of the app failed");
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Failure::StorageFull,
            _ => Failure::StorageFailed,
        }
    }
}
