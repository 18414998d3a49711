use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::demo;

/// A city with inspectors, in which nothing has happened, and the cookie of its supervisor.
async fn city() -> (City, String) {
    let city = City::found().await;
    demo::settle(&city.app).await.unwrap();
    let cookie = city.sign_in_with("supervisor", demo::PASSWORD).await.cookie.unwrap();
    (city, cookie)
}

async fn person(city: &City, cookie: &str, login: &str) -> Value {
    let users = city.get("/v1/users?role=inspector", cookie).await.body;
    let found = users.as_array().unwrap().iter().find(|user| user["login"] == login);
    found.unwrap()["id"].clone()
}

async fn draft(city: &City, cookie: &str, change: Value) -> Value {
    let mut draft = json!({
        "within": "530102", "template": "sanitation", "version": 1, "kind": "unannounced",
        "people": [person(city, cookie, "inspector1").await], "due": Day::of(NOW).to_string(), "preview": true,
    });
    for (key, value) in change.as_object().unwrap() {
        draft[key] = value.clone();
    }
    draft
}

async fn plan(city: &City, cookie: &str, change: Value) -> Answer {
    let draft = draft(city, cookie, change).await;
    city.ask(Method::POST, "/v1/assignments/plan", Some(cookie), Some(draft)).await
}

fn places(plan: &Value) -> Vec<String> {
    let visits = plan["visits"].as_array().unwrap().iter();
    visits.map(|visit| visit["area"]["code"].as_str().unwrap().to_owned()).collect()
}

async fn total(city: &City, cookie: &str) -> u64 {
    city.get("/v1/assignments", cookie).await.body["total"].as_u64().unwrap()
}

#[tokio::test]
async fn a_draw_can_be_made_again_from_its_seed_which_stands_in_every_note() {
    let (city, cookie) = city().await;
    let first = plan(&city, &cookie, json!({ "draw": 5 })).await.body;
    let seed = first["seed"].as_str().unwrap().to_owned();
    assert_eq!(places(&first).len(), 5);
    assert!(first["places"].as_u64().unwrap() > 50, "五华区 has many communities");
    assert_eq!(total(&city, &cookie).await, 0, "a preview makes nothing");
    let made =
        plan(&city, &cookie, json!({ "draw": 5, "seed": seed, "preview": false, "note": "查背街" })).await;
    assert_eq!(places(&made.body), places(&first), "the seed alone decides");
    let rows = city.get("/v1/assignments", &cookie).await.body["rows"].clone();
    for row in rows.as_array().unwrap() {
        let note = row["note"].as_str().unwrap();
        assert!(note.starts_with("查背街 [") && note.contains(&seed), "{note}");
    }
    let other = plan(&city, &cookie, json!({ "draw": 5, "seed": "another" })).await.body;
    assert_ne!(places(&other), places(&first));
}

#[tokio::test]
async fn a_draw_favours_no_place() {
    let (city, cookie) = city().await;
    let mut drawn = BTreeSet::new();
    for seed in 0..40 {
        let plan = plan(&city, &cookie, json!({ "draw": 10, "seed": seed.to_string() })).await.body;
        drawn.extend(places(&plan));
    }
    let all = plan(&city, &cookie, json!({})).await.body["places"].as_u64().unwrap();
    assert!(
        drawn.len() as u64 > all * 9 / 10,
        "{} of {all} were drawn at least once in 40 draws",
        drawn.len()
    );
}

#[tokio::test]
async fn visits_are_repeated_at_intervals_and_dealt_out_in_turn() {
    let (city, cookie) = city().await;
    let people = [person(&city, &cookie, "inspector1").await, person(&city, &cookie, "inspector2").await];
    let wanted = json!({ "draw": 2, "people": people, "every_days": 7, "times": 3, "preview": false });
    let made = plan(&city, &cookie, wanted).await.body;
    let visits = made["visits"].as_array().unwrap();
    let today = Day::of(NOW);
    let days: Vec<_> = visits.iter().map(|visit| visit["due"].as_str().unwrap().to_owned()).collect();
    let weeks = [0, 0, 7, 7, 14, 14].map(|days| today.add_days(days).to_string());
    assert_eq!(days, weeks);
    let names: Vec<_> = visits.iter().map(|visit| visit["person"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["李明", "赵芸", "李明", "赵芸", "李明", "赵芸"]);
    assert_eq!(total(&city, &cookie).await, 6);
    let month = city.get("/v1/assignments/calendar", &cookie).await.body;
    let days: Vec<_> = month["days"].as_array().unwrap().iter().map(|day| day["due"].clone()).collect();
    assert_eq!(days, [2, 2, 2]);
    let week = format!("/v1/assignments?from={}&to={}", weeks[2], weeks[3]);
    assert_eq!(city.get(&week, &cookie).await.body["total"], 2);
}

#[tokio::test]
async fn a_blind_pair_is_two_people_who_do_not_see_each_other() {
    let (city, cookie) = city().await;
    let (one, two) = (person(&city, &cookie, "inspector1").await, person(&city, &cookie, "inspector2").await);
    let made = plan(&city, &cookie, json!({ "draw": 1, "people": [one], "second": [two], "preview": false }));
    let visits = made.await.body["visits"].clone();
    assert_eq!((&visits[0]["blind"], &visits[1]["blind"]), (&json!(false), &json!(true)));
    assert_eq!(visits[0]["area"]["code"], visits[1]["area"]["code"]);
    let rows = city.get("/v1/assignments", &cookie).await.body["rows"].clone();
    let rows = rows.as_array().unwrap();
    let second = rows.iter().find(|row| !row["repeats"].is_null()).unwrap();
    assert!(rows.iter().any(|row| row["id"] == second["repeats"]));
    let same = plan(&city, &cookie, json!({ "draw": 1, "people": [one], "second": [one] })).await;
    assert_eq!(same.code(), "blind_same_person");
}

#[tokio::test]
async fn nobody_is_sent_into_his_own_area_when_he_is_to_keep_away() {
    let (city, cookie) = city().await;
    // 李明 answers for 五华区, 陈静 for 盘龙区.
    let people = [person(&city, &cookie, "inspector1").await, person(&city, &cookie, "inspector3").await];
    let own = plan(&city, &cookie, json!({ "draw": 4, "people": people })).await.body;
    let elsewhere =
        plan(&city, &cookie, json!({ "draw": 4, "people": people, "elsewhere": true })).await.body;
    let names = |plan: &Value| -> BTreeSet<String> {
        let visits = plan["visits"].as_array().unwrap().iter();
        visits.map(|visit| visit["person"]["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&own), BTreeSet::from(["李明".to_owned()]));
    assert_eq!(names(&elsewhere), BTreeSet::from(["陈静".to_owned()]));
}

#[tokio::test]
async fn a_plan_that_cannot_be_made_makes_nothing_and_says_why() {
    let (city, cookie) = city().await;
    for (change, code) in [
        (json!({ "within": "999999", "preview": false }), "area_missing"),
        (json!({ "within": "530102", "people": [], "preview": false }), "person_not_inspector"),
        (json!({ "due": "2020-01-01", "preview": false }), "due_in_past"),
        (json!({ "template": "nothing", "preview": false }), "template_missing"),
        (json!({ "site_kind": "palace", "preview": false }), "value_invalid"),
        (json!({ "within": "530103", "site_kind": "market", "preview": false }), "plan_empty"),
        (json!({ "draw": 0, "preview": false }), "plan_empty"),
        (json!({ "within": "5301", "preview": false }), "plan_too_large"),
        (json!({ "draw": 1, "times": 0, "preview": false }), "plan_too_large"),
        (json!({ "draw": 1, "every_days": 0, "preview": false }), "value_invalid"),
        (json!({ "draw": 1, "seed": "x".repeat(65), "preview": false }), "text_too_long"),
    ] {
        let answer = plan(&city, &cookie, change.clone()).await;
        assert_eq!(answer.code(), code, "{change}: {answer:?}");
    }
    assert_eq!(total(&city, &cookie).await, 0);
}

#[tokio::test]
async fn the_late_are_named_with_how_much_and_since_when() {
    let (city, cookie) = city().await;
    let made =
        plan(&city, &cookie, json!({ "draw": 3, "every_days": 1, "times": 2, "preview": false })).await;
    assert_eq!(made.status, StatusCode::OK);
    let late = |calendar: &Value| calendar["late"].clone();
    assert_eq!(late(&city.get("/v1/assignments/calendar", &cookie).await.body), json!([]));
    city.clock.advance(25 * 60 * MINUTE);
    let cookie = city.sign_in_with("supervisor", demo::PASSWORD).await.cookie.unwrap();
    let calendar = city.get("/v1/assignments/calendar", &cookie).await.body;
    assert_eq!(late(&calendar)[0]["overdue"], 3);
    assert_eq!(late(&calendar)[0]["since"], Day::of(NOW).to_string());
    assert_eq!(late(&calendar)[0]["person"]["name"], "李明");
}
