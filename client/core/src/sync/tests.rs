//! What travels, through the real gate: nothing is lost, nothing is believed that is not signed.

mod held;
mod sight;

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
    App, FindingInput,
    testing::{
        ANNA, AREA, BEN, City, NOW, assignment, finding, killed, picture, surroundings, sync, taken, user,
    },
    view::{AnswerState, DeliveryState, HowView, InspectionView, ItemView, ReviewStateView},
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

/// What stands for an item: each value, whose it is, and how it was given.
fn stands(app: &App, inspection: &str, code: &str) -> Vec<(String, String, HowView)> {
    let values = item(app, inspection, code).answer.values.into_iter();
    let mut values: Vec<_> = values.map(|one| (one.value, one.by.name, one.how)).collect();
    values.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
    values
}

#[test]
fn a_tap_taken_back_leaves_what_stood_before_it() {
    // What stood, what Ben taps then, and what stands when he has taken it back after it was delivered.
    type Stood<'s> = &'s [(&'s str, &'s str)];
    const DIFFER: Stood<'_> = &[("fail", "本"), ("pass", "安娜")];
    const AGREE: Stood<'_> = &[("pass", "安娜"), ("pass", "本")];
    let cases: [(Stood<'_>, &str, Stood<'_>); 5] = [
        (&[], "fail", &[]),
        (&[("pass", "本")], "fail", &[("pass", "本")]),
        // Only she could say it for her.
        (&[("pass", "安娜")], "fail", &[("pass", "本")]),
        (DIFFER, "pass", DIFFER),
        (AGREE, "na", AGREE),
    ];
    for is_delivered in [false, true] {
        for (stood, tapped, expected) in cases {
            let Two { _dirs, mut city, anna, ben, inspection } = two();
            for (value, who) in stood {
                tap(if *who == "本" { &ben } else { &anna }, &inspection, "FIX-01", value);
            }
            for app in [&anna, &ben, &anna] {
                sync(app, &mut city);
            }
            let before = (stands(&ben, &inspection, "FIX-01"), ben.heads(&inspection).unwrap());
            tap(&ben, &inspection, "FIX-01", tapped);
            if is_delivered {
                sync(&ben, &mut city);
            }
            ben.take_back(&inspection, "FIX-01").unwrap();
            assert_eq!(ben.take_back(&inspection, "FIX-01").err(), Some(Failure::NotFound), "once");
            if !is_delivered {
                let after = (stands(&ben, &inspection, "FIX-01"), ben.heads(&inspection).unwrap());
                assert_eq!((after, ben.sync_status().unwrap().changes_pending), (before, 0), "{stood:?}");
            }
            let killed = killed(_dirs[1].path());
            let again = BEN.reopen(killed.path(), 9);
            for app in [&again, &anna] {
                sync(app, &mut city);
            }
            let expected = if is_delivered { expected } else { stood };
            for app in [&again, &anna] {
                let stands = stands(app, &inspection, "FIX-01");
                let stands: Vec<_> = stands.iter().map(|(value, who, _)| (&**value, &**who)).collect();
                assert_eq!(stands, expected, "{stood:?}, delivered: {is_delivered}");
            }
            tap(&again, &inspection, "FIX-01", "na");
            sync(&again, &mut city);
            assert_eq!(again.inspection(&inspection).unwrap().delivery.state, DeliveryState::Delivered);
        }
    }
}

#[test]
fn what_a_tap_on_the_rest_had_said_is_its_again_when_a_tap_on_it_is_taken_back() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    anna.pass_rest(&inspection, "FIX").unwrap();
    tap(&anna, &inspection, "FIX-01", "na");
    sync(&anna, &mut city);
    anna.take_back(&inspection, "FIX-01").unwrap();
    assert_eq!(stands(&anna, &inspection, "FIX-01"), [("pass".into(), "安娜".into(), HowView::Rest)]);
}

#[test]
fn what_two_changed_apart_in_one_finding_is_said_with_it() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    let id = anna.finding_add(&inspection, "FIX-02", &finding(), &[]).unwrap().findings[0].id.clone();
    for app in [&anna, &ben] {
        sync(app, &mut city);
    }
    for (app, place) in [(&anna, "3栋"), (&ben, "5栋")] {
        let input = FindingInput { place: place.into(), ..finding() };
        assert_eq!(app.finding_edit(&inspection, &id, &input).unwrap().findings[0].conflicts, [""; 0]);
    }
    for app in [&anna, &ben, &anna] {
        sync(app, &mut city);
    }
    for app in [&anna, &ben] {
        assert_eq!(item(app, &inspection, "FIX-02").findings[0].conflicts, ["place"]);
    }
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
    let open = |view: &InspectionView| view.review.iter().map(|entry| entry.open).collect::<Vec<_>>();
    assert_eq!(open(&anna.inspection(&inspection).unwrap()), [false, true]);
    // Submitting again answers the return.
    let again = anna.submit(&inspection).unwrap();
    assert_eq!((again.state, open(&again)), (ReviewStateView::Reviewing, vec![false, false]));
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
    let difference = crate::repair::compare(PROTOCOL_VERSION, &holdings, |request| {
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
