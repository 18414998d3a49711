use serde_json::json;

use super::*;
use crate::demo;

/// A city with a supervisor of 五华区 and an administrator, both by cookie.
async fn city() -> (City, String, String) {
    let city = City::found().await;
    demo::settle(&city.app).await.unwrap();
    let supervisor = NewUser {
        login: "wuhua".to_owned(),
        name: "五华督导".to_owned(),
        role: Role::Supervisor,
        areas: vec!["530102".parse().unwrap()],
        department: None,
        password: PASSWORD.to_owned(),
    };
    make_user(&city.app, supervisor).await.unwrap();
    let administrator = city.sign_in_with("admin", demo::PASSWORD).await.cookie.unwrap();
    let supervisor = city.signed_in("wuhua").await;
    (city, administrator, supervisor)
}

async fn bring(city: &City, cookie: &str, address: &str, file: impl Into<Body>) -> Answer {
    let request = Request::post(format!("/v1/imports/{address}"))
        .header("x-rounds", "1")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/octet-stream");
    read(city.send(request.body(file.into()).unwrap()).await).await
}

/// Row, outcome, and what is wrong with it where.
fn said(answer: &Answer) -> Vec<(u64, &str, Option<(&str, &str)>)> {
    let rows = answer.body["rows"].as_array().unwrap_or_else(|| panic!("{answer:?}")).iter();
    rows.map(|row| {
        let fault = row["fault"].as_object();
        let fault = fault.map(|fault| (fault["code"].as_str().unwrap(), fault["column"].as_str().unwrap()));
        (row["row"].as_u64().unwrap(), row["outcome"].as_str().unwrap(), fault)
    })
    .collect()
}

#[tokio::test]
async fn people_are_made_and_changed_and_every_bad_row_is_named() {
    let (city, admin, _) = city().await;
    let table = "账号,人员,角色,管辖范围,责任部门,启用,初始密码\n\
        qian,钱进,巡访员,五华区,,,rounds-first-day\n\
        inspector1,李明,督导员,\"五华区、530103\",,是,\n\
        inspector2,赵芸,巡访员,五华区,,,\n\
        sun,孙小,巡访员,没有这个区,,,rounds-first-day\n\
        QIAN,钱又,巡访员,五华区,,,rounds-first-day\n\
        zhou,周易,巡访员,五华区,,,short\n\
        wu,吴起,队长,五华区,,,rounds-first-day\n\
        zheng,郑和,巡访员,五华区,,,\n\
        admin,系统管理员,巡访员,昆明市,,,\n";
    let heading =
        |key| crate::export::Words::of(crate::export::Language::Zh).word("export.column", key).to_owned();
    let table = table
        .replacen("账号", &heading("login"), 1)
        .replacen("人员", &heading("user"), 1)
        .replacen("角色", &heading("role"), 1)
        .replacen("管辖范围", &heading("areas"), 1)
        .replacen("启用", &heading("active"), 1);
    let expected = vec![
        (2, "made", None),
        (3, "changed", None),
        (4, "same", None),
        (5, "faulty", Some(("unknown", "areas"))),
        (6, "faulty", Some(("twice", "login"))),
        (7, "faulty", Some(("password_weak", "password"))),
        (8, "faulty", Some(("unknown", "role"))),
        (9, "faulty", Some(("missing", "password"))),
        (10, "faulty", Some(("last_administrator", "role"))),
    ];
    let position = city.app.intake.position();
    let preview = bring(&city, &admin, "users", table.clone()).await;
    assert_eq!(said(&preview), expected);
    assert_eq!(preview.body["rows"][1]["changes"], json!(["role", "areas"]));
    assert_eq!(
        (city.app.intake.position(), &preview.body["done"]),
        (position, &json!(false)),
        "looking changes nothing"
    );
    let done = bring(&city, &admin, "users?confirm=1", table.clone()).await;
    assert_eq!((said(&done), &done.body["done"]), (expected, &json!(true)));
    let registry = city.app.intake.registry();
    let user = |login: &str| registry.users().find(|user| user.login == login).cloned();
    assert_eq!(user("inspector1").unwrap().role, Role::Supervisor);
    assert!(user("sun").is_none() && user("admin").unwrap().role == Role::Administrator);
    // A second time, what was new is there, and nothing is doubled.
    let again = bring(&city, &admin, "users", table).await;
    assert_eq!(said(&again)[1], (3, "same", None));
    assert_eq!(said(&again)[0], (2, "changed", None), "a password that is given is set");
}

#[tokio::test]
async fn sites_come_back_as_they_were_exported_and_nobody_makes_any_outside_his_areas() {
    let (city, admin, wuhua) = city().await;
    let count = |city: &City| city.app.intake.registry().sites().len();
    let before = count(&city);
    let exported = city.send(
        Request::get("/v1/exports/sites?format=xlsx")
            .header(header::COOKIE, &admin)
            .body(Body::empty())
            .unwrap(),
    );
    let exported = axum::body::to_bytes(exported.await.into_body(), usize::MAX).await.unwrap();
    let unchanged = bring(&city, &admin, "sites?confirm=1", exported).await;
    assert_eq!(said(&unchanged).len(), before);
    assert!(said(&unchanged).iter().all(|(_, outcome, _)| *outcome == "same"), "{unchanged:?}");

    let table = "area_path,area,site,site_kind,latitude,longitude\n\
        五华区·华山街道,翠湖西路社区,新华里,小区,25.05,102.70\n\
        ,530102001001,翠湖农贸市场（示例）,背街小巷,,\n\
        ,530103001001,外区点位,小区,,\n\
        ,530102,整个区,小区,,\n\
        ,530102001001,半个点,小区,25.05,\n\
        ,530102001001,天上的点,小区,125.05,102.7\n\
        ,530102001001,新华里,市场,,\n\
        ,530102001001,新华里,小区,,\n";
    let answer = bring(&city, &wuhua, "sites?confirm=1", table).await;
    let expected = vec![
        (2, "made", None),
        (3, "changed", None),
        (4, "faulty", Some(("outside_scope", "area"))),
        (5, "faulty", Some(("not_community", "area"))),
        (6, "faulty", Some(("missing", "longitude"))),
        (7, "faulty", Some(("invalid", "latitude"))),
        (8, "faulty", Some(("unknown", "site_kind"))),
        (9, "faulty", Some(("twice", "site"))),
    ];
    assert_eq!(said(&answer), expected);
    assert_eq!(count(&city), before + 1);
}

#[tokio::test]
async fn zones_are_redrawn_by_whoever_keeps_the_city_and_stay_so_after_a_restart() {
    let (city, admin, wuhua) = city().await;
    let table = "zone,zone_name,areas\ngaoxin-test,高新试验区,530102001\ngaoxin-test,高新试验区,530102002\n\
        other,别的区,530102001\nother,别的区,\n";
    assert_eq!(bring(&city, &wuhua, "zones", table).await.code(), "role_not_allowed");
    let answer = bring(&city, &admin, "zones?confirm=1", table).await;
    let expected = vec![
        (2, "made", None),
        (3, "made", None),
        (4, "faulty", Some(("twice", "areas"))),
        (5, "faulty", Some(("missing", "areas"))),
    ];
    assert_eq!(said(&answer), expected);
    let there = |city: &City| {
        let registry = city.app.intake.registry();
        registry
            .zones()
            .iter()
            .find(|zone| zone.code.as_str() == "gaoxin-test")
            .map(|zone| zone.members.len())
    };
    assert_eq!(there(&city), Some(2));
    assert_eq!(there(&city.restarted().await), Some(2), "the city's own file does not undo it");
}

#[tokio::test]
async fn what_is_no_table_of_the_subject_is_refused_in_words() {
    let (city, admin, _) = city().await;
    let refused = bring(&city, &admin, "users?language=en", "login,role\nx,y\n").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (422, "import_columns"));
    assert!(refused.body["params"]["missing"].as_str().unwrap().contains("Areas"), "{refused:?}");
    assert_eq!(bring(&city, &admin, "sites", "PK\u{3}\u{4}rubbish").await.code(), "import_unreadable");
    let large = vec![b'a'; crate::sheet::SHEET_BYTES_MAX + 1];
    assert_eq!(bring(&city, &admin, "sites", large).await.code(), "too_large");
    let template = city.get("/v1/imports/users/template", &admin).await;
    assert_eq!(template.status, StatusCode::OK);
    assert_eq!(bring(&city, &admin, "cities", "x").await.status, StatusCode::NOT_FOUND);
}
