//! The city server of Rounds: keeps the log, trusts nobody.
//!
//! Read in this order:
//!
//! - [`config`], [`serve`], [`app`]: what it is told when it starts, and its parts put together;
//! - [`router`], [`handlers`]: every endpoint;
//! - [`auth`], [`sight`], [`accounts`]: who is asking, and what he may see;
//! - [`log`], [`intake`], [`views`]: the log, its one writer, and what is computed from it;
//! - [`vault`], [`photos`]: what is not in the log;
//! - [`city`]: a city's own data;
//! - [`error`], [`extract`], [`telemetry`]: how requests are refused and what is said of it.

pub mod accounts;
pub mod app;
mod assets;
pub mod auth;
pub mod city;
pub mod clock;
pub mod config;
pub mod error;
pub mod extract;
mod founding;
pub mod handlers;
mod headers;
mod initials;
pub mod intake;
pub mod live;
pub mod log;
pub mod photos;
pub mod router;
pub mod serve;
pub mod sight;
pub mod telemetry;
pub mod vault;
pub mod views;
