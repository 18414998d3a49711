//! The domain and the protocol of Rounds: pure. No input or output, no clock, no randomness from the air.
//!
//! Read in this order:
//!
//! - where and what: [`area`], [`template`], [`answer`], [`assignment`], [`permission`], [`registry`];
//! - what is recorded: [`inspection`] and [`case`] as plain values, [`document`] as Automerge documents;
//! - what it means: [`score`], [`assessment`], [`deadline`], [`calendar`];
//! - how it travels: [`envelope`], [`protocol`], and the [`gate`] that judges what arrives.

mod code;

pub mod answer;
pub mod area;
pub mod assessment;
pub mod assignment;
pub mod calendar;
pub mod case;
pub mod deadline;
pub mod document;
pub mod envelope;
pub mod gate;
pub mod ids;
pub mod inspection;
pub mod permission;
pub mod protocol;
pub mod registry;
pub mod score;
pub mod template;

pub use code::{CODE_BYTES_MAX, CodeError};
