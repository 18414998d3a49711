use serde_json::json;

use super::*;

fn draft(login: &str, password: &str) -> Value {
    json!({ "login": login, "name": "李伟", "role": "inspector", "areas": ["530102001"], "department": null, "password": password })
}

#[tokio::test]
async fn the_setup_code_makes_one_administrator_once() {
    let city = City::found().await;
    let code = city.app.setup_code().await.unwrap().unwrap();
    let setup = async |city: &City, code: &str, password: &str| {
        let body = json!({ "code": code, "login": "admin", "name": "王芳", "password": password });
        city.ask(Method::POST, "/v1/setup", None, Some(body)).await
    };
    assert_eq!(setup(&city, "AAAA-AAAA-AAAA", PASSWORD).await.code(), "setup_code_wrong");
    assert_eq!(setup(&city, code.reveal(), "short").await.code(), "password_too_short");
    let answer = setup(&city, code.reveal(), PASSWORD).await;
    assert_eq!(answer.body["user"]["role"], "administrator", "{answer:?}");
    assert_eq!(city.get("/v1/users", &answer.cookie.unwrap()).await.status, StatusCode::OK);
    assert_eq!(setup(&city, code.reveal(), PASSWORD).await.code(), "setup_done");
    assert!(city.app.setup_code().await.unwrap().is_none());
    let city = city.restarted().await;
    assert_eq!(city.ask(Method::GET, "/v1/server", None, None).await.body["setup_needed"], false);
}

#[tokio::test]
async fn guessing_the_setup_code_is_locked_out() {
    let city = City::found().await;
    let code = city.app.setup_code().await.unwrap().unwrap();
    let guess = json!({ "code": "A", "login": "admin", "name": "王芳", "password": PASSWORD });
    for _ in 0..4 {
        let answer = city.ask(Method::POST, "/v1/setup", None, Some(guess.clone())).await;
        assert_eq!(answer.code(), "setup_code_wrong");
    }
    let right = json!({ "code": code.reveal(), "login": "admin", "name": "王芳", "password": PASSWORD });
    assert_eq!(city.ask(Method::POST, "/v1/setup", None, Some(guess)).await.code(), "locked_out");
    assert_eq!(city.ask(Method::POST, "/v1/setup", None, Some(right)).await.code(), "locked_out");
}

#[tokio::test]
async fn only_an_administrator_makes_accounts_and_each_refusal_has_its_code() {
    let city = City::with_people().await;
    let supervisor = city.signed_in("supervisor").await;
    let cookie = city.signed_in("administrator").await;
    let make = async |cookie: &str, draft: Value| {
        city.ask(Method::POST, "/v1/users", Some(cookie), Some(draft)).await
    };
    assert_eq!(make(&supervisor, draft("li.wei", PASSWORD)).await.code(), "role_not_allowed");
    let answer = make(&cookie, draft(" Li.Wei", PASSWORD)).await;
    assert_eq!((answer.status, &answer.body["login"]), (StatusCode::OK, &json!("li.wei")));

    let with = |field: &str, value: Value| {
        let mut draft = draft("zhang", PASSWORD);
        draft[field] = value;
        draft
    };
    for (draft, code) in [
        (draft("LI.WEI", PASSWORD), "login_taken"),
        (draft("李伟", PASSWORD), "login_invalid"),
        (draft("zhang", "short"), "password_too_short"),
        (draft("zhang", "qwertyuiop"), "password_too_common"),
        (with("areas", json!(["539999"])), "area_missing"),
        (with("areas", json!([])), "value_invalid"),
        (with("department", json!("nobody")), "value_invalid"),
        (with("name", json!(" ")), "value_invalid"),
        (with("name", json!("李".repeat(41))), "text_too_long"),
        (with("role", json!("emperor")), "bad_request"),
    ] {
        let answer = make(&cookie, draft.clone()).await;
        assert_eq!(answer.code(), code, "{draft}");
    }
}

#[tokio::test]
async fn one_login_is_one_account_however_many_ask_at_once() {
    let city = City::with_people().await;
    let cookie = city.signed_in("administrator").await;
    let make = || city.ask(Method::POST, "/v1/users", Some(&cookie), Some(draft("li.wei", PASSWORD)));
    let (one, two, three) = tokio::join!(make(), make(), make());
    let codes = [one.code(), two.code(), three.code()];
    assert_eq!(codes.iter().filter(|code| **code == "login_taken").count(), 2, "{codes:?}");
}

#[tokio::test]
async fn an_account_that_is_disabled_ends_at_once_and_the_last_administrator_stays() {
    let city = City::with_people().await;
    let cookie = city.signed_in("administrator").await;
    let supervisor = city.signed_in("supervisor").await;
    let users = city.get("/v1/users", &cookie).await.body;
    let id = |login: &str| {
        let user = users.as_array().unwrap().iter().find(|user| user["login"] == login).unwrap();
        format!("/v1/users/{}", user["id"].as_str().unwrap())
    };
    let change = async |login: &str, change: Value| {
        city.ask(Method::PATCH, &id(login), Some(&cookie), Some(change)).await
    };
    assert_eq!(change("supervisor", json!({ "active": false })).await.body["active"], false);
    assert_eq!(city.get("/v1/session", &supervisor).await.code(), "session_expired");
    assert_eq!(city.sign_in_with("supervisor", PASSWORD).await.code(), "user_disabled");
    for last in [json!({ "active": false }), json!({ "role": "supervisor" })] {
        assert_eq!(change("administrator", last).await.code(), "value_invalid");
    }
    assert_eq!(change("observer", json!({ "role": "administrator" })).await.status, StatusCode::OK);
    assert_eq!(change("administrator", json!({ "role": "supervisor" })).await.status, StatusCode::OK);
    assert_eq!(city.get("/v1/audit", &cookie).await.code(), "role_not_allowed");
}

#[tokio::test]
async fn who_signed_in_changed_and_failed_is_recorded() {
    let city = City::with_people().await;
    city.sign_in_with("administrator", "wrong horse").await;
    city.sign_in_with("a password typed as a login", "wrong horse").await;
    let cookie = city.signed_in("administrator").await;
    let made = city.ask(Method::POST, "/v1/users", Some(&cookie), Some(draft("li.wei", PASSWORD))).await;
    let path = format!("/v1/users/{}", made.body["id"].as_str().unwrap());
    city.ask(Method::PATCH, &path, Some(&cookie), Some(json!({ "role": "supervisor", "name": "李伟伟" })))
        .await;
    let trail = city.get("/v1/audit", &cookie).await.body;
    let lines: Vec<_> = trail["rows"].as_array().unwrap().iter().collect();
    let lines: Vec<_> = lines
        .iter()
        .map(|line| (line["action"].as_str().unwrap(), line["subject"].as_str().unwrap()))
        .collect();
    assert_eq!(
        lines,
        [
            ("user_changed", "li.wei"),
            ("role_changed", "li.wei"),
            ("user_made", "li.wei"),
            ("sign_in", "administrator"),
            ("sign_in_failed", ""),
            ("sign_in_failed", "administrator"),
        ]
    );
}
