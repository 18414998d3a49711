//! The `rounds-server` command.
fn main() {}
