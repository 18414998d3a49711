//! Promises of items that are brought in from a newer version of the checklist.

use super::*;
use crate::{
    assessment::assess,
    registry::{Event, Registry},
    template::{Item, ItemCode},
};

const NEW: &str = "FIX-90";

/// A later version, which has one more item.
fn later(version: u32) -> Template {
    let mut template = template();
    template.version = version;
    let domain = &mut template.domains[0].domain;
    let like = domain.items.iter().find(|item| item.code.as_str() == "FIX-01").unwrap().clone();
    domain.items.insert(1, Item { code: ItemCode::parse(NEW).unwrap(), kinds: Vec::new(), ..like });
    template
}

fn registry(versions: &[Template]) -> Registry {
    let mut registry = Registry::default();
    for (position, template) in (1..).zip(versions) {
        registry.apply(position, 0, &Event::TemplatePublished(Box::new(template.clone())));
    }
    registry
}

#[test]
fn two_who_bring_the_same_item_in_have_one_item_and_both_values() {
    let (mut anna, mut ben) = (begun(), begun());
    // Each has recorded something else before, so that nothing but the genesis is common.
    anna.answer(&mut session(ANNA, 1), NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    anna.bring([NEW]).unwrap();
    anna.answer(&mut session(ANNA, 2), NOW, NEW, Some("pass"), How::Tap).unwrap();
    ben.bring([NEW]).unwrap();
    ben.answer(&mut session(BEN, 3), NOW, NEW, Some("fail"), How::Tap).unwrap();
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    assert_eq!(anna.heads(), ben.heads());
    let both = anna.inspection().unwrap();
    assert_eq!(both, ben.inspection().unwrap());
    assert_eq!(both.brought, [NEW]);
    assert_eq!(both.answer(NEW), Answer::Conflict);
    assert_eq!(values(&both, NEW), [("fail".into(), Some(BEN)), ("pass".into(), Some(ANNA))]);
    let saved = Document::load(&anna.save_plain()).unwrap();
    assert_eq!(saved.inspection().unwrap(), both, "and it is saved and loaded like everything else");
    // Somebody who has no value of his own adds one and takes none away.
    anna.answer(&mut session(CHEN, 4), NOW, NEW, Some("na"), How::Tap).unwrap();
    assert_eq!(values(&anna.inspection().unwrap(), NEW).len(), 3);
}

#[test]
fn bringing_in_again_or_what_is_there_from_the_start_changes_nothing() {
    let mut anna = begun();
    anna.bring([NEW, NEW, "FIX-01"]).unwrap();
    let heads = anna.heads();
    anna.bring([NEW]).unwrap();
    assert_eq!((anna.heads(), anna.brought()), (heads, vec![NEW.to_owned()]));
}

#[test]
fn what_brings_an_item_in_is_known_by_its_bytes_alone() {
    let mut anna = begun();
    anna.bring([NEW]).unwrap();
    anna.answer(&mut session(ANNA, 1), NOW, NEW, Some("pass"), How::Tap).unwrap();
    let bytes = anna.own_changes(ANNA, &[]);
    // Frozen: documents in the field hold these bytes. Only ever add another fixture.
    let golden = include_str!("../../../fixtures/item-brought-v1.hex").trim();
    let mut alone = begun();
    alone.bring([NEW]).unwrap();
    assert_eq!(data_encoding::HEXLOWER.encode(&alone.own_changes(BEN, &[])), golden);

    let examined = |start: &Document, device| {
        start.examine(&Known::of(start), &Payload::decode(&bytes).unwrap(), device)
    };
    let Ok(Touched::Writes(writes)) = examined(&begun(), ANNA) else { panic!("it is admitted") };
    assert_eq!(writes[0], Write::ItemBrought(NEW.to_owned()));
    let Ok(Touched::Writes(writes)) = examined(&alone, ANNA) else { panic!("it is admitted") };
    assert!(matches!(writes[0], Write::Answer { .. }), "what is there already is brought by nobody");
    // In another document it waits for a genesis that is not there.
    let other = genesis(doc_id(), &About { at: NOW + 5000, ..about() }, &template());
    let elsewhere = examined(&Document::load(&other).unwrap(), ANNA);
    assert_eq!(elsewhere, Ok(Touched::Missing(vec![begun().heads()[0]])));
}

#[test]
fn an_item_is_asked_as_the_first_version_that_has_it_asks_for_it_and_no_answer_is_dropped() {
    let mut anna = begun();
    anna.answer(&mut session(ANNA, 1), NOW, "FIX-01", Some("fail"), How::Tap).unwrap();
    let before = anna.inspection().unwrap();
    let mut third = later(3);
    // The third version changes the new item, and has left an old one out.
    third.domains[0].domain.items.iter_mut().find(|item| item.code.as_str() == NEW).unwrap().zh = "改".into();
    third.domains[0].domain.items.retain(|item| item.code.as_str() != "FIX-01");
    let registry = registry(&[template(), later(2), third]);
    let (latest, items) = registry.newer_items(&before).unwrap();
    let codes: Vec<&str> = items.iter().map(|item| item.code.as_str()).collect();
    assert_eq!((latest.version, codes), (3, vec![NEW]));
    assert!(registry.checklist(&before).unwrap().item(NEW).is_none(), "nobody has brought it in");

    anna.bring([NEW]).unwrap();
    anna.answer(&mut session(ANNA, 2), NOW, NEW, Some("pass"), How::Tap).unwrap();
    let after = anna.inspection().unwrap();
    let checklist = registry.checklist(&after).unwrap();
    assert_eq!(checklist.item(NEW), later(2).item(NEW));
    assert!(registry.newer_items(&after).is_none(), "there is nothing more to bring in");
    let (scored, old) = (assess(&checklist, &after), assess(&template(), &before));
    assert_eq!((scored.asked, scored.answered), (old.asked + 1, old.answered + 1));
    assert!(scored.total > old.total, "the new answer counts, and the old one still does");
    assert_eq!(after.answer("FIX-01"), Answer::Agreed("fail".into()));
}

#[test]
fn an_item_is_found_by_the_version_that_it_was_brought_into() {
    let registry = registry(&[template(), later(2)]);
    let (id, version) = (template().id, template().version);
    assert_eq!(registry.item(&id, version, NEW), later(2).item(NEW));
    assert_eq!(registry.item(&id, version, "FIX-01"), template().item("FIX-01"));
    assert_eq!(registry.item(&id, version, "FIX-99"), None);
}
