//! Messages of the protocol in HTTP.

use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};

use rounds_shared::protocol::DICTIONARY_HEADER;

use crate::{error::ApiError, exchange::Packing};

pub(crate) const MEDIA_TYPE: &str = "application/cbor";

/// How a body is packed, as its headers say.
pub(super) fn packing(headers: &HeaderMap) -> Result<Packing, ApiError> {
    let encoding = headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes());
    match (encoding, headers.get(DICTIONARY_HEADER)) {
        (None, _) => Ok(Packing::Plain),
        (Some(b"zstd"), None) => Ok(Packing::Zstd),
        (Some(b"zstd"), Some(name)) => {
            let name = name.to_str().ok().and_then(|name| name.parse().ok());
            name.map(Packing::ZstdWith).ok_or(ApiError::DictionaryUnknown)
        }
        (Some(_), _) => Err(ApiError::BadRequest("unknown content encoding")),
    }
}

/// Answers with a packed message.
pub(super) fn reply(packed: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, MEDIA_TYPE), (header::CONTENT_ENCODING, "zstd")], packed).into_response()
}

/// Does what waits for a disk off the threads that answer.
pub(super) async fn off<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?
}
