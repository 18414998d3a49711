//! Opening what other versions wrote.

use super::*;

#[test]
fn a_database_of_a_later_version_is_refused_politely() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rounds.sqlite");
    let store = Store::open(&path).unwrap();
    store.connection.pragma_update(None, "user_version", MIGRATIONS.len() + 1).unwrap();
    drop(store);
    assert!(matches!(Store::open(&path), Err(StoreError::Newer { .. })));
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
    assert!(Store::open(&path).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
