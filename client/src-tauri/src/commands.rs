//! Every command of the app, one line each.
#![expect(clippy::needless_pass_by_value, reason = "a command is handed its arguments")]

use std::path::PathBuf;

use serde::Serialize;
use tauri::{Runtime, State, ipc::Invoke};

/// What the app says of itself.
#[derive(Clone, Serialize)]
pub(crate) struct AppInfo {
    pub(crate) version: String,
    pub(crate) data_dir: PathBuf,
}

/// The commands, for the builder of the app.
pub fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![app_info]
}

#[tauri::command]
fn app_info(info: State<'_, AppInfo>) -> AppInfo {
    info.inner().clone()
}
