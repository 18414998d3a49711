//! Processes of one test: found beside it, gone with it.

use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// How long anything on this machine may take to happen before a test calls it broken.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
pub const POLL_EVERY: Duration = Duration::from_millis(20);

/// A child process that does not outlive the test.
pub struct Process(Child);

impl Process {
    /// Starts the command.
    pub fn start(command: &mut Command) -> Result<Self> {
        let child =
            command.spawn().with_context(|| format!("starting {}", command.get_program().display()))?;
        Ok(Self(child))
    }

    /// What it says, when that is piped; once.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.0.stdout.take()
    }

    /// Asks it to end, as Ctrl-C does, and waits until it has.
    pub fn end(mut self) -> Result<()> {
        let id = self.0.id().to_string();
        ensure!(Command::new("kill").args(["-TERM", &id]).status()?.success(), "it was already gone");
        let status = self.0.wait()?;
        ensure!(status.success(), "it ended with {status}");
        Ok(())
    }

    /// The process ids of its direct children.
    pub fn children(&self) -> Result<Vec<u32>> {
        let id = self.0.id();
        let output = Command::new("pgrep").args(["-P", &id.to_string()]).output().context("pgrep")?;
        String::from_utf8(output.stdout)?.lines().map(|line| Ok(line.trim().parse()?)).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let id = self.0.id();
        // Each fails only when it is already gone, which is what is wanted.
        drop(Command::new("pkill").args(["-KILL", "-P", &id.to_string()]).status());
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The built program of this name, beside the directory this test runs from.
pub fn binary(name: &str) -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let binary = test.ancestors().nth(2).context("a test lies in target/PROFILE/deps")?.join(name);
    ensure!(binary.exists(), "{} is not built: run `make test`", binary.display());
    Ok(binary)
}

/// Waits until the condition holds.
pub async fn until(what: &str, condition: impl Fn() -> bool) -> Result<()> {
    let mut ticks = tokio::time::interval(POLL_EVERY);
    let wait = async {
        while !condition() {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.with_context(|| format!("waited too long until {what}"))
}
