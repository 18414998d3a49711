//! The promises of Rounds in one binary: a file that is not a module here is not compiled, and tidy finds it.

#![expect(clippy::unwrap_used, reason = "a promise that cannot be set up has failed")]

mod integration;
mod tidy;
