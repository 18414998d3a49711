//! The house's rules as absences: what ARCHITECTURE.md says is nowhere, is looked for everywhere.
//!
//! They read the tree as git lists it, so a new file is looked at before it is committed. Each says why its
//! rule exists, and where it is broken.

mod files;
mod languages;
mod promises;
mod purity;
mod rooms;
mod rust;
mod tree;

/// Fails with the places where a rule is broken.
#[track_caller]
fn nowhere(places: impl IntoIterator<Item = String>, why: &str) {
    let places: Vec<String> = places.into_iter().collect();
    assert!(places.is_empty(), "{why}\n  {}", places.join("\n  "));
}
