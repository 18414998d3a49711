//! One inspector's device for tests in an ordinary browser: the app's own front end and its own commands over HTTP.
//!
//! The data directory comes from the environment as for the app; the address may be given, so that a device that was
//! killed comes back where its page looks for it, and is printed. Several bridges are several devices.

mod events;
mod ipc;

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use rounds_app_lib::DATA_DIR_ENV;
use tauri::test::{MockRuntime, mock_builder};
use tauri::{AppHandle, WebviewWindow, WebviewWindowBuilder};
use tiny_http::{Header, Method, Request, Response, Server};

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
    rounds_app_lib::mount(app.handle(), &data_dir);
    let window = WebviewWindowBuilder::new(&app, "main", tauri::WebviewUrl::default()).build()?;
    let bridge = Bridge { app: app.handle().clone(), window, events: Events::default() };

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let server = Server::http(&address).map_err(|error| anyhow!(error))?;
    println!("listening on http://{}", server.server_addr());
    for request in server.incoming_requests() {
        let bridge = bridge.clone();
        std::thread::spawn(move || {
            // A browser that went away in the middle of an answer is its own business.
            if let Err(error) = answer(&bridge, request) {
                eprintln!("bridge: {error:#}");
            }
        });
    }
    Ok(())
}

fn answer(bridge: &Bridge, request: Request) -> anyhow::Result<()> {
    let path = request.url().split('?').next().unwrap_or("/").to_owned();
    match (request.method(), path.as_str()) {
        (Method::Get, "/__bridge.js") => Ok(request.respond(file(SHIM.into(), "text/javascript")?)?),
        (Method::Get, "/__events") => bridge.events.stream(request),
        (Method::Post, _) => match (path.strip_prefix("/__ipc/"), path.strip_prefix("/__listen/")) {
            (Some(command), _) => ipc::answer(&bridge.window, command, request),
            (_, Some(event)) => {
                bridge.events.listen(&bridge.app, event);
                Ok(request.respond(Response::empty(204))?)
            }
            _ => Ok(request.respond(Response::empty(404))?),
        },
        _ => asset(bridge, path, request),
    }
}

/// A file of the front end as the app itself would show it, with the same Content-Security-Policy.
fn asset(bridge: &Bridge, path: String, request: Request) -> anyhow::Result<()> {
    let Some(mut asset) = bridge.app.asset_resolver().get(path) else {
        return Ok(request.respond(Response::empty(404))?);
    };
    if asset.mime_type.starts_with("text/html") {
        let page = String::from_utf8(asset.bytes).context("the page is UTF-8")?;
        asset.bytes = page.replacen("<head>", "<head><script src=\"/__bridge.js\"></script>", 1).into_bytes();
    }
    let mut response = file(asset.bytes, &asset.mime_type)?;
    if let Some(policy) = asset.csp_header {
        response.add_header(header("Content-Security-Policy", &policy)?);
    }
    Ok(request.respond(response)?)
}

fn file(bytes: Vec<u8>, mime_type: &str) -> anyhow::Result<Response<std::io::Cursor<Vec<u8>>>> {
    Ok(Response::from_data(bytes).with_header(header("Content-Type", mime_type)?))
}

fn header(name: &str, value: &str) -> anyhow::Result<Header> {
    Header::from_bytes(name, value).map_err(|()| anyhow!("not a header: {name}: {value}"))
}
