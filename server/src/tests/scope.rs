//! What each role may see of every endpoint that the description names: nothing of a foreign scope leaks, whichever way.

use std::collections::{BTreeMap, BTreeSet};

use rounds_shared::{ids::PhotoHash, inspection::ReviewState};
use serde_json::json;

use super::*;
use crate::{
    accounts::{UserChange, change_user},
    demo,
    router::openapi,
    views::{
        self,
        inspections::{AreaFilter, Filter, Sort},
    },
};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Nobody needs to be signed in.
    Anybody,
    /// A device by its token.
    Device,
    /// Whoever is signed in, on a console or a device.
    Reader,
    /// Every role that uses the console.
    Console,
    /// Supervisors and administrators.
    Reviewer,
    /// Administrators.
    Administrator,
}

use Who::{Administrator, Anybody, Console, Device, Reader, Reviewer};

const OPERATIONS: [(&str, &str, Who); 65] = [
    ("get", "/v1/areas", Console),
    ("get", "/v1/assignments", Reviewer),
    ("post", "/v1/assignments", Reviewer),
    ("get", "/v1/assignments/calendar", Reviewer),
    ("post", "/v1/assignments/plan", Reviewer),
    ("post", "/v1/assignments/{id}/supersede", Reviewer),
    ("get", "/v1/audit", Administrator),
    ("get", "/v1/cases", Reviewer),
    ("post", "/v1/cases", Reviewer),
    ("get", "/v1/cases/{id}", Reviewer),
    ("post", "/v1/cases/{id}/events", Reviewer),
    ("get", "/v1/conflicts", Reviewer),
    ("get", "/v1/departments", Console),
    ("get", "/v1/devices", Reviewer),
    ("post", "/v1/devices", Anybody),
    ("post", "/v1/devices/{id}/revoke", Administrator),
    ("get", "/v1/districts.geojson", Console),
    ("get", "/v1/exports/assignments", Reviewer),
    ("get", "/v1/exports/audit", Administrator),
    ("get", "/v1/exports/conflicts", Reviewer),
    ("get", "/v1/exports/devices", Reviewer),
    ("get", "/v1/exports/findings", Console),
    ("get", "/v1/exports/held", Reviewer),
    ("get", "/v1/exports/inspections", Console),
    ("get", "/v1/exports/sites", Console),
    ("get", "/v1/exports/users", Reviewer),
    ("get", "/v1/findings/points", Reviewer),
    ("get", "/v1/held", Reviewer),
    ("post", "/v1/held/{seq}/ruling", Reviewer),
    ("post", "/v1/imports/{subject}", Reviewer),
    ("get", "/v1/imports/{subject}/template", Reviewer),
    ("get", "/v1/inspections", Console),
    ("get", "/v1/inspections/{id}", Console),
    ("get", "/v1/inspections/{id}.automerge", Console),
    ("post", "/v1/inspections/{id}/approvals", Reviewer),
    ("post", "/v1/inspections/{id}/comments", Reviewer),
    ("post", "/v1/inspections/{id}/decisions", Reviewer),
    ("get", "/v1/inspections/{id}/moments", Reviewer),
    ("get", "/v1/inspections/{id}/past", Reviewer),
    ("post", "/v1/inspections/{id}/returns", Reviewer),
    ("get", "/v1/live", Reader),
    ("get", "/v1/overview", Reviewer),
    ("post", "/v1/photos", Device),
    ("options", "/v1/photos", Anybody),
    ("get", "/v1/photos/{photo}", Reader),
    ("post", "/v1/photos/{photo}", Device),
    ("delete", "/v1/photos/{photo}", Device),
    ("head", "/v1/photos/{photo}", Device),
    ("patch", "/v1/photos/{photo}", Device),
    ("post", "/v1/recovery", Anybody),
    ("get", "/v1/server", Anybody),
    ("get", "/v1/session", Console),
    ("post", "/v1/session", Anybody),
    ("delete", "/v1/session", Anybody),
    ("post", "/v1/session/password", Console),
    ("post", "/v1/setup", Anybody),
    ("get", "/v1/site-kinds", Console),
    ("get", "/v1/sites", Console),
    ("post", "/v1/sites", Reviewer),
    ("get", "/v1/templates", Console),
    ("get", "/v1/templates/{id}/{version}", Console),
    ("get", "/v1/trend", Reviewer),
    ("get", "/v1/users", Reviewer),
    ("post", "/v1/users", Administrator),
    ("patch", "/v1/users/{id}", Administrator),
];

const ZONES: (&str, &str, Who) = ("get", "/v1/zones", Console);

fn operations() -> impl Iterator<Item = (&'static str, &'static str, Who)> {
    OPERATIONS.into_iter().chain([ZONES])
}

/// What 盘龙区's supervisor must not learn of: a document of 五华区, what is in it, and who made it.
struct Foreign {
    inspection: String,
    photo: PhotoHash,
    /// Ids and words that stand for things outside.
    marks: BTreeSet<String>,
}

/// The demonstration city with a supervisor who answers for 盘龙区 alone.
async fn demonstration() -> (City, Foreign) {
    let city = City::found().await;
    demo::fill(&city.app).await.unwrap();
    let new = NewUser {
        login: "panlong".to_owned(),
        name: "周敏".to_owned(),
        role: Role::Supervisor,
        areas: vec!["530103".parse().unwrap()],
        department: None,
        password: demo::PASSWORD.to_owned(),
    };
    make_user(&city.app, new).await.unwrap();
    let foreign = foreign(&city);
    (city, foreign)
}

fn foreign(city: &City) -> Foreign {
    let registry = city.app.intake.registry();
    let areas = AreaFilter::within(&["530102".parse().unwrap()]);
    let filter = Filter { areas, ..Filter::default() };
    let found = city.app.readers.read(|connection| {
        let tallies = views::inspections::tally(connection, &filter)?;
        let rows = views::inspections::page(connection, &filter, Sort::Changed, (0, 200), &tallies)?;
        let mut marks: BTreeSet<String> = rows.iter().map(|row| row.doc.to_string()).collect();
        views::findings::each(connection, &filter, |finding| {
            marks.extend([finding.place, finding.note].into_iter().filter(|words| words.chars().count() > 6));
            Ok::<_, rusqlite::Error>(())
        })?;
        let with_photos = rows.iter().find(|row| row.photos > 0).unwrap().doc;
        let photo = views::photos::of_document(connection, with_photos)?[0];
        Ok::<_, rusqlite::Error>((with_photos, photo, marks))
    });
    let (inspection, photo, mut marks) = found.unwrap();
    let outside = registry.assignments().filter(|one| one.area.as_str().starts_with("530102"));
    marks.extend(outside.map(|one| one.id.to_string()));
    let sites = registry.sites().values().filter(|site| site.area.as_str().starts_with("530102"));
    marks.extend(sites.map(|site| site.name.clone()));
    // 李明 and 赵芸 inspect in 五华区, and are in nobody else's care.
    marks.extend(["李明", "赵芸", "inspector1"].map(str::to_owned));
    marks.insert(photo.to_string());
    Foreign { inspection: inspection.to_string(), photo, marks }
}

impl Foreign {
    fn path(&self, path: &str) -> String {
        let format = if path.starts_with("/v1/exports/") { "?format=geojson" } else { "" };
        let id = if path.contains("/inspections/") { self.inspection.as_str() } else { "sanitation" };
        let path = path
            .replace("{id}", id)
            .replace("{subject}", "sites")
            .replace("{version}", "1")
            .replace("{seq}", "1");
        format!("{}{format}", path.replace("{photo}", &self.photo.to_string()))
    }
}

/// A body that its handler understands.
fn body(path: &str) -> Value {
    match path {
        "/v1/assignments" => json!({
            "area": "530102001001", "template": "sanitation", "version": 1, "kind": "routine", "people": [],
            "due": Day::of(NOW).to_string(),
        }),
        "/v1/assignments/plan" => json!({
            "within": "530102", "template": "sanitation", "version": 1, "kind": "routine", "people": [],
            "due": Day::of(NOW).to_string(), "preview": true,
        }),
        "/v1/assignments/{id}/supersede" => {
            json!({ "assignment": body("/v1/assignments"), "reason": "换人" })
        }
        "/v1/sites" => json!({ "area": "530102001001", "kind": "park", "name": "翠湖" }),
        "/v1/held/{seq}/ruling" => json!({ "admit": true, "reason": "属实" }),
        "/v1/inspections/{id}/approvals" => json!({ "heads": [] }),
        "/v1/inspections/{id}/comments" => json!({ "text": "请补充" }),
        "/v1/inspections/{id}/decisions" => {
            json!({ "item": "SAN-05", "value": "pass", "covers": [], "reason": "属实" })
        }
        "/v1/inspections/{id}/returns" => json!({ "items": [], "reason": "请补充" }),
        _ => json!({}),
    }
}

/// The status and the words of an answer.
async fn call(
    city: &City,
    foreign: &Foreign,
    (method, path, _): (&str, &str, Who),
    cookie: Option<&str>,
) -> (StatusCode, String) {
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    let mut request = Request::builder().uri(foreign.path(path)).header("x-rounds", "1");
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    let sent = match method {
        Method::POST | Method::PATCH => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body(path).to_string())
        }
        _ => Body::empty(),
    };
    let response = city.send(request.method(method).body(sent).unwrap()).await;
    let status = response.status();
    // Pokes have no end.
    if path == "/v1/live" && status == StatusCode::OK {
        return (status, String::new());
    }
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn every_operation_that_is_described_says_who_may_call_it() {
    let document = serde_json::to_value(openapi()).unwrap();
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter().filter(|(_, one)| one.is_object());
            methods.map(move |(method, _)| (path.clone(), method.clone()))
        })
        .collect();
    let listed: BTreeSet<(String, String)> =
        operations().map(|(method, path, _)| (path.to_owned(), method.to_owned())).collect();
    assert_eq!(described, listed);
}

#[tokio::test]
async fn without_a_session_and_with_a_role_too_low_every_operation_is_refused() {
    let (city, foreign) = demonstration().await;
    let mut cookies = BTreeMap::new();
    for login in ["observer", "supervisor"] {
        cookies.insert(login, city.sign_in_with(login, demo::PASSWORD).await.cookie.unwrap());
    }
    // Somebody who was a supervisor until now, and whose session is still open.
    let demoted = city.sign_in_with("panlong", demo::PASSWORD).await;
    let id = demoted.body["user"]["id"].as_str().unwrap().parse().unwrap();
    let change = UserChange { role: Some(Role::Inspector), ..UserChange::default() };
    change_user(&city.app, id, change).await.unwrap();
    cookies.insert("demoted", demoted.cookie.unwrap());

    for operation in operations() {
        let (method, path, who) = operation;
        if who == Anybody {
            continue;
        }
        let (status, words) = call(&city, &foreign, operation, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path} without a session: {words}");
        for (login, cookie) in &cookies {
            let refused = match who {
                Anybody => false,
                // A console's cookie is no device's token.
                Device => true,
                Reader | Console => *login == "demoted",
                Reviewer => *login != "supervisor",
                Administrator => true,
            };
            let (status, words) = call(&city, &foreign, operation, Some(cookie)).await;
            let is_refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status);
            assert_eq!(is_refused, refused, "{method} {path} as {login}: {status} {words}");
        }
    }
}

#[tokio::test]
async fn a_foreign_scope_is_not_found_and_nothing_of_it_leaks() {
    let (city, foreign) = demonstration().await;
    let cookie = city.sign_in_with("panlong", demo::PASSWORD).await.cookie.unwrap();
    for operation in operations() {
        let (method, path, who) = operation;
        if [Anybody, Device, Administrator].contains(&who) {
            continue;
        }
        let (status, words) = call(&city, &foreign, operation, Some(&cookie)).await;
        if path.contains("/inspections/{id}") || path.contains("{photo}") || path.contains("{seq}") {
            assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}: {words}");
        }
        let leaked = foreign.marks.iter().find(|mark| words.contains(mark.as_str()));
        assert_eq!(leaked, None, "{method} {path}: {status} {words}");
    }
    // Neither may what lies outside be written to, nor counted.
    for (path, code) in [("/v1/assignments/plan", "outside_scope"), ("/v1/sites", "outside_scope")] {
        let refused = city.ask(Method::POST, path, Some(&cookie), Some(body(path))).await;
        assert_eq!(refused.code(), code, "{path}");
    }
    for path in ["inspections", "assignments", "conflicts"] {
        let list = city.get(&format!("/v1/{path}?area=530102"), &cookie).await.body;
        assert_eq!((&list["total"], &list["rows"]), (&json!(0), &json!([])), "{path}");
    }
    let counts = city.get("/v1/inspections?area=530102", &cookie).await.body["counts"].clone();
    assert_eq!(counts, json!({ "by_state": {}, "conflict_open": 0 }));
    let searched = city.get("/v1/inspections?query=%E7%BF%A0%E6%B9%96", &cookie).await.body;
    assert_eq!(searched["total"], 0, "a search finds nothing outside");
}

#[tokio::test]
async fn an_observer_learns_of_nothing_that_was_not_approved() {
    let (city, mut foreign) = demonstration().await;
    let approved = ReviewState::Approved.as_str();
    let everything = Filter { areas: AreaFilter::within(&["5301".parse().unwrap()]), ..Filter::default() };
    let rows = city
        .app
        .readers
        .read(|connection| {
            let tallies = views::inspections::tally(connection, &everything)?;
            views::inspections::page(connection, &everything, Sort::Changed, (0, 200), &tallies)
        })
        .unwrap();
    let open: Vec<_> = rows.iter().filter(|row| row.state != approved).collect();
    assert!(!open.is_empty() && open.len() < rows.len(), "some are approved, and some are not");
    foreign.marks = open.iter().map(|row| row.doc.to_string()).collect();
    foreign.inspection = open[0].doc.to_string();
    let cookie = city.sign_in_with("observer", demo::PASSWORD).await.cookie.unwrap();
    for operation in operations().filter(|(_, _, who)| [Console, Reader].contains(who)) {
        let (method, path, _) = operation;
        let (status, words) = call(&city, &foreign, operation, Some(&cookie)).await;
        if path.contains("/inspections/{id}") {
            assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}: {words}");
        }
        let leaked = foreign.marks.iter().find(|mark| words.contains(mark.as_str()));
        assert_eq!(leaked, None, "{method} {path}: {words}");
    }
}
