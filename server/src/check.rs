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
    log::{self, Log, LogError, Standing, is_unreadable},
    photos::Photos,
    views,
};

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries of the log.
    pub entries: u64,
    /// Entries that are as they were written.
    pub sound: u64,
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
    /// The database's file is in disorder: where SQLite keeps its own order, or in what entries are found by.
    File(String),
    /// An entry of the log that is not as it was written.
    Entry {
        /// Which.
        seq: u64,
        /// What is wrong with it.
        what: &'static str,
        /// Whether it carries an envelope that holds by its author's own signature.
        is_signed: bool,
    },
    /// Entries that cannot be read.
    Unreadable {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
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
    let mut report = Report::default();
    // In a file that is damaged, less and less can be said: of the views, of the log, of anything.
    match log_in(&path, &copy, &mut report)? {
        None => {}
        Some((connection, found)) => {
            report.entries = found.position();
            check_log(&connection, &found, &mut report)?;
            if report.faults.is_empty() {
                fs::copy(&copy, &replayed)?;
                check_views(&connection, &replayed, found.city(), &mut report)?;
            }
            match views::photos::all(&connection) {
                Ok(named) => report.photos_awaited = awaited(data, &named)?,
                Err(error) if is_unreadable(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    check_photos(&Photos::open(data)?, &mut report)?;
    Ok(report)
}

/// A copy of the log, as far as it can be read.
fn log_in(path: &Path, copy: &Path, report: &mut Report) -> Result<Option<(Connection, Log)>, CheckError> {
    let disorder = match log::disorder(path) {
        Err(LogError::Sqlite(error)) if is_unreadable(&error) => Some(error.to_string()),
        disorder => disorder?,
    };
    match disorder {
        Some(disorder) => {
            report.faults.push(Fault::File(disorder));
            log::copy_file(path, copy)?;
        }
        None => log::copy(path, copy)?,
    }
    // What an older version wrote is brought up to date in the copy.
    let found = log::open(copy).and_then(|connection| {
        let Some(city) = log::city(&connection)? else { return Ok(None) };
        let found = Log::find(&connection, &city, Epoch::new([0; 16]))?;
        Ok(Some((connection, found)))
    });
    match found {
        Ok(Some(found)) => Ok(Some(found)),
        Ok(None) => Err(CheckError::NoLog(path.to_owned())),
        Err(LogError::Sqlite(error)) if !report.faults.is_empty() && is_unreadable(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Looks at every entry. One that is damaged does not keep the others from being proven: they go on from the hash that
/// was written, or from the one it should have had.
pub(crate) fn check_log(connection: &Connection, log: &Log, report: &mut Report) -> Result<(), CheckError> {
    let (mut registry, mut is_registry_whole) = (Registry::default(), true);
    log.examine(connection, |seq, standing| {
        let (row, what) = match standing {
            Standing::Sound(row) => (row, None),
            Standing::Damaged(row, what) => (row, Some(what)),
            Standing::Unreadable => {
                is_registry_whole = false;
                report.unreadable(seq);
                return Ok(());
            }
        };
        let signed = match row.entry.parse() {
            EntryBody::Registry(event) => {
                registry.apply(seq, row.entry.at, &event);
                is_registry_whole &= what.is_none();
                None
            }
            EntryBody::Envelope(bytes, _) => Some(is_signed(&registry, bytes)),
            EntryBody::Release(release) => Some(is_signed(&registry, release.envelope)),
            EntryBody::Ruling(_) | EntryBody::Later(_) => None,
        };
        report.envelopes += u64::from(signed == Some(true) && row.device.is_some());
        report.sound += u64::from(what.is_none());
        match what {
            Some(what) => {
                report.faults.push(Fault::Entry { seq, what, is_signed: signed == Some(true) });
            }
            // Whose enrolment is damaged, cannot be asked.
            None if signed == Some(false) && is_registry_whole => {
                report.faults.push(Fault::Signature { seq });
            }
            None => {}
        }
        Ok(())
    })
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
            report.faults.push(Fault::Entry { seq, what: "it cannot be applied", is_signed: false });
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

fn check_photos(photos: &Photos, report: &mut Report) -> Result<(), CheckError> {
    for hash in photos.all() {
        if photos.is_whole(hash)? {
            report.photos += 1;
        } else {
            report.faults.push(Fault::Photo(hash));
        }
    }
    Ok(())
}

/// How many of the photos that documents name have not arrived.
fn awaited(data: &Path, named: &[PhotoHash]) -> Result<u64, CheckError> {
    let photos = Photos::open(data)?;
    Ok(named.iter().filter(|hash| !photos.has(**hash)).count() as u64)
}

impl Report {
    /// The last entry before the first that is not as it was written, when any is not.
    pub fn sound_to(&self) -> Option<u64> {
        self.faults.iter().find_map(|fault| match fault {
            Fault::Entry { seq, .. } | Fault::Unreadable { first: seq, .. } => Some(seq - 1),
            Fault::File(_) | Fault::Signature { .. } | Fault::View { .. } | Fault::Photo(_) => None,
        })
    }

    fn unreadable(&mut self, seq: u64) {
        match self.faults.last_mut() {
            Some(Fault::Unreadable { last, .. }) if *last + 1 == seq => *last = seq,
            Some(_) | None => self.faults.push(Fault::Unreadable { first: seq, last: seq }),
        }
    }
}
