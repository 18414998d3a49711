//! Opening what other versions wrote.

use super::*;
use crate::testing::key;

#[test]
fn a_database_of_a_later_version_is_refused_politely() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rounds.sqlite");
    let store = Store::open(&path, &key()).unwrap();
    store.connection.pragma_update(None, "user_version", MIGRATIONS.len() + 1).unwrap();
    drop(store);
    assert!(matches!(Store::open(&path, &key()), Err(StoreError::Newer { .. })));
}

#[test]
fn what_is_no_database_is_an_error_and_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rounds.sqlite");
    std::fs::write(
        &path,
        "this is somebody's diary, and long enough to be looked at as a database".repeat(100),
    )
    .unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(Store::open(&path, &key()).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// Databases as earlier versions of the app left them: an inspector has answered, found something and taken a photo, and
/// not all of it is delivered.
const EARLIER: [&[u8]; 8] = [
    include_bytes!("../../fixtures/store-1.sqlite"),
    include_bytes!("../../fixtures/store-2.sqlite"),
    include_bytes!("../../fixtures/store-3.sqlite"),
    include_bytes!("../../fixtures/store-4.sqlite"),
    include_bytes!("../../fixtures/store-5.sqlite"),
    include_bytes!("../../fixtures/store-6.sqlite"),
    include_bytes!("../../fixtures/store-7.sqlite"),
    include_bytes!("../../fixtures/store-8.sqlite"),
];

/// The rows of a plain database that an open one lacks, by table.
fn lacking(store: &Store, plain: &Path) -> Vec<String> {
    let connection = &store.connection;
    connection.execute("ATTACH DATABASE ?1 AS earlier KEY ''", [plain.to_str().unwrap()]).unwrap();
    let names = |sql: &str| -> Vec<String> {
        let mut select = connection.prepare(sql).unwrap();
        select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let tables = names("SELECT name FROM earlier.sqlite_schema WHERE type = 'table'");
    let lacks = |table: &String| -> bool {
        let columns = names(&format!("SELECT name FROM pragma_table_info('{table}', 'earlier')")).join(", ");
        let rows = |schema| format!("SELECT {columns} FROM {schema}.{table}");
        let sql = format!("SELECT EXISTS ({} EXCEPT {})", rows("earlier"), rows("main"));
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert!(tables.len() >= 10);
    tables.into_iter().filter(lacks).collect()
}

#[test]
fn the_database_of_every_earlier_version_is_encrypted_and_keeps_everything() {
    for (index, earlier) in EARLIER.iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let (path, before) = (dir.path().join("rounds.sqlite"), dir.path().join("before.sqlite"));
        for file in [&path, &before] {
            std::fs::write(file, earlier).unwrap();
        }
        let store = Store::open(&path, &key()).unwrap();
        assert_eq!(lacking(&store, &before), Vec::<String>::new(), "version {}", index + 1);
        let version = store.connection.pragma_query_value(None, "user_version", |row| row.get::<_, usize>(0));
        assert_eq!(version.unwrap(), MIGRATIONS.len());
        drop(store);
        let encrypted = std::fs::read(&path).unwrap();
        for plain in [&b"SQLite format 3"[..], b"inspections", "纸箱堆放".as_bytes(), "安娜".as_bytes()]
        {
            assert!(
                !encrypted.windows(plain.len()).any(|bytes| bytes == plain),
                "it can be read without the key"
            );
        }
        assert!(Store::open(&path, &DataKey::new([8; 32])).is_err(), "another key opens nothing");
        assert_eq!(std::fs::read(&path).unwrap(), encrypted);

        let app = crate::testing::ANNA.reopen(dir.path(), 2);
        let inspection = app.inspections().unwrap().remove(0).id;
        let view = app.inspection(&inspection).unwrap();
        let values: Vec<_> = view.domains[0].items.iter().map(|item| item.answer.value.as_deref()).collect();
        assert_eq!(values[..4], [Some("pass"), Some("fail"), Some("4/5"), None], "version {}", index + 1);
        assert_eq!(view.domains[0].items[1].findings[0].place, "3栋2单元门前");
        assert_eq!((view.delivery.changes_pending, view.delivery.photos_total), (4, 1));
        assert_eq!(app.waiting().unwrap().len(), 2, "what was packed, and what was not yet");
    }
}

#[test]
fn encrypting_a_database_may_be_cut_off_at_any_moment() {
    let dir = tempfile::tempdir().unwrap();
    let (path, before) = (dir.path().join("rounds.sqlite"), dir.path().join("before.sqlite"));
    // The app was killed with answers in the write-ahead log only.
    std::fs::write(&path, EARLIER[6]).unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.execute("INSERT INTO phrases VALUES ('FIX-01', '已通知物业', 1, 1)", []).unwrap();
    let killed = crate::testing::killed(dir.path());
    drop(connection);
    let path = killed.path().join("rounds.sqlite");
    assert!(killed.path().join("rounds.sqlite-wal").metadata().unwrap().len() > 0);
    // An attempt before was cut off, and left half a file and its journal.
    for ending in ["part", "part-journal"] {
        std::fs::write(path.with_extension(ending), b"half of it".repeat(1000)).unwrap();
    }
    std::fs::copy(dir.path().join("rounds.sqlite"), &before).unwrap();
    let store = Store::open(&path, &key()).unwrap();
    assert_eq!(lacking(&store, &before), Vec::<String>::new());
    let phrases: u32 =
        store.connection.query_row("SELECT count(*) FROM phrases", [], |row| row.get(0)).unwrap();
    assert_eq!(phrases, 2);
    let left = |ending: &str| killed.path().join(format!("rounds.{ending}")).exists();
    assert!(!left("part") && !left("part-journal"));
}

#[test]
fn a_database_that_cannot_be_encrypted_stays_plain_and_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rounds.sqlite");
    std::fs::write(&path, EARLIER[6]).unwrap();
    // Where the copy belongs lies something that cannot be written over.
    std::fs::create_dir(path.with_extension("part")).unwrap();
    assert!(Store::open(&path, &key()).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), EARLIER[6]);
    // Another window works on it.
    std::fs::remove_dir(path.with_extension("part")).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let Err(error) = Store::open(&path, &key()) else { panic!("somebody writes in it") };
    assert_eq!(Failure::from(error), Failure::StorageInUse);
    drop(other);
    assert!(Store::open(&path, &key()).is_ok());
}

#[test]
fn what_an_earlier_version_knew_no_kind_for_is_looked_at_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rounds.sqlite");
    std::fs::write(&path, EARLIER[6]).unwrap();
    let earlier = Connection::open(&path).unwrap();
    let mut set_aside = earlier
        .prepare("INSERT INTO inbox (envelope, bytes, state, doc) VALUES (?1, x'00', 'aside', ?2)")
        .unwrap();
    // A case, of which it knew nothing, and what waits for something of an inspection.
    set_aside.execute([Some(&[1_u8; 32][..]), None]).unwrap();
    set_aside.execute([Some(&[2_u8; 32][..]), Some(&[3; 16])]).unwrap();
    drop(set_aside);
    earlier
        .execute("INSERT INTO snapshots (doc, seq, bytes, merged) VALUES (?1, 1, x'00', TRUE)", [[4_u8; 16]])
        .unwrap();
    drop(earlier);
    let store = Store::open(&path, &key()).unwrap();
    let state = |envelope: [u8; 32]| -> String {
        let sql = "SELECT state FROM inbox WHERE envelope = ?1";
        store.connection.query_row(sql, [envelope], |row| row.get(0)).unwrap()
    };
    assert_eq!((state([1; 32]).as_str(), state([2; 32]).as_str()), ("new", "aside"));
    let unmerged = snapshots::unmerged_documents(store.read()).unwrap();
    assert_eq!(unmerged, [rounds_shared::ids::DocId::new([4; 16])]);
}
