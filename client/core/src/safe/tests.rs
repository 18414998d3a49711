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

#[test]
fn a_try_counts_before_it_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let mut safe = made(dir.path(), Some(PIN), &NoKeyStore);
    // The file cannot be written: then nobody tries anything.
    let folder = dir.path().join("gone");
    safe.folder = folder;
    assert_eq!(safe.open(Some(PIN), &NoKeyStore, NOW).err(), Some(Failure::StorageFailed));
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
