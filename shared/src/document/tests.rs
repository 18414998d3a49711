//! Promises of documents: one beginning, nothing lost, conflicts that stay visible.

use std::collections::BTreeSet;

use super::*;
use crate::{
    assignment::InspectionKind,
    ids::{AssignmentId, DeviceId, DocId, PhotoHash},
    inspection::{
        About, Answer, How, Inspection, OpRef, Opinion, Passage, PhotoRole, PhotoSource, ReviewAct,
        ReviewState, Survey,
    },
    template::{Template, WeightedDomain, load_domain},
};

mod brought;

const NOW: i64 = 1_790_000_000_000;
const ANNA: DeviceId = DeviceId::new([0xa; 16]);
const BEN: DeviceId = DeviceId::new([0xb; 16]);
const CHEN: DeviceId = DeviceId::new([0xc; 16]);

pub(crate) fn template() -> Template {
    let domain = load_domain("fixture.toml", include_str!("../../fixtures/domain.toml")).unwrap();
    Template {
        id: "fixture".parse().unwrap(),
        version: 1,
        zh: "样表".into(),
        en: "Fixture".into(),
        domains: vec![WeightedDomain { weight: crate::template::Points::whole(100), domain }],
    }
}

fn doc_id() -> DocId {
    DocId::of_assignment(AssignmentId::new([5; 16]))
}

fn about() -> About {
    About {
        kind: InspectionKind::Routine,
        area: "530102002002".parse().unwrap(),
        site: None,
        template: "fixture".parse().unwrap(),
        template_version: 1,
        assignment: Some(AssignmentId::new([5; 16])),
        continues: None,
        at: NOW,
    }
}

fn begun() -> Document {
    Document::load(&genesis(doc_id(), &about(), &template())).unwrap()
}

fn session(device: DeviceId, n: u8) -> Session {
    Session::new(device, [n; 16])
}

/// Brings both to the same state by the payloads each would send.
fn exchange((one, by_one): (&mut Document, DeviceId), (other, by_other): (&mut Document, DeviceId)) {
    let (from_one, from_other) = (one.own_changes(by_one, &[]), other.own_changes(by_other, &[]));
    for (document, payload) in [(one, from_other), (other, from_one)] {
        if !payload.is_empty() {
            document.merge(&Payload::decode(&payload).unwrap()).unwrap();
        }
    }
}

fn values(inspection: &Inspection, item: &str) -> Vec<(String, Option<DeviceId>)> {
    let mut values: Vec<_> =
        inspection.recorded(item).iter().map(|one| (one.value.clone(), one.stamp.device)).collect();
    values.sort();
    values
}

#[test]
fn a_genesis_is_the_same_wherever_it_is_computed() {
    let bytes = genesis(doc_id(), &about(), &template());
    assert_eq!(bytes, genesis(doc_id(), &about(), &template()));
    assert_eq!(genesis_about(&bytes).unwrap(), about());
    // Frozen: inspections in the field begin with these bytes. Only ever add another fixture.
    let golden = include_str!("../../fixtures/genesis-v1.hex").trim();
    assert_eq!(data_encoding::HEXLOWER.encode(&bytes), golden);
}

#[test]
fn two_who_start_without_a_signal_have_one_document_and_both_values() {
    let (mut anna, mut ben) = (begun(), begun());
    anna.answer(&mut session(ANNA, 1), NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    ben.answer(&mut session(BEN, 2), NOW + 5000, "FIX-01", Some("fail"), How::Tap).unwrap();
    ben.answer(&mut session(BEN, 3), NOW + 6000, "FIX-02", Some("pass"), How::Rest).unwrap();
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    assert_eq!(anna.heads(), ben.heads());
    let inspection = anna.inspection().unwrap();
    assert_eq!(inspection, ben.inspection().unwrap());
    assert_eq!(inspection.answer("FIX-01"), Answer::Conflict);
    assert_eq!(values(&inspection, "FIX-01"), [("fail".into(), Some(BEN)), ("pass".into(), Some(ANNA))]);
    assert_eq!(inspection.answer("FIX-02"), Answer::Agreed("pass".into()));
    assert_eq!(inspection.recorded("FIX-02")[0].how, How::Rest);
}

#[test]
fn the_same_value_twice_is_agreement() {
    let (mut anna, mut ben) = (begun(), begun());
    anna.answer(&mut session(ANNA, 1), NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    ben.answer(&mut session(BEN, 2), NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    assert_eq!(anna.inspection().unwrap().answer("FIX-01"), Answer::Agreed("pass".into()));
}

#[test]
fn what_is_recorded_over_the_same_words_of_two_is_what_an_honest_app_makes() {
    let (mut anna, mut ben) = (begun(), begun());
    anna.answer(&mut session(ANNA, 1), NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    ben.answer(&mut session(BEN, 2), NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    for value in ["pass", "fail"] {
        let (before, mut chen) = (anna.clone(), anna.clone());
        chen.answer(&mut session(CHEN, 3), NOW, "FIX-01", Some(value), How::Tap).unwrap();
        assert_eq!(chen.inspection().unwrap().answer("FIX-01"), Answer::Agreed(value.into()));
        let payload = chen.own_changes(CHEN, &before.heads());
        if !payload.is_empty() {
            let payload = Payload::decode(&payload).unwrap();
            before.examine(&Known::of(&before), &payload, CHEN).expect("it is admitted");
        }
    }
}

#[test]
fn changing_ones_own_value_in_a_conflict_leaves_the_colleagues_value_standing() {
    let (mut anna, mut ben) = (begun(), begun());
    let mut pen = session(ANNA, 1);
    anna.answer(&mut pen, NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    ben.answer(&mut session(BEN, 2), NOW, "FIX-01", Some("fail"), How::Tap).unwrap();
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    anna.answer(&mut pen, NOW + 9000, "FIX-01", Some("na"), How::Tap).unwrap();
    let after = anna.inspection().unwrap();
    assert_eq!(values(&after, "FIX-01"), [("fail".into(), Some(BEN)), ("na".into(), Some(ANNA))]);
    // Somebody who knows both adds his own and takes neither away.
    let mut chen = anna.clone();
    chen.answer(&mut session(CHEN, 3), NOW + 9000, "FIX-01", Some("pass"), How::Tap).unwrap();
    assert_eq!(values(&chen.inspection().unwrap(), "FIX-01").len(), 3);
    // Agreeing with the colleague ends the difference.
    anna.answer(&mut pen, NOW + 9500, "FIX-01", Some("fail"), How::Tap).unwrap();
    assert_eq!(anna.inspection().unwrap().answer("FIX-01"), Answer::Agreed("fail".into()));
    let history: Vec<String> = anna.history("FIX-01").into_iter().map(|one| one.value).collect();
    assert_eq!(history, ["pass", "fail", "na", "fail"], "every value ever recorded stays readable");
}

#[test]
fn whoever_thinks_again_leaves_standing_that_a_colleague_had_said_the_same_apart() {
    let (mut anna, mut ben) = (begun(), begun());
    let mut pen = session(ANNA, 1);
    anna.answer(&mut pen, NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    ben.answer(&mut session(BEN, 2), NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    anna.answer(&mut pen, NOW + 1000, "FIX-01", None, How::Tap).unwrap();
    assert_eq!(values(&anna.inspection().unwrap(), "FIX-01"), [("pass".into(), Some(BEN))]);
    anna.answer(&mut pen, NOW + 2000, "FIX-01", Some("fail"), How::Tap).unwrap();
    let both = [("fail".into(), Some(ANNA)), ("pass".into(), Some(BEN))];
    assert_eq!(values(&anna.inspection().unwrap(), "FIX-01"), both);
}

fn covers(inspection: &Inspection, item: &str) -> Vec<OpRef> {
    inspection.recorded(item).iter().map(|one| one.stamp.op.clone()).collect()
}

#[test]
fn a_decision_holds_until_something_else_is_recorded() {
    let (mut anna, mut ben) = (begun(), begun());
    let mut pen = session(ANNA, 1);
    anna.answer(&mut pen, NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    ben.answer(&mut session(BEN, 2), NOW, "FIX-01", Some("fail"), How::Tap).unwrap();
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    let act =
        ReviewAct::Decide { value: "fail".into(), covers: covers(&anna.inspection().unwrap(), "FIX-01") };
    anna.review(&mut session(CHEN, 3), NOW, &act, &[(Some("FIX-01"), "照片可见")]).unwrap();
    let decided = anna.inspection().unwrap();
    assert_eq!(decided.answer("FIX-01").value(), Some("fail"));
    assert!(!decided.answer("FIX-01").is_open());
    // A later tap with the decided value changes nothing; another value reopens.
    anna.answer(&mut pen, NOW + 1000, "FIX-01", Some("fail"), How::Tap).unwrap();
    assert!(!anna.inspection().unwrap().answer("FIX-01").is_open());
    anna.answer(&mut pen, NOW + 2000, "FIX-01", Some("na"), How::Tap).unwrap();
    assert_eq!(anna.inspection().unwrap().answer("FIX-01"), Answer::Reopened);
}

#[test]
fn who_worked_at_the_same_time_is_known_and_who_worked_after_another_is_not_of_them() {
    let (mut anna, mut ben) = (begun(), begun());
    anna.answer(&mut session(ANNA, 1), NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    ben.answer(&mut session(BEN, 2), NOW, "FIX-02", Some("fail"), How::Tap).unwrap();
    assert!(anna.parallel().is_empty(), "one alone");
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    let pair = BTreeSet::from([[ANNA, BEN]]);
    assert_eq!((&anna.parallel(), &ben.parallel()), (&pair, &pair), "on different items");

    anna.answer(&mut session(CHEN, 3), NOW, "FIX-03", Some("pass"), How::Tap).unwrap();
    assert_eq!(anna.parallel(), pair, "who came later knew of both");
}

#[test]
fn two_supervisors_who_decide_differently_leave_it_open() {
    let (mut anna, mut ben) = (begun(), begun());
    anna.answer(&mut session(ANNA, 1), NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    ben.answer(&mut session(BEN, 2), NOW, "FIX-01", Some("fail"), How::Tap).unwrap();
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    let covers = covers(&anna.inspection().unwrap(), "FIX-01");
    let (mut chen, mut dai) = (anna.clone(), anna.clone());
    let dai_device = DeviceId::new([0xd; 16]);
    let decide = |value: &str| ReviewAct::Decide { value: value.into(), covers: covers.clone() };
    chen.review(&mut session(CHEN, 3), NOW, &decide("fail"), &[(Some("FIX-01"), "甲")]).unwrap();
    dai.review(&mut session(dai_device, 4), NOW, &decide("pass"), &[(Some("FIX-01"), "乙")]).unwrap();
    exchange((&mut chen, CHEN), (&mut dai, dai_device));
    let both = chen.inspection().unwrap();
    assert_eq!(both.answer("FIX-01"), Answer::Reopened);
    let standing: Vec<OpRef> = both.reviews.iter().map(|review| review.stamp.op.clone()).collect();
    let all = ReviewAct::Decide { value: "pass".into(), covers: [covers, standing].concat() };
    chen.review(&mut session(CHEN, 5), NOW, &all, &[(Some("FIX-01"), "合议")]).unwrap();
    assert_eq!(chen.inspection().unwrap().answer("FIX-01").value(), Some("pass"));
}

fn draft() -> FindingDraft {
    FindingDraft {
        item: "FIX-02".into(),
        kind: "FIX-02-1".into(),
        note: "纸箱堆放".into(),
        place: "3栋2单元门前".into(),
        point: None,
        fixed_on_spot: false,
        asset: String::new(),
    }
}

#[test]
fn findings_of_both_stay_and_a_strike_against_an_edit_is_shown() {
    let (mut anna, mut ben) = (begun(), begun());
    let finding = anna.add_finding(&mut session(ANNA, 1), NOW, &draft()).unwrap();
    ben.add_finding(&mut session(BEN, 2), NOW, &draft()).unwrap();
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    assert_eq!(anna.inspection().unwrap().findings.len(), 2);
    anna.strike_finding(&mut session(ANNA, 3), NOW, &finding, "重复").unwrap();
    assert!(
        !anna.inspection().unwrap().findings.iter().any(|f| f.struck.as_ref().is_some_and(|s| s.disputed))
    );
    let edited = FindingDraft { note: "纸箱与自行车".into(), ..draft() };
    ben.edit_finding(&mut session(BEN, 4), NOW, &finding, &edited).unwrap();
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    let inspection = ben.inspection().unwrap();
    let struck = inspection.findings.iter().find(|one| one.id == finding).unwrap();
    assert_eq!(struck.note, "纸箱与自行车");
    assert!(struck.struck.as_ref().unwrap().disputed, "a strike against an edit is shown, not hidden");
}

#[test]
fn photos_remarks_and_states_are_read_back() {
    let mut anna = begun();
    let mut pen = session(ANNA, 1);
    let user = crate::ids::UserId::new([1; 16]);
    let state = |document: &Document| document.inspection().unwrap().state(&[user], |_| Some(user));
    assert_eq!(state(&anna), ReviewState::Draft);
    let photo = PhotoDraft {
        hash: PhotoHash::of(b"photo"),
        bytes: 5,
        item: Some("FIX-02".into()),
        finding: None,
        copy_of: None,
        source: PhotoSource::Camera,
        role: PhotoRole::Evidence,
        point: Some(crate::area::Point {
            latitude_e6: 25_040_000,
            longitude_e6: 102_700_000,
            accuracy_m: Some(8),
        }),
    };
    let photo = anna.add_photo(&mut pen, NOW, &photo).unwrap();
    let finding = anna.add_finding(&mut pen, NOW, &draft()).unwrap();
    anna.attach_photos(&mut pen, NOW, &finding, std::slice::from_ref(&photo)).unwrap();
    anna.remark(&mut pen, NOW, None, "雨后复看").unwrap();
    anna.submit(&mut pen, NOW, &[]).unwrap();
    let inspection = anna.inspection().unwrap();
    assert_eq!(inspection.photos[0].finding.as_deref(), Some(finding.as_str()));
    assert_eq!(inspection.photos[0].point.unwrap().accuracy_m, Some(8));
    assert_eq!(inspection.remarks[0].text, "雨后复看");
    assert_eq!(state(&anna), ReviewState::Reviewing);
    let approved_at = anna.heads();
    let approve = ReviewAct::Approve { heads: vec![] };
    anna.review(&mut session(CHEN, 2), NOW, &ReviewAct::Return, &[(Some("FIX-02"), "补近景")]).unwrap();
    assert_eq!(state(&anna), ReviewState::Returned);
    let returned: Vec<OpRef> =
        anna.inspection().unwrap().open_returns().map(|r| r.stamp.op.clone()).collect();
    anna.submit(&mut pen, NOW, &returned).unwrap();
    assert_eq!(state(&anna), ReviewState::Reviewing);
    assert!(anna.recorded_since(&approved_at), "a submission after the seal is seen");
    let sealed = anna.heads();
    anna.review(&mut session(CHEN, 2), NOW, &approve, &[(None, "属实")]).unwrap();
    assert_eq!(state(&anna), ReviewState::Approved);
    assert!(!anna.recorded_since(&sealed), "reviews alone are no later change");
}

#[test]
fn the_responses_that_two_collected_apart_are_counted_together() {
    let (mut anna, mut ben) = (begun(), begun());
    let mut pen = session(ANNA, 1);
    for opinion in [Opinion::Yes, Opinion::Yes, Opinion::No, Opinion::Void] {
        anna.respond(&mut pen, NOW, "FIX-02", opinion).unwrap();
    }
    for opinion in [Opinion::Yes, Opinion::No] {
        ben.respond(&mut session(BEN, 2), NOW, "FIX-02", opinion).unwrap();
    }
    assert_eq!(anna.inspection().unwrap().answer("FIX-02"), Answer::Agreed("2/3".into()));
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    let both = ben.inspection().unwrap();
    assert_eq!(both.answer("FIX-02"), Answer::Agreed("3/5".into()));
    assert_eq!(both.survey("FIX-02"), Survey { yes: 3, no: 2, void: 1 });
    assert!(both.remarks.is_empty(), "a response is no remark");
    assert_eq!(ben.history("FIX-02").last().unwrap().value, "3/5", "and its count is in the history");
}

#[test]
fn only_the_device_that_recorded_a_response_takes_it_back() {
    let (mut anna, mut ben) = (begun(), begun());
    anna.respond(&mut session(ANNA, 1), NOW, "FIX-02", Opinion::No).unwrap();
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    let response = anna.inspection().unwrap().responses[0].stamp.op.clone();
    ben.take_back_response(&mut session(BEN, 2), NOW, "FIX-02", &response).unwrap();
    assert_eq!(ben.inspection().unwrap().answer("FIX-02"), Answer::Agreed("0/1".into()));
    anna.take_back_response(&mut session(ANNA, 3), NOW, "FIX-02", &response).unwrap();
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    let both = ben.inspection().unwrap();
    assert_eq!(both.answer("FIX-02"), Answer::None);
    assert!(both.responses[0].taken_back, "and it stays readable");
}

#[test]
fn who_came_and_left_is_read_with_place_and_time() {
    let mut anna = begun();
    let mut pen = session(ANNA, 1);
    let point =
        crate::area::Point { latitude_e6: 25_040_000, longitude_e6: 102_700_000, accuracy_m: Some(8) };
    anna.pass(&mut pen, NOW, Passage::Arrival, Some(point)).unwrap();
    anna.pass(&mut pen, NOW + 60_000, Passage::Departure, None).unwrap();
    let inspection = anna.inspection().unwrap();
    let seen: Vec<_> =
        inspection.presences.iter().map(|one| (one.passage, one.point, one.stamp.at)).collect();
    assert_eq!(seen, [(Passage::Arrival, Some(point), NOW), (Passage::Departure, None, NOW + 60_000)]);
    assert!(inspection.remarks.is_empty());
}

#[test]
fn a_saved_document_is_whole_or_an_error() {
    let mut anna = begun();
    anna.answer(&mut session(ANNA, 1), NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    let saved = anna.save();
    assert_eq!(Document::load(&saved).unwrap().heads(), anna.heads());
    assert!(Document::load(&saved[..saved.len() - 3]).is_err());
}

#[test]
fn a_payload_keeps_its_bytes() {
    let mut anna = begun();
    let since = anna.heads();
    let mut pen = session(ANNA, 1);
    anna.answer(&mut pen, NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    anna.add_finding(&mut pen, NOW, &draft()).unwrap();
    anna.remark(&mut pen, NOW, Some("FIX-02"), "雨后复看").unwrap();
    anna.submit(&mut pen, NOW, &[]).unwrap();
    let payload = anna.own_changes(ANNA, &since);
    // Frozen: phones hold changes of this form. Only ever add another fixture.
    let golden = include_str!("../../fixtures/payload-v1.hex").trim();
    assert_eq!(data_encoding::HEXLOWER.encode(&payload), golden);
    assert!(Payload::decode(&payload).is_ok());
}

#[test]
fn a_payload_that_claims_millions_of_operations_is_refused_before_it_is_read() {
    let mut anna = begun();
    let since = anna.heads();
    anna.answer(&mut session(ANNA, 1), NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    let payload = anna.own_changes(ANNA, &since);
    // A run of the first column with a number column after its header: every byte changed to a huge run.
    let mut refused = 0;
    for index in 9..payload.len() {
        let mut hostile = payload.clone();
        hostile.splice(index..=index, [0xff, 0xff, 0xff, 0xff, 0x7f]);
        refused += usize::from(Payload::decode(&hostile).is_err());
    }
    assert_eq!(refused, payload.len() - 9, "no mutation of the payload may be taken for honest");
    assert!(Payload::decode(&[]).is_err());
    assert!(Payload::decode(&payload[..payload.len() - 1]).is_err());
}

/// What `examine` says of a change that somebody else's app made on top of a document.
fn examined(
    document: &Document,
    device: DeviceId,
    write: impl FnOnce(&mut automerge::transaction::Transaction<'_>),
) -> Result<Touched, StructureError> {
    let mut theirs = document.automerge.clone();
    theirs.set_author(Some(automerge::Author::from(device.as_bytes().to_vec())));
    theirs.set_actor(automerge::ActorId::from(&[77; 16][..]));
    let mut transaction = theirs.transaction();
    write(&mut transaction);
    let time = automerge::transaction::CommitOptions::default().with_time(NOW / 1000);
    let _committed = transaction.commit_with(time);
    let payload = Document { automerge: theirs }.own_changes(device, &document.heads());
    document.examine(&Known::of(document), &Payload::decode(&payload).unwrap(), device)
}

#[test]
fn what_makes_a_photo_evidence_cannot_be_changed_later() {
    use automerge::{ReadDoc as _, transaction::Transactable as _};
    let mut anna = begun();
    let photo = PhotoDraft {
        hash: PhotoHash::of(b"photo"),
        bytes: 5,
        item: Some("FIX-02".into()),
        finding: None,
        copy_of: None,
        source: PhotoSource::Album,
        role: PhotoRole::Evidence,
        point: None,
    };
    let id = anna.add_photo(&mut session(ANNA, 1), NOW, &photo).unwrap();
    let photos = anna.automerge.get(automerge::ROOT, "photos").unwrap().unwrap().1;
    let map = anna.automerge.get(&photos, id.as_str()).unwrap().unwrap().1;
    let put = |field: &'static str, value: &'static str| {
        examined(&anna, BEN, |transaction| transaction.put(&map, field, value).unwrap())
    };
    for field in ["hash", "item", "source", "role", "point"] {
        assert_eq!(put(field, "other"), Err(StructureError::Operation), "{field}");
    }
    assert!(
        matches!(put("struck", "模糊"), Ok(Touched::Writes(_))),
        "a colleague may strike it, with a reason"
    );
}

#[test]
fn nothing_is_deleted_and_nothing_is_written_outside_the_schema() {
    use automerge::{ObjType, ReadDoc as _, transaction::Transactable as _};
    let mut anna = begun();
    anna.answer(&mut session(ANNA, 1), NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    let answers = anna.automerge.get(automerge::ROOT, "answers").unwrap().unwrap().1;
    let item = anna.automerge.get(&answers, "FIX-01").unwrap().unwrap().1;
    type Hostile<'h> = Box<dyn FnOnce(&mut automerge::transaction::Transaction<'_>) + 'h>;
    let hostile: Vec<Hostile<'_>> = vec![
        Box::new(|tx| tx.delete(&item, "value").unwrap()),
        Box::new(|tx| tx.put(automerge::ROOT, "more", "x").unwrap()),
        Box::new(|tx| tx.put(&item, "value", automerge::ScalarValue::counter(1)).unwrap()),
        Box::new(|tx| drop(tx.put_object(&answers, "FIX-99", ObjType::Map).unwrap())),
        Box::new(|tx| drop(tx.put_object(&item, "value", ObjType::Text).unwrap())),
    ];
    for (index, write) in hostile.into_iter().enumerate() {
        assert_eq!(examined(&anna, BEN, write), Err(StructureError::Operation), "number {index}");
    }
}

#[test]
fn a_clock_that_is_decades_off_costs_nobody_his_work() {
    for clock in [0, -5_000_000_000_000, 9_000_000_000_000_000] {
        let mut anna = begun();
        let since = anna.heads();
        anna.answer(&mut session(ANNA, 1), clock, "FIX-01", Some("pass"), How::Tap).unwrap();
        let payload = Payload::decode(&anna.own_changes(ANNA, &since)).unwrap();
        let server = begun();
        let touched = server.examine(&Known::of(&server), &payload, ANNA);
        assert!(matches!(touched, Ok(Touched::Writes(_))), "clock {clock}: {touched:?}");
    }
}

#[test]
fn after_many_differences_everybody_can_go_on() {
    let (mut anna, mut ben) = (begun(), begun());
    let mut pen = session(ANNA, 1);
    for item in ["FIX-01", "FIX-02"] {
        anna.answer(&mut pen, NOW, item, Some("pass"), How::Tap).unwrap();
        ben.answer(&mut session(BEN, 2), NOW, item, Some("fail"), How::Tap).unwrap();
    }
    exchange((&mut anna, ANNA), (&mut ben, BEN));
    for tap in 0..80 {
        let value = if tap % 2 == 0 { "na" } else { "pass" };
        anna.answer(&mut pen, NOW + tap, "FIX-01", Some(value), How::Tap).unwrap();
        anna.answer(&mut pen, NOW + tap, "FIX-02", Some(value), How::Tap).unwrap();
    }
    anna.submit(&mut pen, NOW, &[]).unwrap();
    let mut server = begun();
    for device in [BEN, ANNA] {
        let payload = Payload::decode(&anna.own_changes(device, &begun().heads())).unwrap();
        let touched = server.examine(&Known::of(&server), &payload, device);
        assert!(matches!(touched, Ok(Touched::Writes(_))), "{touched:?}");
        server.merge(&payload).unwrap();
    }
    assert_eq!(server.heads(), anna.heads());
}

#[test]
fn a_genesis_from_outside_is_read_without_being_applied() {
    assert_eq!(genesis_about(&genesis(doc_id(), &about(), &template())).unwrap(), about());
    let mut anna = begun();
    let since = anna.heads();
    anna.answer(&mut session(ANNA, 1), NOW, "FIX-01", Some("pass"), How::Tap).unwrap();
    assert!(genesis_about(&anna.own_changes(ANNA, &since)).is_err(), "another change is no genesis");
    assert!(genesis_about(b"rubbish").is_err());
}

#[test]
fn a_submission_answers_any_number_of_returns_in_texts_that_fit() {
    let mut anna = begun();
    let mut pen = session(ANNA, 1);
    let returns: Vec<OpRef> = (0..250).map(|n| OpRef(format!("{n}@{}", "ab".repeat(16)))).collect();
    anna.submit(&mut pen, NOW, &returns).unwrap();
    let submissions = anna.inspection().unwrap().submissions;
    let answered: Vec<OpRef> = submissions.iter().flat_map(|one| one.answers.clone()).collect();
    assert_eq!(answered, returns);
    let longest =
        submissions.iter().map(|one| one.answers.iter().map(|op| op.0.len() + 1).sum::<usize>()).max();
    assert!(longest.unwrap() <= crate::protocol::limits::TEXT_BYTES_MAX);
    anna.submit(&mut pen, NOW, &[]).unwrap();
    assert_eq!(anna.inspection().unwrap().submissions.len(), submissions.len() + 1);
}
