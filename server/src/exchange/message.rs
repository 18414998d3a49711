//! Messages of the protocol as they travel: CBOR, zstd both ways, bounded.

use std::{
    borrow::Cow,
    io::{self, BufRead, Read as _},
};

use rounds_shared::{
    protocol::{Dictionary, DictionaryName, limits::MESSAGE_BYTES_MAX},
    registry::Registry,
};
use zstd::stream::read::Decoder;

use crate::error::ApiError;

const ZSTD_LEVEL: i32 = 3;

/// How a message is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As it is.
    Plain,
    /// zstd.
    Zstd,
    /// zstd with a dictionary that both sides have.
    ZstdWith(DictionaryName),
}

/// A message, unpacked within its limit: no length it claims is believed.
///
/// # Errors
/// When it is too large, or was cut off or damaged on its way, or its dictionary is not to be had.
pub fn unpacked(
    packing: Packing,
    body: &[u8],
    dictionary: impl FnOnce(DictionaryName) -> Option<Dictionary>,
) -> Result<Cow<'_, [u8]>, ApiError> {
    let wrong = |_| ApiError::BadRequest("body is not zstd");
    let unpacked = match packing {
        Packing::Plain => return Ok(Cow::Borrowed(body)),
        Packing::Zstd => bounded(Decoder::new(body)),
        Packing::ZstdWith(name) => {
            let dictionary = dictionary(name).ok_or(ApiError::DictionaryUnknown)?;
            bounded(Decoder::with_dictionary(body, dictionary.bytes()))
        }
    };
    let unpacked = unpacked.map_err(wrong)?;
    if unpacked.len() > MESSAGE_BYTES_MAX {
        return Err(ApiError::TooLarge { max: MESSAGE_BYTES_MAX as u64 });
    }
    Ok(Cow::Owned(unpacked))
}

/// What a decoder gives, up to one byte more than a message may have.
fn bounded<R: BufRead>(decoder: io::Result<Decoder<'_, R>>) -> io::Result<Vec<u8>> {
    let (mut decoder, mut unpacked) = (decoder?, Vec::new());
    // The window is memory, taken before there is anything to put into it.
    decoder.window_log_max(MESSAGE_BYTES_MAX.ilog2())?;
    decoder.take(MESSAGE_BYTES_MAX as u64 + 1).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

/// The dictionary of a name: only the genesis of an assignment is known without reading anything.
pub fn named(registry: &Registry, name: DictionaryName) -> Option<Dictionary> {
    let assignment = registry.assignment_of(name.doc)?;
    Dictionary::of_genesis(name.doc, &assignment.genesis.to_vec())
        .filter(|dictionary| dictionary.name() == name)
}

/// A reply, as zstd.
///
/// # Errors
/// When zstd fails.
pub fn packed(reply: &impl minicbor::Encode<()>) -> Result<Vec<u8>, ApiError> {
    let reply = minicbor::to_vec(reply).expect("encoding to memory cannot fail");
    zstd::bulk::compress(&reply, ZSTD_LEVEL).map_err(ApiError::internal)
}
