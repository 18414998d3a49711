//! What a supervisor decides reaches both devices, and nobody can undo it silently.

use rounds_client_core::view::{AnswerState, ReviewStateView};
use serde_json::json;

use super::town::{Phone, Town};

/// An inspection on which two phones differ about SAN-05, delivered.
fn differing(town: &Town) -> (Phone, Phone, String) {
    let people = ["inspector1", "inspector2"];
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &people);
    let (one, two) = (town.phone("inspector1"), town.phone("inspector2"));
    let inspection = one.app.open_assignment(&assignment).unwrap();
    two.app.open_assignment(&assignment).unwrap();
    one.answer(&inspection, "SAN-05", "pass");
    two.answer(&inspection, "SAN-05", "fail");
    one.answer(&inspection, "SAN-02", "pass");
    one.app.submit(&inspection).unwrap();
    two.app.submit(&inspection).unwrap();
    assert_eq!((one.sync(), two.sync(), one.sync()), (None, None, None));
    (one, two, inspection)
}

#[test]
fn a_decision_reaches_both_devices_and_a_later_tap_reopens_it() {
    let town = Town::new();
    let (one, two, inspection) = differing(&town);
    let mut desk = town.desk("supervisor");
    assert_eq!(desk.item(&inspection, "SAN-05")["answer"]["state"], "conflict");
    desk.decide(&inspection, "SAN-05", "fail").unwrap();
    assert_eq!((one.sync(), two.sync()), (None, None));
    for phone in [&one, &two] {
        let answer = phone.item(&inspection, "SAN-05").answer;
        assert_eq!((answer.state, answer.value.as_deref()), (AnswerState::Decided, Some("fail")));
        let decision = answer.decision.unwrap();
        assert_eq!((decision.by.name.as_str(), decision.reason.as_str()), ("王敏", "照片可见"));
        assert_eq!(answer.values.len(), 2, "what was recorded stays to be seen");
    }
    one.answer(&inspection, "SAN-05", "na");
    assert_eq!(one.sync(), None);
    let item = desk.item(&inspection, "SAN-05");
    assert_eq!(item["answer"]["state"], "reopened");
    let history: Vec<_> =
        item["history"].as_array().unwrap().iter().map(|one| one["value"].clone()).collect();
    assert_eq!(history.len(), 3, "every value ever recorded is in the history: {history:?}");
}

#[test]
fn a_decision_on_what_has_changed_meanwhile_is_not_made() {
    let town = Town::new();
    let (one, _, inspection) = differing(&town);
    let mut desk = town.desk("supervisor");
    let covers = desk.item(&inspection, "SAN-05")["answer"]["covers"].clone();
    one.answer(&inspection, "SAN-05", "na");
    assert_eq!(one.sync(), None);
    let stale = json!({ "item": "SAN-05", "value": "pass", "covers": covers, "reason": "属实" });
    let refused = desk.post(&format!("/v1/inspections/{inspection}/decisions"), &stale).unwrap_err();
    assert_eq!(refused, (409, "conflict_changed".into()));
    assert_eq!(desk.item(&inspection, "SAN-05")["answer"]["state"], "conflict");
}

#[test]
fn a_return_shows_its_reason_on_the_device_and_ends_with_the_next_submission() {
    let town = Town::new();
    let (one, two, inspection) = differing(&town);
    let mut desk = town.desk("supervisor");
    let wanted = json!({ "items": [{ "item": "SAN-02", "reason": "缺近景照片" }], "reason": "" });
    desk.post(&format!("/v1/inspections/{inspection}/returns"), &wanted).unwrap();
    assert_eq!(one.sync(), None);
    assert_eq!(one.view(&inspection).state, ReviewStateView::Returned);
    assert_eq!(one.item(&inspection, "SAN-02").returned.unwrap().reason, "缺近景照片");
    let today = one.app.today().unwrap();
    assert_eq!(today.returned[0].id, inspection, "退回补正 comes first");
    one.answer(&inspection, "SAN-02", "fail");
    one.app.submit(&inspection).unwrap();
    assert_eq!((one.sync(), two.sync()), (None, None));
    assert_eq!(two.view(&inspection).state, ReviewStateView::Reviewing);
}

#[test]
fn an_approval_wants_the_conflicts_decided_and_shows_what_came_after_it() {
    let town = Town::new();
    let (one, _, inspection) = differing(&town);
    let mut desk = town.desk("supervisor");
    let path = format!("/v1/inspections/{inspection}");
    let approve = |desk: &mut super::town::Desk| {
        let heads = desk.get(&path).unwrap()["heads"].clone();
        desk.post(&format!("{path}/approvals"), &json!({ "heads": heads, "reason": "" }))
    };
    assert_eq!(approve(&mut desk).unwrap_err(), (409, "conflict_open".into()));
    desk.decide(&inspection, "SAN-05", "fail").unwrap();
    let approved = approve(&mut desk).unwrap();
    assert_eq!(approved["row"]["state"], "approved");
    assert_eq!(approved["changed_after_approval"], false);
    one.answer(&inspection, "SAN-01", "pass");
    assert_eq!(one.sync(), None);
    let later = desk.get(&path).unwrap();
    assert_eq!(
        (&later["row"]["state"], &later["changed_after_approval"]),
        (&json!("approved"), &json!(true))
    );
}

#[test]
fn the_stricter_value_counts_while_a_conflict_is_open() {
    let town = Town::new();
    let (_, _, inspection) = differing(&town);
    let mut desk = town.desk("supervisor");
    let before = desk.get(&format!("/v1/inspections/{inspection}")).unwrap()["score"].clone();
    assert_eq!(before["provisional"], true);
    let decided = desk.decide(&inspection, "SAN-05", "pass").unwrap()["score"].clone();
    assert_eq!(decided["provisional"], false);
    assert!(decided["total"].as_u64() > before["total"].as_u64(), "{before} {decided}");
}
