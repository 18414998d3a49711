//! What was written stays as it was written, or somebody is told: `check`, `rebuild`, and a start on damaged data.

use std::path::Path;

use rounds_server::{
    app::{self, LOG_FILE, StartError},
    check::{Fault, Report, check},
    config::Config,
    intake::KeeperError,
    log::LogError,
};
use rusqlite::{Connection, params};

use super::town::Town;

fn checked(folder: &Path) -> Report {
    check(folder, LOG_FILE).unwrap()
}

fn database(folder: &Path) -> Connection {
    Connection::open(folder.join(LOG_FILE)).unwrap()
}

/// Changes a byte in the middle of an envelope that merged; says which entry it is.
fn spoil_an_envelope(folder: &Path) -> u64 {
    let connection = database(folder);
    let (seq, mut body): (u64, Vec<u8>) = connection
        .query_row("SELECT seq, body FROM log WHERE sort = 0 ORDER BY seq LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let middle = body.len() / 2;
    body[middle] ^= 1;
    connection.execute("UPDATE log SET body = ?2 WHERE seq = ?1", params![seq, body]).unwrap();
    seq
}

#[test]
fn a_city_that_is_served_is_checked_and_found_whole() {
    let town = Town::demonstration();
    let report = checked(town.folder());
    assert_eq!(report.faults, []);
    assert!(report.entries > report.envelopes && report.envelopes > 10 && report.photos > 0, "{report:?}");
}

#[test]
fn a_changed_byte_of_the_log_stops_the_next_start_and_is_found_where_it_is() {
    let mut town = Town::demonstration();
    town.stop();
    let spoilt = spoil_an_envelope(town.folder());
    let report = checked(town.folder());
    match report.faults[..] {
        [Fault::Entry { seq, sound_after, .. }] => {
            assert_eq!(seq, spoilt);
            assert_eq!(sound_after, report.entries - spoilt, "all but the spoilt one can be saved");
        }
        _ => panic!("one entry is damaged: {report:?}"),
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let started = runtime.block_on(app::App::open(Config::new(town.folder())));
    match started.err() {
        Some(StartError::Log(KeeperError::Log(LogError::Damaged { seq, .. }))) => assert_eq!(seq, spoilt),
        other => panic!("it must not start: {other:?}"),
    }
}

#[test]
fn views_that_are_not_what_the_log_makes_are_named_and_made_again() {
    let mut town = Town::demonstration();
    town.stop();
    let connection = database(town.folder());
    connection.execute("UPDATE inspections SET answered = answered + 1", []).unwrap();
    let changed = connection.changes();
    connection.execute("DELETE FROM conflicts", []).unwrap();
    let deleted = connection.changes();
    drop(connection);
    let faults = checked(town.folder()).faults;
    assert!(changed > 0 && deleted > 0);
    assert!(faults.contains(&Fault::View { table: "inspections", surplus: changed, lacking: changed }));
    assert!(faults.contains(&Fault::View { table: "conflicts", surplus: 0, lacking: deleted }));
    assert!(app::rebuild(town.folder()).unwrap() > 10);
    assert_eq!(checked(town.folder()).faults, []);
    town.start();
    assert!(
        matches!(app::rebuild(town.folder()), Err(StartError::DataInUse(_))),
        "never under a running server"
    );
}

#[test]
fn a_photo_whose_bytes_changed_on_disk_is_named() {
    let mut town = Town::demonstration();
    town.stop();
    let folders = std::fs::read_dir(town.folder().join("photos")).unwrap();
    let folder = folders.map(|folder| folder.unwrap().path()).next().unwrap();
    let photo = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&photo).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&photo, bytes).unwrap();
    let name = photo.file_name().unwrap().to_str().unwrap();
    assert_eq!(checked(town.folder()).faults, [Fault::Photo(name.parse().unwrap())]);
}

#[test]
fn a_log_that_the_first_version_wrote_is_read_on() {
    let mut town = Town::demonstration();
    town.stop();
    database(town.folder()).execute_batch("DROP TABLE log_epochs; PRAGMA user_version = 1;").unwrap();
    let before = checked(town.folder());
    assert_eq!(before.faults, []);
    town.start();
    assert_eq!(checked(town.folder()).faults, []);
    let connection = database(town.folder());
    let epochs: u64 = connection.query_row("SELECT count(*) FROM log_epochs", [], |row| row.get(0)).unwrap();
    assert_eq!(epochs, 1);
}
