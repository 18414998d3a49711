//! `make hostile`: what judging each hostile envelope costs, in processor time and in memory.
//!
//! Memory is counted by this program's allocator and held against its bound by a test, which is here because the allocator
//! is. Processor time depends on the machine: it is said, and nobody's test fails of it.

use std::{path::Path, process::ExitCode};

use rounds_hostile::{ask, corpus, decoders::TARGETS, full, scene};
use rounds_shared::{document::Document, registry::Registry};
use rustix::time::{ClockId, clock_gettime};

/// What judging one envelope took.
struct Cost {
    what: String,
    code: &'static str,
    expected: &'static str,
    cpu_ms: f64,
    /// The most there was at a time, in bytes.
    memory: u64,
}

/// Judges everything: the corpus on a small document, and ordinary envelopes on documents that are full.
fn costs() -> impl Iterator<Item = Cost> {
    let scene = scene::scene();
    let registry = scene::registry(&scene);
    let (merged, doc) = (scene.merged(), scene.doc());
    let hostile = corpus(&scene).into_iter().map({
        let registry = registry.clone();
        move |case| {
            let document = (case.doc == doc).then_some(&merged);
            cost(case.name.to_owned(), case.code, &registry, document, case.envelope)
        }
    });
    let next = full::documents(&scene).into_iter().flat_map(move |full| {
        let asked =
            [("one answer", full::one(&scene), "receipt"), ("the most", full::most(&scene), full.most)];
        let costs = asked.map(|(what, payload, expected)| {
            let what = format!("{what}, on a document full of {}", full.of);
            cost(what, expected, &registry, Some(&full.document), scene.seal(payload))
        });
        costs.into_iter()
    });
    hostile.chain(next)
}

fn cost(
    what: String,
    expected: &'static str,
    registry: &Registry,
    document: Option<&Document>,
    envelope: Vec<u8>,
) -> Cost {
    let began = cpu_ms();
    let mut code = "";
    let taken = allocation_counter::measure(|| code = ask(registry, document, envelope));
    Cost { what, code, expected, cpu_ms: cpu_ms() - began, memory: taken.bytes_max }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of one process are few")]
fn cpu_ms() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "bytes of memory are few")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Writes what a fuzzer begins with into a folder.
fn seed(name: &str, folder: &Path) -> std::io::Result<()> {
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.ok_or_else(|| std::io::Error::other(format!("there is no target {name}")))?;
    for (n, bytes) in (target.seeds)().into_iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{n}")), bytes)?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let line: Vec<String> = std::env::args().skip(1).collect();
    match line.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => weigh(),
        ["--seeds", name, folder] => match seed(name, Path::new(folder)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("nothing, or --seeds TARGET FOLDER");
            ExitCode::FAILURE
        }
    }
}

/// Judges everything, and says what it cost.
fn weigh() -> ExitCode {
    // What Automerge panics on is an answer here, as it is for the server.
    std::panic::set_hook(Box::new(|_| {}));
    let costs: Vec<Cost> = costs().collect();
    for Cost { what, code, cpu_ms, memory, .. } in &costs {
        println!("{cpu_ms:8.2} ms {:8.2} MiB  {code:24} {what}", mib(*memory));
    }
    let cpu_ms_max = costs.iter().map(|cost| cost.cpu_ms).fold(0.0, f64::max);
    let memory_max = costs.iter().map(|cost| cost.memory).max().unwrap_or(0);
    println!("hostile_envelopes: {}", costs.len());
    println!("hostile_cpu_ms_max: {cpu_ms_max:.1}");
    println!("hostile_memory_mib_max: {:.1}", mib(memory_max));
    let wrong: Vec<&Cost> = costs.iter().filter(|cost| cost.code != cost.expected).collect();
    for Cost { what, code, expected, .. } in &wrong {
        eprintln!("{what}: {code}, and should be {expected}");
    }
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What judging one envelope may take, in bytes.
    const MEMORY_MAX: u64 = 64 * 1024 * 1024;

    #[test]
    fn every_hostile_envelope_gets_its_code_within_bounded_memory() {
        let mut asked = 0;
        for Cost { what, code, expected, memory, .. } in costs() {
            asked += 1;
            assert_eq!(code, expected, "{what}");
            assert!(memory <= MEMORY_MAX, "{what} takes {:.1} MiB", mib(memory));
        }
        assert!(asked > 250, "only {asked} envelopes were tried");
    }

    #[test]
    fn the_memory_that_is_taken_is_counted() {
        let taken = allocation_counter::measure(|| drop(vec![1_u8; 70 << 20]));
        assert!(taken.bytes_max > MEMORY_MAX, "{taken:?}");
    }
}
