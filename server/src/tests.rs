//! Promises of the HTTP face, kept through the real router over a real data folder.

mod accounts;
mod enrolment;
mod exports;
mod imports;
mod plans;
mod repairs;
mod scope;
mod sessions;
mod trends;
mod uploads;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
    response::Response,
};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{
    accounts::{NewUser, make_user},
    app::App,
    clock::Clock,
    config::Config,
    router::router,
};
use rounds_shared::{calendar::Day, permission::Role};

const NOW: i64 = 1_795_000_000_000;
const MINUTE: i64 = 60 * 1000;
const PASSWORD: &str = "correct horse";

/// A server over a folder of its own, whose clock stands still until it is moved.
struct City {
    folder: tempfile::TempDir,
    clock: Clock,
    app: App,
    router: Router,
}

/// What came back.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    cookie: Option<String>,
    body: Value,
}

impl Answer {
    fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }
}

impl City {
    async fn found() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::standing_at(NOW);
        let (app, router) = open(folder.path(), &clock).await;
        Self { folder, clock, app, router }
    }

    /// With one account of each role, whose login is the role's name.
    async fn with_people() -> Self {
        let city = Self::found().await;
        for role in Role::ALL {
            let (login, name) = (role.as_str().to_owned(), role.as_str().to_owned());
            let areas = vec!["530102".parse().unwrap()];
            let new = NewUser { login, name, role, areas, department: None, password: PASSWORD.to_owned() };
            make_user(&city.app, new).await.unwrap();
        }
        city
    }

    /// The server is stopped and started again.
    async fn restarted(self) -> Self {
        let Self { folder, clock, app, router } = self;
        drop((app, router));
        let (app, router) = open(folder.path(), &clock).await;
        Self { folder, clock, app, router }
    }

    async fn send(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn ask(&self, method: Method, path: &str, cookie: Option<&str>, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("x-rounds", "1");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        read(self.send(request.body(body).unwrap()).await).await
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.ask(Method::GET, path, Some(cookie), None).await
    }

    async fn sign_in_with(&self, login: &str, password: &str) -> Answer {
        let credentials = serde_json::json!({ "login": login, "password": password });
        self.ask(Method::POST, "/v1/session", None, Some(credentials)).await
    }

    /// The cookie of somebody who signs in.
    async fn signed_in(&self, login: &str) -> String {
        let answer = self.sign_in_with(login, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.cookie.unwrap()
    }
}

async fn open(folder: &std::path::Path, clock: &Clock) -> (App, Router) {
    let config = Config { clock: clock.clone(), ..Config::new(folder) };
    let app = App::open(config).await.unwrap();
    (app.clone(), router(app))
}

async fn read(response: Response) -> Answer {
    let status = response.status();
    let cookie = response.headers().get(header::SET_COOKIE).map(|cookie| cookie.to_str().unwrap().to_owned());
    let cookie = cookie.and_then(|cookie| cookie.split(';').next().map(str::to_owned));
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Answer { status, cookie, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
}
