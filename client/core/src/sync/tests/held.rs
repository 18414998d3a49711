//! What is held or refused, and how the device goes on.

use super::*;

#[test]
fn what_is_held_stays_in_view_with_its_reason_until_a_person_rules() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    // Anna's device does not know yet that she inspects no more, and the time of grace is over.
    let unit = user(&ANNA, Role::Unit);
    let event = Event::UserPut(unit);
    let seq = city.append(EntryBody::Registry(event.clone()));
    city.registry.apply(seq, NOW - 15 * 24 * 60 * 60 * 1000, &event);
    tap(&anna, &inspection, "FIX-01", "pass");
    let request = anna.device().request(NOW).unwrap();
    let reply = city.sync(&request);
    anna.device().receive(NOW, &request, &reply).unwrap();
    let delivery = anna.inspection(&inspection).unwrap().delivery;
    assert_eq!(delivery.state, DeliveryState::Held);
    assert_eq!(delivery.reason.as_deref(), Some(HeldReason::StaleAuthority.code()));
    assert_eq!(anna.sync_status().unwrap().held, 1);
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.mine.as_deref(), Some("pass"), "the view keeps it");
    sync(&ben, &mut city);
    assert_eq!(item(&ben, &inspection, "FIX-01").answer.state, AnswerState::None, "nobody else sees it");
    // Ruled against, and then admitted after all.
    let held = city.log.last().unwrap().clone();
    let EntryBody::Envelope(envelope, _) = held.parse() else { panic!("the last entry is the envelope") };
    let id = Signed::decode(envelope.clone()).unwrap().id();
    let by = BEN.user;
    city.append(EntryBody::Ruling(Ruling { envelope: id, admit: false, reason: "重复".into(), by }));
    sync(&anna, &mut city);
    assert_eq!(anna.inspection(&inspection).unwrap().delivery.state, DeliveryState::Attention);
    city.append(EntryBody::Release(Release { held: held.seq, envelope }));
    for app in [&anna, &ben] {
        sync(app, &mut city);
        assert_eq!(item(app, &inspection, "FIX-01").answer.value.as_deref(), Some("pass"));
    }
    assert_eq!(anna.inspection(&inspection).unwrap().delivery.state, DeliveryState::Delivered);
}

#[test]
fn what_is_refused_is_kept_and_tried_again_when_the_server_changes() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    let founded = |code: &str| Event::CityFounded {
        city: code.parse().unwrap(),
        name: rounds_shared::template::Text { zh: String::new(), en: String::new() },
    };
    city.registry.apply(900, NOW, &founded("5303"));
    tap(&anna, &inspection, "FIX-01", "pass");
    sync(&anna, &mut city);
    let delivery = anna.inspection(&inspection).unwrap().delivery;
    assert_eq!(delivery.reason.as_deref(), Some("envelope_other_city"));
    assert_eq!(delivery.state, DeliveryState::Attention);
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.value.as_deref(), Some("pass"));
    city.registry.apply(901, NOW, &founded("5301"));
    city.forget_refusals();
    sync(&anna, &mut city);
    assert_eq!(anna.inspection(&inspection).unwrap().delivery.state, DeliveryState::Attention);
    city.version = "2";
    sync(&anna, &mut city);
    sync(&anna, &mut city);
    assert_eq!(anna.inspection(&inspection).unwrap().delivery.state, DeliveryState::Delivered);
}

#[test]
fn after_something_was_held_later_work_is_merged() {
    let (Two { _dirs, mut city, anna, .. }, visit) = sent_away();
    sync(&anna, &mut city);
    let view = anna.inspection(&visit).unwrap();
    assert_eq!(view.delivery.state, DeliveryState::Held);
    let first = item(&anna, &visit, "FIX-01").answer;
    assert_eq!(
        (first.mine, first.held.as_deref()),
        (None, Some("pass")),
        "it waits, and is shown as waiting"
    );
    assert!(view.remarks.len() == 1 && view.remarks[0].held);
    // Sent back there: what she records from now on stands on nothing that is held.
    city.register(Event::UserPut(user(&ANNA, Role::Inspector)));
    sync(&anna, &mut city);
    tap(&anna, &visit, "FIX-02", "fail");
    anna.remark_add(&visit, None, "已补盖").unwrap();
    let copy = killed(_dirs[0].path());
    let anna = ANNA.reopen(copy.path(), 3);
    sync(&anna, &mut city);
    let doc = visit.parse().unwrap();
    let merged = city.document(doc).inspection().unwrap();
    assert_eq!(merged.answer("FIX-02").value(), Some("fail"));
    assert_eq!(merged.remarks.len(), 1);
    assert_eq!(merged.recorded("FIX-01"), []);
    assert_eq!(anna.sync_status().unwrap().held, 1, "and only that is held");
    // Admitted after all: it joins what was recorded since.
    let held = city
        .log
        .iter()
        .find(|entry| matches!(entry.judgement, Some(Judgement::Held { .. })))
        .unwrap()
        .clone();
    let EntryBody::Envelope(envelope, _) = held.parse() else { panic!("it is an envelope") };
    city.append(EntryBody::Release(Release { held: held.seq, envelope }));
    sync(&anna, &mut city);
    let first = item(&anna, &visit, "FIX-01").answer;
    assert_eq!((first.value.as_deref(), first.held), (Some("pass"), None));
    let view = anna.inspection(&visit).unwrap();
    assert_eq!(view.remarks.len(), 2);
    assert!(view.remarks.iter().all(|remark| !remark.held));
    assert_eq!(view.delivery.state, DeliveryState::Delivered);
}

#[test]
fn a_photo_that_waits_for_a_ruling_keeps_nobody_from_recording_the_finding() {
    let (Two { _dirs, mut city, anna, .. }, visit) = sent_away();
    let photo = anna.photo_add(&taken(&visit), &picture(0)).unwrap();
    assert!(!photo.held);
    sync(&anna, &mut city);
    let loose = item(&anna, &visit, "FIX-02").photos;
    assert_eq!(loose.iter().map(|one| (one.id.as_str(), one.held)).collect::<Vec<_>>(), [(&*photo.id, true)]);
    let fresh = anna.photo_add(&taken(&visit), &picture(9)).unwrap();
    let ids = [photo.id.clone(), fresh.id.clone()];
    let with = |ids: &[String]| anna.finding_add(&visit, "FIX-02", &finding(), ids);
    assert_eq!(with(&["somebody-else".to_owned()]).err(), Some(Failure::NotFound));
    let saved = with(&ids).unwrap();
    let photos: Vec<&str> = saved.findings[0].photos.iter().map(|one| one.id.as_str()).collect();
    assert_eq!((photos, saved.photos.len()), (vec![&*fresh.id], 1), "it waits by itself, and is still shown");
}

#[test]
fn what_the_gate_would_take_of_a_held_envelope_is_recorded_again() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    tap(&anna, &inspection, "FIX-01", "pass");
    // A later version of the app writes what this checklist's scale does not know.
    let doc = inspection.parse().unwrap();
    anna.device().write_unchecked(&surroundings(77), doc, "FIX-02", "excellent");
    sync(&anna, &mut city);
    let merged = city.document(doc).inspection().unwrap();
    assert_eq!(merged.answer("FIX-01").value(), Some("pass"), "the rest of it is not held hostage");
    assert_eq!(merged.recorded("FIX-02"), []);
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.mine.as_deref(), Some("pass"));
    assert_eq!(item(&anna, &inspection, "FIX-02").answer.held.as_deref(), Some("excellent"));
    let round_trips = city.log.len();
    sync(&anna, &mut city);
    assert_eq!(city.log.len(), round_trips, "and it ends there");
}

#[test]
fn taps_made_while_the_verdict_travels_are_signed_and_follow() {
    let (Two { _dirs, mut city, anna, .. }, visit) = sent_away();
    let request = anna.device().request(NOW).unwrap();
    let reply = city.sync(&request);
    tap(&anna, &visit, "FIX-02", "fail");
    anna.device().receive(NOW, &request, &reply).unwrap();
    sync(&anna, &mut city);
    let held =
        city.log.iter().filter(|entry| matches!(entry.judgement, Some(Judgement::Held { .. }))).count();
    assert_eq!(held, 2, "both are in the log");
    assert_eq!(item(&anna, &visit, "FIX-02").answer.held.as_deref(), Some("fail"));
    assert_eq!(anna.device().has_waiting(), Ok(false));
}

#[test]
fn an_envelope_spoilt_on_the_device_does_not_stop_the_others() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    tap(&anna, &inspection, "FIX-01", "pass");
    anna.device().pack(NOW).unwrap();
    anna.device().store.write(|transaction| store::outbox::spoil(transaction)).unwrap();
    let request = anna.device().request(NOW).unwrap();
    assert_eq!(request.envelopes.len(), 1);
    let malformed = Verdict {
        envelope: rounds_shared::ids::EnvelopeId::new([0; 32]),
        outcome: Outcome::Refused { reason: rounds_shared::protocol::RefusedReason::Malformed },
        duplicate: false,
    };
    let empty = SyncRequest { envelopes: Vec::new(), ..request.clone() };
    let reply = SyncReply { verdicts: vec![SignedVerdict::sign(&malformed, &city.key)], ..city.sync(&empty) };
    anna.device().receive(NOW, &request, &reply).unwrap();
    assert_eq!(anna.device().has_waiting(), Ok(false), "it is not sent for ever");
    assert_eq!(anna.inspection(&inspection).unwrap().delivery.reason.as_deref(), Some("envelope_malformed"));
}

#[test]
fn what_is_held_for_a_reason_unknown_here_is_not_recorded_again_and_again() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    // The server knows of something this device is not told.
    let event = Event::UserPut(user(&ANNA, Role::Unit));
    city.registry.apply(900, NOW - 15 * 24 * 60 * 60 * 1000, &event);
    tap(&anna, &inspection, "FIX-01", "pass");
    sync(&anna, &mut city);
    let held =
        city.log.iter().filter(|entry| matches!(entry.judgement, Some(Judgement::Held { .. }))).count();
    assert_eq!(held, 1);
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.held.as_deref(), Some("pass"));
}

#[test]
fn what_only_a_later_version_understands_of_a_verdict_is_asked_again_by_it() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    tap(&anna, &inspection, "FIX-01", "pass");
    let request = anna.device().request(NOW).unwrap();
    let envelope = rounds_shared::envelope::Signed::decode(request.envelopes[0].to_vec()).unwrap().id();
    let later = Verdict { envelope, outcome: Outcome::Later, duplicate: false };
    let empty = SyncRequest { envelopes: Vec::new(), ..request.clone() };
    let reply = SyncReply { verdicts: vec![SignedVerdict::sign(&later, &city.key)], ..city.sync(&empty) };
    anna.device().receive(NOW, &request, &reply).unwrap();
    let copy = killed(_dirs[0].path());
    let same = ANNA.reopen(copy.path(), 2);
    assert_eq!(same.device().has_waiting(), Ok(false), "this version would not understand it either");
    assert_eq!(same.sync_status().unwrap().held, 1);
    // As a version before this one left it.
    same.device().store.write(|transaction| store::versions::set(transaction, "0.0.1")).unwrap();
    drop(same);
    let newer = ANNA.reopen(copy.path(), 3);
    assert_eq!(newer.device().has_waiting(), Ok(true));
    sync(&newer, &mut city);
    assert_eq!(newer.inspection(&inspection).unwrap().delivery.state, DeliveryState::Delivered);
}
