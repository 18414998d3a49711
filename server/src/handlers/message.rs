//! Messages of the protocol in HTTP.

use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};

use crate::{error::ApiError, exchange::Packing};

const MEDIA_TYPE: &str = "application/cbor";

/// How a body is packed, as its headers say.
pub(super) fn packing(headers: &HeaderMap) -> Result<Packing, ApiError> {
    match headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes()) {
        None => Ok(Packing::Plain),
        Some(b"zstd") => Ok(Packing::Zstd),
        Some(_) => Err(ApiError::BadRequest("unknown content encoding")),
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
