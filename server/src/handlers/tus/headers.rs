//! The headers of tus, read and written.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use data_encoding::BASE64;
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use rounds_shared::ids::PhotoHash;

use crate::{error::ApiError, photos::PieceChecksum};

pub(super) const VERSION: &str = "1.0.0";
pub(super) const EXTENSIONS: &str = "creation,checksum,expiration,termination";
pub(super) const CHECKSUM_ALGORITHM: &str = "sha1";
pub(super) const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(super) const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
pub(super) const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
pub(super) const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub(super) const TUS_CHECKSUM_ALGORITHM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
pub(super) const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(super) const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(super) const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
pub(super) const UPLOAD_CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
pub(super) const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");

pub(super) fn http_date(at: i64) -> Option<HeaderValue> {
    let at = Timestamp::from_millisecond(at).ok()?;
    HeaderValue::from_str(&DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok()?).ok()
}

pub(super) fn require_version(headers: &HeaderMap) -> Result<(), ApiError> {
    if headers.get(TUS_RESUMABLE).is_some_and(|version| version == VERSION) {
        Ok(())
    } else {
        Err(ApiError::UploadVersion)
    }
}

pub(super) fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

pub(super) fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// The photo that is announced: `Upload-Metadata: hash <base64>, …`
pub fn announced_hash(metadata: &str) -> Option<PhotoHash> {
    let value = metadata.split(',').find_map(|pair| pair.trim().strip_prefix("hash "))?;
    String::from_utf8(BASE64.decode(value.trim().as_bytes()).ok()?).ok()?.parse().ok()
}

/// The part of it that is kept: what else a sender puts in there may be a person's name.
pub fn metadata(hash: PhotoHash) -> String {
    format!("hash {}", BASE64.encode(hash.to_string().as_bytes()))
}

/// What a piece must hash to: `Upload-Checksum: sha1 <base64>`
pub fn checksum(given: &str) -> Option<PieceChecksum> {
    let base64 = given.strip_prefix(CHECKSUM_ALGORITHM)?.strip_prefix(' ')?;
    Some(PieceChecksum(BASE64.decode(base64.trim().as_bytes()).ok()?.try_into().ok()?))
}
