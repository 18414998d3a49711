//! Messages of the protocol as they travel: CBOR, zstd both ways, bounded.

use std::{borrow::Cow, io::Read as _};

use rounds_shared::protocol::limits::MESSAGE_BYTES_MAX;

use crate::error::ApiError;

const ZSTD_LEVEL: i32 = 3;

/// How a message is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As it is.
    Plain,
    /// zstd.
    Zstd,
}

/// A message, unpacked within its limit: no length it claims is believed.
///
/// # Errors
/// When it is too large, or was cut off or damaged on its way.
pub fn unpacked(packing: Packing, body: &[u8]) -> Result<Cow<'_, [u8]>, ApiError> {
    match packing {
        Packing::Plain => Ok(Cow::Borrowed(body)),
        Packing::Zstd => {
            let wrong = |_| ApiError::BadRequest("body is not zstd");
            let decoder = zstd::stream::read::Decoder::new(body).map_err(wrong)?;
            let mut unpacked = Vec::new();
            decoder.take(MESSAGE_BYTES_MAX as u64 + 1).read_to_end(&mut unpacked).map_err(wrong)?;
            if unpacked.len() > MESSAGE_BYTES_MAX {
                return Err(ApiError::TooLarge { max: MESSAGE_BYTES_MAX as u64 });
            }
            Ok(Cow::Owned(unpacked))
        }
    }
}

/// A reply, as zstd.
///
/// # Errors
/// When zstd fails.
pub fn packed(reply: &impl minicbor::Encode<()>) -> Result<Vec<u8>, ApiError> {
    let reply = minicbor::to_vec(reply).expect("encoding to memory cannot fail");
    zstd::bulk::compress(&reply, ZSTD_LEVEL).map_err(ApiError::internal)
}
