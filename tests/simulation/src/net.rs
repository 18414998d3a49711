//! What lies between the phones and the server: messages are lost, arrive twice, late, out of order, or cut off.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rounds_client_core::{Failure, Link, message};
use rounds_server::exchange::Packing;
use rounds_shared::{
    ids::PhotoHash,
    protocol::{
        Dictionary, EnrolReply, EnrolRequest, RecoveryReply, RecoveryRequest, RepairReply, RepairRequest,
        ServerInfo, SyncReply, SyncRequest,
    },
};

use crate::{
    city::{City, Refusal, Turn},
    disk,
};

/// How many commits of others may come between a judgement and its own.
const TURNS_LATE_MAX: usize = 4;

/// How bad it is: how often each of these happens to a message, from 0 to 1.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// It is lost, either way.
    pub loss: f64,
    /// It arrives twice.
    pub doubled: f64,
    /// It is cut off at any byte, either way.
    pub cut: f64,
    /// Somebody listens.
    pub heard: f64,
    /// It is judged at once, and committed when others have been.
    pub late: f64,
}

/// The network, and the server at its end.
pub struct Net {
    /// The server.
    pub city: City,
    /// What decides.
    pub rng: fastrand::Rng,
    /// How bad it is.
    pub weather: Weather,
    /// Envelopes that somebody who listens has heard.
    pub heard: Vec<Vec<u8>>,
    /// Messages that were exchanged, whole.
    pub round_trips: u64,
    /// Messages that were cut off.
    pub cut_off: usize,
    /// Times the server's power went while it was asked.
    pub cuts: usize,
}

/// Which of the two messages that are packed.
#[derive(Debug, Clone, Copy)]
enum Path {
    Sync,
    Repair,
}

impl Net {
    fn happens(&mut self, how_often: f64) -> bool {
        how_often > 0.0 && self.rng.f64() < how_often
    }

    fn lost(&mut self) -> Result<(), Failure> {
        if self.happens(self.weather.loss) { Err(Failure::Unreachable) } else { Ok(()) }
    }

    /// Asks the server. When its power goes meanwhile it comes back, and nobody has heard an answer.
    fn ask<T>(&mut self, ask: impl FnOnce(&mut City) -> Result<T, Refusal>) -> Result<T, Failure> {
        let answer = ask(&mut self.city);
        if self.recover() {
            return Err(Failure::Unreachable);
        }
        answer.map_err(|refusal| match refusal {
            Refusal::Down => Failure::Unreachable,
            Refusal::Said(error) => Failure::of_server(error.code().to_owned(), BTreeMap::new()),
        })
    }

    /// Lets the server come back when its power went; says whether it did.
    pub fn recover(&mut self) -> bool {
        let is_cut = disk::is_cut(&self.city.machine);
        if is_cut {
            self.cuts += 1;
            self.city.restart(&mut self.rng);
        }
        is_cut
    }

    /// Somebody listens who should not.
    fn listen(&mut self, request: &SyncRequest) {
        if self.happens(self.weather.heard) {
            self.heard.extend(request.envelopes.iter().map(|envelope| envelope.to_vec()));
        }
    }

    fn exchange(
        &mut self,
        path: Path,
        token: &str,
        (packing, request): (Packing, &[u8]),
    ) -> Result<Vec<u8>, Failure> {
        let send = |net: &mut Self, bytes: &[u8], turn| {
            net.ask(|city| match path {
                Path::Sync => city.sync(token, (packing, bytes), turn),
                Path::Repair => city.repair(token, bytes),
            })
        };
        self.lost()?;
        if self.happens(self.weather.cut) {
            self.cut_off += 1;
            let end = self.rng.usize(..request.len());
            if send(self, &request[..end], Turn::Now).is_ok() {
                self.city.wrong.push("a request that was cut off was answered".to_owned());
            }
            return Err(Failure::Unreachable);
        }
        if self.happens(self.weather.doubled) {
            // The first of the two may come to nothing.
            send(self, request, Turn::Now).ok();
        }
        let turn = match self.happens(self.weather.late) {
            true => Turn::After(self.rng.usize(1..=TURNS_LATE_MAX)),
            false => Turn::Now,
        };
        let mut reply = send(self, request, turn)?;
        self.lost()?;
        if self.happens(self.weather.cut) {
            self.cut_off += 1;
            reply.truncate(self.rng.usize(..reply.len()));
            return Ok(reply);
        }
        self.round_trips += 1;
        Ok(reply)
    }
}

/// The network of all phones.
pub type Shared = Arc<Mutex<Net>>;

/// The network, for whoever uses it now.
pub fn net(shared: &Shared) -> MutexGuard<'_, Net> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The app's link to the server.
pub struct Wire(pub Shared);

impl Wire {
    fn exchange<R: for<'b> minicbor::Decode<'b, ()>>(
        &self,
        path: Path,
        token: &str,
        request: &impl minicbor::Encode<()>,
        dictionary: Option<&Dictionary>,
    ) -> Result<R, Failure> {
        let packing = dictionary.map_or(Packing::Zstd, |dictionary| Packing::ZstdWith(dictionary.name()));
        let request = message::packed(request, dictionary)?;
        let reply = net(&self.0).exchange(path, token, (packing, &request))?;
        message::unpacked(&reply)
    }
}

impl Link for Wire {
    fn info(&self) -> Result<ServerInfo, Failure> {
        let mut net = net(&self.0);
        net.lost()?;
        net.ask(|city| Ok(city.info()))
    }

    fn enrol(&self, request: &EnrolRequest) -> Result<EnrolReply, Failure> {
        let mut net = net(&self.0);
        net.lost()?;
        let reply = net.ask(|city| city.enrol(request))?;
        net.lost()?;
        Ok(reply)
    }

    fn recover(&self, _: &RecoveryRequest) -> Result<RecoveryReply, Failure> {
        // Nobody here forgets a PIN: there are none below the app.
        Err(Failure::Unreachable)
    }

    fn sync(
        &self,
        token: &str,
        request: &SyncRequest,
        dictionary: Option<&Dictionary>,
    ) -> Result<SyncReply, Failure> {
        net(&self.0).listen(request);
        match self.exchange(Path::Sync, token, request, dictionary) {
            // As over HTTP: what cannot be unpacked there comes once more, without the dictionary.
            Err(Failure::Server { code, .. })
                if dictionary.is_some() && ["dictionary_unknown", "bad_request"].contains(&&*code) =>
            {
                self.exchange(Path::Sync, token, request, None)
            }
            answered => answered,
        }
    }

    fn repair(&self, token: &str, request: &RepairRequest) -> Result<RepairReply, Failure> {
        self.exchange(Path::Repair, token, request, None)
    }

    fn photo(
        &self,
        _: &str,
        _: PhotoHash,
        _: &[u8],
        _: Option<&str>,
        _: &dyn Fn(&str) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        // The bytes of photos go another way, which is tested elsewhere; here it is their names that count.
        net(&self.0).lost()
    }

    fn fetch(&self, _: &str, _: PhotoHash) -> Result<Vec<u8>, Failure> {
        // Nor is any kept there.
        net(&self.0).lost()?;
        Err(Failure::NotFound)
    }
}
