//! Promises of newer checklists, through the real gate.

use rounds_shared::{
    protocol::{EntryBody, Judgement, limits::TEXT_BYTES_MAX},
    registry::Event,
    template::{Item, ItemCode, Template},
};

use crate::{
    App, Failure,
    testing::{ANNA, BEN, City, assignment, killed, sync, template},
    view::{AnswerState, InspectionView, ItemView, NewerView},
};

const NEW: &str = "FIX-90";

/// The next version: one item more, and one less.
fn next() -> Template {
    let mut template = template();
    template.version = 2;
    let items = &mut template.domains[0].domain.items;
    let like = items.iter().find(|item| item.code.as_str() == "FIX-01").unwrap().clone();
    items.push(Item { code: ItemCode::parse(NEW).unwrap(), kinds: Vec::new(), ..like });
    items.retain(|item| item.code.as_str() != "FIX-02");
    template
}

fn item(view: &InspectionView, code: &str) -> Option<ItemView> {
    view.domains.iter().flat_map(|domain| &domain.items).find(|item| item.code == code).cloned()
}

fn offered(app: &App, inspection: &str) -> Option<(u32, Vec<String>)> {
    let NewerView { version, items } = app.inspection(inspection).unwrap().newer?;
    Some((version, items.into_iter().map(|item| item.code).collect()))
}

#[test]
fn two_who_bring_new_items_in_without_a_signal_have_one_of_each_and_drop_no_answer() {
    let mut city = City::founded();
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (anna, ben) = (ANNA.app(dirs[0].path(), &city), BEN.app(dirs[1].path(), &city));
    for app in [&anna, &ben] {
        sync(app, &mut city);
    }
    let inspection = anna.open_assignment(&assignment().id.to_string()).unwrap();
    ben.open_assignment(&assignment().id.to_string()).unwrap();
    anna.answer(&inspection, "FIX-02", Some("fail")).unwrap();
    assert_eq!(offered(&anna, &inspection), None, "nothing newer is published");
    city.register(Event::TemplatePublished(Box::new(next())));
    for app in [&anna, &ben] {
        sync(app, &mut city);
        assert_eq!(offered(app, &inspection), Some((2, vec![NEW.to_owned()])));
        assert!(item(&app.inspection(&inspection).unwrap(), NEW).is_none(), "it is offered, not imposed");
    }

    // Both without a signal; and one app is killed afterwards.
    let asked = anna.inspection(&inspection).unwrap().score.asked;
    let brought = anna.bring_items(&inspection).unwrap();
    assert_eq!((brought.newer, brought.score.asked), (None, asked + 1));
    anna.answer(&inspection, NEW, Some("pass")).unwrap();
    let dir = killed(dirs[0].path());
    let anna = ANNA.reopen(dir.path(), 2);
    ben.bring_items(&inspection).unwrap();
    ben.answer(&inspection, NEW, Some("fail")).unwrap();
    for app in [&anna, &ben, &anna] {
        sync(app, &mut city);
    }
    assert_eq!(anna.heads(&inspection).unwrap(), ben.heads(&inspection).unwrap());
    let doc = inspection.parse().unwrap();
    assert_eq!(city.document(doc).heads(), ben.heads(&inspection).unwrap());
    assert_eq!(city.document(doc).inspection().unwrap().brought, [NEW]);
    let held =
        city.log.iter().any(|entry| matches!(entry.parse(), EntryBody::Envelope(_, Judgement::Held { .. })));
    assert!(!held, "the gate takes all of it");
    for app in [&anna, &ben] {
        let view = app.inspection(&inspection).unwrap();
        let new = item(&view, NEW).unwrap();
        assert!(new.brought);
        assert_eq!((new.answer.state, new.answer.values.len()), (AnswerState::Conflict, 2));
        let old = item(&view, "FIX-02").unwrap();
        assert_eq!((old.answer.value.as_deref(), old.brought), (Some("fail"), false));
        assert_eq!(app.inspections().unwrap()[0].asked, asked + 1);
    }
}

#[test]
fn what_is_full_is_offered_nothing_and_its_continuation_is() {
    let mut city = City::founded();
    let dir = tempfile::tempdir().unwrap();
    let anna = ANNA.app(dir.path(), &city);
    sync(&anna, &mut city);
    let inspection = anna.open_assignment(&assignment().id.to_string()).unwrap();
    let words = "字".repeat(TEXT_BYTES_MAX / "字".len());
    while !anna.remark_add(&inspection, None, &words).unwrap().nearly_full {}
    city.register(Event::TemplatePublished(Box::new(next())));
    sync(&anna, &mut city);
    assert_eq!(offered(&anna, &inspection), None);
    assert_eq!(anna.bring_items(&inspection).err(), Some(Failure::InspectionFull));
    let continuation = anna.open_continuation(&inspection).unwrap();
    assert_eq!(offered(&anna, &continuation), Some((2, vec![NEW.to_owned()])));
}

#[test]
fn what_is_handed_in_is_offered_nothing() {
    let mut city = City::founded();
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (anna, ben) = (ANNA.app(dirs[0].path(), &city), BEN.app(dirs[1].path(), &city));
    city.register(Event::TemplatePublished(Box::new(next())));
    for app in [&anna, &ben] {
        sync(app, &mut city);
        app.open_assignment(&assignment().id.to_string()).unwrap();
    }
    let inspection = anna.open_assignment(&assignment().id.to_string()).unwrap();
    for (app, offers) in [(&anna, true), (&ben, false)] {
        app.submit(&inspection).unwrap();
        sync(app, &mut city);
        assert_eq!(offered(app, &inspection).is_some(), offers, "until all have submitted");
    }
}

#[test]
fn a_brought_item_that_the_server_knows_no_checklist_for_is_held_and_stays_on_the_screen() {
    let mut city = City::founded();
    let dir = tempfile::tempdir().unwrap();
    let anna = ANNA.app(dir.path(), &city);
    city.register(Event::TemplatePublished(Box::new(next())));
    sync(&anna, &mut city);
    let inspection = anna.open_assignment(&assignment().id.to_string()).unwrap();
    anna.bring_items(&inspection).unwrap();
    anna.answer(&inspection, NEW, Some("pass")).unwrap();
    // As after a restore from a backup that is older than the publication.
    city.registry = {
        let mut restored = rounds_shared::registry::Registry::default();
        for entry in &city.log {
            if let EntryBody::Registry(event) = entry.parse()
                && !matches!(&event, Event::TemplatePublished(template) if template.version == 2)
            {
                restored.apply(entry.seq, entry.at, &event);
            }
        }
        restored
    };
    sync(&anna, &mut city);
    let shown = item(&anna.inspection(&inspection).unwrap(), NEW).expect("it is still shown");
    assert_eq!(shown.answer.held.as_deref(), Some("pass"));
}
