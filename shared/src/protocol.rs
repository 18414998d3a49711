//! The messages between a device and its server, version 1: CBOR with numbered fields, unknown fields
//! skipped, zstd both ways.
//!
//! One round trip of `POST /v1/sync` brings a device that was away up to date in both directions.

mod cursor;
mod dictionary;
mod export;
pub mod limits;
mod reason;
mod receipt;
mod recovery;
mod repair;
mod snapshot;
mod sync;
mod verdict;
mod wipe;

pub use cursor::{Cursor, Step, Transfer};
pub use dictionary::{DICTIONARY_HEADER, Dictionary, DictionaryName, NoDictionaryName};
pub use export::{
    EXPORT_ABOUT, EXPORT_ENVELOPES, EXPORT_FORM, EXPORT_INSPECTIONS, EXPORT_PHOTOS, EXPORT_PHOTOS_MISSING,
    ExportAbout,
};
pub use reason::{HeldReason, RefusedReason};
pub use receipt::{RECEIPTS_FORM, Receipt, Receipts, Unproven};
pub use recovery::{RecoveryReply, RecoveryRequest, open_key, seal_key};
pub use repair::{
    Compared, Comparison, Ended, Holdings, Place, REPAIR_ROUNDS_MAX, RETURNED_ENTRIES_MAX, RepairReply,
    RepairRequest, SHOWN_MAX, SignedEntry, event_id,
};
pub use snapshot::{CASE_KIND, Card, SNAPSHOT_VERSION, SignedSnapshot, Snapshot};
pub use sync::{
    EnrolReply, EnrolRequest, Entry, EntryBody, Judgement, Own, Release, Ruling, ServerIdentity, ServerInfo,
    SyncReply, SyncRequest,
};
pub use verdict::{ChangeId, Outcome, SignedVerdict, Verdict};
pub use wipe::Wipe;

/// The protocol's version. Version n of the app works with n + 1 of the server and the reverse.
pub const PROTOCOL_VERSION: u8 = 1;

#[cfg(test)]
mod tests;
