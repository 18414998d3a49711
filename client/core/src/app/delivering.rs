//! Delivery: data first, then photos. Whoever calls waits; the commands of the screens do not.

mod moving;
mod room;

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rounds_shared::{
    ids::DocId,
    protocol::{PROTOCOL_VERSION, Receipt, Receipts, SyncRequest},
};

use super::{App, Event, enrol};
use crate::{
    failure::Failure,
    http::Server,
    link::Link,
    repair,
    space::Space,
    store::{self, outbox::OutboxState},
    view::{Changed, SyncPhase, SyncStatus},
};

/// Most round trips of one sync: at a mebibyte a page far more than a week brings. More waits for the next one.
const ROUND_TRIPS_MAX: usize = 200;

/// What delivery is doing.
#[derive(Default)]
pub(super) struct Delivering {
    /// Held while somebody delivers: two at once would send everything twice.
    one_at_a_time: Mutex<()>,
    /// Whether the network is known to cost nothing. Until the screens have said so, photos that may wait do.
    is_free: AtomicBool,
    now: Mutex<Now>,
}

#[derive(Default, Clone)]
struct Now {
    is_running: bool,
    failure: Option<Failure>,
    next_try: Option<i64>,
}

/// How an exchange ended.
enum Exchanged {
    /// Nothing is left on either side, or the rest is for the next one.
    Whole,
    /// The server told this device to erase itself.
    ToErase,
}

impl App {
    /// Delivers and fetches everything, now.
    ///
    /// # Errors
    /// When the device's own storage fails; what went wrong with the server is part of the status.
    pub fn sync_now(&self) -> Result<SyncStatus, Failure> {
        let was_failing = self.is_failing();
        // Whoever asks has a reason: what rests is offered now.
        self.device().store.write(|transaction| store::photos::retry_refused(transaction)).ok();
        if self.deliver().is_ok() && was_failing {
            // A person has found the connection before the background did, which waits longer and longer.
            self.nudge().poke();
        }
        self.sync_status()
    }

    /// The server's receipts, of an inspection or of everything this device recorded, as a file (JSON) that anybody who
    /// has the server's public key can check: `rounds-server verify-receipt`.
    ///
    /// # Errors
    /// When nobody has signed in, or the storage fails.
    pub fn receipts(&self, inspection: Option<&str>) -> Result<String, Failure> {
        let doc = inspection.map(super::doc).transpose()?;
        let device = self.device();
        let identity = device.identity()?;
        let proofs = store::outbox::proofs(device.store.read(), doc)?;
        let receipts = proofs.iter().map(|(envelope, verdict)| Receipt::new(envelope, verdict)).collect();
        let file = Receipts::new(identity.city.clone(), &identity.secret.public(), receipts);
        Ok(serde_json::to_string_pretty(&file).expect("text and lists are always JSON"))
    }

    /// What the next request would deliver, packed and signed, in the order in which it was made.
    ///
    /// # Errors
    /// When nobody has signed in, or the storage fails.
    pub fn waiting(&self) -> Result<Vec<Vec<u8>>, Failure> {
        let request = self.device().request(self.surroundings.now())?;
        Ok(request.envelopes.into_iter().map(|bytes| bytes.to_vec()).collect())
    }

    /// Photos wait for Wi-Fi, or do not; and whether the network of this moment is paid for by the byte.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn photos_policy(&self, wifi_only: bool, metered: bool) -> Result<SyncStatus, Failure> {
        let was_waiting = self.photos_wait()?;
        {
            let mut device = self.device();
            if store::photos::wifi_only(device.store.read())? != wifi_only {
                device.store.write(|transaction| store::photos::set_wifi_only(transaction, wifi_only))?;
            }
        }
        self.delivering.is_free.store(!metered, Ordering::Relaxed);
        if was_waiting && !self.photos_wait()? {
            self.nudge().poke();
        }
        self.sync_status()
    }

    fn photos_wait(&self) -> Result<bool, Failure> {
        let is_free = self.delivering.is_free.load(Ordering::Relaxed);
        Ok(!is_free && store::photos::wifi_only(self.device().store.read())?)
    }

    /// How delivery stands.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn sync_status(&self) -> Result<SyncStatus, Failure> {
        let now = lock(&self.delivering.now).clone();
        let photos_wait = self.photos_wait()?;
        let disk = self.disk();
        let device = self.device();
        let connection = device.store.read();
        let progress = store::progress::load(connection)?;
        let standing = store::outbox::standing(connection, None)?;
        let of = |state| standing.iter().find(|one| one.state == state);
        let photos = store::photos::count(connection, None)?;
        let expired = device.identity.as_ref().is_some_and(|identity| identity.token.is_none());
        let failure = if expired { Some(Failure::SessionExpired) } else { now.failure };
        Ok(SyncStatus {
            phase: match &failure {
                _ if now.is_running => SyncPhase::Running,
                None => SyncPhase::Idle,
                Some(Failure::Unreachable) => SyncPhase::Offline,
                Some(_) => SyncPhase::Failed,
            },
            last_success: progress.last_success,
            next_try: now.next_try,
            failure: failure.map(|failure| failure.view()),
            changes_pending: store::changes::count_unpacked(connection, None)?
                + of(OutboxState::Waiting).map_or(0, |waiting| waiting.acts),
            photos_pending: photos.pending(),
            photos_pending_bytes: photos.pending_bytes,
            photos_wait: photos_wait && photos.pending() > 0,
            held: of(OutboxState::Held).map_or(0, |held| held.envelopes),
            refused: of(OutboxState::Refused).map_or(0, |refused| refused.acts),
            dismissed: of(OutboxState::Dismissed).map_or(0, |dismissed| dismissed.envelopes),
            photos_refused: photos.refused,
            photos_lost: photos.lost,
            storage_bytes: device.store.bytes()? + self.photos.bytes()?,
            free_bytes: disk.map(|disk| disk.free),
            space: disk.map_or(Space::Enough, |disk| disk.space(0)),
            // A server without any backup has backed nothing up, not even nothing.
            backed_up: progress.backed_up >= store::outbox::highest_seq(connection)?.max(1),
        })
    }

    /// One whole sync, unless nobody is enrolled. Says what went wrong, and keeps it for the status.
    pub(crate) fn deliver(&self) -> Result<(), Failure> {
        let _one = lock(&self.delivering.one_at_a_time);
        lock(&self.delivering.now).is_running = true;
        self.say_sync();
        let delivered = self.exchange().and_then(|exchanged| {
            self.begin_room()?;
            let moved = self.move_photos();
            if let Err(failure) = self.make_room() {
                tracing::warn!(error = &failure as &dyn std::error::Error, "photos have not made room");
            }
            match exchanged {
                Exchanged::Whole => moved,
                // A photo that does not get through is no reason to keep what is delivered.
                Exchanged::ToErase => self.erase().and(moved),
            }
        });
        {
            let mut now = lock(&self.delivering.now);
            now.is_running = false;
            now.failure = delivered.as_ref().err().cloned();
        }
        self.say_sync();
        delivered
    }

    /// Whether somebody is delivering right now.
    pub(crate) fn is_sending(&self) -> bool {
        lock(&self.delivering.now).is_running
    }

    /// Whether the last delivery failed.
    pub(crate) fn is_failing(&self) -> bool {
        lock(&self.delivering.now).failure.is_some()
    }

    /// After how long delivery will be tried again by itself.
    pub(crate) fn set_next_try(&self, wait: Duration) {
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        lock(&self.delivering.now).next_try = Some(self.surroundings.now().saturating_add(wait));
        self.say_sync();
    }

    /// The server and the token to talk to it with.
    pub(crate) fn session(&self) -> Result<(Server, String), Failure> {
        let device = self.device();
        let identity = device.identity()?;
        let token = identity.token.clone().ok_or(Failure::SessionExpired)?;
        Ok((Server::new(self.agent.clone(), identity.server.clone()), token))
    }

    /// The server and the token, over whatever lies between.
    fn link(&self) -> Result<(Box<dyn Link>, String), Failure> {
        let device = self.device();
        let identity = device.identity()?;
        let token = identity.token.clone().ok_or(Failure::SessionExpired)?;
        Ok(((self.links)(&identity.server), token))
    }

    /// Pushes and pulls until there is nothing left on either side.
    fn exchange(&self) -> Result<Exchanged, Failure> {
        let (server, token) = self.link()?;
        for _ in 0..ROUND_TRIPS_MAX {
            let (request, dictionary) = {
                let mut device = self.device();
                let request = device.request(self.surroundings.now())?;
                let dictionary = device.dictionary(&request);
                (request, dictionary)
            };
            let reply = match server.sync(&token, &request, dictionary.as_ref()) {
                Err(Failure::ProtocolUnsupported) if self.agree(&*server)? => continue,
                reply => reply.map_err(|failure| self.explained(&*server, failure))?,
            };
            let received = self.device().receive(self.surroundings.now(), &request, &reply)?;
            self.settle(received.documents, received.registry)?;
            if received.verdicts < request.envelopes.len() {
                // A server that does not answer for what it was given is none.
                return Err(Failure::NotRoundsServer);
            }
            if received.more {
                continue;
            }
            // Only now the device knows of people and assignments what the server knows.
            self.go_on()?;
            if self.device().has_waiting()? {
                continue;
            }
            if received.is_to_erase {
                return Ok(Exchanged::ToErase);
            }
            if self.device().is_repair_due(self.surroundings.now())? && self.repair(&*server, &token)? {
                // What this device had lost comes with the next page, and so does what it has given back.
                continue;
            }
            self.succeeded()?;
            break;
        }
        Ok(Exchanged::Whole)
    }

    /// Erases everything on this revoked device, unless something on it is not delivered, or is in no backup of the server
    /// yet: a server restored from an older one would ask for it again. Then it stays until it is.
    fn erase(&self) -> Result<(), Failure> {
        {
            let mut device = self.device();
            let connection = device.store.read();
            let undelivered = store::photos::undelivered(connection)?;
            let backed_up = store::progress::load(connection)?.backed_up;
            if device.has_undelivered()?
                || backed_up < store::outbox::highest_seq(connection)?
                || undelivered.iter().any(|photo| self.photos.has(*photo))
            {
                return Ok(());
            }
            // The files first: as long as the database knows of them, the next order finds them.
            self.photos.erase()?;
            device.erase()?;
        }
        self.say_changed(None);
        Err(Failure::DeviceErased)
    }

    /// Compares with the server and gives back what it has lost; says whether there is something to fetch.
    fn repair(&self, server: &dyn Link, token: &str) -> Result<bool, Failure> {
        let expired = |failure| self.expire(failure);
        let holdings = self.device().holdings()?;
        let protocol = self.device().protocol;
        let difference =
            repair::compare(protocol, &holdings, |request| server.repair(token, request)).map_err(expired)?;
        // The registry first: whoever signed the envelopes may be among what was lost.
        let entries = self.device().entries_to_return(&difference)?;
        let gave_back = !entries.is_empty();
        for entries in entries {
            server.repair(token, &repair::request(protocol, None, entries)).map_err(expired)?;
        }
        let envelopes = self.device().envelopes_to_return(&difference.surplus)?;
        for envelopes in envelopes {
            let request = SyncRequest {
                envelopes: envelopes.into_iter().map(Into::into).collect(),
                ..self.device().request(self.surroundings.now())?
            };
            let reply = server.sync(token, &request, None).map_err(expired)?;
            let received = self.device().receive(self.surroundings.now(), &request, &reply)?;
            self.settle(received.documents, received.registry)?;
        }
        let proofs = self.device().proofs_to_show(&difference)?;
        for proofs in proofs {
            server.repair(token, &proofs).map_err(expired)?;
        }
        let is_lacking = !difference.lacking.is_empty();
        self.device().repaired(self.surroundings.now(), is_lacking)?;
        Ok(is_lacking || gave_back)
    }

    /// Nothing was left on either side.
    fn succeeded(&self) -> Result<(), Failure> {
        let now = self.surroundings.now();
        let mut device = self.device();
        let mut progress = store::progress::load(device.store.read())?;
        progress.last_success = Some(now);
        device.store.write(|transaction| store::progress::save(transaction, &progress))?;
        Ok(())
    }

    /// Learns which version of the protocol the server speaks with this app; says whether it is another one than was
    /// thought, so that there is reason to ask again.
    fn agree(&self, server: &dyn Link) -> Result<bool, Failure> {
        let spoken = enrol::spoken(PROTOCOL_VERSION, server.info()?.protocol)?;
        let thought = std::mem::replace(&mut self.device().protocol, spoken);
        Ok(spoken != thought)
    }

    /// Why the server says no. One that does not know this device may be another one at the same address: then the
    /// session of this device stays for the server it trusts.
    fn explained(&self, server: &dyn Link, failure: Failure) -> Failure {
        if failure != Failure::SessionExpired {
            return failure;
        }
        match self.recognise(server) {
            Ok(()) => self.expire(failure),
            Err(other) => other,
        }
    }

    /// Whether it is still the server this device trusts.
    pub(super) fn recognise(&self, server: &dyn Link) -> Result<(), Failure> {
        let info = server.info()?;
        let key = enrol::check(&info)?;
        let device = self.device();
        let identity = device.identity()?;
        if key == identity.server_key && info.city == identity.city {
            Ok(())
        } else {
            Err(Failure::ServerKeyChanged)
        }
    }

    /// Merges what came, document by document, and says what changed.
    fn settle(&self, mut changed: BTreeSet<DocId>, registry: bool) -> Result<(), Failure> {
        let documents = self.device().unsettled()?;
        for doc in documents {
            // The lock is taken anew for each: a tap comes in between.
            self.device().settle(doc)?;
            changed.insert(doc);
        }
        if registry {
            self.say_changed(None);
        }
        for doc in changed {
            self.say_changed(Some(doc));
        }
        Ok(())
    }

    /// Lets documents go on from what is admitted, where the server objected to something they stand on.
    pub(crate) fn go_on(&self) -> Result<(), Failure> {
        let wedged = store::outbox::wedged(self.device().store.read())?;
        for doc in wedged {
            self.device().go_on(&self.surroundings, doc)?;
            self.say_changed(Some(doc));
        }
        Ok(())
    }

    /// A session that has expired is forgotten: sign in again. Everything recorded stays.
    fn expire(&self, failure: Failure) -> Failure {
        if failure == Failure::SessionExpired {
            let mut device = self.device();
            if let Err(error) = device.store.write(|transaction| store::identity::drop_token(transaction)) {
                return error.into();
            }
            if let Some(identity) = &mut device.identity {
                identity.token = None;
            }
        }
        failure
    }

    fn say_changed(&self, doc: Option<DocId>) {
        (self.listener)(Event::Changed(Changed { inspection: doc.map(|doc| doc.to_string()) }));
    }

    pub(super) fn say_sync(&self) {
        // A status that cannot be read is not worth an event: the storage's failure has been logged.
        if let Ok(status) = self.sync_status() {
            (self.listener)(Event::Sync(status));
        }
    }
}

/// Nothing behind these locks can be left half-written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
