//! What goes wrong while answering a request: a status, a code the language files have a sentence for, and
//! the sentence's parameters. The cause of an internal failure stays here and is logged once, by
//! [`crate::telemetry`].

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rounds_shared::protocol::HeldReason;
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The login or the password is wrong; which of them is not said.
    #[error("wrong login or password")]
    WrongPassword,
    /// Too many failed sign-ins.
    #[error("locked out for {minutes} minutes")]
    LockedOut {
        /// For how long, rounded up.
        minutes: i64,
    },
    /// The device delivered more than it may in a minute, or more that waits for what is missing.
    #[error("device is to come back in {seconds} s")]
    ComeBack {
        /// When, in seconds.
        seconds: i64,
    },
    /// The account may not be used.
    #[error("user is disabled")]
    UserDisabled,
    /// Nobody is signed in, or no longer.
    #[error("no session, or an expired one")]
    SessionExpired,
    /// The device's token is not known.
    #[error("device token is not known")]
    DeviceUnknown,
    /// The device was revoked: it may deliver, and nothing else.
    #[error("device is revoked")]
    DeviceRevoked,
    /// The role may not do this.
    #[error("role may not do this")]
    RoleNotAllowed,
    /// The area lies outside the user's scope.
    #[error("outside the user's scope")]
    OutsideScope,
    /// There is no such thing, or not for this user.
    #[error("not found")]
    NotFound,
    /// The first administrator exists already.
    #[error("setup is done")]
    SetupDone,
    /// Not the one-time code, or an expired one.
    #[error("wrong setup code")]
    SetupCodeWrong,
    /// The password is too short.
    #[error("password is shorter than {min} characters")]
    PasswordTooShort {
        /// How long it must be, in characters.
        min: usize,
    },
    /// The password is one that everybody tries first.
    #[error("password is too common")]
    PasswordTooCommon,
    /// Somebody else has the login.
    #[error("login is taken")]
    LoginTaken,
    /// Not a login.
    #[error("login is invalid")]
    LoginInvalid,
    /// A field has a value it cannot have.
    #[error("value of {field} is invalid")]
    ValueInvalid {
        /// Which field.
        field: &'static str,
    },
    /// A reason must be given.
    #[error("reason is required")]
    ReasonRequired,
    /// A text is too long.
    #[error("text of {field} is longer than {max}")]
    TextTooLong {
        /// Which field.
        field: &'static str,
        /// How long it may be, in bytes.
        max: usize,
    },
    /// The values changed while the decision was being made.
    #[error("the conflict's values changed meanwhile")]
    ConflictChanged,
    /// The document changed while it was being approved.
    #[error("the document's heads changed meanwhile")]
    HeadsChanged,
    /// A conflict is open: it must be decided before an approval.
    #[error("a conflict is open")]
    ConflictOpen,
    /// The case has moved on meanwhile: the act no longer fits.
    #[error("the act does not fit the case as it stands")]
    CaseChanged,
    /// The person may not have this part in a case.
    #[error("person may not have this part in a case")]
    PersonNotForCase,
    /// The finding is struck.
    #[error("finding is struck")]
    FindingStruck,
    /// The finding is of a blind pair that is not over: a case would tell of it.
    #[error("finding is of a blind pair that is not over")]
    FindingBlind,
    /// The held envelope is ruled on already.
    #[error("ruled on already")]
    RulingSettled,
    /// The held envelope waits for changes that have not come.
    #[error("waits for what is missing")]
    RulingWaits,
    /// The document cannot take the held envelope.
    #[error("the document cannot take it")]
    RulingImpossible,
    /// The document has reached its size limit.
    #[error("the document is full")]
    DocumentFull,
    /// The device speaks a protocol this server does not know.
    #[error("protocol is not supported")]
    ProtocolUnsupported,
    /// The request is packed with a dictionary this server does not have: send it again without.
    #[error("dictionary is not known")]
    DictionaryUnknown,
    /// The key was sealed to another server, or is another person's.
    #[error("recovery is refused")]
    RecoveryRefused,
    /// The day lies in the past.
    #[error("due day lies in the past")]
    DueInPast,
    /// A plan without a single place.
    #[error("plan has no place")]
    PlanEmpty,
    /// A plan of too many assignments.
    #[error("plan has more than {max} assignments")]
    PlanTooLarge {
        /// How many it may have.
        max: usize,
    },
    /// What was brought is no table.
    #[error("file is no table")]
    ImportUnreadable,
    /// The table has too many rows.
    #[error("table has more than {max} rows")]
    ImportTooLarge {
        /// How many it may have.
        max: usize,
    },
    /// The table lacks columns.
    #[error("table lacks the columns {missing}")]
    ImportColumns {
        /// Their headings.
        missing: String,
    },
    /// The person does not inspect.
    #[error("person is no inspector")]
    PersonNotInspector,
    /// Somebody would be on both sides of a blind pair.
    #[error("a person inspects the first of a blind pair")]
    BlindSamePerson,
    /// The assignment was replaced by another already.
    #[error("assignment is superseded")]
    AssignmentSuperseded,
    /// The assignment's inspection is submitted.
    #[error("assignment is done")]
    AssignmentDone,
    /// Another assignment repeats this one blindly.
    #[error("assignment is the first of a blind pair")]
    AssignmentPaired,
    /// There is no such template version.
    #[error("template is missing")]
    TemplateMissing,
    /// The template version is withdrawn 停用.
    #[error("template is withdrawn")]
    TemplateWithdrawn {
        /// Why.
        reason: String,
    },
    /// There is no such area.
    #[error("area is missing")]
    AreaMissing,
    /// More bytes than allowed.
    #[error("larger than {max} bytes")]
    TooLarge {
        /// How many are allowed.
        max: u64,
    },
    /// The photo's bytes are not a picture.
    #[error("photo is not a picture")]
    PhotoNotPicture,
    /// The photo's bytes are not those that were announced.
    #[error("photo's bytes do not match the announced hash")]
    PhotoHashMismatch,
    /// The photo has not arrived.
    #[error("photo is missing")]
    PhotoMissing,
    /// The upload stands elsewhere than the request believes.
    #[error("upload stands at {offset}")]
    UploadOffset {
        /// Where it stands, in bytes.
        offset: u64,
    },
    /// A piece of an upload is not what its checksum says; none of it is kept.
    #[error("piece of the upload does not match its checksum")]
    UploadChecksum,
    /// The device has more unfinished uploads than it may.
    #[error("too many unfinished uploads")]
    TooManyUploads,
    /// The upload speaks another version of tus.
    #[error("Tus-Resumable is not 1.0.0")]
    UploadVersion,
    /// The upload's bytes are announced as something else.
    #[error("Content-Type is not application/offset+octet-stream")]
    UploadContentType,
    /// The request is not one the server understands.
    #[error("bad request: {0}")]
    BadRequest(&'static str),
    /// The server's disk is full. What is on it stays; what was sent is to be sent again.
    #[error("the server's disk is full")]
    ServerFull(#[source] anyhow::Error),
    /// Something failed that is nobody's fault outside.
    #[error("internal failure")]
    Internal(#[source] anyhow::Error),
}

/// The body of every answer that is not a success.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong: the sentence is `errors.<code>` in the language files.
    #[schema(example = "locked_out")]
    pub code: String,
    /// The sentence's parameters.
    pub params: BTreeMap<String, String>,
}

/// Rides in the answer's extensions to the layer that logs it.
#[derive(Clone)]
pub(crate) struct Cause(pub(crate) Arc<ApiError>);

impl ApiError {
    /// A failure that is nobody's fault outside; the cause is logged, never sent.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        let cause = cause.into();
        if cause.chain().any(is_full_disk) { Self::ServerFull(cause) } else { Self::Internal(cause) }
    }

    /// The code the language files have a sentence for.
    pub fn code(&self) -> &'static str {
        match self {
            ApiError::WrongPassword => "wrong_password",
            ApiError::LockedOut { .. } => "locked_out",
            ApiError::ComeBack { .. } => "come_back",
            ApiError::UserDisabled => "user_disabled",
            ApiError::SessionExpired => "session_expired",
            ApiError::DeviceUnknown => "device_unknown",
            ApiError::DeviceRevoked => "device_revoked",
            ApiError::RoleNotAllowed => "role_not_allowed",
            ApiError::OutsideScope => "outside_scope",
            ApiError::NotFound => "not_found",
            ApiError::SetupDone => "setup_done",
            ApiError::SetupCodeWrong => "setup_code_wrong",
            ApiError::PasswordTooShort { .. } => "password_too_short",
            ApiError::PasswordTooCommon => "password_too_common",
            ApiError::LoginTaken => "login_taken",
            ApiError::LoginInvalid => "login_invalid",
            ApiError::ValueInvalid { .. } => "value_invalid",
            ApiError::ReasonRequired => "reason_required",
            ApiError::TextTooLong { .. } => "text_too_long",
            ApiError::ConflictChanged => "conflict_changed",
            ApiError::HeadsChanged => "heads_changed",
            ApiError::ConflictOpen => "conflict_open",
            ApiError::CaseChanged => "case_changed",
            ApiError::PersonNotForCase => "person_not_for_case",
            ApiError::FindingStruck => "finding_struck",
            ApiError::FindingBlind => "finding_blind",
            ApiError::RulingSettled => "ruling_settled",
            ApiError::RulingWaits => "ruling_waits",
            ApiError::RulingImpossible => "ruling_impossible",
            ApiError::DocumentFull => "document_full",
            ApiError::ProtocolUnsupported => "protocol_unsupported",
            ApiError::DictionaryUnknown => "dictionary_unknown",
            ApiError::RecoveryRefused => "recovery_refused",
            ApiError::DueInPast => "due_in_past",
            ApiError::PlanEmpty => "plan_empty",
            ApiError::PlanTooLarge { .. } => "plan_too_large",
            ApiError::ImportUnreadable => "import_unreadable",
            ApiError::ImportTooLarge { .. } => "import_too_large",
            ApiError::ImportColumns { .. } => "import_columns",
            ApiError::PersonNotInspector => "person_not_inspector",
            ApiError::BlindSamePerson => "blind_same_person",
            ApiError::AssignmentSuperseded => "assignment_superseded",
            ApiError::AssignmentDone => "assignment_done",
            ApiError::AssignmentPaired => "assignment_paired",
            ApiError::TemplateMissing => "template_missing",
            ApiError::TemplateWithdrawn { .. } => "template_withdrawn",
            ApiError::AreaMissing => "area_missing",
            ApiError::TooLarge { .. } => "too_large",
            ApiError::PhotoNotPicture => "photo_not_picture",
            ApiError::PhotoHashMismatch => "photo_hash_mismatch",
            ApiError::PhotoMissing => "photo_missing",
            ApiError::UploadOffset { .. } => "upload_offset",
            ApiError::UploadChecksum => "upload_checksum",
            ApiError::TooManyUploads
            | ApiError::UploadVersion
            | ApiError::UploadContentType
            | ApiError::BadRequest(_) => "bad_request",
            ApiError::ServerFull(_) => "server_full",
            ApiError::Internal(_) => "internal",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            ApiError::WrongPassword | ApiError::SessionExpired | ApiError::DeviceUnknown => {
                StatusCode::UNAUTHORIZED
            }
            ApiError::LockedOut { .. } | ApiError::ComeBack { .. } | ApiError::TooManyUploads => {
                StatusCode::TOO_MANY_REQUESTS
            }
            ApiError::UploadVersion => StatusCode::PRECONDITION_FAILED,
            ApiError::UploadContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ApiError::UserDisabled
            | ApiError::DeviceRevoked
            | ApiError::RoleNotAllowed
            | ApiError::OutsideScope
            | ApiError::SetupCodeWrong
            | ApiError::RecoveryRefused => StatusCode::FORBIDDEN,
            ApiError::NotFound | ApiError::PhotoMissing => StatusCode::NOT_FOUND,
            ApiError::SetupDone
            | ApiError::LoginTaken
            | ApiError::ConflictChanged
            | ApiError::HeadsChanged
            | ApiError::ConflictOpen
            | ApiError::AssignmentSuperseded
            | ApiError::AssignmentDone
            | ApiError::AssignmentPaired
            | ApiError::CaseChanged
            | ApiError::FindingStruck
            | ApiError::FindingBlind
            | ApiError::RulingSettled
            | ApiError::RulingWaits
            | ApiError::RulingImpossible
            | ApiError::DocumentFull
            | ApiError::UploadOffset { .. } => StatusCode::CONFLICT,
            ApiError::PasswordTooShort { .. }
            | ApiError::PasswordTooCommon
            | ApiError::LoginInvalid
            | ApiError::ValueInvalid { .. }
            | ApiError::ReasonRequired
            | ApiError::TextTooLong { .. }
            | ApiError::DueInPast
            | ApiError::PlanEmpty
            | ApiError::PlanTooLarge { .. }
            | ApiError::ImportUnreadable
            | ApiError::ImportTooLarge { .. }
            | ApiError::ImportColumns { .. }
            | ApiError::PersonNotInspector
            | ApiError::PersonNotForCase
            | ApiError::BlindSamePerson
            | ApiError::TemplateMissing
            | ApiError::TemplateWithdrawn { .. }
            | ApiError::AreaMissing
            | ApiError::PhotoNotPicture
            | ApiError::PhotoHashMismatch => StatusCode::UNPROCESSABLE_ENTITY,
            ApiError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            ApiError::BadRequest(_) | ApiError::ProtocolUnsupported | ApiError::DictionaryUnknown => {
                StatusCode::BAD_REQUEST
            }
            ApiError::UploadChecksum => checksum_mismatch(),
            ApiError::ServerFull(_) => StatusCode::INSUFFICIENT_STORAGE,
            ApiError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The sentence's parameters.
    fn params(&self) -> BTreeMap<String, String> {
        let pairs: &[(&str, String)] = match self {
            ApiError::LockedOut { minutes } => &[("minutes", minutes.to_string())],
            ApiError::ComeBack { seconds } => &[("seconds", seconds.to_string())],
            ApiError::PasswordTooShort { min } => &[("min", min.to_string())],
            ApiError::ValueInvalid { field } => &[("field", (*field).to_owned())],
            ApiError::TextTooLong { field, max } => {
                &[("field", (*field).to_owned()), ("max", max.to_string())]
            }
            ApiError::TooLarge { max } => &[("max", max.to_string())],
            ApiError::PlanTooLarge { max } | ApiError::ImportTooLarge { max } => &[("max", max.to_string())],
            ApiError::TemplateWithdrawn { reason } => &[("reason", reason.clone())],
            ApiError::ImportColumns { missing } => &[("missing", missing.clone())],
            ApiError::UploadOffset { offset } => &[("offset", offset.to_string())],
            _ => &[],
        };
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }
}

/// `460 Checksum Mismatch`, as tus numbers it.
fn checksum_mismatch() -> StatusCode {
    StatusCode::from_u16(460).expect("it has three digits")
}

/// Whether a failure's cause is that nothing more fits on the disk.
fn is_full_disk(cause: &(dyn std::error::Error + 'static)) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    let by_file = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    let by_database = cause.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code);
    matches!(by_file, Some(StorageFull | QuotaExceeded)) || by_database == Some(rusqlite::ErrorCode::DiskFull)
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody { code: self.code().to_owned(), params: self.params() };
        let mut response = (self.status(), axum::Json(body)).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let seconds = match &self {
            ApiError::LockedOut { minutes } => Some(minutes * 60),
            ApiError::ComeBack { seconds } => Some(*seconds),
            _ => None,
        };
        if let Some(seconds) = seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Cause(Arc::new(self)));
        response
    }
}

impl From<crate::intake::IntakeError> for ApiError {
    fn from(error: crate::intake::IntakeError) -> Self {
        Self::internal(error)
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        Self::internal(error)
    }
}

/// Why the gate held what a supervisor did in the console.
impl From<HeldReason> for ApiError {
    fn from(reason: HeldReason) -> Self {
        match reason {
            HeldReason::DocumentFull => Self::DocumentFull,
            HeldReason::Role => Self::RoleNotAllowed,
            HeldReason::Scope => Self::OutsideScope,
            // The console's device is revoked with its user.
            HeldReason::Revoked => Self::UserDisabled,
            HeldReason::UnknownSubject => Self::TemplateMissing,
            // The console writes on the document and the registry as they stand: a mistake of this server.
            HeldReason::MissingDependencies
            | HeldReason::StaleAuthority
            | HeldReason::Domain
            | HeldReason::Later(_) => Self::internal(anyhow::anyhow!("the act was held: {}", reason.code())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_no_mystery_however_deep_it_lies() {
        use crate::{intake::IntakeError, log::LogError, vault::VaultError};
        let full =
            || rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None);
        let file = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(ApiError::internal(file).code(), "server_full");
        assert_eq!(ApiError::from(VaultError::from(full())).status(), StatusCode::INSUFFICIENT_STORAGE);
        let storage =
            IntakeError::Storage(Arc::new(crate::intake::KeeperError::Log(LogError::Sqlite(full()))));
        assert_eq!(ApiError::from(storage).code(), "server_full");
        let locked = std::io::Error::from(std::io::ErrorKind::WouldBlock);
        assert_eq!(ApiError::internal(locked).code(), "internal");
    }

    #[test]
    fn a_held_act_says_why_and_not_that_it_is_out_of_scope() {
        let code = |reason: HeldReason| ApiError::from(reason).code();
        assert_eq!(code(HeldReason::DocumentFull), "document_full");
        assert_eq!(code(HeldReason::Role), "role_not_allowed");
        assert_eq!(code(HeldReason::Scope), "outside_scope");
        assert_eq!(code(HeldReason::Revoked), "user_disabled");
        assert_eq!(code(HeldReason::UnknownSubject), "template_missing");
        assert_eq!(code(HeldReason::Domain), "internal");
    }
}
