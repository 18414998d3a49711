//! Pictures that nobody took before: noise.

use std::io::Cursor;

use fastrand::Rng;
use image::{ImageFormat, RgbImage};

/// Edges of a picture, in pixels: a few kilobytes.
const SMALL: (u32, u32) = (96, 64);
/// Edges of one that travels in several pieces.
const LARGE: (u32, u32) = (720, 540);
/// One picture in so many is a large one.
const LARGE_IN: usize = 8;

/// A JPEG of noise: most are small, as thumbs take more answers than photos.
pub fn noise(rng: &mut Rng) -> Vec<u8> {
    let edges = if rng.usize(..LARGE_IN) == 0 { LARGE } else { SMALL };
    jpeg(rng, edges)
}

/// A large one.
pub fn large(rng: &mut Rng) -> Vec<u8> {
    jpeg(rng, LARGE)
}

fn jpeg(rng: &mut Rng, (width, height): (u32, u32)) -> Vec<u8> {
    let mut pixels = vec![0; width as usize * height as usize * 3];
    rng.fill(&mut pixels);
    let picture = RgbImage::from_raw(width, height, pixels).expect("three bytes a pixel");
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg).expect("writing to memory cannot fail");
    bytes.into_inner()
}
