use axum::body::Bytes;
use data_encoding::BASE64;
use futures::{SinkExt as _, StreamExt as _, channel::mpsc, stream};
use image::ImageFormat;
use rounds_shared::{ids::PhotoHash, protocol::limits::PHOTO_BYTES_MAX};

use super::{enrolment::Phone, *};
use crate::photos::tests::a_picture;

/// No file of any upload.
const NOTHING: [u64; 0] = [];

fn tus(method: Method, path: &str, token: &str) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path).header("tus-resumable", "1.0.0");
    request.header(header::AUTHORIZATION, format!("Bearer {token}"))
}

pub(super) async fn announce(city: &City, token: &str, hash: &[u8; 32], length: u64) -> Response {
    let hash = BASE64.encode(PhotoHash::new(*hash).to_string().as_bytes());
    let request = tus(Method::POST, "/v1/photos", token)
        .header("upload-length", length)
        .header("upload-metadata", format!("filename cGhvdG8=,hash {hash}"));
    city.send(request.body(Body::empty()).unwrap()).await
}

async fn begun(city: &City, token: &str, photo: &[u8]) -> String {
    let response = announce(city, token, PhotoHash::of(photo).as_bytes(), photo.len() as u64).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    response.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

async fn append(city: &City, token: &str, path: &str, offset: u64, body: Body) -> Response {
    let request = tus(Method::PATCH, path, token)
        .header(header::CONTENT_TYPE, "application/offset+octet-stream")
        .header("upload-offset", offset);
    city.send(request.body(body).unwrap()).await
}

async fn offset(city: &City, token: &str, path: &str) -> Option<u64> {
    let response = city.send(tus(Method::HEAD, path, token).body(Body::empty()).unwrap()).await;
    let offset = response.headers().get("upload-offset")?;
    Some(offset.to_str().unwrap().parse().unwrap())
}

async fn end(city: &City, token: &str, path: &str) -> Response {
    city.send(tus(Method::DELETE, path, token).body(Body::empty()).unwrap()).await
}

/// What of a picture has arrived, in the files of all uploads.
fn files(city: &City) -> Vec<u64> {
    let files = std::fs::read_dir(city.folder.path().join("uploads")).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len()).collect()
}

/// A piece with its checksum.
async fn append_proven(
    city: &City,
    token: &str,
    path: &str,
    (offset, checksum): (u64, &str),
    body: Body,
) -> Response {
    let request = tus(Method::PATCH, path, token)
        .header(header::CONTENT_TYPE, "application/offset+octet-stream")
        .header("upload-checksum", checksum)
        .header("upload-offset", offset);
    city.send(request.body(body).unwrap()).await
}

fn sha1(bytes: &[u8]) -> String {
    use sha1::Digest as _;
    format!("sha1 {}", BASE64.encode(&sha1::Sha1::digest(bytes)))
}

/// The beginning of a body whose connection is then cut.
fn cut_after(bytes: &[u8]) -> Body {
    let cut = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(stream::iter([Ok(Bytes::copy_from_slice(bytes)), Err(cut)]))
}

#[tokio::test]
async fn an_upload_goes_on_where_it_was_cut_even_after_a_restart() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    assert_eq!(offset(&city, &token, &path).await, Some(0));
    append(&city, &token, &path, 0, cut_after(&photo[..1000])).await;

    let city = city.restarted().await;
    assert_eq!(begun(&city, &token, &photo).await, path, "the same announcement finds the same upload");
    assert_eq!(offset(&city, &token, &path).await, Some(1000));
    assert!(!city.app.photos.has(PhotoHash::of(&photo)));
    let wrong = append(&city, &token, &path, 999, Body::from(photo[999..].to_vec())).await;
    assert_eq!(read(wrong).await.code(), "upload_offset");
    let response = append(&city, &token, &path, 1000, Body::from(photo[1000..].to_vec())).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.headers()["upload-offset"], photo.len().to_string());
    assert!(city.app.photos.has(PhotoHash::of(&photo)));

    let again = announce(&city, &token, PhotoHash::of(&photo).as_bytes(), photo.len() as u64).await;
    assert_eq!(again.headers()["upload-offset"], photo.len().to_string());
    let complete = again.headers()[header::LOCATION].to_str().unwrap();
    assert_eq!(offset(&city, &token, complete).await, Some(photo.len() as u64));
}

#[tokio::test]
async fn a_device_that_comes_back_takes_over_from_its_connection_that_hangs() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    let (mut sender, hanging) = mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    let first = append(&city, &token, &path, 0, Body::from_stream(hanging));
    let second = async {
        sender.send(Ok(Bytes::copy_from_slice(&photo[..500]))).await.unwrap();
        while offset(&city, &token, &path).await != Some(500) {
            tokio::task::yield_now().await;
        }
        append(&city, &token, &path, 500, Body::from(photo[500..].to_vec())).await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.headers()["upload-offset"], "500");
    assert_eq!(second.status(), StatusCode::NO_CONTENT);
    assert!(city.app.photos.has(PhotoHash::of(&photo)));
}

#[tokio::test]
async fn bytes_that_are_not_the_announced_picture_are_discarded() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let (photo, other) = (a_picture(ImageFormat::Png, 1), a_picture(ImageFormat::Png, 2));
    let length = photo.len() as u64;

    let response = announce(&city, &token, PhotoHash::of(&other).as_bytes(), length).await;
    let path = response.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let wrong = append(&city, &token, &path, 0, Body::from(photo.clone())).await;
    assert_eq!(read(wrong).await.code(), "photo_hash_mismatch");
    assert_eq!(offset(&city, &token, &path).await, None);

    let text = b"#!/bin/sh\necho no picture";
    let path = begun(&city, &token, text).await;
    let wrong = append(&city, &token, &path, 0, Body::from(text.to_vec())).await;
    assert_eq!(read(wrong).await.code(), "photo_not_picture");
    assert!(!city.app.photos.has(PhotoHash::of(text)));
    assert_eq!(files(&city), NOTHING);
}

#[tokio::test]
async fn too_much_is_refused_before_it_is_sent_and_when_it_comes() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let answer = read(announce(&city, &token, &[1; 32], PHOTO_BYTES_MAX + 1).await).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    let mut longer = photo.clone();
    longer.push(0);
    let answer = read(append(&city, &token, &path, 0, Body::from(longer)).await).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(!city.app.photos.has(PhotoHash::of(&photo)));
}

#[tokio::test]
async fn an_upload_is_its_devices_own() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let other = Phone::new(2).enrol(&city, "supervisor").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    append(&city, &token, &path, 0, Body::from(photo[..500].to_vec())).await;
    assert_eq!(offset(&city, &other, &path).await, None);
    let intrusion = append(&city, &other, &path, 500, Body::from("x")).await;
    assert_eq!(intrusion.status(), StatusCode::NOT_FOUND);
    assert_eq!(end(&city, &other, &path).await.status(), StatusCode::NOT_FOUND);
    // It may bring the same photo: then it has an upload of its own.
    assert_eq!(begun(&city, &other, &photo).await, path);
    assert_eq!(offset(&city, &other, &path).await, Some(0));
    assert_eq!(offset(&city, &token, &path).await, Some(500));
    let nobody = Request::post("/v1/photos").header("tus-resumable", "1.0.0").body(Body::empty()).unwrap();
    assert_eq!(read(city.send(nobody).await).await.code(), "device_unknown");
}

#[tokio::test]
async fn the_same_photo_from_two_devices_is_one_and_complete_for_both() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let other = Phone::new(2).enrol(&city, "supervisor").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let length = photo.len() as u64;
    let path = begun(&city, &token, &photo).await;
    begun(&city, &other, &photo).await;
    append(&city, &token, &path, 0, Body::from(photo[..500].to_vec())).await;
    let (one, two) = tokio::join!(
        append(&city, &token, &path, 500, Body::from(photo[500..].to_vec())),
        append(&city, &other, &path, 0, Body::from(photo.clone())),
    );
    for answer in [one, two] {
        assert!(matches!(answer.status(), StatusCode::NO_CONTENT | StatusCode::CONFLICT), "{answer:?}");
    }
    for token in [&token, &other] {
        assert_eq!(offset(&city, token, &path).await, Some(length));
    }
    // Who began and never went on is told so, too.
    let late = append(&city, &other, &path, 0, Body::from(photo.clone())).await;
    assert_eq!(read(late).await.code(), "upload_offset");
    assert!(city.app.photos.has(PhotoHash::of(&photo)));
}

#[tokio::test]
async fn a_photo_that_no_document_names_is_shown_to_nobody() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    append(&city, &token, &path, 0, Body::from(photo.clone())).await;
    let cookie = city.signed_in("supervisor").await;
    let answer = city.get(&format!("/v1/photos/{}", PhotoHash::of(&photo)), &cookie).await;
    assert_eq!(answer.code(), "not_found");
}

#[tokio::test]
async fn a_photo_that_arrives_is_a_poke() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    let request = Request::get("/v1/live").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let live = city.send(request.body(Body::empty()).unwrap()).await;
    append(&city, &token, &path, 0, Body::from(photo)).await;
    let event = live.into_body().into_data_stream().next().await.unwrap().unwrap();
    assert!(event.starts_with(b"event: poke"), "{event:?}");
}

#[tokio::test]
async fn an_upload_says_when_it_expires_and_then_it_and_its_bytes_are_gone() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let answer = announce(&city, &token, PhotoHash::of(&photo).as_bytes(), photo.len() as u64).await;
    let path = answer.headers()[header::LOCATION].to_str().unwrap();
    // A week after NOW.
    let expires = "Wed, 25 Nov 2026 11:06:40 GMT";
    assert_eq!(answer.headers()["upload-expires"], expires);
    let answer = append(&city, &token, path, 0, Body::from(photo[..1000].to_vec())).await;
    assert_eq!(answer.headers()["upload-expires"], expires);
    city.clock.advance(7 * 24 * 60 * MINUTE);
    assert_eq!(offset(&city, &token, path).await, Some(1000));
    city.clock.advance(1);
    let late = append(&city, &token, path, 1000, Body::from(photo[1000..].to_vec())).await;
    assert_eq!((late.status(), read(late).await.code()), (StatusCode::NOT_FOUND, "not_found"));
    assert_eq!(offset(&city, &token, path).await, None);
    assert_eq!(files(&city), NOTHING);
    // The device begins anew, and what is whole does not expire.
    begun(&city, &token, &photo).await;
    let whole = append(&city, &token, path, 0, Body::from(photo.clone())).await;
    assert_eq!((whole.status(), whole.headers().get("upload-expires")), (StatusCode::NO_CONTENT, None));
    city.clock.advance(8 * 24 * 60 * MINUTE);
    assert_eq!(offset(&city, &token, path).await, Some(photo.len() as u64));
}

#[tokio::test]
async fn an_upload_that_nobody_finishes_makes_room_for_another() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    append(&city, &token, &path, 0, cut_after(&photo[..1000])).await;
    city.clock.advance(7 * 24 * 60 * MINUTE + 1);
    begun(&city, &token, &a_picture(ImageFormat::Jpeg, 2)).await;
    assert_eq!(files(&city), NOTHING);
}

#[tokio::test]
async fn what_no_announcement_speaks_of_is_removed_at_the_next_start() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    append(&city, &token, &path, 0, Body::from(photo[..1000].to_vec())).await;
    std::fs::write(city.folder.path().join("uploads/0123456789abcdef"), "of an older version").unwrap();
    let city = city.restarted().await;
    assert_eq!(files(&city), [1000]);
    assert_eq!(offset(&city, &token, &path).await, Some(1000));
}

#[tokio::test]
async fn an_announcement_that_is_taken_back_leaves_nothing_and_never_touches_a_photo() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    append(&city, &token, &path, 0, Body::from(photo[..1000].to_vec())).await;
    let ended = end(&city, &token, &path).await;
    assert_eq!(
        (ended.status(), &ended.headers()["tus-resumable"]),
        (StatusCode::NO_CONTENT, &"1.0.0".parse().unwrap())
    );
    assert_eq!(files(&city), NOTHING);
    assert_eq!(offset(&city, &token, &path).await, None);
    assert_eq!(end(&city, &token, &path).await.status(), StatusCode::NOT_FOUND);
    let late = append(&city, &token, &path, 1000, Body::from(photo[1000..].to_vec())).await;
    assert_eq!((late.status(), files(&city)), (StatusCode::NOT_FOUND, NOTHING.to_vec()));

    begun(&city, &token, &photo).await;
    append(&city, &token, &path, 0, Body::from(photo.clone())).await;
    assert_eq!(end(&city, &token, &path).await.status(), StatusCode::NOT_FOUND);
    assert!(city.app.photos.has(PhotoHash::of(&photo)), "what was delivered stays");
}

#[tokio::test]
async fn a_piece_with_a_checksum_counts_whole_or_not_at_all() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    let (first, rest) = photo.split_at(1000);
    let mut damaged = first.to_vec();
    damaged[500] ^= 1;

    let right = sha1(first);
    let wrong = append_proven(&city, &token, &path, (0, &right), Body::from(damaged)).await;
    assert_eq!((wrong.status().as_u16(), read(wrong).await.code()), (460, "upload_checksum"));
    assert_eq!((offset(&city, &token, &path).await, files(&city)), (Some(0), NOTHING.to_vec()));
    append_proven(&city, &token, &path, (0, &right), cut_after(&first[..700])).await;
    assert_eq!(
        (offset(&city, &token, &path).await, files(&city)),
        (Some(0), NOTHING.to_vec()),
        "nor a part of it"
    );
    let taken = append_proven(&city, &token, &path, (0, &right), Body::from(first.to_vec())).await;
    assert_eq!((taken.status(), &taken.headers()["upload-offset"]), (StatusCode::NO_CONTENT, &1000.into()));

    for unknown in ["md5 CY9rzUYh03PK3k6DJie09g==", "sha1 AAAA", "sha1", ""] {
        let answer = append_proven(&city, &token, &path, (1000, unknown), Body::from(rest.to_vec())).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{unknown:?}");
    }
    assert_eq!(offset(&city, &token, &path).await, Some(1000));
    let mut longer = rest.to_vec();
    longer.push(0);
    let answer = append_proven(&city, &token, &path, (1000, &sha1(&longer)), Body::from(longer)).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let whole = append_proven(&city, &token, &path, (1000, &sha1(rest)), Body::from(rest.to_vec())).await;
    assert_eq!(whole.status(), StatusCode::NO_CONTENT);
    assert!(city.app.photos.has(PhotoHash::of(&photo)));
    assert_eq!(files(&city), NOTHING);
}

#[tokio::test]
async fn the_server_says_exactly_what_of_tus_it_speaks() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let request = Request::builder().method(Method::OPTIONS).uri("/v1/photos").body(Body::empty()).unwrap();
    let answer = city.send(request).await;
    let said = |name: &str| answer.headers()[name].to_str().unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert_eq!((said("tus-version"), said("tus-resumable")), ("1.0.0", "1.0.0"));
    assert_eq!(said("tus-extension"), "creation,checksum,expiration,termination");
    assert_eq!(said("tus-checksum-algorithm"), "sha1");
    assert_eq!(said("tus-max-size"), PHOTO_BYTES_MAX.to_string());

    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    let head = city.send(tus(Method::HEAD, &path, &token).body(Body::empty()).unwrap()).await;
    let metadata = format!("hash {}", BASE64.encode(PhotoHash::of(&photo).to_string().as_bytes()));
    assert_eq!(head.headers()["upload-metadata"], metadata);
    assert_eq!(head.headers()["upload-length"], photo.len().to_string());
    assert_eq!(head.headers()["cache-control"], "no-store");

    let old = Request::builder().method(Method::HEAD).uri(&path).header("tus-resumable", "0.2.2");
    let old = old.header(header::AUTHORIZATION, format!("Bearer {token}"));
    let answer = city.send(old.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(
        (&answer.headers()["tus-version"], &answer.headers()["tus-resumable"]),
        (&"1.0.0".parse().unwrap(), &"1.0.0".parse().unwrap())
    );
}

#[tokio::test]
async fn whose_surroundings_know_only_post_can_upload_all_the_same() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    let post = |method: &str| tus(Method::POST, &path, &token).header("x-http-method-override", method);
    let ended = city.send(post("DELETE").body(Body::empty()).unwrap()).await;
    assert_eq!(ended.status(), StatusCode::NO_CONTENT);
    begun(&city, &token, &photo).await;
    let request = post("PATCH").header(header::CONTENT_TYPE, "application/offset+octet-stream");
    let request = request.header("upload-offset", 0).body(Body::from(photo.clone())).unwrap();
    assert_eq!(city.send(request).await.status(), StatusCode::NO_CONTENT);
    assert!(city.app.photos.has(PhotoHash::of(&photo)));
    let other = city.send(post("PUT").body(Body::empty()).unwrap()).await;
    assert_eq!(other.status(), StatusCode::METHOD_NOT_ALLOWED);
}

/// Where Linux keeps a file that is always full.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_said_and_the_upload_goes_on_when_there_is_room_again() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    append(&city, &token, &path, 0, Body::from(photo[..1000].to_vec())).await;
    let folder = city.folder.path().join("uploads");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let piece = file.with_extension("piece");
    std::os::unix::fs::symlink("/dev/full", &piece).unwrap();
    let rest = &photo[1000..];
    let proven = append_proven(&city, &token, &path, (1000, &sha1(rest)), Body::from(rest.to_vec())).await;
    assert_eq!(
        (proven.status(), read(proven).await.code()),
        (StatusCode::INSUFFICIENT_STORAGE, "server_full")
    );
    assert_eq!(offset(&city, &token, &path).await, Some(1000));

    let arrived = folder.with_file_name("arrived");
    std::fs::rename(&file, &arrived).unwrap();
    std::os::unix::fs::symlink("/dev/full", &file).unwrap();
    let full = append(&city, &token, &path, 0, Body::from(photo.clone())).await;
    assert_eq!((full.status(), read(full).await.code()), (StatusCode::INSUFFICIENT_STORAGE, "server_full"));
    std::fs::rename(&arrived, &file).unwrap();

    assert_eq!(offset(&city, &token, &path).await, Some(1000));
    let whole = append(&city, &token, &path, 1000, Body::from(rest.to_vec())).await;
    assert_eq!(whole.status(), StatusCode::NO_CONTENT);
    assert!(city.app.photos.has(PhotoHash::of(&photo)));
}

/// The photo's bytes are all there and the server is killed before it takes the photo in.
async fn killed_at_the_last_byte(city: City, token: &str, photo: &[u8], arrived: &[u8]) -> (City, String) {
    let path = begun(&city, token, photo).await;
    append(&city, token, &path, 0, cut_after(&arrived[..arrived.len() - 1])).await;
    let mut files = std::fs::read_dir(city.folder.path().join("uploads")).unwrap();
    std::fs::write(files.next().unwrap().unwrap().path(), arrived).unwrap();
    (city.restarted().await, path)
}

#[tokio::test]
async fn a_photo_whose_last_byte_came_before_a_kill_is_taken_in_when_its_device_asks() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let (first, second) = (a_picture(ImageFormat::Jpeg, 1), a_picture(ImageFormat::Jpeg, 2));
    let (city, path) = killed_at_the_last_byte(city, &token, &first, &first).await;
    assert_eq!(offset(&city, &token, &path).await, Some(first.len() as u64));
    assert!(city.app.photos.has(PhotoHash::of(&first)), "HEAD says that it is delivered");

    let (city, _) = killed_at_the_last_byte(city, &token, &second, &second).await;
    let again = announce(&city, &token, PhotoHash::of(&second).as_bytes(), second.len() as u64).await;
    assert_eq!(again.headers()["upload-offset"], second.len().to_string());
    assert!(city.app.photos.has(PhotoHash::of(&second)), "POST says that it is delivered");
    assert_eq!(files(&city), NOTHING);
}

#[tokio::test]
async fn a_photo_that_cannot_be_taken_in_is_not_called_delivered() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let photo = a_picture(ImageFormat::Jpeg, 1);
    let path = begun(&city, &token, &photo).await;
    let obstacle = city.folder.path().join("photos").join(&PhotoHash::of(&photo).to_string()[..2]);
    std::fs::write(&obstacle, "where a folder must be").unwrap();
    let failed = append(&city, &token, &path, 0, Body::from(photo.clone())).await;
    assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(offset(&city, &token, &path).await, None);
    let again = announce(&city, &token, PhotoHash::of(&photo).as_bytes(), photo.len() as u64).await;
    assert_eq!(again.status(), StatusCode::INTERNAL_SERVER_ERROR);
    std::fs::remove_file(&obstacle).unwrap();
    assert_eq!(offset(&city, &token, &path).await, Some(photo.len() as u64));
    assert!(city.app.photos.has(PhotoHash::of(&photo)));

    // What came is not what was announced: it is discarded, and the photo begins anew.
    let mut other = a_picture(ImageFormat::Jpeg, 2);
    let wanted = other.clone();
    other[100] ^= 1;
    let (city, path) = killed_at_the_last_byte(city, &token, &wanted, &other).await;
    let head = city.send(tus(Method::HEAD, &path, &token).body(Body::empty()).unwrap()).await;
    assert_eq!(head.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let path = begun(&city, &token, &wanted).await;
    assert_eq!(offset(&city, &token, &path).await, Some(0));
}
