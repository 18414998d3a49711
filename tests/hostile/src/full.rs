//! Documents that were filled to their limits, each in another way, and what comes next.

use rounds_shared::{
    document::{Document, Payload},
    protocol::limits::{
        DOCUMENT_ACTORS_MAX, DOCUMENT_BYTES_MAX, DOCUMENT_CHANGES_MAX, DOCUMENT_DEPENDENCIES_MAX,
        DOCUMENT_ENTRIES_MAX, DOCUMENT_OPERATIONS_MAX, DOCUMENT_SEARCHED_MAX, ENVELOPE_CHANGES_MAX,
        ENVELOPE_OPERATIONS_MAX, TEXT_BYTES_MAX,
    },
};

use crate::{
    change::{Key, Name, Operation, Value},
    chunk::ChangeChunk,
    scene::{Scene, payload},
};

/// A document that has nearly as much of something as it may have.
pub struct Full {
    /// Of what.
    pub of: &'static str,
    /// The code of the largest envelope: there may be no room for it.
    pub most: &'static str,
    /// The document.
    pub document: Document,
}

/// Nearly: one more act must still fit, so that it goes all the way.
const LEFT: u64 = 10;

/// Documents that are full, each of something else.
pub fn documents(scene: &Scene) -> Vec<Full> {
    let full = |of, most, payloads: Vec<Vec<u8>>| {
        let mut document = scene.merged();
        for payload in payloads {
            let payload = Payload::decode(&payload).expect("it is within its limits");
            document.merge(&payload).expect("automerge takes it");
        }
        Full { of, most, document }
    };
    vec![
        full("findings, struck by others", "receipt", findings(scene)),
        full("remarks", "receipt", remarks(scene)),
        full("actors that differ about every item", "receipt", actors(scene)),
        full("values, each in place of the one before", "held_full", values(scene, DOCUMENT_OPERATIONS_MAX)),
        full("findings and values, so that the largest envelope just fits", "receipt", {
            // What findings are made of leaves less for values.
            let of_findings = DOCUMENT_ENTRIES_MAX * 6;
            let left = DOCUMENT_OPERATIONS_MAX - of_findings - ENVELOPE_OPERATIONS_MAX as u64;
            [findings(scene), values(scene, left)].concat()
        }),
        full("values, so that the largest envelope just fits", "receipt", {
            values(scene, DOCUMENT_OPERATIONS_MAX - ENVELOPE_OPERATIONS_MAX as u64)
        }),
        full("changes", "receipt", changes(scene)),
        full("dependencies", "receipt", dependencies(scene)),
        full("searched hashes", "receipt", vec![searched(scene)]),
        full("bytes", "receipt", bytes(scene)),
    ]
}

/// The most an envelope may write, in the most places: values in between those of before.
pub fn most(scene: &Scene) -> Vec<u8> {
    let end = scene.genesis_end();
    let puts = (0..ENVELOPE_OPERATIONS_MAX as u64).map(|n| replacing(scene, 1, end + n, n > 0));
    scene.first("the most").with(&puts.collect::<Vec<_>>()).bytes()
}

/// One answer.
pub fn one(scene: &Scene) -> Vec<u8> {
    scene.first("one more").with(&[replacing(scene, 2, 0, false)]).bytes()
}

fn replacing(scene: &Scene, item: usize, before: u64, is_one: bool) -> Operation {
    let put = Operation::put(scene.answer(item), "value", Value::text("pass"));
    if is_one { put.replacing(&[(before, 0)]) } else { put }
}

fn findings(scene: &Scene) -> Vec<Vec<u8>> {
    let (item, kind) = scene.finding_kind();
    let end = scene.genesis_end();
    let put = |object: Name, key: &str, value: &str| Operation::put(object, key, Value::text(value));
    let all = DOCUMENT_ENTRIES_MAX - LEFT;
    let each = ENVELOPE_OPERATIONS_MAX as u64 / 6;
    let batches = (0..all.div_ceil(each)).map(|batch| {
        let numbers = batch * each..(batch * each + each).min(all);
        let made = numbers.clone().zip(0..).flat_map(|(n, at): (u64, u64)| {
            let finding = (end + 1 + at * 5, 0);
            [
                Operation::make(scene.findings(), &scene.own_key(n)),
                put(finding, "item", &item),
                put(finding, "kind", &kind),
                put(finding, "note", "x"),
                put(finding, "place", "x"),
            ]
        });
        let made: Vec<_> = made.collect();
        let chunk = scene.first(&format!("makes {batch}")).with(&made);
        let count = made.len() as u64 / 5;
        let others = vec![chunk.actor.clone()];
        let strikes: Vec<_> = (0..count).map(|at| put((end + 1 + at * 5, 1), "struck", "x")).collect();
        let strike = ChangeChunk {
            deps: vec![chunk.hash()],
            start_op: chunk.end(made.len()) + 1,
            others,
            ..scene.first(&format!("strikes {batch}"))
        };
        payload([&chunk, &strike.with(&strikes)])
    });
    batches.collect()
}

fn remarks(scene: &Scene) -> Vec<Vec<u8>> {
    let end = scene.genesis_end();
    let all = DOCUMENT_ENTRIES_MAX - LEFT;
    let operations = (0..all * 2).map(|n| {
        if n % 2 == 0 {
            Operation::insert(scene.remarks(), Key::Head)
        } else {
            Operation::put((end + n, 0), "text", Value::text("x"))
        }
    });
    vec![scene.first("remarks").with(&operations.collect::<Vec<_>>()).bytes()]
}

fn actors(scene: &Scene) -> Vec<Vec<u8>> {
    let items = scene.passing_items();
    let each = 2 * items as u64;
    let all = (DOCUMENT_ACTORS_MAX as u64 - LEFT).min((DOCUMENT_OPERATIONS_MAX - 100) / each);
    (0..all)
        .map(|n| {
            let puts = (0..items).flat_map(|item| {
                let value = if n % 2 == 0 { "pass" } else { "fail" };
                [("value", value), ("how", "rest")]
                    .map(|(key, value)| Operation::put(scene.answer(item), key, Value::text(value)))
            });
            scene.first(&format!("differs {n}")).with(&puts.collect::<Vec<_>>()).bytes()
        })
        .collect()
}

fn values(scene: &Scene, all: u64) -> Vec<Vec<u8>> {
    let end = scene.genesis_end();
    let each = ENVELOPE_OPERATIONS_MAX as u64;
    (0..all / each)
        .map(|batch| {
            let puts = (0..each - LEFT).map(|n| replacing(scene, 1, end + n, n > 0));
            scene.first(&format!("values {batch}")).with(&puts.collect::<Vec<_>>()).bytes()
        })
        .collect()
}

fn changes(scene: &Scene) -> Vec<Vec<u8>> {
    let end = scene.genesis_end();
    let each = ENVELOPE_CHANGES_MAX as u64;
    (0..DOCUMENT_CHANGES_MAX as u64 / each)
        .map(|batch| {
            let mut chunks: Vec<ChangeChunk> = Vec::new();
            for n in 0..each - LEFT {
                let chunk = match chunks.last() {
                    Some(last) => scene.after(last, 1),
                    None => scene.first(&format!("changes {batch}")),
                };
                chunks.push(chunk.with(&[replacing(scene, 1, end + n, n > 0)]));
            }
            payload(&chunks)
        })
        .collect()
}

fn dependencies(scene: &Scene) -> Vec<Vec<u8>> {
    // Layers: every change of a layer knows all of the layer before.
    let width = 120;
    let layers = DOCUMENT_DEPENDENCIES_MAX / (width * width);
    let mut below = vec![scene.genesis_hash()];
    let mut last: Vec<ChangeChunk> = Vec::new();
    let mut payloads = Vec::new();
    for layer in 0..=layers {
        let chunks: Vec<ChangeChunk> = (0..width)
            .map(|n| {
                let chunk = match last.get(usize::try_from(n).expect("few")) {
                    Some(before) => scene.after(before, 1),
                    None => scene.first(&format!("knows {n}")),
                };
                let put = replacing(scene, 1, scene.genesis_end() + layer, layer > 0);
                ChangeChunk { deps: below.clone(), ..chunk }.with(&[put])
            })
            .collect();
        below = chunks.iter().map(ChangeChunk::hash).collect();
        below.sort_unstable();
        payloads.extend(chunks.chunks(20).map(payload));
        last = chunks;
    }
    payloads
}

fn searched(scene: &Scene) -> Vec<u8> {
    let mut chunks: Vec<ChangeChunk> = Vec::new();
    for n in 0..DOCUMENT_SEARCHED_MAX - LEFT {
        let chunk = match chunks.last() {
            Some(last) => scene.after(last, 1),
            None => scene.first("searched"),
        };
        let mut chunk = chunk.with(&[replacing(scene, 1, scene.genesis_end() + n, n > 0)]);
        while chunk.hash()[0] != 0 {
            chunk.time += 1;
        }
        chunks.push(chunk);
    }
    payload(&chunks)
}

fn bytes(scene: &Scene) -> Vec<Vec<u8>> {
    let end = scene.genesis_end();
    let each = 100;
    (0..DOCUMENT_BYTES_MAX / TEXT_BYTES_MAX / each)
        .map(|batch| {
            let operations = (0..each as u64 * 2).map(|n| {
                if n % 2 == 0 {
                    Operation::insert(scene.remarks(), Key::Head)
                } else {
                    Operation::put((end + n, 0), "text", Value::text(&"x".repeat(TEXT_BYTES_MAX)))
                }
            });
            scene.first(&format!("bytes {batch}")).with(&operations.collect::<Vec<_>>()).bytes()
        })
        .collect()
}
