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
        [Fault::Entry { seq, is_signed: false, .. }] => {
            assert_eq!(seq, spoilt);
            assert_eq!(report.sound, report.entries - 1, "all but the spoilt one can be saved");
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

/// A log on disk, and where in its file an entry's parts stand.
struct Disk {
    town: Town,
    file: Vec<u8>,
}

impl Disk {
    fn new() -> Self {
        let mut town = Town::demonstration();
        town.stop();
        // All of it in the one file, and nothing in there twice.
        let packed = database(town.folder()).execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
        packed.unwrap();
        let file = std::fs::read(town.folder().join(LOG_FILE)).unwrap();
        Self { town, file }
    }

    /// Where the bytes of an entry's columns, one behind the other, stand in the file, or the first of them.
    fn place(&self, seq: u64, columns: &str) -> usize {
        let select = format!("SELECT {columns} FROM log WHERE seq = ?1");
        let bytes: Vec<u8> = database(self.town.folder())
            .query_row(&select, [seq], |row| {
                let columns = 0..row.as_ref().column_count();
                columns.map(|column| row.get::<_, Vec<u8>>(column)).collect::<Result<Vec<_>, _>>()
            })
            .unwrap()
            .concat();
        let part = &bytes[..bytes.len().min(48)];
        let mut places = self.file.windows(part.len()).enumerate().filter(|(_, window)| *window == part);
        let place = places.next().expect("it stands in the file").0;
        assert!(places.next().is_none(), "once");
        place
    }

    fn seqs(&self, sort: u8) -> Vec<u64> {
        let connection = database(self.town.folder());
        let mut select = connection.prepare("SELECT seq FROM log WHERE sort = ?1 ORDER BY seq").unwrap();
        select.query_map([sort], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// Flips a bit of the file; what the check says of it, and why the server does not start.
    fn flipped(&self, at: usize) -> (Report, StartError) {
        let mut file = self.file.clone();
        file[at] ^= 1;
        let path = self.town.folder().join(LOG_FILE);
        std::fs::write(&path, &file).unwrap();
        let report = checked(self.town.folder());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let started = runtime.block_on(app::App::open(Config::new(self.town.folder())));
        for beside in ["city.db-wal", "city.db-shm"] {
            std::fs::remove_file(path.with_file_name(beside)).ok();
        }
        std::fs::write(path, &self.file).unwrap();
        (report, started.err().expect("it must not start"))
    }
}

fn damaged_at(error: &StartError) -> u64 {
    match error {
        StartError::Log(KeeperError::Log(LogError::Damaged { seq, .. })) => *seq,
        other => panic!("it says where: {other:?}"),
    }
}

#[test]
fn one_flipped_bit_on_disk_is_found_where_it_is_and_all_else_can_be_saved() {
    let disk = Disk::new();
    let (envelopes, events) = (disk.seqs(0), disk.seqs(1));
    let (first, middle, last) =
        (envelopes[0], envelopes[envelopes.len() / 2], envelopes[envelopes.len() - 1]);
    for (seq, column, is_signed) in [
        (events[3], "body", false),
        (first, "body", false),
        (middle, "body", false),
        (last, "body", false),
        // The envelope is whole, and only what the log says beside it is not.
        (middle, "hash", true),
        (last, "hash", true),
        (middle, "envelope, device", true),
    ] {
        let (report, stopped) = disk.flipped(disk.place(seq, column) + 20);
        let said = format!("{column} of entry {seq}: {report:?}");
        assert_eq!(damaged_at(&stopped), seq, "{said}");
        let entry = report.faults.iter().find(|fault| matches!(fault, Fault::Entry { .. }));
        let Some(Fault::Entry { seq: found, is_signed: found_signed, .. }) = entry else { panic!("{said}") };
        assert_eq!((*found, *found_signed), (seq, is_signed), "{said}");
        assert_eq!((report.sound, report.sound_to()), (report.entries - 1, Some(seq - 1)), "{said}");
    }
    assert_eq!(checked(disk.town.folder()).faults, []);
}

#[test]
fn a_page_that_sqlite_cannot_read_costs_its_own_entries_alone() {
    let disk = Disk::new();
    let page = usize::from(u16::from_be_bytes([disk.file[16], disk.file[17]]));
    // A page of entries, not of the rest of a long one, nor of what entries are found by.
    let leaves = disk.seqs(1).into_iter().map(|seq| (seq, disk.place(seq, "hash") / page * page));
    let (seq, leaf) = leaves.filter(|(_, leaf)| disk.file[*leaf] == 0x0a).nth(3).unwrap();
    let (report, stopped) = disk.flipped(leaf);
    let [Fault::File(_), Fault::Unreadable { first, last }, rest @ ..] = &report.faults[..] else {
        panic!("a page is damaged: {report:?}")
    };
    assert!((*first..=*last).contains(&seq) && *last < report.entries, "{report:?}");
    // The first entry behind the hole cannot be proven: what it goes on from is in the hole.
    assert!(matches!(rest, [Fault::Entry { seq, .. }] if *seq == last + 1), "{report:?}");
    assert_eq!(report.sound, report.entries - (last - first + 1) - 1);
    assert_eq!((damaged_at(&stopped), report.sound_to()), (*first, Some(first - 1)));
}

#[test]
fn a_file_that_is_no_database_any_more_is_said_to_be_that() {
    let disk = Disk::new();
    let (report, stopped) = disk.flipped(0);
    assert!(matches!(report.faults[..], [Fault::File(_)]), "{report:?}");
    assert!(report.photos > 0, "the photos are whole all the same");
    let said = rounds_server::stop::Stop::from(stopped).to_string();
    assert!(said.contains("数据库文件已损坏") && said.contains("restore a backup"), "{said}");
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
