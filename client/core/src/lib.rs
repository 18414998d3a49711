//! Everything the inspectors' app does, without Tauri and without an asynchronous runtime.
//!
//! Read in this order:
//!
//! - what crosses to the screens: [`view`], and what can go wrong: [`Failure`];
//! - whose phone it is at the moment: [`Phone`]; who guards each person's key: `safe`;
//! - the commands, one method each: [`App`]; behind it the device's documents and its database (`device`, `store`);
//! - how what was recorded travels: `outbox` packs it into signed envelopes, `sync` is one round trip without the
//!   network, [`Link`] is the server whatever lies between, `repair` compares with a server that may have lost
//!   something, `http` is the network, [`message`] how requests and replies are packed, `photos` keeps the pictures
//!   and uploads them;
//! - when it travels: [`Runner`], the only room with threads.
//!
//! Time and randomness are arguments: [`Surroundings`].

mod app;
mod code;
mod device;
mod export;
mod failure;
mod files;
mod http;
mod key;
mod key_store;
mod link;
pub mod message;
mod outbox;
mod phone;
mod photos;
mod repair;
mod runner;
mod safe;
mod space;
mod store;
mod surroundings;
mod sync;
#[cfg(test)]
mod testing;
pub mod view;

pub use app::{App, EnrolInput, Event, FindingInput, Listener, PhotoInput, UnplannedInput};
pub use failure::Failure;
pub use key::DataKey;
pub use key_store::{KeptKey, KeyStore, NoKeyStore};
pub use link::{Link, Links};
pub use phone::{Around, Phone, Tell};
pub use photos::PhotoSize;
pub use runner::Runner;
pub use safe::check_pin;
pub use space::{Disk, Space};
pub use surroundings::{Clock, Randomness, Room, Surroundings};
