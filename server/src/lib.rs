//! The city server of Rounds: keeps the log, trusts nobody.

pub mod city;
pub mod intake;
pub mod log;
pub mod views;
