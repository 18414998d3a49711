//! A command of the app as an HTTP request: arguments as JSON or, for photos, as the bytes themselves.

use anyhow::Context;
use tauri::ipc::{CallbackFn, InvokeBody, InvokeResponseBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response};
use tauri::webview::InvokeRequest;
use tauri::{WebviewWindow, http};
use tiny_http::{Request, Response};

use crate::header;

pub(crate) fn answer(
    window: &WebviewWindow<MockRuntime>,
    command: &str,
    mut request: Request,
) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    request.as_reader().read_to_end(&mut bytes)?;
    let headers = headers(&request)?;
    let raw =
        headers.get(http::header::CONTENT_TYPE).is_some_and(|value| value == "application/octet-stream");
    let body = match raw {
        true => InvokeBody::Raw(bytes),
        false => InvokeBody::Json(serde_json::from_slice(&bytes).context("the arguments are JSON")?),
    };

    let answer = get_ipc_response(
        window,
        InvokeRequest {
            cmd: command.replace("%7C", "|"),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: "tauri://localhost".parse().expect("a constant URL"),
            body,
            headers,
            invoke_key: INVOKE_KEY.to_owned(),
        },
    );

    let (status, kind, bytes) = match answer {
        Ok(InvokeResponseBody::Json(json)) => (200, "application/json", json.into_bytes()),
        Ok(InvokeResponseBody::Raw(bytes)) => (200, "application/octet-stream", bytes),
        Err(error) => (400, "application/json", serde_json::to_vec(&error)?),
    };
    let response =
        Response::from_data(bytes).with_status_code(status).with_header(header("Content-Type", kind)?);
    Ok(request.respond(response)?)
}

fn headers(request: &Request) -> anyhow::Result<http::HeaderMap> {
    let mut headers = http::HeaderMap::new();
    for header in request.headers() {
        let name = http::HeaderName::from_bytes(header.field.as_str().as_bytes())?;
        headers.append(name, http::HeaderValue::from_str(header.value.as_str())?);
    }
    Ok(headers)
}
