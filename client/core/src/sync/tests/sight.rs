//! What comes into a person's sight as a snapshot, and what leaves it.

use super::*;

#[test]
fn a_document_out_of_scope_goes_unless_something_of_it_is_undelivered() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    tap(&anna, &inspection, "FIX-01", "pass");
    let doc = inspection.parse().unwrap();
    let forget = |anna: &App, city: &mut City| {
        let request = SyncRequest { envelopes: Vec::new(), ..anna.device().request(NOW).unwrap() };
        let reply = SyncReply { forget: vec![doc], ..city.sync(&request) };
        anna.device().receive(NOW, &request, &reply).unwrap();
    };
    forget(&anna, &mut city);
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.value.as_deref(), Some("pass"));
    sync(&anna, &mut city);
    forget(&anna, &mut city);
    assert_eq!(anna.inspection(&inspection), Err(Failure::NotFound));
}

#[test]
fn what_left_a_persons_sight_is_forgotten_once_it_is_delivered_and_not_before() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    let doc = inspection.parse().unwrap();
    let request = anna.device().request(NOW).unwrap();
    let reply = SyncReply { forget: vec![doc], ..city.sync(&request) };
    // While the page was on its way, she recorded something.
    tap(&anna, &inspection, "FIX-01", "pass");
    anna.device().receive(NOW, &request, &reply).unwrap();
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.mine.as_deref(), Some("pass"));
    tap(&anna, &inspection, "FIX-02", "pass");
    sync(&anna, &mut city);
    assert!(anna.inspection(&inspection).is_err() && anna.inspections().unwrap().is_empty());
    assert!(anna.open_assignment(&assignment().id.to_string()).is_err(), "its assignment is forgotten, too");
    let delivered = city.document(doc).inspection().unwrap();
    assert_eq!((delivered.recorded("FIX-01").len(), delivered.recorded("FIX-02").len()), (1, 1));
}

#[test]
fn what_comes_back_before_it_was_forgotten_stays() {
    let Two { _dirs, mut city, anna, inspection, .. } = two();
    let doc = inspection.parse().unwrap();
    let request = anna.device().request(NOW).unwrap();
    let reply = SyncReply { forget: vec![doc], ..city.sync(&request) };
    tap(&anna, &inspection, "FIX-01", "pass");
    anna.device().receive(NOW, &request, &reply).unwrap();
    let request = anna.device().request(NOW).unwrap();
    let mut reply = city.sync(&request);
    let made =
        city.log.iter().find(|entry| matches!(entry.parse(), EntryBody::Registry(Event::AssignmentMade(_))));
    reply.entries.push(made.unwrap().clone());
    anna.device().receive(NOW, &request, &reply).unwrap();
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.mine.as_deref(), Some("pass"));
}

#[test]
fn a_snapshot_never_replaces_what_was_recorded_here() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    let doc: DocId = inspection.parse().unwrap();
    tap(&ben, &inspection, "FIX-01", "fail");
    sync(&ben, &mut city);
    tap(&anna, &inspection, "FIX-01", "pass");
    let snapshot = city.snapshot(doc, &city.key);
    let request = anna.device().request(NOW).unwrap();
    let ask = SyncRequest { envelopes: Vec::new(), ..request };
    let reply = SyncReply { entries: Vec::new(), snapshots: vec![snapshot], ..city.sync(&ask) };
    anna.device().receive(NOW, &ask, &reply).unwrap();
    let documents = anna.device().unsettled().unwrap();
    documents.into_iter().for_each(|doc| anna.device().settle(doc).unwrap());
    let answer = item(&anna, &inspection, "FIX-01").answer;
    assert_eq!((answer.state, answer.mine.as_deref()), (AnswerState::Conflict, Some("pass")));
    sync(&anna, &mut city);
    assert_eq!(city.document(doc).inspection().unwrap().open_conflicts(), ["FIX-01"]);
}

#[test]
fn a_snapshot_counts_only_with_the_servers_signature() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    let doc: DocId = inspection.parse().unwrap();
    tap(&ben, &inspection, "FIX-01", "fail");
    sync(&ben, &mut city);
    let forged = city.snapshot(doc, &SecretKey::new([98; 32]));
    let request = anna.device().request(NOW).unwrap();
    let reply = SyncReply { entries: Vec::new(), snapshots: vec![forged], ..city.sync(&request) };
    assert_eq!(anna.device().receive(NOW, &request, &reply), Err(Failure::ServerKeyChanged));
    assert_eq!(item(&anna, &inspection, "FIX-01").answer.values.len(), 0);
}

#[test]
fn work_recorded_on_a_snapshot_goes_on_after_something_of_it_was_held() {
    let Two { _dirs, mut city, anna, ben, inspection } = two();
    let doc: DocId = inspection.parse().unwrap();
    tap(&ben, &inspection, "FIX-01", "fail");
    sync(&ben, &mut city);
    // Another phone of Anna's has only what came whole.
    let dir = tempfile::tempdir().unwrap();
    let fresh = ANNA.app(dir.path(), &city);
    let request = fresh.device().request(NOW).unwrap();
    let registry = city.log.iter().filter(|entry| entry.sort == 1).cloned().collect();
    let snapshots = vec![city.snapshot(doc, &city.key)];
    let end = city.end();
    let reply = SyncReply { entries: registry, snapshots, cursor: end, more: false, ..city.sync(&request) };
    fresh.device().receive(NOW, &request, &reply).unwrap();
    assert!(fresh.device().unsettled().unwrap().is_empty(), "there is nothing to merge");
    assert_eq!(fresh.inspections().unwrap().len(), 1);
    fresh.device().write_unchecked(&surroundings(77), doc, "FIX-02", "perhaps");
    tap(&fresh, &inspection, "FIX-03", "4/5");
    sync(&fresh, &mut city);
    sync(&fresh, &mut city);
    let merged = city.document(doc).inspection().unwrap();
    assert_eq!((merged.recorded("FIX-01").len(), merged.recorded("FIX-03").len()), (1, 1));
    assert_eq!(item(&fresh, &inspection, "FIX-01").answer.value.as_deref(), Some("fail"));
    drop(anna);
}
