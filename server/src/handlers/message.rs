//! Messages of the protocol in HTTP: CBOR, zstd both ways, bounded.

use std::io::Read as _;

use axum::{
    body::Bytes,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use rounds_shared::protocol::limits::MESSAGE_BYTES_MAX;

use crate::error::ApiError;

const MEDIA_TYPE: &str = "application/cbor";
const ZSTD_LEVEL: i32 = 3;

/// Answers with a message.
pub(super) fn reply(reply: &impl minicbor::Encode<()>) -> Result<Response, ApiError> {
    let reply = minicbor::to_vec(reply).expect("encoding to memory cannot fail");
    let packed = zstd::bulk::compress(&reply, ZSTD_LEVEL).map_err(ApiError::internal)?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE), (header::CONTENT_ENCODING, "zstd")], packed).into_response())
}

/// The body, unpacked within its limit: no length it claims is believed.
pub(super) fn decoded(headers: &HeaderMap, body: Bytes) -> Result<Bytes, ApiError> {
    match headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes()) {
        None => Ok(body),
        Some(b"zstd") => {
            let wrong = |_| ApiError::BadRequest("body is not zstd");
            let decoder = zstd::stream::read::Decoder::new(&body[..]).map_err(wrong)?;
            let mut unpacked = Vec::new();
            decoder.take(MESSAGE_BYTES_MAX as u64 + 1).read_to_end(&mut unpacked).map_err(wrong)?;
            if unpacked.len() > MESSAGE_BYTES_MAX {
                return Err(ApiError::TooLarge { max: MESSAGE_BYTES_MAX as u64 });
            }
            Ok(unpacked.into())
        }
        Some(_) => Err(ApiError::BadRequest("unknown content encoding")),
    }
}
