//! Who gets the key, and who waits.

use super::*;
use crate::{
    key_store::NoKeyStore,
    testing::{Keys, NOW, key, surroundings},
};

const PIN: &str = "135790";
const OTHER: &str = "246801";

/// A safe whose sign-in is over.
fn made(folder: &Path, pin: Option<&str>, store: &dyn KeyStore) -> Safe {
    let mut safe = Safe::make(folder, &key(), pin, store, &surroundings(1)).unwrap();
    let holder = Holder {
        login: "li".into(),
        name: "李明".into(),
        server: "http://localhost".into(),
        server_key: String::new(),
        city: Text { zh: "昆明市".into(), en: "Kunming".into() },
    };
    safe.keep(holder, None).unwrap();
    safe
}

fn again(folder: &Path) -> Safe {
    Safe::load(folder).unwrap().unwrap()
}

/// Whether the file says the key, in the form it would.
fn says_key(folder: &Path) -> bool {
    let text = fs::read_to_string(folder.join(SAFE)).unwrap();
    text.contains(&HEXLOWER.encode(key().as_bytes()))
}

#[test]
fn without_a_key_store_only_the_pin_opens() {
    let dir = tempfile::tempdir().unwrap();
    made(dir.path(), Some(PIN), &NoKeyStore);
    let mut safe = again(dir.path());
    assert_eq!((safe.guard(), safe.has_pin()), (GuardView::Pin, true));
    assert!(!says_key(dir.path()));
    assert!(safe.unasked(&NoKeyStore).unwrap().is_none());
    assert_eq!(safe.open(None, &NoKeyStore, NOW).err(), Some(Failure::Locked));
    assert_eq!(safe.open(Some(OTHER), &NoKeyStore, NOW).err(), Some(Failure::PinWrong));
    assert_eq!(safe.open(Some(PIN), &NoKeyStore, NOW).unwrap().as_bytes(), key().as_bytes());
}

#[test]
fn a_key_store_has_the_key_and_the_files_have_not() {
    let (dir, store) = (tempfile::tempdir().unwrap(), Keys::default());
    made(dir.path(), Some(PIN), &store);
    let mut safe = again(dir.path());
    assert_eq!((safe.guard(), safe.has_pin()), (GuardView::KeyStore, true));
    // Not even behind the PIN: six digits are soon guessed by whoever has the files.
    assert!(!says_key(dir.path()));
    let wrapped = safe.pin().unwrap().open(PIN).unwrap();
    assert_ne!(wrapped.as_bytes(), key().as_bytes());
    assert_eq!(safe.unasked(&store).unwrap().unwrap().as_bytes(), key().as_bytes(), "for delivering");
    assert_eq!(safe.open(Some(OTHER), &store, NOW).err(), Some(Failure::PinWrong));
    assert_eq!(safe.open(Some(PIN), &store, NOW).unwrap().as_bytes(), key().as_bytes());
    // A key store that was emptied is a lost key, and not an empty database.
    store.remove(&safe.name()).unwrap();
    assert_eq!(safe.open(Some(PIN), &store, NOW).err(), Some(Failure::KeyLost));
    // And one that cannot be asked at the moment is another matter.
    assert_eq!(safe.open(Some(PIN), &NoKeyStore, NOW).err(), Some(Failure::KeyStoreFailed));
}

#[test]
fn with_neither_the_safe_says_that_nobody_guards_the_key_until_a_pin_does() {
    let dir = tempfile::tempdir().unwrap();
    let mut safe = made(dir.path(), None, &NoKeyStore);
    assert_eq!((safe.guard(), safe.has_pin()), (GuardView::Nobody, false));
    assert_eq!(again(dir.path()).open(None, &NoKeyStore, NOW).unwrap().as_bytes(), key().as_bytes());
    assert_eq!(
        safe.set_pin(&key(), "123456", &NoKeyStore, &surroundings(2)).err(),
        Some(Failure::PinTooSimple)
    );
    safe.set_pin(&key(), PIN, &NoKeyStore, &surroundings(2)).unwrap();
    let mut safe = again(dir.path());
    assert_eq!(safe.guard(), GuardView::Pin);
    assert!(!says_key(dir.path()));
    assert_eq!(safe.open(Some(PIN), &NoKeyStore, NOW).unwrap().as_bytes(), key().as_bytes());
    safe.set_pin(&key(), OTHER, &NoKeyStore, &surroundings(3)).unwrap();
    assert_eq!(safe.open(Some(PIN), &NoKeyStore, NOW).err(), Some(Failure::PinWrong));
    assert!(safe.open(Some(OTHER), &NoKeyStore, NOW).is_ok());
}

#[test]
fn wrong_pins_wait_longer_and_longer_also_after_a_restart_and_nothing_is_erased() {
    let dir = tempfile::tempdir().unwrap();
    made(dir.path(), Some(PIN), &NoKeyStore);
    let attempt = |pin, now| again(dir.path()).open(Some(pin), &NoKeyStore, now).map(drop);
    let (mut now, mut waits) = (NOW, Vec::new());
    for _ in 0..9 {
        match attempt(OTHER, now) {
            Err(Failure::PinWrong) => waits.push(0),
            Err(Failure::PinWait { seconds }) => {
                waits.push(seconds);
                let early = now + i64::try_from(seconds).unwrap() * 1000 - 1;
                assert_eq!(
                    attempt(PIN, early),
                    Err(Failure::PinWait { seconds: 1 }),
                    "not even the right one"
                );
                now = early + 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(waits, [0, 0, 30, 60, 300, 900, 3600, 3600, 3600]);
    // The clock was set back by years: it counts from there, and ends.
    let years_ago = NOW - 100_000_000_000;
    assert_eq!(attempt(OTHER, now), Err(Failure::PinWait { seconds: 3600 }));
    assert_eq!(attempt(PIN, years_ago), Err(Failure::PinWait { seconds: 3600 }));
    assert_eq!(attempt(PIN, years_ago + 3_600_000), Ok(()));
    assert_eq!(attempt(OTHER, now), Err(Failure::PinWrong), "the right one forgives those before");
}

/// What a folder has, and which file on the disk it is.
#[cfg(unix)]
fn files(folder: &Path) -> Vec<(std::ffi::OsString, u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let file = |entry: fs::DirEntry| {
        let metadata = entry.metadata().unwrap();
        (entry.file_name(), metadata.ino(), metadata.size())
    };
    let mut files: Vec<_> = entries.map(file).collect();
    files.sort();
    files
}

#[test]
#[cfg(unix)]
fn a_try_takes_no_room_on_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    made(dir.path(), Some(PIN), &NoKeyStore);
    let before = files(dir.path());
    again(dir.path()).open(Some(OTHER), &NoKeyStore, NOW).err().unwrap();
    again(dir.path()).open(Some(OTHER), &NoKeyStore, NOW).err().unwrap();
    assert_eq!(files(dir.path()), before, "it is written where the one before it was");
    again(dir.path()).open(Some(PIN), &NoKeyStore, NOW).unwrap();
    assert_eq!(files(dir.path()), before);
}

#[test]
fn where_no_try_can_be_written_the_right_pin_opens_and_wrong_ones_wait_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    made(dir.path(), Some(PIN), &NoKeyStore);
    // Nothing can be written over a folder, by nobody.
    let tries = dir.path().join("tries");
    fs::remove_file(&tries).unwrap();
    fs::create_dir(&tries).unwrap();
    let attempt = |pin, now| again(dir.path()).open(Some(pin), &NoKeyStore, now).map(drop);
    assert_eq!(attempt(PIN, NOW), Ok(()));
    for wait in [Failure::PinWrong, Failure::PinWrong, Failure::PinWait { seconds: 30 }] {
        assert_eq!(attempt(OTHER, NOW), Err(wait));
    }
    assert_eq!(attempt(PIN, NOW), Err(Failure::PinWait { seconds: 30 }), "not even the right one");
    assert_eq!(attempt(PIN, NOW + 30_000), Ok(()));
    // There is room again, and what was counted meanwhile is not what counts then.
    fs::remove_dir(&tries).unwrap();
    assert_eq!(attempt(OTHER, NOW + 30_000), Err(Failure::PinWrong));
    assert_eq!(fs::read(&tries).unwrap()[0], 1);
}

#[test]
fn what_an_earlier_version_counted_in_the_safe_itself_counts_on() {
    let dir = tempfile::tempdir().unwrap();
    made(dir.path(), Some(PIN), &NoKeyStore);
    fs::remove_file(dir.path().join("tries")).unwrap();
    let path = dir.path().join(SAFE);
    let earlier = fs::read_to_string(&path).unwrap().replacen("\"wrong\": 0", "\"wrong\": 2", 1);
    fs::write(&path, earlier).unwrap();
    let third = again(dir.path()).open(Some(OTHER), &NoKeyStore, NOW).err();
    assert_eq!(third, Some(Failure::PinWait { seconds: 30 }));
}

#[test]
fn a_safe_of_a_later_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    made(dir.path(), Some(PIN), &NoKeyStore);
    let path = dir.path().join(SAFE);
    let later = fs::read_to_string(&path).unwrap().replacen("\"form\": 1", "\"form\": 2", 1);
    fs::write(&path, &later).unwrap();
    assert_eq!(Safe::load(dir.path()).err(), Some(Failure::StorageNewer));
    assert_eq!(fs::read_to_string(&path).unwrap(), later);
}
