//! How much the server takes in.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use rounds_server::intake::Bearer;
use rounds_shared::{envelope::Signed, protocol::Outcome};

use super::{Figure, Measured, measured};
use crate::{
    prepared::{self, Packed, Prepared, VISITS},
    town,
    visits::ANSWERS,
};

pub(super) const FIGURE: Figure = Figure {
    names: &["ingest_changes_per_s"],
    wanted: "ingest_changes_per_s ≥ 50,000",
    how: "The 500 visits of push_ratio as requests made beforehand, handed to intake by ten devices at once, as the handler of \
          /v1/sync does: signatures, the whole gate, log, views, one fsync a commit, until the last verdict is signed. Changes of \
          the visits by seconds.",
    measure,
};

fn measure(_: &mut Prepared) -> Result<Vec<Measured>> {
    let Packed { town, phones, .. } = &prepared::packed()?;
    let mut deliveries = Vec::new();
    for phone in phones {
        deliveries.push(phone.waiting().map_err(town::failed)?);
    }
    let began = Instant::now();
    let merged: usize = town.block_on(async {
        let mut asked = Vec::new();
        for envelopes in deliveries {
            let intake = town.server.intake.clone();
            let device = Signed::decode(envelopes.first().context("it has visits")?.clone())?.device();
            asked.push(tokio::spawn(async move {
                intake.envelopes(envelopes, Bearer { device, confirmed: 0 }).await
            }));
        }
        let mut merged = 0;
        for one in asked {
            let verdicts = one.await??;
            let server = town.server.vault.server_key().public();
            let receipts = verdicts.iter().filter_map(|verdict| verdict.verify(&server));
            merged += receipts.filter(|verdict| matches!(verdict.outcome, Outcome::Receipt { .. })).count();
        }
        anyhow::Ok(merged)
    })?;
    let seconds = began.elapsed().as_secs_f64();
    ensure!(merged >= VISITS, "only {merged} envelopes were merged");
    Ok(vec![measured("ingest_changes_per_s", (VISITS * ANSWERS) as f64 / seconds)])
}
