//! Backups are proven when they are made and when they are read, and a restored server gets back what devices hold.

use std::path::Path;

use rounds_client_core::view::DeliveryState;
use rounds_server::{
    app::{App, LOG_FILE, StartError},
    backup::{self, BackupError, Restored},
    check::check,
    config::Config,
    vault::{SERVER_KEY_FILE, VAULT_FILE},
};
use rounds_shared::{
    envelope::PublicKey,
    ids::Epoch,
    protocol::{Outcome, Receipts},
};

use super::town::Town;

const NOW: i64 = 1_790_000_000_000;

fn back_up(town: &Town, file: &Path) -> u64 {
    backup::back_up(town.folder(), file, None, NOW).unwrap().manifest.seq
}

fn restore(data: &Path, file: &Path) -> Result<Restored, BackupError> {
    backup::restore(data, file, None, None, (Epoch::new([42; 16]), NOW))
}

#[test]
fn a_restored_server_gets_back_every_answer_that_a_phone_holds() {
    let mut town = Town::new();
    let assignment =
        town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1", "inspector2"]);
    let (one, two) = (town.phone("inspector1"), town.phone("inspector2"));
    let inspection = one.app.open_assignment(&assignment).unwrap();
    assert_eq!(two.app.open_assignment(&assignment).unwrap(), inspection);
    one.answer(&inspection, "SAN-05", "pass");
    assert_eq!(one.sync(), None);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("city.backup");
    // The server goes on meanwhile.
    let reached = back_up(&town, &file);
    one.answer(&inspection, "SAN-09", "fail");
    two.answer(&inspection, "SAN-09", "pass");
    for phone in [&one, &two] {
        assert_eq!(phone.sync(), None);
        assert_eq!(phone.view(&inspection).delivery.state, DeliveryState::Delivered);
    }
    assert!(!one.app.sync_status().unwrap().backed_up, "the last answer is in no backup");
    town.stop();
    let restored = restore(town.folder(), &file).unwrap();
    assert_eq!(restored.manifest.seq, reached);
    let before = restored.before.unwrap();
    assert!(before.join(LOG_FILE).is_file(), "what was there is set aside, not deleted");
    town.start();
    let mut desk = town.desk("supervisor");
    assert!(desk.item(&inspection, "SAN-09")["answer"]["value"].is_null());
    for phone in [&one, &two, &one] {
        assert_eq!(phone.sync(), None);
        assert_eq!(phone.view(&inspection).delivery.state, DeliveryState::Delivered);
    }
    let answer = desk.item(&inspection, "SAN-09")["answer"].clone();
    assert_eq!(answer["state"], "conflict", "both are there again: {answer}");
    assert_eq!(desk.item(&inspection, "SAN-05")["answer"]["value"], "pass");
    assert_eq!(check(town.folder(), LOG_FILE).unwrap().faults, []);
    let again = back_up(&town, &file);
    assert!(again > reached);
    assert_eq!(one.sync(), None);
    assert!(one.app.sync_status().unwrap().backed_up, "and now it is in one");
}

#[test]
fn a_backup_that_is_cut_off_or_changed_restores_nothing() {
    let mut town = Town::demonstration();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("city.backup");
    back_up(&town, &file);
    town.stop();
    let whole = std::fs::read(&file).unwrap();
    let entries = check(town.folder(), LOG_FILE).unwrap().entries;
    for spoil in [
        |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2),
        |bytes: &mut Vec<u8>| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        },
        |bytes: &mut Vec<u8>| bytes.clear(),
    ] {
        let mut bytes = whole.clone();
        spoil(&mut bytes);
        std::fs::write(&file, bytes).unwrap();
        assert!(restore(town.folder(), &file).is_err());
        assert_eq!(check(town.folder(), LOG_FILE).unwrap().entries, entries, "what is there stays");
    }
    town.start();
    std::fs::write(&file, &whole).unwrap();
    let in_use = restore(town.folder(), &file);
    assert!(
        matches!(in_use, Err(BackupError::Start(StartError::DataInUse(_)))),
        "never under a running server"
    );
}

#[test]
fn a_damaged_log_is_not_backed_up_and_the_last_good_backup_stays() {
    let mut town = Town::demonstration();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("city.backup");
    back_up(&town, &file);
    town.stop();
    let good = std::fs::read(&file).unwrap();
    let log = rusqlite::Connection::open(town.folder().join(LOG_FILE)).unwrap();
    log.execute("UPDATE log SET at = at + 1 WHERE seq = 4", []).unwrap();
    drop(log);
    match backup::back_up(town.folder(), &file, None, NOW) {
        Err(BackupError::Damaged { seq, .. }) => assert_eq!(seq, 4),
        other => panic!("it must not be backed up: {other:?}"),
    }
    assert_eq!(std::fs::read(&file).unwrap(), good);
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "and nothing half-made beside it");
}

#[test]
fn a_restore_needs_the_key_that_signed_the_receipts() {
    let mut town = Town::demonstration();
    let place = tempfile::tempdir().unwrap();
    let (file, key) = (place.path().join("city.backup"), place.path().join("server.key"));
    back_up(&town, &file);
    backup::back_up_key(town.folder(), &key).unwrap();
    town.stop();
    let (other, own) = (tempfile::tempdir().unwrap(), town.folder().join(SERVER_KEY_FILE));
    assert!(matches!(restore(other.path(), &file), Err(BackupError::Key)), "a new machine has no key");
    let with = |key| backup::restore(other.path(), &file, None, Some(key), (Epoch::new([42; 16]), NOW));
    let another = place.path().join("another.key");
    std::fs::write(&another, "07".repeat(32)).unwrap();
    assert!(matches!(with(&another), Err(BackupError::Key)), "nor is every key the right one");
    let restored = with(&key);
    assert_eq!(restored.unwrap().before, None);
    assert_eq!(
        std::fs::read(other.path().join(SERVER_KEY_FILE)).unwrap(),
        std::fs::read(own).unwrap(),
        "the server is the same to every phone"
    );
    let report = check(other.path(), LOG_FILE).unwrap();
    assert_eq!(report.entries, check(town.folder(), LOG_FILE).unwrap().entries);
}

#[test]
fn photos_are_mirrored_and_come_back_and_the_missing_ones_are_named() {
    let mut town = Town::demonstration();
    let place = tempfile::tempdir().unwrap();
    let (file, mirror) = (place.path().join("city.backup"), place.path().join("photos"));
    let made = backup::back_up(town.folder(), &file, Some(&mirror), NOW).unwrap();
    assert!(made.photos > 0 && made.mirrored.unwrap().copied == made.photos);
    let again = backup::back_up(town.folder(), &file, Some(&mirror), NOW).unwrap();
    assert_eq!(again.mirrored.unwrap().copied, 0, "only what is new is copied");
    backup::back_up(town.folder(), &file, None, NOW).unwrap();
    let vault = rusqlite::Connection::open(town.folder().join(VAULT_FILE)).unwrap();
    let have_photos: String =
        vault.query_row("SELECT group_concat(photos) FROM backups", [], |row| row.get(0)).unwrap();
    assert_eq!(have_photos, "1,1,0", "no phone lets a photo go because of a backup without photos");
    drop(vault);
    town.stop();
    std::fs::remove_dir_all(town.folder().join("photos")).unwrap();
    let epoch = |n| (Epoch::new([n; 16]), NOW + i64::from(n));
    let without = backup::restore(town.folder(), &file, None, None, epoch(42)).unwrap();
    assert_eq!(without.photos_missing.len() as u64, made.photos);
    let with = backup::restore(town.folder(), &file, Some(&mirror), None, epoch(43)).unwrap();
    assert_eq!(with.photos_missing, []);
    assert_eq!(check(town.folder(), LOG_FILE).unwrap().photos, made.photos);
}

#[test]
fn no_server_starts_on_a_restore_that_was_cut_off() {
    let mut town = Town::demonstration();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("city.backup");
    back_up(&town, &file);
    town.stop();
    // Cut off after what was there went aside and before the backup came in.
    std::fs::write(town.folder().join(backup::UNFINISHED_FILE), []).unwrap();
    std::fs::remove_file(town.folder().join(LOG_FILE)).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let started = runtime.block_on(App::open(Config::new(town.folder())));
    assert!(matches!(started.err(), Some(StartError::RestoreUnfinished(_))));
    restore(town.folder(), &file).unwrap();
    town.start();
    assert_eq!(check(town.folder(), LOG_FILE).unwrap().faults, []);
}

#[test]
fn a_receipt_is_checked_with_nothing_but_the_servers_public_key() {
    let town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.answer(&inspection, "SAN-05", "pass");
    assert_eq!(phone.sync(), None);
    let place = tempfile::tempdir().unwrap();
    let manifest =
        backup::back_up(town.folder(), &place.path().join("city.backup"), None, NOW).unwrap().manifest;
    let server = PublicKey::from_hex(&manifest.server_key).unwrap();
    let file: Receipts = serde_json::from_str(&phone.app.receipts(Some(&inspection)).unwrap()).unwrap();
    let proven: Vec<_> = file.prove(&server).unwrap().collect::<Result<_, _>>().unwrap();
    let [(envelope, verdict)] = &proven[..] else { panic!("one envelope was delivered: {}", proven.len()) };
    assert_eq!(envelope.body().doc.to_string(), inspection);
    match verdict.outcome {
        Outcome::Receipt { epoch, seq } => assert_eq!((epoch, seq), (manifest.epoch, manifest.seq)),
        ref other => panic!("it was merged: {other:?}"),
    }
}
