//! What travels, through the real gate: nothing is lost, nothing is believed that is not signed.

use rounds_shared::{
    document::Session,
    envelope::SecretKey,
    ids::{DeviceId, Epoch},
    inspection::ReviewAct,
    permission::Role,
    protocol::{HeldReason, Holdings, Release, RepairReply, Ruling},
    registry::{Device as RegisteredDevice, DeviceKind},
};

use super::*;
use crate::{
    App,
    testing::{ANNA, AREA, BEN, City, NOW, assignment, killed, surroundings, sync, user},
    view::{AnswerState, DeliveryState, ItemView, ReviewStateView},
};

struct Two {
    _dirs: [tempfile::TempDir; 2],
    city: City,
    anna: App,
    ben: App,
    inspection: String,
}

/// Two inspectors who have their assignment, opened it, and are without a signal.
fn two() -> Two {
    let mut city = City::founded();
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (anna, ben) = (ANNA.app(dirs[0].path(), &city), BEN.app(dirs[1].path(), &city));
    for app in [&anna, &ben] {
        sync(app, &mut city);
    }
    let inspection = anna.open_assignment(&assignment().id.to_string()).unwrap();
    assert_eq!(ben.open_assignment(&assignment().id.to_string()).unwrap(), inspection);
    Two { _dirs: dirs, city, anna, ben, inspection }
}

fn tap(app: &App, inspection: &str, item: &str, value: &str) {
    app.answer(inspection, item, Some(value)).unwrap();
}

fn item(app: &App, inspection: &str, code: &str) -> ItemView {
    let view = app.inspection(inspection).unwrap();
    view.domains.into_iter().flat_map(|domain| domain.items).find(|item| item.code == code).unwrap()
}

#[test]
fn two_people_have_one_document_and_both_see_both_values() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    tap(&anna, &inspection, "FIX-01", "pass");
    tap(&ben, &inspection, "FIX-01", "fail");
    tap(&ben, &inspection, "FIX-03", "4/5");
    for app in [&anna, &ben, &anna] {
        sync(app, &mut city);
    }
    for (app, mine) in [(&anna, "pass"), (&ben, "fail")] {
        let answer = item(app, &inspection, "FIX-01").answer;
        assert_eq!((answer.state, answer.mine.as_deref()), (AnswerState::Conflict, Some(mine)));
        let mut values: Vec<_> =
            answer.values.iter().map(|one| (one.value.as_str(), one.by.name.as_str())).collect();
        values.sort_unstable();
        assert_eq!(values, [("fail", BEN.name), ("pass", ANNA.name)]);
        assert_eq!(item(app, &inspection, "FIX-03").answer.value.as_deref(), Some("4/5"));
        let view = app.inspection(&inspection).unwrap();
        assert!(view.score.provisional);
        assert_eq!(view.delivery.state, DeliveryState::Delivered);
        assert_eq!(app.inspections().unwrap()[0].conflicts, 1);
    }
}

#[test]
fn a_supervisors_decision_and_return_reach_both() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    tap(&anna, &inspection, "FIX-01", "pass");
    tap(&ben, &inspection, "FIX-01", "fail");
    for app in [&anna, &ben] {
        sync(app, &mut city);
        app.submit(&inspection).unwrap();
        sync(app, &mut city);
    }
    // The supervisor's console is a device like any other.
    let console = SecretKey::new([7; 32]);
    let id = DeviceId::of(&console.public());
    city.register(Event::UserPut(user(&crate::testing::Inspector::new("陈", 7), Role::Supervisor)));
    city.register(Event::DeviceEnrolled(RegisteredDevice {
        id,
        key: console.public(),
        user: rounds_shared::ids::UserId::new([7; 16]),
        name: "控制台".into(),
        kind: DeviceKind::Console,
    }));
    let doc = inspection.parse().unwrap();
    let document = city.document(doc);
    let before = document.heads();
    let covers =
        document.inspection().unwrap().recorded("FIX-01").iter().map(|one| one.stamp.op.clone()).collect();
    let mut pen = Session::new(id, [7; 16]);
    let decide = ReviewAct::Decide { value: "fail".into(), covers };
    let mut reviewed = document.clone();
    reviewed.review(&mut pen, NOW, &decide, &[(Some("FIX-01"), "照片可见")]).unwrap();
    reviewed.review(&mut pen, NOW, &ReviewAct::Return, &[(Some("FIX-02"), "补近景")]).unwrap();
    let body = rounds_shared::envelope::EnvelopeBody {
        version: 1,
        city: crate::testing::city_code(),
        doc,
        kind: rounds_shared::envelope::DocKind::Inspection,
        device: id,
        n: 1,
        prev: None,
        seen: city.registry.position(),
        made_at: NOW,
        payload: reviewed.own_changes(id, &before),
    };
    let envelope = Signed::seal(&body, &console).unwrap();
    let request = SyncRequest {
        envelopes: vec![envelope.as_bytes().to_vec().into()],
        ..anna.device().request(NOW).unwrap()
    };
    let verdict = city.sync(&request).verdicts[0].verify(&city.key.public()).unwrap();
    assert!(matches!(verdict.outcome, Outcome::Receipt { .. }), "{verdict:?}");
    for app in [&anna, &ben] {
        sync(app, &mut city);
        let decided = item(app, &inspection, "FIX-01").answer;
        assert_eq!((decided.state, decided.value.as_deref()), (AnswerState::Decided, Some("fail")));
        assert_eq!(decided.decision.unwrap().by.name, "陈");
        assert_eq!(item(app, &inspection, "FIX-02").returned.unwrap().reason, "补近景");
        let today = app.today().unwrap();
        assert_eq!((today.returned.len(), today.assignments.len()), (1, 0), "what was returned comes first");
    }
    // Submitting again answers the return.
    assert_eq!(anna.submit(&inspection).unwrap().state, ReviewStateView::Reviewing);
}

#[test]
fn a_reply_that_never_arrived_costs_nothing_and_stores_nothing_twice() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    tap(&anna, &inspection, "FIX-01", "pass");
    let request = anna.device().request(NOW).unwrap();
    city.sync(&request);
    let length = city.log.len();
    // The connection broke, and the app was killed as well.
    let copy = killed(_dirs[0].path());
    let again = ANNA.reopen(copy.path(), 2);
    tap(&again, &inspection, "FIX-02", "fail");
    sync(&again, &mut city);
    assert_eq!(city.log.len(), length + 1, "only the second answer is new");
    assert_eq!(again.inspection(&inspection).unwrap().delivery.state, DeliveryState::Delivered);
    let merged = city.document(inspection.parse().unwrap()).inspection().unwrap();
    assert_eq!(merged.recorded("FIX-01").len() + merged.recorded("FIX-02").len(), 2);
}

#[test]
fn a_verdict_somebody_else_signed_is_not_believed() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    tap(&anna, &inspection, "FIX-01", "pass");
    let before = store::progress::load(anna.device().store.read()).unwrap();
    city.key = SecretKey::new([98; 32]);
    let request = anna.device().request(NOW).unwrap();
    let reply = city.sync(&request);
    assert_eq!(anna.device().receive(NOW, &request, &reply), Err(Failure::ServerKeyChanged));
    assert_eq!(store::progress::load(anna.device().store.read()).unwrap(), before, "nothing of it was kept");
    assert_eq!(anna.inspection(&inspection).unwrap().delivery.state, DeliveryState::Pending);
}

#[test]
fn a_reply_of_another_server_counts_for_nothing() {
    let Two { _dirs, mut city, anna, .. } = two();
    sync(&anna, &mut city);
    let before = store::progress::load(anna.device().store.read()).unwrap();
    city.key = SecretKey::new([98; 32]);
    let request = anna.device().request(NOW).unwrap();
    let reply = SyncReply { backed_up: 900, ..city.sync(&request) };
    assert!(reply.verdicts.is_empty() && reply.snapshots.is_empty(), "nothing in it is signed");
    assert_eq!(anna.device().receive(NOW, &request, &reply), Err(Failure::ServerKeyChanged));
    assert_eq!(store::progress::load(anna.device().store.read()).unwrap(), before);
}

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
fn an_unplanned_inspection_travels_with_its_beginning() {
    let Two { _dirs, mut city, anna, ben, .. } = two();
    let unplanned = crate::UnplannedInput {
        area: AREA.into(),
        site: None,
        template: "fixture".into(),
        kind: rounds_shared::assignment::InspectionKind::Unannounced,
    };
    let inspection = anna.open_unplanned(&unplanned).unwrap();
    sync(&anna, &mut city);
    assert!(city.log.iter().all(|entry| entry.sort == 1), "an inspection with nothing in it stays here");
    tap(&anna, &inspection, "FIX-01", "pass");
    let copy = killed(_dirs[0].path());
    let again = ANNA.reopen(copy.path(), 2);
    sync(&again, &mut city);
    tap(&again, &inspection, "FIX-02", "fail");
    sync(&again, &mut city);
    assert_eq!(again.inspection(&inspection).unwrap().delivery.state, DeliveryState::Delivered);
    sync(&ben, &mut city);
    assert_eq!(item(&ben, &inspection, "FIX-02").answer.values[0].by.name, ANNA.name);
    assert_eq!(ben.inspections().unwrap().len(), 1, "a colleague's visit is not one of mine");
    let there = ben.area(AREA).unwrap().inspections;
    assert_eq!(there.len(), 2);
    let theirs = there.iter().find(|card| card.id == inspection).unwrap();
    assert_eq!(theirs.delivery.state, DeliveryState::Delivered, "what came from the server is there");
}

#[test]
fn a_page_received_twice_changes_nothing() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    tap(&ben, &inspection, "FIX-01", "fail");
    sync(&ben, &mut city);
    let request = anna.device().request(NOW).unwrap();
    let reply = city.sync(&request);
    for _ in 0..2 {
        anna.device().receive(NOW, &request, &reply).unwrap();
        let documents = anna.device().unsettled().unwrap();
        for doc in documents {
            anna.device().settle(doc).unwrap();
        }
    }
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.values.len(), 1);
    assert!(anna.device().unsettled().unwrap().is_empty());
}

#[test]
fn what_was_received_is_merged_after_a_kill() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    tap(&ben, &inspection, "FIX-01", "fail");
    sync(&ben, &mut city);
    loop {
        let request = anna.device().request(NOW).unwrap();
        let reply = city.sync(&request);
        if !anna.device().receive(NOW, &request, &reply).unwrap().more {
            break;
        }
    }
    // Killed with everything received and nothing merged, while the cursor has moved on.
    let copy = killed(_dirs[0].path());
    let again = ANNA.reopen(copy.path(), 2);
    assert_eq!(item(&again, &inspection, "FIX-01").answer.value.as_deref(), Some("fail"), "without a signal");
    sync(&again, &mut city);
    assert_eq!(item(&again, &inspection, "FIX-01").answer.value.as_deref(), Some("fail"));
}

#[test]
fn what_came_is_given_back_though_a_restore_has_forgotten_who_signed_it() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    tap(&ben, &inspection, "FIX-01", "fail");
    sync(&ben, &mut city);
    let request = anna.device().request(NOW).unwrap();
    let reply = city.sync(&request);
    anna.device().receive(NOW, &request, &reply).unwrap();
    // Before she had looked at it the server was restored, and does not know his phone any more.
    anna.device().registry = rounds_shared::registry::Registry::default();
    anna.device().unsettled().unwrap();
    let lost = *Signed::id_of(&city.log.last().unwrap().body).unwrap().as_bytes();
    let holdings = anna.device().holdings().unwrap();
    let difference = crate::repair::compare(&holdings, |request| {
        let message = request.message.as_ref().and_then(|asked| Holdings::new([]).answer(asked));
        Ok(RepairReply { message, ended: Vec::new() })
    });
    let surplus = difference.unwrap().surplus;
    assert!(surplus.contains(&lost));
    let returned = anna.device().envelopes_to_return(&surplus).unwrap().concat();
    assert!(returned.contains(&city.log.last().unwrap().body));
}

#[test]
fn a_forged_envelope_is_set_aside() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    tap(&ben, &inspection, "FIX-01", "fail");
    sync(&ben, &mut city);
    let last = city.log.last_mut().unwrap();
    let end = last.body.len() - 1;
    last.body[end] ^= 1;
    sync(&anna, &mut city);
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.state, AnswerState::None);
    tap(&anna, &inspection, "FIX-02", "pass");
    sync(&anna, &mut city);
    assert_eq!(anna.inspection(&inspection).unwrap().delivery.state, DeliveryState::Delivered);
}

#[test]
fn a_log_restored_from_a_backup_gets_back_what_it_lost() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    tap(&anna, &inspection, "FIX-01", "pass");
    sync(&anna, &mut city);
    city.register(Event::UserPut(rounds_shared::registry::User {
        id: rounds_shared::ids::UserId::new([7; 16]),
        ..user(&BEN, Role::Inspector)
    }));
    sync(&anna, &mut city);
    let mut restored = City::founded();
    restored.epoch = Epoch::new([2; 16]);
    // The first page is all that gets through: she can still work with the people and checklists she knows.
    let request = anna.device().request(NOW).unwrap();
    let reply = restored.sync(&request);
    assert!(anna.device().receive(NOW, &request, &reply).unwrap().more);
    assert_eq!(anna.today().unwrap().assignments.len(), 1);
    sync(&anna, &mut restored);
    let merged = restored.document(inspection.parse().unwrap()).inspection().unwrap();
    assert_eq!(merged.answer("FIX-01").value(), Some("pass"));
    assert_eq!(anna.today().unwrap().assignments.len(), 1, "the registry is the restored one");
    let knows_him = || anna.device().registry.user(rounds_shared::ids::UserId::new([7; 16])).is_some();
    assert!(knows_him(), "and what the server has lost, until it has it again");
    anna.device().repaired(NOW, false).unwrap();
    assert!(knows_him(), "which is not before it has said so");
    sync(&anna, &mut restored);
    assert!(!knows_him(), "or has not");
}

/// The kind of the first chunk of the only envelope that waits: 0 is a document, 1 a change.
fn chunk_waiting(app: &App) -> u8 {
    let waiting = app.waiting().unwrap();
    assert_eq!(waiting.len(), 1);
    Verified::from_log(waiting[0].clone()).unwrap().body().payload[8]
}

#[test]
fn a_visit_made_alone_travels_as_one_document_and_a_shared_one_as_changes() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    let busy = |app: &App| (0..20).for_each(|n| tap(app, &inspection, "FIX-01", ["pass", "fail"][n % 2]));
    busy(&anna);
    assert_eq!(chunk_waiting(&anna), 0);
    sync(&anna, &mut city);
    sync(&ben, &mut city);
    assert_eq!(anna.heads(&inspection).unwrap(), ben.heads(&inspection).unwrap());
    tap(&ben, &inspection, "FIX-01", "pass");
    sync(&ben, &mut city);
    sync(&anna, &mut city);
    busy(&anna);
    assert_eq!(chunk_waiting(&anna), 1, "what Ben recorded travels in his own envelopes only");
    for app in [&anna, &ben] {
        sync(app, &mut city);
    }
    let heads = city.document(inspection.parse().unwrap()).heads();
    for app in [&anna, &ben] {
        assert_eq!(app.heads(&inspection).unwrap(), heads);
    }
}

#[test]
fn many_acts_are_several_envelopes_that_follow_each_other() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    let text = "记".repeat(2700);
    for _ in 0..80 {
        anna.remark_add(&inspection, None, &text).unwrap();
    }
    let request = anna.device().request(NOW).unwrap();
    assert_eq!(request.envelopes.len(), 2, "80 remarks of 8 KB are more than half a mebibyte");
    assert_eq!(request.n_made, 2);
    sync(&anna, &mut city);
    let view = anna.inspection(&inspection).unwrap();
    assert_eq!((view.remarks.len(), view.delivery.state), (80, DeliveryState::Delivered));
    let merged = city.document(inspection.parse().unwrap()).inspection().unwrap();
    assert_eq!(merged.remarks.len(), 80);
}

#[test]
fn a_document_out_of_scope_goes_unless_something_of_it_is_undelivered() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    tap(&anna, &inspection, "FIX-01", "pass");
    let doc = inspection.parse().unwrap();
    let forget = |anna: &App, city: &mut City| {
        let request = SyncRequest { envelopes: Vec::new(), ..anna.device().request(NOW).unwrap() };
        let reply = SyncReply { forget: vec![doc], ..city.sync(&request) };
        anna.device().receive(NOW, &request, &reply).unwrap();
    };
    forget(&anna, &mut city);
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.value.as_deref(), Some("pass"));
    sync(&anna, &mut city);
    forget(&anna, &mut city);
    assert_eq!(anna.inspection(&inspection), Err(Failure::NotFound));
}

/// Anna's visit of an area she was sent away from, on a device that did not know.
fn sent_away() -> (Two, String) {
    let mut two = two();
    let unplanned = crate::UnplannedInput {
        area: AREA.into(),
        site: None,
        template: "fixture".into(),
        kind: rounds_shared::assignment::InspectionKind::Unannounced,
    };
    let visit = two.anna.open_unplanned(&unplanned).unwrap();
    tap(&two.anna, &visit, "FIX-01", "pass");
    two.anna.remark_add(&visit, None, "井盖松动").unwrap();
    let moved = rounds_shared::registry::User {
        areas: vec!["530103".parse().unwrap()],
        ..user(&ANNA, Role::Inspector)
    };
    let event = Event::UserPut(moved);
    let seq = two.city.append(EntryBody::Registry(event.clone()));
    two.city.registry.apply(seq, NOW - 15 * 24 * 60 * 60 * 1000, &event);
    (two, visit)
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
fn what_left_a_persons_sight_is_forgotten_once_it_is_delivered_and_not_before() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    let doc = inspection.parse().unwrap();
    let request = anna.device().request(NOW).unwrap();
    let reply = SyncReply { forget: vec![doc], ..city.sync(&request) };
    // While the page was on its way, she recorded something.
    tap(&anna, &inspection, "FIX-01", "pass");
    anna.device().receive(NOW, &request, &reply).unwrap();
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.mine.as_deref(), Some("pass"));
    tap(&anna, &inspection, "FIX-02", "pass");
    sync(&anna, &mut city);
    assert!(anna.inspection(&inspection).is_err() && anna.inspections().unwrap().is_empty());
    assert!(anna.open_assignment(&assignment().id.to_string()).is_err(), "its assignment is forgotten, too");
    let delivered = city.document(doc).inspection().unwrap();
    assert_eq!((delivered.recorded("FIX-01").len(), delivered.recorded("FIX-02").len()), (1, 1));
}

#[test]
fn what_comes_back_before_it_was_forgotten_stays() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    let doc = inspection.parse().unwrap();
    let request = anna.device().request(NOW).unwrap();
    let reply = SyncReply { forget: vec![doc], ..city.sync(&request) };
    tap(&anna, &inspection, "FIX-01", "pass");
    anna.device().receive(NOW, &request, &reply).unwrap();
    let request = anna.device().request(NOW).unwrap();
    let mut reply = city.sync(&request);
    let made =
        city.log.iter().find(|entry| matches!(entry.parse(), EntryBody::Registry(Event::AssignmentMade(_))));
    reply.entries.push(made.unwrap().clone());
    anna.device().receive(NOW, &request, &reply).unwrap();
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.mine.as_deref(), Some("pass"));
}

#[test]
fn a_snapshot_never_replaces_what_was_recorded_here() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    let doc: DocId = inspection.parse().unwrap();
    tap(&ben, &inspection, "FIX-01", "fail");
    sync(&ben, &mut city);
    tap(&anna, &inspection, "FIX-01", "pass");
    let snapshot = city.snapshot(doc, &city.key);
    let request = anna.device().request(NOW).unwrap();
    let ask = SyncRequest { envelopes: Vec::new(), ..request };
    let reply = SyncReply { entries: Vec::new(), snapshots: vec![snapshot], ..city.sync(&ask) };
    anna.device().receive(NOW, &ask, &reply).unwrap();
    let documents = anna.device().unsettled().unwrap();
    documents.into_iter().for_each(|doc| anna.device().settle(doc).unwrap());
    let answer = item(&anna, &inspection, "FIX-01").answer;
    assert_eq!((answer.state, answer.mine.as_deref()), (AnswerState::Conflict, Some("pass")));
    sync(&anna, &mut city);
    assert_eq!(city.document(doc).inspection().unwrap().open_conflicts(), ["FIX-01"]);
}

#[test]
fn a_snapshot_counts_only_with_the_servers_signature() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    let doc: DocId = inspection.parse().unwrap();
    tap(&ben, &inspection, "FIX-01", "fail");
    sync(&ben, &mut city);
    let forged = city.snapshot(doc, &SecretKey::new([98; 32]));
    let request = anna.device().request(NOW).unwrap();
    let reply = SyncReply { entries: Vec::new(), snapshots: vec![forged], ..city.sync(&request) };
    assert_eq!(anna.device().receive(NOW, &request, &reply), Err(Failure::ServerKeyChanged));
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.values.len(), 0);
}

#[test]
fn work_recorded_on_a_snapshot_goes_on_after_something_of_it_was_held() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    let doc: DocId = inspection.parse().unwrap();
    tap(&ben, &inspection, "FIX-01", "fail");
    sync(&ben, &mut city);
    // Another phone of Anna's has only what came whole.
    let dir = tempfile::tempdir().unwrap();
    let fresh = ANNA.app(dir.path(), &city);
    let request = fresh.device().request(NOW).unwrap();
    let registry = city.log.iter().filter(|entry| entry.sort == 1).cloned().collect();
    let snapshots = vec![city.snapshot(doc, &city.key)];
    let end = city.end();
    let reply = SyncReply { entries: registry, snapshots, cursor: end, more: false, ..city.sync(&request) };
    fresh.device().receive(NOW, &request, &reply).unwrap();
    assert!(fresh.device().unsettled().unwrap().is_empty(), "there is nothing to merge");
    assert_eq!(fresh.inspections().unwrap().len(), 1);
    fresh.device().write_unchecked(&surroundings(77), doc, "FIX-02", "perhaps");
    tap(&fresh, &inspection, "FIX-03", "4/5");
    sync(&fresh, &mut city);
    sync(&fresh, &mut city);
    let merged = city.document(doc).inspection().unwrap();
    assert_eq!((merged.recorded("FIX-01").len(), merged.recorded("FIX-03").len()), (1, 1));
    assert_eq!(item(&fresh, &inspection, "FIX-01").answer.value.as_deref(), Some("fail"));
    drop(anna);
}
