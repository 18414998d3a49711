//! The city server of Rounds: keeps the log, trusts nobody.
//!
//! Read in this order:
//!
//! - [`config`], [`serve`], [`app`]: what it is told when it starts, and its parts put together;
//! - [`router`], [`handlers`]: every endpoint;
//! - [`auth`], [`sight`], [`accounts`], [`budget`]: who is asking, what he may see, and how much he may deliver;
//! - [`log`], [`intake`], [`views`], [`outflow`]: the log, its one writer, what is computed from it, and what a
//!   device gets of it; [`exchange`]: a device's round trip with all of them, as plain functions;
//! - [`console_device`]: how a supervisor's decision becomes a change like any other;
//! - [`export`]: a list as a file;
//! - [`vault`], [`photos`]: what is not in the log; [`check`]: whether all of it is as it was written;
//!   [`import`]: the file of a phone that cannot connect; [`sheet`]: a table that somebody brings; [`backup`]:
//!   what is kept elsewhere, and beginning again from it;
//! - [`city`], [`demo`]: a city's own data, and a city to try things in;
//! - [`error`], [`extract`], [`stop`], [`telemetry`]: how requests are refused, why a command ends, and what is said
//!   of it.

pub mod accounts;
pub mod app;
mod assets;
pub mod auth;
pub mod backup;
pub mod budget;
pub mod check;
pub mod city;
pub mod clock;
pub mod config;
pub mod console_device;
pub mod demo;
pub mod error;
pub mod exchange;
pub mod export;
pub mod extract;
mod founding;
pub mod handlers;
mod headers;
pub mod import;
mod initials;
pub mod intake;
pub mod live;
pub mod log;
pub mod losses;
pub mod outflow;
pub mod photos;
pub mod router;
pub mod seal;
pub mod serve;
pub mod sheet;
pub mod sight;
pub mod stop;
pub mod telemetry;
pub mod vault;
pub mod views;

#[cfg(test)]
mod tests;
