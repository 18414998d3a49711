//! What it costs to find out that there is nothing new.

use anyhow::Result;
use serde_json::json;

use super::{Figure, Measured, measured};
use crate::{
    peer::Peer,
    prepared,
    prepared::Prepared,
    town::{self, Town},
    visits,
    wire::Wire,
};

/// Documents that are in sync.
const DOCUMENTS: usize = 2000;
/// Answers in each: their number is not what costs.
const ANSWERS: usize = 2;

pub(super) const FIGURE: Figure = Figure {
    names: &[
        "reconnect_bytes",
        "reconnect_bytes_ratio",
        "reconnect_reference_bytes",
        "reconnect_current_bytes",
    ],
    wanted: "reconnect_bytes ≤ 1,024 and reconnect_bytes_ratio ≥ 300",
    how: "A client with 2,000 documents in sync connects again: all bytes of both directions, headers included, after the TCP \
          handshake, counted by a wire between. Ours: the app is opened again and syncs once. The peer: its client opens the documents \
          from its storage, connects, and has heard of every one. The ratio is against the peer that needs fewer.",
    measure,
};

fn measure(_: &mut Prepared) -> Result<Vec<Measured>> {
    let peers = Peer::ALL.into_iter().map(of_peer).collect::<Result<Vec<_>>>()?;
    let ours = of_ours()?;
    let best = peers.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(vec![
        measured("reconnect_bytes", ours),
        measured("reconnect_bytes_ratio", best / ours),
        measured("reconnect_reference_bytes", peers[0]),
        measured("reconnect_current_bytes", peers[1]),
    ])
}

fn of_ours() -> Result<f64> {
    let town = Town::found()?;
    town.hire(1)?;
    let assignments = town.assign(DOCUMENTS, |_| vec![0])?;
    let wire = Wire::to(town.address())?;
    let folder = prepared::in_memory()?;
    {
        let phone = town::open(folder.path())?;
        town::enrol(&phone, &format!("http://{}", wire.address()), 0)?;
        town::sync(&phone)?;
        let mut rng = fastrand::Rng::with_seed(0);
        for assignment in &assignments {
            visits::answer(&phone, *assignment, ANSWERS, &mut rng)?;
        }
        while phone.sync_status().map_err(town::failed)?.changes_pending > 0 {
            town::sync(&phone)?;
        }
    }
    let phone = town::open(folder.path())?;
    wire.reset();
    town::sync(&phone)?;
    Ok(wire.bytes() as f64)
}

fn of_peer(peer: Peer) -> Result<f64> {
    let (data, storage) = (tempfile::tempdir()?, prepared::in_memory()?);
    let server = peer.serve(data.path())?;
    let wire = Wire::to(server.address)?;
    let url = format!("ws://{}", wire.address());
    let wanted =
        json!({ "server": url, "storage": storage.path(), "documents": DOCUMENTS, "answers": ANSWERS });
    let filled = peer.work("fill", &wanted)?.go()?;
    let wanted = json!({ "server": url, "storage": storage.path(), "urls": filled["urls"] });
    let client = peer.work("reconnect", &wanted)?;
    wire.reset();
    client.go()?;
    Ok(wire.bytes() as f64)
}
