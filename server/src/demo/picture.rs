//! Drawn pictures that stand for photos in the demonstration.

use image::{ImageEncoder as _, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

const WIDTH: u32 = 960;
const HEIGHT: u32 = 720;
const QUALITY: u8 = 80;

/// A street corner with so many boxes left lying about; another `seed` is another corner.
pub(super) fn corner(seed: u32, boxes: u32) -> anyhow::Result<Vec<u8>> {
    let mut picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let horizon = HEIGHT * 5 / 9;
        if y < horizon {
            wall(x, y, seed)
        } else {
            let joint = (x + y * 2) % 160 < 5 || y % 90 < 4;
            let grain = shade((x * 31 + y * 17 + seed) % 9);
            if joint { Rgb([120, 118, 112]) } else { Rgb([158 + grain, 154 + grain, 146 + grain]) }
        }
    });
    for index in 0..boxes {
        let step = seed.wrapping_mul(97).wrapping_add(index * 193);
        let (width, height) = (110 + step % 90, 80 + step % 70);
        let left = 80 + step * 7 % (WIDTH - 320);
        let top = HEIGHT * 5 / 9 + 40 + step * 3 % (HEIGHT / 4);
        for y in top..(top + height).min(HEIGHT) {
            for x in left..left + width {
                let edge = x - left < 4 || left + width - x < 5 || y - top < 4 || top + height - y < 5;
                let tape = (x - left).abs_diff(width / 2) < 9;
                let colour = match (edge, tape) {
                    (true, _) => Rgb([116, 84, 50]),
                    (false, true) => Rgb([214, 190, 146]),
                    (false, false) => Rgb([186, 142, 92]),
                };
                picture.put_pixel(x, y, colour);
            }
        }
    }
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    encoder.write_image(&picture, WIDTH, HEIGHT, image::ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

fn wall(x: u32, y: u32, seed: u32) -> Rgb<u8> {
    let row = y / 36;
    let brick = (x + if row.is_multiple_of(2) { 0 } else { 45 }) / 90;
    let mortar = y % 36 < 3 || (x + if row.is_multiple_of(2) { 0 } else { 45 }) % 90 < 3;
    let tint = shade((brick * 7 + row * 13 + seed) % 24);
    if mortar { Rgb([188, 180, 170]) } else { Rgb([148 + tint, 92 + tint / 2, 74 + tint / 3]) }
}

fn shade(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}
