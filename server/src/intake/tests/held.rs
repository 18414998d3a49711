//! What is held, what releases it, and what a ruling does.

use super::*;

#[test]
fn what_arrives_before_what_it_builds_on_is_held_and_released_by_itself() {
    let mut city = City::new();
    let mut phone = city.phone(1);
    phone.answer("SAN-05", "pass");
    let first = phone.pack(&city);
    phone.answer("SAN-05", "fail");
    let second = phone.pack(&city);
    match outcome(&city.deliver(&[&second])) {
        Outcome::Held { reason: HeldReason::MissingDependencies, missing, .. } => {
            assert_eq!(missing.len(), 1)
        }
        other => panic!("it must be held, not {other:?}"),
    }
    assert!(matches!(outcome(&city.deliver(&[&first])), Outcome::Receipt { .. }));
    assert_eq!(city.merged().recorded("SAN-05")[0].value, "fail", "what was held is merged by itself");
}

#[test]
fn a_rule_of_authority_holds_and_never_refuses() {
    let mut city = City::new();
    let mut inspector = city.phone(1);
    let act = ReviewAct::Approve { heads: vec![] };
    inspector.document.review(&mut inspector.session, NOW, &act, &[(None, "好")]).unwrap();
    let review = inspector.pack(&city);
    let held =
        |outcome: &Outcome, wanted| matches!(outcome, Outcome::Held { reason, .. } if *reason == wanted);
    assert!(held(outcome(&city.deliver(&[&review])), HeldReason::Role), "an inspector writes no reviews");
    let mut outsider = city.phone(3);
    outsider.answer("SAN-05", "pass");
    let outside = outsider.pack(&city);
    assert!(held(outcome(&city.deliver(&[&outside])), HeldReason::Scope), "nobody asked this one");
    let mut odd = city.phone(2);
    odd.answer("SAN-05", "excellent");
    let odd = odd.pack(&city);
    assert!(held(outcome(&city.deliver(&[&odd])), HeldReason::Domain), "the scale has no such value");
}

#[test]
fn what_waits_for_missing_changes_is_bounded_and_nothing_of_it_is_lost() {
    let mut city = City::new();
    let mut phone = city.phone(1);
    phone.answer("SAN-05", "pass");
    let first = phone.pack(&city);
    let rest: Vec<Signed> = (0..=HELD_MISSING_MAX)
        .map(|n| {
            phone.answer("SAN-05", if n % 2 == 0 { "fail" } else { "pass" });
            phone.pack(&city)
        })
        .collect();
    let answered = city.deliver(&rest.iter().collect::<Vec<_>>());
    assert_eq!(answered.len() as u64, HELD_MISSING_MAX, "the last one is to come again");
    assert_eq!(city.deliver(&[rest.last().unwrap()]), []);
    assert!(matches!(outcome(&city.deliver(&[&first])), Outcome::Receipt { .. }), "what is missing may come");
    let last = city.deliver(&[rest.last().unwrap()]);
    assert!(matches!(outcome(&last), Outcome::Receipt { .. }), "and then so may the rest: {last:?}");
    assert_eq!(city.merged().recorded("SAN-05")[0].value, "fail");
}

#[test]
fn a_ruling_admits_with_what_waited_for_it_and_wedges_nobody() {
    let mut city = City::new();
    let mut outsider = city.phone(3);
    outsider.answer("SAN-05", "pass");
    let first = outsider.pack(&city);
    outsider.answer("SAN-06", "na");
    let second = outsider.pack(&city);
    let held = |outcome: &Outcome| match outcome {
        Outcome::Held { seq, .. } => *seq,
        other => panic!("it must be held, not {other:?}"),
    };
    let verdicts = city.deliver(&[&first, &second]);
    let (first, second) = (held(&verdicts[0].outcome), held(&verdicts[1].outcome));
    let rule_as = |city: &mut City, by: u8, held: u64, admit: bool| {
        let work = Work::Rule { held, admit, reason: "情况属实".into(), by: user_id(by) };
        match city.keeper.commit(vec![work]).unwrap().pop() {
            Some(Ok(Done::Ruled(ruled))) => ruled.map(drop),
            _ => panic!("a ruling is answered by a ruling"),
        }
    };
    let rule = |city: &mut City, held: u64, admit: bool| rule_as(city, 9, held, admit);
    assert_eq!(rule_as(&mut city, 1, first, true), Err(Unruled::NotHeld), "an inspector rules on nothing");
    assert_eq!(rule_as(&mut city, 8, first, true), Err(Unruled::NotHeld), "nor a supervisor of elsewhere");
    assert_eq!(rule_as(&mut city, 77, first, true), Err(Unruled::NotHeld), "nor somebody nobody knows");
    assert_eq!(rule(&mut city, second, true), Err(Unruled::Waiting));
    assert_eq!(rule(&mut city, first, false), Ok(()));
    assert_eq!(rule(&mut city, first, true), Ok(()), "somebody else sees it otherwise");
    assert_eq!(rule(&mut city, first, false), Err(Unruled::Settled), "what is merged stays merged");
    // Nobody asked for the second either: it waits for its own ruling now, and can have one.
    assert_eq!(city.merged().recorded("SAN-06"), []);
    assert_eq!(rule(&mut city, second, true), Ok(()));
    assert_eq!(city.merged().recorded("SAN-06")[0].value, "na");
    assert_eq!(rule(&mut city, 1, true), Err(Unruled::NotHeld));
    // What nothing but the admitted envelope kept waiting is merged with it.
    let mut odd = city.phone(2);
    odd.answer("SAN-08", "excellent");
    let strange = odd.pack(&city);
    odd.answer("SAN-09", "pass");
    let plain = odd.pack(&city);
    let verdicts = city.deliver(&[&strange, &plain]);
    assert_eq!(rule(&mut city, held(&verdicts[0].outcome), true), Ok(()));
    assert_eq!(city.merged().recorded("SAN-09")[0].value, "pass");
    let before = city.dump();
    city.keeper.rebuild().unwrap();
    assert_eq!(before, city.dump(), "rulings are replayed like everything else");
}

#[test]
fn what_was_judged_before_its_device_was_revoked_is_held() {
    let mut city = City::new();
    let mut phone = city.phone(1);
    phone.answer("SAN-05", "pass");
    let envelope = phone.pack(&city);
    let judged = city.judged(vec![envelope.as_bytes().to_vec()]);
    let revoked =
        Event::DeviceRevoked { device: phone.device(), reason: "手机丢失".into(), by: user_id(9) };
    let mut done = city.keeper.commit(vec![Work::Register(vec![revoked]), judged]).unwrap();
    let verdicts = verdicts(done.pop().unwrap());
    assert!(
        matches!(outcome(&verdicts), Outcome::Held { reason: HeldReason::Revoked, .. }),
        "not {verdicts:?}"
    );
}

#[test]
fn what_arrives_before_its_assignment_is_held_and_merged_when_that_comes() {
    let mut city = City::new();
    let id = AssignmentId::new([6; 16]);
    let doc = rounds_shared::ids::DocId::of_assignment(id);
    let about = About {
        kind: InspectionKind::Routine,
        area: AREA.parse().unwrap(),
        site: None,
        template: "sanitation".parse().unwrap(),
        template_version: 1,
        assignment: Some(id),
        continues: None,
        at: NOW,
    };
    city.assignment =
        Assignment { id, genesis: genesis(doc, &about, &template()).into(), ..city.assignment.clone() };
    let mut phone = city.phone(1);
    phone.answer("SAN-05", "pass");
    let envelope = phone.pack(&city);
    let held = city.deliver(&[&envelope]);
    assert!(matches!(outcome(&held), Outcome::Held { .. }), "not {held:?}");
    let made = Event::AssignmentMade(Box::new(city.assignment.clone()));
    city.keeper.commit(vec![Work::Register(vec![made])]).unwrap();
    assert_eq!(city.merged().recorded("SAN-05")[0].value, "pass");
}
