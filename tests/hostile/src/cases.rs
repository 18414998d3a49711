//! The corpus: what each hostile envelope is called, its bytes, and the code it must be answered with.

mod brought;
mod changes;
mod chunks;
mod claims;
mod documents;
mod envelopes;

use rounds_shared::ids::DocId;

use crate::scene::Scene;

/// One hostile envelope.
pub struct Case {
    /// What it tries.
    pub name: &'static str,
    /// The code of its verdict; `receipt` where it does no harm.
    pub code: &'static str,
    /// The document it is about.
    pub doc: DocId,
    /// Its bytes, as they are sent.
    pub envelope: Vec<u8>,
}

impl Case {
    /// A payload in an envelope that is right in every other way.
    fn of(scene: &Scene, name: &'static str, code: &'static str, payload: Vec<u8>) -> Self {
        Self { name, code, doc: scene.doc(), envelope: scene.seal(payload) }
    }
}

/// Every case, for a device that stands in this scene.
pub fn corpus(scene: &Scene) -> Vec<Case> {
    let mut cases = envelopes::cases(scene);
    cases.extend(chunks::cases(scene));
    cases.extend(documents::cases(scene));
    cases.extend(changes::cases(scene));
    cases.extend(claims::cases(scene));
    cases.extend(brought::cases(scene));
    cases
}
