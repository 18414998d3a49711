//! The real app in a real window: what the other tests cannot see, the wiring of Tauri itself.
//!
//! Needs a display, `WebKitWebDriver` and the built binaries beside this one; `make test` brings all three.

mod app;
mod city;
mod process;

use anyhow::Result;
use fantoccini::Locator;

use crate::{
    app::App,
    city::{City, PASSWORD},
};

/// How many items are answered: enough for one tap to follow another.
const ANSWERS: usize = 3;

#[tokio::test]
async fn what_is_answered_without_a_signal_survives_a_kill_and_arrives() -> Result<()> {
    let (server_data, app_data) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let city = City::open(server_data.path())?;
    let app = App::open(app_data.path()).await?;
    for (field, text) in [("server", city.address()), ("login", "inspector1"), ("password", PASSWORD)] {
        app.write(field, text).await?;
    }
    app.press("[type=submit]").await?;
    app.press("[data-later]").await?;
    app.see("检查任务").await?;
    app.see("已送达").await?;

    let address = city.stop()?;
    app.tap("未开始").await?;
    app.tap("开始作答").await?;
    let mut answered = Vec::new();
    for _ in 0..ANSWERS {
        let item = app.item_except(&answered).await?;
        app.press("[data-answer=pass]").await?;
        app.see_saved(&item).await?;
        answered.push(item);
    }
    let inspection = app.inspection().await?;
    app.see(&format!("待上传 {ANSWERS}")).await?;
    app.kill().await?;

    let app = App::open(app_data.path()).await?;
    app.tap(&format!("已答 {ANSWERS}/")).await?;
    app.tap("继续作答").await?;
    app.press("nav.steps > :first-child").await?;
    app.wait_for(Locator::Css("[data-answer=pass][aria-pressed=true]")).await?;

    let city = City::open_again(server_data.path(), &address)?;
    app.see("已送达").await?;
    assert_eq!(city.recorded_by("李明", &inspection)?, answered);
    app.close().await
}
