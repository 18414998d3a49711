//! 设施编号: the code on an asset's plate, read from a picture of it. A picture is what every phone, and every desktop, can
//! make without services of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rounds_shared::protocol::limits::SHORT_TEXT_BYTES_MAX;
use rqrr::PreparedImage;

use crate::{failure::Failure, photos};

/// Longest edges a code is looked for at, in pixels: a small code far away needs many, a sharp one is found at once with few.
const EDGES_PIXELS: [u32; 2] = [1_000, 2_500];

/// What a QR code in a picture says; the first line of it, when there are several.
pub(crate) fn read(bytes: &[u8]) -> Result<String, Failure> {
    let picture = photos::decode(bytes)?;
    let found = EDGES_PIXELS.iter().find_map(|edge| {
        let grey = photos::within(picture.clone(), *edge).to_luma8();
        let (width, height) = (grey.width() as usize, grey.height() as usize);
        // What a library makes of a stranger's picture is an answer, a panic too.
        let look = AssertUnwindSafe(|| {
            let pixels = grey.as_raw();
            let mut prepared =
                PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
            prepared.detect_grids().iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
        });
        catch_unwind(look).ok().flatten()
    });
    let text = found.ok_or(Failure::CodeNotFound)?;
    let line = text.trim().lines().next().unwrap_or_default().trim();
    match line.len() {
        0 => Err(Failure::CodeNotFound),
        1..=SHORT_TEXT_BYTES_MAX => Ok(line.to_owned()),
        _ => Err(Failure::TextTooLong { max: SHORT_TEXT_BYTES_MAX }),
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayImage, Luma, imageops};
    use qrcode::QrCode;

    use super::*;

    /// A plate as a phone sees it: dark on grey, somewhere in a larger picture, taken a little askew.
    fn plate(text: &str, side: u32) -> Vec<u8> {
        let code = QrCode::new(text.as_bytes()).unwrap();
        let modules = u32::try_from(code.width()).unwrap();
        let colors = code.to_colors();
        let quiet = modules + 8;
        let code = GrayImage::from_fn(quiet, quiet, |x, y| {
            let inside = (4..modules + 4).contains(&x) && (4..modules + 4).contains(&y);
            let dark = inside && colors[((y - 4) * modules + x - 4) as usize] == qrcode::Color::Dark;
            Luma([if dark { 40 } else { 210 }])
        });
        let code = imageops::resize(&code, side, side, imageops::FilterType::Nearest);
        let mut scene = GrayImage::from_pixel(1_600, 1_200, Luma([150]));
        imageops::overlay(&mut scene, &code, 500, 300);
        let mut png = std::io::Cursor::new(Vec::new());
        let scene = DynamicImage::ImageLuma8(imageops::rotate90(&scene));
        scene.write_to(&mut png, image::ImageFormat::Png).unwrap();
        png.into_inner()
    }

    #[test]
    fn the_code_on_a_plate_is_read_from_a_picture_large_or_small() {
        for side in [120, 400] {
            assert_eq!(read(&plate("KM-WH-LD-003217", side)), Ok("KM-WH-LD-003217".to_owned()), "{side}");
        }
        assert_eq!(read(&plate("  路灯-17\n第二行", 400)), Ok("路灯-17".to_owned()));
    }

    #[test]
    fn a_picture_without_a_code_and_what_is_no_picture_are_told_apart() {
        let mut blank = std::io::Cursor::new(Vec::new());
        let wall = DynamicImage::ImageLuma8(GrayImage::from_pixel(640, 480, Luma([150])));
        wall.write_to(&mut blank, image::ImageFormat::Png).unwrap();
        assert_eq!(read(blank.get_ref()), Err(Failure::CodeNotFound));
        assert_eq!(read(b"no picture at all"), Err(Failure::PhotoNotPicture));
        assert_eq!(
            read(&plate(&"x".repeat(600), 900)),
            Err(Failure::TextTooLong { max: SHORT_TEXT_BYTES_MAX })
        );
    }
}
