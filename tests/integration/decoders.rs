//! What the fuzzers run, on what they began with and on what they found: every decoder that meets bytes from outside.

use std::{fs, path::Path};

use rounds_hostile::decoders::TARGETS;

/// The fewest bytes of each decoder that are tried here.
const LEAST: usize = 5;

#[test]
fn no_decoder_fails_on_anything_that_was_ever_found() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for target in TARGETS {
        let found = fs::read_dir(corpora.join(target.name)).unwrap();
        let found: Vec<Vec<u8>> = found.map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
        assert!(found.len() >= LEAST, "{} has {} files", target.name, found.len());
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{} begins with nothing", target.name);
        for bytes in found.iter().chain(&seeds) {
            (target.run)(bytes);
            // What is cut or damaged on its way is read as well.
            (target.run)(&bytes[..bytes.len() / 2]);
        }
    }
}

#[test]
fn every_decoder_has_a_fuzzer() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let manifest: toml::Table = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap().parse().unwrap();
    let mut fuzzed: Vec<&str> =
        manifest["bin"].as_array().unwrap().iter().filter_map(|bin| bin["name"].as_str()).collect();
    let mut targets: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    fuzzed.sort_unstable();
    targets.sort_unstable();
    assert_eq!(fuzzed, targets);
}
