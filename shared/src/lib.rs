//! The domain and the protocol of Rounds.

mod code;

pub mod answer;
pub mod area;
pub mod calendar;
pub mod deadline;
pub mod score;
pub mod template;

pub use code::{CODE_BYTES_MAX, CodeError};
