//! The real app in a real window: what the other tests cannot see, the wiring of Tauri itself.
//!
//! Needs a display, `WebKitWebDriver` and the built binaries beside this one; `make test` brings all three.

mod app;
mod city;
mod process;
mod visit;

use anyhow::Result;
use fantoccini::Locator;

use crate::{
    app::App,
    city::{Arrived, City, PASSWORD},
    visit::{Camera, Visit},
};

/// How many items are answered: enough for one tap to follow another.
const ANSWERS: usize = 3;
/// The checklist that asks most: 88 items that somebody can answer.
const CHECKLIST: &str = "十项任务全项检查";
const FINDINGS: usize = 9;
/// Every so many cards something is wrong, if the card is about things that can be.
const WRONG_EVERY: usize = 4;
/// Where the battery dies.
const CARDS_BEFORE_KILL: usize = 30;

#[tokio::test]
async fn what_is_answered_in_english_without_a_signal_survives_a_kill_and_arrives() -> Result<()> {
    let (server_data, app_data) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let city = City::open(server_data.path())?;
    let app = App::open(app_data.path()).await?;
    sign_in(&app, &city).await?;

    speak_english(&app).await?;

    let address = city.stop()?;
    app.tap("Not begun").await?;
    app.press(".go-on").await?;
    let mut answered = Vec::new();
    for _ in 0..ANSWERS {
        let item = app.item_except(&answered).await?;
        app.press("[data-answer=pass]").await?;
        app.see_saved(&item, "saved here").await?;
        answered.push(item);
    }
    let inspection = app.inspection().await?;
    app.see(&format!("{ANSWERS} to send")).await?;
    app.kill().await?;

    let app = App::open(app_data.path()).await?;
    app.click(Locator::XPath(&format!("//button[contains(., '{ANSWERS}/')][contains(., 'answered')]")))
        .await?;
    app.press(".go-on").await?;
    app.press("nav.steps > :first-child").await?;
    app.wait_for(Locator::Css("[data-answer=pass][aria-pressed=true]")).await?;

    let city = City::open_again(server_data.path(), &address)?;
    app.see("Delivered").await?;
    assert_eq!(city.recorded_by("李明", &inspection)?, answered);
    app.close().await
}

#[tokio::test]
async fn a_whole_visit_with_findings_and_photos_made_without_a_signal_arrives_complete() -> Result<()> {
    let (server_data, app_data) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let pictures = tempfile::tempdir()?;
    let city = City::open(server_data.path())?;
    let app = App::open(app_data.path()).await?;
    sign_in(&app, &city).await?;

    let address = city.stop()?;
    app.click(Locator::Css(".van-tabbar-item:nth-child(2)")).await?;
    app.wait_for(Locator::Css("input[type=search]")).await?.send_keys("翠湖西路").await?;
    app.click(Locator::XPath("//*[contains(@class, 'van-cell')][contains(., '翠湖西路社区')]")).await?;
    app.tap("开始检查").await?;
    app.click(Locator::XPath(&format!("//*[@role='radio'][contains(., '{CHECKLIST}')]"))).await?;
    app.press(".screen-actions button").await?;
    app.press(".go-on").await?;
    let (mut camera, mut visit) = (Camera::new(pictures.path()), Visit::default());
    visit.go_on(&app, &mut camera, CARDS_BEFORE_KILL, WRONG_EVERY, FINDINGS).await?;
    let inspection = app.inspection().await?;
    app.kill().await?;

    let app = App::open(app_data.path()).await?;
    app.click(Locator::XPath(&format!("//a[contains(., '{CHECKLIST}')][contains(., '已答')]"))).await?;
    app.press(".go-on").await?;
    visit.go_on(&app, &mut camera, usize::MAX, WRONG_EVERY, FINDINGS).await?;
    app.press("[data-next]").await?;
    app.tap("提交").await?;
    app.press("[data-submit]").await?;
    app.see("已提交").await?;

    let city = City::open_again(server_data.path(), &address)?;
    // The chip speaks of everything, photos included.
    app.wait_for(Locator::Css(".chip.ok")).await?;
    let whole =
        Arrived { state: "reviewing".into(), unanswered: vec![], findings: FINDINGS, photos: 2 * FINDINGS };
    assert_eq!(city.arrived(&inspection)?, whole);
    let log = std::fs::read_to_string(app_data.path().join("logs/rounds.log"))?;
    assert!(
        log.contains("the server cannot be reached"),
        "the log tells of the time without a signal: {log}"
    );
    app.close().await
}

/// Sets the language, and comes back to today's work; it stays so when the app is opened again.
async fn speak_english(app: &App) -> Result<()> {
    app.click(Locator::Css(".van-tabbar-item:nth-child(4)")).await?;
    app.click(Locator::XPath("//*[@role='radio'][contains(., 'English')]")).await?;
    app.see("Text size").await?;
    app.click(Locator::Css(".van-tabbar-item:nth-child(1)")).await
}

/// Signs in for the first time, and waits for today's work.
async fn sign_in(app: &App, city: &City) -> Result<()> {
    for (field, text) in [("server", city.address()), ("login", "inspector1"), ("password", PASSWORD)] {
        app.write(field, text).await?;
    }
    app.press("[type=submit]").await?;
    app.press("[data-later]").await?;
    app.see("检查任务").await?;
    app.see("已送达").await?;
    Ok(())
}
