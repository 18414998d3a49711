use axum::http::HeaderValue;
use serde_json::json;

use super::*;

#[tokio::test]
async fn only_roles_of_the_console_sign_in_to_it() {
    let city = City::with_people().await;
    for role in [Role::Supervisor, Role::Administrator, Role::Observer] {
        let cookie = city.signed_in(role.as_str()).await;
        assert_eq!(city.get("/v1/session", &cookie).await.body["user"]["role"], role.as_str());
    }
    for role in [Role::Inspector, Role::Unit] {
        let answer = city.sign_in_with(role.as_str(), PASSWORD).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "role_not_allowed"));
        assert_eq!(answer.cookie, None);
    }
}

#[tokio::test]
async fn scripts_cannot_read_the_cookie_and_other_sites_cannot_send_it() {
    let city = City::with_people().await;
    let body = json!({ "login": "supervisor", "password": PASSWORD }).to_string();
    let request = Request::post("/v1/session").header("x-rounds", "1");
    let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body)).unwrap();
    let response = city.send(request).await;
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
}

#[tokio::test]
async fn a_change_without_the_consoles_header_is_refused() {
    let city = City::with_people().await;
    let cookie = city.signed_in("administrator").await;
    for (method, path) in [
        (Method::DELETE, "/v1/session"),
        (Method::POST, "/v1/session"),
        (Method::POST, "/v1/setup"),
        (Method::POST, "/v1/users"),
        (Method::POST, "/v1/sites"),
    ] {
        let request = Request::builder().method(method).uri(path).header(header::COOKIE, &cookie);
        let answer = read(city.send(request.body(Body::empty()).unwrap()).await).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "bad_request"), "{path}");
    }
    assert_eq!(city.get("/v1/session", &cookie).await.status, StatusCode::OK);
}

#[tokio::test]
async fn five_failures_lock_a_login_out_whether_it_exists_or_not() {
    let city = City::with_people().await;
    for login in ["supervisor", "nobody"] {
        for _ in 0..4 {
            let answer = city.sign_in_with(login, "wrong horse").await;
            assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "wrong_password"));
        }
        let answer = city.sign_in_with(login, "wrong horse").await;
        assert_eq!((answer.status, answer.code()), (StatusCode::TOO_MANY_REQUESTS, "locked_out"));
        assert_eq!(answer.body["params"]["minutes"], "15");
    }
    city.clock.advance(14 * MINUTE);
    let answer = city.sign_in_with("supervisor", PASSWORD).await;
    assert_eq!((answer.code(), &answer.body["params"]["minutes"]), ("locked_out", &json!("1")));
    city.clock.advance(MINUTE);
    city.signed_in("Supervisor ").await;
}

#[tokio::test]
async fn an_idle_session_ends_and_what_a_page_asks_by_itself_does_not_keep_it() {
    let city = City::with_people().await;
    let cookie = city.signed_in("supervisor").await;
    city.clock.advance(29 * MINUTE);
    assert_eq!(city.get("/v1/areas", &cookie).await.status, StatusCode::OK);
    city.clock.advance(29 * MINUTE);
    let by_itself = Request::get("/v1/areas").header(header::COOKIE, &cookie);
    let by_itself = by_itself.header("x-rounds-background", "1").body(Body::empty()).unwrap();
    assert_eq!(city.send(by_itself).await.status(), StatusCode::OK);
    let live = Request::get("/v1/live").header(header::COOKIE, &cookie).body(Body::empty()).unwrap();
    assert_eq!(city.send(live).await.status(), StatusCode::OK);
    city.clock.advance(MINUTE);
    let answer = city.get("/v1/areas", &cookie).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "session_expired"));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_a_restart_does_not() {
    let city = City::with_people().await;
    let cookie = city.signed_in("supervisor").await;
    let city = city.restarted().await;
    assert_eq!(city.get("/v1/session", &cookie).await.status, StatusCode::OK);
    let answer = city.ask(Method::DELETE, "/v1/session", Some(&cookie), None).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(city.get("/v1/session", &cookie).await.code(), "session_expired");
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_the_sessions_elsewhere() {
    let city = City::with_people().await;
    let here = city.signed_in("supervisor").await;
    let there = city.signed_in("supervisor").await;
    let change = async |old: &str, new: &str| {
        let body = json!({ "old": old, "new": new });
        city.ask(Method::POST, "/v1/session/password", Some(&here), Some(body)).await
    };
    assert_eq!(change("wrong horse", "翠湖边的海鸥又飞回来").await.code(), "wrong_password");
    assert_eq!(change(PASSWORD, "short").await.code(), "password_too_short");
    assert_eq!(change(PASSWORD, "1234567890").await.code(), "password_too_common");
    assert_eq!(change(PASSWORD, "翠湖边的海鸥又飞回来").await.status, StatusCode::NO_CONTENT);
    assert_eq!(city.get("/v1/session", &here).await.status, StatusCode::OK);
    assert_eq!(city.get("/v1/session", &there).await.code(), "session_expired");
    assert_eq!(city.sign_in_with("supervisor", PASSWORD).await.code(), "wrong_password");
    assert_eq!(city.sign_in_with("supervisor", "翠湖边的海鸥又飞回来").await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_forbids_what_comes_from_elsewhere() {
    let city = City::found().await;
    for path in ["/", "/review/7", "/v1/server", "/v1/nothing", "/nothing.js"] {
        let response = city.send(Request::get(path).body(Body::empty()).unwrap()).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], HeaderValue::from_static("nosniff"));
        assert!(response.headers().contains_key("x-request-id"));
    }
}
