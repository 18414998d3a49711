//! One visit, from card to card, as somebody makes it who has read nothing: he answers what is asked, and says what is wrong.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fantoccini::Locator;

use crate::app::App;

/// What an inspector has pointed a camera at; each picture is another one.
pub struct Camera {
    folder: PathBuf,
    taken: u32,
}

impl Camera {
    const WIDTH: u32 = 1600;
    const HEIGHT: u32 = 1200;

    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), taken: 0 }
    }

    fn take(&mut self) -> Result<PathBuf> {
        self.taken += 1;
        let shade = |part: u32| u8::try_from(part % 256).unwrap_or_default();
        let taken = self.taken;
        let picture = image::RgbImage::from_fn(Self::WIDTH, Self::HEIGHT, |x, y| {
            image::Rgb([shade(x / 8 + taken * 13), shade(y / 8), shade(x * y / 4096)])
        });
        let path = self.folder.join(format!("{taken}.jpg"));
        picture.save(&path)?;
        Ok(path)
    }
}

/// What was recorded on the way.
#[derive(Default)]
pub struct Visit {
    pub answered: Vec<String>,
    pub findings: usize,
}

impl Visit {
    /// Answers card by card, up to so many in all or to the end: one answer in `every` says that something is wrong, as
    /// long as fewer findings than `findings` are made, each with two photos.
    pub async fn go_on(
        &mut self,
        app: &App,
        camera: &mut Camera,
        up_to: usize,
        every: usize,
        findings: usize,
    ) -> Result<()> {
        while self.answered.len() < up_to {
            let item = app.item_except(&self.answered).await?;
            let is_last = app.is_last_card().await?;
            let is_wrong = self.findings < findings
                && self.answered.len() % every == every - 1
                && app.has("[data-answer=fail]").await?
                && app.has("[data-new-finding]").await?;
            self.answered.push(item.clone());
            let goes_on = if app.has(".pad [data-answer=na][aria-pressed=true]").await? {
                // What nobody can answer yet.
                false
            } else if is_wrong {
                self.findings += 1;
                app.press(".pad [data-answer=fail]").await?;
                self.find(app, camera).await.with_context(|| format!("a finding on {item}"))?;
                false
            } else {
                answer_well(app).await.with_context(|| format!("answering {item}"))?
            };
            if is_last {
                return Ok(());
            }
            if !goes_on {
                app.press("[data-next]").await?;
            }
        }
        Ok(())
    }

    async fn find(&self, app: &App, camera: &mut Camera) -> Result<()> {
        // A tap on a sheet that has not come up yet hits what is behind it.
        app.press(".finding-sheet:not([class*='-enter-']) [data-kind]").await?;
        for photos in 1..=2 {
            app.attach(".finding-sheet [data-photo=camera] input[type=file]", &camera.take()?).await?;
            app.wait_for(Locator::Css(&format!(".finding-sheet figure:nth-of-type({photos}) img"))).await?;
        }
        app.write("place", &format!("{}栋门前", self.findings)).await?;
        app.press(".finding-sheet [data-save]").await?;
        // What lies over the card takes its taps until it has faded.
        app.until_gone(".finding-sheet, .van-overlay").await
    }
}

/// The good answer of whatever scale is on the card; whether the app goes on to the next card by itself.
async fn answer_well(app: &App) -> Result<bool> {
    for one_tap in [".pad [data-answer=pass]", ".pad .segment.full", ".pad [data-opinion=yes]"] {
        if app.has(one_tap).await? {
            app.press(one_tap).await?;
            app.wait_for(Locator::Css(".undo [role=status], .survey .live strong")).await?;
            return Ok(one_tap.contains("pass"));
        }
    }
    if app.has(".pad [data-number=done]").await? {
        // A card that has just come up takes no tap; a stepper does not say so where it could be waited for.
        app.wait_for(Locator::Css(".pad [data-answer=na]:not([disabled])")).await?;
        for number in ["planned", "done"] {
            app.press(&format!(".pad [data-number={number}] .van-stepper__plus")).await?;
        }
        app.press(".pad [data-answer=ratio]").await?;
        return Ok(false);
    }
    app.press(".pad .choices > :first-child").await?;
    Ok(false)
}
