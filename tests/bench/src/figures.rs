//! The figures: what each is, how it is made, and what it should at least be.

mod bundle;
mod ingest;
mod list;
mod overview;
mod phone;
mod pull;
mod push;
mod push_bytes;
mod reconnect;
mod views;
mod xlsx;

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
pub const FIGURES: [Figure; 11] = [
    push::FIGURE,
    pull::FIGURE,
    reconnect::FIGURE,
    push_bytes::FIGURE,
    ingest::FIGURE,
    list::FIGURE,
    overview::FIGURE,
    views::FIGURE,
    xlsx::FIGURE,
    phone::FIGURE,
    bundle::FIGURE,
];

fn measured(name: &'static str, value: f64) -> Measured {
    Measured { name, value }
}

/// The value below which a hundredth of them lies, from above.
fn p99(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len() * 99).div_ceil(100).saturating_sub(1);
    values.get(index).copied().unwrap_or(f64::NAN)
}

/// The one in the middle.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
