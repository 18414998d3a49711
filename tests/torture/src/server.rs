//! The server: a process like any, over a data folder, that can be killed at any moment.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};

/// How long anything on this machine may take to happen before it counts as broken.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// The password of every account of the demonstration.
pub const PASSWORD: &str = rounds_server::demo::PASSWORD;
const LISTENING: &str = "listening on http://";
/// What the server says of itself, beside its data.
const SAYS: &str = "server.log";

/// A server over a data folder; it runs, or it does not.
pub struct Server {
    data: PathBuf,
    says: PathBuf,
    running: Option<(Child, SocketAddr)>,
}

impl Server {
    /// A server of the demonstration city, whose data goes into a folder; what it says goes into another, where there is
    /// always room.
    pub fn new(data: &Path, says: &Path) -> Self {
        Self { data: data.to_owned(), says: says.join(SAYS), running: None }
    }

    /// Starts it, on any free port, and waits until it listens.
    pub fn start(&mut self) -> Result<SocketAddr> {
        let started = self.try_start()?;
        started.with_context(|| format!("the server ended instead of listening: {}", self.last_words()))
    }

    /// The same where it may also say what is wrong and end; none then.
    pub fn try_start(&mut self) -> Result<Option<SocketAddr>> {
        let says = File::options().create(true).append(true).open(&self.says)?;
        let mut child = Command::new(binary()?)
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--log", "warn", "--data"])
            .arg(&self.data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(says)
            .spawn()
            .context("the server's program cannot be started")?;
        let out = BufReader::new(child.stdout.take().context("its output is piped")?);
        let (sender, addresses) = mpsc::channel();
        // Reads on after the address, so that the server never waits for a reader.
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix(LISTENING) {
                    sender.send(address.parse()).ok();
                }
            }
        });
        match addresses.recv_timeout(PATIENCE) {
            Ok(address) => {
                let address = address.context("the server says where it listens")?;
                self.running = Some((child, address));
                Ok(Some(address))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let status = child.wait()?;
                ensure!(status.code() == Some(1), "the server ended with {status}: {}", self.last_words());
                Ok(None)
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                child.kill()?;
                child.wait()?;
                bail!("the server neither listens nor ends")
            }
        }
    }

    /// Where it listens, when it runs.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.running.as_ref().context("the server does not run")?.1)
    }

    /// That it answers whoever asks who it is.
    pub fn answers(&self) -> Result<()> {
        let answer = ureq::get(format!("http://{}/v1/server", self.address()?)).call();
        answer.map(drop).context("the server does not answer")
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        let (mut child, _) = self.running.take().context("the server does not run")?;
        ensure!(child.try_wait()?.is_none(), "the server had ended by itself: {}", self.last_words());
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// That it has not ended by itself, and has not panicked.
    pub fn is_well(&mut self) -> Result<()> {
        if let Some((child, _)) = &mut self.running {
            ensure!(child.try_wait()?.is_none(), "the server has ended by itself: {}", self.last_words());
        }
        let said = std::fs::read_to_string(&self.says)?;
        let panic = said.lines().find(|line| line.contains("panic"));
        ensure!(panic.is_none(), "the server panicked: {}", panic.unwrap_or_default());
        Ok(())
    }

    /// `rounds-server check`: log, signatures, views and photos.
    pub fn check(&self) -> Result<()> {
        let done = Command::new(binary()?).args(["check", "--data"]).arg(&self.data).output()?;
        ensure!(
            done.status.success(),
            "`rounds-server check` says: {}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        Ok(())
    }

    fn last_words(&self) -> String {
        let said = std::fs::read_to_string(&self.says).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(4)..].join(" / ")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((mut child, _)) = self.running.take() {
            // Each fails only when it is already gone, which is what is wanted.
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// The server's program, built with this one and beside it.
fn binary() -> Result<PathBuf> {
    let binary = std::env::current_exe()?.with_file_name("rounds-server-tortured");
    ensure!(binary.exists(), "{} is not built: cargo build -p rounds-torture", binary.display());
    Ok(binary)
}
