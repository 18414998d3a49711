//! Document chunks: the whole of a document, or what is said to be one.

use rounds_shared::{document::Session, inspection::How, protocol::limits::ENVELOPE_OPERATIONS_MAX};

use super::Case;
use crate::{
    change::{Key, Operation, Value, action, columns},
    chunk::{ChangeChunk, DocumentChunk, deltas, packed, run, set, signed, unsigned},
    scene::{NOW, NOW_S, Scene, actor_named},
};

const PAYLOAD: &str = "envelope_payload";
const TOO_LARGE: &str = "envelope_too_large";
const GENESIS: &str = "envelope_genesis";
const MOST: u64 = ENVELOPE_OPERATIONS_MAX as u64;

/// The device's own work since the genesis, as one document: as an honest app may send it.
fn own(scene: &Scene, session: u8) -> Vec<u8> {
    let mut document = scene.beginning();
    let mut session = Session::new(scene.device(), [session; 16]);
    for index in 3..8 {
        let item = scene.item(index);
        document.answer(&mut session, NOW, &item, Some("pass"), How::Tap).expect("the checklist has it");
    }
    document.remark(&mut session, NOW, None, "楼道堆物").expect("there are remarks");
    document.save_plain()
}

fn spoiled(
    scene: &Scene,
    name: &'static str,
    code: &'static str,
    spoil: impl FnOnce(&mut DocumentChunk),
) -> Case {
    let mut chunk = DocumentChunk::parse(&own(scene, 0xd1)).expect("it is a document");
    spoil(&mut chunk);
    Case::of(scene, name, code, chunk.bytes())
}

/// A document of one change that depends on nothing. Its operations are given in the order documents have them, and
/// name actor 0 alone.
fn of_one(actor: &str, operations: &[(u64, Operation)]) -> DocumentChunk {
    let mut in_order = operations.to_vec();
    in_order.sort_by_key(|(counter, _)| *counter);
    let change =
        ChangeChunk { actor: actor_named(actor), seq: 1, start_op: 1, time: NOW_S, ..ChangeChunk::default() };
    let change = change.with(&in_order.iter().map(|(_, one)| one.clone()).collect::<Vec<_>>());
    let rows: Vec<Operation> = operations.iter().map(|(_, one)| one.clone()).collect();
    let mut of_operations = columns(&rows);
    for pred in [0x70, 0x71, 0x73] {
        set(&mut of_operations, pred, Vec::new());
    }
    let successors = |counter: &u64| -> Vec<u64> {
        let replaces = operations.iter().filter(|(_, one)| one.pred.iter().any(|(of, _)| of == counter));
        replaces.map(|(by, _)| *by).collect()
    };
    let successors: Vec<Vec<u64>> = if rows.iter().all(|one| one.pred.is_empty()) {
        vec![Vec::new(); rows.len()]
    } else {
        operations.iter().map(|(counter, _)| successors(counter)).collect()
    };
    let counts: Vec<_> = successors.iter().map(|one| Some(unsigned(one.len() as u64))).collect();
    let all: Vec<u64> = successors.concat();
    set(&mut of_operations, 0x21, packed(&vec![Some(unsigned(0)); rows.len()]));
    set(
        &mut of_operations,
        0x23,
        deltas(&operations.iter().map(|(n, _)| Some(n.cast_signed())).collect::<Vec<_>>()),
    );
    set(&mut of_operations, 0x80, packed(&counts));
    set(&mut of_operations, 0x81, packed(&vec![Some(unsigned(0)); all.len()]));
    set(&mut of_operations, 0x83, deltas(&all.iter().map(|n| Some(n.cast_signed())).collect::<Vec<_>>()));
    let of_changes = [
        (0x01, packed(&[Some(unsigned(0))])),
        (0x03, deltas(&[Some(1)])),
        (0x13, deltas(&[Some(operations.len().cast_signed() as i64)])),
        (0x23, deltas(&[Some(NOW_S)])),
        (0x40, packed(&[Some(unsigned(0))])),
        (0x56, packed(&[Some(unsigned(7))])),
    ];
    let mut changes = Vec::new();
    of_changes.into_iter().for_each(|(spec, data)| set(&mut changes, spec, data));
    DocumentChunk {
        actors: vec![change.actor.clone()],
        heads: vec![change.hash()],
        changes,
        operations: of_operations,
        suffix: vec![0],
    }
}

/// A document of values that are all deleted, so many times each. A deletion stands in a document as a successor alone.
fn deleting(values: u64, times: u64) -> DocumentChunk {
    let at = |n: u64, action: u64| Operation {
        object: None,
        key: Key::Map(format!("{n:06}")),
        insert: false,
        action,
        value: Value::NULL,
        pred: Vec::new(),
    };
    let puts: Vec<(u64, Operation)> = (1..=values).map(|n| (n, at(n, action::PUT))).collect();
    let deletions = (0..values * times).map(|n| {
        let value = n / times + 1;
        at(value, action::DELETE).replacing(&[(value, 0)])
    });
    let all: Vec<Operation> = puts.iter().map(|(_, put)| put.clone()).chain(deletions).collect();
    let mut document = of_one("deleting", &puts);
    let change = ChangeChunk {
        actor: document.actors[0].clone(),
        seq: 1,
        start_op: 1,
        time: NOW_S,
        ..ChangeChunk::default()
    };
    document.heads = vec![change.with(&all).hash()];
    let names: Vec<_> = (0..values * times).map(|n| Some((values + 1 + n).cast_signed())).collect();
    set(&mut document.changes, 0x13, deltas(&[Some((values * (times + 1)).cast_signed())]));
    set(&mut document.operations, 0x80, packed(&vec![Some(unsigned(times)); puts.len()]));
    set(&mut document.operations, 0x81, packed(&vec![Some(unsigned(0)); names.len()]));
    set(&mut document.operations, 0x83, deltas(&names));
    document
}

pub(super) fn cases(scene: &Scene) -> Vec<Case> {
    let mut cases = vec![
        Case::of(scene, "a document of its own work alone", "receipt", own(scene, 0xd0)),
        Case::of(scene, "a document with a colleague's work", "envelope_foreign_actor", {
            let mut document = scene.merged();
            let mut session = Session::new(scene.device(), [0xd2; 16]);
            let item = scene.item(2);
            document.answer(&mut session, NOW, &item, Some("pass"), How::Tap).expect("the checklist has it");
            document.save_plain()
        }),
        Case::of(scene, "a document of a colleague's work and nothing else", "envelope_foreign_actor", {
            scene.merged().save_plain()
        }),
        Case::of(scene, "a deflated document", PAYLOAD, {
            let mut document = scene.beginning();
            let mut session = Session::new(scene.device(), [0xd3; 16]);
            document.remark(&mut session, NOW, None, &"同样的话".repeat(500)).expect("there are remarks");
            document.save()
        }),
        Case::of(scene, "a document behind a document", "envelope_foreign_actor", {
            [own(scene, 0xd4), own(scene, 0xd5)].concat()
        }),
    ];
    cases.extend(spoiled_ones(scene));
    cases.extend(forged_ones(scene));
    cases
}

fn spoiled_ones(scene: &Scene) -> Vec<Case> {
    let spoiled = |name, code, spoil: &dyn Fn(&mut DocumentChunk)| spoiled(scene, name, code, spoil);
    // The genesis and six changes.
    let changes = 7;
    vec![
        spoiled("a document with a wrong head", PAYLOAD, &|chunk| chunk.heads[0][7] ^= 1),
        spoiled("a document without heads", PAYLOAD, &|chunk| chunk.heads.clear()),
        spoiled("a document with a head twice", PAYLOAD, &|chunk| chunk.heads.push(chunk.heads[0])),
        spoiled("a document with ten thousand heads", PAYLOAD, &|chunk| {
            chunk.heads = vec![chunk.heads[0]; 10_000];
        }),
        spoiled("a document whose actor stands twice", PAYLOAD, &|chunk| {
            chunk.actors[1] = chunk.actors[0].clone();
        }),
        spoiled("a document whose actors are exchanged", PAYLOAD, &|chunk| chunk.actors.reverse()),
        spoiled("a document without actors", PAYLOAD, &|chunk| chunk.actors.clear()),
        spoiled("a document with an actor that wrote nothing", "receipt", &|chunk| {
            chunk.actors.push(vec![0xff; 16])
        }),
        spoiled("a document that ends behind its end", PAYLOAD, &|chunk| chunk.suffix.extend([0; 1000])),
        spoiled("a document that ends before its end", PAYLOAD, &|chunk| chunk.suffix.clear()),
        spoiled("a document of ten million changes", PAYLOAD, &|chunk| {
            set(&mut chunk.changes, 0x01, run(10_000_000, &unsigned(0)));
        }),
        spoiled("a document whose changes claim four thousand million operations", PAYLOAD, &move |chunk| {
            set(&mut chunk.changes, 0x13, sloped(i64::from(u32::MAX), changes, 0));
        }),
        spoiled("a document whose changes claim fewer operations than none", PAYLOAD, &move |chunk| {
            set(&mut chunk.changes, 0x13, run(changes, &signed(0)));
        }),
        spoiled("a document whose changes go backwards", PAYLOAD, &move |chunk| {
            set(&mut chunk.changes, 0x13, run(changes, &signed(-5)));
        }),
        spoiled("a document whose changes depend on themselves", PAYLOAD, &move |chunk| {
            set(&mut chunk.changes, 0x40, run(changes, &unsigned(1)));
            set(&mut chunk.changes, 0x43, sloped(0, changes, 1));
        }),
        spoiled("a document whose changes depend on what is not there", PAYLOAD, &move |chunk| {
            set(&mut chunk.changes, 0x40, run(changes, &unsigned(1)));
            set(&mut chunk.changes, 0x43, sloped(4_000_000_000, changes, 0));
        }),
        spoiled("a document whose changes depend on each other", PAYLOAD, &move |chunk| {
            set(&mut chunk.changes, 0x40, run(changes, &unsigned(1)));
            set(&mut chunk.changes, 0x43, sloped(6, changes, -1));
        }),
        spoiled("a document with as many dependencies as there may be", PAYLOAD, &move |chunk| {
            set(&mut chunk.changes, 0x40, run(changes, &unsigned(MOST / 7)));
            set(&mut chunk.changes, 0x43, run(7 * (MOST as i64 / 7), &signed(0)));
        }),
        spoiled("a document whose changes have no order", PAYLOAD, &move |chunk| {
            set(&mut chunk.changes, 0x03, run(changes, &signed(1)));
        }),
        spoiled("a document by an actor that is not there", PAYLOAD, &move |chunk| {
            set(&mut chunk.changes, 0x01, run(changes, &unsigned(4_000_000_000)));
        }),
        spoiled("operations by an actor that is not there", PAYLOAD, &|chunk| {
            let rows = booleans_of(chunk);
            set(&mut chunk.operations, 0x21, run(rows, &unsigned(4_000_000_000)));
        }),
        spoiled("operations that are all one", PAYLOAD, &|chunk| {
            let rows = booleans_of(chunk);
            set(&mut chunk.operations, 0x23, sloped(1, rows, 0));
        }),
        spoiled("operations in no order", PAYLOAD, &|chunk| {
            let rows = booleans_of(chunk);
            set(&mut chunk.operations, 0x23, sloped(rows, rows, -1));
        }),
        spoiled("operations with successors that are not there", PAYLOAD, &|chunk| {
            let rows = booleans_of(chunk);
            set(&mut chunk.operations, 0x80, run(rows, &unsigned(1)));
            set(&mut chunk.operations, 0x81, run(rows, &unsigned(0)));
            set(&mut chunk.operations, 0x83, run(rows, &signed(1)));
        }),
        spoiled("operations with more successors than numbers", PAYLOAD, &|chunk| {
            let rows = booleans_of(chunk);
            set(&mut chunk.operations, 0x80, run(rows, &unsigned(u64::MAX / 2)));
        }),
        spoiled("operations in objects of an actor that is not there", PAYLOAD, &|chunk| {
            let rows = booleans_of(chunk);
            set(&mut chunk.operations, 0x01, run(rows, &unsigned(4_000_000_000)));
            set(&mut chunk.operations, 0x02, run(rows, &unsigned(1)));
        }),
        spoiled("a message in a thousand changes", PAYLOAD, &move |chunk| {
            set(&mut chunk.changes, 0x35, run(changes, &crate::chunk::text(&"m".repeat(100_000))));
        }),
        spoiled("authors that overflow their sum", PAYLOAD, &move |chunk| {
            set(&mut chunk.changes, 0x56, run(changes, &unsigned(u64::MAX)));
        }),
        spoiled("a document with unknown columns", PAYLOAD, &|chunk| {
            set(&mut chunk.operations, 0xf2, run(5, &unsigned(0)));
        }),
    ]
}

/// Differences: a first one, and then always the same.
fn sloped(first: i64, rows: i64, difference: i64) -> Vec<u8> {
    let differences = (0..rows).map(|row| Some(signed(if row == 0 { first } else { difference })));
    packed(&differences.collect::<Vec<_>>())
}

/// How many operations a document has.
fn booleans_of(chunk: &DocumentChunk) -> i64 {
    let inserts = chunk.operations.iter().find(|column| column.spec == 0x34).expect("it is always there");
    let mut rest = &inserts.data[..];
    let mut rows = 0;
    while let Some(run) = crate::chunk::uleb_of(&mut rest) {
        rows += run;
    }
    rows.cast_signed()
}

/// Documents that Automerge would take, of which nothing is an inspection.
fn forged_ones(scene: &Scene) -> Vec<Case> {
    let of_root = |key: &str, action: u64| Operation {
        object: None,
        key: Key::Map(key.to_owned()),
        insert: false,
        action,
        value: Value::NULL,
        pred: Vec::new(),
    };
    let case = |name, code, operations: &[(u64, Operation)]| {
        Case::of(scene, name, code, of_one(name, operations).bytes())
    };
    let nested = |depth: u64| -> Vec<(u64, Operation)> {
        let below = (2..=depth).map(|counter| (counter, Operation::make((counter - 1, 0), "m")));
        [(1, of_root("m", action::MAKE_MAP))].into_iter().chain(below).collect()
    };
    let list = |action, length: u64, behind: &dyn Fn(u64) -> Key| -> Vec<(u64, Operation)> {
        let inserts = (2..=length).map(|counter| {
            let value = Value::text("字");
            (counter, Operation { action: 1, value, ..Operation::insert((1, 0), behind(counter)) })
        });
        [(1, of_root("l", action))].into_iter().chain(inserts).collect()
    };
    vec![
        case("maps as deep as there may be", GENESIS, &nested(MOST)),
        case("maps deeper than there may be", TOO_LARGE, &nested(MOST + 1)),
        case(
            "a list as long as there may be",
            GENESIS,
            &list(action::MAKE_LIST, MOST, &|counter| {
                if counter == 2 { Key::Head } else { Key::Element((counter - 1, 0)) }
            }),
        ),
        case(
            "a text as long as there may be",
            GENESIS,
            &list(action::MAKE_TEXT, MOST, &|counter| {
                if counter == 2 { Key::Head } else { Key::Element((counter - 1, 0)) }
            }),
        ),
        case(
            "as many values at one key as there may be",
            GENESIS,
            &(1..=MOST).map(|counter| (counter, of_root("k", 1))).collect::<Vec<_>>(),
        ),
        case(
            "five hundred values, each in place of all before",
            TOO_LARGE,
            &(1..=500)
                .map(|counter| {
                    let before: Vec<_> = (1..counter).map(|one| (one, 0)).collect();
                    (counter, of_root("k", 1).replacing(&before))
                })
                .collect::<Vec<_>>(),
        ),
        case(
            "as many maps at one key as there may be",
            GENESIS,
            &(1..=MOST).map(|counter| (counter, of_root("k", 0))).collect::<Vec<_>>(),
        ),
        Case::of(
            scene,
            "more deletions than there may be, which are no rows",
            TOO_LARGE,
            deleting(MOST, 2).bytes(),
        ),
        Case::of(scene, "deletions, which are no rows", GENESIS, deleting(MOST / 2, 1).bytes()),
        case("a document of a change without operations", GENESIS, &[]),
    ]
}
