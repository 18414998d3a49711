//! 监督代表 read what was approved; where a 督查 asks for one by name, he takes part, and sees what comes of it.

use rounds_client_core::view::{DeliveryState, ReviewStateView};
use rounds_server::demo::PASSWORD;
use serde_json::{Value, json};

use super::town::{Desk, Phone, Town};

const AREA: &str = "530102001001";

fn ask_for(desk: &mut Desk, kind: &str, login: &str) -> Result<Value, (u16, String)> {
    let users = desk.get("/v1/users").unwrap();
    let person = users.as_array().unwrap().iter().find(|user| user["login"] == login).unwrap()["id"].clone();
    let day = desk.get("/v1/overview").unwrap()["day"].clone();
    let wanted = json!({
        "area": AREA, "site": null, "template": "sanitation", "version": 1, "kind": kind,
        "people": [person], "due": day, "note": "人大代表督查",
    });
    desk.post("/v1/assignments", &wanted)
}

#[test]
fn an_observer_takes_part_in_a_supervision_visit_that_names_him_and_sees_its_result() {
    let town = Town::new();
    let mut desk = town.desk("supervisor");
    let phone = Phone::new();
    let enrol = |phone: &Phone| phone.enrol(&town.url(), "observer", PASSWORD);
    assert_eq!(enrol(&phone).unwrap_err(), "role_not_allowed", "nobody has asked for him");
    let refused = ask_for(&mut desk, "routine", "observer").unwrap_err();
    assert_eq!(refused, (422, "person_not_inspector".into()), "he is for 督查 alone");

    let own = ask_for(&mut desk, "supervision", "observer").unwrap()["id"].as_str().unwrap().to_owned();
    let other = ask_for(&mut desk, "supervision", "inspector1").unwrap()["id"].as_str().unwrap().to_owned();
    enrol(&phone).unwrap();
    assert_eq!(phone.sync(), None);
    assert!(phone.app.open_assignment(&other).is_err(), "what names others is not his to see");
    let inspection = phone.app.open_assignment(&own).unwrap();
    phone.answer(&inspection, "SAN-05", "fail");
    phone.app.submit(&inspection).unwrap();
    assert_eq!(phone.sync(), None);
    let view = phone.view(&inspection);
    assert_eq!((view.delivery.state, view.state), (DeliveryState::Delivered, ReviewStateView::Reviewing));

    // At his desk he sees it before it is approved, and nothing else that is not.
    let inspector = town.phone("inspector1");
    let others = inspector.app.open_assignment(&other).unwrap();
    inspector.answer(&others, "SAN-05", "pass");
    assert_eq!(inspector.sync(), None);
    let mut observer = town.desk("observer");
    let list = observer.get("/v1/inspections").unwrap();
    let ids: Vec<&str> =
        list["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!((ids, &list["total"]), (vec![inspection.as_str()], &json!(1)));
    assert_eq!(list["counts"]["by_state"], json!({ "reviewing": 1 }));
    assert_eq!(observer.item(&inspection, "SAN-05")["answer"]["value"], "fail");
    assert_eq!(observer.get(&format!("/v1/inspections/{others}")).unwrap_err().0, 404);
}
