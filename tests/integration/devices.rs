//! What the desk knows of phones.

use serde_json::{Value, json};

use super::town::{Desk, Town};

fn row(desk: &mut Desk) -> Value {
    let devices = desk.get("/v1/devices").unwrap();
    devices.as_array().unwrap().iter().find(|one| one["kind"] == "phone").unwrap().clone()
}

#[test]
fn a_revoked_phone_is_seen_to_wait_for_its_last_call_and_then_to_be_told_to_erase_itself() {
    let town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.answer(&inspection, "SAN-05", "pass");
    assert_eq!(phone.sync(), None);
    let mut admin = town.desk("admin");
    let before = row(&mut admin);
    assert_eq!((&before["unsent"], &before["unsent_since"]), (&json!(false), &Value::Null));
    let id = before["id"].as_str().unwrap();
    admin.post(&format!("/v1/devices/{id}/revoke"), &json!({ "reason": "遗失" })).unwrap();
    let waiting = row(&mut admin);
    assert!(waiting["revoked_at"].is_i64() && waiting["wiped_at"].is_null(), "{waiting}");
    // Whatever the phone says of it, it has heard the order.
    phone.sync();
    assert!(row(&mut admin)["wiped_at"].is_i64());
}
