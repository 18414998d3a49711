//! Change chunks that are wrong in their bytes: what they claim, how long they say they are, what cannot be decoded.

use rounds_shared::protocol::limits::{ENVELOPE_CHANGES_MAX, ENVELOPE_OPERATIONS_MAX};

use super::Case;
use crate::{
    change::{Operation, Value, columns},
    chunk::{ChangeChunk, Column, framed, nulls, run, set, signed, text, uleb, unsigned},
    scene::{Scene, actor_named},
};

const PAYLOAD: &str = "envelope_payload";
const TOO_LARGE: &str = "envelope_too_large";
const MOST: i64 = ENVELOPE_OPERATIONS_MAX as i64;

/// An honest answer, to be spoiled.
pub(super) fn answer(scene: &Scene, name: &str) -> ChangeChunk {
    let put = |key: &str, text: &str| Operation::put(scene.answer(1), key, Value::text(text));
    scene.first(name).with(&[put("value", "pass"), put("how", "tap")])
}

fn spoiled(
    scene: &Scene,
    name: &'static str,
    code: &'static str,
    spoil: impl FnOnce(&mut ChangeChunk),
) -> Case {
    let mut chunk = answer(scene, name);
    spoil(&mut chunk);
    Case::of(scene, name, code, chunk.bytes())
}

/// Rows that all say the same: a few bytes an operation, or less.
fn flood(scene: &Scene, chunk: &mut ChangeChunk, rows: i64, key: &str) {
    let (counter, actor) = scene.answer(1);
    let column = |spec, data| Column { spec, data };
    chunk.columns = vec![
        column(0x01, run(rows, &unsigned(actor))),
        column(0x02, run(rows, &unsigned(counter))),
        column(0x15, run(rows, &text(key))),
        column(0x34, unsigned(rows.unsigned_abs())),
        column(0x42, run(rows, &unsigned(1))),
        column(0x56, run(rows, &unsigned(0))),
        column(0x70, run(rows, &unsigned(0))),
    ];
}

pub(super) fn cases(scene: &Scene) -> Vec<Case> {
    let raw = |name, code, payload| Case::of(scene, name, code, payload);
    let honest = |name: &str| answer(scene, name).bytes();
    let mut cases = vec![
        raw("no payload at all", PAYLOAD, Vec::new()),
        raw("zeros", PAYLOAD, vec![0; 1000]),
        raw("the magic bytes alone", PAYLOAD, vec![0x85, 0x6f, 0x4a, 0x83]),
        raw("a chunk of a type that does not exist", PAYLOAD, framed(9, &answer(scene, "type").body())),
        raw("a deflated change", PAYLOAD, framed(2, &answer(scene, "deflated").body())),
        raw("a bundle", PAYLOAD, framed(3, &answer(scene, "bundle").body())),
        raw("a chunk cut short", PAYLOAD, {
            let bytes = honest("cut");
            bytes[..bytes.len() - 1].to_vec()
        }),
        raw("a byte behind the last chunk", PAYLOAD, {
            let mut bytes = honest("behind");
            bytes.push(0);
            bytes
        }),
        raw("a chunk that is longer than memory", PAYLOAD, {
            let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1];
            uleb(&mut bytes, u64::MAX);
            bytes.extend([0; 100]);
            bytes
        }),
        raw("a length of eleven bytes", PAYLOAD, {
            let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1];
            bytes.extend([0x80; 10]);
            bytes.push(0);
            bytes
        }),
        raw("a wrong checksum", PAYLOAD, {
            let mut bytes = honest("checksum");
            bytes[4] ^= 1;
            bytes
        }),
        raw("a chunk more than there may be", TOO_LARGE, honest("many").repeat(ENVELOPE_CHANGES_MAX + 1)),
    ];
    cases.extend(claims_of_rows(scene));
    cases.extend(wrong_values(scene));
    cases
}

/// A few bytes that claim to be millions of something.
fn claims_of_rows(scene: &Scene) -> Vec<Case> {
    let spoiled = |name, code, spoil: &dyn Fn(&mut ChangeChunk)| spoiled(scene, name, code, spoil);
    vec![
        spoiled("ten million operations in a hundred bytes", TOO_LARGE, &|chunk| {
            flood(scene, chunk, 10_000_000, "value");
        }),
        spoiled("as many operations as there are numbers", PAYLOAD, &|chunk| {
            flood(scene, chunk, i64::MAX, "value");
        }),
        spoiled("as many nulls as there are numbers", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x15, nulls(u64::MAX));
        }),
        spoiled("nulls that overflow their sum", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x15, [nulls(u64::MAX), nulls(u64::MAX)].concat());
        }),
        spoiled("a run of fewer than nothing", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x42, [signed(i64::MIN), unsigned(1)].concat());
        }),
        spoiled("runs of nothing", PAYLOAD, &|chunk| set(&mut chunk.columns, 0x42, nulls(0).repeat(100_000))),
        spoiled("truths of which there are as many as numbers", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x34, unsigned(u64::MAX));
        }),
        spoiled("predecessors of which there are as many as numbers", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x70, run(2, &unsigned(u64::MAX)));
        }),
        spoiled("as many operations as there may be, with a key of half a mebibyte", PAYLOAD, &|chunk| {
            flood(scene, chunk, MOST, &"k".repeat(512 * 1024));
        }),
        spoiled("a key of a gigabyte that is not there", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x15, run(2, &unsigned(999_999_999)));
        }),
        spoiled("a value of a gigabyte that is not there", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x56, run(2, &unsigned((999_999_999 << 4) | 7)));
        }),
        spoiled("values that overflow their sum", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x56, run(MOST, &unsigned(u64::MAX)));
        }),
        spoiled("two hundred thousand actors of no length", PAYLOAD, &|chunk| {
            chunk.others = vec![Vec::new(); 200_000];
        }),
        spoiled("fifty thousand actors", PAYLOAD, &|chunk| {
            chunk.others = (0..50_000).map(|n| actor_named(&n.to_string())).collect();
        }),
        spoiled("a message of half a mebibyte", PAYLOAD, &|chunk| chunk.message = vec![b'm'; 512 * 1024]),
        spoiled("a thousand columns", PAYLOAD, &|chunk| {
            chunk.columns = (0..1_000).map(|id| Column { spec: (id << 4) | 2, data: Vec::new() }).collect();
        }),
    ]
}

/// Values that are not there, or are not what their column says.
fn wrong_values(scene: &Scene) -> Vec<Case> {
    let spoiled = |name, code, spoil: &dyn Fn(&mut ChangeChunk)| spoiled(scene, name, code, spoil);
    let actors = [("four thousand million", 4_000_000_000), ("as many as there are numbers", u64::MAX)];
    let mut cases: Vec<Case> = actors
        .iter()
        .flat_map(|(_, actor)| {
            [
                spoiled("an object of an actor that is not there", PAYLOAD, &move |chunk| {
                    set(&mut chunk.columns, 0x01, run(2, &unsigned(*actor)));
                }),
                spoiled("a predecessor of an actor that is not there", PAYLOAD, &move |chunk| {
                    set(&mut chunk.columns, 0x70, run(2, &unsigned(1)));
                    set(&mut chunk.columns, 0x71, run(2, &unsigned(*actor)));
                    set(&mut chunk.columns, 0x73, run(2, &signed(1)));
                }),
            ]
        })
        .collect();
    cases.extend([
        spoiled("an unknown column", PAYLOAD, &|chunk| set(&mut chunk.columns, 0xf6, run(2, &unsigned(0)))),
        spoiled("the same column twice", PAYLOAD, &|chunk| {
            chunk.columns.insert(0, chunk.columns[0].clone());
        }),
        spoiled("columns out of order", PAYLOAD, &|chunk| chunk.columns.reverse()),
        spoiled("a deflated column", PAYLOAD, &|chunk| chunk.columns[0].spec |= 8),
        spoiled("a column with a longer specification than there is", PAYLOAD, &|chunk| {
            chunk.columns[0].spec |= 1 << 40;
        }),
        spoiled("an action that does not exist", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x42, run(2, &unsigned(99)))
        }),
        spoiled("a key that is no text", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x15, run(2, &[unsigned(2), vec![0xff, 0xfe]].concat()));
        }),
        spoiled("a value that is no text", PAYLOAD, &|chunk| {
            let length =
                chunk.columns.iter().find(|column| column.spec == 0x57).map_or(0, |one| one.data.len());
            set(&mut chunk.columns, 0x57, vec![0xff; length]);
        }),
        spoiled("a number of nine bytes and none", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x56, run(2, &unsigned((9 << 4) | 4)));
            set(&mut chunk.columns, 0x57, vec![0xff; 18]);
        }),
        spoiled("a number of eight bytes that has one", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x56, run(2, &unsigned((1 << 4) | 5)));
            set(&mut chunk.columns, 0x57, vec![1, 1]);
        }),
        spoiled("more values than operations", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x57, vec![b'x'; 100_000]);
        }),
        spoiled("counters of keys that go below nothing", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x15, Vec::new());
            set(&mut chunk.columns, 0x11, run(2, &unsigned(0)));
            set(&mut chunk.columns, 0x13, run(2, &signed(i64::MIN)));
        }),
        spoiled("counters of predecessors that overflow", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x70, run(2, &unsigned(1)));
            set(&mut chunk.columns, 0x71, run(2, &unsigned(1)));
            set(&mut chunk.columns, 0x73, run(2, &signed(i64::MAX)));
        }),
        spoiled("an object whose counter is larger than any", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x02, run(2, &unsigned(u64::MAX)));
        }),
        spoiled("an actor of no length", PAYLOAD, &|chunk| chunk.actor = Vec::new()),
        spoiled("an actor of half a mebibyte", PAYLOAD, &|chunk| chunk.actor = vec![7; 512 * 1024]),
        spoiled("a beginning at zero", PAYLOAD, &|chunk| chunk.start_op = 0),
        spoiled("more truths than operations", PAYLOAD, &|chunk| {
            set(&mut chunk.columns, 0x34, [unsigned(2), unsigned(0)].concat().repeat(4_000));
        }),
    ]);
    // The same, encoded otherwise: literals where a run should be. It would have another hash when saved and loaded.
    let put = |key: &str| Operation::put(scene.answer(2), key, Value::text("pass"));
    let mut odd = scene.first("odd").with(&[put("value"), put("how")]);
    for column in columns(&[put("value"), put("how")]) {
        if column.spec == 0x42 {
            set(&mut odd.columns, 0x42, [signed(-2), unsigned(1), unsigned(1)].concat());
        }
    }
    cases.push(Case::of(scene, "values encoded as nobody encodes them", "envelope_trial", odd.bytes()));
    cases
}
