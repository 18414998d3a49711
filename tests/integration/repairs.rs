//! Repair: what a restored server has lost comes back from whoever holds it, and a device finds what it has lost itself.

use rounds_client_core::{Surroundings, view::DeliveryState};
use rounds_server::{
    app::LOG_FILE,
    backup,
    check::check,
    losses::{Losses, losses},
};
use rounds_shared::{
    envelope::PublicKey,
    ids::Epoch,
    protocol::{Outcome, Receipts},
};
use serde_json::json;

use super::town::{Desk, Phone, Town, database};

const NOW: i64 = 1_790_000_000_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A backup of the city as it stands, in a folder that lasts as long as it is held.
pub struct Backup(tempfile::TempDir);

impl Backup {
    pub fn of(town: &Town) -> Self {
        let place = tempfile::tempdir().unwrap();
        backup::back_up(town.folder(), &place.path().join("city.backup"), None, NOW).unwrap();
        Self(place)
    }

    pub fn restore(&self, town: &mut Town) {
        self.restore_as(town, 42, NOW);
    }

    fn restore_at(&self, town: &mut Town, now: i64) {
        self.restore_as(town, 42, now);
    }

    fn restore_as(&self, town: &mut Town, epoch: u8, now: i64) {
        town.stop();
        let file = self.0.path().join("city.backup");
        backup::restore(town.folder(), &file, None, None, (Epoch::new([epoch; 16]), now)).unwrap();
        town.start();
    }
}

fn id_of(desk: &mut Desk, login: &str) -> String {
    let users = desk.get("/v1/users").unwrap();
    let user = users.as_array().unwrap().iter().find(|user| user["login"] == login).unwrap();
    user["id"].as_str().unwrap().to_owned()
}

fn phone(town: &Town, login: &str, password: &str) -> Phone {
    let phone = Phone::new();
    phone.enrol(&town.url(), login, password).unwrap();
    assert_eq!(phone.sync(), None);
    phone
}

#[test]
fn one_phone_brings_back_people_assignments_and_a_colleagues_work_that_the_server_lost() {
    let mut town = Town::new();
    let mine = phone(&town, "inspector1", rounds_server::demo::PASSWORD);
    let backup = Backup::of(&town);
    // Everything from here on is lost: a person, his phone, an assignment, and what both record.
    let account = json!({
        "login": "inspector9", "name": "何伟", "role": "inspector", "areas": ["530102"], "department": null,
        "password": "wei-he-2026-green",
    });
    town.desk("admin").post("/v1/users", &account).unwrap();
    let mut desk = town.desk("supervisor");
    let assignment = desk.assign("530102001001", "sanitation", &["inspector1", "inspector9"]);
    let theirs = phone(&town, "inspector9", "wei-he-2026-green");
    assert_eq!(mine.sync(), None);
    let inspection = mine.app.open_assignment(&assignment).unwrap();
    theirs.app.open_assignment(&assignment).unwrap();
    theirs.answer(&inspection, "SAN-05", "fail");
    assert_eq!(theirs.sync(), None);
    mine.answer(&inspection, "SAN-05", "pass");
    assert_eq!(mine.sync(), None);
    drop(theirs);
    backup.restore(&mut town);
    let mut desk = town.desk("supervisor");
    assert!(desk.get(&format!("/v1/inspections/{inspection}")).is_err(), "it is lost");
    assert_eq!(mine.sync(), None);
    assert_eq!(mine.view(&inspection).delivery.state, DeliveryState::Delivered);
    let answer = desk.item(&inspection, "SAN-05")["answer"].clone();
    let mut values: Vec<(&str, &str)> = answer["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["value"].as_str().unwrap(), one["by"]["name"].as_str().unwrap()))
        .collect();
    values.sort_unstable();
    assert_eq!(values, [("fail", "何伟"), ("pass", "李明")], "{answer}");
    assert_eq!(desk.get("/v1/held").unwrap()["rows"], json!([]));
    assert_eq!(check(town.folder(), LOG_FILE).unwrap().faults, []);
    // And it ends there.
    let entries = check(town.folder(), LOG_FILE).unwrap().entries;
    assert_eq!(mine.sync(), None);
    assert_eq!(check(town.folder(), LOG_FILE).unwrap().entries, entries);
}

#[test]
fn what_was_decided_since_the_restore_is_not_overruled_by_what_comes_back() {
    let mut town = Town::new();
    let phone = phone(&town, "inspector1", rounds_server::demo::PASSWORD);
    let backup = Backup::of(&town);
    let mut admin = town.desk("admin");
    let (two, three) = (id_of(&mut admin, "inspector2"), id_of(&mut admin, "inspector3"));
    for id in [&two, &three] {
        admin.patch(&format!("/v1/users/{id}"), &json!({ "name": "改名前" })).unwrap();
    }
    assert_eq!(phone.sync(), None);
    backup.restore(&mut town);
    let mut admin = town.desk("admin");
    admin.patch(&format!("/v1/users/{two}"), &json!({ "name": "改名后" })).unwrap();
    assert_eq!(phone.sync(), None);
    let users = admin.get("/v1/users").unwrap();
    let name = |id: &String| {
        users.as_array().unwrap().iter().find(|user| user["id"] == **id).unwrap()["name"].clone()
    };
    assert_eq!(name(&two), "改名后", "the administrator has spoken since");
    assert_eq!(name(&three), "改名前", "and of this one nobody has");
}

#[test]
fn what_was_decided_between_two_restores_of_one_backup_comes_back_too() {
    let mut town = Town::new();
    let phone = phone(&town, "inspector1", rounds_server::demo::PASSWORD);
    let backup = Backup::of(&town);
    backup.restore_as(&mut town, 42, NOW);
    let mut admin = town.desk("admin");
    let id = id_of(&mut admin, "inspector3");
    admin.patch(&format!("/v1/users/{id}"), &json!({ "name": "改名" })).unwrap();
    assert_eq!(phone.sync(), None);
    // The log does not know any more that it ever was the forty-second.
    backup.restore_as(&mut town, 43, NOW);
    let entries = check(town.folder(), LOG_FILE).unwrap().entries;
    assert_eq!(phone.sync(), None);
    let users = town.desk("admin").get("/v1/users").unwrap();
    let user = users.as_array().unwrap().iter().find(|user| user["id"] == *id).unwrap();
    assert_eq!(user["name"], "改名");
    assert_eq!(check(town.folder(), LOG_FILE).unwrap().entries, entries + 1, "and nothing that was there");
}

#[test]
fn a_phone_that_lost_what_it_received_finds_out_within_a_week() {
    let town = Town::new();
    let assignment =
        town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1", "inspector2"]);
    let (one, two) = (town.phone("inspector1"), town.phone("inspector2"));
    let inspection = one.app.open_assignment(&assignment).unwrap();
    two.app.open_assignment(&assignment).unwrap();
    two.answer(&inspection, "SAN-05", "fail");
    assert_eq!(two.sync(), None);
    let after = |days: i64| {
        let system = Surroundings::system();
        Surroundings { now_ms: Box::new(move || (system.now_ms)() + days * DAY_MS), ..Surroundings::system() }
    };
    // Its cursor has moved on, and what came with it is gone.
    assert_eq!(one.sync(), None);
    let one = one.later(after(1), |folder| {
        let database = database(folder);
        let deleted = database.execute("DELETE FROM inbox", []).unwrap();
        assert!(deleted > 0);
    });
    let received = |folder: &std::path::Path| {
        let database = database(folder);
        let count = "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM covered)";
        database.query_row(count, [], |row| row.get::<_, u64>(0)).unwrap()
    };
    assert_eq!(one.sync(), None);
    let one = one.later(after(8), |folder| assert_eq!(received(folder), 0, "a day later it has not looked"));
    assert_eq!(one.sync(), None);
    one.later(after(8), |folder| assert_eq!(received(folder), 1));
}

fn losses_of(town: &Town) -> Losses {
    tokio::runtime::Runtime::new().unwrap().block_on(losses(town.folder())).unwrap()
}

/// The entries that the server has promised a phone to keep.
fn promised(phone: &Phone, server: &PublicKey) -> Vec<u64> {
    let file: Receipts = serde_json::from_str(&phone.app.receipts(None).unwrap()).unwrap();
    let proven = file.prove(server).unwrap().map(|proven| proven.unwrap().1.outcome);
    let seq = |outcome| match outcome {
        Outcome::Receipt { seq, .. } | Outcome::Held { seq, .. } => seq,
        Outcome::Refused { .. } | Outcome::Later => panic!("all of it was taken in"),
    };
    proven.map(seq).collect()
}

#[test]
fn a_restored_server_names_exactly_the_receipts_of_the_phone_that_has_not_returned() {
    let (mut town, clock) = Town::with_clock();
    let mut desk = town.desk("supervisor");
    let (mine, theirs) = (town.phone("inspector1"), town.phone("inspector2"));
    let own = desk.assign("530102001001", "sanitation", &["inspector1"]);
    let other = desk.assign("530102001002", "sanitation", &["inspector2"]);
    for phone in [&mine, &theirs] {
        assert_eq!(phone.sync(), None);
    }
    let (own, other) = (mine.app.open_assignment(&own).unwrap(), theirs.app.open_assignment(&other).unwrap());
    let backup = Backup::of(&town);
    let manifest = backup::open(&backup.0.path().join("city.backup")).unwrap().manifest.clone();
    let (end, server) = (manifest.seq, PublicKey::from_hex(&manifest.server_key).unwrap());
    // Everything from here on is lost: what both record in turn, and what the desk decides of it.
    for value in ["pass", "fail"] {
        theirs.answer(&other, "SAN-05", value);
        assert_eq!(theirs.sync(), None);
        mine.answer(&own, "SAN-05", value);
        assert_eq!(mine.sync(), None);
    }
    desk.decide(&own, "SAN-05", "pass").unwrap();
    assert_eq!(mine.sync(), None);
    let lost_with_them = promised(&theirs, &server);
    // Nobody has heard of this one but its phone.
    theirs.answer(&other, "SAN-09", "pass");
    assert_eq!(theirs.sync(), None);
    let last = *promised(&theirs, &server).last().unwrap();
    assert_eq!(losses_of(&town), Losses::default(), "nothing was restored yet");

    clock.advance(DAY_MS);
    backup.restore_at(&mut town, clock.now_ms());
    let losses = losses_of(&town);
    assert_eq!((losses.logs[0].after, losses.logs[0].reached), (end, end), "nobody knows yet");
    assert_eq!(losses.silent.len(), 2);
    assert_eq!(mine.sync(), None);
    let losses = losses_of(&town);
    let loss = &losses.logs[0];
    let unknown: Vec<u64> = loss.unknown.iter().cloned().flatten().collect();
    assert_eq!(unknown, lost_with_them, "{losses:?}");
    assert_eq!((loss.reached, loss.unsatisfied.len()), (last - 1, 0));
    assert_eq!(loss.back, last - 1 - end - unknown.len() as u64, "answers, the decision, and the desk's key");
    let silent: Vec<&str> = losses.silent.iter().map(|device| device.name.as_str()).collect();
    assert_eq!(silent, ["inspector2 的手机"]);
    assert!(!losses.is_all_back());

    assert_eq!(theirs.sync(), None);
    let losses = losses_of(&town);
    assert_eq!((losses.logs[0].reached, losses.logs[0].back), (last, last - end));
    assert!(losses.is_all_back(), "{losses:?}");
    assert_eq!(check(town.folder(), LOG_FILE).unwrap().faults, []);
}
