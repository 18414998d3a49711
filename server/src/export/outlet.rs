//! Where a file goes: to whoever asked for it, in pieces.

use std::io;

use axum::body::Bytes;
use tokio::sync::mpsc;

/// Size of a piece, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// Takes bytes and hands them on, waiting for a slow reader.
pub(super) struct Outlet {
    reader: mpsc::Sender<io::Result<Bytes>>,
    piece: Vec<u8>,
}

impl Outlet {
    pub(super) fn new(reader: mpsc::Sender<io::Result<Bytes>>) -> Self {
        Self { reader, piece: Vec::with_capacity(PIECE_BYTES) }
    }
}

impl io::Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_BYTES));
        self.reader.blocking_send(Ok(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
