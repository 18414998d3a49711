//! What the server says of itself: one line a request that failed, once, where it leaves the house.
//!
//! Never in a log: answers, names, passwords, tokens, coordinates, query strings, bodies. A request is its
//! route (with the names of its parameters, not their values), its status and its code.

use std::{any::Any, error::Error, fmt::Write as _, io::IsTerminal as _, time::Instant};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, StatusCode},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use data_encoding::HEXLOWER;
use tracing_subscriber::EnvFilter;

use crate::error::{ApiError, Cause};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogForm {
    /// For people.
    Text,
    /// For machines: a JSON object a line.
    Json,
}

/// Begins to log to standard error. `filter` is a list of directives such as `info,rounds_server=debug`.
pub fn begin(filter: &str, form: LogForm) {
    let builder =
        tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_writer(std::io::stderr);
    match form {
        LogForm::Text => {
            builder.with_target(false).with_ansi(std::io::stderr().is_terminal()).init();
        }
        LogForm::Json => builder.json().init(),
    }
}

/// Gives the request an id, and logs what came of it.
pub(crate) async fn log_request(request: Request, next: Next) -> Response {
    let id = request_id();
    let began = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "-".to_owned(), |path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    match response.extensions().get::<Cause>().map(|cause| cause.0.as_ref()) {
        Some(error @ (ApiError::Internal(cause) | ApiError::ServerFull(cause))) => {
            let chain = chain(cause.as_ref());
            tracing::error!(request.id = id, %method, route, status, took_ms, code = error.code(), error = chain, "request failed");
        }
        Some(error) => {
            tracing::info!(request.id = id, %method, route, status, took_ms, code = error.code(), error = %error, "request refused");
        }
        None => tracing::debug!(request.id = id, %method, route, status, took_ms, "request answered"),
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// A handler that panicked is a defect of ours: logged like any internal failure, and the server goes on.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the payload over")]
pub(crate) fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("without a message");
    let response = ApiError::Internal(anyhow::anyhow!("panic: {message}")).into_response();
    debug_assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// An error with everything that caused it, in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        write!(line, ": {cause}").expect("writing to a string cannot fail");
        next = cause.source();
    }
    line
}

/// Enough to find the line again; not a secret. Without randomness the request goes on without one.
fn request_id() -> String {
    let mut bytes = [0; 6];
    match getrandom::fill(&mut bytes) {
        Ok(()) => HEXLOWER.encode(&bytes),
        Err(_) => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::get};
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    #[tokio::test]
    async fn a_handler_that_panics_is_an_internal_failure_and_tells_nothing() {
        async fn panics() -> Response {
            panic!("the secret is 翠湖")
        }
        let layer = CatchPanicLayer::custom(panicked);
        let router: Router = Router::new().route("/", get(panics)).layer(layer);
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
        assert_eq!(&body[..], br#"{"code":"internal","params":{}}"#);
    }
}
