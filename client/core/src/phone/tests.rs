//! What an earlier version left, who has the screens, and the second window.

use super::*;
use crate::{
    key_store::NoKeyStore,
    safe::GuardView,
    store,
    testing::{Keys, surroundings},
};

const PIN: &str = "135790";
/// What version 7 of the database left in the directory itself.
const EARLIER: &[u8] = include_bytes!("../../fixtures/store-7.sqlite");

fn open(dir: &Path, store: impl KeyStore + 'static) -> Result<Phone, Failure> {
    let start = std::sync::atomic::AtomicU64::new(dir.as_os_str().len() as u64);
    let around = Box::new(move || surroundings(start.fetch_add(1, Ordering::Relaxed)));
    Phone::open(dir, Box::new(store), around, Arc::new(|_| {}))
}

/// A directory as an earlier version left it, with a photo.
fn earlier() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("rounds.sqlite"), EARLIER).unwrap();
    fs::create_dir(dir.path().join("photos")).unwrap();
    fs::write(dir.path().join("photos").join(format!("{}.jpg", "ab".repeat(32))), b"\xff\xd8 a photo")
        .unwrap();
    dir
}

/// Everything the directory says to whoever reads its files.
fn bytes_of(dir: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { bytes_of(&path) } else { fs::read(&path).unwrap() });
    }
    all
}

fn says(dir: &Path, words: &str) -> bool {
    bytes_of(dir).windows(words.len()).any(|bytes| bytes == words.as_bytes())
}

#[test]
fn what_an_earlier_version_left_is_his_who_had_signed_in_and_is_encrypted() {
    let dir = earlier();
    assert!(says(dir.path(), "纸箱堆放") && says(dir.path(), "a photo"));
    let phone = open(dir.path(), NoKeyStore).unwrap();
    let state = phone.state().unwrap();
    assert_eq!((state.phase, state.guard, state.has_pin), (Phase::Ready, Some(GuardView::Nobody), false));
    assert_eq!(state.holders.len(), 1);
    assert_eq!((state.holders[0].name.as_str(), state.holders[0].changes_waiting), ("安娜", 4));
    let app = phone.app().unwrap();
    let inspection = app.inspections().unwrap().remove(0).id;
    app.answer(&inspection, "FIX-01", Some("fail")).unwrap();
    assert!(!says(dir.path(), "纸箱堆放") && !says(dir.path(), "a photo"));
    assert!(!dir.path().join("rounds.sqlite").exists() && !dir.path().join("photos").exists());
    let state = phone.set_pin(None, PIN).unwrap();
    assert_eq!((state.guard, state.has_pin), (Some(GuardView::Pin), true));
}

#[test]
fn moving_in_what_an_earlier_version_left_may_be_cut_off_at_any_moment() {
    let dir = earlier();
    // The safe was made and the photos are moved; the database is still where it was.
    drop(open(dir.path(), NoKeyStore).unwrap());
    let holders = dir.path().join(HOLDERS);
    let folder = fs::read_dir(&holders).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(folder.join("rounds.sqlite")).unwrap();
    fs::write(dir.path().join("rounds.sqlite"), EARLIER).unwrap();
    let phone = open(dir.path(), NoKeyStore).unwrap();
    assert_eq!(fs::read_dir(&holders).unwrap().count(), 1, "it is the same person");
    assert_eq!(phone.app().unwrap().inspections().unwrap().len(), 1);
    drop(phone);
    // It is moved and was not encrypted yet.
    fs::write(folder.join("rounds.sqlite"), EARLIER).unwrap();
    let phone = open(dir.path(), NoKeyStore).unwrap();
    assert_eq!(phone.app().unwrap().inspections().unwrap().len(), 1);
    assert!(!says(dir.path(), "纸箱堆放"));
}

#[test]
fn a_second_window_on_one_directory_says_so() {
    let dir = earlier();
    let first = open(dir.path(), NoKeyStore).unwrap();
    assert_eq!(open(dir.path(), NoKeyStore).err(), Some(Failure::StorageInUse));
    // Whoever has the screens makes no difference.
    first.set_pin(None, PIN).unwrap();
    first.lock();
    first.state().unwrap();
    assert_eq!(open(dir.path(), NoKeyStore).err(), Some(Failure::StorageInUse));
    drop(first);
    assert!(open(dir.path(), NoKeyStore).is_ok());
}

#[test]
fn a_locked_phone_shows_nothing_until_the_pin_opens_it() {
    let dir = earlier();
    let phone = open(dir.path(), NoKeyStore).unwrap();
    phone.set_pin(None, PIN).unwrap();
    assert_eq!(phone.set_pin(None, "246802").err(), Some(Failure::PinWrong), "changing it asks for it");
    phone.lock();
    assert_eq!(phone.app().err(), Some(Failure::Locked));
    let state = phone.state().unwrap();
    assert_eq!((state.phase, &state.user, state.guard), (Phase::Locked, &None, None));
    let holder = &state.holders[0];
    assert!(
        holder.delivers && holder.has_pin && holder.changes_waiting == 4,
        "his work goes on being delivered"
    );
    assert_eq!(phone.unlock(&holder.id, Some("246801")).err(), Some(Failure::PinWrong));
    assert_eq!(phone.unlock("../safe", Some(PIN)).err(), Some(Failure::NotFound));
    assert_eq!(phone.unlock(&holder.id, Some(PIN)).unwrap().phase, Phase::Ready);
    assert!(phone.app().is_ok());
    drop(phone);
    // After a start the key is nowhere but behind the PIN: his work waits, and the lock screen says how much.
    let phone = open(dir.path(), NoKeyStore).unwrap();
    let state = phone.state().unwrap();
    assert_eq!(state.phase, Phase::Locked);
    assert!(!state.holders[0].delivers && state.holders[0].changes_waiting == 4);
    assert_eq!(phone.unlock(&state.holders[0].id, Some(PIN)).unwrap().phase, Phase::Ready);
}

#[test]
fn whoever_looked_away_comes_back_without_his_pin_until_he_was_away_too_long() {
    let dir = earlier();
    let clock = Arc::new(std::sync::atomic::AtomicI64::new(surroundings(1).now()));
    let read = Arc::clone(&clock);
    let around = Box::new(move || {
        let read = Arc::clone(&read);
        Surroundings { now_ms: Box::new(move || read.load(Ordering::Relaxed)), ..surroundings(1) }
    });
    let phone = Phone::open(dir.path(), Box::new(NoKeyStore), around, Arc::new(|_| {})).unwrap();
    let holder = phone.set_pin(None, PIN).unwrap().holders[0].id.clone();

    assert!(phone.lock().state().is_ok_and(|state| !state.holders[0].paused), "he locked it");
    assert!(matches!(phone.resume(&holder), Err(Failure::Locked)));

    phone.unlock(&holder, Some(PIN)).unwrap();
    let state = phone.pause().unwrap().state().unwrap();
    assert!(state.phase == Phase::Locked && state.holders[0].paused);
    assert!(matches!(phone.app(), Err(Failure::Locked)));
    assert!(matches!(phone.resume("0b"), Err(Failure::Locked)), "somebody else");
    assert_eq!(phone.resume(&holder).unwrap().phase, Phase::Ready);
    assert!(matches!(phone.resume(&holder), Err(Failure::Locked)), "he is back");

    phone.pause().unwrap();
    clock.fetch_add(4 * 60 * 60 * 1000 + 1, Ordering::Relaxed);
    assert!(!phone.state().unwrap().holders[0].paused);
    assert!(matches!(phone.resume(&holder), Err(Failure::Locked)));
    assert_eq!(phone.unlock(&holder, Some(PIN)).unwrap().phase, Phase::Ready);
}

#[test]
fn where_the_system_keeps_the_key_work_is_delivered_after_a_start_without_the_pin() {
    let (dir, keys) = (earlier(), Keys::default());
    let phone = open(dir.path(), keys.clone()).unwrap();
    let state = phone.set_pin(None, PIN).unwrap();
    assert_eq!((state.guard, state.has_pin), (Some(GuardView::KeyStore), true));
    drop(phone);
    let phone = open(dir.path(), keys.clone()).unwrap();
    let state = phone.state().unwrap();
    assert_eq!(state.phase, Phase::Locked);
    assert!(state.holders[0].delivers, "the screens are locked, and his work goes on");
    assert_eq!(phone.app().err(), Some(Failure::Locked));
    drop(phone);
    // A key store that has forgotten it loses no data, and makes no new database in its place.
    keys.0.lock().unwrap().clear();
    let phone = open(dir.path(), keys).unwrap();
    let holder = phone.state().unwrap().holders.remove(0);
    assert_eq!(phone.unlock(&holder.id, Some(PIN)).err(), Some(Failure::KeyLost));
}

#[test]
fn the_lock_screen_promises_no_delivery_that_only_he_himself_can_bring_about() {
    let dir = earlier();
    let phone = open(dir.path(), NoKeyStore).unwrap();
    phone.set_pin(None, PIN).unwrap();
    let app = phone.app().unwrap();
    let state = phone.lock().state().unwrap();
    assert!(state.holders[0].delivers && !state.holders[0].signs_in);
    app.device().identity.as_mut().unwrap().token = None;
    let state = phone.state().unwrap();
    assert!(!state.holders[0].delivers && state.holders[0].signs_in, "his session has expired");
    assert_eq!(state.holders[0].changes_waiting, 4);
}

#[test]
fn a_folder_that_says_not_whose_it_is_is_never_removed_with_somebodys_work() {
    for (pin, is_his) in [(None, true), (Some(PIN), false)] {
        let dir = earlier();
        let phone = open(dir.path(), NoKeyStore).unwrap();
        if let Some(pin) = pin {
            phone.set_pin(None, pin).unwrap();
        }
        drop(phone);
        let folder = fs::read_dir(dir.path().join(HOLDERS)).unwrap().next().unwrap().unwrap().path();
        let safe = folder.join("safe.json");
        let mut kept: serde_json::Value = serde_json::from_slice(&fs::read(&safe).unwrap()).unwrap();
        kept["holder"] = serde_json::Value::Null;
        fs::write(&safe, kept.to_string()).unwrap();
        let phone = open(dir.path(), NoKeyStore).unwrap();
        assert!(folder.join("rounds.sqlite").exists(), "his work is in it");
        let holders = phone.state().unwrap().holders;
        assert_eq!(holders.iter().any(|holder| holder.changes_waiting == 4), is_his);
    }
}

#[test]
fn what_a_sign_in_left_that_was_cut_off_before_anybody_was_in_it_is_cleared_away() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(HOLDERS).join("0badc0de");
    fs::create_dir_all(&folder).unwrap();
    let key = DataKey::new([7; 32]);
    Safe::make(&folder, &key, None, &NoKeyStore, &surroundings(1)).unwrap();
    drop(App::open(&folder, &key, surroundings(2), Box::new(|_| {})).unwrap());
    assert_eq!(open(dir.path(), NoKeyStore).unwrap().state().unwrap().phase, Phase::Unenrolled);
    assert!(!folder.exists());
}

#[test]
fn whoevers_work_the_server_refuses_is_not_closed_and_the_lock_screen_says_so() {
    let dir = earlier();
    let phone = open(dir.path(), NoKeyStore).unwrap();
    phone.set_pin(None, PIN).unwrap();
    {
        let app = phone.app().unwrap();
        app.device().pack(1).unwrap();
        app.device().store.write(|transaction| store::outbox::refuse_waiting(transaction)).unwrap();
        let inspection = app.inspections().unwrap().remove(0).id;
        app.answer(&inspection, "FIX-01", Some("fail")).unwrap();
    }
    let holder = phone.lock().state().unwrap().holders.remove(0);
    assert_eq!((holder.changes_waiting, holder.refused), (1, 4));
    assert!(holder.delivers, "a server of another version is to be asked again");
    drop(phone);
    let holder = open(dir.path(), NoKeyStore).unwrap().state().unwrap().holders.remove(0);
    assert_eq!(holder.refused, 4, "it is said without the key");
}

#[test]
fn the_network_is_the_phones_and_whoever_is_opened_later_has_it_too() {
    let dir = earlier();
    let waits = |phone: &Phone| phone.app().unwrap().sync_status().unwrap().photos_wait;
    let phone = open(dir.path(), NoKeyStore).unwrap();
    let holder = phone.set_pin(None, PIN).unwrap().holders.remove(0).id;
    assert!(phone.photos_policy(true, true).unwrap().is_some_and(|status| status.photos_wait));
    // His photos wait and go like those of whoever has the screens.
    phone.lock();
    assert_eq!(phone.photos_policy(true, false), Ok(None), "the screens are told nothing of his");
    phone.unlock(&holder, Some(PIN)).unwrap();
    assert!(!waits(&phone));
    drop(phone);
    // The page says it once, while the phone is still locked.
    let phone = open(dir.path(), NoKeyStore).unwrap();
    phone.photos_policy(true, false).unwrap();
    phone.unlock(&holder, Some(PIN)).unwrap();
    assert!(!waits(&phone), "with a PIN photos leave after a start");
}

#[test]
fn whether_photos_wait_for_wifi_is_known_after_a_start_before_any_page_says_it() {
    let dir = earlier();
    let phone = open(dir.path(), NoKeyStore).unwrap();
    let holder = phone.set_pin(None, PIN).unwrap().holders.remove(0).id;
    drop(phone);
    // Somebody else sets it while his data is closed.
    let phone = open(dir.path(), NoKeyStore).unwrap();
    phone.photos_policy(true, true).unwrap();
    drop(phone);
    let phone = open(dir.path(), NoKeyStore).unwrap();
    phone.unlock(&holder, Some(PIN)).unwrap();
    assert!(phone.app().unwrap().sync_status().unwrap().photos_wait);
}
