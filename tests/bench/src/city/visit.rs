//! One visit of a made city, as a phone records it, and what a supervisor says of it.

use anyhow::Result;
use rounds_shared::{
    area::Point,
    assignment::Assignment,
    document::{Document, FindingDraft, PhotoDraft, Session},
    ids::{DeviceId, DocId, PhotoHash},
    inspection::{How, PhotoRole, PhotoSource, ReviewAct},
    protocol::limits::ENVELOPE_BYTES_MAX,
    template::{Item, Scale, Template},
};

use super::phone::Phone;
use crate::visits::ANSWERS;

/// The middle of Kunming, and how far its places lie from it, in millionths of a degree.
const MIDDLE: (i32, i32) = (25_040_000, 102_710_000);
const SPREAD: i32 = 90_000;
/// Findings of one visit at most; what else is amiss is answered and not described.
const FINDINGS_MAX: usize = 4;
/// Out of a hundred visits, how many are begun and not submitted.
const UNSUBMITTED_PERCENT: u8 = 2;
/// Of the visits that are reviewed, how many out of a hundred are approved, and how many returned; the others wait.
const APPROVED_PERCENT: usize = 88;
const RETURNED_PERCENT: usize = 5;
/// Out of a hundred items, how many a second inspector answers otherwise.
const DIFFERENT_PERCENT: u8 = 4;
const ANSWER_MS: i64 = 60 * 1000;
const PHOTO_BYTES: u64 = 300_000;

/// A visit that was made.
pub(super) struct Walked {
    pub(super) doc: DocId,
    pub(super) document: Document,
    /// What the first one recorded.
    pub(super) changes: Changes,
    /// What those recorded who went with him.
    pub(super) others: Vec<Changes>,
}

/// What one phone recorded of a visit.
pub(super) struct Changes {
    pub(super) phone: usize,
    pub(super) payload: Vec<u8>,
}

/// Walks: sixty answers, a change each, and what was found.
pub(super) fn walk(
    phone: &mut Phone,
    assignment: &Assignment,
    template: &Template,
    began: i64,
) -> Result<Walked> {
    let mut document = Document::load(&assignment.genesis.to_vec())?;
    let genesis = document.heads();
    let mut session = phone.session();
    // What there is to see is the same for whoever comes; a second inspector sees a little of it otherwise.
    let mut place =
        fastrand::Rng::with_seed(u64::from_be_bytes(std::array::from_fn(|n| assignment.id.as_bytes()[n])));
    let is_second = assignment.people.first() != Some(&phone.user());
    let order = 70 + place.u8(..30);
    let mut found = 0;
    let items: Vec<&Item> = template.items().filter(|item| item.is_asked()).take(ANSWERS).collect();
    for (item, n) in items.into_iter().zip(0..) {
        let at = began + n * ANSWER_MS;
        let fine = place.u8(..100) < order;
        let mut value = value(item, fine, &mut place);
        let rng = phone.chance();
        if is_second && rng.u8(..100) < DIFFERENT_PERCENT {
            value = self::value(item, !fine, rng);
        }
        document.answer(&mut session, at, item.code.as_str(), Some(&value), How::Tap)?;
        if let (false, true, Some(kind)) = (fine, found < FINDINGS_MAX, item.kinds.first()) {
            found += 1;
            let point = point(rng);
            let finding = FindingDraft {
                item: item.code.to_string(),
                kind: kind.code.to_string(),
                note: format!("{}，已拍照。", kind.zh),
                place: format!("{}栋{}单元门前", rng.u8(1..30), rng.u8(1..6)),
                point: Some(point),
                fixed_on_spot: rng.u8(..100) < 17,
                asset: String::new(),
            };
            let hash = PhotoHash::new(std::array::from_fn(|_| rng.u8(..)));
            let finding = document.add_finding(&mut session, at, &finding)?;
            let photo = PhotoDraft {
                hash,
                bytes: PHOTO_BYTES,
                item: Some(item.code.to_string()),
                finding: Some(finding),
                source: PhotoSource::Camera,
                role: PhotoRole::Evidence,
                point: Some(point),
                copy_of: None,
            };
            document.add_photo(&mut session, at, &photo)?;
        }
    }
    if phone.chance().u8(..100) >= UNSUBMITTED_PERCENT {
        document.submit(&mut session, began + ANSWER_MS * 70, &[])?;
    }
    let whole = document.own_whole(phone.id(), ENVELOPE_BYTES_MAX);
    let payload = whole.unwrap_or_else(|| document.own_changes(phone.id(), &genesis));
    let changes = Changes { phone: phone.number(), payload };
    Ok(Walked { doc: assignment.doc(), document, changes, others: Vec::new() })
}

/// What a supervisor says of a visit, if anything: he approves most, unless something is to be decided.
pub(super) fn review(
    mut document: Document,
    mut session: Session,
    device: DeviceId,
    n: usize,
    at: i64,
) -> Result<Option<Vec<u8>>> {
    let inspection = document.inspection()?;
    let heads = document.heads();
    let undecided = !inspection.open_conflicts().is_empty();
    if inspection.submissions.is_empty() || undecided || n % 100 >= APPROVED_PERCENT + RETURNED_PERCENT {
        return Ok(None);
    }
    if n % 100 < APPROVED_PERCENT {
        let hex = |bytes: &[u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let act = ReviewAct::Approve { heads: heads.iter().map(|head| hex(&head.0)).collect() };
        document.review(&mut session, at, &act, &[(None, "情况属实。")])?;
    } else {
        let item = inspection.findings.first().map(|finding| finding.item.as_str());
        document.review(&mut session, at, &ReviewAct::Return, &[(item, "请补拍近景照片。")])?;
    }
    Ok(Some(document.own_changes(device, &heads)))
}

fn point(rng: &mut fastrand::Rng) -> Point {
    Point {
        latitude_e6: MIDDLE.0 + rng.i32(-SPREAD..SPREAD),
        longitude_e6: MIDDLE.1 + rng.i32(-SPREAD..SPREAD),
        accuracy_m: Some(rng.u32(4..16)),
    }
}

fn value(item: &Item, fine: bool, rng: &mut fastrand::Rng) -> String {
    match &item.scale {
        Scale::Pass | Scale::Count { .. } => (if fine { "pass" } else { "fail" }).to_owned(),
        Scale::Sample { of, .. } => format!("{}/{of}", if fine { *of } else { rng.u32(..*of) }),
        Scale::Ratio { .. } => format!("{}/50", if fine { 50 } else { rng.u32(..50) }),
        Scale::Graded { standards } => {
            let met = if fine { standards.len() } else { standards.len() - 1 };
            let met: Vec<String> = (1..=met).map(|number| number.to_string()).collect();
            format!("{}/{}", met.join(","), standards.len())
        }
    }
}
