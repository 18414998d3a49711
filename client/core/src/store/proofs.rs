//! What the server signed before it was restored: receipts of own envelopes, and where others' stood in its log. Kept
//! until it was shown, because what it says of them now takes their place.

use rounds_shared::{
    envelope::Signature,
    protocol::{Place, SignedVerdict},
};
use rusqlite::Connection;

/// Keeps what there is, beside what comes now.
pub(crate) fn keep_before(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "INSERT OR IGNORE INTO receipts_before (verdict) SELECT verdict FROM outbox WHERE verdict IS NOT NULL;
         INSERT OR IGNORE INTO places_before (epoch, seq, at, envelope, signature)
             SELECT epoch, seq, at, envelope, signature FROM inbox WHERE doc IS NOT NULL AND signature IS NOT NULL;",
    )
}

/// The receipts.
pub(crate) fn receipts(connection: &Connection) -> rusqlite::Result<Vec<SignedVerdict>> {
    let mut select = connection.prepare("SELECT verdict FROM receipts_before")?;
    let rows = select.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    let read = |bytes: rusqlite::Result<Vec<u8>>| bytes.map(|bytes| SignedVerdict::from_bytes(&bytes));
    rows.filter_map(|bytes| read(bytes).transpose()).collect()
}

/// The places.
pub(crate) fn places(connection: &Connection) -> rusqlite::Result<Vec<Place>> {
    let mut select = connection
        .prepare("SELECT epoch, seq, at, envelope, signature FROM places_before ORDER BY epoch, seq")?;
    let rows = select.query_map([], |row| {
        Ok(Place {
            epoch: super::id(row, 0)?,
            seq: row.get(1)?,
            at: row.get(2)?,
            envelope: super::id(row, 3)?,
            signature: Signature::new(row.get(4)?),
        })
    })?;
    rows.collect()
}

/// All of it was shown.
pub(crate) fn forget_before(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("DELETE FROM receipts_before; DELETE FROM places_before;")
}
