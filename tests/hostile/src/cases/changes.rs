//! Changes that are well encoded and that no app makes: what they write, where, and what they say they follow.

use rounds_shared::protocol::limits::{ENVELOPE_CHANGES_MAX, ENVELOPE_OPERATIONS_MAX};

use super::Case;
use crate::{
    change::{Key, Operation, Value, action},
    chunk::ChangeChunk,
    scene::{NOW_S, Scene, payload},
};

const TRIAL: &str = "envelope_trial";
const STRUCTURE: &str = "envelope_structure";
const MOST: usize = ENVELOPE_OPERATIONS_MAX;
const FOREIGN: &str = "envelope_foreign_actor";

pub(super) fn cases(scene: &Scene) -> Vec<Case> {
    [operations(scene), places(scene), headers(scene), sequences(scene), floods(scene), lists(scene)]
        .concat_all()
}

trait ConcatAll {
    fn concat_all(self) -> Vec<Case>;
}

impl<const N: usize> ConcatAll for [Vec<Case>; N] {
    fn concat_all(self) -> Vec<Case> {
        self.into_iter().flatten().collect()
    }
}

fn pass() -> Value {
    Value::text("pass")
}

fn one(scene: &Scene, name: &'static str, code: &'static str, operations: &[Operation]) -> Case {
    Case::of(scene, name, code, scene.first(name).with(operations).bytes())
}

/// Operations that are not ours.
fn operations(scene: &Scene) -> Vec<Case> {
    let put = |value| Operation::put(scene.answer(1), "value", value);
    let acting = |action, value| Operation { action, ..put(value) };
    let tried = |name, operation: Operation| one(scene, name, TRIAL, &[operation]);
    let one = |name, operation: Operation| one(scene, name, STRUCTURE, &[operation]);
    let others_answer = (scene.genesis_end() + 1, 2);
    let others = |operation: Operation, name: &'static str, code| {
        let mut chunk = scene.first(name);
        chunk.deps = vec![scene.others_hash()];
        chunk.start_op = scene.genesis_end() + 3;
        chunk.others = scene.sorted_actors();
        let place = |name: (u64, u64)| {
            let actor = if name.1 == 1 { scene.genesis_actor() } else { vec![0x0a; 16] };
            let index = chunk.others.iter().position(|other| *other == actor).expect("it is one of two");
            (name.0, index as u64 + 1)
        };
        let operation = Operation {
            object: operation.object.map(place),
            pred: operation.pred.into_iter().map(place).collect(),
            ..operation
        };
        Case::of(scene, name, code, chunk.with(&[operation]).bytes())
    };
    vec![
        others(
            Operation::put(scene.answer(0), "value", Value::text("fail")).replacing(&[others_answer]),
            "a value in place of a colleague's, as an app does it after a merge",
            "receipt",
        ),
        others(
            Operation { action: action::DELETE, ..Operation::put(scene.answer(0), "value", Value::NULL) }
                .replacing(&[others_answer]),
            "a colleague's answer deleted",
            STRUCTURE,
        ),
        one("a deletion of nothing", acting(action::DELETE, Value::NULL)),
        one("a counter", put(Value { code: 8, ..Value::int(1) })),
        one("an increment", acting(action::INCREMENT, Value::int(1))),
        one("a mark", acting(action::MARK, Value::NULL)),
        one("a list where a value belongs", acting(action::MAKE_LIST, Value::NULL)),
        one("a text where a value belongs", acting(action::MAKE_TEXT, Value::NULL)),
        one("a table where a value belongs", acting(6, Value::NULL)),
        one("a map where a value belongs", acting(action::MAKE_MAP, Value::NULL)),
        one("bytes", put(Value { code: 7, bytes: vec![1, 2, 3] })),
        one("a fraction", put(Value { code: 5, bytes: 1.5_f64.to_le_bytes().to_vec() })),
        one("a fraction that is no number", put(Value { code: 5, bytes: f64::NAN.to_le_bytes().to_vec() })),
        one("an unsigned number", put(Value { code: 3, bytes: vec![1] })),
        one("a moment", put(Value { code: 9, ..Value::int(NOW_S) })),
        one("a value of a type that does not exist", put(Value { code: 15, bytes: vec![0; 9] })),
        one("an answer that is a number", put(Value::int(i64::MIN))),
        tried("a value that stands behind nothing", put(pass()).replacing(&[(4_000_000, 0)])),
        tried("a value in place of a later one", put(pass()).replacing(&[(scene.genesis_end() + 500, 0)])),
        tried("a value in place of itself", put(pass()).replacing(&[(scene.genesis_end() + 1, 0)])),
        tried("a value in place of an object", put(pass()).replacing(&[scene.answer(1)])),
        tried(
            "a value in place of the same one twice",
            put(pass()).replacing(&[scene.answer(1), scene.answer(1)]),
        ),
    ]
}

/// Places that do not exist, or are nobody's.
fn places(scene: &Scene) -> Vec<Case> {
    let put = |object, key: &str| Operation::put(object, key, pass());
    let one = |name, operations: &[Operation]| one(scene, name, STRUCTURE, operations);
    let end = scene.genesis_end();
    let about = (1, 1);
    let answers = (scene.genesis_end() - 5 - scene.template.items().count() as u64, 1);
    vec![
        one("a value at the root", &[Operation { object: None, ..put(about, "value") }]),
        one("a map at the root", &[Operation { object: None, ..Operation::make(about, "more") }]),
        one(
            "the root's answers made anew",
            &[Operation { object: None, ..Operation::make(about, "answers") }],
        ),
        one("another area", &[put(about, "area")]),
        one("an item that is not in the checklist", &[Operation::make(answers, "SAN-999")]),
        one("an item made anew", &[Operation::make(answers, &scene.item(1))]),
        one("a value where items belong", &[put(answers, "SAN-01")]),
        one("a value in an object that is not there", &[put((4_000_000, 1), "value")]),
        one(
            "a value in an object that comes later",
            &[put((end + 2, 0), "value"), Operation::make(scene.findings(), &scene.own_key(1))],
        ),
        one("a value in a value", &[put(scene.answer(1), "value"), put((end + 1, 0), "value")]),
        one(
            "a finding under a colleague's name",
            &[Operation::make(scene.findings(), &format!("{}-{:016x}", scene.other_device(), 1))],
        ),
        one("a finding under a name of no length", &[Operation::make(scene.findings(), "")]),
        one("a finding under half a name", &[Operation::make(scene.findings(), &scene.device().to_string())]),
        one(
            "a finding under a name with capital digits",
            &[Operation::make(scene.findings(), &scene.own_key(0xab).to_uppercase())],
        ),
        one(
            "a map in a finding",
            &[Operation::make(scene.findings(), &scene.own_key(2)), Operation::make((end + 1, 0), "deeper")],
        ),
        one(
            "a finding made twice",
            &[
                Operation::make(scene.findings(), &scene.own_key(3)),
                Operation::make(scene.findings(), &scene.own_key(3)),
            ],
        ),
        one(
            "the item of a finding said twice",
            &[
                Operation::make(scene.findings(), &scene.own_key(4)),
                put((end + 1, 0), "item"),
                put((end + 1, 0), "item"),
            ],
        ),
        one("an element of a map", &[Operation { key: Key::Head, ..put(scene.answer(1), "") }]),
        one("an insertion into a map", &[Operation::insert(scene.answer(1), Key::Head)]),
        one("a key of a list", &[Operation::make(scene.remarks(), "text")]),
        one(
            "a key in its list under which nothing can be inserted",
            &[Operation { insert: true, ..Operation::make(scene.remarks(), "text") }],
        ),
    ]
}

fn headers(scene: &Scene) -> Vec<Case> {
    let spoiled = |name: &'static str, code, spoil: &dyn Fn(&mut ChangeChunk)| {
        let put = [Operation::put(scene.answer(1), "value", pass())];
        let mut chunk = scene.first(name).with(&put);
        spoil(&mut chunk);
        Case::of(scene, name, code, chunk.bytes())
    };
    let author = |author: &[u8]| ChangeChunk::default().by(author).extra;
    vec![
        spoiled("a change of 1970", STRUCTURE, &|chunk| chunk.time = 0),
        spoiled("a change before all time", STRUCTURE, &|chunk| chunk.time = i64::MIN),
        spoiled("a change after all time", STRUCTURE, &|chunk| chunk.time = i64::MAX),
        spoiled("a message", "envelope_payload", &|chunk| chunk.message = b"hello".to_vec()),
        spoiled("no author", FOREIGN, &|chunk| chunk.extra.clear()),
        spoiled("a colleague as its author", FOREIGN, &|chunk| {
            chunk.extra = author(scene.other_device().as_bytes())
        }),
        spoiled("an author of no length", FOREIGN, &|chunk| chunk.extra = author(&[])),
        spoiled("an author of half a mebibyte", "envelope_payload", &|chunk| {
            chunk.extra = author(&[7; 512 * 1024])
        }),
        spoiled("an author longer than there is", FOREIGN, &|chunk| {
            chunk.extra = vec![1, 0xff, 0xff, 0xff, 0x7f]
        }),
        spoiled("something behind its author", "envelope_payload", &|chunk| chunk.extra.push(0)),
        spoiled("an author in a footer of another number", FOREIGN, &|chunk| chunk.extra[0] = 2),
        spoiled("dependencies of none", "envelope_genesis", &|chunk| chunk.deps.clear()),
        spoiled("a dependency twice", STRUCTURE, &|chunk| chunk.deps.push(chunk.deps[0])),
        spoiled("a dependency that is not there", "held_missing", &|chunk| chunk.deps.push([0xee; 32])),
        spoiled("two hundred and fifty-seven dependencies", "envelope_payload", &|chunk| {
            chunk.deps.extend((0..=u8::MAX).map(|n| [n; 32]));
        }),
        spoiled("two hundred and fifty-six dependencies that are not there", "held_missing", &|chunk| {
            chunk.deps = (0..=u8::MAX).map(|n| [n; 32]).collect();
        }),
        spoiled("no operations", STRUCTURE, &|chunk| chunk.columns.clear()),
        spoiled("the largest counter there is", STRUCTURE, &|chunk| chunk.start_op = u64::from(u32::MAX) - 1),
        spoiled("a counter beyond the largest", "envelope_payload", &|chunk| {
            chunk.start_op = u64::from(u32::MAX)
        }),
        spoiled("the largest number as a counter", "envelope_payload", &|chunk| chunk.start_op = u64::MAX),
        spoiled("a counter that leaves a gap", STRUCTURE, &|chunk| chunk.start_op += 1),
        spoiled("a counter that is used", STRUCTURE, &|chunk| chunk.start_op = 1),
        spoiled("an actor of fifteen bytes", "envelope_payload", &|chunk| chunk.actor.truncate(15)),
        spoiled("the actor of the genesis", FOREIGN, &|chunk| chunk.actor = scene.genesis_actor()),
        spoiled("itself as another actor", STRUCTURE, &|chunk| chunk.others = vec![chunk.actor.clone()]),
        spoiled("another actor that nobody is", "envelope_trial", &|chunk| chunk.others.push(vec![0xff; 16])),
    ]
}

fn sequences(scene: &Scene) -> Vec<Case> {
    let put = |item| [Operation::put(scene.answer(item), "value", pass())];
    let pair = |name: &'static str, code, spoil: &dyn Fn(&mut ChangeChunk, &mut ChangeChunk)| {
        let first = scene.first(name).with(&put(1));
        let second = scene.after(&first, 1).with(&put(2));
        let (mut first, mut second) = (first, second);
        spoil(&mut first, &mut second);
        Case::of(scene, name, code, payload([&first, &second]))
    };
    vec![
        pair("two changes in their order", "receipt", &|_, _| {}),
        pair("two changes in the other order", FOREIGN, &|first, second| std::mem::swap(first, second)),
        pair("the same change twice", STRUCTURE, &|first, second| *second = first.clone()),
        pair("a number left out", STRUCTURE, &|_, second| second.seq = 3),
        pair("a number used twice", STRUCTURE, &|_, second| second.seq = 1),
        pair("the number zero", STRUCTURE, &|_, second| second.seq = 0),
        pair("the largest number", STRUCTURE, &|_, second| second.seq = u64::MAX),
        pair("an author in a second change", STRUCTURE, &|first, second| second.extra = first.extra.clone()),
        pair("a second change that does not know the first", STRUCTURE, &|_, second| {
            second.deps = vec![scene.genesis_hash()];
        }),
        pair("a second change beside the first, with a number of its own", STRUCTURE, &|_, second| {
            second.deps = vec![scene.genesis_hash()];
            second.start_op = scene.genesis_end() + 1;
        }),
        pair("a change that names what it knows already", "receipt", &|_, second| {
            second.deps.push(scene.genesis_hash());
        }),
        Case::of(scene, "a second change without its first", FOREIGN, {
            let mut chunk = scene.first("without its first").with(&put(1));
            chunk.seq = 2;
            chunk.extra.clear();
            chunk.bytes()
        }),
    ]
}

/// Honest operations, too many of them.
fn floods(scene: &Scene) -> Vec<Case> {
    let many = |name, code, count: usize, of: &dyn Fn(u64) -> Operation| {
        let operations: Vec<_> = (0..count as u64).map(of).collect();
        one(scene, name, code, &operations)
    };
    let end = scene.genesis_end();
    let mined = |name: &'static str, count: usize| -> Vec<u8> {
        let mut chunks: Vec<ChangeChunk> = Vec::new();
        for n in 0..count {
            let put = [Operation::put(scene.answer(1), "value", Value::text(&n.to_string()))];
            let put = if n == 0 { put } else { put.map(|one| one.replacing(&[(end + n as u64, 0)])) };
            let mut chunk = match chunks.last() {
                Some(last) => scene.after(last, 1),
                None => scene.first(name),
            }
            .with(&put);
            // One in 256 has a hash that begins with a zero; whoever tries long enough has nothing else.
            while chunk.hash()[0] != 0 {
                chunk.time += 1;
            }
            chunks.push(chunk);
        }
        payload(&chunks)
    };
    let more = |n: u64, end: u64| -> Operation {
        let put = Operation::put(scene.answer(1), "value", pass());
        if n == 0 { put } else { put.replacing(&[(end + n, 0)]) }
    };
    let beside = |name: &str, count: usize, value: &dyn Fn(usize) -> &'static str| {
        let changes = (0..count).map(|n| {
            let put = Operation::put(scene.answer(1), "value", Value::text(value(n)));
            scene.first(&format!("{name} {n}")).with(&[put])
        });
        payload(&changes.collect::<Vec<_>>())
    };
    vec![
        many(
            "as many values of one answer as there may be, none in place of another",
            STRUCTURE,
            MOST,
            &|_| Operation::put(scene.answer(1), "value", pass()),
        ),
        many("as many values as there may be, each in place of the one before", "receipt", MOST, &|n| {
            more(n, end)
        }),
        many("as many fields that do not exist as there may be", "held_domain", MOST, &|n| {
            Operation::put(scene.answer(1), &format!("field{n}"), pass())
        }),
        many("findings of nothing", STRUCTURE, MOST, &|n| {
            Operation::make(scene.findings(), &scene.own_key(n))
        }),
        many("remarks of nothing", STRUCTURE, MOST, &|n| {
            Operation::insert(scene.remarks(), if n == 0 { Key::Head } else { Key::Element((end + n, 0)) })
        }),
        many("more remarks than a document has, all at the beginning", "held_full", MOST, &|n| {
            if n % 2 == 0 {
                Operation::insert(scene.remarks(), Key::Head)
            } else {
                Operation::put((end + n, 0), "text", Value::text("x"))
            }
        }),
        many("as many findings as there may be", "receipt", MOST, &|n| {
            let put =
                |key: &str, value: &str| Operation::put((end + n / 4 * 4 + 1, 0), key, Value::text(value));
            match n % 4 {
                0 => Operation::make(scene.findings(), &scene.own_key(n)),
                1 => put("item", &scene.finding_kind().0),
                2 => put("kind", &scene.finding_kind().1),
                _ => put("struck", "x"),
            }
        }),
        many("one text of nearly a mebibyte", "held_domain", 1, &|_| {
            Operation::put(scene.answer(1), "value", Value::text(&"长".repeat(340_000)))
        }),
        many("a hundred texts of ten kilobytes", "held_domain", 100, &|n| {
            Operation::put(scene.answer(1), &format!("field{n}"), Value::text(&"x".repeat(10_000)))
        }),
        Case::of(
            scene,
            "as many changes as there may be, with hashes that were searched for",
            "held_full",
            mined("mined", 200),
        ),
        Case::of(scene, "as many changes as there may be, one after the other", "receipt", {
            let mut chunks: Vec<ChangeChunk> = Vec::new();
            for n in 0..ENVELOPE_CHANGES_MAX as u64 {
                let chunk = match chunks.last() {
                    Some(last) => scene.after(last, 1),
                    None => scene.first("chain"),
                };
                chunks.push(chunk.with(&[more(n, end)]));
            }
            payload(&chunks)
        }),
        Case::of(scene, "two hundred and fifty actors beside each other", "receipt", {
            beside("beside", 250, &|n| if n % 2 == 0 { "pass" } else { "fail" })
        }),
        Case::of(scene, "more actors beside each other than a document has", "held_full", {
            beside("beside them", 800, &|_| "pass")
        }),
        Case::of(scene, "changes that each know all others", "receipt", woven(scene, 120, 60)),
    ]
}

/// Many actors, and changes that know all of them, again and again.
fn woven(scene: &Scene, actors: u64, rounds: u64) -> Vec<u8> {
    let put = |n: u64| [Operation::put(scene.answer((n % 8) as usize), "value", pass())];
    let mut chunks: Vec<ChangeChunk> =
        (0..actors).map(|n| scene.first(&format!("woven {n}")).with(&put(n))).collect();
    let mut heads: Vec<[u8; 32]> = chunks.iter().map(ChangeChunk::hash).collect();
    heads.sort_unstable();
    for n in 0..rounds {
        let mut chunk = ChangeChunk {
            deps: heads.clone(),
            start_op: scene.genesis_end() + 2,
            ..scene.first(&format!("weaver {n}"))
        };
        chunk = chunk.with(&put(n));
        chunks.push(chunk);
    }
    payload(&chunks)
}

fn lists(scene: &Scene) -> Vec<Case> {
    let end = scene.genesis_end();
    let remark = |key: Key| Operation::insert(scene.remarks(), key);
    let text = |counter: u64| Operation::put((counter, 0), "text", Value::text("x"));
    let one = |name, code, operations: &[Operation]| one(scene, name, code, operations);
    let behind = |name, key: Key| one(name, TRIAL, &[remark(key), text(end + 1)]);
    vec![
        behind("a remark behind an element that is not there", Key::Element((4_000_000, 0))),
        behind("a remark behind itself", Key::Element((end + 1, 0))),
        behind("a remark behind an element that comes later", Key::Element((end + 3, 0))),
        one(
            "a submission behind a remark",
            TRIAL,
            &[
                remark(Key::Head),
                text(end + 1),
                Operation::insert(scene.submissions(), Key::Element((end + 1, 0))),
                Operation::put((end + 3, 0), "answers", Value::text("")),
            ],
        ),
        one(
            "a remark behind an answer",
            TRIAL,
            &[
                Operation::put(scene.answer(1), "value", pass()),
                remark(Key::Element((end + 1, 0))),
                text(end + 2),
            ],
        ),
        one(
            "a text among remarks",
            STRUCTURE,
            &[Operation { action: action::PUT, value: pass(), ..remark(Key::Head) }],
        ),
        one(
            "a remark overwritten",
            STRUCTURE,
            &[
                remark(Key::Head),
                text(end + 1),
                Operation { insert: false, ..remark(Key::Element((end + 1, 0))) }.replacing(&[(end + 1, 0)]),
            ],
        ),
        one(
            "a remark with a field that does not exist",
            "held_domain",
            &[remark(Key::Head), text(end + 1), Operation::put((end + 1, 0), "colour", Value::text("x"))],
        ),
        one(
            "a remark that stands in place of something",
            TRIAL,
            &[remark(Key::Head).replacing(&[scene.answer(1)]), text(end + 1)],
        ),
        one(
            "a field more for a remark of before",
            STRUCTURE,
            &[Operation::put((end + 1, 0), "text", Value::text("x"))],
        ),
    ]
}
