//! Comparing what a device has with what the server has, after a restore and from time to time.

use std::sync::{Arc, Mutex, PoisonError};

use rounds_shared::{
    ids::DeviceId,
    protocol::{
        Holdings, PROTOCOL_VERSION, RETURNED_ENTRIES_MAX, RepairReply, RepairRequest, SHOWN_MAX, SignedEntry,
    },
    registry::Registry,
};

use super::{Exchange, Packing, message, shown::Shown};
use crate::{
    auth::DeviceSession,
    error::ApiError,
    outflow::{self, Reading},
};

/// Sets kept between the rounds of a comparison.
const SETS_KEPT: usize = 4;

/// The sets of those who are comparing, so that a comparison of several rounds reads the log once.
#[derive(Default)]
pub struct Sets(Mutex<Vec<Kept>>);

struct Kept {
    device: DeviceId,
    position: u64,
    holdings: Arc<Holdings>,
}

/// A request that is to be answered, once what it gives back is in the log.
pub struct Asked {
    session: DeviceSession,
    message: Option<Vec<u8>>,
    returned: Vec<SignedEntry>,
    shown: Shown,
    now: i64,
}

impl Asked {
    /// Takes the entries that the device gives back.
    pub fn returned(&mut self) -> Vec<SignedEntry> {
        std::mem::take(&mut self.returned)
    }
}

impl Exchange {
    /// Reads a request, within the device's budget.
    ///
    /// # Errors
    /// When it is none, is not whole, or the device may not ask, or must come back later.
    pub fn repair_asked(
        &self,
        session: DeviceSession,
        (packing, body): (Packing, &[u8]),
        now: i64,
    ) -> Result<Asked, ApiError> {
        session.require_good()?;
        let body = message::unpacked(packing, body, |_| None)?;
        let request: RepairRequest =
            minicbor::decode(&body).map_err(|_| ApiError::BadRequest("body is no repair request"))?;
        if request.protocol == 0 || request.protocol > PROTOCOL_VERSION {
            return Err(ApiError::ProtocolUnsupported);
        }
        if request.entries.len() > RETURNED_ENTRIES_MAX {
            return Err(ApiError::TooLarge { max: RETURNED_ENTRIES_MAX as u64 });
        }
        let RepairRequest { message, entries: returned, receipts, places, .. } = request;
        if receipts.len() > SHOWN_MAX || places.len() > SHOWN_MAX {
            return Err(ApiError::TooLarge { max: SHOWN_MAX as u64 });
        }
        let pieces = returned.len() + receipts.len() + places.len();
        self.spend(session.device, now, body.len(), pieces)?;
        Ok(Asked { session, message, returned, shown: Shown { receipts, places }, now })
    }

    /// Takes note of what the device shows, and answers what it has that the server lacks, and the reverse. The registry is the one after what came back
    /// was committed, and `position` where the log ends.
    ///
    /// # Errors
    /// When the message is no comparison, or nothing can be read.
    pub fn repair_answer(
        &self,
        registry: &Registry,
        position: u64,
        asked: &Asked,
    ) -> Result<RepairReply, ApiError> {
        let ended = self.take_note(asked.session.device, &asked.shown, asked.now)?;
        let message = match &asked.message {
            None => None,
            Some(message) => {
                let holdings = self.holdings(registry, position, &asked.session)?;
                Some(holdings.answer(message).ok_or(ApiError::BadRequest("message is no reconciliation"))?)
            }
        };
        Ok(RepairReply { message, ended })
    }

    /// What the device should have, as of now.
    fn holdings(
        &self,
        registry: &Registry,
        position: u64,
        session: &DeviceSession,
    ) -> Result<Arc<Holdings>, ApiError> {
        let (device, user) = (session.device, session.user.id);
        if let Some(kept) = self.sets.get(device, position) {
            return Ok(kept);
        }
        let reading =
            Reading { registry, device, user, cursor: None, own: None, bytes_max: 0, takes_snapshots: true };
        let look = |connection: &_| outflow::holdings(connection, &self.log, &reading);
        let holdings = Arc::new(Holdings::new(self.readers.read(look).map_err(ApiError::internal)?));
        self.sets.keep(Kept { device, position, holdings: Arc::clone(&holdings) });
        Ok(holdings)
    }
}

impl Sets {
    fn get(&self, device: DeviceId, position: u64) -> Option<Arc<Holdings>> {
        let sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_his = |kept: &&Kept| kept.device == device && kept.position == position;
        sets.iter().find(is_his).map(|kept| Arc::clone(&kept.holdings))
    }

    fn keep(&self, kept: Kept) {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sets.retain(|one| one.device != kept.device);
        if sets.len() == SETS_KEPT {
            sets.remove(0);
        }
        sets.push(kept);
    }
}
