//! Two people, one inspection, no connection: the main job.

use rounds_client_core::view::{AnswerState, DeliveryState, ReviewStateView};
use rounds_client_core::{FindingInput, Runner, Surroundings};

use std::sync::Arc;

use super::town::{Desk, Phone, Town};

const AREA: &str = "530102001001";

/// Two phones that opened the same assignment on their own, with the server gone.
fn apart(town: &mut Town) -> (Phone, Phone, String) {
    let assignment = town.desk("supervisor").assign(AREA, "sanitation", &["inspector1", "inspector2"]);
    let (one, two) = (town.phone("inspector1"), town.phone("inspector2"));
    town.stop();
    let inspection = one.app.open_assignment(&assignment).unwrap();
    assert_eq!(two.app.open_assignment(&assignment).unwrap(), inspection, "there is one document");
    (one, two, inspection)
}

fn values(desk: &mut Desk, inspection: &str, item: &str) -> Vec<(String, String)> {
    let item = desk.item(inspection, item);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let values = item["answer"]["values"].as_array().unwrap().iter();
    let mut values: Vec<_> = values.map(|one| (text(&one["by"]["name"]), text(&one["value"]))).collect();
    values.sort();
    values
}

fn names(phone: &Phone, inspection: &str, item: &str) -> Vec<(String, String)> {
    let values = phone.item(inspection, item).answer.values.into_iter();
    let mut values: Vec<_> = values.map(|one| (one.by.name, one.value)).collect();
    values.sort();
    values
}

#[test]
fn what_two_recorded_apart_is_one_inspection_and_nothing_of_either_is_lost() {
    let mut town = Town::new();
    let (one, two, inspection) = apart(&mut town);
    for (item, value) in [("SAN-05", "pass"), ("SAN-02", "fail"), ("SAN-13", "4/5"), ("SAN-06", "19/20")] {
        one.answer(&inspection, item, value);
    }
    for (item, value) in [("SAN-05", "fail"), ("SAN-02", "fail"), ("SAN-10", "1,3/4"), ("SAN-07", "na")] {
        two.answer(&inspection, item, value);
    }
    let finding = |note: &str| FindingInput {
        kind: "SAN-02-1".into(),
        note: note.into(),
        place: "3栋2单元门前".into(),
        point: None,
        fixed_on_spot: false,
        asset: String::new(),
    };
    one.app.finding_add(&inspection, "SAN-02", &finding("楼道小广告"), &[]).unwrap();
    two.app.finding_add(&inspection, "SAN-02", &finding("电梯厅小广告"), &[]).unwrap();
    two.app.remark_add(&inspection, None, "物业不在场").unwrap();
    one.app.submit(&inspection).unwrap();
    two.app.submit(&inspection).unwrap();
    assert_eq!(one.view(&inspection).delivery.state, DeliveryState::Pending);

    town.start();
    assert_eq!((one.sync(), two.sync(), one.sync()), (None, None, None));
    let both = [("李明".to_owned(), "pass".to_owned()), ("赵芸".to_owned(), "fail".to_owned())];
    for phone in [&one, &two] {
        assert_eq!(names(phone, &inspection, "SAN-05"), both);
        assert_eq!(phone.item(&inspection, "SAN-05").answer.state, AnswerState::Conflict);
        assert_eq!(phone.item(&inspection, "SAN-02").answer.state, AnswerState::Agreed);
        assert_eq!(phone.item(&inspection, "SAN-02").findings.len(), 2);
        assert_eq!(phone.item(&inspection, "SAN-10").answer.value.as_deref(), Some("1,3/4"));
        assert_eq!(phone.item(&inspection, "SAN-13").answer.value.as_deref(), Some("4/5"));
        assert_eq!(phone.view(&inspection).remarks[0].text, "物业不在场");
        assert_eq!(phone.view(&inspection).delivery.state, DeliveryState::Delivered);
        assert_eq!(phone.view(&inspection).state, ReviewStateView::Reviewing);
    }
    let mut desk = town.desk("supervisor");
    assert_eq!(values(&mut desk, &inspection, "SAN-05"), both);
    let conflicts = desk.get("/v1/conflicts").unwrap();
    let rows = conflicts["rows"].as_array().unwrap().iter();
    assert_eq!(rows.filter(|row| row["inspection"]["id"] == inspection.as_str()).count(), 1);
}

#[test]
fn a_phone_that_loses_its_power_loses_nothing_that_was_tapped() {
    let mut town = Town::new();
    let (one, _, inspection) = apart(&mut town);
    one.answer(&inspection, "SAN-05", "pass");
    let again = one.after_power_loss();
    assert_eq!(again.item(&inspection, "SAN-05").answer.mine.as_deref(), Some("pass"));
    again.answer(&inspection, "SAN-02", "fail");
    let once_more = again.after_power_loss();
    town.start();
    assert_eq!(once_more.sync(), None);
    let mut desk = town.desk("supervisor");
    assert_eq!(desk.item(&inspection, "SAN-05")["answer"]["value"], "pass");
    assert_eq!(desk.item(&inspection, "SAN-02")["answer"]["value"], "fail");
}

#[test]
fn a_second_phone_of_the_same_person_gets_what_the_first_delivered() {
    let mut town = Town::new();
    let (one, _, inspection) = apart(&mut town);
    one.answer(&inspection, "SAN-05", "pass");
    town.start();
    assert_eq!(one.sync(), None);
    let second = town.phone("inspector1");
    assert_eq!(second.item(&inspection, "SAN-05").answer.value.as_deref(), Some("pass"));
}

#[test]
fn an_unplanned_visit_arrives_whole() {
    let mut town = Town::new();
    let phone = town.phone("inspector2");
    town.stop();
    let input = rounds_client_core::UnplannedInput {
        area: "530102001007".into(),
        site: Some("530102001007-1".into()),
        template: "sanitation".into(),
        kind: rounds_shared::assignment::InspectionKind::Unannounced,
    };
    let inspection = phone.app.open_unplanned(&input).unwrap();
    phone.answer(&inspection, "SAN-01", "pass");
    phone.app.submit(&inspection).unwrap();
    town.start();
    assert_eq!(phone.sync(), None);
    let detail = town.desk("supervisor").get(&format!("/v1/inspections/{inspection}")).unwrap();
    assert_eq!(detail["row"]["state"], "reviewing");
    assert_eq!(detail["row"]["site"]["name"], "翠湖公园东门（示例）");
    assert_eq!(detail["row"]["kind"], "unannounced");
}

#[test]
fn an_inspector_gets_nothing_of_what_he_has_no_part_in() {
    let town = Town::demonstration();
    let assignment = town.desk("supervisor").assign(AREA, "sanitation", &["inspector1"]);
    let other = town.phone("inspector3");
    assert!(other.app.open_assignment(&assignment).is_err());
    let seen = other.app.inspections().unwrap();
    assert!(!seen.is_empty(), "he has visits of his own");
    let mine = |card: &rounds_client_core::view::InspectionCard| {
        other.view(&card.id).people.iter().any(|person| person.mine)
    };
    assert!(seen.iter().all(mine));
}

/// How long something that comes by itself may take before a test gives up: generous, and never waited for.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

#[test]
fn an_assignment_appears_on_a_connected_phone_by_itself() {
    let town = Town::new();
    let (says, heard) = std::sync::mpsc::channel();
    let listener = Box::new(move |event| {
        says.send(event).ok();
    });
    let phone = Phone::listened(Surroundings::system(), listener);
    phone.enrol(&town.url(), "inspector1", rounds_server::demo::PASSWORD).unwrap();
    let runner = Runner::start(Arc::clone(&phone.app)).unwrap();
    let next = || heard.recv_timeout(PATIENCE).expect("the phone must hear of something new");
    while phone.app.sync_status().unwrap().last_success.is_none() {
        next();
    }
    let assignment = town.desk("supervisor").assign(AREA, "sanitation", &["inspector1"]);
    while !phone.app.today().unwrap().assignments.iter().any(|card| card.id == assignment) {
        next();
    }
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.answer(&inspection, "SAN-05", "pass");
    while phone.view(&inspection).delivery.state != DeliveryState::Delivered {
        next();
    }
    runner.stop();
}
