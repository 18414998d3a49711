//! What code may not do: surprise.

use super::{
    nowhere,
    rust::{Wanted, places},
    tree::files,
};

#[test]
fn shared_asks_nobody_for_the_time_or_for_luck() {
    let shared = files(&["shared"], &[".rs"]);
    let asks = [
        "SystemTime",
        "Instant",
        ": : now (",
        "getrandom",
        "rand : :",
        "OsRng",
        "thread_rng",
        ": : random (",
        "RandomState",
    ];
    let found = asks.iter().flat_map(|sequence| places(&shared, Wanted::Product, sequence));
    nowhere(
        found,
        "time, randomness and identity are arguments: two devices must make the same bytes of the same values, and \
         a test must be able to replay a day",
    );
}

#[test]
fn shared_touches_neither_files_nor_network_nor_console() {
    let shared = files(&["shared"], &[".rs"]);
    let touches = [
        "std : : fs",
        "std : : net",
        "std : : env",
        "std : : process",
        "std : : thread",
        "std : : io",
        "println !",
        "eprintln !",
        "print !",
        "eprint !",
        "dbg !",
        "thread_local !",
    ];
    let found = touches.iter().flat_map(|sequence| places(&shared, Wanted::Product, sequence));
    nowhere(found, "shared is pure: whoever calls it does the reading and the writing");
}

#[test]
fn nothing_people_run_unwraps() {
    let rooms = files(&["shared", "server", "client"], &[".rs"]);
    let mut found = places(&rooms, Wanted::Product, ". unwrap (");
    found.extend(places(&rooms, Wanted::Product, "clippy : : unwrap_used"));
    nowhere(found, "input never panics; where something cannot fail, expect(\"why\") says why");
}
