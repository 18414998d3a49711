//! How many bytes one visit costs.

use anyhow::{Context as _, Result};

use super::{Figure, Measured, measured};
use crate::{
    prepared::{self, Prepared},
    town::{self, Town},
    visits,
    wire::Wire,
};

/// Defects found in the visit.
const FINDINGS: usize = 9;
/// Photos of each.
const PHOTOS: usize = 2;

pub(super) const FIGURE: Figure = Figure {
    names: &["push_bytes", "push_bytes_envelopes"],
    wanted: "push_bytes ≤ 2,560",
    how: "The body, as it travels, of the request that delivers one visit made without a signal: 60 answers of realistic spread, 9 \
          findings with a place each, 18 photos with a place each; ids are random and places are in Kunming with six decimals. Read \
          off the wire.",
    measure,
};

fn measure(_: &mut Prepared) -> Result<Vec<Measured>> {
    let town = Town::found()?;
    town.hire(1)?;
    let assignments = town.assign(1, |_| vec![0])?;
    let wire = Wire::to(town.address())?;
    let folder = prepared::in_memory()?;
    let phone = town::open(folder.path())?;
    town::enrol(&phone, &format!("http://{}", wire.address()), 0)?;
    town::sync(&phone)?;
    let mut rng = fastrand::Rng::with_seed(1);
    let inspection = visits::answer(&phone, *assignments.first().context("one")?, visits::ANSWERS, &mut rng)?;
    visits::find(&phone, &inspection, FINDINGS, PHOTOS, &mut rng)?;
    wire.reset();
    town::sync(&phone)?;
    let bodies = wire.bodies("POST /v1/sync");
    let body = bodies.first().context("the visit was delivered")?;
    let envelopes = bodies.len();
    Ok(vec![measured("push_bytes", body.len() as f64), measured("push_bytes_envelopes", envelopes as f64)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one visit may cost, in bytes.
    const BYTES_MAX: f64 = 2560.0;

    #[test]
    fn a_visit_with_nine_findings_and_eighteen_photos_is_one_small_request() {
        let measured = measure(&mut Prepared::new(0)).unwrap();
        let value = |name: &str| measured.iter().find(|one| one.name == name).unwrap().value;
        assert!(value("push_bytes") <= BYTES_MAX, "{} bytes", value("push_bytes"));
        assert!((value("push_bytes_envelopes") - 1.0).abs() < f64::EPSILON);
    }
}
