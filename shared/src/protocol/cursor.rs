//! The cursor 同步位置: how far a device has read. Opaque to the device, which only returns it.

use minicbor::{Decode, Encode};

use crate::{
    envelope::decode_exact,
    ids::{Epoch, LogHash},
};

/// How far a device has read.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Cursor {
    /// The log it read.
    #[n(0)]
    pub epoch: Epoch,
    /// The last entry it was shown or that was passed over as not for it.
    #[n(1)]
    pub seq: u64,
    /// The log's running hash there: another hash is another log.
    #[n(2)]
    pub hash: LogHash,
    /// A digest of the scope it read with: another scope needs what it has not seen.
    #[n(3)]
    pub scope: [u8; 8],
}

impl Cursor {
    /// The opaque bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding to memory cannot fail")
    }

    /// Reads a returned cursor; `None` when it is not one, which counts as an empty cursor.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        decode_exact(bytes)
    }
}
