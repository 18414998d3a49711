//! The desk of a supervisor: what his browser would ask for.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use rounds_shared::{document::Document, envelope::PublicKey};
use serde_json::{Value, json};

use crate::{
    phone::{AREA, TEMPLATE},
    server::PASSWORD,
};

/// Largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A supervisor who is signed in.
pub struct Desk {
    agent: ureq::Agent,
    url: String,
    cookie: String,
}

impl Desk {
    /// Signs in at a server.
    pub fn at(server: SocketAddr) -> Result<Self> {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut desk = Self { agent, url: format!("http://{server}"), cookie: String::new() };
        desk.post("/v1/session", &json!({ "login": "supervisor", "password": PASSWORD }))?;
        Ok(desk)
    }

    /// The server's public key.
    pub fn server_key(&mut self) -> Result<PublicKey> {
        let about = self.get("/v1/server")?;
        PublicKey::from_hex(about["server_key"].as_str().unwrap_or_default()).context("a server has a key")
    }

    /// Makes an assignment for both inspectors of the district; its id.
    pub fn assign(&mut self) -> Result<String> {
        let users = self.get("/v1/users?role=inspector")?;
        let users = users.as_array().context("users are a list")?;
        let is_one = |user: &&Value| ["inspector1", "inspector2"].map(Value::from).contains(&user["login"]);
        let people: Vec<&Value> = users.iter().filter(is_one).map(|user| &user["id"]).collect();
        let day = self.get("/v1/overview")?["day"].clone();
        let wanted = json!({
            "area": AREA, "site": null, "template": TEMPLATE, "version": 1, "kind": "routine",
            "people": people, "due": day, "note": "两人同查一片",
        });
        let made = self.post("/v1/assignments", &wanted)?;
        Ok(made["id"].as_str().context("an assignment has an id")?.to_owned())
    }

    /// An inspection as the server has merged it.
    pub fn document(&mut self, inspection: &str) -> Result<Document> {
        let bytes = self.bytes(&format!("/v1/inspections/{inspection}.automerge"))?;
        Ok(Document::load(&bytes)?)
    }

    /// A photo's bytes as the server keeps them.
    pub fn photo(&mut self, hash: &str) -> Result<Vec<u8>> {
        self.bytes(&format!("/v1/photos/{hash}"))
    }

    fn get(&mut self, path: &str) -> Result<Value> {
        Ok(serde_json::from_slice(&self.bytes(path)?)?)
    }

    fn bytes(&mut self, path: &str) -> Result<Vec<u8>> {
        let request = self.agent.get(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let answer = request.call()?;
        self.read(path, answer)
    }

    fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        let request = self.agent.post(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let answer = request.header("x-rounds", "1").send_json(body)?;
        let bytes = self.read(path, answer)?;
        Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    fn read(&mut self, path: &str, mut answer: ureq::http::Response<ureq::Body>) -> Result<Vec<u8>> {
        if let Some(cookie) = answer.headers().get("set-cookie") {
            self.cookie = cookie.to_str()?.split(';').next().unwrap_or_default().to_owned();
        }
        let status = answer.status();
        let bytes = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec()?;
        ensure!(status.is_success(), "{path} was answered {status}: {}", String::from_utf8_lossy(&bytes));
        Ok(bytes)
    }
}
