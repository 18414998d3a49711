//! What an inspector does without a connection: on disk at once, whatever happens next.

use rounds_shared::{
    assignment::InspectionKind,
    inspection::{Opinion, Passage},
};

use super::*;
use crate::{
    photos::PhotoSize,
    space::Space,
    testing::{ANNA, AREA, BEN, City, assignment, finding, killed, picture, sync, taken},
    view::{
        AnswerState, DeliveryState, DraftView, HowView, ItemView, PassageView, PhotoRoleView,
        PhotoSourceView, PointView, ReviewStateView, StrikeTarget, SurveyView,
    },
};

/// An app that has its city's registry, and is offline from now on.
fn begun(dir: &Path) -> (App, City, String) {
    let mut city = City::founded();
    let app = ANNA.app(dir, &city);
    sync(&app, &mut city);
    let inspection = app.open_assignment(&assignment().id.to_string()).unwrap();
    (app, city, inspection)
}

fn tap(app: &App, inspection: &str, item: &str, value: &str) -> Result<ItemView, Failure> {
    app.answer(inspection, item, Some(value))
}

fn value_of(app: &App, inspection: &str, item: &str) -> Option<String> {
    let view = app.inspection(inspection).unwrap();
    let item = view.domains.iter().flat_map(|domain| &domain.items).find(|one| one.code == item).unwrap();
    item.answer.value.clone()
}

#[test]
fn whatever_was_tapped_is_there_after_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let (app, mut city, inspection) = begun(dir.path());
    let values = [("FIX-01", "pass"), ("FIX-02", "fail"), ("FIX-03", "4/5"), ("FIX-04", "47/50")];
    for (index, (item, value)) in values.iter().enumerate() {
        assert_eq!(tap(&app, &inspection, item, value).unwrap().answer.mine.as_deref(), Some(*value));
        let copy = killed(dir.path());
        let again = ANNA.reopen(copy.path(), 2);
        for (item, value) in &values[..=index] {
            assert_eq!(value_of(&again, &inspection, item).as_deref(), Some(*value), "{item} was on disk");
        }
        // And it is packed and delivered from there.
        if index + 1 == values.len() {
            sync(&again, &mut city);
            let delivery = again.inspection(&inspection).unwrap().delivery;
            assert_eq!((delivery.state, delivery.changes_pending), (DeliveryState::Delivered, 0));
        }
    }
}

#[test]
fn what_is_typed_of_a_finding_survives_a_kill_unread_by_anybody_and_ends_with_the_finding() {
    let dir = tempfile::tempdir().unwrap();
    let (app, _, inspection) = begun(dir.path());
    let draft =
        DraftView { note: "纸箱堆放在三楼".into(), photos: vec!["p".into()], ..DraftView::default() };
    app.draft_keep(&inspection, "FIX-02", &draft).unwrap();
    let copy = killed(dir.path());
    for file in ["rounds.sqlite", "rounds.sqlite-wal"] {
        let bytes = std::fs::read(copy.path().join(file)).unwrap();
        assert!(!bytes.windows(12).any(|part| part == "纸箱堆放".as_bytes()), "{file} can be read");
    }
    let again = ANNA.reopen(copy.path(), 2);
    assert_eq!(again.draft(&inspection, "FIX-02").unwrap(), Some(draft.clone()));
    assert_eq!(again.draft(&inspection, "FIX-01").unwrap(), None);
    again.finding_add(&inspection, "FIX-02", &finding(), &[]).unwrap();
    assert_eq!(again.draft(&inspection, "FIX-02").unwrap(), None);

    again.draft_keep(&inspection, "FIX-01", &draft).unwrap();
    again.draft_keep(&inspection, "FIX-01", &DraftView::default()).unwrap();
    assert_eq!(again.draft(&inspection, "FIX-01").unwrap(), None, "with nothing in it, it is none");

    let nowhere = DocId::new([9; 16]).to_string();
    assert_eq!(app.draft_keep(&nowhere, "FIX-02", &draft), Err(Failure::NotFound));
    let long = DraftView { note: "字".repeat(20_000), ..draft };
    assert_eq!(app.draft_keep(&inspection, "FIX-02", &long), Err(Failure::TEXT_TOO_LONG));
}

#[test]
fn a_phone_that_gets_full_says_so_early_and_then_photos_give_way_and_words_do_not() {
    const MIB: u64 = 1024 * 1024;
    let dir = tempfile::tempdir().unwrap();
    let (app, _, inspection) = begun(dir.path());
    drop(app);
    let free = Arc::new(std::sync::atomic::AtomicU64::new(4_000 * MIB));
    let left = Arc::clone(&free);
    let disk = move |_: &Path| {
        Some(Disk { free: left.load(std::sync::atomic::Ordering::Relaxed), total: 64_000 * MIB })
    };
    let surroundings = Surroundings { disk: Box::new(disk), ..crate::testing::surroundings(7) };
    let app = App::open(dir.path(), &crate::testing::key(), surroundings, Box::new(|_| {})).unwrap();
    let photo = |shade| app.photo_add(&taken(&inspection), &picture(shade));
    for (mib, space) in [(4_000, Space::Enough), (400, Space::Low)] {
        free.store(mib * MIB, std::sync::atomic::Ordering::Relaxed);
        let status = app.sync_status().unwrap();
        assert_eq!((status.space, status.free_bytes), (space, Some(mib * MIB)));
        photo(u8::try_from(mib % 251).unwrap()).unwrap();
    }
    free.store(20 * MIB, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(app.sync_status().unwrap().space, Space::TextOnly);
    assert_eq!(photo(9).err(), Some(Failure::PhotoNoRoom));
    tap(&app, &inspection, "FIX-01", "pass").unwrap();
    app.finding_add(&inspection, "FIX-02", &finding(), &[]).unwrap();
    let photos = |app: &App| app.sync_status().unwrap().photos_pending;
    assert_eq!(photos(&app), 2, "what was refused is nowhere");
    free.store(4_000 * MIB, std::sync::atomic::Ordering::Relaxed);
    photo(9).unwrap();
    assert_eq!(photos(&app), 3);
}

#[test]
fn a_tap_is_said_to_be_undelivered_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let (app, _, inspection) = begun(dir.path());
    drop(app);
    let (tell, told) = std::sync::mpsc::channel();
    let listener = Box::new(move |event| tell.send(event).expect("the test listens"));
    let app =
        App::open(dir.path(), &crate::testing::key(), crate::testing::surroundings(7), listener).unwrap();
    for (pending, item) in [(1, "FIX-01"), (2, "FIX-02")] {
        tap(&app, &inspection, item, "pass").unwrap();
        let Some(Event::Sync(status)) = told.try_iter().last() else { panic!("nothing was said") };
        assert_eq!(status.changes_pending, pending);
    }
}

#[test]
fn the_rest_of_a_section_passes_by_one_tap_and_comes_back_by_one() {
    let dir = tempfile::tempdir().unwrap();
    let (app, _, inspection) = begun(dir.path());
    app.finding_add(&inspection, "FIX-02", &finding(), &[]).unwrap();
    let passed = app.pass_rest(&inspection, "FIX").unwrap();
    assert_eq!(passed.items, ["FIX-01"], "where a problem was found nothing passes by itself");
    app.take_back_rest(&inspection, &passed.items).unwrap();
    tap(&app, &inspection, "FIX-02", "fail").unwrap();
    let passed = app.pass_rest(&inspection, "FIX").unwrap();
    assert_eq!(
        passed.items,
        ["FIX-01"],
        "what is answered, and what must be counted or sampled, is not the rest"
    );
    let copy = killed(dir.path());
    let again = ANNA.reopen(copy.path(), 2);
    let view = again.inspection(&inspection).unwrap();
    let answer =
        |code: &str| view.domains[0].items.iter().find(|item| item.code == code).unwrap().answer.clone();
    assert_eq!(
        (answer("FIX-01").values[0].how, answer("FIX-02").values[0].how),
        (HowView::Rest, HowView::Tap)
    );
    assert!(app.pass_rest(&inspection, "FIX").unwrap().items.is_empty(), "there is no rest of the rest");
    assert_eq!(app.pass_rest(&inspection, "XXX").err(), Some(Failure::NotFound));
    app.take_back_rest(&inspection, &passed.items).unwrap();
    assert_eq!(value_of(&app, &inspection, "FIX-01"), None);
    assert_eq!(value_of(&app, &inspection, "FIX-02").as_deref(), Some("fail"));
    // What was answered by itself since is no longer the tap's to take.
    app.pass_rest(&inspection, "FIX").unwrap();
    tap(&app, &inspection, "FIX-01", "na").unwrap();
    app.take_back_rest(&inspection, &passed.items).unwrap();
    assert_eq!(value_of(&app, &inspection, "FIX-01").as_deref(), Some("na"));
}

#[test]
fn a_finding_with_its_photo_place_and_point_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let (app, _, inspection) = begun(dir.path());
    let png = picture(0);
    let input = taken(&inspection);
    let photo = app.photo_add(&input, &png).unwrap();
    assert!(photo.on_device && !photo.delivered);
    app.finding_add(&inspection, "FIX-02", &finding(), std::slice::from_ref(&photo.id)).unwrap();
    let copy = killed(dir.path());
    let again = ANNA.reopen(copy.path(), 2);
    let view = again.inspection(&inspection).unwrap();
    let found = view.domains[0].items.iter().find(|item| item.code == "FIX-02").unwrap();
    assert_eq!(found.findings[0].place, "3栋2单元门前");
    assert_eq!(found.findings[0].point, Some(PointView { lat: 25.0512, lon: 102.7043, accuracy_m: 8.0 }));
    assert_eq!(found.findings[0].photos[0].id, photo.id);
    assert!(found.photos.is_empty(), "the photo belongs to its finding");
    assert_eq!(view.delivery.photos_total, 1);
    assert!(!again.photo(&photo.hash, PhotoSize::Thumb).unwrap().is_empty());
    // Only what changed is written again, and the kind must be one of the item's.
    let edited = FindingInput { note: "已清".into(), fixed_on_spot: true, ..finding() };
    let item = again.finding_edit(&inspection, &found.findings[0].id, &edited).unwrap();
    assert!(item.findings[0].fixed_on_spot && item.findings[0].note == "已清");
    let wrong = FindingInput { kind: "FIX-01-1".into(), ..finding() };
    assert_eq!(again.finding_add(&inspection, "FIX-02", &wrong, &[]), Err(Failure::ValueInvalid));
}

#[test]
fn what_two_asked_apart_is_counted_together_and_nothing_is_typed_beside_it() {
    let (anna_dir, ben_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (anna, mut city, inspection) = begun(anna_dir.path());
    let ben = BEN.app(ben_dir.path(), &city);
    sync(&ben, &mut city);
    ben.open_assignment(&assignment().id.to_string()).unwrap();
    for opinion in [Opinion::Yes, Opinion::No, Opinion::Void, Opinion::No] {
        anna.respond(&inspection, "FIX-04", opinion).unwrap();
    }
    let item = anna.take_back_response(&inspection, "FIX-04").unwrap();
    assert_eq!(item.answer.value.as_deref(), Some("1/2"), "the last one was taken back");
    assert_eq!(tap(&anna, &inspection, "FIX-04", "9/10"), Err(Failure::ValueInvalid));
    assert_eq!(
        anna.respond(&inspection, "FIX-01", Opinion::Yes),
        Err(Failure::ValueInvalid),
        "nobody is asked"
    );
    ben.respond(&inspection, "FIX-04", Opinion::Yes).unwrap();
    for app in [&anna, &ben, &anna] {
        sync(app, &mut city);
    }
    let view = anna.inspection(&inspection).unwrap();
    let item = view.domains[0].items.iter().find(|item| item.code == "FIX-04").unwrap();
    assert_eq!((item.answer.state, item.answer.value.as_deref()), (AnswerState::Agreed, Some("2/3")));
    assert_eq!(item.survey, Some(SurveyView { yes: 2, no: 1, void: 1, mine: 3 }));
    assert_eq!((view.delivery.changes_pending, view.delivery.reason), (0, None), "the server takes it");
}

#[test]
fn a_result_typed_from_paper_forms_is_not_counted_on() {
    let dir = tempfile::tempdir().unwrap();
    let (app, _, inspection) = begun(dir.path());
    tap(&app, &inspection, "FIX-04", "17/20").unwrap();
    assert_eq!(app.respond(&inspection, "FIX-04", Opinion::Yes), Err(Failure::ValueInvalid));
    app.answer(&inspection, "FIX-04", None).unwrap();
    app.respond(&inspection, "FIX-04", Opinion::Yes).unwrap();
    assert_eq!(value_of(&app, &inspection, "FIX-04").as_deref(), Some("1/1"));
}

#[test]
fn coming_leaving_and_a_signature_survive_a_kill_and_are_delivered() {
    let dir = tempfile::tempdir().unwrap();
    let (app, mut city, inspection) = begun(dir.path());
    let here = PointView { lat: 25.0512, lon: 102.7043, accuracy_m: 12.0 };
    app.pass(&inspection, Passage::Arrival, Some(here)).unwrap();
    app.pass(&inspection, Passage::Departure, None).unwrap();
    let png = picture(0);
    let signature = PhotoInput {
        item: None,
        source: PhotoSourceView::Drawn,
        role: PhotoRoleView::Signature,
        ..taken(&inspection)
    };
    let photo = app.photo_add(&signature, &png).unwrap();
    let loose = PhotoInput { role: PhotoRoleView::Evidence, ..signature };
    assert_eq!(app.photo_add(&loose, &png), Err(Failure::ValueInvalid), "a photo belongs to an item");
    let copy = killed(dir.path());
    let again = ANNA.reopen(copy.path(), 2);
    sync(&again, &mut city);
    let view = again.inspection(&inspection).unwrap();
    let passed: Vec<_> = view.presences.iter().map(|one| (one.passage, one.point)).collect();
    assert_eq!(passed, [(PassageView::Arrival, Some(here)), (PassageView::Departure, None)]);
    assert_eq!(view.signatures[0].id, photo.id);
    assert!(view.remarks.is_empty());
    assert_eq!((view.delivery.changes_pending, view.delivery.reason), (0, None), "the server takes it");
}

#[test]
fn a_drawn_copy_names_the_photo_it_is_of() {
    let dir = tempfile::tempdir().unwrap();
    let (app, mut city, inspection) = begun(dir.path());
    let png = picture(0);
    let original = taken(&inspection);
    let photo = app.photo_add(&original, &png).unwrap();
    let drawn = PhotoInput { source: PhotoSourceView::Drawn, copy_of: Some(photo.id.clone()), ..original };
    let copy = app.photo_add(&drawn, &png).unwrap();
    assert_eq!(copy.copy_of.as_deref(), Some(photo.id.as_str()));
    let unknown = PhotoInput { copy_of: Some("nothing".into()), ..drawn };
    assert_eq!(app.photo_add(&unknown, &png), Err(Failure::NotFound));
    sync(&app, &mut city);
    let delivery = app.inspection(&inspection).unwrap().delivery;
    assert_eq!((delivery.changes_pending, delivery.reason), (0, None), "the server takes it");
}

#[test]
fn what_is_written_again_and_again_is_offered_for_its_item() {
    let dir = tempfile::tempdir().unwrap();
    let (app, _, inspection) = begun(dir.path());
    let noted = |note: &str| FindingInput { note: note.into(), ..finding() };
    for note in ["已通知物业", "纸箱堆放", "纸箱堆放", "纸箱堆放", "", &"很长的经过".repeat(10)]
    {
        app.finding_add(&inspection, "FIX-02", &noted(note), &[]).unwrap();
    }
    app.remark_add(&inspection, Some("FIX-02"), "已通知物业").unwrap();
    app.remark_add(&inspection, None, "下午再来").unwrap();
    let again = ANNA.reopen(killed(dir.path()).path(), 2);
    assert_eq!(
        again.phrases("FIX-02").unwrap(),
        ["纸箱堆放", "已通知物业"],
        "the most used first, nothing long"
    );
    assert!(again.phrases("FIX-01").unwrap().is_empty(), "each item has its own");
}

#[test]
fn two_findings_of_one_place_are_joined_and_no_photo_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let (app, mut city, inspection) = begun(dir.path());
    let mut photos = Vec::new();
    for shade in [40, 200] {
        let png = picture(shade);
        let input = taken(&inspection);
        let photo = app.photo_add(&input, &png).unwrap();
        app.finding_add(&inspection, "FIX-02", &finding(), std::slice::from_ref(&photo.id)).unwrap();
        photos.push(photo.id);
    }
    let ids = |item: &ItemView| item.findings.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    let view = app.inspection(&inspection).unwrap();
    let both = ids(view.domains[0].items.iter().find(|item| item.code == "FIX-02").unwrap());
    let join = |one: &str, into: &str, reason| app.finding_join(&inspection, one, into, reason);
    assert_eq!(join(&both[0], &both[0], "同一处").err(), Some(Failure::NotFound), "with itself");
    assert_eq!(join(&both[1], &both[0], " ").err(), Some(Failure::ReasonRequired));
    let item = join(&both[1], &both[0], "同一处").unwrap();
    let of = |id: &str| item.findings.iter().find(|one| one.id == id).unwrap();
    assert_eq!(of(&both[1]).struck.as_ref().unwrap().reason, "同一处");
    let mut joined: Vec<_> = of(&both[0]).photos.iter().map(|photo| photo.id.clone()).collect();
    joined.sort();
    photos.sort();
    assert_eq!(joined, photos);
    assert_eq!(join(&both[1], &both[0], "同一处").err(), Some(Failure::NotFound), "it is struck already");
    sync(&app, &mut city);
    let delivery = app.inspection(&inspection).unwrap().delivery;
    assert_eq!((delivery.changes_pending, delivery.reason), (0, None), "the server takes it");
}

#[test]
fn a_full_disk_is_said_and_takes_nothing_back() {
    let dir = tempfile::tempdir().unwrap();
    let (app, mut city, inspection) = begun(dir.path());
    tap(&app, &inspection, "FIX-01", "pass").unwrap();
    app.device().store.fill_up();
    let mut last = None;
    let failure = loop {
        let value = if last.as_deref() == Some("pass") { "fail" } else { "pass" };
        match tap(&app, &inspection, "FIX-02", value) {
            Ok(item) => last = item.answer.value,
            Err(failure) => break failure,
        }
    };
    assert_eq!(failure, Failure::StorageFull);
    assert_eq!(value_of(&app, &inspection, "FIX-01").as_deref(), Some("pass"));
    assert_eq!(value_of(&app, &inspection, "FIX-02"), last, "what failed is not shown as recorded");
    app.device().store.make_room();
    tap(&app, &inspection, "FIX-03", "5/5").unwrap();
    sync(&app, &mut city);
    let delivery = app.inspection(&inspection).unwrap().delivery;
    assert_eq!(
        delivery.state,
        DeliveryState::Delivered,
        "the actor of the failed change is never used again"
    );
    let copy = killed(dir.path());
    assert_eq!(ANNA.reopen(copy.path(), 2).inspection(&inspection), app.inspection(&inspection));
}

#[test]
fn what_makes_no_sense_is_refused_with_its_code() {
    let dir = tempfile::tempdir().unwrap();
    let (app, _, inspection) = begun(dir.path());
    assert_eq!(tap(&app, &inspection, "FIX-01", "4/5"), Err(Failure::ValueInvalid));
    assert_eq!(tap(&app, &inspection, "FIX-99", "pass"), Err(Failure::NotFound));
    assert_eq!(tap(&app, "nonsense", "FIX-01", "pass"), Err(Failure::NotFound));
    let struck = |reason| app.strike(&inspection, &StrikeTarget::Inspection, reason);
    assert_eq!(struck("  "), Err(Failure::ReasonRequired));
    assert_eq!(struck(&"长".repeat(3000)), Err(Failure::TEXT_TOO_LONG));
    assert_eq!(app.remark_add(&inspection, None, " "), Err(Failure::ValueInvalid));
    assert_eq!(app.area("999"), Err(Failure::NotFound));
    assert_eq!(app.photo("zz", PhotoSize::Full), Err(Failure::NotFound));
    assert_eq!(app.today().unwrap().assignments.len(), 1, "nothing of it did any harm");
}

#[test]
fn nobody_is_enrolled_at_first() {
    let dir = tempfile::tempdir().unwrap();
    let app = ANNA.reopen(dir.path(), 1);
    let state = app.state().unwrap();
    assert_eq!((state.phase, state.user, state.day.as_str()), (Phase::Unenrolled, None, "2026-09-21"));
    assert_eq!(app.today(), Err(Failure::NotEnrolled));
    assert_eq!(app.open_assignment(&assignment().id.to_string()), Err(Failure::NotEnrolled));
}

#[test]
fn today_shows_what_is_to_do_and_then_what_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let (app, _, inspection) = begun(dir.path());
    let unplanned = UnplannedInput {
        area: AREA.into(),
        site: None,
        template: "fixture".into(),
        kind: InspectionKind::Special,
    };
    let unplanned = app.open_unplanned(&unplanned).unwrap();
    let today = app.today().unwrap();
    assert_eq!((today.assignments.len(), today.open.len(), today.done.len()), (1, 1, 0));
    let card = &today.assignments[0];
    assert_eq!(
        (card.area.path.as_str(), card.due.as_str(), card.overdue),
        ("五华区·华山街道", "2026-09-30", false)
    );
    assert_eq!(card.inspection.as_ref().unwrap().id, inspection);
    assert!(card.people[0].mine && card.people[1].name == BEN.name);
    tap(&app, &inspection, "FIX-01", "pass").unwrap();
    let view = app.submit(&inspection).unwrap();
    assert_eq!(view.state, ReviewStateView::Submitted, "the colleague has still to submit");
    assert_eq!(app.submit(&unplanned).unwrap().state, ReviewStateView::Reviewing);
    let today = app.today().unwrap();
    assert_eq!((today.assignments.len(), today.open.len(), today.done.len()), (0, 0, 2));
    assert_eq!(app.area(AREA).unwrap().inspections.len(), 2);
    assert_eq!(app.inspections().unwrap().len(), 2);
}

#[test]
fn a_struck_visit_takes_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    let (app, _, inspection) = begun(dir.path());
    let view = app.strike(&inspection, &StrikeTarget::Inspection, "走错小区").unwrap();
    assert_eq!(view.state, ReviewStateView::Struck);
    assert_eq!(view.struck.unwrap().reason, "走错小区");
    assert_eq!(tap(&app, &inspection, "FIX-01", "pass"), Err(Failure::InspectionStruck));
}

#[test]
fn taking_an_answer_back_leaves_none() {
    let dir = tempfile::tempdir().unwrap();
    let (app, _, inspection) = begun(dir.path());
    tap(&app, &inspection, "FIX-01", "pass").unwrap();
    let item = app.answer(&inspection, "FIX-01", None).unwrap();
    assert_eq!((item.answer.state, item.answer.mine), (AnswerState::None, None));
    assert_eq!(app.inspection(&inspection).unwrap().score.total, None);
}

#[test]
fn areas_are_found_as_people_type_them() {
    let dir = tempfile::tempdir().unwrap();
    let (app, ..) = begun(dir.path());
    let first = |query: &str| app.areas(query, 10).first().map(|area| area.short.clone());
    assert_eq!(first("翠湖").as_deref(), Some("翠湖西路社区"));
    assert_eq!(first("CHXL").as_deref(), Some("翠湖西路社区"));
    assert_eq!(first("530102002003").as_deref(), Some("青云街社区"));
    assert_eq!(first("西路").as_deref(), Some("翠湖西路社区"));
    assert_eq!(first("没有"), None);
    assert_eq!(app.areas("", 3).len(), 3);
    assert_eq!(app.areas("", 10)[2].level, rounds_shared::area::Level::District, "communities come first");
}

#[test]
fn two_windows_on_one_directory_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let _app = ANNA.reopen(dir.path(), 1);
    let second =
        App::open(dir.path(), &crate::testing::key(), crate::testing::surroundings(9), Box::new(|_| {}));
    assert_eq!(second.err(), Some(Failure::StorageInUse));
}
