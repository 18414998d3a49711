//! An inspector with the app's core in a process of its own, to be killed: records one thing after another, delivers
//! beside, and says a line for everything once its command has returned.

use std::{
    io::{self, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc,
};

use anyhow::{Context as _, Result};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

use crate::{
    phone::{Phone, Share},
    said::{About, Said},
};

/// A line that he says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// He is about to answer.
    About(About),
    /// His app said that something is safe.
    Said(Said),
}

/// Things that are recorded between one delivery and the next.
const RECORDED_OF_A_DELIVERY: usize = 3;

/// What an inspector is told when he begins.
#[derive(Debug, Clone, clap::Args)]
pub struct Inspector {
    /// The app's folder, signed in.
    #[arg(long)]
    pub data: PathBuf,
    /// Whose.
    #[arg(long)]
    pub login: String,
    /// The inspection to work at.
    #[arg(long)]
    pub inspection: String,
    /// What decides what he records.
    #[arg(long)]
    pub seed: u64,
}

impl Inspector {
    /// Records until he is killed.
    pub fn work(&self) -> Result<()> {
        let phone = Phone::open(&self.data, &self.login, Share::All)?;
        std::thread::scope(|scope| {
            let (wanted, deliveries) = mpsc::sync_channel(1);
            let phone = &phone;
            scope.spawn(move || {
                for () in deliveries {
                    // A failure of the storage is met by recording, too.
                    phone.sync().ok();
                }
            });
            let mut rng = Rng::with_seed(self.seed);
            let mut out = std::io::stdout().lock();
            for count in 1.. {
                let about = |about| Ok(say(&mut out, &Line::About(about))?);
                let said = phone.record(&self.inspection, &mut rng, about)?;
                say(&mut out, &Line::Said(said))?;
                if usize::is_multiple_of(count, RECORDED_OF_A_DELIVERY) {
                    // While a delivery is under way and another one waits, there is no need for a third.
                    wanted.try_send(()).ok();
                }
            }
            Ok(())
        })
    }

    /// Starts a process of his; what it says arrives in order, and ends with it.
    pub fn start(&self) -> Result<(Child, mpsc::Receiver<Line>)> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["inspect", "--login", &self.login, "--inspection", &self.inspection, "--data"])
            .arg(&self.data)
            .args(["--seed", &self.seed.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("an inspector cannot be started")?;
        let out = child.stdout.take().context("its output is piped")?;
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            let said = serde_json::Deserializer::from_reader(BufReader::new(out)).into_iter::<Line>();
            // What was cut off in the middle was not said.
            said.map_while(Result::ok).try_for_each(|line| sender.send(line)).ok();
        });
        Ok((child, lines))
    }
}

/// One write: a line is whole or not there.
fn say(out: &mut impl Write, line: &Line) -> io::Result<()> {
    let line = serde_json::to_string(line).map_err(io::Error::other)?;
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()
}
