//! A checklist is withdrawn while it is in use: nobody is asked for it any more, and what was begun with it counts.

use rounds_client_core::{Failure, UnplannedInput, view::DeliveryState};
use rounds_shared::assignment::InspectionKind;
use serde_json::{Value, json};

use super::{
    superseding::supersede,
    town::{Desk, Phone, Town},
};

const AREA: &str = "530102001001";
const TEMPLATE: &str = "sanitation";
const ITEM: &str = "SAN-05";
const REASON: &str = "标准修订";

fn unplanned() -> UnplannedInput {
    UnplannedInput { area: AREA.into(), site: None, template: TEMPLATE.into(), kind: InspectionKind::Routine }
}

/// Restarts the town with the checklist withdrawn.
fn withdraw(town: &mut Town) {
    let id = format!("id = \"{TEMPLATE}\"\n");
    town.start_with("checklists.toml", &id, &format!("{id}withdrawn = \"{REASON}\"\n"));
}

fn offers(phone: &Phone) -> bool {
    phone.app.templates().iter().any(|row| row.template.id == TEMPLATE)
}

/// Goes on with a visit to its end, and delivers it.
fn finish(phone: &Phone, inspection: &str) {
    phone.answer(inspection, ITEM, "fail");
    phone.app.submit(inspection).unwrap();
    assert_eq!(phone.sync(), None);
    assert_eq!(phone.view(inspection).delivery.state, DeliveryState::Delivered);
}

#[test]
fn what_was_begun_with_a_checklist_that_is_withdrawn_goes_on_and_is_accepted() {
    let mut town = Town::new();
    let mut desk = town.desk("supervisor");
    let begun = desk.assign(AREA, TEMPLATE, &["inspector1"]);
    let asked = desk.assign(AREA, TEMPLATE, &["inspector1"]);
    let handed_on = desk.assign(AREA, TEMPLATE, &["inspector1"]);
    let phone = town.phone("inspector1");
    let begun = phone.app.open_assignment(&begun).unwrap();
    phone.answer(&begun, ITEM, "pass");
    assert_eq!((offers(&phone), phone.view(&begun).withdrawn), (true, None));
    // Without a signal he begins something more before his phone hears of it.
    town.stop();
    let offline = phone.app.open_unplanned(&unplanned()).unwrap();
    phone.answer(&offline, ITEM, "pass");
    withdraw(&mut town);
    assert_eq!(phone.sync(), None);
    assert!(!offers(&phone), "it is chosen no more");
    let refused = phone.app.open_unplanned(&unplanned()).unwrap_err();
    assert_eq!(refused, Failure::TemplateWithdrawn { reason: REASON.into() });
    // What was asked for before may be handed on with the checklist it has.
    supersede(&mut town.desk("supervisor"), &handed_on, &["inspector2"]).unwrap();
    // What he was asked for before he begins all the same.
    let asked = phone.app.open_assignment(&asked).unwrap();
    let mut desk = town.desk("supervisor");
    for inspection in [&begun, &offline, &asked] {
        assert_eq!(phone.view(inspection).withdrawn.as_deref(), Some(REASON), "it is said");
        finish(&phone, inspection);
        let history = desk.item(inspection, ITEM)["history"].clone();
        assert!(history.as_array().is_some_and(|values| !values.is_empty()), "{history}");
    }
}

#[test]
fn nobody_is_asked_for_a_checklist_that_is_withdrawn() {
    let mut town = Town::new();
    town.stop();
    withdraw(&mut town);
    let mut desk = town.desk("supervisor");
    let row = |desk: &mut Desk, id: &str| -> Value {
        let rows = desk.get("/v1/templates").unwrap();
        rows.as_array().unwrap().iter().find(|row| row["id"] == id).unwrap()["withdrawn"].clone()
    };
    assert_eq!((row(&mut desk, TEMPLATE), row(&mut desk, "walk-round")), (json!(REASON), Value::Null));
    let users = desk.get("/v1/users").unwrap();
    let people: Vec<_> =
        users.as_array().unwrap().iter().filter(|user| user["login"] == "inspector1").collect();
    let day = desk.get("/v1/overview").unwrap()["day"].clone();
    let mut wanted = json!({
        "area": AREA, "site": null, "template": TEMPLATE, "version": 1, "kind": "routine",
        "people": [people[0]["id"]], "due": day, "note": "",
    });
    let refused = Err((422, "template_withdrawn".to_owned()));
    assert_eq!(desk.post("/v1/assignments", &wanted).map(drop), refused);
    let plan = json!({
        "within": AREA, "draw": null, "seed": null, "site_kind": null, "template": TEMPLATE, "version": 1,
        "kind": "routine", "people": [people[0]["id"]], "second": [], "elsewhere": false, "due": day,
        "every_days": null, "times": null, "note": "", "preview": true,
    });
    assert_eq!(desk.post("/v1/assignments/plan", &plan).map(drop), refused);
    wanted["template"] = json!("walk-round");
    assert_eq!(desk.post("/v1/assignments", &wanted).map(drop), Ok(()));
}
