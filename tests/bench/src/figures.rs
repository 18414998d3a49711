//! The figures: what each is, how it is made, and what it should at least be.

mod ingest;
mod pull;
mod push;
mod push_bytes;
mod reconnect;

use anyhow::Result;

use crate::prepared::Prepared;

/// A figure that was measured.
pub struct Measured {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
}

/// A way to measure: one run gives one or more figures.
pub struct Figure {
    /// The names of what it gives.
    pub names: &'static [&'static str],
    /// What it should be, in words.
    pub wanted: &'static str,
    /// How it is made.
    pub how: &'static str,
    /// Measures.
    pub measure: fn(&mut Prepared) -> Result<Vec<Measured>>,
}

/// All of them, in the order in which they are measured.
pub const FIGURES: [Figure; 5] =
    [push::FIGURE, pull::FIGURE, reconnect::FIGURE, push_bytes::FIGURE, ingest::FIGURE];

fn measured(name: &'static str, value: f64) -> Measured {
    Measured { name, value }
}
