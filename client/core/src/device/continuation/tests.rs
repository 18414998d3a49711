//! Promises of continuations, through the real gate.

use rounds_shared::{
    permission::Role,
    protocol::{
        EntryBody, Judgement,
        limits::{DOCUMENT_BYTES_MAX, DOCUMENT_NEARLY_FULL_PERCENT, TEXT_BYTES_MAX},
    },
    registry::{Event, User},
};

use crate::{
    App, Failure,
    testing::{ANNA, BEN, City, assignment, sync, user},
    view::DeliveryState,
};

/// Fills an inspection with words until nothing more is taken; says how much that was.
fn fill(app: &App, inspection: &str) -> usize {
    let words = "字".repeat(TEXT_BYTES_MAX / "字".len());
    for written in 0.. {
        match app.remark_add(inspection, None, &words) {
            Ok(view) => assert!(!view.nearly_full || app.remark_add(inspection, None, &words).is_err()),
            Err(failure) => {
                assert_eq!(failure, Failure::InspectionFull);
                return written * words.len();
            }
        }
    }
    unreachable!("a document has a limit")
}

fn holds_anything(city: &City) -> bool {
    city.log.iter().any(|entry| matches!(entry.parse(), EntryBody::Envelope(_, Judgement::Held { .. })))
}

#[test]
fn a_full_inspection_goes_on_in_one_continuation_for_two_without_a_signal_and_nothing_is_held() {
    let mut city = City::founded();
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (anna, ben) = (ANNA.app(dirs[0].path(), &city), BEN.app(dirs[1].path(), &city));
    sync(&anna, &mut city);
    let inspection = anna.open_assignment(&assignment().id.to_string()).unwrap();
    anna.answer(&inspection, "FIX-01", Some("pass")).unwrap();
    assert!(!anna.inspection(&inspection).unwrap().nearly_full);
    let written = fill(&anna, &inspection);
    let most = DOCUMENT_BYTES_MAX * usize::try_from(DOCUMENT_NEARLY_FULL_PERCENT).unwrap() / 100;
    assert!(written + TEXT_BYTES_MAX > most * 98 / 100, "not before it is nearly full: {written}");

    // What is there can be corrected and handed in; nothing is added.
    assert!(anna.inspection(&inspection).unwrap().nearly_full);
    anna.answer(&inspection, "FIX-01", Some("fail")).unwrap();
    assert_eq!(anna.answer(&inspection, "FIX-02", Some("pass")).err(), Some(Failure::InspectionFull));
    anna.submit(&inspection).unwrap();

    sync(&anna, &mut city);
    sync(&ben, &mut city);
    let continuation = anna.open_continuation(&inspection).unwrap();
    assert_eq!(ben.open_continuation(&inspection).unwrap(), continuation, "the same for both");
    anna.answer(&continuation, "FIX-02", Some("pass")).unwrap();
    ben.answer(&continuation, "FIX-02", Some("pass")).unwrap();
    for app in [&anna, &ben, &anna] {
        sync(app, &mut city);
    }
    assert!(!holds_anything(&city), "the gate takes all of it");
    assert_eq!(anna.heads(&continuation).unwrap(), ben.heads(&continuation).unwrap());
    for app in [&anna, &ben] {
        let (full, more) = (app.inspection(&inspection).unwrap(), app.inspection(&continuation).unwrap());
        assert_eq!(full.continued_by.as_deref(), Some(continuation.as_str()));
        assert_eq!(more.continues.as_deref(), Some(inspection.as_str()));
        assert_eq!((more.area, more.template, more.assignment), (full.area, full.template, None));
        assert_eq!(more.delivery.state, DeliveryState::Delivered);
        assert!(app.inspections().unwrap().iter().any(|card| card.id == continuation && card.continuation));
    }
}

#[test]
fn opening_a_continuation_again_loses_nothing() {
    let city = City::founded();
    let dir = tempfile::tempdir().unwrap();
    let (anna, mut city) = (ANNA.app(dir.path(), &city), city);
    sync(&anna, &mut city);
    let inspection = anna.open_assignment(&assignment().id.to_string()).unwrap();
    assert_eq!(anna.inspection(&inspection).unwrap().continued_by, None);
    let continuation = anna.open_continuation(&inspection).unwrap();
    anna.answer(&continuation, "FIX-01", Some("pass")).unwrap();
    assert_eq!(anna.open_continuation(&inspection).unwrap(), continuation);
    assert_eq!(anna.inspection(&continuation).unwrap().score.answered, 1);
}

#[test]
fn who_was_asked_by_name_goes_on_from_a_continuation_too_though_his_areas_are_elsewhere() {
    let mut city = City::founded();
    city.register(Event::UserPut(User {
        areas: vec!["530102002003".parse().unwrap()],
        ..user(&ANNA, Role::Inspector)
    }));
    let dir = tempfile::tempdir().unwrap();
    let anna = ANNA.app(dir.path(), &city);
    sync(&anna, &mut city);
    let mut inspection = anna.open_assignment(&assignment().id.to_string()).unwrap();
    for _ in 0..3 {
        inspection = anna.open_continuation(&inspection).unwrap();
        anna.answer(&inspection, "FIX-01", Some("pass")).unwrap();
        sync(&anna, &mut city);
        assert_eq!(anna.inspection(&inspection).unwrap().delivery.state, DeliveryState::Delivered);
    }
    assert!(!holds_anything(&city));
}
