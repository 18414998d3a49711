//! What the checklist does not know is held, and loses nothing.

use rounds_shared::{
    document::{FindingDraft, PhotoDraft},
    ids::PhotoHash,
    inspection::{Opinion, Passage, PhotoRole, PhotoSource},
};

use super::*;

#[test]
fn what_the_checklist_does_not_ask_or_know_of_an_item_is_held() {
    let mut city = City::new();
    let held = |outcome: &Outcome| matches!(outcome, Outcome::Held { reason: HeldReason::Domain, .. });
    let template = template();
    let items = || template.domains[0].domain.items.iter();
    let not_asked = items().find(|item| !item.is_asked()).unwrap();
    let mut one = city.phone(1);
    one.answer(not_asked.code.as_str(), "na");
    let answer = one.pack(&city);
    assert!(held(outcome(&city.deliver(&[&answer]))), "nobody is asked {}", not_asked.code);
    let (item, other) = (items().next().unwrap(), items().find(|item| !item.kinds.is_empty()).unwrap());
    let stranger = items().filter(|one| one.code != other.code).flat_map(|one| &one.kinds).next().unwrap();
    let draft = |kind: &str| FindingDraft {
        item: other.code.as_str().into(),
        kind: kind.into(),
        note: String::new(),
        place: "3栋2单元门前".into(),
        point: None,
        fixed_on_spot: false,
        asset: String::new(),
    };
    let mut two = city.phone(2);
    two.document.add_finding(&mut two.session, NOW, &draft(stranger.code.as_str())).unwrap();
    let finding = two.pack(&city);
    assert!(held(outcome(&city.deliver(&[&finding]))), "{} is no kind of {}", stranger.code, other.code);
    let mut honest = city.phone(2);
    honest.n = two.n;
    honest.document.add_finding(&mut honest.session, NOW, &draft(other.kinds[0].code.as_str())).unwrap();
    honest.answer(item.code.as_str(), "na");
    let finding = honest.pack(&city);
    assert!(matches!(outcome(&city.deliver(&[&finding])), Outcome::Receipt { .. }));
}

#[test]
fn a_response_where_nobody_is_asked_and_a_photo_of_nothing_are_held() {
    let mut city = City::new();
    let held = |outcome: &Outcome| matches!(outcome, Outcome::Held { reason: HeldReason::Domain, .. });
    let mut one = city.phone(1);
    one.document.respond(&mut one.session, NOW, "SAN-06", Opinion::Yes).unwrap();
    let response = one.pack(&city);
    assert!(held(outcome(&city.deliver(&[&response]))), "SAN-06 is counted on the spot");
    let photo = |role| PhotoDraft {
        hash: PhotoHash::of(b"photo"),
        bytes: 5,
        item: None,
        finding: None,
        copy_of: None,
        source: PhotoSource::Drawn,
        role,
        point: None,
    };
    let mut two = city.phone(2);
    two.document.add_photo(&mut two.session, NOW, &photo(PhotoRole::Evidence)).unwrap();
    let loose = two.pack(&city);
    assert!(held(outcome(&city.deliver(&[&loose]))), "a photo belongs to an item");
    let mut honest = city.phone(2);
    honest.n = two.n;
    honest.document.add_photo(&mut honest.session, NOW, &photo(PhotoRole::Signature)).unwrap();
    honest.document.pass(&mut honest.session, NOW, Passage::Arrival, None).unwrap();
    let signed = honest.pack(&city);
    assert!(matches!(outcome(&city.deliver(&[&signed])), Outcome::Receipt { .. }));
}
