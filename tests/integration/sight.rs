//! Who sees what, on devices and at desks: what comes into sight comes whole, what leaves it is forgotten, and a blind
//! pair stays blind until both are in.

use std::collections::BTreeMap;

use rounds_client_core::{
    FindingInput, Surroundings,
    view::{DeliveryState, InspectionCard},
};
use rounds_shared::{document::Document, ids::Epoch, protocol::limits::TEXT_BYTES_MAX};
use serde_json::{Value, json};

use super::{
    photos::{input, picture},
    town::{Desk, Phone, Town, database},
    wire::{Fault, Wire},
};

const AREA: &str = "530102001001";
const NOW: i64 = 1_790_000_000_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn id_of(desk: &mut Desk, login: &str) -> String {
    let users = desk.get("/v1/users").unwrap();
    let user = users.as_array().unwrap().iter().find(|user| user["login"] == login).unwrap();
    user["id"].as_str().unwrap().to_owned()
}

/// Another supervisor of an area.
fn supervisor(town: &Town, login: &str, area: &str) -> String {
    let account = json!({
        "login": login, "name": "周华", "role": "supervisor", "areas": [area],
        "department": null, "password": rounds_server::demo::PASSWORD,
    });
    let mut admin = town.desk("admin");
    admin.post("/v1/users", &account).unwrap();
    id_of(&mut admin, login)
}

/// Every inspection that a desk lists, by id.
fn listed(desk: &mut Desk) -> BTreeMap<String, Value> {
    let list = desk.get("/v1/inspections?per_page=100").unwrap();
    let rows = list["rows"].as_array().unwrap().iter();
    rows.map(|row| (row["id"].as_str().unwrap().to_owned(), row.clone())).collect()
}

/// Every inspection of the city that a phone lists, by id.
fn cards(phone: &Phone) -> BTreeMap<String, InspectionCard> {
    let cards = phone.app.area("5301").unwrap().inspections.into_iter();
    cards.map(|card| (card.id.clone(), card)).collect()
}

fn assert_equal(phone: &Phone, desk: &mut Desk, inspection: &str) {
    let here = Document::load(&phone.app.document(inspection).unwrap()).unwrap();
    let there = desk.bytes(&format!("/v1/inspections/{inspection}.automerge")).unwrap();
    assert_eq!(here.heads(), Document::load(&there).unwrap().heads(), "{inspection}");
}

fn approve(desk: &mut Desk, inspection: &str) {
    let heads = desk.get(&format!("/v1/inspections/{inspection}")).unwrap()["heads"].clone();
    let approval = json!({ "heads": heads, "reason": "属实" });
    desk.post(&format!("/v1/inspections/{inspection}/approvals"), &approval).unwrap();
}

#[test]
fn a_new_device_has_everything_whole_and_loads_nothing_that_nobody_opens() {
    let town = Town::demonstration();
    let phone = town.phone("supervisor");
    let mut desk = town.desk("supervisor");
    let (rows, cards) = (listed(&mut desk), cards(&phone));
    assert!(rows.len() > 5);
    assert_eq!(cards.keys().collect::<Vec<_>>(), rows.keys().collect::<Vec<_>>());
    for (id, card) in &cards {
        let row = &rows[id];
        let drawn = json!({
            "state": card.state, "answered": card.answered, "findings": card.findings,
            "conflicts": card.conflicts, "returned": card.returned, "area": card.area.code,
        });
        for (field, value) in drawn.as_object().unwrap() {
            let said = if field == "area" { &row["area"]["code"] } else { &row[field] };
            assert_eq!(value, said, "{field} of {id}");
        }
        assert_eq!(card.delivery.state, DeliveryState::Delivered);
    }
    assert_eq!(phone.count("SELECT count(*) FROM snapshots"), rows.len() as u64);
    assert_eq!(phone.count("SELECT (SELECT count(*) FROM documents) + (SELECT count(*) FROM inbox)"), 0);
    for id in rows.keys() {
        assert_equal(&phone, &mut desk, id);
    }
    // What it opens and draws itself is what the server drew.
    let redrawn = town.phone("supervisor");
    for (id, card) in &cards {
        let view = redrawn.view(id);
        assert_eq!((view.state, view.delivery.state), (card.state, DeliveryState::Delivered));
    }
}

#[test]
fn a_comparison_with_a_device_that_began_with_snapshots_finds_nothing() {
    let town = Town::demonstration();
    let phone = town.phone("supervisor");
    let snapshots = phone.count("SELECT count(*) FROM snapshots");
    let system = Surroundings::system();
    let in_a_week =
        Surroundings { now_ms: Box::new(move || (system.now_ms)() + 8 * DAY_MS), ..Surroundings::system() };
    // Were they sent again, they would have their numbers again.
    let phone = phone.later(in_a_week, |folder| {
        let database = database(folder);
        database.execute("UPDATE snapshots SET seq = 0", []).unwrap();
    });
    let compared = |phone: &Phone| phone.count("SELECT repaired_at FROM progress");
    let before = compared(&phone);
    assert_eq!(phone.sync(), None);
    assert!(compared(&phone) > before, "it has compared");
    assert_eq!(phone.count("SELECT count(*) FROM snapshots WHERE seq = 0"), snapshots);
}

#[test]
fn a_device_that_knows_a_document_gets_only_what_is_new() {
    let town = Town::new();
    let assignment = town.desk("supervisor").assign(AREA, "sanitation", &["inspector1", "inspector2"]);
    let one = town.phone("inspector1");
    let inspection = one.app.open_assignment(&assignment).unwrap();
    one.answer(&inspection, "SAN-05", "pass");
    assert_eq!(one.sync(), None);
    let two = town.phone("inspector2");
    assert_eq!(two.item(&inspection, "SAN-05").answer.value.as_deref(), Some("pass"));
    let first = two.count("SELECT seq FROM snapshots");
    one.answer(&inspection, "SAN-02", "fail");
    assert_eq!((one.sync(), two.sync()), (None, None));
    assert_eq!(two.item(&inspection, "SAN-02").answer.value.as_deref(), Some("fail"));
    assert_eq!(two.count("SELECT count(*) FROM inbox"), 1, "one envelope came");
    assert_eq!(two.count("SELECT seq FROM snapshots"), first, "and no other snapshot");
    // What it recorded on a snapshot goes to the others like anything else.
    two.answer(&inspection, "SAN-05", "fail");
    assert_eq!((two.sync(), one.sync()), (None, None));
    assert_equal(&one, &mut town.desk("supervisor"), &inspection);
    assert_equal(&two, &mut town.desk("supervisor"), &inspection);
}

#[test]
fn a_supervisors_device_follows_his_areas_and_keeps_what_he_recorded_himself() {
    let town = Town::demonstration();
    let user = supervisor(&town, "wuhua", "530102");
    let mut admin = town.desk("admin");
    let phone = town.phone("wuhua");
    let districts = |phone: &Phone| {
        let cards = cards(phone);
        ["530102", "530103"]
            .map(|district| cards.values().filter(|card| card.area.code.starts_with(district)).count())
    };
    let all = listed(&mut admin);
    let of = |district: &str| {
        all.values().filter(|row| row["area"]["code"].as_str().unwrap().starts_with(district)).count()
    };
    let (wuhua, panlong) = (of("530102"), of("530103"));
    assert!(wuhua > 1 && panlong > 0);
    assert_eq!(districts(&phone), [wuhua, 0]);
    // A photo that he took there is still on the way when his areas change.
    let mut his = all.iter().filter(|(_, row)| row["area"]["code"].as_str().unwrap().starts_with("530102"));
    let (kept, gone) = (his.next().unwrap().0, his.next().unwrap().0);
    phone.app.photo_add(&input(kept), &picture(40, 30)).unwrap();
    admin.patch(&format!("/v1/users/{user}"), &json!({ "areas": ["530103"] })).unwrap();
    assert_eq!(phone.sync(), None);
    // What he recorded himself stays his.
    assert_eq!(districts(&phone), [1, panlong]);
    assert!(phone.app.document(gone).is_err());
    assert_equal(&phone, &mut town.desk("wuhua"), kept);
    let mut desk = town.desk("wuhua");
    assert_eq!(desk.get(&format!("/v1/inspections/{gone}")).unwrap_err().0, 404);
    admin.patch(&format!("/v1/users/{user}"), &json!({ "areas": ["5301"] })).unwrap();
    assert_eq!(phone.sync(), None);
    assert_eq!(districts(&phone), [wuhua, panlong]);
    assert_equal(&phone, &mut town.desk("wuhua"), gone);
}

/// Records a finding and delivers it; its key.
fn found(phone: &Phone, inspection: &str) -> String {
    let finding = FindingInput {
        kind: "SAN-05-1".into(),
        note: String::new(),
        place: "3栋2单元门前".into(),
        point: None,
        fixed_on_spot: false,
        asset: String::new(),
    };
    let item = phone.app.finding_add(inspection, "SAN-05", &finding, &[]).unwrap();
    assert_eq!(phone.sync(), None);
    item.findings[0].id.clone()
}

/// Two assignments of one place: the second repeats the first blindly. Each is for an inspector and a supervisor.
fn blind_pair(town: &Town) -> [String; 2] {
    let ids = ["wuhua", "huashan"].map(|login| supervisor(town, login, "530102"));
    let mut desk = town.desk("supervisor");
    let first = desk.assign(AREA, "sanitation", &["inspector1", "wuhua"]);
    let two = id_of(&mut desk, "inspector2");
    let day = desk.get("/v1/overview").unwrap()["day"].clone();
    let repetition = |people: &[&String]| {
        json!({
            "area": AREA, "site": null, "template": "sanitation", "version": 1, "kind": "recheck",
            "people": people, "due": day, "note": "背靠背复查", "repeats": first,
        })
    };
    let both = desk.post("/v1/assignments", &repetition(&[&two, &ids[0]])).unwrap_err();
    assert_eq!(both, (422, "blind_same_person".into()), "nobody inspects both");
    let second = desk.post("/v1/assignments", &repetition(&[&two, &ids[1]])).unwrap();
    assert_eq!(second["repeats"], json!(first));
    [first, second["id"].as_str().unwrap().to_owned()]
}

#[test]
fn a_blind_pair_stays_blind_in_every_direction_until_both_are_in() {
    let town = Town::new();
    let [first, second] = blind_pair(&town);
    let logins = [["inspector1", "wuhua"], ["inspector2", "huashan"]];
    let phones = logins.map(|pair| pair.map(|login| town.phone(login)));
    let inspections = [0, 1].map(|side: usize| {
        let assignment = [&first, &second][side];
        let ids = [0, 1].map(|n: usize| phones[side][n].app.open_assignment(assignment).unwrap());
        assert_eq!(ids[0], ids[1]);
        ids[0].clone()
    });
    let everybody = || phones.iter().flatten().for_each(|phone| assert_eq!(phone.sync(), None));
    let mut neutral = town.desk("supervisor");
    let blind = |seen: [bool; 2], what: &str| {
        for side in [0, 1] {
            let (theirs, assignment) = (&inspections[1 - side], [&second, &first][side]);
            for (phone, login) in phones[side].iter().zip(logins[side]) {
                let is_here = phone.app.document(theirs).is_ok();
                let is_asked = phone.app.open_assignment(assignment).is_ok();
                let sees = seen[usize::from(login.len() < 8)];
                assert_eq!((is_here, is_asked), (sees, sees), "{what}: the phone of {login}");
            }
            let mut desk = town.desk(logins[side][1]);
            let sees = seen[1];
            let found = desk.get(&format!("/v1/inspections/{theirs}"));
            assert_eq!(found.is_ok(), sees, "{what}: the desk of {}", logins[side][1]);
            assert_eq!(listed(&mut desk).contains_key(theirs), sees, "{what}: its list");
            let assignments = desk.get("/v1/assignments").unwrap();
            let mut rows = assignments["rows"].as_array().unwrap().iter();
            assert_eq!(rows.any(|row| row["id"] == assignment.as_str()), sees, "{what}: its assignments");
            let comment = json!({ "item": null, "text": "看看" });
            let comments = format!("/v1/inspections/{theirs}/comments");
            assert_eq!(desk.post(&comments, &comment).is_ok(), sees, "{what}: its comments");
        }
    };
    everybody();
    for side in [0, 1] {
        phones[side][0].answer(&inspections[side], "SAN-05", ["pass", "fail"][side]);
    }
    everybody();
    everybody();
    blind([false, false], "while both are out");
    let finding = found(&phones[0][0], &inspections[0]);
    let case = json!({ "inspection": inspections[0], "finding": finding });
    let refused = neutral.post("/v1/cases", &case).unwrap_err();
    assert_eq!(refused, (409, "finding_blind".into()), "a case would tell of it");
    assert_eq!(listed(&mut neutral).len(), 2, "who does not inspect sees both");
    for phone in &phones[0] {
        phone.app.submit(&inspections[0]).unwrap();
    }
    phones[1][0].app.submit(&inspections[1]).unwrap();
    everybody();
    everybody();
    blind([false, false], "while the second is out");
    phones[1][1].app.submit(&inspections[1]).unwrap();
    everybody();
    everybody();
    blind([false, true], "when both are in, it is as it would be without the pair");
    neutral.post("/v1/cases", &case).unwrap();
    // The comments of a moment ago.
    everybody();
    for (side, phone) in [(1, &phones[0][1]), (0, &phones[1][1])] {
        assert_equal(phone, &mut neutral, &inspections[side]);
    }
}

#[test]
fn a_blind_repetition_takes_the_first_out_of_sight_of_those_who_repeat() {
    let town = Town::new();
    let user = supervisor(&town, "wuhua", "530102");
    let mut desk = town.desk("supervisor");
    let first = desk.assign(AREA, "sanitation", &["inspector1"]);
    let (phone, one) = (town.phone("wuhua"), town.phone("inspector1"));
    let inspection = one.app.open_assignment(&first).unwrap();
    one.answer(&inspection, "SAN-05", "pass");
    assert_eq!((one.sync(), phone.sync()), (None, None));
    assert!(phone.app.document(&inspection).is_ok());
    let day = desk.get("/v1/overview").unwrap()["day"].clone();
    let repetition = json!({
        "area": AREA, "site": null, "template": "sanitation", "version": 1, "kind": "recheck",
        "people": [user], "due": day, "note": "", "repeats": first,
    });
    desk.post("/v1/assignments", &repetition).unwrap();
    assert_eq!(phone.sync(), None);
    assert!(phone.app.document(&inspection).is_err() && phone.app.open_assignment(&first).is_err());
    let of_another_place = json!({ "area": "530102001002", "site": null, "template": "sanitation",
        "version": 1, "kind": "recheck", "people": [user], "due": day, "note": "", "repeats": first });
    assert_eq!(desk.post("/v1/assignments", &of_another_place).unwrap_err().1, "value_invalid");
}

/// Writes until a visit has room for little more, and goes on in its continuation.
fn continued(phone: &Phone, inspection: &str) -> String {
    let words = "字".repeat(TEXT_BYTES_MAX / "字".len());
    while !phone.app.remark_add(inspection, None, &words).unwrap().nearly_full {}
    let continuation = phone.app.open_continuation(inspection).unwrap();
    phone.answer(&continuation, "SAN-05", "fail");
    assert_eq!(phone.sync(), None);
    continuation
}

#[test]
fn what_goes_on_from_one_half_of_a_blind_pair_is_as_blind_as_that_half() {
    for is_continued_first in [false, true] {
        let town = Town::new();
        let user = supervisor(&town, "wuhua", "530102");
        let mut desk = town.desk("supervisor");
        let first = desk.assign(AREA, "sanitation", &["inspector1"]);
        let (one, other) = (town.phone("inspector1"), town.phone("wuhua"));
        let inspection = one.app.open_assignment(&first).unwrap();
        let mut continuations = Vec::new();
        if is_continued_first {
            continuations.push(continued(&one, &inspection));
        }
        assert_eq!(other.sync(), None);
        let day = desk.get("/v1/overview").unwrap()["day"].clone();
        let repetition = json!({
            "area": AREA, "site": null, "template": "sanitation", "version": 1, "kind": "recheck",
            "people": [user], "due": day, "note": "", "repeats": first,
        });
        let second = desk.post("/v1/assignments", &repetition).unwrap()["id"].as_str().unwrap().to_owned();
        if !is_continued_first {
            continuations.push(continued(&one, &inspection));
        }
        // And what goes on from that.
        continuations.push(continued(&one, &continuations[0]));
        let sees = |town: &Town| {
            assert_eq!(other.sync(), None);
            let mut his = town.desk("wuhua");
            let at_desk = continuations.iter().map(|id| his.get(&format!("/v1/inspections/{id}")).is_ok());
            let on_phone = continuations.iter().map(|id| other.app.document(id).is_ok());
            at_desk.chain(on_phone).collect::<Vec<_>>()
        };
        assert_eq!(sees(&town), [false; 4], "continued first: {is_continued_first}");
        assert!(desk.get(&format!("/v1/inspections/{}", continuations[1])).is_ok(), "nobody else is blind");

        let repeated = other.app.open_assignment(&second).unwrap();
        other.answer(&repeated, "SAN-05", "pass");
        other.app.submit(&repeated).unwrap();
        one.app.submit(&inspection).unwrap();
        assert_eq!((one.sync(), other.sync()), (None, None));
        assert_eq!(sees(&town), [true; 4], "both are in");
    }
}

#[test]
fn an_observers_device_has_a_document_only_once_it_is_approved() {
    let town = Town::demonstration();
    let user = supervisor(&town, "wuhua", "530102");
    let mut admin = town.desk("admin");
    let phone = town.phone("wuhua");
    admin.patch(&format!("/v1/users/{user}"), &json!({ "role": "observer" })).unwrap();
    assert_eq!(phone.sync(), None);
    let mut desk = town.desk("supervisor");
    let before = cards(&phone);
    let states = |desk: &mut Desk| {
        let rows = listed(desk).into_iter();
        let of_his = rows.filter(|(_, row)| row["area"]["code"].as_str().unwrap().starts_with("530102"));
        of_his.map(|(id, row)| (id, row["state"].as_str().unwrap().to_owned())).collect::<BTreeMap<_, _>>()
    };
    let approved = |desk: &mut Desk| {
        let states = states(desk).into_iter();
        states.filter(|(_, state)| state == "approved").map(|(id, _)| id).collect::<Vec<_>>()
    };
    assert_eq!(before.keys().cloned().collect::<Vec<_>>(), approved(&mut desk));
    let assignment = desk.assign(AREA, "sanitation", &["inspector1"]);
    let one = town.phone("inspector1");
    let next = &one.app.open_assignment(&assignment).unwrap();
    one.answer(next, "SAN-05", "pass");
    one.app.submit(next).unwrap();
    assert_eq!((one.sync(), phone.sync()), (None, None));
    assert!(phone.app.document(next).is_err());
    approve(&mut desk, next);
    assert_eq!(phone.sync(), None);
    assert_equal(&phone, &mut desk, next);
    let reason = json!({ "items": [], "reason": "补拍" });
    desk.post(&format!("/v1/inspections/{next}/returns"), &reason).unwrap();
    assert_eq!(phone.sync(), None);
    assert!(phone.app.document(next).is_err(), "what is approved no more is forgotten");
    assert_eq!(cards(&phone).keys().cloned().collect::<Vec<_>>(), approved(&mut desk));
}

#[test]
fn a_page_that_was_lost_on_the_way_is_asked_for_again_and_nothing_is_missing() {
    let town = Town::demonstration();
    let (wire, phone) = (Wire::to(&town.url()), Phone::new());
    phone.enrol(&wire.url(), "supervisor", rounds_server::demo::PASSWORD).unwrap();
    wire.will([Fault::AnswerLost { method: "POST /v1/sync" }; 3]);
    for _ in 0..3 {
        assert_eq!(phone.sync().as_deref(), Some("unreachable"));
        assert_eq!(phone.count("SELECT count(*) FROM snapshots"), 0, "half a page is none");
    }
    assert_eq!(phone.sync(), None);
    let mut desk = town.desk("supervisor");
    let rows = listed(&mut desk);
    assert_eq!(cards(&phone).len(), rows.len());
    rows.keys().for_each(|id| assert_equal(&phone, &mut desk, id));
}

#[test]
fn a_restored_server_and_a_device_that_has_snapshots_become_equal_again() {
    let mut town = Town::new();
    let assignment = town.desk("supervisor").assign(AREA, "sanitation", &["inspector1"]);
    let one = town.phone("inspector1");
    let inspection = one.app.open_assignment(&assignment).unwrap();
    one.answer(&inspection, "SAN-05", "pass");
    assert_eq!(one.sync(), None);
    let phone = Phone::new();
    phone.enrol(&town.url(), "supervisor", rounds_server::demo::PASSWORD).unwrap();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("city.backup");
    rounds_server::backup::back_up(town.folder(), &file, None, NOW).unwrap();
    // What comes now is lost there, and the supervisor has it only as a part of the whole.
    one.answer(&inspection, "SAN-02", "fail");
    assert_eq!(one.sync(), None);
    assert_eq!(phone.sync(), None);
    assert_eq!(phone.count("SELECT count(*) FROM documents"), 0);
    town.stop();
    rounds_server::backup::restore(town.folder(), &file, None, None, (Epoch::new([42; 16]), NOW)).unwrap();
    town.start();
    assert_eq!(phone.sync(), None);
    assert_eq!(phone.item(&inspection, "SAN-02").answer.value.as_deref(), Some("fail"), "he keeps it");
    assert_eq!((one.sync(), phone.sync()), (None, None));
    let mut desk = town.desk("supervisor");
    assert_equal(&one, &mut desk, &inspection);
    assert_equal(&phone, &mut desk, &inspection);
    assert_eq!(desk.item(&inspection, "SAN-02")["answer"]["value"], "fail");
}
