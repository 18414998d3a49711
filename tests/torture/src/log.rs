//! The server's log, read from its file beside the running server.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use rounds_server::{app::LOG_FILE, log};
use rounds_shared::{
    ids::{Epoch, LogHash},
    protocol::Outcome,
};
use rusqlite::Connection;

use crate::phone::{Phone, Signed};

const CITY: &str = "5301";

/// How far the log was proven, and what its running hash was there.
#[derive(Debug, Default, Clone, Copy)]
pub struct Proven(Option<(u64, LogHash)>);

/// The log as it is now. Whoever opens it sees to it that the server runs: the last one to close a database tidies up, and
/// after a kill that is the next server's to do.
pub struct Log {
    connection: Connection,
    log: log::Log,
}

impl Log {
    /// Opens the log in a data folder.
    pub fn open(data: &Path) -> Result<Self> {
        let connection = log::open(&data.join(LOG_FILE))?;
        let log = log::Log::find(&connection, &CITY.parse()?, Epoch::new([0; 16]))?;
        Ok(Self { connection, log })
    }

    /// Proves the running hash; what was proven last must still be there.
    pub fn prove(&self, since: Proven) -> Result<Proven> {
        if let Some((seq, hash)) = since.0 {
            let now = self.log.hash_at(&self.connection, seq)?;
            ensure!(now == Some(hash), "the log up to entry {seq} is not what it was before the kill");
        }
        self.log.verify(&self.connection)?;
        let end = self.log.position();
        let hash = self.log.hash_at(&self.connection, end)?.context("the log has an end")?;
        Ok(Proven(Some((end, hash))))
    }

    /// That what the server signed for is in the log, where it said.
    pub fn keeps(&self, phone: &Phone, signed: &[Signed]) -> Result<()> {
        for Signed { envelope, outcome, .. } in signed {
            let found = self.log.of_envelope(&self.connection, *envelope)?.map(|(seq, _)| seq);
            match outcome {
                Outcome::Receipt { epoch, seq } | Outcome::Held { epoch, seq, .. } => ensure!(
                    found == Some(*seq) && *epoch == self.log.epoch(),
                    "the server signed to {} that {envelope} is entry {seq}, and it is {found:?}",
                    phone.name
                ),
                Outcome::Refused { reason } => {
                    anyhow::bail!("an envelope of {} was refused: {}", phone.name, reason.code())
                }
                Outcome::Later => anyhow::bail!("a verdict of a later version"),
            }
        }
        Ok(())
    }

    /// That every envelope of every device is there once, with no gap; how many there are.
    pub fn has_everything_once(&self) -> Result<u64> {
        let mut select = self.connection.prepare(
            "SELECT hex(device), count(*), count(DISTINCT n), count(DISTINCT envelope), max(n)
             FROM log WHERE sort = 0 GROUP BY device",
        )?;
        let mut rows = select.query([])?;
        let mut all = 0;
        while let Some(row) = rows.next()? {
            let device: String = row.get(0)?;
            let (count, numbers, envelopes, last): (u64, u64, u64, u64) =
                (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
            ensure!(
                count == numbers && count == envelopes && count == last,
                "device {device} made {last} envelopes; the log has {count}, with {numbers} numbers and {envelopes} ids"
            );
            all += count;
        }
        Ok(all)
    }
}
