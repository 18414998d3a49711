//! Files that are whole or not there.

use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
};

/// What the name of a file ends with until it is whole.
pub(crate) const UNFINISHED: &str = ".part";

/// Writes a file that is either whole or not there: another name of its own first, fsynced, then renamed, then the folder
/// fsynced. Where that fails nothing stays: half a photo would take the room that the next answers still have.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut unfinished = tempfile::Builder::new().suffix(UNFINISHED).tempfile_in(folder)?;
    unfinished.write_all(bytes)?;
    unfinished.as_file().sync_all()?;
    unfinished.persist(path)?;
    sync_folder(path)
}

/// What was made, renamed or removed beside this file is so after a power cut.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidFilename)?;
    // Windows cannot open a folder as a file; there the rename is durable by itself.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
