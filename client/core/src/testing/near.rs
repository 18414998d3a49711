//! A server within reach: the city behind a link, as deliveries meet it.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
};

use rounds_shared::{
    ids::PhotoHash,
    protocol::{
        Dictionary, EnrolReply, EnrolRequest, PROTOCOL_VERSION, RecoveryReply, RecoveryRequest, RepairReply,
        RepairRequest, ServerInfo, SyncReply, SyncRequest,
    },
    template::Text,
};

use super::{City, Inspector, city_code, key};
use crate::{app::App, failure::Failure, link::Link, surroundings::Surroundings};

/// The server.
#[derive(Clone)]
pub(crate) struct Near(Arc<Mutex<Reached>>);

/// What it has, and how it answers.
pub(crate) struct Reached {
    pub(crate) city: City,
    /// The latest version of the protocol that it speaks.
    pub(crate) protocol: u8,
    /// The photos it has in full.
    pub(crate) photos: BTreeMap<PhotoHash, Vec<u8>>,
    /// What it says of the photos that it does not take.
    pub(crate) says: BTreeMap<PhotoHash, &'static str>,
    /// The photos it was offered, as often as it was.
    pub(crate) offered: Vec<PhotoHash>,
}

impl Near {
    pub(crate) fn founded() -> Self {
        let nothing = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let (photos, says, offered) = nothing;
        let city = City::founded();
        Self(Arc::new(Mutex::new(Reached { city, protocol: PROTOCOL_VERSION, photos, says, offered })))
    }

    pub(crate) fn reached(&self) -> MutexGuard<'_, Reached> {
        self.0.lock().unwrap()
    }

    /// A person's app, enrolled here.
    pub(crate) fn app(&self, inspector: &Inspector, dir: &Path, surroundings: Surroundings) -> App {
        drop(inspector.app(dir, &self.reached().city));
        let near = self.clone();
        let links = Box::new(move |_: &str| Box::new(near.clone()) as Box<dyn Link>);
        App::linked(dir, &key(), surroundings, Box::new(|_| {}), links).unwrap()
    }

    fn check(&self, protocol: u8) -> Result<(), Failure> {
        let spoken = 1..=self.reached().protocol;
        spoken.contains(&protocol).then_some(()).ok_or(Failure::ProtocolUnsupported)
    }
}

impl Link for Near {
    fn info(&self) -> Result<ServerInfo, Failure> {
        let reached = self.reached();
        Ok(ServerInfo {
            city: city_code(),
            name: Text { zh: "昆明市".into(), en: "Kunming".into() },
            server_key: data_encoding::HEXLOWER.encode(reached.city.key.public().as_bytes()),
            protocol: reached.protocol,
            epoch: reached.city.epoch,
            version: reached.city.version.to_owned(),
            setup_needed: false,
        })
    }

    fn enrol(&self, _: &EnrolRequest) -> Result<EnrolReply, Failure> {
        Err(Failure::Unreachable)
    }

    fn recover(&self, _: &RecoveryRequest) -> Result<RecoveryReply, Failure> {
        Err(Failure::Unreachable)
    }

    fn sync(&self, _: &str, request: &SyncRequest, _: Option<&Dictionary>) -> Result<SyncReply, Failure> {
        self.check(request.protocol)?;
        Ok(self.reached().city.sync(request))
    }

    fn repair(&self, _: &str, request: &RepairRequest) -> Result<RepairReply, Failure> {
        self.check(request.protocol)?;
        Err(Failure::Unreachable)
    }

    fn photo(
        &self,
        _: &str,
        hash: PhotoHash,
        bytes: &[u8],
        _: Option<&str>,
        _: &dyn Fn(&str) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut reached = self.reached();
        reached.offered.push(hash);
        if let Some(code) = reached.says.get(&hash) {
            return Err(Failure::of_server((*code).to_owned(), BTreeMap::new()));
        }
        reached.photos.insert(hash, bytes.to_vec());
        Ok(())
    }

    fn fetch(&self, _: &str, hash: PhotoHash) -> Result<Vec<u8>, Failure> {
        self.reached().photos.get(&hash).cloned().ok_or(Failure::NotFound)
    }
}
