//! A phone goes from hand to hand: everybody has a key and a database of his own, what one has recorded is delivered while
//! another works, and a forgotten PIN costs nothing.

use std::{
    path::Path,
    sync::{Arc, mpsc},
    time::Duration,
};

use rounds_client_core::{
    DataKey, EnrolInput, Failure, NoKeyStore, Phone, Surroundings,
    view::{AppState, GuardView, Phase},
};
use rounds_server::demo;
use rounds_shared::{envelope::SecretKey, ids::UserId, protocol::seal_key};
use serde_json::json;

use super::town::{Desk, Town, agent};

const AREA: &str = "530102001001";
const TEMPLATE: &str = "sanitation";
const ITEM: &str = "SAN-05";
const PIN: &str = "135790";
const OTHER_PIN: &str = "246802";
/// How long anything may take before a test calls it broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// A phone, and what it says on its own.
fn open(dir: &Path) -> (Phone, mpsc::Receiver<()>) {
    let (say, said) = mpsc::channel();
    let tell = Arc::new(move |_| {
        // Nobody may listen any more.
        say.send(()).ok();
    });
    (Phone::open(dir, Box::new(NoKeyStore), Box::new(Surroundings::system), tell).unwrap(), said)
}

fn enrol(phone: &Phone, town: &Town, login: &str, pin: Option<&str>) -> Result<AppState, Failure> {
    let input = EnrolInput {
        server: town.url(),
        login: login.to_owned(),
        password: demo::PASSWORD.to_owned(),
        device_name: "值班手机".to_owned(),
    };
    phone.enrol(&input, pin)
}

/// Waits until the phone has come so far, as often as it says something.
fn until(phone: &Phone, said: &mpsc::Receiver<()>, is_so: impl Fn(&AppState) -> bool) {
    while !is_so(&phone.state().unwrap()) {
        said.recv_timeout(PATIENCE).expect("the phone goes on");
    }
}

/// Answers the item; returns the inspection.
fn record(phone: &Phone, assignment: &str, value: &str) -> String {
    let app = phone.app().unwrap();
    app.sync_now().unwrap();
    let inspection = app.open_assignment(assignment).unwrap();
    app.answer(&inspection, ITEM, Some(value)).unwrap();
    inspection
}

fn waits(state: &AppState, login: &str) -> u32 {
    state.holders.iter().find(|holder| holder.login == login).unwrap().changes_waiting
}

#[test]
fn what_the_first_shift_recorded_is_delivered_while_the_second_works() {
    let mut town = Town::new();
    let mut desk = town.desk("supervisor");
    let assignment = desk.assign(AREA, TEMPLATE, &["inspector1", "inspector2"]);
    let dir = tempfile::tempdir().unwrap();
    let (phone, said) = open(dir.path());
    let state = enrol(&phone, &town, "inspector1", Some(PIN)).unwrap();
    assert_eq!((state.phase, state.guard, state.has_pin), (Phase::Ready, Some(GuardView::Pin), true));
    phone.app().unwrap().sync_now().unwrap();
    town.stop();
    let inspection = record(&phone, &assignment, "fail");
    assert_eq!(phone.lock().state().unwrap().phase, Phase::Locked);
    town.start();

    let state = enrol(&phone, &town, "inspector2", Some(OTHER_PIN)).unwrap();
    assert_eq!(state.user.unwrap().login, "inspector2");
    assert_eq!(state.holders.len(), 2);
    // He has a database of his own: nothing of the first one's is in it before the server sends it.
    phone.app().unwrap().sync_now().unwrap();
    until(&phone, &said, |state| waits(state, "inspector1") == 0);
    let mut desk = town.desk("supervisor");
    let values = desk.item(&inspection, ITEM)["history"].as_array().unwrap().len();
    assert_eq!(values, 1, "it arrived although he did not come back");
    record(&phone, &assignment, "pass");
    phone.app().unwrap().sync_now().unwrap();
    let history = desk.item(&inspection, ITEM)["history"].clone();
    let by = |name: &str| history.as_array().unwrap().iter().filter(|one| one["by"]["name"] == name).count();
    assert_eq!((by("李明"), by("赵芸")), (1, 1), "each under his own name: {history}");

    let known = enrol(phone.lock(), &town, "Inspector1 ", None);
    assert!(matches!(known, Err(Failure::HolderKnown { .. })), "he has only to unlock");
}

#[test]
fn after_a_start_only_his_pin_delivers_what_he_recorded_and_the_lock_screen_says_so() {
    let mut town = Town::new();
    let assignment = town.desk("supervisor").assign(AREA, TEMPLATE, &["inspector1"]);
    let dir = tempfile::tempdir().unwrap();
    let (phone, _) = open(dir.path());
    enrol(&phone, &town, "inspector1", Some(PIN)).unwrap();
    phone.app().unwrap().sync_now().unwrap();
    town.stop();
    let inspection = record(&phone, &assignment, "fail");
    drop(phone);
    town.start();

    let (phone, said) = open(dir.path());
    let state = phone.state().unwrap();
    let holder = &state.holders[0];
    assert_eq!((state.phase, holder.delivers, holder.changes_waiting), (Phase::Locked, false, 1));
    phone.unlock(&holder.id, Some(PIN)).unwrap();
    until(&phone, &said, |state| waits(state, "inspector1") == 0);
    assert_eq!(town.desk("supervisor").item(&inspection, ITEM)["history"].as_array().unwrap().len(), 1);
    // Nothing waits: once he locks, his key is in no memory.
    phone.lock();
    until(&phone, &said, |state| !state.holders[0].delivers);
}

#[test]
fn a_forgotten_pin_costs_nothing_and_helps_nobody_else() {
    let mut town = Town::new();
    let assignment = town.desk("supervisor").assign(AREA, TEMPLATE, &["inspector1"]);
    let dir = tempfile::tempdir().unwrap();
    let (phone, _) = open(dir.path());
    enrol(&phone, &town, "inspector1", Some(PIN)).unwrap();
    phone.app().unwrap().sync_now().unwrap();
    town.stop();
    let inspection = record(&phone, &assignment, "fail");
    let holder = phone.lock().state().unwrap().holders.remove(0).id;
    drop(phone);
    let (phone, _) = open(dir.path());

    let recover = |password: &str, pin: &str| phone.recover(&holder, password, pin).map(drop);
    let code = |result: Result<(), Failure>| result.unwrap_err().code().to_owned();
    assert_eq!(code(recover(demo::PASSWORD, OTHER_PIN)), "unreachable", "it needs the server");
    town.start();
    assert_eq!(code(recover("a wrong password", OTHER_PIN)), "wrong_password");
    assert_eq!(code(recover(demo::PASSWORD, "123456")), "pin_too_simple");
    assert_eq!(phone.state().unwrap().phase, Phase::Locked);
    recover(demo::PASSWORD, OTHER_PIN).unwrap();
    let view = phone.app().unwrap().inspection(&inspection).unwrap();
    let mut items = view.domains.iter().flat_map(|domain| &domain.items);
    let item = items.find(|item| item.code == ITEM).unwrap();
    assert_eq!(item.answer.mine.as_deref(), Some("fail"), "what waited is there");
    phone.lock();
    assert_eq!(phone.unlock(&holder, Some(PIN)).err(), Some(Failure::PinWrong), "the old PIN opens nothing");
    phone.unlock(&holder, Some(OTHER_PIN)).unwrap();

    let audited = town.desk("admin").get("/v1/audit").unwrap()["rows"].clone();
    let actions: Vec<_> =
        audited.as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"key_recovered") && actions.contains(&"sign_in_failed"), "{actions:?}");
}

#[test]
fn the_server_opens_a_key_for_its_person_alone_and_counts_guesses() {
    let town = Town::new();
    let server = agent().get(format!("{}/v1/server", town.url())).call().unwrap();
    let server: serde_json::Value = server.into_body().read_json().unwrap();
    let server =
        rounds_shared::envelope::PublicKey::from_hex(server["server_key"].as_str().unwrap()).unwrap();
    let users = town.desk("admin").get("/v1/users").unwrap();
    let users = users.as_array().unwrap();
    let him = users.iter().find(|user| user["login"] == "inspector1").unwrap()["id"].as_str().unwrap();
    let him: UserId = him.parse().unwrap();
    let key = [6; 32];
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let ask = |login: &str, password: &str, sealed: &str| {
        let request = json!({ "login": login, "password": password, "sealed": sealed });
        let mut answer = agent().post(format!("{}/v1/recovery", town.url())).send_json(request).unwrap();
        let body: serde_json::Value = answer.body_mut().read_json().unwrap();
        (answer.status().as_u16(), body)
    };
    let sealed = hex(&seal_key(him, &key, &server, [7; 32]).unwrap());
    let (status, body) = ask("inspector1", demo::PASSWORD, &sealed);
    assert_eq!((status, body["key"].as_str()), (200, Some(hex(&key).as_str())));
    // Somebody else with an account of his own, another server's, and what was never sealed.
    let elsewhere = hex(&seal_key(him, &key, &SecretKey::new([9; 32]).public(), [7; 32]).unwrap());
    for (login, sealed) in [
        ("inspector2", sealed.as_str()),
        ("inspector1", &elsewhere),
        ("inspector1", ""),
        ("inspector1", "zz"),
    ] {
        let (status, body) = ask(login, demo::PASSWORD, sealed);
        assert_eq!((status, body["code"].as_str()), (403, Some("recovery_refused")), "{login}");
    }
    for _ in 0..4 {
        assert_eq!(ask("inspector1", "guess", &sealed).1["code"], "wrong_password");
    }
    assert_eq!(ask("inspector1", "guess", &sealed).1["code"], "locked_out");
    assert_eq!(ask("inspector1", demo::PASSWORD, &sealed).1["code"], "locked_out", "not even the right one");
}

#[test]
fn a_sign_in_that_fails_leaves_nothing_and_a_key_is_nobodys_but_his() {
    let town = Town::new();
    let dir = tempfile::tempdir().unwrap();
    let (phone, _) = open(dir.path());
    let wrong = EnrolInput {
        server: town.url(),
        login: "inspector1".to_owned(),
        password: "wrong".to_owned(),
        device_name: "手机".to_owned(),
    };
    assert_eq!(phone.enrol(&wrong, Some(PIN)).unwrap_err().code(), "wrong_password");
    assert_eq!(phone.state().unwrap().phase, Phase::Unenrolled);
    assert_eq!(std::fs::read_dir(dir.path().join("holders")).unwrap().count(), 0);
    enrol(&phone, &town, "inspector1", Some(PIN)).unwrap();
    enrol(phone.lock(), &town, "inspector2", Some(OTHER_PIN)).unwrap();
    drop(phone);
    for holder in std::fs::read_dir(dir.path().join("holders")).unwrap() {
        let folder = holder.unwrap().path();
        let opened = rounds_client_core::App::open(
            &folder,
            &DataKey::new([1; 32]),
            Surroundings::system(),
            Box::new(|_| {}),
        );
        assert_eq!(opened.err(), Some(Failure::StorageFailed));
    }
}

#[test]
fn a_sign_in_that_cannot_be_written_down_leaves_nothing_open() {
    let town = Town::new();
    let dir = tempfile::tempdir().unwrap();
    let holders = dir.path().join("holders");
    let folders = holders.clone();
    // Once there is a safe, nothing can be written over it any more.
    let around = Box::new(move || {
        for folder in std::fs::read_dir(&folders).into_iter().flatten() {
            let safe = folder.unwrap().path().join("safe.json");
            std::fs::remove_file(&safe).unwrap();
            std::fs::create_dir(&safe).unwrap();
        }
        Surroundings::system()
    });
    let phone = Phone::open(dir.path(), Box::new(NoKeyStore), around, Arc::new(|_| {})).unwrap();
    assert_eq!(enrol(&phone, &town, "inspector1", Some(PIN)).err(), Some(Failure::StorageFailed));
    assert_eq!(phone.app().err(), Some(Failure::Locked));
    assert_eq!(phone.state().unwrap().phase, Phase::Unenrolled);
    assert_eq!(std::fs::read_dir(holders).unwrap().count(), 0);
}

#[test]
fn a_phone_follows_its_server_to_another_address_and_no_other_server() {
    let mut town = Town::new();
    let assignment = town.desk("supervisor").assign(AREA, TEMPLATE, &["inspector1"]);
    let dir = tempfile::tempdir().unwrap();
    let (phone, _) = open(dir.path());
    let at = enrol(&phone, &town, "inspector1", Some(PIN)).unwrap().server;
    phone.app().unwrap().sync_now().unwrap();
    town.stop();
    let inspection = record(&phone, &assignment, "fail");

    let stranger = Town::new();
    for (address, failure) in [
        (stranger.url(), Failure::ServerKeyChanged),
        (at.clone().unwrap(), Failure::Unreachable),
        ("not an address".to_owned(), Failure::NotRoundsServer),
    ] {
        assert_eq!(phone.set_server(&address).err(), Some(failure), "{address}");
        assert_eq!(phone.state().unwrap().server, at, "nothing has changed");
    }

    town.start_elsewhere();
    let state = phone.set_server(&town.url()).unwrap();
    assert_eq!((state.server, state.phase), (Some(town.url()), Phase::Ready));
    let status = phone.app().unwrap().sync_now().unwrap();
    assert_eq!((status.failure, status.changes_pending), (None, 0));
    assert_eq!(town.desk("supervisor").item(&inspection, ITEM)["history"].as_array().unwrap().len(), 1);
    drop(phone);
    // The lock screen knows of it, too.
    let (phone, _) = open(dir.path());
    let holder = phone.state().unwrap().holders.remove(0).id;
    assert_eq!(phone.set_server(&town.url()).err(), Some(Failure::Locked));
    assert_eq!(phone.recover(&holder, demo::PASSWORD, OTHER_PIN).unwrap().server, Some(town.url()));
}

#[test]
fn a_revoked_phone_erases_its_person_and_leaves_the_other_one() {
    let town = Town::new();
    let dir = tempfile::tempdir().unwrap();
    let (phone, said) = open(dir.path());
    enrol(&phone, &town, "inspector2", Some(OTHER_PIN)).unwrap();
    let state = enrol(phone.lock(), &town, "inspector1", Some(PIN)).unwrap();
    let mut admin: Desk = town.desk("admin");
    let revoked = format!("/v1/devices/{}/revoke", state.device.unwrap());
    admin.post(&revoked, &json!({ "reason": "换人" })).unwrap();
    phone.app().unwrap().sync_now().unwrap();
    until(&phone, &said, |state| state.holders.len() == 1);
    let state = phone.state().unwrap();
    assert_eq!((state.phase, state.holders[0].login.as_str()), (Phase::Locked, "inspector2"));
    assert_eq!(std::fs::read_dir(dir.path().join("holders")).unwrap().count(), 1);
}
