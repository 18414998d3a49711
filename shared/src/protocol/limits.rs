//! Every limit of the protocol, checked on both sides.

/// Largest signed envelope, in bytes.
pub const ENVELOPE_BYTES_MAX: usize = 1024 * 1024;
/// Most operations of one envelope.
pub const ENVELOPE_OPERATIONS_MAX: usize = 4_000;
/// Most changes that the changes of one envelope depend on and operations that its operations replace, together.
pub const ENVELOPE_REFERENCES_MAX: usize = 2 * ENVELOPE_OPERATIONS_MAX;
/// Most changes of one envelope.
pub const ENVELOPE_CHANGES_MAX: usize = 1_000;
/// Largest document, as saved without deflating, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Most changes of a document.
pub const DOCUMENT_CHANGES_MAX: usize = 5_000;
/// Most actors of a document.
pub const DOCUMENT_ACTORS_MAX: usize = 256;
/// Most operations of a document.
pub const DOCUMENT_OPERATIONS_MAX: u64 = 40_000;
/// Most findings, photos, remarks, submissions and reviews of a document, together: each is read by itself.
pub const DOCUMENT_ENTRIES_MAX: u64 = 1_000;
/// Most changes that the changes of a document depend on, together.
pub const DOCUMENT_DEPENDENCIES_MAX: u64 = 50_000;
/// Most changes of a document with a hash that begins with a zero byte. By chance there are 20 of 5,000; Automerge keeps
/// a clock for each of them.
pub const DOCUMENT_SEARCHED_MAX: u64 = 128;
/// Most dependencies of one change: a document cannot have more heads than actors, and a change made on all
/// of them must always be possible.
pub const CHANGE_DEPENDENCIES_MAX: usize = DOCUMENT_ACTORS_MAX;
/// How far reviews alone may go beyond the limits of a document, in changes and in actors: what is full can
/// still be decided, returned and approved.
pub const REVIEW_HEADROOM: usize = 128;
/// From here on nothing more is added to a document, in percent of any of its limits: the visit goes on in a continuation.
pub const DOCUMENT_NEARLY_FULL_PERCENT: u64 = 90;
/// Largest sync request or reply, in bytes before compression.
pub const MESSAGE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Largest page of entries a device may ask for, in bytes.
pub const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Smallest page of entries: one entry always fits.
pub const PAGE_BYTES_MIN: usize = 64 * 1024;
/// Most envelopes of one sync request.
pub const REQUEST_ENVELOPES_MAX: usize = 512;
/// Most envelopes of one device that wait for missing changes; beyond that it is told to come back. They are merged
/// together when what is missing comes, and nobody else writes meanwhile, so they must not be thousands.
pub const HELD_MISSING_MAX: u64 = 256;
/// Largest value of an answer, in bytes.
pub const ANSWER_BYTES_MAX: usize = 4 * 1024;
/// Largest remark, note or reason, in bytes.
pub const TEXT_BYTES_MAX: usize = 8 * 1024;
/// Largest short text (a code, a place in words), in bytes.
pub const SHORT_TEXT_BYTES_MAX: usize = 512;
/// Largest photo as kept, in bytes.
pub const PHOTO_BYTES_MAX: u64 = 20 * 1024 * 1024;
/// Earliest and latest time of a change, in seconds since 1970: the years 2000 and 2100.
pub const CHANGE_TIME_S: std::ops::Range<i64> = 946_684_800..4_102_444_800;
/// How long after the last confirmed registry position old knowledge still counts, in milliseconds.
pub const AUTHORITY_GRACE_MS: i64 = 14 * 24 * 60 * 60 * 1000;
