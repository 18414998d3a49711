use std::io::Cursor;

use image::{ImageFormat, RgbImage};

use super::*;

/// A small picture that differs by its seed.
pub(crate) fn a_picture(format: ImageFormat, seed: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_fn(640, 480, |x, y| {
        image::Rgb([seed, u8::try_from(x % 251).unwrap(), u8::try_from(y % 241).unwrap()])
    })
    .write_to(&mut bytes, format)
    .unwrap();
    bytes.into_inner()
}

async fn put_photo(photos: &Photos, folder: &Path, bytes: &[u8], hash: PhotoHash) -> Result<(), PhotoError> {
    let file = folder.join("arrived");
    fs::write(&file, bytes).unwrap();
    photos.take_in(file, hash).await
}

#[tokio::test]
async fn a_photo_is_given_back_byte_for_byte_and_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let bytes = a_picture(format, 1);
        let hash = PhotoHash::of(&bytes);
        put_photo(&Photos::open(folder.path()).unwrap(), folder.path(), &bytes, hash).await.unwrap();

        let photos = Photos::open(folder.path()).unwrap();
        assert!(photos.has(hash));
        assert_eq!(photos.read(hash).await.unwrap().unwrap().bytes, bytes);
        let small = photos.thumbnail(hash).await.unwrap().unwrap();
        let small = image::load_from_memory(&small.bytes).unwrap();
        assert_eq!((small.width(), small.height()), (320, 240));
    }
}

#[tokio::test]
async fn only_the_announced_picture_is_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let photos = Photos::open(folder.path()).unwrap();
    let picture = a_picture(ImageFormat::Jpeg, 2);
    let other = PhotoHash::of(b"other");
    assert!(matches!(put_photo(&photos, folder.path(), &picture, other).await, Err(PhotoError::Hash)));
    for no_picture in [b"#!/bin/sh".as_slice(), b"GIF89a", &picture[..8], b""] {
        let hash = PhotoHash::of(no_picture);
        let result = put_photo(&photos, folder.path(), no_picture, hash).await;
        assert!(matches!(result, Err(PhotoError::NotPicture(_))), "{no_picture:?}");
        assert!(!photos.has(hash) && photos.read(hash).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_small_file_that_claims_to_be_a_giant_picture_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let photos = Photos::open(folder.path()).unwrap();
    let mut png = a_picture(ImageFormat::Png, 3);
    // Width and height stand in the IHDR chunk, and its checksum after them.
    png[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    let result = put_photo(&photos, folder.path(), &png, PhotoHash::of(&png)).await;
    assert!(matches!(result, Err(PhotoError::NotPicture(_))), "{result:?}");
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}
