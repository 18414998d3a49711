//! Checking a city's data: the log against its hashes and signatures, the views against a replay, the photos against
//! their names. It works on a copy, so a running server goes on and nothing is changed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rounds_shared::{
    area::AreaCode,
    envelope::{SecretKey, Signed},
    ids::{Epoch, PhotoHash},
    protocol::EntryBody,
    registry::Registry,
};
use rusqlite::Connection;

use crate::{
    intake::{Keeper, KeeperError},
    log::{self, Log, LogError},
    photos::Photos,
    views,
};

/// Rows read at a time.
const ROWS: usize = 1000;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries of the log.
    pub entries: u64,
    /// Envelopes whose signatures were proven.
    pub envelopes: u64,
    /// Photos whose bytes were proven.
    pub photos: u64,
    /// Photos that documents name and that have not arrived. That is no fault: somebody still holds them.
    pub photos_awaited: u64,
    /// What is wrong, in the order it was found.
    pub faults: Vec<Fault>,
}

/// Something that is not as it was written.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// An entry of the log. What comes after it was counted by itself.
    Entry {
        /// The first entry that does not fit its hash.
        seq: u64,
        /// What is wrong with it.
        what: &'static str,
        /// How many entries from there on can be read, with signatures that hold.
        sound_after: u64,
    },
    /// An envelope whose signature does not hold.
    Signature {
        /// Its entry.
        seq: u64,
    },
    /// A view that a replay of the log makes otherwise. `rebuild` puts it right.
    View {
        /// Its table.
        table: &'static str,
        /// Rows that a replay does not make.
        surplus: u64,
        /// Rows that only a replay makes.
        lacking: u64,
    },
    /// A photo whose bytes are not those it is named after.
    Photo(PhotoHash),
}

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// There is no log in the folder.
    #[error("there is no log in {0}")]
    NoLog(PathBuf),
    /// A file cannot be read.
    #[error("a file cannot be read")]
    Io(#[from] io::Error),
    /// The database cannot be read at all.
    #[error("the database cannot be read")]
    Log(#[from] LogError),
    /// A view cannot be read.
    #[error("a view cannot be read")]
    Sqlite(#[from] rusqlite::Error),
}

/// Checks the data folder of a server, which may be running.
///
/// # Errors
/// [`CheckError`] when it cannot be read; what is wrong with what can be read is in the report.
pub fn check(data: &Path, log_file: &str) -> Result<Report, CheckError> {
    let path = data.join(log_file);
    if !path.is_file() {
        return Err(CheckError::NoLog(data.to_owned()));
    }
    let scratch = tempfile::tempdir()?;
    let (copy, replayed) = (scratch.path().join("copy.db"), scratch.path().join("replayed.db"));
    log::copy(&path, &copy)?;
    // What an older version wrote is brought up to date in the copy.
    let connection = log::open(&copy)?;
    let city = log::city(&connection)?.ok_or_else(|| CheckError::NoLog(data.to_owned()))?;
    let found = Log::find(&connection, &city, Epoch::new([0; 16]))?;
    let mut report = Report { entries: found.position(), ..Report::default() };
    check_log(&connection, &found, &mut report)?;
    if report.faults.is_empty() {
        fs::copy(&copy, &replayed)?;
        check_views(&connection, &replayed, &city, &mut report)?;
    }
    check_photos(&connection, &Photos::open(data)?, &mut report)?;
    Ok(report)
}

pub(crate) fn check_log(connection: &Connection, log: &Log, report: &mut Report) -> Result<(), CheckError> {
    let damage = match log.verify(connection) {
        Ok(()) => None,
        Err(LogError::Damaged { seq, what }) => Some((seq, what)),
        Err(error) => return Err(error.into()),
    };
    let (mut registry, mut after, mut sound_after) = (Registry::default(), 0, 0);
    while after < log.position() {
        // One by one where a row cannot be read, so that the others still can.
        let rows = log.read(connection, after, ROWS).or_else(|_| log.read(connection, after, 1));
        let Ok(rows) = rows else {
            after += 1;
            continue;
        };
        let Some(last) = rows.last() else { break };
        after = last.entry.seq;
        for row in &rows {
            let is_sound = match row.entry.parse() {
                EntryBody::Registry(event) => {
                    registry.apply(row.entry.seq, row.entry.at, &event);
                    true
                }
                EntryBody::Envelope(bytes, _) => is_signed(&registry, bytes),
                EntryBody::Release(release) => is_signed(&registry, release.envelope),
                EntryBody::Ruling(_) | EntryBody::Later(_) => true,
            };
            report.envelopes += u64::from(is_sound && row.device.is_some());
            match damage {
                Some((seq, _)) if row.entry.seq >= seq => sound_after += u64::from(is_sound),
                Some(_) | None if !is_sound => report.faults.push(Fault::Signature { seq: row.entry.seq }),
                Some(_) | None => {}
            }
        }
    }
    report.faults.extend(damage.map(|(seq, what)| Fault::Entry { seq, what, sound_after }));
    Ok(())
}

/// Whether the device that the registry knew by then signed it.
fn is_signed(registry: &Registry, envelope: Vec<u8>) -> bool {
    let Ok(signed) = Signed::decode(envelope) else { return false };
    registry.device(signed.device()).is_some_and(|device| signed.verify(&device.key).is_ok())
}

fn check_views(
    connection: &Connection,
    replayed: &Path,
    city: &AreaCode,
    report: &mut Report,
) -> Result<(), CheckError> {
    // Nothing is signed while views are replayed: any key will do.
    let key = SecretKey::new([0; 32]);
    let keeper = Keeper::open(replayed, city, Epoch::new([0; 16]), key, Box::new(|| 0));
    let rebuilt = keeper.and_then(|mut keeper| keeper.rebuild());
    match rebuilt {
        Ok(()) => {}
        Err(KeeperError::Unappliable(seq)) => {
            let what = "it cannot be applied";
            report.faults.push(Fault::Entry { seq, what, sound_after: 0 });
            return Ok(());
        }
        Err(KeeperError::Log(error)) => return Err(error.into()),
        Err(KeeperError::Sqlite(error)) => return Err(error.into()),
        Err(KeeperError::Panicked) => return Err(io::Error::other("the replay panicked").into()),
    }
    for (table, surplus, lacking) in views::differences(connection, replayed)? {
        report.faults.push(Fault::View { table, surplus, lacking });
    }
    Ok(())
}

fn check_photos(connection: &Connection, photos: &Photos, report: &mut Report) -> Result<(), CheckError> {
    for hash in photos.all() {
        if photos.is_whole(hash)? {
            report.photos += 1;
        } else {
            report.faults.push(Fault::Photo(hash));
        }
    }
    let named = views::photos::all(connection)?;
    report.photos_awaited = named.iter().filter(|hash| !photos.has(**hash)).count() as u64;
    Ok(())
}
