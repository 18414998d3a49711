//! What an inspector records in one visit.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use rounds_client_core::{
    App, FindingInput, PhotoInput,
    view::{InspectionView, ItemView, PhotoDetail, PhotoRoleView, PhotoSourceView, PointView, ScaleView},
};
use rounds_shared::ids::AssignmentId;

use crate::town::failed;

/// Answers of one visit.
pub const ANSWERS: usize = 60;
/// The middle of Kunming, and how far its communities lie from it, in degrees.
const MIDDLE: (f64, f64) = (25.04, 102.71);
const SPREAD: f64 = 0.09;
/// How far two pictures of one defect are taken from each other, in degrees: some ten metres.
const STEP: f64 = 0.0001;
/// A picture's width and height in pixels: its bytes do not travel with the document.
const PICTURE: u32 = 48;

/// Opens the inspection of an assignment and answers its first items, one change each.
pub fn answer(
    app: &App,
    assignment: AssignmentId,
    answers: usize,
    rng: &mut fastrand::Rng,
) -> Result<String> {
    let inspection = app.open_assignment(&assignment.to_string()).map_err(failed)?;
    let view = app.inspection(&inspection).map_err(failed)?;
    let items: Vec<&ItemView> = asked(&view).take(answers).collect();
    ensure!(items.len() == answers, "the checklist asks for {} items only", items.len());
    for item in items {
        let value = value(item, rng);
        app.answer(&inspection, &item.code, Some(&value)).map_err(failed)?;
    }
    Ok(inspection)
}

/// Adds findings to a visit, each with photos and a place.
pub fn find(
    app: &App,
    inspection: &str,
    findings: usize,
    photos: usize,
    rng: &mut fastrand::Rng,
) -> Result<()> {
    let view = app.inspection(inspection).map_err(failed)?;
    let kinds: Vec<(&ItemView, String)> = asked(&view)
        .filter_map(|item| Some((item, item.kinds.first()?.code.clone())))
        .take(findings)
        .collect();
    let (lat, lon) = (MIDDLE.0 + (rng.f64() - 0.5) * SPREAD, MIDDLE.1 + (rng.f64() - 0.5) * SPREAD);
    for (item, kind) in kinds {
        let mut point = || PointView {
            lat: lat + rng.f64() * STEP,
            lon: lon + rng.f64() * STEP,
            accuracy_m: f64::from(4 + rng.u8(..12)),
        };
        let names = (0..photos)
            .map(|_| {
                let input = PhotoInput {
                    inspection: inspection.to_owned(),
                    item: Some(item.code.clone()),
                    finding: None,
                    copy_of: None,
                    source: PhotoSourceView::Camera,
                    role: PhotoRoleView::Evidence,
                    point: Some(point()),
                    detail: PhotoDetail::default(),
                };
                Ok(app.photo_add(&input, &picture()?).map_err(failed)?.id)
            })
            .collect::<Result<Vec<String>>>()?;
        let finding = FindingInput {
            kind,
            note: String::new(),
            place: String::new(),
            point: Some(point()),
            fixed_on_spot: false,
            asset: String::new(),
        };
        app.finding_add(inspection, &item.code, &finding, &names).map_err(failed)?;
    }
    Ok(())
}

/// Answers items of an open visit again and again; says how long each answer took until it was on disk, in milliseconds.
pub fn tap(app: &App, inspection: &str, taps: usize, rng: &mut fastrand::Rng) -> Result<Vec<f64>> {
    let view = app.inspection(inspection).map_err(failed)?;
    let items: Vec<&ItemView> = asked(&view).collect();
    (0..taps)
        .map(|tap| {
            let item = items.get(tap % items.len().max(1)).context("the checklist asks for something")?;
            let value = value(item, rng);
            let began = Instant::now();
            app.answer(inspection, &item.code, Some(&value)).map_err(failed)?;
            Ok(began.elapsed().as_secs_f64() * 1000.0)
        })
        .collect()
}

fn asked(view: &InspectionView) -> impl Iterator<Item = &ItemView> {
    view.domains.iter().flat_map(|domain| &domain.items).filter(|item| !item.pending)
}

/// Mostly what inspectors mostly find, and sometimes not.
fn value(item: &ItemView, rng: &mut fastrand::Rng) -> String {
    let is_good = rng.u8(..10) < 8;
    match &item.scale {
        ScaleView::Pass | ScaleView::Count { .. } => (if is_good { "pass" } else { "fail" }).to_owned(),
        ScaleView::Sample { of } => format!("{}/{of}", if is_good { *of } else { rng.u32(..=*of) }),
        ScaleView::Ratio { .. } => {
            let planned = rng.u32(1..30);
            format!("{}/{planned}", if is_good { planned } else { rng.u32(..=planned) })
        }
        ScaleView::Graded { standards } => {
            let all: Vec<String> = (1..=standards.len()).map(|n| n.to_string()).collect();
            let met = if is_good || all.len() == 1 { &all[..] } else { &all[1..] };
            format!("{}/{}", met.join(","), all.len())
        }
    }
}

/// A small picture like no other.
fn picture() -> Result<Vec<u8>> {
    let noise = image::RgbImage::from_fn(PICTURE, PICTURE, |_, _| {
        image::Rgb([fastrand::u8(..), 0, fastrand::u8(..)])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    noise.write_to(&mut bytes, image::ImageFormat::Jpeg).context("a picture of noise")?;
    Ok(bytes.into_inner())
}
