//! The city server of Rounds: keeps the log, trusts nobody.

pub mod city;
