//! An assignment is never changed under people's feet: another takes its place, and nothing that was recorded is lost.

use rounds_client_core::view::{DeliveryState, Today};
use serde_json::{Value, json};

use super::town::{Desk, Phone, Town};

const AREA: &str = "530102001001";

/// An assignment as a desk would ask for it.
fn wanted(desk: &mut Desk, logins: &[&str]) -> Value {
    let users = desk.get("/v1/users").unwrap();
    let users = users.as_array().unwrap().iter();
    let people: Vec<_> = users.filter(|user| logins.contains(&user["login"].as_str().unwrap())).collect();
    let people: Vec<_> = people.into_iter().map(|user| &user["id"]).collect();
    let day = desk.get("/v1/overview").unwrap()["day"].clone();
    json!({
        "area": AREA, "site": null, "template": "sanitation", "version": 1, "kind": "routine",
        "people": people, "due": day, "note": "改派",
    })
}

pub fn supersede(desk: &mut Desk, id: &str, logins: &[&str]) -> Result<String, (u16, String)> {
    let replacement = json!({ "assignment": wanted(desk, logins), "reason": "换人" });
    let made = desk.post(&format!("/v1/assignments/{id}/supersede"), &replacement)?;
    Ok(made["id"].as_str().unwrap().to_owned())
}

fn shown(today: &Today) -> Vec<(&str, Option<&str>)> {
    today.assignments.iter().map(|card| (card.id.as_str(), card.superseded.as_deref())).collect()
}

fn row(desk: &mut Desk, id: &str) -> Value {
    let list = desk.get("/v1/assignments").unwrap();
    list["rows"].as_array().unwrap().iter().find(|row| row["id"] == id).unwrap().clone()
}

#[test]
fn what_was_begun_under_a_superseded_assignment_stays_valid_and_is_marked() {
    let town = Town::new();
    let mut desk = town.desk("supervisor");
    let old = desk.assign(AREA, "sanitation", &["inspector1", "inspector2"]);
    let (one, two): (Phone, Phone) = (town.phone("inspector1"), town.phone("inspector2"));
    // One has begun on a mountain, the other has only looked.
    let inspection = one.app.open_assignment(&old).unwrap();
    one.answer(&inspection, "SAN-05", "fail");
    two.app.open_assignment(&old).unwrap();
    let new = supersede(&mut desk, &old, &["inspector2"]).unwrap();
    assert_eq!((one.sync(), two.sync()), (None, None));
    assert_eq!(shown(&one.app.today().unwrap()), [(old.as_str(), Some("换人"))]);
    let today = two.app.today().unwrap();
    // What the other has begun is his to see as well, and comes with his next sync.
    assert!(shown(&today).contains(&(new.as_str(), None)));
    assert_eq!(shown(&today)[0].0, new, "what is asked for comes first");
    one.app.submit(&inspection).unwrap();
    assert_eq!(one.sync(), None);
    assert_eq!(one.view(&inspection).delivery.state, DeliveryState::Delivered);
    let row = row(&mut desk, &old);
    assert_eq!(
        (row["superseded"]["id"].as_str(), row["superseded"]["reason"].as_str()),
        (Some(&*new), Some("换人"))
    );
    assert_eq!(row["inspection"]["state"], "submitted", "the visit is there as if nothing had happened");
    let again = supersede(&mut desk, &old, &["inspector1"]).unwrap_err();
    assert_eq!(again, (409, "assignment_superseded".into()));
}

#[test]
fn a_superseded_assignment_that_nobody_began_leaves_every_list_of_what_is_to_do() {
    let town = Town::new();
    let mut desk = town.desk("supervisor");
    let old = desk.assign(AREA, "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    assert_eq!(shown(&phone.app.today().unwrap()), [(old.as_str(), None)]);
    let due = |desk: &mut Desk| desk.get("/v1/overview").unwrap()["due_today"].as_u64().unwrap();
    assert_eq!(due(&mut desk), 1);
    supersede(&mut desk, &old, &["inspector2"]).unwrap();
    assert_eq!(phone.sync(), None);
    assert_eq!(shown(&phone.app.today().unwrap()), []);
    assert_eq!(due(&mut desk), 1, "the new one alone");
    assert_eq!(desk.get("/v1/assignments?state=open").unwrap()["total"], 1);
    assert_eq!(desk.get("/v1/assignments?state=superseded").unwrap()["total"], 1);
    // Whoever comes later learns of both.
    let late = town.phone("supervisor");
    assert_eq!(late.count("SELECT count(*) FROM entries WHERE sort = 1 AND hex(body) LIKE '820B%'"), 1);
}

#[test]
fn what_is_done_or_paired_or_elsewhere_is_not_superseded() {
    let town = Town::new();
    let mut desk = town.desk("supervisor");
    let done = desk.assign(AREA, "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    let inspection = phone.app.open_assignment(&done).unwrap();
    phone.answer(&inspection, "SAN-05", "pass");
    phone.app.submit(&inspection).unwrap();
    assert_eq!(phone.sync(), None);
    let refused = supersede(&mut desk, &done, &["inspector2"]).unwrap_err();
    assert_eq!(refused, (409, "assignment_done".into()));

    let first = desk.assign(AREA, "sanitation", &["inspector1"]);
    let mut second = wanted(&mut desk, &["inspector2"]);
    second["repeats"] = json!(first);
    let second = desk.post("/v1/assignments", &second).unwrap()["id"].as_str().unwrap().to_owned();
    let refused = supersede(&mut desk, &first, &["inspector3"]).unwrap_err();
    assert_eq!(refused, (409, "assignment_paired".into()));
    let same = supersede(&mut desk, &second, &["inspector1"]).unwrap_err();
    assert_eq!(same, (422, "blind_same_person".into()), "what stands in its place is as blind");
    let instead = supersede(&mut desk, &second, &["inspector3"]).unwrap();
    assert_eq!(row(&mut desk, &instead)["repeats"], json!(first));

    let unknown = "0".repeat(32);
    assert_eq!(supersede(&mut desk, &unknown, &["inspector3"]).unwrap_err().0, 404);
    let nameless = json!({ "assignment": wanted(&mut desk, &["inspector3"]), "reason": " " });
    let refused = desk.post(&format!("/v1/assignments/{instead}/supersede"), &nameless).unwrap_err();
    assert_eq!(refused.1, "reason_required");
}
