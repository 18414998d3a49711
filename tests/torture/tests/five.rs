//! Five of each torture, with the very program that `make torture` runs.

use std::process::Command;

/// What the program ends with where it may not mount a small disk, having said so. `make torture` fails then; whoever
/// builds in a container without that right has the other promises all the same.
const NOT_RUN: i32 = 77;

fn five(sort: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_rounds-torture"))
        .args(["--kills", "5", "--only", sort])
        .output()
        .expect("the program was built with this test");
    // The seed is among it.
    let said =
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    println!("{said}");
    if output.status.code() == Some(NOT_RUN) {
        return;
    }
    assert!(output.status.success(), "{said}");
}

#[test]
fn a_server_that_is_killed_under_load_keeps_what_it_signed_for() {
    five("server");
}

#[test]
fn an_app_that_is_killed_keeps_what_it_said_is_safe() {
    five("app");
}

#[test]
fn a_full_disk_loses_nothing_and_is_told() {
    five("disk");
}

#[test]
fn connections_that_are_cut_anywhere_deliver_everything_once() {
    five("wire");
}
