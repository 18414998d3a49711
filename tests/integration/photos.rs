//! Photos travel by the hash of their bytes, after the data, and arrive whole or not at all.

use rounds_client_core::{
    PhotoInput, PhotoSize, Surroundings,
    view::{PhotoDetail, PhotoRoleView, PhotoSourceView},
};

use super::{
    town::{Phone, Town},
    wire::{Fault, Wire},
};

/// A JPEG with something in it.
pub fn picture(width: u32, height: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x % 251) as u8, (y % 241) as u8, ((x * y) % 239) as u8])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

pub fn input(inspection: &str) -> PhotoInput {
    PhotoInput {
        inspection: inspection.to_owned(),
        item: Some("SAN-05".into()),
        finding: None,
        copy_of: None,
        source: PhotoSourceView::Camera,
        role: PhotoRoleView::Evidence,
        point: None,
        detail: PhotoDetail::default(),
    }
}

#[test]
fn a_photo_taken_offline_is_scaled_delivered_and_shown() {
    let mut town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    town.stop();
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    let photo = phone.app.photo_add(&input(&inspection), &picture(2400, 1800)).unwrap();
    assert!(!photo.delivered && photo.on_device);
    town.start();
    assert_eq!(phone.sync(), None);
    let item = phone.item(&inspection, "SAN-05");
    assert!(item.photos[0].delivered);
    let mut desk = town.desk("supervisor");
    let seen = &desk.item(&inspection, "SAN-05")["photos"][0];
    assert_eq!((seen["hash"].as_str(), seen["delivered"].as_bool()), (Some(photo.hash.as_str()), Some(true)));
    let bytes = desk.bytes(&format!("/v1/photos/{}", photo.hash)).unwrap();
    assert_eq!(blake3::hash(&bytes).to_hex().as_str(), photo.hash);
    let kept = image::load_from_memory(&bytes).unwrap();
    assert_eq!((kept.width(), kept.height()), (1600, 1200));
    let small = desk.bytes(&format!("/v1/photos/{}?size=thumb", photo.hash)).unwrap();
    assert!(image::load_from_memory(&small).unwrap().width() <= 320);
}

#[test]
fn photos_wait_for_wifi_while_data_does_not() {
    let town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    assert!(!phone.app.photos_policy(true, true).unwrap().photos_wait, "there is none to wait");
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.answer(&inspection, "SAN-05", "fail");
    phone.app.photo_add(&input(&inspection), &picture(800, 600)).unwrap();
    assert_eq!(phone.sync(), None);
    let status = phone.app.sync_status().unwrap();
    assert_eq!((status.changes_pending, status.photos_pending, status.photos_wait), (0, 1, true));
    // Opened again, it waits until somebody has looked at the network.
    let phone = phone.later(Surroundings::system(), |_| {});
    assert_eq!(phone.sync(), None);
    assert_eq!(phone.app.sync_status().unwrap().photos_pending, 1);
    assert!(!phone.app.photos_policy(true, false).unwrap().photos_wait);
    assert_eq!(phone.sync(), None);
    assert_eq!(phone.app.sync_status().unwrap().photos_pending, 0);
}

#[test]
fn what_is_no_photo_or_too_large_is_refused_in_words_and_costs_nothing() {
    let town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.answer(&inspection, "SAN-05", "fail");
    let code = |bytes: &[u8]| phone.app.photo_add(&input(&inspection), bytes).unwrap_err().code().to_owned();
    assert_eq!(code(b"not a picture at all"), "photo_not_picture");
    assert_eq!(code(&vec![0xff; 25 << 20 | 1]), "photo_too_large");
    assert_eq!(phone.item(&inspection, "SAN-05").answer.mine.as_deref(), Some("fail"));
    assert_eq!(phone.view(&inspection).delivery.photos_total, 0);
}

#[test]
fn the_pictures_of_a_checklist_come_to_every_phone_and_are_seen_without_a_signal() {
    let mut town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let (phone, other) = (town.phone("inspector1"), town.phone("inspector3"));
    town.stop();
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    let picture = phone.item(&inspection, "SAN-05").reference.unwrap();
    assert_eq!(phone.item(&inspection, "SAN-03").reference, None, "most items show none");
    for phone in [&phone, &other] {
        let bytes = phone.app.photo(&picture, PhotoSize::Full).unwrap();
        assert_eq!(blake3::hash(&bytes).to_hex().as_str(), picture);
    }
    town.start();
    let unknown = "ab".repeat(32);
    assert!(town.desk("observer").bytes(&format!("/v1/photos/{picture}")).is_ok());
    assert!(town.desk("observer").bytes(&format!("/v1/photos/{unknown}")).is_err());
}

/// A phone that reaches its server over a wire, and a photo that is to be delivered.
fn with_photo(town: &Town) -> (Wire, Phone, String) {
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let (wire, phone) = (Wire::to(&town.url()), Phone::new());
    phone.enrol(&wire.url(), "inspector1", rounds_server::demo::PASSWORD).unwrap();
    assert_eq!(phone.sync(), None);
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.app.photo_add(&input(&inspection), &picture(1600, 1200)).unwrap();
    (wire, phone, inspection)
}

#[test]
fn a_photo_goes_on_after_every_cut_where_it_was() {
    for fault in [
        Fault::Cut { method: "POST /v1/photos", after: 100 },
        Fault::AnswerLost { method: "POST /v1/photos" },
        Fault::Cut { method: "PATCH ", after: 100 },
        Fault::Cut { method: "PATCH ", after: 100_000 },
        Fault::AnswerLost { method: "PATCH " },
    ] {
        let town = Town::new();
        let (wire, phone, inspection) = with_photo(&town);
        wire.will([fault]);
        assert_eq!(phone.sync().as_deref(), Some("unreachable"), "{fault:?}");
        assert!(!phone.item(&inspection, "SAN-05").photos[0].delivered);
        assert_eq!(phone.sync(), None, "{fault:?}");
        assert!(phone.item(&inspection, "SAN-05").photos[0].delivered);
        assert_eq!(wire.to_come(), []);
    }
}

#[test]
fn a_piece_that_was_damaged_on_the_way_is_sent_again() {
    let town = Town::new();
    let (wire, phone, inspection) = with_photo(&town);
    wire.will([5_000, 50_000].map(|at| Fault::Damaged { method: "PATCH ", at }));
    assert_eq!(phone.sync(), None);
    assert_eq!(wire.to_come(), []);
    assert!(phone.item(&inspection, "SAN-05").photos[0].delivered);
}

#[test]
fn a_photo_whose_upload_the_server_has_forgotten_begins_anew() {
    let (town, clock) = Town::with_clock();
    let (wire, phone, inspection) = with_photo(&town);
    wire.will([Fault::Cut { method: "PATCH ", after: 100_000 }]);
    assert_eq!(phone.sync().as_deref(), Some("unreachable"));
    clock.advance(8 * 24 * 60 * 60 * 1000);
    assert_eq!(phone.sync(), None);
    assert!(phone.item(&inspection, "SAN-05").photos[0].delivered);
}
