//! How long the console's first page takes.

use anyhow::Result;

use super::{Figure, Measured, measured, p99};
use crate::prepared::Prepared;

/// How often it is asked for.
const TIMES: usize = 200;

pub(super) const FIGURE: Figure = Figure {
    names: &["overview_p99_ms"],
    wanted: "overview_p99_ms < 100",
    how: "On the city of list_p99_ms, a supervisor of the whole city asks for /v1/overview 200 times, one after the other; from the \
          request to the last byte of the answer.",
    measure,
};

fn measure(prepared: &mut Prepared) -> Result<Vec<Measured>> {
    let served = prepared.served()?;
    served.get("/v1/overview")?;
    let mut all = (0..TIMES).map(|_| Ok(served.get("/v1/overview")?.ms)).collect::<Result<Vec<_>>>()?;
    Ok(vec![measured("overview_p99_ms", p99(&mut all))])
}
