//! A command of the app as an HTTP request: arguments as JSON or, for photos, as the bytes themselves.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use tauri::ipc::{CallbackFn, InvokeBody, InvokeResponseBody};
use tauri::test::{INVOKE_KEY, get_ipc_response};
use tauri::webview::InvokeRequest;

use crate::Bridge;

pub(crate) async fn answer(
    State(bridge): State<Bridge>,
    Path(command): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let raw = headers.get(header::CONTENT_TYPE).is_some_and(|value| value == "application/octet-stream");
    let body = match serde_json::from_slice(&bytes) {
        _ if raw => InvokeBody::Raw(bytes.to_vec()),
        Ok(arguments) => InvokeBody::Json(arguments),
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    let request = InvokeRequest {
        cmd: command,
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: "tauri://localhost".parse().expect("a constant URL"),
        body,
        headers,
        invoke_key: INVOKE_KEY.to_owned(),
    };
    let answered = tauri::async_runtime::spawn_blocking(move || get_ipc_response(&bridge.window, request));
    let json = [(header::CONTENT_TYPE, "application/json")];
    match answered.await {
        Ok(Ok(InvokeResponseBody::Json(answer))) => (json, answer).into_response(),
        Ok(Ok(InvokeResponseBody::Raw(bytes))) => bytes.into_response(),
        Ok(Err(failure)) => (StatusCode::BAD_REQUEST, json, failure.to_string()).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
