//! A server with a made city in a process of its own, so that its memory is its own, and somebody at its console.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rounds_server::{
    app::App,
    config::Config,
    demo,
    serve::{self, Door},
};
use serde_json::{Value, json};

use crate::city;

const SUPERVISOR: &str = "supervisor";
/// Longest answer that is waited for.
const ANSWER_MAX: Duration = Duration::from_secs(120);

/// A server in a process of its own.
pub struct Served {
    process: Child,
    address: String,
    agent: ureq::Agent,
    cookie: String,
}

/// An answer, and how long it took from asking to its last byte, in milliseconds.
pub struct Answered {
    /// Its bytes as they travelled.
    pub bytes: Vec<u8>,
    /// How long it took.
    pub ms: f64,
}

impl Served {
    /// Starts a server on a data folder and signs a supervisor of the whole city in.
    pub fn begin(folder: &Path) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("--serve")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        BufReader::new(process.stdout.take().context("its output")?).read_line(&mut said)?;
        let address = format!("http://{}", said.trim());
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(ANSWER_MAX))
            .http_status_as_error(false)
            .build()
            .into();
        let mut served = Self { process, address, agent, cookie: String::new() };
        served.sign_in()?;
        Ok(served)
    }

    fn sign_in(&mut self) -> Result<()> {
        let wanted = json!({ "login": SUPERVISOR, "password": demo::PASSWORD });
        let answer = self
            .agent
            .post(format!("{}/v1/session", self.address))
            .header("x-rounds", "1")
            .send_json(wanted)?;
        let cookie = answer.headers().get("set-cookie").context("a session")?.to_str()?;
        self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(())
    }

    /// Asks for a path and waits for the whole answer, packed as browsers ask for it.
    pub fn get(&self, path: &str) -> Result<Answered> {
        let began = Instant::now();
        let answer = self
            .agent
            .get(format!("{}{path}", self.address))
            .header("cookie", &self.cookie)
            .header("accept-encoding", "gzip, br, zstd")
            .call()?;
        let status = answer.status();
        let mut bytes = Vec::new();
        answer.into_body().into_reader().read_to_end(&mut bytes)?;
        let ms = began.elapsed().as_secs_f64() * 1000.0;
        if !status.is_success() {
            bail!("{path} was answered {status}: {}", String::from_utf8_lossy(&bytes));
        }
        Ok(Answered { bytes, ms })
    }

    /// Asks for JSON.
    pub fn json(&self, path: &str) -> Result<Value> {
        let answer =
            self.agent.get(format!("{}{path}", self.address)).header("cookie", &self.cookie).call()?;
        Ok(answer.into_body().read_json()?)
    }

    /// The most memory the process has had since [`Self::forget_memory`], and what it has now, in MiB.
    pub fn memory_mib(&self) -> Result<(f64, f64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok())
                .context("memory in KiB")
        };
        Ok((kib("VmHWM:")? / 1024.0, kib("VmRSS:")? / 1024.0))
    }

    /// Lets the most memory be counted from now on.
    pub fn forget_memory(&self) -> Result<()> {
        Ok(fs::write(format!("/proc/{}/clear_refs", self.process.id()), "5")?)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// What the other process does: serves until it is ended.
pub fn serve(folder: &Path) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let app = App::open(Config { clock: city::clock()?, ..Config::new(folder) }).await?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        println!("{}", listener.local_addr()?);
        serve::run(app, Door::Plain, listener, std::future::pending()).await?;
        Ok(())
    })
}
