//! Which documents name which photos, and who took them. The bytes are not here.

use rounds_shared::{
    ids::{DeviceId, DocId, PhotoHash},
    inspection::Photo,
};
use rusqlite::{Connection, params};

pub(super) const TABLE: &str = "CREATE TABLE photos (
    doc    BLOB NOT NULL,
    id     TEXT NOT NULL,
    hash   BLOB NOT NULL,
    bytes  INTEGER NOT NULL,
    device BLOB,
    PRIMARY KEY (doc, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX photos_device ON photos (device);
CREATE INDEX photos_hash ON photos (hash)";

pub(super) fn put(connection: &Connection, doc: DocId, photos: &[Photo]) -> rusqlite::Result<()> {
    for photo in photos {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO photos (doc, id, hash, bytes, device) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                doc.as_bytes(),
                photo.id,
                photo.hash.as_bytes(),
                photo.bytes,
                photo.stamp.device.map(|device| device.as_bytes().to_vec()),
            ])?;
    }
    Ok(())
}

/// The photos that a device's documents name.
///
/// # Errors
/// When the view cannot be read.
pub fn of_device(connection: &Connection, device: DeviceId) -> rusqlite::Result<Vec<PhotoHash>> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT hash FROM photos WHERE device = ?1 ORDER BY hash")?;
    let rows = statement.query_map([device.as_bytes()], |row| Ok(PhotoHash::new(row.get(0)?)))?;
    rows.collect()
}

/// Every photo that a document names.
///
/// # Errors
/// When the view cannot be read.
pub fn all(connection: &Connection) -> rusqlite::Result<Vec<PhotoHash>> {
    let mut statement = connection.prepare_cached("SELECT DISTINCT hash FROM photos")?;
    let rows = statement.query_map([], |row| Ok(PhotoHash::new(row.get(0)?)))?;
    rows.collect()
}

/// The photos that a document names.
///
/// # Errors
/// When the view cannot be read.
pub fn of_document(connection: &Connection, doc: DocId) -> rusqlite::Result<Vec<PhotoHash>> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT hash FROM photos WHERE doc = ?1 ORDER BY hash")?;
    let rows = statement.query_map([doc.as_bytes()], |row| Ok(PhotoHash::new(row.get(0)?)))?;
    rows.collect()
}

/// The documents that name a photo: who may see it follows from them.
///
/// # Errors
/// When the view cannot be read.
pub fn documents_of(connection: &Connection, hash: PhotoHash) -> rusqlite::Result<Vec<DocId>> {
    let mut statement = connection.prepare_cached("SELECT DISTINCT doc FROM photos WHERE hash = ?1")?;
    let rows = statement.query_map([hash.as_bytes()], |row| Ok(DocId::new(row.get(0)?)))?;
    rows.collect()
}
