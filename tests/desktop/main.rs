//! The real app in a real window: what the other tests cannot see, the wiring of Tauri itself.
//!
//! Needs a display, `WebKitWebDriver` and the built binaries beside this one; `make test` brings all three.

mod app;
mod process;

use anyhow::Result;

use crate::app::App;

#[tokio::test]
async fn the_app_opens_and_its_commands_answer() -> Result<()> {
    let data_dir = tempfile::tempdir()?;
    let app = App::open(data_dir.path()).await?;
    app.see(&data_dir.path().display().to_string()).await?;
    app.close().await
}

#[tokio::test]
async fn the_app_opens_again_after_it_was_killed() -> Result<()> {
    let data_dir = tempfile::tempdir()?;
    let app = App::open(data_dir.path()).await?;
    app.see(&data_dir.path().display().to_string()).await?;
    app.kill().await?;
    let app = App::open(data_dir.path()).await?;
    app.see(&data_dir.path().display().to_string()).await?;
    app.close().await
}
