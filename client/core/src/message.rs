//! Messages of the protocol as they travel: CBOR, zstd both ways, bounded.

use std::io::Read as _;

use rounds_shared::protocol::{Dictionary, limits::MESSAGE_BYTES_MAX};

use crate::failure::Failure;

/// zstd's level: its default, which costs a phone next to nothing.
const ZSTD_LEVEL: i32 = 3;
/// The level of what is small, which a phone packs in milliseconds: connections are slow where people walk.
const ZSTD_LEVEL_SMALL: i32 = 19;
/// What is small, in bytes.
const SMALL_BYTES_MAX: usize = 64 * 1024;

/// A message, packed with zstd, and with a dictionary that the other side has.
///
/// # Errors
/// When zstd fails.
pub fn packed(
    message: &impl minicbor::Encode<()>,
    dictionary: Option<&Dictionary>,
) -> Result<Vec<u8>, Failure> {
    let message = minicbor::to_vec(message).expect("encoding to memory cannot fail");
    let level = if message.len() <= SMALL_BYTES_MAX { ZSTD_LEVEL_SMALL } else { ZSTD_LEVEL };
    let dictionary = dictionary.map_or(&[][..], Dictionary::bytes);
    Ok(zstd::bulk::Compressor::with_dictionary(level, dictionary)?.compress(&message)?)
}

/// A message that came packed with zstd, unpacked within its limit.
///
/// # Errors
/// When it was cut off or damaged on its way, or is none.
pub fn unpacked<M: for<'b> minicbor::Decode<'b, ()>>(bytes: &[u8]) -> Result<M, Failure> {
    plain(&inflated(bytes, MESSAGE_BYTES_MAX as u64)?)
}

/// Bytes that came packed with zstd, unpacked within a limit.
pub(crate) fn inflated(bytes: &[u8], bytes_max: u64) -> Result<Vec<u8>, Failure> {
    let mut inflated = Vec::new();
    let unpacked =
        zstd::Decoder::new(bytes).and_then(|decoder| decoder.take(bytes_max + 1).read_to_end(&mut inflated));
    match unpacked {
        Ok(_) if inflated.len() as u64 <= bytes_max => Ok(inflated),
        Ok(_) | Err(_) => Err(Failure::NotRoundsServer),
    }
}

/// A message that came as it is.
pub(crate) fn plain<M: for<'b> minicbor::Decode<'b, ()>>(message: &[u8]) -> Result<M, Failure> {
    minicbor::decode(message).map_err(|_| Failure::NotRoundsServer)
}
