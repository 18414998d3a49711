//! One inspector's device for tests in an ordinary browser: the app's own front end and its own commands over HTTP.
//!
//! The data directory comes from the environment as for the app; the address may be given, so that a device that was
//! killed comes back where its page looks for it, and is printed. Several bridges are several devices.

mod events;
mod ipc;

use std::path::PathBuf;

use anyhow::Context;
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use rounds_app_lib::DATA_DIR_ENV;
use rounds_client_core::NoKeyStore;
use tauri::test::{MockRuntime, mock_builder};
use tauri::{AppHandle, WebviewWindow, WebviewWindowBuilder};
use tokio::net::TcpListener;

use crate::events::Events;

const SHIM: &str = include_str!("shim.js");

/// What every request may use.
#[derive(Clone)]
struct Bridge {
    app: AppHandle<MockRuntime>,
    window: WebviewWindow<MockRuntime>,
    events: Events,
}

fn main() -> anyhow::Result<()> {
    let data_dir = std::env::var_os(DATA_DIR_ENV).map(PathBuf::from);
    let data_dir =
        data_dir.with_context(|| format!("{DATA_DIR_ENV} must name the data directory of this device"))?;

    let app = mock_builder().invoke_handler(rounds_app_lib::handler()).build(rounds_app_lib::context())?;
    // Tests leave nothing in the key store of whoever runs them.
    rounds_app_lib::mount(app.handle(), &data_dir, || Box::new(NoKeyStore));
    let window = WebviewWindowBuilder::new(&app, "main", tauri::WebviewUrl::default()).build()?;
    let bridge = Bridge { app: app.handle().clone(), window, events: Events::new() };

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    tauri::async_runtime::block_on(serve(bridge, &address))
}

async fn serve(bridge: Bridge, address: &str) -> anyhow::Result<()> {
    let routes = Router::new()
        .route("/__bridge.js", get(([(header::CONTENT_TYPE, "text/javascript")], SHIM)))
        .route("/__events", get(events::stream))
        .route("/__listen/{event}", post(events::listen))
        // A photo as the camera gives it; the command itself says what is too large.
        .route("/__ipc/{command}", post(ipc::answer).layer(DefaultBodyLimit::disable()))
        .fallback(get(asset))
        .with_state(bridge);
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes).await?)
}

/// A file of the front end as the app itself would show it, with the same Content-Security-Policy.
async fn asset(State(bridge): State<Bridge>, uri: Uri) -> Response {
    let Some(mut asset) = bridge.app.asset_resolver().get(uri.path().to_owned()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if asset.mime_type.starts_with("text/html") {
        let page = String::from_utf8_lossy(&asset.bytes);
        asset.bytes = page.replacen("<head>", "<head><script src=\"/__bridge.js\"></script>", 1).into_bytes();
    }
    let policy = asset.csp_header.map(|policy| [(header::CONTENT_SECURITY_POLICY, policy)]);
    ([(header::CONTENT_TYPE, asset.mime_type)], policy, asset.bytes).into_response()
}
