//! What people would use instead: the JavaScript reference of Automerge, as server and client, doing the same work.

use std::{
    io::{BufRead as _, BufReader, Lines, Write as _},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// A version of the reference, with a server and a client of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// `@automerge/automerge-repo-sync-server` 0.2.8.
    Reference,
    /// A server of the current `@automerge/automerge-repo` with the same storage.
    Current,
}

impl Peer {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::Reference, Self::Current];

    /// The folder of its packages, which is also its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Current => "current",
        }
    }

    /// Installs its packages, unless they are there. Their versions are pinned; those behind them are what npm finds.
    fn install(self) -> Result<()> {
        let folder = folder().join(self.name());
        if folder.join("node_modules/.package-lock.json").exists() {
            return Ok(());
        }
        let npm = Command::new("npm")
            .args([
                "install",
                "--no-package-lock",
                "--omit=optional",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--loglevel=error",
            ])
            .current_dir(&folder)
            .stdout(Stdio::null())
            .status()
            .context("npm is one of the things a machine must have")?;
        if npm.success() {
            Ok(())
        } else {
            bail!("npm could not install the packages of {}", folder.display())
        }
    }

    /// Its server, with its data in a folder.
    pub fn serve(self, data: &Path) -> Result<PeerServer> {
        self.install()?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let script = match self {
            Self::Reference => {
                folder().join("reference/node_modules/@automerge/automerge-repo-sync-server/src/index.js")
            }
            Self::Current => folder().join("current/server.mjs"),
        };
        let mut child = Command::new("node")
            .arg(script)
            .env("PORT", address.port().to_string())
            .env("DATA_DIR", data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("node is one of the things a machine must have")?;
        let mut lines = BufReader::new(child.stdout.take().context("it is piped")?).lines();
        let server = PeerServer { child, address };
        // It says that it listens.
        lines.next().context("the peer's server ended")??;
        std::thread::spawn(move || lines.for_each(drop));
        Ok(server)
    }

    /// Its client, told to prepare something; what it says first is that it is ready.
    pub fn work(self, what: &str, arguments: &Value) -> Result<PeerClient> {
        self.install()?;
        let mut child = Command::new("node")
            .arg("--max-old-space-size=8192")
            .arg(folder().join("work.mjs"))
            .args([self.name(), what, &arguments.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().context("it is piped")?;
        let lines = BufReader::new(child.stdout.take().context("it is piped")?).lines();
        let mut client = PeerClient { child, stdin, lines };
        client.hear()?;
        Ok(client)
    }
}

/// A running server; it ends when dropped.
pub struct PeerServer {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Drop for PeerServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A running client that waits to be told.
pub struct PeerClient {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl PeerClient {
    /// Lets it begin; what it says when it is done.
    pub fn go(mut self) -> Result<Value> {
        self.stdin.write_all(b"go\n")?;
        self.hear()
    }

    fn hear(&mut self) -> Result<Value> {
        let line = self.lines.next().context("the peer's client ended")??;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for PeerClient {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peer")
}
