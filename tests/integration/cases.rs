//! A finding that must be put right becomes a case, and is put right, proven and checked: most of it without a connection.

use std::path::Path;

use rounds_client_core::{
    FindingInput, PhotoInput,
    view::{
        CaseActView, CaseCard, CaseStateView, CaseView, DeliveryState, DraftView, PhotoDetail, PhotoRoleView,
        PhotoSourceView,
    },
};
use rounds_server::{app::LOG_FILE, check::check};
use serde_json::{Value, json};

use super::{
    photos::{input, picture},
    repairs::Backup,
    town::{Desk, Phone, Town},
};

const AREA: &str = "530102001001";
const ITEM: &str = "SAN-05";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Records a finding with a photo; the inspection and the finding's key.
fn found(town: &Town, phone: &Phone) -> (String, String) {
    let assignment = town.desk("supervisor").assign(AREA, "sanitation", &["inspector1"]);
    assert_eq!(phone.sync(), None);
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.answer(&inspection, ITEM, "fail");
    let photo = phone.app.photo_add(&input(&inspection), &picture(800, 600)).unwrap();
    let finding = FindingInput {
        kind: "SAN-05-1".into(),
        note: "约三袋，靠墙堆放".into(),
        place: "3栋2单元门前".into(),
        point: None,
        fixed_on_spot: false,
        asset: String::new(),
    };
    let item = phone.app.finding_add(&inspection, ITEM, &finding, &[photo.id]).unwrap();
    assert_eq!(phone.sync(), None);
    (inspection, item.findings[0].id.clone())
}

fn user(desk: &mut Desk, login: &str) -> Value {
    let users = desk.get("/v1/users").unwrap();
    users.as_array().unwrap().iter().find(|user| user["login"] == login).unwrap()["id"].clone()
}

fn opened(desk: &mut Desk, (inspection, finding): &(String, String)) -> String {
    let draft = json!({ "inspection": inspection, "finding": finding });
    desk.post("/v1/cases", &draft).unwrap()["row"]["id"].as_str().unwrap().to_owned()
}

fn dispatch(
    desk: &mut Desk,
    case: &str,
    to: &str,
    checker: &str,
    text: &str,
) -> Result<Value, (u16, String)> {
    let day = desk.get("/v1/overview").unwrap()["day"].clone();
    let (to, checker) = (user(desk, to), user(desk, checker));
    let draft = json!({ "act": "dispatch", "to": to, "checker": checker, "due": day, "text": text });
    desk.post(&format!("/v1/cases/{case}/events"), &draft)
}

fn act(desk: &mut Desk, case: &str, act: &str, text: &str) -> Result<Value, (u16, String)> {
    desk.post(&format!("/v1/cases/{case}/events"), &json!({ "act": act, "text": text }))
}

fn state(desk: &mut Desk, case: &str) -> String {
    let detail = desk.get(&format!("/v1/cases/{case}")).unwrap();
    detail["row"]["state"].as_str().unwrap().to_owned()
}

fn taken(case: &str) -> PhotoInput {
    PhotoInput {
        inspection: case.to_owned(),
        item: None,
        finding: None,
        copy_of: None,
        source: PhotoSourceView::Camera,
        role: PhotoRoleView::After,
        point: None,
        detail: PhotoDetail::default(),
    }
}

fn fix(phone: &Phone, case: &str, width: u32) -> CaseView {
    let photo = phone.app.photo_add(&taken(case), &picture(width, 600)).unwrap();
    phone.app.case_act(case, CaseActView::Fix, "已清运", &[photo.id]).unwrap()
}

/// What was done and whether it took effect, as a phone says it.
fn said(view: &CaseView) -> Vec<(&str, bool)> {
    view.events.iter().map(|event| (event.act.as_str(), event.took_effect)).collect()
}

/// What was done and whether it took effect, as the console says it.
fn told(detail: &Value) -> Vec<(&str, bool)> {
    let events = detail["events"].as_array().unwrap().iter();
    events.map(|event| (event["act"].as_str().unwrap(), event["took_effect"] == true)).collect()
}

fn ids(cards: &[CaseCard]) -> Vec<&str> {
    cards.iter().map(|card| card.id.as_str()).collect()
}

/// A case that 赵芸 has to put right and 李明 has to check; it is on the phone of 赵芸.
struct Scene {
    town: Town,
    inspector: Phone,
    fixer: Phone,
    desk: Desk,
    case: String,
}

impl Scene {
    fn dispatched() -> Self {
        let town = Town::new();
        let (inspector, fixer) = (town.phone("inspector1"), town.phone("inspector2"));
        let finding = found(&town, &inspector);
        let mut desk = town.desk("supervisor");
        let case = opened(&mut desk, &finding);
        dispatch(&mut desk, &case, "inspector2", "inspector1", "").unwrap();
        assert_eq!(fixer.sync(), None);
        Self { town, inspector, fixer, desk, case }
    }
}

/// Nothing of the city is otherwise than a replay of its log makes it.
fn is_whole(folder: &Path) {
    assert_eq!(check(folder, LOG_FILE).unwrap().faults, []);
}

#[test]
fn a_case_is_fixed_and_checked_without_a_connection_and_closed() {
    let mut town = Town::new();
    let (inspector, fixer) = (town.phone("inspector1"), town.phone("inspector2"));
    let finding = found(&town, &inspector);
    let mut desk = town.desk("supervisor");
    let case = opened(&mut desk, &finding);
    assert_eq!(state(&mut desk, &case), "opened");
    assert_eq!(opened(&mut desk, &finding), case, "one finding has one case");
    dispatch(&mut desk, &case, "inspector2", "inspector1", "").unwrap();
    assert_eq!(fixer.sync(), None);
    let cases = fixer.app.cases().unwrap();
    assert_eq!((ids(&cases.to_fix), cases.to_check.len()), (vec![case.as_str()], 0));
    assert_eq!(ids(&fixer.app.today().unwrap().cases), [case.as_str()]);

    town.stop();
    let view = fixer.app.case(&case).unwrap();
    assert_eq!((view.card.place.as_str(), view.card.note.as_str()), ("3栋2单元门前", "约三袋，靠墙堆放"));
    assert!(view.before.len() == 1 && view.before[0].on_device, "what it was like is there without a signal");
    assert_eq!(view.before[0].by.name, "李明", "whoever took it, not whoever opened the case");
    let refused = fixer.app.case_act(&case, CaseActView::Fix, "已清运", &[]).unwrap_err();
    assert_eq!(refused.code(), "case_photo_required");
    let refused = fixer.app.case_act(&case, CaseActView::Pass, "", &[]).unwrap_err();
    assert_eq!(refused.code(), "case_changed", "nobody checks what is not fixed");
    let fixed = fix(&fixer, &case, 700);
    assert_eq!(fixed.card.state, CaseStateView::Checking);
    assert_eq!(fixed.card.delivery.state, DeliveryState::Pending);
    assert_eq!((fixed.after.len(), fixed.taken.len(), fixed.allowed.len()), (1, 0, 0));
    let killed = fixer.after_power_loss();
    assert_eq!(killed.app.case(&case).unwrap().events, fixed.events);

    town.start();
    assert_eq!(fixer.sync(), None);
    assert_eq!(fixer.app.case(&case).unwrap().card.delivery.state, DeliveryState::Delivered);
    let mut desk = town.desk("supervisor");
    let detail = desk.get(&format!("/v1/cases/{case}")).unwrap();
    assert_eq!(
        (detail["row"]["state"].as_str(), detail["after"].as_array().unwrap().len()),
        (Some("checking"), 1)
    );
    assert_eq!(detail["after"][0]["delivered"], true);
    assert_eq!(
        (&detail["before"][0]["by"]["name"], &detail["found_by"]["name"]),
        (&json!("李明"), &json!("李明"))
    );

    assert_eq!(inspector.sync(), None);
    town.stop();
    let to_check = inspector.app.cases().unwrap().to_check;
    assert_eq!(ids(&to_check), [case.as_str()]);
    let view = inspector.app.case(&case).unwrap();
    assert!(
        view.before[0].on_device && view.after[0].on_device,
        "before and after can be compared on the spot"
    );
    let refused = inspector.app.case_act(&case, CaseActView::Fail, " ", &[]).unwrap_err();
    assert_eq!(refused.code(), "reason_required");
    inspector.app.case_act(&case, CaseActView::Fail, "墙角仍有残留", &[]).unwrap();
    town.start();
    assert_eq!((inspector.sync(), fixer.sync()), (None, None));
    let view = fixer.app.case(&case).unwrap();
    assert_eq!((view.card.state, view.card.reworks), (CaseStateView::Rework, 1));
    fix(&fixer, &case, 720);
    assert_eq!((fixer.sync(), inspector.sync()), (None, None));
    inspector.app.case_act(&case, CaseActView::Pass, "", &[]).unwrap();
    assert_eq!(inspector.sync(), None);

    let mut desk = town.desk("supervisor");
    assert_eq!(state(&mut desk, &case), "checked");
    act(&mut desk, &case, "close", "").unwrap();
    assert_eq!((inspector.sync(), fixer.sync()), (None, None));
    for phone in [&inspector, &fixer] {
        let view = phone.app.case(&case).unwrap();
        assert_eq!(view.card.state, CaseStateView::Closed);
        assert!(view.events.iter().all(|event| event.took_effect));
        assert_eq!(phone.app.today().unwrap().cases, []);
    }
    is_whole(town.folder());
}

#[test]
fn what_comes_too_late_has_no_effect_and_everybody_says_so() {
    let Scene { town, fixer, mut desk, case, .. } = Scene::dispatched();
    // He fixes it on a hill; meanwhile it goes to somebody else.
    assert_eq!(fix(&fixer, &case, 700).card.state, CaseStateView::Checking);
    let refused = dispatch(&mut desk, &case, "inspector3", "inspector1", "").unwrap_err();
    assert_eq!(refused, (422, "reason_required".into()), "whoever takes it from somebody says why");
    dispatch(&mut desk, &case, "inspector3", "inspector1", "由片区负责人处置").unwrap();
    assert_eq!(fixer.sync(), None);
    let other = town.phone("inspector3");
    let detail = desk.get(&format!("/v1/cases/{case}")).unwrap();
    assert_eq!(detail["row"]["state"], "handling");
    assert_eq!(told(&detail), [("open", true), ("dispatch", true), ("dispatch", true), ("fix", false)]);
    for phone in [&fixer, &other] {
        let view = phone.app.case(&case).unwrap();
        assert_eq!(view.card.state, CaseStateView::Handling);
        assert_eq!(said(&view), [("open", true), ("dispatch", true), ("dispatch", true), ("fix", false)]);
    }
    assert_eq!(fixer.app.cases().unwrap().to_fix, []);
    assert_eq!(ids(&other.app.cases().unwrap().to_fix), [case.as_str()]);
    // A phone that reads everything anew says the same.
    assert_eq!(town.phone("inspector2").app.case(&case).unwrap().card.state, CaseStateView::Handling);
    is_whole(town.folder());
}

#[test]
fn what_is_typed_in_a_case_is_kept_until_it_is_said() {
    let Scene { fixer, case, .. } = Scene::dispatched();
    let typed = DraftView { note: "已联系物业，".into(), ..DraftView::default() };
    fixer.app.draft_keep(&case, "case:fix", &typed).unwrap();
    let fixer = fixer.after_power_loss();
    assert_eq!(fixer.app.draft(&case, "case:fix").unwrap(), Some(typed));
}

#[test]
fn a_fix_that_was_held_counts_where_it_was_admitted() {
    let Scene { town, inspector, fixer, mut desk, case } = Scene::dispatched();
    fix(&fixer, &case, 700);
    let mut admin = town.desk("admin");
    let devices = admin.get("/v1/devices").unwrap();
    let phone =
        devices.as_array().unwrap().iter().find(|one| one["user"]["name"] == "赵芸").unwrap()["id"].clone();
    let phone = phone.as_str().unwrap();
    admin.post(&format!("/v1/devices/{phone}/revoke"), &json!({ "reason": "手机遗失" })).unwrap();
    fixer.sync();
    let held = desk.get("/v1/held").unwrap();
    let row = &held["rows"][0];
    let line = row["content"].as_array().unwrap().iter().find(|line| line["what"] == "event").unwrap();
    assert_eq!((line["value"].as_str(), line["text"].as_str()), (Some("fix"), Some("已清运")));
    assert_eq!((state(&mut desk, &case), inspector.sync()), ("handling".into(), None));
    let day = desk.get("/v1/overview").unwrap()["day"].clone();
    let extend = json!({ "act": "extend", "due": day, "text": "等待核实" });
    desk.post(&format!("/v1/cases/{case}/events"), &extend).unwrap();
    let ruling = json!({ "admit": true, "reason": "已向本人核实" });
    desk.post(&format!("/v1/held/{}/ruling", row["seq"]), &ruling).unwrap();
    assert_eq!(state(&mut desk, &case), "checking");
    assert_eq!(inspector.sync(), None);
    for phone in [inspector, town.phone("inspector1")] {
        let view = phone.app.case(&case).unwrap();
        assert_eq!(said(&view), [("open", true), ("dispatch", true), ("extend", true), ("fix", true)]);
        assert_eq!(ids(&phone.app.cases().unwrap().to_check), [case.as_str()]);
    }
    is_whole(town.folder());
}

#[test]
fn what_a_restored_server_has_lost_of_a_case_comes_back_behind_what_was_decided_since() {
    let Scene { mut town, inspector, fixer, case, .. } = Scene::dispatched();
    assert_eq!(inspector.sync(), None);
    let backup = Backup::of(&town);
    fix(&fixer, &case, 700);
    assert_eq!((fixer.sync(), inspector.sync()), (None, None));
    assert_eq!(inspector.app.case(&case).unwrap().card.state, CaseStateView::Checking);

    backup.restore(&mut town);
    let mut desk = town.desk("supervisor");
    assert_eq!(state(&mut desk, &case), "handling", "the fix is lost");
    dispatch(&mut desk, &case, "inspector3", "inspector1", "由片区负责人处置").unwrap();
    // Whoever holds the fix brings it back, and its author asks for it again.
    for phone in [&inspector, &fixer, &inspector] {
        assert_eq!(phone.sync(), None);
    }
    let other = town.phone("inspector3");
    let detail = desk.get(&format!("/v1/cases/{case}")).unwrap();
    let told = told(&detail);
    assert_eq!(told.len(), 4, "nothing of it stays lost");
    assert_eq!(told[3], ("fix", false));
    for phone in [&inspector, &fixer, &other] {
        let view = phone.app.case(&case).unwrap();
        assert_eq!((view.card.state, said(&view)), (CaseStateView::Handling, told.clone()));
    }
    is_whole(town.folder());
}

#[test]
fn a_case_is_seen_by_whoever_has_to_do_with_it() {
    let town = Town::new();
    let inspector = town.phone("inspector1");
    let finding = found(&town, &inspector);
    let mut desk = town.desk("supervisor");
    let case = opened(&mut desk, &finding);
    let other = town.phone("inspector2");
    assert_eq!(inspector.sync(), None);
    for phone in [&inspector, &other] {
        assert_eq!(phone.app.case(&case).unwrap_err().code(), "not_found", "nobody is named in it yet");
    }
    dispatch(&mut desk, &case, "inspector3", "inspector1", "").unwrap();
    assert_eq!((inspector.sync(), other.sync()), (None, None));
    assert_eq!(inspector.app.case(&case).unwrap().card.responsible.unwrap().name, "陈静");
    assert_eq!(other.app.cases().unwrap().others, []);
    let rows = |desk: &mut Desk, query: &str| {
        let list = desk.get(&format!("/v1/cases?{query}")).unwrap();
        (list["total"].as_u64().unwrap(), list["rows"].as_array().unwrap().len())
    };
    assert_eq!(rows(&mut desk, "state=handling&area=5301"), (1, 1));
    assert_eq!(rows(&mut desk, "state=closed"), (0, 0));
    assert_eq!(rows(&mut desk, "area=530103"), (0, 0));
    assert_eq!(rows(&mut desk, &format!("inspection={}", finding.0)), (1, 1));
}

#[test]
fn a_case_that_nobody_put_right_in_time_is_counted_and_listed() {
    let (town, clock) = Town::with_clock();
    let inspector = town.phone("inspector1");
    let finding = found(&town, &inspector);
    let mut desk = town.desk("supervisor");
    let case = opened(&mut desk, &finding);
    dispatch(&mut desk, &case, "inspector2", "inspector1", "").unwrap();
    let overdue = |desk: &mut Desk, query: &str| {
        let counted = desk.get("/v1/overview").unwrap()["cases_overdue"].as_u64().unwrap();
        (counted, desk.get(&format!("/v1/cases?overdue=1&{query}")).unwrap()["total"].as_u64().unwrap())
    };
    assert_eq!(overdue(&mut desk, ""), (0, 0), "its day is not over");
    clock.advance(DAY_MS);
    let mut desk = town.desk("supervisor");
    assert_eq!(overdue(&mut desk, ""), (1, 1));
    assert_eq!(overdue(&mut desk, "area=530103"), (1, 0));
    assert_eq!(overdue(&mut desk, "state=closed"), (1, 0));
    act(&mut desk, &case, "withdraw", "重复立案").unwrap();
    assert_eq!(overdue(&mut desk, ""), (0, 0), "nothing is late that is over");
}

#[test]
fn a_supervisor_does_what_fits_the_case_and_nothing_else() {
    let town = Town::new();
    let inspector = town.phone("inspector1");
    let finding = found(&town, &inspector);
    let mut desk = town.desk("supervisor");
    let case = opened(&mut desk, &finding);
    let code = |refused: Result<Value, (u16, String)>| refused.unwrap_err().1;
    assert_eq!(code(act(&mut desk, &case, "close", "")), "case_changed");
    assert_eq!(code(act(&mut desk, &case, "withdraw", " ")), "reason_required");
    assert_eq!(code(act(&mut desk, &case, "dance", "")), "value_invalid");
    let own = user(&mut desk, "supervisor");
    let observer =
        json!({ "act": "dispatch", "to": "00112233445566778899aabbccddeeff", "due": "2099-01-01" });
    assert_eq!(code(desk.post(&format!("/v1/cases/{case}/events"), &observer)), "person_not_for_case");
    let past = json!({ "act": "dispatch", "to": own, "due": "2020-01-01" });
    assert_eq!(code(desk.post(&format!("/v1/cases/{case}/events"), &past)), "due_in_past");
    act(&mut desk, &case, "withdraw", "重复立案").unwrap();
    assert_eq!(state(&mut desk, &case), "withdrawn");
    let missing = json!({ "inspection": finding.0, "finding": "nothing" });
    assert_eq!(code(desk.post("/v1/cases", &missing)), "not_found");
}

#[test]
fn somebody_of_a_responsible_unit_gets_his_cases_and_nothing_else() {
    let town = Town::new();
    let inspector = town.phone("inspector1");
    let finding = found(&town, &inspector);
    let unit = json!({
        "login": "unit1", "name": "张涛", "role": "unit", "areas": ["530102"], "department": null,
        "password": rounds_server::demo::PASSWORD,
    });
    town.desk("admin").post("/v1/users", &unit).unwrap();
    let mut desk = town.desk("supervisor");
    let case = opened(&mut desk, &finding);
    dispatch(&mut desk, &case, "unit1", "inspector1", "").unwrap();
    let phone = town.phone("unit1");
    assert_eq!(ids(&phone.app.cases().unwrap().to_fix), [case.as_str()]);
    assert_eq!(phone.app.inspections().unwrap(), [], "the inspection is not for him");
    assert!(phone.app.case(&case).unwrap().before[0].on_device);
    assert_eq!(phone.app.case(&case).unwrap().allowed, [CaseActView::Fix, CaseActView::GiveBack]);
    phone.app.case_act(&case, CaseActView::GiveBack, "不属于本单位管养", &[]).unwrap();
    assert_eq!(phone.sync(), None);
    assert_eq!(state(&mut desk, &case), "opened");
    is_whole(town.folder());
}
