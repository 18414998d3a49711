//! A town to torture: a server, the wire that leads to it, and what its supervisor has assigned.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use anyhow::{Result, anyhow};
use fastrand::Rng;
use rounds_shared::envelope::PublicKey;

use crate::{
    Plan,
    desk::Desk,
    log::Proven,
    phone::Phone,
    promises::{self, Kept},
    server::Server,
    wire::Wire,
};

/// A town in which nothing has failed yet.
pub struct Town {
    /// Its server, which runs.
    pub server: Server,
    /// What devices reach it by.
    pub wire: Wire,
    /// The server's public key.
    pub key: PublicKey,
    /// Assignments of both inspectors of the district.
    pub assignments: Vec<String>,
}

impl Town {
    /// Founds a town whose server keeps its data in a folder.
    pub fn found(plan: &Plan, data: &Path, assignments: usize, rng: &mut Rng) -> Result<Self> {
        let mut server = Server::new(data, plan.folder);
        let wire = Wire::up(rng.u64(..))?;
        wire.leads_to(Some(server.start()?));
        let mut desk = Desk::at(server.address()?)?;
        let key = desk.server_key()?;
        let assignments = (0..assignments).map(|_| desk.assign()).collect::<Result<_>>()?;
        Ok(Self { server, wire, key, assignments })
    }

    /// Delivers what is left and looks at every promise.
    pub fn kept(&mut self, phones: &[&Phone], since: Proven) -> Result<Kept> {
        promises::kept(&mut self.server, phones, &self.assignments, &self.key, since)
    }
}

/// Lets every device work, until something has happened.
pub fn working<T>(
    phones: &[Phone],
    assignments: &[String],
    wire: &Wire,
    rng: &mut Rng,
    happens: impl FnOnce(&mut Rng) -> Result<T>,
) -> Result<T> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let working = phones.iter().map(|phone| {
            let (mut rng, stop) = (rng.fork(), &stop);
            scope.spawn(move || {
                let worked = phone.work(assignments, &mut rng, stop);
                if worked.is_err() {
                    wire.close();
                }
                worked
            })
        });
        let working: Vec<_> = working.collect();
        let happened = happens(rng);
        stop.store(true, Ordering::Relaxed);
        if happened.is_err() {
            // Nobody is to wait for a server that does not come back.
            wire.close();
        }
        for one in working {
            one.join().map_err(|_| anyhow!("a device panicked"))??;
        }
        happened
    })
}
