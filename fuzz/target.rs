//! A fuzzer: runs the target that has the name of this program.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rounds_hostile::decoders::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let target = TARGETS.iter().find(|target| target.name == env!("CARGO_BIN_NAME"));
    target.expect("every fuzzer has the name of a target")
});

fuzz_target!(|bytes: &[u8]| (TARGET.run)(bytes));
