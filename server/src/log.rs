//! The log: everything that happened in a city, in order, for ever. Its face is small: append, read from a
//! cursor, follow.
//!
//! One row is one entry. Its running hash covers everything before it, so that a device can tell whether it
//! still reads the same log, and corruption on disk cannot stay unnoticed.

mod copies;
mod proving;
mod sqlite;

pub(crate) use copies::{begin_epoch, copy, copy_file, copy_log, disorder};
pub(crate) use proving::{Standing, is_unreadable};
pub use sqlite::{Log, LogError, open};
pub(crate) use sqlite::{begin, begin_piece, city, commit, keep_piece, roll_back, take_back_piece};

/// A log's columns of an entry, besides the entry itself: what finding one needs.
#[derive(Debug, Clone)]
pub struct Row {
    /// The entry.
    pub entry: rounds_shared::protocol::Entry,
    /// The device whose envelope it carries.
    pub device: Option<rounds_shared::ids::DeviceId>,
    /// The document it belongs to.
    pub doc: Option<rounds_shared::ids::DocId>,
    /// The envelope it carries, or is about.
    pub envelope: Option<rounds_shared::ids::EnvelopeId>,
    /// That device's number of the envelope.
    pub n: Option<u64>,
    /// The running hash after it, as it was written.
    pub hash: rounds_shared::ids::LogHash,
}
