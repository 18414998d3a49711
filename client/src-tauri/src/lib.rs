//! The shell of the inspectors' app: a window, a data directory, and one line a command over `rounds-client-core`.
//!
//! [`run`] is the app. [`handler`], [`context`] and [`mount`] are its parts, public so that `examples/bridge` can serve
//! the same front end and the same commands to an ordinary browser.

mod arguments;
#[expect(clippy::let_underscore_must_use, reason = "Tauri's macro writes it around every answer")]
mod commands;
mod key_store;
mod log;
mod shell;

pub use commands::handler;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use tauri::{
    AppHandle, Manager, RunEvent, Runtime, Webview, WebviewWindowBuilder,
    webview::{PermissionKind, PermissionResponse},
};

use rounds_client_core::{Failure, KeyStore};
use tauri_plugin_biometric::{AuthOptions, Biometric};

use crate::{key_store::SystemKeyStore, shell::Shell};

/// Names another data directory than the system's: a second inspector on one machine, or a test.
pub const DATA_DIR_ENV: &str = "ROUNDS_APP_DATA";

/// Opens the app and returns when its window is closed.
#[cfg_attr(mobile, tauri::mobile_entry_point)]
pub fn run() {
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_biometric::init())
        .plugin(tauri_plugin_notification::init())
        .invoke_handler(handler())
        .on_permission_request(permit)
        .setup(|app| {
            let data_dir = data_dir(app.handle())?;
            // A disk that takes no log may still hold what was recorded.
            if let Err(error) = app.handle().plugin(log::plugin(&data_dir)) {
                eprintln!("there is no log: {error}");
            }
            #[cfg(mobile)]
            app.handle().plugin(tauri_plugin_geolocation::init())?;
            mount(app.handle(), &data_dir, || Box::new(SystemKeyStore));
            open_window(app.handle(), &data_dir)?;
            Ok(())
        });
    match app.build(context()) {
        Ok(app) => app.run(|handle, event| {
            if let RunEvent::Exit = event
                && let Some(shell) = handle.try_state::<Arc<Shell>>()
            {
                shell.close();
            }
        }),
        Err(error) => {
            eprintln!("the app cannot start: {error}");
            std::process::exit(1);
        }
    }
}

/// Has the system look at a person's finger or face. Takes as long as the person does.
///
/// # Errors
/// When the phone cannot, or it was somebody else, or nobody.
fn recognise<R: Runtime>(app: &AppHandle<R>, reason: String) -> Result<(), Failure> {
    let biometric = app.try_state::<Biometric<R>>().ok_or(Failure::NotRecognised)?;
    let options = AuthOptions { title: Some(reason.clone()), ..AuthOptions::default() };
    biometric.authenticate(reason, options).map_err(|error| {
        tracing::info!(error = &error as &dyn std::error::Error, "nobody was recognised");
        Failure::NotRecognised
    })
}

/// The page is our own, and asks where it is when somebody taps: a desktop's web view would say no without asking
/// anybody. A phone's system asks its person all the same.
fn permit<R: Runtime>(_: Webview<R>, asked: PermissionKind) -> PermissionResponse {
    match asked {
        PermissionKind::Geolocation => PermissionResponse::Allow,
        _ => PermissionResponse::Default,
    }
}

/// The configuration, capabilities and built front end, all compiled in.
pub fn context<R: Runtime>() -> tauri::Context<R> {
    tauri::generate_context!()
}

/// Hands the data directory to the commands, and what keeps keys for it. Whether it can be used they find out, because
/// only the page can say it.
pub fn mount<R: Runtime>(app: &AppHandle<R>, data_dir: &Path, key_store: fn() -> Box<dyn KeyStore>) {
    app.manage(Arc::new(Shell::new(app, data_dir, exports(app, data_dir), key_store)));
}

/// The person's own downloads, where a file can be found and passed on. A data directory of one's own keeps its exports:
/// two inspectors on one machine share nothing.
fn exports<R: Runtime>(app: &AppHandle<R>, data_dir: &Path) -> PathBuf {
    let own = || data_dir.join("exports");
    match std::env::var_os(DATA_DIR_ENV) {
        Some(_) => own(),
        None => app.path().download_dir().unwrap_or_else(|_| own()),
    }
}

fn data_dir<R: Runtime>(app: &AppHandle<R>) -> anyhow::Result<PathBuf> {
    match std::env::var_os(DATA_DIR_ENV) {
        Some(data_dir) => std::path::absolute(data_dir).context(DATA_DIR_ENV),
        None => app.path().app_data_dir().context("the system names no data directory"),
    }
}

/// The window is made here and not by the configuration because its web view keeps its own files (language, text size)
/// inside the data directory: two inspectors on one machine share nothing.
fn open_window<R: Runtime>(app: &AppHandle<R>, data_dir: &Path) -> tauri::Result<()> {
    let config = app.config().app.windows.first().expect("tauri.conf.json describes one window");
    WebviewWindowBuilder::from_config(app, config)?.data_directory(data_dir.join("webview")).build()?;
    Ok(())
}
