//! From a photo as taken to the photo as kept. Pure.

use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use image::{
    DynamicImage, ImageDecoder as _, ImageReader, Limits, RgbImage, codecs::jpeg::JpegEncoder,
    imageops::FilterType, metadata::Orientation,
};
use rounds_shared::protocol::limits::PHOTO_BYTES_MAX;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::failure::Failure;

/// Longest edge of a thumbnail, in pixels.
const THUMB_EDGE_PIXELS: u32 = 320;
const KIB: usize = 1024;
const MIB: u64 = 1024 * 1024;
/// Longest edge that is decoded at all, in pixels.
const SOURCE_EDGE_PIXELS_MAX: u32 = 20_000;
/// Memory a picture may take while it is decoded, in bytes: 108 megapixels, the most phones have, fit.
const DECODE_BYTES_MAX: u64 = 512 * MIB;
/// Tried from the best on, until the photo is small enough.
const QUALITIES: [u8; 5] = [85, 75, 65, 55, 45];
const THUMB_QUALITY: u8 = 75;

/// How much of a photo is kept, as a person has set it: a text on a plate wants more, a month's data plan less.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PhotoDetail {
    /// 省流量: 1,280 pixels.
    Sparing,
    /// 标准: 1,600 pixels.
    #[default]
    Standard,
    /// 清晰: 2,400 pixels.
    Fine,
}

impl PhotoDetail {
    /// The longest edge of a kept photo, in pixels, and its largest size, in bytes.
    const fn most(self) -> (u32, usize) {
        match self {
            PhotoDetail::Sparing => (1_280, 300 * KIB),
            PhotoDetail::Standard => (1_600, 600 * KIB),
            PhotoDetail::Fine => (2_400, 1_200 * KIB),
        }
    }
}

/// Makes the bytes that are kept: a JPEG, upright, small, without EXIF.
pub(crate) fn prepare(bytes: &[u8], detail: PhotoDetail) -> Result<Vec<u8>, Failure> {
    if bytes.len() as u64 > PHOTO_BYTES_MAX {
        return Err(Failure::PhotoTooLarge { max_mib: PHOTO_BYTES_MAX / MIB });
    }
    let mut picture = decode(bytes)?;
    let (mut edge, bytes_max) = detail.most();
    loop {
        picture = within(picture, edge);
        let rgb = picture.to_rgb8();
        for quality in QUALITIES {
            let jpeg = encode(&rgb, quality)?;
            if jpeg.len() <= bytes_max {
                return Ok(jpeg);
            }
        }
        // Noise does not compress: fewer pixels then. A thousandth of the bytes is reached at the latest when the
        // edge has become small, so this ends.
        edge = edge * 3 / 4;
    }
}

/// Makes a small picture.
pub(super) fn thumb(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    encode(&within(decode(bytes)?, THUMB_EDGE_PIXELS).to_rgb8(), THUMB_QUALITY)
}

/// Decodes and turns upright. What an image library makes of a stranger's bytes is an answer, a panic too.
pub(crate) fn decode(bytes: &[u8]) -> Result<DynamicImage, Failure> {
    let attempt = AssertUnwindSafe(|| {
        let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(SOURCE_EDGE_PIXELS_MAX);
        limits.max_image_height = Some(SOURCE_EDGE_PIXELS_MAX);
        limits.max_alloc = Some(DECODE_BYTES_MAX);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().ok()?;
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut picture = DynamicImage::from_decoder(decoder).ok()?;
        picture.apply_orientation(orientation);
        Some(picture)
    });
    catch_unwind(attempt).ok().flatten().ok_or(Failure::PhotoNotPicture)
}

pub(crate) fn within(picture: DynamicImage, edge: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= edge {
        picture
    } else {
        picture.resize(edge, edge, FilterType::Triangle)
    }
}

fn encode(rgb: &RgbImage, quality: u8) -> Result<Vec<u8>, Failure> {
    let mut jpeg = Vec::new();
    let encoded = JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(rgb);
    encoded.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a photo could not be encoded");
        Failure::PhotoNotPicture
    })?;
    Ok(jpeg)
}
