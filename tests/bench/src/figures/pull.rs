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
          server's. Ours: a phone that has just signed in, from its first request to the last comparison; the city's registry comes \
          along. The peer: from connecting to the last comparison. The ratio is against the faster peer.",
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
    let mut there = Vec::new();
    for assignment in &delivered.assignments {
        let doc = DocId::of_assignment(*assignment);
        let document =
            delivered.town.server.readers.read(|connection| views::documents::load(connection, doc))?;
        there.push((doc.to_string(), document.context("it was delivered")?.heads()));
    }
    town::enrol(&phone, &format!("http://{}", delivered.town.address()), DEVICES)?;
    let began = Instant::now();
    town::sync(&phone)?;
    let mut equal = 0;
    for (doc, heads) in &there {
        equal += usize::from(phone.heads(doc).map_err(town::failed)? == *heads);
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
