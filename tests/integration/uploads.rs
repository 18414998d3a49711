//! Photos arrive by tus as others speak it, too: from the public JavaScript client, as it is published, over a wire that
//! is cut.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use data_encoding::BASE64;
use rounds_shared::ids::PhotoHash;
use serde_json::{Value, json};

use super::{
    photos::picture,
    strangers::Rogue,
    town::{Town, agent},
    wire::{Fault, Wire},
};

const WEEK_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// More than any test lets fail.
const TRIES: u32 = 50;

/// The public client, with a photo to bring.
struct Sender {
    device: Rogue,
    photo: Vec<u8>,
    folder: tempfile::TempDir,
}

impl Sender {
    fn with(town: &Town, login: &str, seed: u8, photo: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("photo.jpg"), &photo).unwrap();
        Self { device: Rogue::enrol(town, login, seed), photo, folder }
    }

    fn hash(&self) -> PhotoHash {
        PhotoHash::of(&self.photo)
    }

    /// Lets it work, and says what came of it; it remembers its upload from one call to the next.
    fn run(&self, url: &str, tries: u32, options: &Value) -> Value {
        let asked = json!({
            "url": url, "token": self.device.token, "hash": self.hash().to_string(), "tries": tries,
            "photo": self.folder.path().join("photo.jpg"), "remembered": self.folder.path().join("uploads.json"),
            "options": options,
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration/tus.mjs");
        let ran = Command::new("node").arg(script).arg(asked.to_string()).output();
        let ran = ran.expect("node is installed, as for the web sides");
        let said = String::from_utf8_lossy(&ran.stdout);
        let problem = String::from_utf8_lossy(&ran.stderr);
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("run `npm ci` first? {said}{problem}"))
    }

    /// What of the photo the server has; `None` when there is no such upload.
    fn offset(&self, url: &str) -> Option<u64> {
        let request = agent().head(format!("{url}/v1/photos/{}", self.hash()));
        let answer = self.authorized(request).call().unwrap();
        answer.headers().get("upload-offset").map(|offset| offset.to_str().unwrap().parse().unwrap())
    }

    fn authorized<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        let token = format!("Bearer {}", self.device.token);
        request.header("authorization", token).header("tus-resumable", "1.0.0")
    }

    /// The photo stands on the server's disk as it was sent, and nothing else does.
    fn assert_arrived(&self, town: &Town) {
        let name = self.hash().to_string();
        let file = town.folder().join("photos").join(&name[..2]).join(&name);
        assert_eq!(std::fs::read(file).unwrap(), self.photo);
        assert_eq!(std::fs::read_dir(town.folder().join("uploads")).unwrap().count(), 0);
    }

    fn file(&self, town: &Town) -> PathBuf {
        town.folder().join("uploads").join(format!("{}-{}", self.device.device(), self.hash()))
    }
}

fn steps(said: &Value) -> Vec<(&str, u64)> {
    let answers = said["answers"].as_array().unwrap().iter();
    answers.map(|one| (one["method"].as_str().unwrap(), one["status"].as_u64().unwrap())).collect()
}

/// Numbers that look random and are the same for the same seed.
fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
    let mut reader = blake3::Hasher::new().update(&seed.to_be_bytes()).finalize_xof();
    move |below| {
        let mut bytes = [0; 8];
        reader.fill(&mut bytes);
        usize::try_from(u64::from_be_bytes(bytes) % below as u64).unwrap()
    }
}

#[test]
fn the_public_client_uploads_at_once_in_pieces_and_through_posts_alone() {
    let town = Town::new();
    let photo = |number: u8| picture(300 + u32::from(number), 300);
    let third = photo(2).len().div_ceil(3);
    let ways = [
        (json!({}), vec![("POST", 201), ("PATCH", 204)]),
        (json!({ "chunkSize": third }), vec![("POST", 201), ("PATCH", 204), ("PATCH", 204), ("PATCH", 204)]),
        (json!({ "overridePatchMethod": true }), vec![("POST", 201), ("POST", 204)]),
    ];
    for (number, (options, expected)) in (1..).zip(ways) {
        let sender = Sender::with(&town, "inspector1", number, photo(number));
        let said = sender.run(&town.url(), 0, &options);
        assert_eq!((&said["done"], steps(&said)), (&json!(true), expected), "{options}");
        sender.assert_arrived(&town);
    }
}

#[test]
fn an_upload_survives_every_kind_of_cut() {
    for seed in 0..6 {
        println!("seed {seed}");
        let town = Town::new();
        let wire = Wire::to(&town.url());
        let sender = Sender::with(&town, "inspector1", 1, picture(500, 400));
        let mut number = numbers(seed);
        let length = sender.photo.len();
        // Between the announcement and the first byte, in the bytes, and after the last of them.
        let mut faults = vec![
            Fault::Cut { method: "POST ", after: number(300) },
            Fault::AnswerLost { method: "POST " },
            Fault::Cut { method: "PATCH ", after: number(400) },
        ];
        for _ in 0..3 {
            faults.push(Fault::Cut { method: "PATCH ", after: number(length / 3) });
        }
        faults.push(Fault::AnswerLost { method: "PATCH " });
        wire.will(faults);
        let said = sender.run(&wire.url(), TRIES, &json!({}));
        assert_eq!(said["done"], true, "{said}");
        assert_eq!(wire.to_come(), [], "{said}");
        assert_eq!(sender.offset(&town.url()), Some(length as u64));
        sender.assert_arrived(&town);
    }
}

#[test]
fn what_arrived_before_a_cut_is_kept_to_the_byte_and_a_restarted_server_goes_on_from_there() {
    let mut town = Town::new();
    let sender = Sender::with(&town, "inspector1", 1, picture(500, 400));
    let mut number = numbers(7);
    // Announced, and never begun.
    let wire = Wire::to(&town.url());
    wire.will([Fault::Cut { method: "PATCH ", after: 1 }]);
    let said = sender.run(&wire.url(), 0, &json!({}));
    assert_eq!((&said["done"], steps(&said)), (&json!(false), vec![("POST", 201)]));
    let mut stands = 0;
    assert_eq!(sender.offset(&town.url()), Some(0));
    for _ in 0..4 {
        let part = 1 + number(sender.photo.len() / 5);
        let head = format!(
            "PATCH /v1/photos/{} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ntus-resumable: 1.0.0\r\n\
             upload-offset: {stands}\r\ncontent-type: application/offset+octet-stream\r\ncontent-length: {}\r\n\r\n",
            sender.hash(),
            sender.device.token,
            sender.photo.len() - stands,
        );
        let arriving = [head.as_bytes(), &sender.photo[stands..stands + part]].concat();
        let mut connection =
            std::net::TcpStream::connect(town.url().strip_prefix("http://").unwrap()).unwrap();
        std::io::Write::write_all(&mut connection, &arriving).unwrap();
        drop(connection);
        stands += part;
        // It takes a moment until the server has read what the wire still held.
        while sender.offset(&town.url()) != Some(stands as u64) {
            std::thread::yield_now();
        }
        town.stop();
        town.start();
        assert_eq!(sender.offset(&town.url()), Some(stands as u64));
    }
    let said = sender.run(&wire.url(), 0, &json!({}));
    assert_eq!(steps(&said), [("HEAD", 200), ("PATCH", 204)]);
    assert_eq!(said["answers"][0]["offset"], stands);
    sender.assert_arrived(&town);
}

#[test]
fn the_public_client_begins_anew_when_its_upload_has_expired() {
    let (town, clock) = Town::with_clock();
    let sender = Sender::with(&town, "inspector1", 1, picture(500, 400));
    let wire = Wire::to(&town.url());
    wire.will([Fault::Cut { method: "PATCH ", after: 40_000 }]);
    assert_eq!(sender.run(&wire.url(), 0, &json!({}))["done"], false);
    clock.advance(WEEK_MS + 1);
    let said = sender.run(&wire.url(), 0, &json!({}));
    assert_eq!(steps(&said), [("HEAD", 404), ("POST", 201), ("PATCH", 204)]);
    assert_eq!(said["answers"][1]["offset"], 0, "nothing of it is left");
    sender.assert_arrived(&town);
}

#[test]
fn the_same_photo_from_two_devices_at_once_is_one_photo() {
    let town = Town::new();
    // The city's own pictures lie there too.
    let before = photos_of(&town);
    let photo = picture(500, 400);
    let senders = [("inspector1", 1), ("inspector2", 2)];
    let senders = senders.map(|(login, seed)| Sender::with(&town, login, seed, photo.clone()));
    let url = town.url();
    std::thread::scope(|scope| {
        let options = json!({ "chunkSize": 20_000 });
        let running = senders.each_ref().map(|sender| {
            let (url, options) = (&url, options.clone());
            scope.spawn(move || sender.run(url, TRIES, &options))
        });
        for sender in running {
            let said = sender.join().unwrap();
            assert_eq!(said["done"], true, "{said}");
        }
    });
    for sender in &senders {
        assert_eq!(sender.offset(&url), Some(photo.len() as u64));
    }
    // Who comes later is told that it is complete, and brings nothing.
    let late = Sender::with(&town, "inspector3", 3, photo.clone());
    let said = late.run(&url, TRIES, &json!({}));
    assert_eq!((&said["done"], &said["answers"][0]["offset"]), (&json!(true), &json!(photo.len())));
    assert_eq!(steps(&said), [("POST", 201), ("PATCH", 409), ("HEAD", 200)]);
    assert_eq!(photos_of(&town), before + 1);
}

fn photos_of(town: &Town) -> usize {
    let folders = std::fs::read_dir(town.folder().join("photos")).unwrap();
    folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
}

/// Where Linux keeps a file that is always full.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_the_upload_goes_on_when_there_is_room_again() {
    let town = Town::new();
    let sender = Sender::with(&town, "inspector1", 1, picture(500, 400));
    std::os::unix::fs::symlink("/dev/full", sender.file(&town)).unwrap();
    let said = sender.run(&town.url(), 2, &json!({}));
    assert_eq!((&said["done"], &said["status"]), (&json!(false), &json!(507)), "{said}");
    std::fs::remove_file(sender.file(&town)).unwrap();
    let said = sender.run(&town.url(), 0, &json!({}));
    assert_eq!((&said["done"], steps(&said)), (&json!(true), vec![("HEAD", 200), ("PATCH", 204)]));
    sender.assert_arrived(&town);
}

#[test]
fn the_public_client_takes_its_upload_back() {
    let town = Town::new();
    let sender = Sender::with(&town, "inspector1", 1, picture(500, 400));
    let wire = Wire::to(&town.url());
    wire.will([Fault::Cut { method: "PATCH ", after: 40_000 }]);
    assert_eq!(sender.run(&wire.url(), 0, &json!({}))["done"], false);
    let said = sender.run(&wire.url(), 0, &json!({ "terminate": true }));
    assert_eq!((&said["done"], steps(&said)), (&json!(true), vec![("DELETE", 204)]));
    assert_eq!(sender.offset(&town.url()), None);
    assert_eq!(std::fs::read_dir(town.folder().join("uploads")).unwrap().count(), 0);
}

#[test]
fn a_wrong_checksum_costs_the_piece_and_nothing_else() {
    let town = Town::new();
    let sender = Sender::with(&town, "inspector1", 1, picture(500, 400));
    let hash = BASE64.encode(sender.hash().to_string().as_bytes());
    let announced = sender
        .authorized(agent().post(format!("{}/v1/photos", town.url())))
        .header("upload-length", sender.photo.len())
        .header("upload-metadata", format!("hash {hash}"))
        .send_empty();
    assert_eq!(announced.unwrap().status(), 201);
    let send = |from: usize, checksum: &str, piece: &[u8]| {
        let request = agent().patch(format!("{}/v1/photos/{}", town.url(), sender.hash()));
        let request = sender.authorized(request).header("content-type", "application/offset+octet-stream");
        let request = request.header("upload-offset", from).header("upload-checksum", checksum);
        request.send(piece).unwrap().status().as_u16()
    };
    let (first, second) = sender.photo.split_at(sender.photo.len() / 2);
    let [of_first, of_second] = [first, second].map(sha1);
    assert_eq!(send(0, &of_first, first), 204);
    assert_eq!(send(first.len(), &of_first, second), 460);
    assert_eq!(send(first.len(), "crc32 AAAA", second), 400);
    assert_eq!(sender.offset(&town.url()), Some(first.len() as u64));
    assert_eq!(send(first.len(), &of_second, second), 204);
    sender.assert_arrived(&town);
}

fn sha1(bytes: &[u8]) -> String {
    use sha1::Digest as _;
    format!("sha1 {}", BASE64.encode(&sha1::Sha1::digest(bytes)))
}
