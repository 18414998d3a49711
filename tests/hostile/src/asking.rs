//! Asking the gate as a server does: bytes in, a code out.

use rounds_shared::{
    document::Document,
    envelope::{EnvelopeError, Signed},
    gate::{self, Circumstances, Finding},
    protocol::{Judgement, RefusedReason},
    registry::Registry,
};

use crate::scene::NOW;

/// The code of the verdict on an envelope, given the document it is about.
pub fn ask(registry: &Registry, document: Option<&Document>, bytes: Vec<u8>) -> &'static str {
    let envelope = Signed::decode(bytes).and_then(|signed| {
        let device = registry.device(signed.device());
        device.map(|device| signed.verify(&device.key)).transpose()
    });
    let envelope = match envelope {
        Ok(Some(envelope)) => envelope,
        Ok(None) => return RefusedReason::UnknownDevice.code(),
        Err(error) => return refused(error).code(),
    };
    let circumstances = Circumstances { registry, now: NOW, confirmed: 0 };
    match gate::judge(circumstances, document, &envelope) {
        Finding::Merge(_) | Finding::Known | Finding::Hold(Judgement::Merged) => "receipt",
        Finding::Hold(Judgement::Held { reason, .. }) => reason.code(),
        Finding::Refuse(reason) => reason.code(),
    }
}

fn refused(error: EnvelopeError) -> RefusedReason {
    match error {
        EnvelopeError::TooLarge => RefusedReason::TooLarge,
        EnvelopeError::Version(_) => RefusedReason::Version,
        EnvelopeError::Malformed => RefusedReason::Malformed,
        EnvelopeError::Signature => RefusedReason::Signature,
    }
}

#[cfg(test)]
mod tests {
    use rounds_shared::{
        envelope::EnvelopeBody,
        ids::UserId,
        protocol::limits::AUTHORITY_GRACE_MS,
        registry::{Event, User},
    };

    use super::*;
    use crate::{
        full,
        scene::{self, Scene, signed},
    };

    /// When the registry said what of the inspector: he has the area from the start, and loses it.
    const HAS: u64 = 100;
    const LOSES: u64 = 200;

    fn told(scene: &Scene) -> Registry {
        let mut scene_without_people = scene::scene();
        scene_without_people.assignment.people.clear();
        let mut registry = scene::registry(&scene_without_people);
        let user = registry.user(UserId::new([1; 16])).expect("he is in the scene").clone();
        let within = User { areas: vec![scene.assignment.area.clone()], ..user.clone() };
        registry.apply(HAS, NOW - 10 * AUTHORITY_GRACE_MS, &Event::UserPut(within));
        registry.apply(LOSES, NOW, &Event::UserPut(user));
        registry
    }

    fn judged(registry: &Registry, scene: &Scene, seen: u64, confirmed: u64, now: i64) -> &'static str {
        let body = EnvelopeBody { seen, ..scene.body(full::one(scene)) };
        let envelope =
            Signed::decode(signed(&body, &scene.key)).unwrap().verify(&scene.key.public()).unwrap();
        let circumstances = Circumstances { registry, now, confirmed };
        match gate::judge(circumstances, Some(&scene.merged()), &envelope) {
            Finding::Merge(_) => "receipt",
            Finding::Hold(Judgement::Held { reason, .. }) => reason.code(),
            Finding::Known | Finding::Hold(Judgement::Merged) | Finding::Refuse(_) => "other",
        }
    }

    #[test]
    fn authority_is_judged_by_what_the_device_knew_and_only_for_a_while() {
        let scene = scene::scene();
        let registry = told(&scene);
        let soon = NOW + AUTHORITY_GRACE_MS;
        assert_eq!(judged(&registry, &scene, HAS, 0, soon), "receipt", "it could not know");
        assert_eq!(judged(&registry, &scene, LOSES - 1, 0, soon), "receipt");
        assert_eq!(judged(&registry, &scene, HAS, 0, soon + 1), "held_stale", "it had two weeks to ask");
        assert_eq!(judged(&registry, &scene, LOSES, 0, soon), "held_scope", "it knew");
    }

    #[test]
    fn nobody_gains_by_saying_that_he_knew_less_or_more() {
        let scene = scene::scene();
        let registry = told(&scene);
        assert_eq!(judged(&registry, &scene, HAS, LOSES, NOW), "held_scope", "it had confirmed it before");
        assert_eq!(judged(&registry, &scene, 0, LOSES, NOW), "held_scope");
        assert_eq!(judged(&registry, &scene, u64::MAX, 0, NOW), "held_scope", "nobody has seen that yet");
    }

    #[test]
    fn who_was_disabled_or_revoked_has_no_time_of_grace() {
        let scene = scene::scene();
        let (mut disabled, mut revoked) = (told(&scene), told(&scene));
        let user = disabled.user(UserId::new([1; 16])).unwrap().clone();
        disabled.apply(LOSES + 1, NOW, &Event::UserPut(User { active: false, ..user }));
        assert_eq!(judged(&disabled, &scene, HAS, 0, NOW), "held_revoked");
        let by = UserId::new([9; 16]);
        let lost = Event::DeviceRevoked { device: scene.device(), reason: "遗失".into(), by };
        revoked.apply(LOSES + 1, NOW, &lost);
        assert_eq!(judged(&revoked, &scene, HAS, 0, NOW), "held_revoked");
    }
}
