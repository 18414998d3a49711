//! `make bench`: the figures, each as `name: value` alone on a line, and BENCH.md that says how each was made.

mod figures;
mod peer;
mod prepared;
mod report;
mod town;
mod visits;
mod wire;

use anyhow::{Result, bail};
use clap::Parser;

use crate::{figures::FIGURES, prepared::Prepared};

/// As the server has it: it runs in this process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures.
#[derive(Debug, Parser)]
struct CommandLine {
    /// One figure alone; BENCH.md is then left as it is.
    #[arg(long)]
    only: Option<String>,
}

fn main() -> Result<()> {
    let line = CommandLine::parse();
    let mut prepared = Prepared::default();
    let mut all = Vec::new();
    for figure in &FIGURES {
        if line.only.as_deref().is_some_and(|only| !figure.names.contains(&only)) {
            continue;
        }
        let measured = (figure.measure)(&mut prepared)?;
        for one in &measured {
            println!("{}: {}", one.name, report::number(one.value));
        }
        all.push((figure, measured));
    }
    if all.is_empty() {
        let names: Vec<&str> = FIGURES.iter().flat_map(|figure| figure.names).copied().collect();
        bail!("there is no such figure; there are: {}", names.join(", "));
    }
    if line.only.is_none() {
        report::write(&all)?;
    }
    Ok(())
}
