//! Delivering what was recorded without a signal.

use anyhow::Result;

use super::{Figure, Measured, measured};
use crate::prepared::Prepared;

pub(super) const FIGURE: Figure = Figure {
    names: &["push_ratio", "push_s", "push_reference_s", "push_current_s"],
    wanted: "push_ratio ≥ 20",
    how: "500 offline inspections of 60 answers, one change each, from 10 devices at once. Ours: outboxes packed, from the first \
          connection to the last signed verdict stored on a device, over HTTP, the server's log and the devices' databases synced to \
          disk (devices in memory). The peer: 10 repositories in one client process, from connecting until its server has said of every \
          document that it has the same heads; nothing of it is synced to disk. The ratio is against the faster peer.",
    measure,
};

fn measure(prepared: &mut Prepared) -> Result<Vec<Measured>> {
    let peers: Vec<f64> = prepared.peers()?.iter().map(|peer| peer.seconds).collect();
    let ours = prepared.delivered()?.seconds;
    let best = peers.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(vec![
        measured("push_ratio", best / ours),
        measured("push_s", ours),
        measured("push_reference_s", peers[0]),
        measured("push_current_s", peers[1]),
    ])
}
