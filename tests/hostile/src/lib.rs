//! What a hostile device sends. It is signed in and has its keys; it knows Automerge's format and keeps none of the
//! app's manners. [`corpus`] is every envelope it tries, each with the code it must be answered with: the tests ask the
//! gate itself and a server over HTTP, and `make hostile` says what judging each of them costs.

mod asking;
pub mod cases;
pub mod change;
pub mod chunk;
pub mod decoders;
pub mod full;
pub mod scene;

pub use asking::ask;
pub use cases::{Case, corpus};
