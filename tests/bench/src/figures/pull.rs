//! A fresh device fetches everything.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use rounds_server::views;
use rounds_shared::ids::DocId;
use serde_json::json;

use super::{Figure, Measured, measured};
use crate::{
    prepared::{self, DEVICES, Prepared, VISITS},
    town,
};

pub(super) const FIGURE: Figure = Figure {
    names: &["pull_ratio", "pull_s", "pull_reference_s", "pull_current_s"],
    wanted: "pull_ratio ≥ 20",
    how: "A fresh client fetches the 500 inspections of push_ratio; every document is opened and its heads are compared with the \
          server's. Ours: a phone that has just signed in and read the city's registry, from the sync to the last comparison. The peer: \
          from connecting to the last comparison. The ratio is against the faster peer.",
    measure,
};

fn measure(prepared: &mut Prepared) -> Result<Vec<Measured>> {
    let mut peers = Vec::new();
    for peer in prepared.peers()? {
        let wanted =
            json!({ "server": format!("ws://{}", peer.server.address), "documents": peer.documents });
        let done = peer.peer.work("pull", &wanted)?.go()?;
        ensure!(done["equal"] == VISITS, "the peer's client has other documents: {}", done["equal"]);
        peers.push(prepared::seconds(&done)?);
    }
    let delivered = prepared.delivered()?;
    let folder = prepared::in_memory()?;
    let phone = town::open(folder.path())?;
    let began = Instant::now();
    town::enrol(&phone, &format!("http://{}", delivered.town.address()), DEVICES)?;
    let mut equal = 0;
    for assignment in &delivered.assignments {
        let doc = DocId::of_assignment(*assignment);
        let here = phone.heads(&doc.to_string()).map_err(town::failed)?;
        let there =
            delivered.town.server.readers.read(|connection| views::documents::load(connection, doc))?;
        let there = there.context("it was delivered")?.heads();
        equal += usize::from(here == there);
    }
    let ours = began.elapsed().as_secs_f64();
    ensure!(equal == VISITS, "the phone has other documents: {equal} of {VISITS} are equal");
    let best = peers.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(vec![
        measured("pull_ratio", best / ours),
        measured("pull_s", ours),
        measured("pull_reference_s", peers[0]),
        measured("pull_current_s", peers[1]),
    ])
}
