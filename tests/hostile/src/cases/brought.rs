//! What brings an item of a newer checklist in, and what only looks like it.

use rounds_shared::{document::Document, protocol::limits::ENVELOPE_CHANGES_MAX};

use super::Case;
use crate::{
    change::Operation,
    chunk::ChangeChunk,
    scene::{Scene, payload},
};

const FOREIGN: &str = "envelope_foreign_actor";
const STRUCTURE: &str = "envelope_structure";
/// An item of no checklist.
const UNKNOWN: &str = "NEW-99";

/// What an honest app makes to bring an item in.
fn brought(scene: &Scene, item: &str) -> Vec<u8> {
    let mut document: Document = scene.beginning();
    let since = document.heads();
    document.bring([item]).expect("it is not there");
    document.own_changes(scene.device(), &since)
}

/// The same by hand, for any item.
fn reserved(scene: &Scene, item: &str) -> ChangeChunk {
    let mut actor = blake3::Hasher::new_derive_key("rounds v1 item actor");
    let begun = scene.beginning().about().expect("the server made it").at;
    actor.update(&scene.genesis_hash()).update(item.as_bytes());
    ChangeChunk {
        actor: actor.finalize().as_bytes()[..16].to_vec(),
        time: begun.div_euclid(1000),
        extra: Vec::new(),
        ..scene.first("reserved")
    }
    .with(&[Operation::make(scene.answers(), item)])
}

pub(super) fn cases(scene: &Scene) -> Vec<Case> {
    let of = |name, code, payload| Case::of(scene, name, code, payload);
    assert_eq!(reserved(scene, UNKNOWN).bytes(), brought(scene, UNKNOWN), "by hand as an app makes it");
    let spoiled = |spoil: &dyn Fn(&mut ChangeChunk)| {
        let mut chunk = reserved(scene, UNKNOWN);
        spoil(&mut chunk);
        chunk.bytes()
    };
    vec![
        of("an item of no checklist, brought in", "held_domain", brought(scene, UNKNOWN)),
        of(
            "an item that is there from the start, brought in",
            FOREIGN,
            reserved(scene, &scene.item(0)).bytes(),
        ),
        of("an item brought in twice", STRUCTURE, brought(scene, UNKNOWN).repeat(2)),
        of("an item brought in at another time", FOREIGN, spoiled(&|chunk| chunk.time += 1)),
        of(
            "an item brought in by an actor of its own",
            FOREIGN,
            spoiled(&|chunk| chunk.actor = vec![0xb1; 16]),
        ),
        of("an item brought in for a colleague", FOREIGN, {
            spoiled(&|chunk| *chunk = chunk.clone().by(scene.other_device().as_bytes()))
        }),
        of("an item brought in and signed for", STRUCTURE, {
            spoiled(&|chunk| *chunk = chunk.clone().by(scene.device().as_bytes()))
        }),
        of("as many items brought in as an envelope has changes", "held_full", {
            let items = (0..ENVELOPE_CHANGES_MAX).map(|n| reserved(scene, &format!("NEW-{n}")));
            payload(&items.collect::<Vec<_>>())
        }),
    ]
}
