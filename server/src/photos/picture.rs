//! What a photo's bytes are: the sort of picture, and a smaller one of it.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits,
    codecs::jpeg::JpegEncoder,
    error::{ImageFormatHint, LimitError, LimitErrorKind, UnsupportedError, UnsupportedErrorKind},
};

/// Most pixels of a photo: what the largest phone cameras make. A small file can claim far more.
pub const PHOTO_PIXELS_MAX: u64 = 120_000_000;
/// Most memory for decoding one photo, in bytes: four bytes a pixel, and as much again to work in.
const DECODE_BYTES_MAX: u64 = PHOTO_PIXELS_MAX * 8;

/// The sorts of picture that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl PictureKind {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            PictureKind::Jpeg => "image/jpeg",
            PictureKind::Png => "image/png",
            PictureKind::Webp => "image/webp",
        }
    }
}

/// The sort of picture, by its first bytes.
pub(super) fn kind(bytes: &[u8]) -> Result<PictureKind, ImageError> {
    match image::guess_format(bytes)? {
        ImageFormat::Jpeg => Ok(PictureKind::Jpeg),
        ImageFormat::Png => Ok(PictureKind::Png),
        ImageFormat::WebP => Ok(PictureKind::Webp),
        other => {
            let hint = ImageFormatHint::Exact(other);
            let kind = UnsupportedErrorKind::Format(hint.clone());
            Err(ImageError::Unsupported(UnsupportedError::from_format_and_kind(hint, kind)))
        }
    }
}

/// Checks that the bytes begin as a picture of a size that can be shown. Decoding all of it would cost a
/// hundred times more, and proves nothing that the photo's hash does not.
///
/// # Errors
/// When they do not.
pub fn check(bytes: &[u8]) -> Result<(), ImageError> {
    kind(bytes)?;
    let (width, height) = reader(bytes)?.into_dimensions()?;
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > PHOTO_PIXELS_MAX {
        return Err(ImageError::Limits(LimitError::from_kind(LimitErrorKind::DimensionError)));
    }
    Ok(())
}

/// A JPEG whose long edge is at most so many pixels.
///
/// # Errors
/// When it is no picture, or is damaged behind its header.
pub fn thumbnail(bytes: &[u8], edge: u32, quality: u8) -> Result<Vec<u8>, ImageError> {
    check(bytes)?;
    let mut decoder = reader(bytes)?.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    if picture.width().max(picture.height()) > edge {
        picture = picture.thumbnail(edge, edge);
    }
    picture.apply_orientation(orientation);
    let mut small = Vec::new();
    picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut small, quality))?;
    Ok(small)
}

fn reader(bytes: &[u8]) -> Result<ImageReader<Cursor<&[u8]>>, ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    reader.limits(limits);
    Ok(reader)
}
