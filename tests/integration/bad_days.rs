//! Bad days: each gets its own code, and costs nothing that was recorded.

use std::{io::Read as _, io::Write as _, net::TcpListener};

use rounds_client_core::{
    Surroundings,
    view::{DeliveryState, Phase},
};
use serde_json::json;

use super::{
    photos::{input, picture},
    town::{Desk, Phone, Town},
    wire::{Fault, Wire},
};

#[test]
fn a_wrong_password_and_a_wrong_server_are_told_apart() {
    let town = Town::new();
    let phone = Phone::new();
    assert_eq!(phone.enrol(&town.url(), "inspector1", "wrong-password").unwrap_err(), "wrong_password");
    assert_eq!(
        phone.enrol(&town.url(), "observer", rounds_server::demo::PASSWORD).unwrap_err(),
        "role_not_allowed"
    );
    // Nobody listens there: the port was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(phone.enrol(&format!("http://{free}"), "inspector1", "x").unwrap_err(), "unreachable");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = other.accept().unwrap();
        let mut buffer = [0; 4096];
        let _read = stream.read(&mut buffer).unwrap();
        let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 11\r\nconnection: close\r\n\r\n<h1>hi</h1>";
        stream.write_all(page.as_bytes()).unwrap();
    });
    assert_eq!(
        phone.enrol(&format!("http://{address}"), "inspector1", "x").unwrap_err(),
        "not_rounds_server"
    );
    answering.join().unwrap();
}

#[test]
fn five_failures_lock_a_login_out_even_with_the_right_password() {
    let town = Town::new();
    let mut desk = Desk::stranger(&town);
    let sign_in = |desk: &mut Desk, password: &str| {
        desk.post("/v1/session", &json!({ "login": "supervisor", "password": password }))
    };
    for _ in 0..5 {
        assert!(sign_in(&mut desk, "wrong").is_err());
    }
    let locked = sign_in(&mut desk, rounds_server::demo::PASSWORD).unwrap_err();
    assert_eq!(locked, (429, "locked_out".into()));
    assert_eq!(desk.get("/v1/overview").unwrap_err(), (401, "session_expired".into()));
}

#[test]
fn another_server_at_the_same_address_gets_nothing() {
    let mut town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.answer(&inspection, "SAN-05", "pass");
    town.stop();
    for file in
        ["city.db", "city.db-wal", "city.db-shm", "vault.db", "vault.db-wal", "vault.db-shm", "server.key"]
    {
        std::fs::remove_file(town.folder().join(file)).ok();
    }
    town.start();
    let failure = phone.sync();
    assert_eq!(failure.as_deref(), Some("server_key_changed"), "it must not be taken for the old one");
    assert_eq!(phone.item(&inspection, "SAN-05").answer.mine.as_deref(), Some("pass"));
    let again = phone.enrol(&town.url(), "inspector1", rounds_server::demo::PASSWORD).unwrap_err();
    assert_eq!(again, "server_key_changed");
}

#[test]
fn a_clock_years_off_delivers_all_the_same_and_is_shown() {
    let town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let system = Surroundings::system();
    let five_years = 5 * 365 * 24 * 3_600_000_i64;
    let behind =
        Surroundings { now_ms: Box::new(move || (system.now_ms)() - five_years), ..Surroundings::system() };
    let phone = Phone::with(behind);
    phone.enrol(&town.url(), "inspector1", rounds_server::demo::PASSWORD).unwrap();
    assert_eq!(phone.sync(), None);
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.answer(&inspection, "SAN-05", "pass");
    assert_eq!(phone.sync(), None);
    assert_eq!(phone.view(&inspection).delivery.state, DeliveryState::Delivered);
    assert!(phone.app.state().unwrap().clock_skew_ms.unwrap() < -five_years / 2);
    let mut desk = town.desk("supervisor");
    let devices = desk.get("/v1/devices").unwrap();
    let mut skews = devices.as_array().unwrap().iter().filter_map(|device| device["clock_skew_ms"].as_i64());
    assert!(skews.any(|skew| skew < -five_years / 2), "the supervisor sees it too");
}

/// Makes a backup of a town, and keeps no copy.
fn back_up(town: &Town) {
    let place = tempfile::tempdir().unwrap();
    rounds_server::backup::back_up(town.folder(), &place.path().join("city.backup"), None, 0).unwrap();
}

#[test]
fn what_a_revoked_phone_still_delivers_is_held_and_then_it_erases_itself() {
    let mut town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    town.stop();
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.answer(&inspection, "SAN-05", "pass");
    town.start();
    let device = phone.app.state().unwrap().device.unwrap();
    town.desk("admin")
        .post(&format!("/v1/devices/{device}/revoke"), &json!({ "reason": "手机遗失" }))
        .unwrap();
    assert_eq!(phone.sync(), None, "what it delivered is in no backup yet");
    assert!(phone.app.inspection(&inspection).is_ok());
    back_up(&town);
    assert_eq!(phone.sync().as_deref(), Some("device_erased"));
    let held = town.desk("supervisor").get("/v1/held").unwrap();
    assert_eq!(held["rows"][0]["reason"], "held_revoked");
    assert_eq!(held["rows"][0]["user"]["name"], "李明");
    assert_eq!(phone.app.state().unwrap().phase, Phase::Unenrolled);
    assert!(phone.app.inspection(&inspection).is_err());
    assert_eq!(phone.count("SELECT (SELECT count(*) FROM identity) + (SELECT count(*) FROM outbox)"), 0);
    // Whoever signs in there again has another device.
    phone.enrol(&town.url(), "inspector1", rounds_server::demo::PASSWORD).unwrap();
    assert_eq!(phone.sync(), None);
    assert_ne!(phone.app.state().unwrap().device.unwrap(), device);
}

#[test]
fn a_revoked_phone_erases_nothing_before_its_last_photo_has_arrived() {
    let town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let (wire, phone) = (Wire::to(&town.url()), Phone::new());
    phone.enrol(&wire.url(), "inspector1", rounds_server::demo::PASSWORD).unwrap();
    assert_eq!(phone.sync(), None);
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    let photo = phone.app.photo_add(&input(&inspection), &picture(640, 480)).unwrap();
    let device = phone.app.state().unwrap().device.unwrap();
    let mut admin = town.desk("admin");
    admin.post(&format!("/v1/devices/{device}/revoke"), &json!({ "reason": "手机遗失" })).unwrap();
    wire.will([Fault::Cut { method: "POST /v1/photos", after: 50 }]);
    assert_eq!(phone.sync().as_deref(), Some("unreachable"));
    let item = phone.item(&inspection, "SAN-05");
    assert!(
        item.photos[0].on_device && !item.photos[0].delivered,
        "the record is delivered, the photo is not"
    );
    assert_eq!(phone.sync(), None);
    back_up(&town);
    assert_eq!(phone.sync().as_deref(), Some("device_erased"));
    let kept = |folder: &std::path::Path| {
        let mut folders = vec![folder.to_owned()];
        let mut names = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { names.push(path.display().to_string()) }
            }
        }
        names.iter().any(|name| name.contains(&photo.hash))
    };
    assert!(kept(town.folder()) && !kept(phone.folder()));
}

#[test]
fn supervisors_see_and_change_nothing_outside_their_scope() {
    let town = Town::demonstration();
    let mut admin = town.desk("admin");
    let account = json!({
        "login": "panlong", "name": "周华", "role": "supervisor", "areas": ["530103"],
        "department": null, "password": rounds_server::demo::PASSWORD,
    });
    admin.post("/v1/users", &account).unwrap();
    let elsewhere = town.desk("supervisor").get("/v1/inspections?area=530102").unwrap();
    let id = elsewhere["rows"][0]["id"].as_str().unwrap().to_owned();
    let mut desk = town.desk("panlong");
    assert_eq!(desk.get(&format!("/v1/inspections/{id}")).unwrap_err(), (404, "not_found".into()));
    let seen = desk.get("/v1/inspections").unwrap();
    let rows = seen["rows"].as_array().unwrap();
    assert!(
        !rows.is_empty()
            && rows.iter().all(|row| row["area"]["code"].as_str().unwrap().starts_with("530103"))
    );
    let comment = json!({ "item": null, "text": "看看" });
    let refused = desk.post(&format!("/v1/inspections/{id}/comments"), &comment).unwrap_err();
    assert_eq!(refused.0, 404);
}

#[test]
fn an_observer_learns_nothing_of_what_was_not_approved() {
    let town = Town::demonstration();
    let mut observer = town.desk("observer");
    let seen = observer.get("/v1/inspections").unwrap();
    let rows = seen["rows"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["state"] == "approved"));
    assert_eq!(seen["counts"]["by_state"].as_object().unwrap().len(), 1);
    assert_eq!(seen["counts"]["conflict_open"], 0);
    for path in ["/v1/overview", "/v1/assignments", "/v1/conflicts", "/v1/held", "/v1/devices"] {
        assert_eq!(observer.get(path).unwrap_err(), (403, "role_not_allowed".into()), "{path}");
    }
    let open = town.desk("supervisor").get("/v1/inspections?conflict=open").unwrap();
    let id = open["rows"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(observer.get(&format!("/v1/inspections/{id}")).unwrap_err().0, 404);
    assert_eq!(observer.bytes(&format!("/v1/inspections/{id}.automerge")).unwrap_err().0, 404);
}

#[test]
fn a_district_supervisor_sees_what_is_held_and_whose_devices_in_his_district_alone() {
    let mut town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    town.stop();
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.answer(&inspection, "SAN-05", "pass");
    town.start();
    let device = phone.app.state().unwrap().device.unwrap();
    let mut admin = town.desk("admin");
    admin.post(&format!("/v1/devices/{device}/revoke"), &json!({ "reason": "手机遗失" })).unwrap();
    phone.sync();
    for (login, district) in [("panlong", "530103"), ("wuhua", "530102")] {
        let account = json!({
            "login": login, "name": "周华", "role": "supervisor", "areas": [district],
            "department": null, "password": rounds_server::demo::PASSWORD,
        });
        admin.post("/v1/users", &account).unwrap();
    }
    let seen = |login: &str| {
        let mut desk = town.desk(login);
        let held = desk.get("/v1/held").unwrap()["total"].as_u64().unwrap();
        assert_eq!(desk.get("/v1/overview").unwrap()["held_open"], held);
        let devices = desk.get("/v1/devices").unwrap();
        let is_there = devices.as_array().unwrap().iter().any(|row| row["id"] == device.as_str());
        (held, is_there)
    };
    assert_eq!(seen("wuhua"), (1, true));
    assert_eq!(seen("panlong"), (0, false), "neither the record nor the phone is of that district");
    assert_eq!(seen("supervisor"), (1, true));
}

#[test]
fn a_phone_restored_from_its_backup_gets_back_what_it_had_delivered_since() {
    let town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.answer(&inspection, "SAN-05", "pass");
    assert_eq!(phone.sync(), None);
    let backup = phone.after_power_loss();
    phone.answer(&inspection, "SAN-06", "na");
    assert_eq!(phone.sync(), None);
    drop(phone);
    // It numbers what it makes now like what was lost with the phone.
    backup.answer(&inspection, "SAN-09", "pass");
    assert_eq!(backup.sync(), None);
    assert_eq!(backup.sync(), None);
    for (item, value) in [("SAN-05", "pass"), ("SAN-06", "na"), ("SAN-09", "pass")] {
        assert_eq!(backup.item(&inspection, item).answer.value.as_deref(), Some(value), "{item}");
    }
    let devices = town.desk("supervisor").get("/v1/devices").unwrap();
    let device = backup.app.state().unwrap().device.unwrap();
    let row = devices.as_array().unwrap().iter().find(|row| row["id"] == device.as_str()).unwrap().clone();
    assert_eq!(row["cloned"], true, "and the supervisor sees that its numbering forked");
}
