//! What is kept of a photo, and what is no photo.

use image::{ImageFormat, Rgb, RgbImage};

use super::*;
use crate::testing::key;

/// A picture with something in it, as a file of a format.
fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image =
        RgbImage::from_fn(width, height, |x, y| Rgb([x, y, x ^ y].map(|value| (value / 8).to_le_bytes()[0])));
    let mut bytes = io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// As a phone keeps it on which nobody has set anything.
fn prepare(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    super::prepare(bytes, PhotoDetail::default())
}

#[test]
fn a_kept_photo_is_small_and_a_jpeg_whatever_was_taken() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let kept = prepare(&picture(2000, 1500, format)).unwrap();
        assert!(kept.len() <= 600 * 1024, "{format:?}: {} bytes", kept.len());
        let kept = image::load_from_memory_with_format(&kept, ImageFormat::Jpeg).unwrap();
        assert_eq!((kept.width(), kept.height()), (1600, 1200), "{format:?}");
    }
}

#[test]
fn more_or_less_of_a_photo_is_kept_as_its_person_wants_it() {
    let taken = picture(3000, 2000, ImageFormat::Jpeg);
    let sizes = [PhotoDetail::Sparing, PhotoDetail::Standard, PhotoDetail::Fine].map(|detail| {
        let kept = super::prepare(&taken, detail).unwrap();
        (image::load_from_memory(&kept).unwrap().width(), kept.len())
    });
    assert_eq!(sizes.map(|(width, _)| width), [1280, 1600, 2400]);
    assert!(sizes.is_sorted_by_key(|(_, bytes)| *bytes), "{sizes:?}");
}

#[test]
fn a_small_photo_is_not_blown_up() {
    let kept = prepare(&picture(320, 200, ImageFormat::Png)).unwrap();
    let kept = image::load_from_memory(&kept).unwrap();
    assert_eq!((kept.width(), kept.height()), (320, 200));
}

#[test]
fn a_photo_is_turned_upright_and_loses_its_exif() {
    let upright = picture(400, 300, ImageFormat::Jpeg);
    // APP1 with one entry: orientation 6, the picture lies on its side.
    let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let taken = [&upright[..2], &exif[..], &upright[2..]].concat();
    let kept = prepare(&taken).unwrap();
    assert!(!kept.windows(4).any(|bytes| bytes == b"Exif"), "where it was taken stays on the device");
    let kept = image::load_from_memory(&kept).unwrap();
    assert_eq!((kept.width(), kept.height()), (300, 400));
}

#[test]
fn what_is_no_picture_or_too_large_is_told_apart() {
    assert_eq!(prepare(b"%PDF-1.7 not a picture"), Err(Failure::PhotoNotPicture));
    assert_eq!(prepare(&[]), Err(Failure::PhotoNotPicture));
    let whole = picture(400, 300, ImageFormat::Png);
    assert_eq!(prepare(&whole[..whole.len() / 2]), Err(Failure::PhotoNotPicture));
    assert_eq!(prepare(&vec![0; 25 * 1024 * 1024]), Err(Failure::PhotoTooLarge { max_mib: 20 }));
}

#[test]
fn a_kept_photo_is_found_by_its_hash_and_has_a_thumbnail() {
    let dir = tempfile::tempdir().unwrap();
    let files = PhotoFiles::open(dir.path(), &key()).unwrap();
    let kept = prepare(&picture(800, 600, ImageFormat::Jpeg)).unwrap();
    let hash = files.keep(&kept).unwrap();
    assert_eq!(files.keep(&kept).unwrap(), hash, "the same bytes are one photo");
    assert_eq!(PhotoHash::of(&files.full(hash).unwrap()), hash);
    let thumb = image::load_from_memory(&files.thumb(hash).unwrap()).unwrap();
    assert_eq!((thumb.width(), thumb.height()), (320, 240));
    assert_eq!(files.full(PhotoHash::new([0; 32])), Err(Failure::NotFound));
}

#[test]
fn what_could_not_be_kept_takes_no_room() {
    let dir = tempfile::tempdir().unwrap();
    let files = PhotoFiles::open(dir.path(), &key()).unwrap();
    let names = |files: &PhotoFiles| -> Vec<_> {
        fs::read_dir(&files.photos).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    // Where the photo belongs lies something that cannot be replaced.
    fs::create_dir_all(files.photos.join("taken.sealed/by-somebody")).unwrap();
    files.write(&files.photos, "taken", b"half of it").unwrap_err();
    assert_eq!(names(&files), ["taken.sealed"]);
    // An app that was killed in the middle cannot clean up; the next one does.
    fs::write(files.photos.join(format!("cut.sealed{UNFINISHED}")), b"half of it").unwrap();
    let files = PhotoFiles::open(dir.path(), &key()).unwrap();
    assert_eq!(names(&files), ["taken.sealed"]);
}

#[test]
fn one_photo_is_kept_and_shown_to_many_at_once() {
    const AT_ONCE: usize = 8;
    let kept = prepare(&picture(800, 600, ImageFormat::Jpeg)).unwrap();
    for _ in 0..5 {
        let dir = tempfile::tempdir().unwrap();
        let files = PhotoFiles::open(dir.path(), &key()).unwrap();
        let together = std::sync::Barrier::new(AT_ONCE);
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    together.wait();
                    let hash = files.keep(&kept).unwrap();
                    assert_eq!(files.full(hash).unwrap(), kept);
                    files.thumb(hash).unwrap();
                });
            }
        });
        assert_eq!(fs::read_dir(&files.photos).unwrap().count(), 1, "nothing half written stays");
    }
}

#[test]
fn a_thumbnail_that_finds_no_room_is_shown_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let files = PhotoFiles::open(dir.path(), &key()).unwrap();
    let hash = files.keep(&prepare(&picture(800, 600, ImageFormat::Jpeg)).unwrap()).unwrap();
    fs::remove_dir(&files.thumbs).unwrap();
    assert!(image::load_from_memory(&files.thumb(hash).unwrap()).is_ok());
}

#[test]
fn no_file_of_a_photo_is_a_picture_to_whoever_has_not_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let files = PhotoFiles::open(dir.path(), &key()).unwrap();
    let kept = prepare(&picture(800, 600, ImageFormat::Jpeg)).unwrap();
    let hash = files.keep(&kept).unwrap();
    files.thumb(hash).unwrap();
    for folder in [&files.photos, &files.thumbs] {
        let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
        assert!(image::load_from_memory(&fs::read(file).unwrap()).is_err());
    }
    let other = PhotoFiles::open(dir.path(), &DataKey::new([8; 32])).unwrap();
    assert_eq!(other.full(hash), Err(Failure::NotFound));
    // Bytes that changed on the disk are no photo, and not another one.
    let file = place(&files.photos, &hash.to_string(), SEALED);
    let mut sealed = fs::read(&file).unwrap();
    sealed[100] ^= 1;
    fs::write(&file, sealed).unwrap();
    assert_eq!(files.full(hash), Err(Failure::NotFound));
}

#[test]
fn what_an_earlier_version_kept_plain_is_sealed_and_stays() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    fs::create_dir_all(&photos).unwrap();
    let kept = prepare(&picture(800, 600, ImageFormat::Jpeg)).unwrap();
    let hash = PhotoHash::of(&kept);
    fs::write(photos.join(format!("{hash}.jpg")), &kept).unwrap();
    let files = PhotoFiles::open(dir.path(), &key()).unwrap();
    let names: Vec<_> = fs::read_dir(&photos).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [format!("{hash}.sealed").as_str()]);
    assert_eq!((files.full(hash).unwrap(), files.all().unwrap()), (kept.clone(), vec![hash]));
    // Power went between the two: both are there, and it is one photo.
    fs::write(photos.join(format!("{hash}.jpg")), &kept).unwrap();
    assert_eq!(files.all().unwrap(), [hash]);
    let files = PhotoFiles::open(dir.path(), &key()).unwrap();
    assert_eq!((files.all().unwrap(), fs::read_dir(&photos).unwrap().count()), (vec![hash], 1));
}
