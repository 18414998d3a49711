//! What a device says it is, or may do, and is not.

use rounds_shared::{
    document::{Session, genesis},
    envelope::EnvelopeBody,
    ids::DocId,
    inspection::{About, How, ReviewAct},
};

use super::Case;
use crate::{
    change::{Operation, Value},
    scene::{NOW, OUTSIDE, Scene, signed},
};

const GENESIS: &str = "envelope_genesis";
const FOREIGN: &str = "envelope_foreign_actor";

/// An honest answer by the device.
fn answered(scene: &Scene, session: u8) -> Vec<u8> {
    let (mut document, device) = (scene.beginning(), scene.device());
    let since = document.heads();
    let mut session = Session::new(device, [session; 16]);
    document.answer(&mut session, NOW, &scene.item(1), Some("pass"), How::Tap).expect("the checklist has it");
    document.own_changes(device, &since)
}

pub(super) fn cases(scene: &Scene) -> Vec<Case> {
    let of = |name, code, payload| Case::of(scene, name, code, payload);
    let mut cases = vec![
        of("a colleague's change, signed again", FOREIGN, scene.others_change()),
        of("a colleague's change that the server has not, signed again", FOREIGN, scene.others_later()),
        of(
            "a colleague's change beside its own",
            FOREIGN,
            [answered(scene, 0xc1), scene.others_change()].concat(),
        ),
        of("a colleague's actor, gone on with", FOREIGN, {
            let mut chunk = scene.first("gone on");
            (chunk.actor, chunk.seq) = (vec![0x0a; 16], 2);
            chunk.deps = vec![scene.others_hash()];
            chunk.start_op = scene.genesis_end() + 3;
            chunk.extra.clear();
            chunk.with(&[Operation::put(scene.answer(1), "value", Value::text("pass"))]).bytes()
        }),
        of("a colleague's actor, begun again", FOREIGN, {
            let mut chunk = scene.first("begun again");
            chunk.actor = vec![0x0a; 16];
            chunk.with(&[Operation::put(scene.answer(1), "value", Value::text("pass"))]).bytes()
        }),
        of("its own review", "held_role", {
            let (mut document, device) = (scene.beginning(), scene.device());
            let since = document.heads();
            let mut session = Session::new(device, [0xc2; 16]);
            let approve = ReviewAct::Approve { heads: vec![] };
            document.review(&mut session, NOW, &approve, &[(None, "自己通过")]).expect("there are reviews");
            document.own_changes(device, &since)
        }),
        of("the genesis and nothing else", "receipt", scene.assignment.genesis.to_vec()),
        of("the genesis twice", FOREIGN, scene.assignment.genesis.to_vec().repeat(2)),
        of(
            "the genesis behind its own change",
            FOREIGN,
            [answered(scene, 0xc3), scene.assignment.genesis.to_vec()].concat(),
        ),
    ];
    cases.extend(beginnings(scene));
    cases
}

/// Beginnings that are not those they should be.
fn beginnings(scene: &Scene) -> Vec<Case> {
    let about = scene.about();
    let begun = |about: &About| genesis(scene.doc(), about, &scene.template);
    let unplanned = |id: u8| DocId::new([id; 16]);
    let elsewhere = |name, code, doc, payload| {
        let body = EnvelopeBody { doc, ..scene.body(payload) };
        Case { name, code, doc, envelope: signed(&body, &scene.key) }
    };
    let own = About { assignment: None, ..about.clone() };
    let continuing = about.continuation(scene.doc());
    let continuation = continuing.continuation_id().expect("it continues something");
    let moved = About { area: OUTSIDE.parse().expect("a code"), ..continuing.clone() };
    let moved_to = moved.continuation_id().expect("it continues something");
    let genesis = |doc, about: &About| genesis(doc, about, &scene.template);
    vec![
        Case::of(
            scene,
            "another moment of beginning",
            GENESIS,
            begun(&About { at: about.at + 1000, ..about.clone() }),
        ),
        Case::of(
            scene,
            "another place of beginning",
            GENESIS,
            begun(&About { area: "530102".parse().expect("a code"), ..about.clone() }),
        ),
        Case::of(scene, "another assignment's beginning", GENESIS, begun(&own)),
        Case::of(scene, "another document's beginning", GENESIS, genesis(unplanned(9), &about)),
        elsewhere(
            "an unplanned inspection that names an assignment",
            GENESIS,
            unplanned(1),
            genesis(unplanned(1), &about),
        ),
        elsewhere(
            "an unplanned inspection with another's beginning",
            GENESIS,
            unplanned(2),
            genesis(unplanned(3), &own),
        ),
        elsewhere(
            "an unplanned inspection by a checklist that is not there",
            "held_unknown_subject",
            unplanned(4),
            genesis(unplanned(4), &About { template_version: 99, ..own.clone() }),
        ),
        elsewhere("an unplanned inspection in no place", "held_unknown_subject", unplanned(5), {
            genesis(unplanned(5), &About { area: "539999".parse().expect("a code"), ..own.clone() })
        }),
        elsewhere("an unplanned inspection with one operation more", GENESIS, unplanned(6), {
            let mut chunk = scene.first("one more");
            (chunk.deps, chunk.start_op) = (Vec::new(), 1);
            chunk.with(&[Operation { object: None, ..Operation::make((1, 0), "about") }]).bytes()
        }),
        elsewhere("an unplanned inspection under a continuation's id", GENESIS, continuation, {
            genesis(continuation, &own)
        }),
        elsewhere("a continuation under an id of its own", GENESIS, unplanned(10), {
            genesis(unplanned(10), &continuing)
        }),
        elsewhere("a continuation of another moment under its id", GENESIS, continuation, {
            genesis(continuation, &About { at: about.at + 1000, ..continuing.clone() })
        }),
        elsewhere("a continuation as an app begins it", "receipt", continuation, {
            genesis(continuation, &continuing)
        }),
        elsewhere("a continuation in another place than what it continues", "held_scope", moved_to, {
            genesis(moved_to, &moved)
        }),
        elsewhere("changes without a beginning", "held_missing", unplanned(7), answered(scene, 0xc4)),
        elsewhere("a beginning outside one's areas", "held_scope", unplanned(8), {
            let doc = unplanned(8);
            let mut chunk = scene.first("outside");
            let outside = About { area: OUTSIDE.parse().expect("a code"), ..own };
            let genesis = genesis(doc, &outside);
            let begun = rounds_shared::document::Document::load(&genesis).expect("it was just made");
            // One operation fewer: it names no assignment.
            chunk.deps = vec![begun.heads()[0].0];
            chunk.start_op -= 1;
            chunk.others = vec![crate::scene::actor_of(&genesis)];
            let (counter, actor) = scene.answer(1);
            let put = Operation::put((counter - 1, actor), "value", Value::text("pass"));
            [genesis, chunk.with(&[put]).bytes()].concat()
        }),
    ]
}
