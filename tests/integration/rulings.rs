//! 审定: what the server holds waits for a person, and nobody's later work waits with it.

use rounds_client_core::{UnplannedInput, view::DeliveryState};
use rounds_shared::assignment::InspectionKind;
use serde_json::{Value, json};

use super::town::{Phone, Town};

/// A community of another district than 陈静's.
const ELSEWHERE: &str = "530102001001";

/// A visit that nobody was asked for, where 陈静 has no business.
fn unasked() -> UnplannedInput {
    UnplannedInput {
        area: ELSEWHERE.into(),
        site: None,
        template: "sanitation".into(),
        kind: InspectionKind::Routine,
    }
}

/// What she has recorded there, delivered.
fn stray(phone: &Phone) -> String {
    let visit = phone.app.open_unplanned(&unasked()).unwrap();
    phone.answer(&visit, "SAN-05", "fail");
    phone.app.remark_add(&visit, None, "路过时看到").unwrap();
    assert_eq!(phone.sync(), None);
    visit
}

fn ruling(row: &Value, admit: bool) -> (String, Value) {
    (format!("/v1/held/{}/ruling", row["seq"]), json!({ "admit": admit, "reason": "情况属实" }))
}

#[test]
fn what_is_admitted_is_merged_and_comes_back_to_its_author() {
    let town = Town::new();
    let phone = town.phone("inspector3");
    let visit = stray(&phone);
    assert_eq!(phone.view(&visit).delivery.state, DeliveryState::Held);
    assert_eq!(phone.item(&visit, "SAN-05").answer.held.as_deref(), Some("fail"));
    let mut desk = town.desk("supervisor");
    assert_eq!(desk.get(&format!("/v1/inspections/{visit}")).unwrap_err().0, 404, "nothing of it is merged");
    let held = desk.get("/v1/held").unwrap();
    assert_eq!((held["total"].clone(), held["rows"][0]["reason"].clone()), (json!(1), json!("held_scope")));
    let said = |what: &str| {
        let lines = held["rows"][0]["content"].as_array().unwrap();
        lines.iter().find(|line| line["what"] == what).cloned().unwrap()
    };
    assert_eq!((&said("answer")["item"], &said("answer")["value"]), (&json!("SAN-05"), &json!("fail")));
    assert_eq!(held["rows"][0]["merged"], json!(false));
    assert_eq!(said("remark")["text"], "路过时看到", "whoever rules sees what it says");
    let (path, admit) = ruling(&held["rows"][0], true);
    let silent = json!({ "admit": true, "reason": " " });
    assert_eq!(desk.post(&path, &silent).unwrap_err(), (422, "reason_required".into()));
    desk.post(&path, &admit).unwrap();
    assert_eq!(desk.item(&visit, "SAN-05")["answer"]["values"][0]["value"], "fail");
    assert_eq!(desk.get("/v1/held").unwrap()["total"], 0);
    let released = desk.get("/v1/held?state=released").unwrap();
    assert_eq!(released["rows"][0]["ruling"]["by"]["name"], "王敏");
    assert_eq!(desk.post(&path, &admit).unwrap_err(), (409, "ruling_settled".into()));
    assert_eq!(phone.sync(), None);
    assert_eq!(phone.view(&visit).delivery.state, DeliveryState::Delivered);
    let answer = phone.item(&visit, "SAN-05").answer;
    assert_eq!((answer.value.as_deref(), answer.held), (Some("fail"), None));
    assert_eq!(phone.view(&visit).remarks.len(), 1);
}

#[test]
fn what_is_dismissed_says_so_to_its_author_and_can_still_be_admitted() {
    let town = Town::new();
    let phone = town.phone("inspector3");
    let visit = stray(&phone);
    let mut desk = town.desk("supervisor");
    let row = desk.get("/v1/held").unwrap()["rows"][0].clone();
    let (path, dismiss) = ruling(&row, false);
    desk.post(&path, &dismiss).unwrap();
    assert_eq!(desk.post(&path, &dismiss).unwrap_err(), (409, "ruling_settled".into()));
    assert_eq!(desk.get("/v1/held").unwrap()["total"], 0, "it waits no more");
    assert_eq!(desk.get("/v1/held?state=dismissed").unwrap()["rows"][0]["ruling"]["reason"], "情况属实");
    assert_eq!(phone.sync(), None);
    let delivery = phone.view(&visit).delivery;
    assert_eq!(
        (delivery.state, delivery.reason.as_deref()),
        (DeliveryState::Attention, Some("ruling_dismissed"))
    );
    let (path, admit) = ruling(&row, true);
    desk.post(&path, &admit).unwrap();
    assert_eq!(phone.sync(), None);
    assert_eq!(phone.view(&visit).delivery.state, DeliveryState::Delivered);
    assert_eq!(phone.item(&visit, "SAN-05").answer.value.as_deref(), Some("fail"));
}

#[test]
fn what_stands_on_what_was_dismissed_is_shown_until_somebody_rules_on_it() {
    let mut town = Town::new();
    let phone = town.phone("inspector3");
    let visit = phone.app.open_unplanned(&unasked()).unwrap();
    phone.answer(&visit, "SAN-05", "fail");
    phone.app.remark_add(&visit, None, "路过时看到").unwrap();
    town.stop();
    phone.sync();
    // Signed, and not sent: what comes now is another envelope that stands on it.
    phone.app.remark_add(&visit, None, "第二天仍在").unwrap();
    town.start();
    assert_eq!(phone.sync(), None);
    let words = |phone: &Phone| {
        let remarks = phone.view(&visit).remarks.into_iter();
        remarks.map(|remark| (remark.text, remark.held)).collect::<Vec<_>>()
    };
    let both = [("路过时看到".to_owned(), true), ("第二天仍在".to_owned(), true)];
    assert_eq!(words(&phone), both);
    let mut desk = town.desk("supervisor");
    for (reason, left) in [("held_scope", &both[1..]), ("held_missing", &[])] {
        let held = desk.get("/v1/held").unwrap();
        let row = held["rows"].as_array().unwrap().iter().find(|row| row["reason"] == reason).unwrap();
        let (path, dismiss) = ruling(row, false);
        if reason == "held_missing" {
            let said = row["content"].as_array().unwrap();
            assert_eq!(
                (said.len(), &said[0]["text"]),
                (1, &json!("第二天仍在")),
                "it can be read all the same"
            );
            assert_eq!(row["stands_on_dismissed"], true);
            let too_early = desk.post(&path, &ruling(row, true).1).unwrap_err();
            assert_eq!(
                too_early,
                (409, "ruling_waits".into()),
                "nothing is merged without what it stands on"
            );
        }
        desk.post(&path, &dismiss).unwrap();
        assert_eq!(phone.sync(), None);
        assert_eq!(words(&phone), left, "{reason}");
        assert_eq!(phone.item(&visit, "SAN-05").answer.held, None, "somebody has ruled on it");
    }
    assert_eq!(desk.get("/v1/held").unwrap()["total"], 0, "nothing waits for ever");
    let first = desk.get("/v1/held?state=dismissed").unwrap()["rows"][1].clone();
    let (path, admit) = ruling(&first, true);
    desk.post(&path, &admit).unwrap();
    assert_eq!(phone.sync(), None);
    assert_eq!(words(&phone), [("路过时看到".to_owned(), false)], "the other one stays as it was ruled on");
}

#[test]
fn nobody_rules_outside_his_scope_or_on_what_is_not_held() {
    let town = Town::new();
    stray(&town.phone("inspector3"));
    let account = json!({
        "login": "panlong", "name": "周华", "role": "supervisor", "areas": ["530103"],
        "department": null, "password": rounds_server::demo::PASSWORD,
    });
    town.desk("admin").post("/v1/users", &account).unwrap();
    let row = town.desk("supervisor").get("/v1/held").unwrap()["rows"][0].clone();
    let (path, admit) = ruling(&row, true);
    assert_eq!(town.desk("panlong").post(&path, &admit).unwrap_err(), (404, "not_found".into()));
    assert_eq!(town.desk("observer").post(&path, &admit).unwrap_err().0, 403);
    for path in ["/v1/held/1/ruling", "/v1/held/99999/ruling", "/v1/held/18446744073709551615/ruling"] {
        assert_eq!(town.desk("supervisor").post(path, &admit).unwrap_err(), (404, "not_found".into()));
    }
    assert_eq!(town.desk("supervisor").get("/v1/held").unwrap()["total"], 1);
}
