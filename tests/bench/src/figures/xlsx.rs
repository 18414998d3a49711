//! What it costs to hand over a list as a workbook.

use anyhow::{Result, ensure};

use super::{Figure, Measured, measured};
use crate::prepared::Prepared;

pub(super) const FIGURE: Figure = Figure {
    names: &["xlsx_s", "xlsx_rss_mib", "xlsx_added_mib", "xlsx_mib"],
    wanted: "xlsx_s < 20 at xlsx_rss_mib < 200",
    how: "On the city of list_p99_ms, the whole list of inspections as .xlsx, from the request to the last byte. The memory is the most \
          that the server's process had resident meanwhile, its city included; xlsx_added_mib is what of it was not there before.",
    measure,
};

fn measure(prepared: &mut Prepared) -> Result<Vec<Measured>> {
    const MIB: f64 = 1024.0 * 1024.0;
    let served = prepared.served()?;
    served.get("/v1/inspections")?;
    served.forget_memory()?;
    let (_, before) = served.memory_mib()?;
    let answered = served.get("/v1/exports/inspections?format=xlsx")?;
    let (most, _) = served.memory_mib()?;
    ensure!(answered.bytes.starts_with(b"PK"), "what came is no workbook");
    Ok(vec![
        measured("xlsx_s", answered.ms / 1000.0),
        measured("xlsx_rss_mib", most),
        measured("xlsx_added_mib", most - before),
        measured("xlsx_mib", answered.bytes.len() as f64 / MIB),
    ])
}
