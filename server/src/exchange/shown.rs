//! What devices show of logs that restores have ended: with it the server knows what it has lost ([`crate::losses`]).
//! Nothing is believed without the server's own signature or seal.

use rounds_shared::{
    ids::DeviceId,
    protocol::{Cursor, Ended, Outcome, Place, SignedVerdict},
};

use super::Exchange;
use crate::{error::ApiError, log::LogError, losses, seal, vault::LostEntry};

/// Receipts and places, as a device shows them.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) receipts: Vec<SignedVerdict>,
    pub(super) places: Vec<Place>,
}

impl Exchange {
    /// Takes note of what a device shows, and says which logs have ended.
    pub(super) fn take_note(
        &self,
        device: DeviceId,
        shown: &Shown,
        now: i64,
    ) -> Result<Vec<Ended>, ApiError> {
        let server = self.vault.server_key().public();
        let mut entries = Vec::new();
        for receipt in &shown.receipts {
            let verdict = receipt.verify(&server);
            let verdict = verdict.ok_or(ApiError::BadRequest("a receipt is not of this server"))?;
            match verdict.outcome {
                Outcome::Receipt { epoch, seq } | Outcome::Held { epoch, seq, .. } => {
                    entries.push(LostEntry { epoch, seq, envelope: Some(verdict.envelope) });
                }
                Outcome::Refused { .. } | Outcome::Later => {}
            }
        }
        let look = |connection: &_| {
            for place in &shown.places {
                // Its bytes came before it, or there is nothing the signature could be of.
                let Some((seq, _)) = self.log.of_envelope(connection, place.envelope)? else { continue };
                let Some(row) = self.log.entry(connection, seq)? else { continue };
                if place.is_of(&server, row.entry.body) {
                    let Place { epoch, seq, envelope, .. } = *place;
                    entries.push(LostEntry { epoch, seq, envelope: Some(envelope) });
                }
            }
            losses::ended(connection, &self.log)
        };
        let ended = self.readers.read(look).map_err(|error: LogError| ApiError::internal(error))?;
        entries.retain(|entry| ended.iter().any(|log| log.epoch == entry.epoch && log.seq < entry.seq));
        self.vault.note_lost(device, now, &entries)?;
        Ok(ended)
    }

    /// Opens the cursor that a device returned; where it stood in a log that ended is noted. One without a seal is of an
    /// earlier version of the server: it is read on, and proves nothing.
    pub(super) fn opened(&self, sealed: Vec<u8>) -> Result<Vec<u8>, ApiError> {
        let Some(bytes) = seal::open(self.vault.server_key(), &sealed) else { return Ok(sealed) };
        if let Some(cursor) = Cursor::from_bytes(bytes)
            && cursor.epoch != self.log.epoch()
        {
            self.vault.note_reached(cursor.epoch, cursor.seq)?;
        }
        Ok(bytes.to_vec())
    }

    /// A cursor, sealed.
    pub(super) fn sealed(&self, cursor: &[u8]) -> Vec<u8> {
        seal::seal(self.vault.server_key(), cursor)
    }
}
