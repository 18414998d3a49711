use std::io::Read as _;

use crate::{
    demo,
    export::{Cell, ExportError, Exports, FileQuery, Format, Language, Sheet},
    vault::{Action, AuditEntry},
};

use super::*;

const LISTS: [&str; 8] =
    ["inspections", "findings", "conflicts", "held", "assignments", "devices", "users", "sites"];

/// The demonstration city, with a supervisor who answers for 盘龙区 alone.
async fn demonstration() -> City {
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
    city
}

impl City {
    pub(super) async fn cookie(&self, login: &str) -> String {
        self.sign_in_with(login, demo::PASSWORD).await.cookie.unwrap()
    }

    async fn file(&self, path: &str, cookie: &str) -> Vec<u8> {
        let request = Request::builder().uri(path).header(header::COOKIE, cookie);
        let response = self.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
    }

    /// The lines of a list, the headings first.
    async fn lines(&self, path: &str, cookie: &str) -> Vec<Vec<String>> {
        let file = self.file(path, cookie).await;
        let text = String::from_utf8(file).unwrap();
        let text = text.strip_prefix('\u{feff}').expect("Excel wants the mark");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect()
    }
}

fn column(lines: &[Vec<String>], heading: &str) -> Vec<String> {
    let at = lines[0].iter().position(|one| one == heading).unwrap_or_else(|| panic!("{heading}: {lines:?}"));
    lines[1..].iter().map(|line| line[at].clone()).collect()
}

#[tokio::test]
async fn every_list_becomes_a_file_whose_headings_are_words_of_the_asked_language() {
    let city = demonstration().await;
    let cookie = city.cookie("supervisor").await;
    for list in LISTS {
        for language in ["zh", "en"] {
            let lines =
                city.lines(&format!("/v1/exports/{list}?format=csv&language={language}"), &cookie).await;
            assert!(lines[0].iter().all(|heading| !heading.is_empty()), "{list} {language}: {:?}", lines[0]);
            assert!(lines.len() > 1 || list == "held", "{list} has rows in the demonstration");
            let is_chinese =
                |text: &String| text.chars().any(|letter| ('\u{4e00}'..'\u{9fff}').contains(&letter));
            assert_eq!(lines[0].iter().any(is_chinese), language == "zh", "{list} {language}");
        }
    }
}

#[tokio::test]
async fn a_file_holds_what_the_list_holds_with_the_same_filters() {
    let city = demonstration().await;
    let cookie = city.cookie("supervisor").await;
    for filter in ["", "&state=approved", "&conflict=open", "&area=530102", "&sort=score"] {
        let list = city.get(&format!("/v1/inspections?per_page=200{filter}"), &cookie).await.body;
        let ids: Vec<_> = list["rows"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
        let lines = city.lines(&format!("/v1/exports/inspections?format=csv{filter}"), &cookie).await;
        assert_eq!(column(&lines, "检查编号"), ids, "{filter}");
    }
    let wrong = city.get("/v1/exports/inspections?format=csv&area=abc", &cookie).await;
    assert_eq!((wrong.status, wrong.code()), (StatusCode::UNPROCESSABLE_ENTITY, "value_invalid"));
    let unknown = city.get("/v1/exports/inspections?format=pdf", &cookie).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_file_holds_nothing_from_outside_the_scope_and_its_making_is_noted() {
    let city = demonstration().await;
    let cookie = city.cookie("panlong").await;
    let area = city.app.intake.registry().areas()["530103"].short.clone();
    for list in ["inspections", "findings", "conflicts", "assignments"] {
        let lines = city.lines(&format!("/v1/exports/{list}?format=csv"), &cookie).await;
        let places = column(&lines, "上级辖区");
        assert!(places.iter().all(|place| place.starts_with(&area)), "{list}: {places:?}");
        let foreign = city.lines(&format!("/v1/exports/{list}?format=csv&area=530102"), &cookie).await;
        assert_eq!(foreign.len(), 1, "{list}: the headings alone");
    }
    assert!(city.lines("/v1/exports/inspections?format=csv", &cookie).await.len() > 1);
    let observer = city.cookie("observer").await;
    let approved = city.lines("/v1/exports/inspections?format=csv&state=draft", &observer).await;
    assert!(column(&approved, "状态").iter().all(|state| state == "已通过"), "{approved:?}");
    assert_eq!(city.get("/v1/exports/conflicts?format=csv", &observer).await.code(), "role_not_allowed");

    let trail = city.get("/v1/audit", &city.cookie("admin").await).await.body["rows"].clone();
    let noted = trail
        .as_array()
        .unwrap()
        .iter()
        .any(|line| line["action"] == "export" && line["subject"] == "findings?format=csv&area=530102");
    assert!(noted, "{trail}");
}

#[tokio::test]
async fn the_audit_trail_is_a_file_for_administrators_whatever_its_length() {
    const LINES: usize = 1_203;
    let city = demonstration().await;
    for line in 0..LINES {
        let entry = AuditEntry {
            at: NOW,
            user: None,
            action: Action::SignInFailed,
            subject: format!("line {line}"),
            address: "127.0.0.1".to_owned(),
        };
        city.app.vault.audit(entry).await.unwrap();
    }
    let lines = city.lines("/v1/exports/audit?format=csv", &city.cookie("admin").await).await;
    assert_eq!((lines[1][1].as_str(), lines[1][3].as_str()), ("导出", "audit?format=csv"), "its own making");
    let wanted: Vec<_> = (0..LINES).rev().map(|line| format!("line {line}")).collect();
    let failed = lines[1..].iter().filter(|line| line[1] == "登录失败").map(|line| line[3].clone());
    assert_eq!(failed.collect::<Vec<_>>(), wanted, "newest first, each once");
    let supervisor = city.cookie("supervisor").await;
    assert_eq!(city.get("/v1/exports/audit?format=csv", &supervisor).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_workbook_opens_with_the_words_and_numbers_of_the_list() {
    let city = demonstration().await;
    let cookie = city.cookie("supervisor").await;
    let file = city.file("/v1/exports/inspections?format=xlsx", &cookie).await;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file)).unwrap();
    let mut page = String::new();
    archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut page).unwrap();
    let lines = city.lines("/v1/exports/inspections?format=csv", &cookie).await;
    assert_eq!(page.matches("<row ").count(), lines.len());
    for text in lines[0].iter().chain(&column(&lines, "检查编号")).chain(&column(&lines, "得分")) {
        let number = text.trim_end_matches('0').trim_end_matches('.');
        assert!(page.contains(text.as_str()) || page.contains(&format!("<v>{number}</v>")), "{text}");
    }
}

#[tokio::test]
async fn findings_are_features_of_a_map_at_the_point_where_they_were_seen() {
    let city = demonstration().await;
    let cookie = city.cookie("supervisor").await;
    let file = city.file("/v1/exports/findings?format=geojson", &cookie).await;
    let map: Value = serde_json::from_slice(&file).unwrap();
    assert_eq!(map["type"], "FeatureCollection");
    let features = map["features"].as_array().unwrap();
    let placed: Vec<_> = features.iter().filter(|one| one["geometry"]["type"] == "Point").collect();
    assert!(!placed.is_empty(), "the demonstration has findings with a place");
    for feature in placed {
        let coordinates = &feature["geometry"]["coordinates"];
        assert_eq!(coordinates[0], feature["properties"]["longitude"]);
        assert_eq!(coordinates[1], feature["properties"]["latitude"]);
    }
}

#[tokio::test]
async fn a_list_ends_when_its_reader_has_gone_away() {
    let sheet = Sheet { name: "sites", columns: &[("site", 10)] };
    for format in [Format::Csv, Format::Xlsx] {
        let (begun, begins) = tokio::sync::oneshot::channel();
        let (ended, ends) = tokio::sync::oneshot::channel();
        let exports = Exports::default();
        let reading = tokio::spawn(async move {
            let wanted = FileQuery { format, language: Language::Zh };
            exports
                .answer(sheet, wanted, Day::of(NOW), move |rows| {
                    let mut begun = Some(begun);
                    let end = loop {
                        if let Err(error) = rows.put(vec![Cell::from("翠湖")]) {
                            break error;
                        }
                        begun.take().into_iter().for_each(|begun| begun.send(()).unwrap());
                    };
                    ended.send(()).unwrap();
                    Err::<(), ExportError>(end)
                })
                .await
        });
        // A workbook has no beginning before all its rows are there: its reader leaves while he waits.
        begins.await.unwrap();
        reading.abort();
        drop(reading.await);
        ends.await.unwrap();
    }
}
