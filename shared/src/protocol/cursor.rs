//! The cursor 同步位置: how far a device has read. Opaque to the device, which only returns it.

use minicbor::{Decode, Encode};

use crate::{
    envelope::decode_exact,
    ids::{DocId, Epoch, LogHash},
};

/// How far a device has read.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Cursor {
    /// The log it read.
    #[n(0)]
    pub epoch: Epoch,
    /// The entry up to which it has everything its user could see there; 0 when it has begun with nothing.
    #[n(1)]
    pub seq: u64,
    /// The log's running hash there: another hash is another log.
    #[n(2)]
    pub hash: LogHash,
    /// A digest of what its user could see there: where it does not fit, the device has read by other rules.
    #[n(3)]
    pub scope: [u8; 8],
    /// The transfer that is under way, for the next page.
    #[n(4)]
    pub transfer: Option<Transfer>,
}

/// A transfer that takes several pages, from the cursor's entry on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Transfer {
    /// The entry to which it leads: the log's last one when it began.
    #[n(0)]
    pub to: u64,
    /// The log's running hash there.
    #[n(1)]
    pub hash: LogHash,
    /// How far it has come.
    #[n(2)]
    pub step: Step,
}

/// How far a transfer has come. Entries come first, then the documents whose visibility changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Step {
    /// The last entry that was looked at.
    #[n(0)]
    Entries(#[n(0)] u64),
    /// The last document that was looked at, in the order of their ids; none before the first.
    #[n(1)]
    Documents(#[n(0)] Option<DocId>),
}

impl Transfer {
    /// Whether it leads on from an entry and has not come further than it leads: a cursor is the device's word.
    pub fn is_sound(&self, from: u64) -> bool {
        let come = match self.step {
            Step::Entries(after) => after,
            Step::Documents(_) => self.to,
        };
        (from..=self.to).contains(&come)
    }
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
