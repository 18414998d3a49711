//! The app of one inspector, driven through WebKit's own WebDriver.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use crate::process::{PATIENCE, Process, binary, until};

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

    /// Waits for the element.
    pub async fn wait_for(&self, locator: Locator<'_>) -> Result<Element> {
        Ok(self.client.wait().at_most(PATIENCE).for_element(locator).await?)
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

/// The innermost elements whose own text contains this.
fn with_text(text: &str) -> String {
    format!("//*[text()[contains(., '{text}')]]")
}

/// The driver cannot choose a port itself, so one is taken and given back just before.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
