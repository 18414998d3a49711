//! The server of a demonstration city, and what its console reads there.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use ureq::Agent;

use crate::process::{PATIENCE, Process, binary};

/// What every account of the demonstration opens with.
pub const PASSWORD: &str = "rounds-kunming";
const LISTENING: &str = "listening on ";

/// What the console shows of an inspection.
#[derive(Debug, PartialEq, Eq)]
pub struct Arrived {
    pub state: String,
    /// The codes of items without an answer that somebody could have answered.
    pub unanswered: Vec<String>,
    pub findings: usize,
    /// Photos of findings whose bytes are there.
    pub photos: usize,
}

fn list(value: &Value, key: &str) -> Vec<Value> {
    value[key].as_array().cloned().unwrap_or_default()
}

fn items(inspection: &Value) -> Vec<Value> {
    list(inspection, "domains").iter().flat_map(|domain| list(domain, "items")).collect()
}

/// A running server.
pub struct City {
    server: Process,
    address: String,
}

impl City {
    /// Starts the server over this data directory, on any free port.
    pub fn open(data_dir: &Path) -> Result<Self> {
        Self::listen(data_dir, "127.0.0.1:0")
    }

    /// Starts the server again where the devices know it.
    pub fn open_again(data_dir: &Path, address: &str) -> Result<Self> {
        Self::listen(data_dir, address.trim_start_matches("http://"))
    }

    fn listen(data_dir: &Path, listen: &str) -> Result<Self> {
        let mut command = Command::new(binary("rounds-server")?);
        command.args(["serve", "--demo", "--listen", listen, "--data"]).arg(data_dir);
        let mut server = Process::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
        let said = BufReader::new(server.stdout().context("its output is piped")?);
        let (sender, addresses) = mpsc::channel();
        // Reads on after the address, so that the server never waits for a reader.
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix(LISTENING) {
                    sender.send(address.to_owned()).ok();
                }
            }
        });
        let address = addresses.recv_timeout(PATIENCE).context("the server never said that it listens")?;
        Ok(Self { server, address })
    }

    /// Where devices and browsers find it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Asks the server to end, and waits until it has; says where it was.
    pub fn stop(self) -> Result<String> {
        self.server.end()?;
        Ok(self.address)
    }

    /// The items to which this person has recorded 合格 or 无问题, as the supervisor's console reads the inspection.
    pub fn recorded_by(&self, person: &str, inspection: &str) -> Result<Vec<String>> {
        let is_his = |entry: &Value| entry["by"]["name"] == person && entry["value"] == "pass";
        let items = items(&self.read(inspection)?);
        let his = items.iter().filter(|item| list(item, "history").iter().any(is_his));
        his.map(|item| Ok(item["code"].as_str().context("an item has a code")?.to_owned())).collect()
    }

    /// What has arrived of an inspection.
    pub fn arrived(&self, inspection: &str) -> Result<Arrived> {
        let inspection = self.read(inspection)?;
        let items = items(&inspection);
        let findings: Vec<Value> = items.iter().flat_map(|item| list(item, "findings")).collect();
        let photos: Vec<Value> = findings.iter().flat_map(|finding| list(finding, "photos")).collect();
        let is_open = |item: &&Value| item["answer"]["state"] == "none" && item["pending"].is_null();
        let open = items.iter().filter(is_open).filter_map(|item| item["code"].as_str());
        Ok(Arrived {
            state: inspection["row"]["state"].as_str().unwrap_or_default().to_owned(),
            unanswered: open.map(str::to_owned).collect(),
            findings: findings.len(),
            photos: photos.iter().filter(|photo| photo["delivered"] == true).count(),
        })
    }

    fn read(&self, inspection: &str) -> Result<Value> {
        let console: Agent = Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
        let credentials = json!({ "login": "supervisor", "password": PASSWORD });
        let session = format!("{}/v1/session", self.address);
        let signed_in = console.post(&session).header("x-rounds", "1").send_json(credentials)?;
        let cookie = signed_in.headers().get("set-cookie").context("a session is a cookie")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default();
        let inspection = format!("{}/v1/inspections/{inspection}", self.address);
        let mut read = console.get(inspection).header("cookie", cookie).call()?;
        Ok(serde_json::from_str(&read.body_mut().read_to_string()?)?)
    }
}
