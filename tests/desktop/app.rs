//! The app of one inspector, driven through WebKit's own WebDriver.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use crate::process::{PATIENCE, POLL_EVERY, Process, binary, until};

/// An open window of the app.
pub struct App {
    driver: Process,
    client: Client,
}

impl App {
    /// Starts the app over this data directory and waits for its window.
    pub async fn open(data_dir: &Path) -> Result<Self> {
        // Without a display the driver would never answer.
        ensure!(std::env::var_os("DISPLAY").is_some(), "no DISPLAY: run `make test`");
        let port = free_port()?;
        let driver = Process::start(
            Command::new("WebKitWebDriver")
                .args(["--host=127.0.0.1".to_owned(), format!("--port={port}")])
                .env("TAURI_WEBVIEW_AUTOMATION", "true")
                .env("ROUNDS_APP_DATA", data_dir)
                .env("XDG_CACHE_HOME", data_dir.join("cache"))
                .stdin(Stdio::null())
                .stdout(Stdio::null()),
        )?;
        until("the driver listens", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()).await?;

        let options = json!({ "binary": binary("rounds-app")?, "args": [] });
        let mut session = ClientBuilder::new(HttpConnector::new());
        session.capabilities([("webkitgtk:browserOptions".to_owned(), options)].into_iter().collect());
        let address = format!("http://127.0.0.1:{port}");
        let client = tokio::time::timeout(PATIENCE, session.connect(&address)).await;
        Ok(Self { driver, client: client.context("the window never opened")?? })
    }

    /// Waits until an element shows this text.
    pub async fn see(&self, text: &str) -> Result<Element> {
        self.wait_for(Locator::XPath(&with_text(text)))
            .await
            .with_context(|| format!("「{text}」 is not to be seen"))
    }

    /// Waits until the screen says, in these words, that this item's answer is on disk.
    pub async fn see_saved(&self, item: &str, saved: &str) -> Result<()> {
        let line = format!("//*[@role='status'][contains(., '{item}')][contains(., '{saved}')]");
        self.wait_for(Locator::XPath(&line)).await.with_context(|| format!("{item} was never saved"))?;
        Ok(())
    }

    /// Waits for the element.
    pub async fn wait_for(&self, locator: Locator<'_>) -> Result<Element> {
        Ok(self.client.wait().at_most(PATIENCE).every(POLL_EVERY).for_element(locator).await?)
    }

    /// Taps the button that shows this text.
    pub async fn tap(&self, text: &str) -> Result<()> {
        let button = format!("{}/ancestor-or-self::button", with_text(text));
        self.click(Locator::XPath(&button)).await.with_context(|| format!("tapping 「{text}」"))
    }

    /// Presses the button as soon as it takes a tap.
    pub async fn press(&self, button: &str) -> Result<()> {
        let ready = format!("{button}:not([disabled])");
        let Err(error) = self.click(Locator::Css(&ready)).await else { return Ok(()) };
        let shown = self.client.execute("return document.body.innerText", Vec::new()).await?;
        Err(error.context(format!("pressing {button}, while the screen says {shown}")))
    }

    /// Clicks the element once it stands still; again while the page is still moving: it was drawn anew between finding and
    /// clicking it, or what lay over it has not faded. A person would tap again as well.
    pub async fn click(&self, locator: Locator<'_>) -> Result<()> {
        let mut ticks = tokio::time::interval(POLL_EVERY);
        let click = async {
            loop {
                let element = self.wait_for(locator).await?;
                let stood = element.rectangle().await;
                ticks.tick().await;
                let clicked = match (stood, element.rectangle().await) {
                    (Ok(before), Ok(now)) if before == now => element.click().await,
                    // A drawer slides: what is aimed at now is hit elsewhere.
                    (Ok(_), Ok(_)) => continue,
                    (Err(error), _) | (_, Err(error)) => Err(error),
                };
                match clicked {
                    Err(CmdError::Standard(refusal)) if is_of_a_page_that_moves(&refusal.error) => {}
                    clicked => return clicked.map_err(|e| anyhow::anyhow!("{e:?}")),
                }
            }
        };
        tokio::time::timeout(PATIENCE, click).await?
    }

    /// Whether there is such an element now.
    pub async fn has(&self, selector: &str) -> Result<bool> {
        Ok(!self.client.find_all(Locator::Css(selector)).await?.is_empty())
    }

    /// Waits until no such element is to be seen.
    pub async fn until_gone(&self, selector: &str) -> Result<()> {
        let mut ticks = tokio::time::interval(POLL_EVERY);
        let fade = async {
            loop {
                ticks.tick().await;
                let mut seen = false;
                for element in self.client.find_all(Locator::Css(selector)).await? {
                    seen |= match element.is_displayed().await {
                        Err(error) if error.is_stale_element_reference() => false,
                        displayed => displayed?,
                    };
                }
                if !seen {
                    return anyhow::Ok(());
                }
            }
        };
        tokio::time::timeout(PATIENCE, fade).await.with_context(|| format!("{selector} stays"))?
    }

    /// Hands a file to a file input, as a camera or a file picker does.
    pub async fn attach(&self, input: &str, file: &Path) -> Result<()> {
        let ready = format!("{input}:not([disabled])");
        let path = file.to_str().context("its path is text")?;
        Ok(self.wait_for(Locator::Css(&ready)).await?.send_keys(path).await?)
    }

    /// Whether the card on the screen is the last one: 「49/49」.
    pub async fn is_last_card(&self) -> Result<bool> {
        let steps = self.wait_for(Locator::Css("nav.steps > :nth-child(2)")).await?.text().await?;
        let (at, of) =
            steps.trim().split_once('/').with_context(|| format!("{steps:?} is no step of a walk"))?;
        Ok(at == of)
    }

    /// Writes into a field of a form.
    pub async fn write(&self, field: &str, text: &str) -> Result<()> {
        let field = self.wait_for(Locator::Css(&format!("[name={field}]"))).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Waits for the card of an item that is none of these; says which.
    pub async fn item_except(&self, items: &[String]) -> Result<String> {
        let mut ticks = tokio::time::interval(POLL_EVERY);
        let find = async {
            loop {
                ticks.tick().await;
                match self.at("items").await? {
                    Some(item) if !items.contains(&item) => return anyhow::Ok(item),
                    Some(_) | None => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, find)
            .await
            .with_context(|| format!("no card comes up after {:?}", items.last()))?
    }

    /// The inspection that is open.
    pub async fn inspection(&self) -> Result<String> {
        self.at("inspections").await?.context("no inspection is open")
    }

    /// What follows this word in the address of the screen.
    async fn at(&self, word: &str) -> Result<Option<String>> {
        let url = self.client.current_url().await?;
        let mut parts = url.fragment().unwrap_or_default().split('/');
        Ok(parts.find(|part| *part == word).and_then(|_| parts.next()).map(str::to_owned))
    }

    /// Ends the process at once, as a dead battery would.
    pub async fn kill(self) -> Result<()> {
        let app = self.driver.children()?;
        ensure!(app.len() == 1, "the driver has started one app, not {app:?}");
        let id = app[0].to_string();
        ensure!(Command::new("kill").args(["-KILL", &id]).status()?.success(), "the app was already gone");
        until("the app is gone", || self.driver.children().is_ok_and(|children| children.is_empty())).await
    }

    /// Closes the window.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }
}

fn is_of_a_page_that_moves(refusal: &ErrorStatus) -> bool {
    use ErrorStatus::{ElementClickIntercepted, ElementNotInteractable, StaleElementReference};
    matches!(refusal, ElementClickIntercepted | ElementNotInteractable | StaleElementReference)
}

/// The innermost elements whose own text contains this.
fn with_text(text: &str) -> String {
    format!("//*[text()[contains(., '{text}')]]")
}

/// The driver cannot choose a port itself, so one is taken and given back just before.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
