//! What several figures begin with: ten phones with five hundred visits in their outboxes, and the same work of the peers.

use std::{path::PathBuf, sync::Arc, time::Instant};

use anyhow::{Context as _, Result};
use rounds_client_core::App;
use rounds_shared::ids::AssignmentId;
use serde_json::{Value, json};

use crate::{
    city,
    peer::{Peer, PeerServer},
    served::Served,
    town::{self, Town},
    visits,
};

/// Phones that deliver.
pub const DEVICES: usize = 10;
/// Visits they deliver.
pub const VISITS: usize = 500;
/// Where a machine keeps files in memory: what phones wrote before the measuring is no part of it.
const IN_MEMORY: &str = "/dev/shm";

/// What is made once and used by several figures.
pub struct Prepared {
    delivered: Option<Delivered>,
    peers: Vec<PeerDelivered>,
    inspections: usize,
}

/// A city to which the phones have delivered.
pub struct Delivered {
    /// The city.
    pub town: Town,
    /// What the visits were made for.
    pub assignments: Vec<AssignmentId>,
    /// From connecting to the last signed verdict, in seconds.
    pub seconds: f64,
}

/// A peer to which its clients have delivered the same.
pub struct PeerDelivered {
    /// Which.
    pub peer: Peer,
    /// Its server.
    pub server: PeerServer,
    /// The documents' addresses and heads.
    pub documents: Value,
    /// From connecting until its server says it has all of them, in seconds.
    pub seconds: f64,
    _data: tempfile::TempDir,
}

impl Prepared {
    /// Nothing yet; a made city will have so many inspections.
    pub fn new(inspections: usize) -> Self {
        Self { delivered: None, peers: Vec::new(), inspections }
    }

    /// The data folder of a city that has worked for a quarter.
    pub fn city(&self) -> Result<PathBuf> {
        city::made(self.inspections)
    }

    /// A server with that city, in a process of its own, and somebody at its console.
    pub fn served(&self) -> Result<Served> {
        Served::begin(&self.city()?)
    }

    /// Ours, delivered.
    pub fn delivered(&mut self) -> Result<&Delivered> {
        if self.delivered.is_none() {
            self.delivered = Some(deliver()?);
        }
        self.delivered.as_ref().context("it was just made")
    }

    /// The peers', delivered.
    pub fn peers(&mut self) -> Result<&[PeerDelivered]> {
        if self.peers.is_empty() {
            self.peers = Peer::ALL.into_iter().map(peer).collect::<Result<_>>()?;
        }
        Ok(&self.peers)
    }
}

/// A city with assignments, and the phones of ten inspectors with their visits packed. The eleventh inspector is asked to
/// all of them, and his phone comes later.
pub struct Packed {
    /// The city.
    pub town: Town,
    /// What the visits were made for.
    pub assignments: Vec<AssignmentId>,
    /// The phones.
    pub phones: Vec<Arc<App>>,
    _folder: tempfile::TempDir,
}

/// Lets the ten inspectors walk.
pub fn packed() -> Result<Packed> {
    let town = Town::found()?;
    town.hire(DEVICES + 1)?;
    let assignments = town.assign(VISITS, |n| vec![n % DEVICES, DEVICES])?;
    let folder = in_memory()?;
    let phones = (0..DEVICES)
        .map(|n| town.phone(&folder.path().join(n.to_string()), n))
        .collect::<Result<Vec<_>>>()?;
    std::thread::scope(|scope| {
        let recording: Vec<_> = phones
            .iter()
            .enumerate()
            .map(|(n, phone)| {
                let own: Vec<_> = assignments.iter().skip(n).step_by(DEVICES).collect();
                scope.spawn(move || {
                    let mut rng = fastrand::Rng::with_seed(n as u64);
                    own.into_iter().try_for_each(|assignment| {
                        visits::answer(phone, *assignment, visits::ANSWERS, &mut rng).map(drop)
                    })?;
                    phone.waiting().map(drop).map_err(town::failed)
                })
            })
            .collect();
        recording.into_iter().try_for_each(|one| one.join().expect("recording does not panic"))
    })?;
    Ok(Packed { town, assignments, phones, _folder: folder })
}

fn deliver() -> Result<Delivered> {
    let Packed { town, assignments, phones, _folder } = packed()?;
    let began = Instant::now();
    std::thread::scope(|scope| {
        let syncing: Vec<_> = phones.iter().map(|phone| scope.spawn(move || town::sync(phone))).collect();
        syncing.into_iter().try_for_each(|one| one.join().expect("a sync does not panic"))
    })?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(Delivered { town, assignments, seconds })
}

fn peer(peer: Peer) -> Result<PeerDelivered> {
    let data = tempfile::tempdir()?;
    let server = peer.serve(data.path())?;
    let url = format!("ws://{}", server.address);
    let wanted =
        json!({ "server": url, "devices": DEVICES, "documents": VISITS, "answers": visits::ANSWERS });
    let done = peer.work("push", &wanted)?.go()?;
    Ok(PeerDelivered {
        peer,
        server,
        documents: done["documents"].clone(),
        seconds: seconds(&done)?,
        _data: data,
    })
}

/// What a peer says it took, in seconds.
pub fn seconds(done: &Value) -> Result<f64> {
    Ok(done["ms"].as_f64().context("it says how long it took")? / 1000.0)
}

/// A folder in memory, where there is such a place.
pub fn in_memory() -> Result<tempfile::TempDir> {
    let place = PathBuf::from(IN_MEMORY);
    Ok(if place.is_dir() { tempfile::tempdir_in(place)? } else { tempfile::tempdir()? })
}
