//! The way out of a phone that can no longer connect: a file that anybody carries to the server.

use std::path::Path;

use rounds_server::{
    app::{App as Server, LOG_FILE},
    config::Config,
    import::{self, ImportError, Imported},
};

use super::{
    photos::{input, picture},
    town::Town,
};

/// What `rounds-server import` does, in a town whose server is stopped.
fn import(town: &Town, file: &Path) -> Result<Imported, ImportError> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server = Server::open(Config::new(town.folder())).await.unwrap();
        import::import(&server, file).await
    })
}

#[test]
fn what_a_phone_cannot_deliver_arrives_by_its_file_once() {
    let mut town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    town.stop();
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    phone.answer(&inspection, "SAN-05", "fail");
    let photo = phone.app.photo_add(&input(&inspection), &picture(800, 600)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = phone.app.export(folder.path()).unwrap();
    assert_eq!((file.envelopes, file.photos), (1, 1));
    assert_eq!(phone.view(&inspection).delivery.photos_delivered, 0, "a file is no receipt");
    let arrived = Imported { merged: 1, photos: 1, ..Imported::default() };
    assert_eq!(import(&town, Path::new(&file.path)).unwrap(), arrived);
    let again = Imported { merged: 1, photos_known: 1, ..Imported::default() };
    assert_eq!(import(&town, Path::new(&file.path)).unwrap(), again, "twice is harmless");

    town.start();
    let mut desk = town.desk("supervisor");
    let item = desk.item(&inspection, "SAN-05");
    assert_eq!(item["answer"]["value"], "fail");
    assert_eq!(item["photos"].as_array().unwrap().len(), 1);
    assert_eq!(item["photos"][0]["delivered"], true);
    assert_eq!(
        blake3::hash(&desk.bytes(&format!("/v1/photos/{}", photo.hash)).unwrap()).to_hex().as_str(),
        photo.hash
    );
    // The phone finds its connection after all, and is told that everything is there.
    let entries = |town: &Town| {
        let log = rusqlite::Connection::open(town.folder().join(LOG_FILE)).unwrap();
        log.query_row("SELECT count(*) FROM log WHERE envelope IS NOT NULL", [], |row| row.get::<_, u64>(0))
            .unwrap()
    };
    let before = entries(&town);
    assert_eq!(phone.sync(), None);
    assert_eq!(entries(&town), before, "nothing arrives twice");
    let delivery = phone.view(&inspection).delivery;
    assert_eq!((delivery.changes_pending, delivery.photos_delivered), (0, 1));
}

#[test]
fn a_file_that_is_damaged_or_no_export_brings_nothing_wrong_in() {
    let mut town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let phone = town.phone("inspector1");
    let inspection = phone.app.open_assignment(&assignment).unwrap();
    town.stop();
    phone.answer(&inspection, "SAN-05", "fail");
    phone.app.photo_add(&input(&inspection), &picture(800, 600)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = phone.app.export(folder.path()).unwrap();
    let path = Path::new(&file.path);
    let whole = std::fs::read(path).unwrap();

    // A byte in the middle of each file of the archive: the envelope is nobody's then, the photo another one.
    let mut archive = tar::Archive::new(whole.as_slice());
    let places: Vec<u64> = archive
        .entries()
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| !entry.path().unwrap().starts_with("about.json"))
        .map(|entry| entry.raw_file_position() + entry.size() / 2)
        .collect();
    let mut damaged = whole.clone();
    places.iter().for_each(|place| damaged[usize::try_from(*place).unwrap()] ^= 1);
    std::fs::write(path, damaged).unwrap();
    let nothing = Imported { refused: 1, photos_refused: 1, ..Imported::default() };
    assert_eq!(import(&town, path).unwrap(), nothing);

    std::fs::write(path, b"not an archive at all").unwrap();
    assert!(matches!(import(&town, path), Err(ImportError::NoExport)));
    std::fs::write(path, &whole).unwrap();
    assert_eq!(import(&town, path).unwrap().merged, 1, "the whole file still counts");
}
