//! The one round trip of a device.

use rounds_shared::{
    ids::PhotoHash,
    protocol::{
        Entry, EntryBody, PROTOCOL_VERSION, SNAPSHOT_VERSION, ServerIdentity, SignedSnapshot, SignedVerdict,
        SyncReply, SyncRequest, Wipe, limits::REQUEST_ENVELOPES_MAX,
    },
    registry::Registry,
};

use super::{Exchange, Packing, message};
use crate::{
    auth::DeviceSession,
    error::ApiError,
    intake::Bearer,
    outflow::{self, OutflowError, Page, Reading},
    vault::Contact,
    views,
};

/// When a device comes back whose envelopes wait for too much that is missing, in seconds.
const COME_BACK_S: i64 = 60;
/// Longest app version that is kept, in characters.
const APP_VERSION_CHARS_MAX: usize = 64;
/// Most photos named in a reply as missing; the rest follow in the next.
const PHOTOS_MISSING_MAX: usize = 200;

/// A request that is to be answered, once its envelopes have their verdicts.
pub struct Asked {
    session: DeviceSession,
    request: SyncRequest,
    delivered: usize,
    confirmed: u64,
    now: i64,
}

impl Asked {
    /// Takes the envelopes that are to be judged, and who brings them.
    pub fn envelopes(&mut self) -> (Vec<Vec<u8>>, Bearer) {
        let envelopes = std::mem::take(&mut self.request.envelopes).into_iter().map(Into::into).collect();
        (envelopes, Bearer { device: self.session.device, confirmed: self.confirmed })
    }

    fn reading<'r>(&'r self, registry: &'r Registry) -> Reading<'r> {
        Reading {
            registry,
            device: self.session.device,
            user: self.session.user.id,
            cursor: self.request.cursor.as_deref(),
            own: self.request.own,
            bytes_max: usize::try_from(self.request.page_bytes_max).unwrap_or(usize::MAX),
            takes_snapshots: self.request.snapshots.is_some_and(|version| version >= SNAPSHOT_VERSION),
        }
    }
}

impl Exchange {
    /// Reads a request, within the device's budget.
    ///
    /// # Errors
    /// When it is none, is not whole, or the device must come back later: nothing of it was taken.
    pub fn sync_asked(
        &self,
        registry: &Registry,
        session: DeviceSession,
        (packing, body): (Packing, &[u8]),
        now: i64,
    ) -> Result<Asked, ApiError> {
        let body = message::unpacked(packing, body, |name| message::named(registry, name))?;
        let mut request: SyncRequest =
            minicbor::decode(&body).map_err(|_| ApiError::BadRequest("body is no sync request"))?;
        if request.protocol == 0 || request.protocol > PROTOCOL_VERSION {
            return Err(ApiError::ProtocolUnsupported);
        }
        let delivered = request.envelopes.len();
        if delivered > REQUEST_ENVELOPES_MAX {
            return Err(ApiError::TooLarge { max: REQUEST_ENVELOPES_MAX as u64 });
        }
        self.spend(session.device, now, body.len(), delivered)?;
        request.cursor = request.cursor.map(|sealed| self.opened(sealed)).transpose()?;
        let known = self.vault.contact_of(session.device)?.map_or(0, |contact| contact.confirmed);
        let mut asked = Asked { session, request, delivered, confirmed: known, now };
        let look = |connection: &_| outflow::confirmed(connection, &self.log, &asked.reading(registry));
        let confirmed = self.readers.read(look).map_err(ApiError::internal)?;
        // What a device once confirmed stays confirmed, whatever cursor it sends.
        asked.confirmed = confirmed.max(known);
        Ok(asked)
    }

    /// Answers it: the verdicts, and what the device has not read. `position` is where the log ends after the commit, and
    /// the registry is of then or later: with an older one, what left somebody's sight would be taken for told.
    ///
    /// # Errors
    /// When not everything was judged, or something could not be read or written. What has a verdict is in the log all
    /// the same, and will be answered with it again.
    pub fn sync_answer(
        &self,
        position: u64,
        registry: &Registry,
        asked: &Asked,
        verdicts: Vec<SignedVerdict>,
    ) -> Result<SyncReply, ApiError> {
        let Asked { session, request, delivered, confirmed, now } = asked;
        let look = |connection: &_| views::devices::one(connection, session.device);
        let received = self.readers.read(look).map_err(ApiError::internal)?.map_or(0, |received| received.n);
        let is_all_here = received >= request.n_made;
        // A revoked device that has nothing left to deliver, as far as is known here, erases itself.
        let revoked = registry.revoked_at(session.device).filter(|_| is_all_here);
        let wipe = revoked
            .map(|revoked| Wipe::order(session.device, self.log.epoch(), revoked, self.vault.server_key()));
        let contact = Contact {
            last_contact: *now,
            version: request.app.chars().take(APP_VERSION_CHARS_MAX).collect(),
            n_made: request.n_made,
            confirmed: *confirmed,
            clock_skew_ms: request.clock.saturating_sub(*now),
            unsent_since: (!is_all_here).then_some(*now),
            wiped_at: wipe.is_some().then_some(*now),
        };
        self.vault.contact(session.device, &contact)?;
        if verdicts.len() < *delivered {
            return Err(ApiError::ComeBack { seconds: COME_BACK_S });
        }
        let epoch = self.log.epoch();
        let mut reply = SyncReply {
            verdicts,
            entries: Vec::new(),
            forget: Vec::new(),
            cursor: Vec::new(),
            more: false,
            backed_up: self.vault.backed_up(epoch)?,
            photos_backed_up: self.vault.photos_backed_up(epoch)?,
            server_time: *now,
            photos_missing: Vec::new(),
            epoch: Some(epoch),
            snapshots: Vec::new(),
            wipe: None,
            server: Some(ServerIdentity {
                key: self.vault.server_key().public(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            }),
        };
        if session.require_good().is_err() {
            // It may deliver and gets nothing.
            reply.cursor = request.cursor.as_ref().map(|cursor| self.sealed(cursor)).unwrap_or_default();
            reply.wipe = wipe;
            return Ok(reply);
        }
        let (page, photos_missing) =
            self.page(position, &asked.reading(registry)).map_err(ApiError::internal)?;
        (reply.entries, reply.forget) = (page.entries, page.forget);
        (reply.more, reply.photos_missing) = (page.more, photos_missing);
        let key = self.vault.server_key();
        reply.snapshots = page.snapshots.iter().map(|one| SignedSnapshot::sign(one, key)).collect();
        reply.cursor = self.sealed(&page.cursor.to_bytes());
        for entry in reply.entries.iter_mut().filter(|entry| is_given_back(entry)) {
            entry.sign(epoch, key);
        }
        Ok(reply)
    }

    fn page(&self, position: u64, reading: &Reading<'_>) -> Result<(Page, Vec<PhotoHash>), OutflowError> {
        let (page, named) = self.readers.read(|connection| {
            let page = outflow::page(connection, &self.log, position, reading)?;
            Ok::<_, OutflowError>((page, views::photos::of_device(connection, reading.device)?))
        })?;
        let missing = named.into_iter().filter(|hash| !self.photos.has(*hash));
        Ok((page, missing.take(PHOTOS_MISSING_MAX).collect()))
    }
}

/// Whether a server that has lost the entry gets it back from whoever has it.
fn is_given_back(entry: &Entry) -> bool {
    matches!(entry.parse(), EntryBody::Registry(_) | EntryBody::Envelope(..))
}
