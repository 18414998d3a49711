//! What is said of work that does not arrive, and what goes on beside it.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64},
    },
};

use rounds_shared::{
    assignment::InspectionKind,
    ids::PhotoHash,
    protocol::{EXPORT_PHOTOS_MISSING, PROTOCOL_VERSION},
    registry::Event as Registered,
    template::Text,
};

use super::*;
use crate::{
    photos::PhotoSize,
    space::Disk,
    surroundings::Surroundings,
    testing::{ANNA, AREA, NOW, Near, assignment, picture, surroundings, taken},
};

const MIB: u64 = 1024 * 1024;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// An inspector whose server is within reach, and a clock that stands until it is moved.
struct Reaching {
    near: Near,
    app: App,
    inspection: String,
    clock: Arc<AtomicI64>,
    /// Free bytes of the disk.
    free: Arc<AtomicU64>,
    dir: tempfile::TempDir,
}

impl Reaching {
    fn begun() -> Self {
        let (near, dir) = (Near::founded(), tempfile::tempdir().unwrap());
        let clock = Arc::new(AtomicI64::new(NOW));
        let read = Arc::clone(&clock);
        let now_ms = Box::new(move || read.load(Ordering::Relaxed));
        let free = Arc::new(AtomicU64::new(4_000 * MIB));
        let left = Arc::clone(&free);
        let room = move |_: &Path| Some(Disk { free: left.load(Ordering::Relaxed), total: 64_000 * MIB });
        let around = Surroundings { now_ms, disk: Box::new(room), ..surroundings(1) };
        let app = near.app(&ANNA, dir.path(), around);
        app.deliver().unwrap();
        let inspection = app.open_assignment(&assignment().id.to_string()).unwrap();
        Self { near, app, inspection, clock, free, dir }
    }

    /// A visit that is over as far as this phone is concerned, with a photo that the server has.
    fn over(&self, shade: u8) -> PhotoHash {
        let unplanned = super::super::UnplannedInput {
            area: AREA.into(),
            site: None,
            template: "fixture".into(),
            kind: InspectionKind::Special,
        };
        let inspection = self.app.open_unplanned(&unplanned).unwrap();
        let hash = self.photo_of(&inspection, shade);
        self.app.submit(&inspection).unwrap();
        self.app.deliver().unwrap();
        hash
    }

    /// The server's backups reach so far.
    fn backed_up(&self, reach: u64) {
        backed_up(&self.app, reach);
    }

    fn has(&self, hash: PhotoHash) -> bool {
        self.app.photo(&hash.to_string(), PhotoSize::Full).is_ok()
    }

    fn photo(&self, shade: u8) -> PhotoHash {
        self.photo_of(&self.inspection, shade)
    }

    fn photo_of(&self, inspection: &str, shade: u8) -> PhotoHash {
        self.app.photo_add(&taken(inspection), &picture(shade)).unwrap().hash.parse().unwrap()
    }

    fn status(&self) -> SyncStatus {
        self.app.sync_status().unwrap()
    }

    /// The file of a photo is no longer what was written.
    fn damage(&self, hash: PhotoHash) {
        std::fs::write(self.dir.path().join(format!("photos/{hash}.sealed")), b"nothing").unwrap();
    }
}

fn backed_up(app: &App, backed_up: u64) {
    let mut device = app.device();
    let progress = store::progress::load(device.store.read()).unwrap();
    let progress = store::progress::Progress { backed_up, photos_backed_up: backed_up, ..progress };
    device.store.write(|transaction| store::progress::save(transaction, &progress)).unwrap();
}

#[test]
fn what_the_server_will_not_take_is_never_counted_as_delivered() {
    let it = Reaching::begun();
    let name = Text { zh: String::new(), en: String::new() };
    let other = Registered::CityFounded { city: "5303".parse().unwrap(), name };
    it.near.reached().city.registry.apply(900, NOW, &other);
    it.app.answer(&it.inspection, "FIX-01", Some("pass")).unwrap();
    it.app.deliver().unwrap();
    let status = it.status();
    assert_eq!((status.changes_pending, status.refused, status.dismissed), (0, 1, 0));
}

#[test]
fn a_photo_the_server_will_not_have_keeps_nothing_else_back_and_is_offered_again_after_a_day() {
    let it = Reaching::begun();
    let (bad, good) = (it.photo(10), it.photo(200));
    it.near.reached().says.insert(bad, "photo_not_picture");
    assert_eq!(it.app.deliver(), Ok(()), "the delivery itself went well");
    let status = it.status();
    assert_eq!((status.photos_pending, status.photos_refused, status.failure), (0, 1, None));
    let reached = |hash| it.near.reached().photos.contains_key(&hash);
    assert!(reached(good) && !reached(bad));
    let offered = || it.near.reached().offered.iter().filter(|hash| **hash == bad).count();
    it.clock.fetch_add(23 * HOUR_MS, Ordering::Relaxed);
    it.app.deliver().unwrap();
    assert_eq!(offered(), 1, "it would be sent in full for nothing");
    it.clock.fetch_add(2 * HOUR_MS, Ordering::Relaxed);
    it.near.reached().says.clear();
    it.app.deliver().unwrap();
    assert!(offered() == 2 && reached(bad));
    assert_eq!(it.status().photos_refused, 0);
}

#[test]
fn a_server_in_trouble_with_one_photo_gets_the_others() {
    let it = Reaching::begun();
    let (bad, good) = (it.photo(10), it.photo(200));
    it.near.reached().says.insert(bad, "internal");
    assert_eq!(it.app.deliver(), Ok(()));
    assert!(it.near.reached().photos.contains_key(&good));
    // A server that wants to be left alone is.
    let (next, more) = (it.photo(60), it.photo(90));
    it.near.reached().says.extend([(next, "come_back"), (more, "come_back")]);
    it.near.reached().offered.clear();
    assert!(it.app.deliver().is_err());
    assert_eq!(it.near.reached().offered.len(), 1);
    assert_eq!(it.status().photos_pending, 3, "none of them was refused");
}

#[test]
fn a_photo_whose_file_is_damaged_is_said_to_be_lost_and_neither_waits_nor_keeps_the_export_back() {
    let it = Reaching::begun();
    let (bad, good) = (it.photo(10), it.photo(200));
    it.damage(bad);
    let folder = tempfile::tempdir().unwrap();
    let file = it.app.export(folder.path()).unwrap();
    assert_eq!((file.photos, file.photos_missing), (1, 1));
    let mut archive = tar::Archive::new(std::fs::File::open(&file.path).unwrap());
    let named = |entry: &tar::Entry<'_, _>| entry.path().unwrap() == Path::new(EXPORT_PHOTOS_MISSING);
    let missing = archive.entries().unwrap().map(Result::unwrap).find(named).unwrap();
    let missing = std::io::read_to_string(missing).unwrap();
    assert_eq!(missing, format!("{bad} {}\n", it.inspection), "whoever opens it can read which");
    it.app.deliver().unwrap();
    let status = it.status();
    assert_eq!((status.photos_pending, status.photos_pending_bytes, status.photos_lost), (0, 0, 1));
    assert!(it.near.reached().photos.contains_key(&good));
    let view = it.app.inspection(&it.inspection).unwrap();
    let item = view.domains[0].items.iter().find(|item| item.code == "FIX-02").unwrap();
    let of = |hash: PhotoHash| item.photos.iter().find(|photo| photo.hash == hash.to_string()).unwrap();
    assert!(of(bad).lost && !of(bad).on_device && !of(good).lost && of(good).on_device);
    // Taken once more, it is there.
    assert_eq!(it.photo(10), bad);
    it.app.deliver().unwrap();
    assert!(it.near.reached().photos.contains_key(&bad));
    assert_eq!(it.status().photos_lost, 0);
    assert!(it.app.photo(&bad.to_string(), PhotoSize::Full).is_ok());
}

#[test]
fn an_app_of_a_later_version_than_the_server_speaks_as_the_server_does() {
    let it = Reaching::begun();
    it.app.device().protocol = PROTOCOL_VERSION + 1;
    it.app.answer(&it.inspection, "FIX-01", Some("pass")).unwrap();
    assert_eq!(it.app.deliver(), Ok(()));
    assert_eq!(it.status().changes_pending, 0);
    // A server that speaks more than this app is spoken to as this app can.
    it.near.reached().protocol = PROTOCOL_VERSION + 1;
    it.app.answer(&it.inspection, "FIX-02", Some("pass")).unwrap();
    assert_eq!(it.app.deliver(), Ok(()));
    assert_eq!((it.status().changes_pending, it.app.device().protocol), (0, PROTOCOL_VERSION));
}

#[test]
fn a_month_after_its_delivery_a_photo_leaves_the_phone_and_its_small_picture_stays() {
    let it = Reaching::begun();
    let (over, open) = (it.over(10), it.photo(200));
    it.app.deliver().unwrap();
    it.backed_up(1000);
    it.clock.fetch_add(29 * 24 * HOUR_MS, Ordering::Relaxed);
    it.app.make_room().unwrap();
    assert!(it.has(over), "not before");
    it.clock.fetch_add(2 * 24 * HOUR_MS, Ordering::Relaxed);
    it.backed_up(0);
    it.app.make_room().unwrap();
    assert!(it.has(over), "a restored server would ask for it");
    it.backed_up(1000);
    it.app.make_room().unwrap();
    assert!(!it.has(over) && it.has(open), "what is still worked on stays");
    assert!(it.app.photo(&over.to_string(), PhotoSize::Thumb).is_ok());
    assert_eq!(it.status().photos_lost, 0);
}

#[test]
fn a_photo_leaves_the_phone_only_when_a_backup_was_made_after_the_server_had_it() {
    let it = Reaching::begun();
    let reach = |reach: u64| it.near.reached().city.photos_backed_up = Some(reach);
    it.free.store(100 * MIB, Ordering::Relaxed);
    let a_day_later = || {
        it.clock.fetch_add(25 * HOUR_MS, Ordering::Relaxed);
        it.app.deliver().unwrap();
    };
    reach(1000);
    let over = it.over(10);
    // Made while it was on its way, for all the phone knows.
    reach(1100);
    it.app.deliver().unwrap();
    a_day_later();
    assert!(it.has(over), "that backup may lack it");
    reach(1200);
    it.photo(200);
    it.near.reached().says.insert(it.photo(60), "internal");
    it.app.deliver().unwrap();
    assert!(it.has(over), "a server that lacks one photo may lack others");
    it.near.reached().says.clear();
    a_day_later();
    assert!(!it.has(over));
}

#[test]
fn of_a_restored_server_it_is_found_out_anew_which_photos_it_has() {
    let it = Reaching::begun();
    it.over(10);
    it.app.deliver().unwrap();
    let is_known = || !store::room::is_to_begin(it.app.device().store.read()).unwrap();
    assert!(is_known());
    it.near.reached().city.epoch = rounds_shared::ids::Epoch::new([2; 16]);
    it.app.deliver().unwrap_err();
    assert!(!is_known());
}

#[test]
fn whoever_asks_for_a_delivery_has_what_rests_offered_at_once() {
    let it = Reaching::begun();
    let photos = [it.photo(10), it.photo(60), it.photo(90), it.photo(200)];
    it.near.reached().says.extend(photos.map(|photo| (photo, "internal")));
    assert!(it.app.deliver().is_err(), "with two in a row it is not the photos");
    assert_eq!(it.near.reached().offered.len(), 2);
    it.near.reached().says.clear();
    it.app.sync_now().unwrap();
    assert_eq!(it.near.reached().photos.len(), photos.len());
}

#[test]
fn a_disk_that_gets_full_lets_photos_go_earlier_and_only_those_that_are_delivered() {
    let it = Reaching::begun();
    let (over, open) = (it.over(10), it.photo(200));
    it.near.reached().says.insert(open, "photo_not_picture");
    it.app.deliver().unwrap();
    it.backed_up(1000);
    it.clock.fetch_add(25 * HOUR_MS, Ordering::Relaxed);
    it.app.make_room().unwrap();
    assert!(it.has(over), "there is room enough");
    it.free.store(100 * MIB, Ordering::Relaxed);
    it.app.make_room().unwrap();
    assert!(!it.has(over) && it.has(open));
}

#[test]
fn a_revoked_phone_is_erased_though_a_photo_on_it_is_lost_and_not_while_one_is_only_refused() {
    let it = Reaching::begun();
    let (lost, refused) = (it.photo(10), it.photo(200));
    it.damage(lost);
    it.near.reached().says.insert(refused, "photo_not_picture");
    it.app.deliver().unwrap();
    let Reaching { near, app, dir, .. } = it;
    drop(app);
    let app = near.app(&ANNA, dir.path(), surroundings(9));
    backed_up(&app, 1000);
    assert_eq!(app.erase(), Ok(()), "the refused one is nowhere else");
    assert!(app.photo(&refused.to_string(), PhotoSize::Full).is_ok());
    near.reached().says.clear();
    app.device().store.write(|transaction| store::photos::retry_refused(transaction)).unwrap();
    app.deliver().unwrap();
    backed_up(&app, 1000);
    assert_eq!(app.erase(), Err(Failure::DeviceErased));
}
