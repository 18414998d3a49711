//! `make bench`: the figures, each as `name: value` alone on a line, and BENCH.md that says how each was made.

mod city;
mod figures;
mod peer;
mod prepared;
mod report;
mod served;
mod town;
mod visits;
mod wire;

use std::path::PathBuf;

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
    /// Inspections of the made city; with fewer than BENCH.md is about, BENCH.md is left as it is.
    #[arg(long, default_value_t = city::INSPECTIONS)]
    inspections: usize,
    /// Serves a made city until it is ended: what the figures ask, in a process of its own.
    #[arg(long, hide = true)]
    serve: Option<PathBuf>,
}

fn main() -> Result<()> {
    let line = CommandLine::parse();
    if let Some(folder) = line.serve {
        return served::serve(&folder);
    }
    let mut prepared = Prepared::new(line.inspections);
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
    if line.only.is_none() && line.inspections == city::INSPECTIONS {
        report::write(&all)?;
    }
    Ok(())
}
