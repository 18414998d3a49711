//! Promises of the writer: what is acknowledged is in the log, views are only views.

mod domain;
mod held;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use rounds_shared::{
    area::Area,
    assignment::{Assignment, InspectionKind},
    document::{Document, Session, genesis},
    envelope::{DocKind, ENVELOPE_VERSION, EnvelopeBody, SecretKey, Signed},
    ids::{AssignmentId, DeviceId, Epoch, UserId},
    inspection::{About, How, ReviewAct},
    permission::Role,
    protocol::{HeldReason, Outcome, RefusedReason, Verdict, limits::HELD_MISSING_MAX},
    registry::{Device, DeviceKind, Event, User},
    template::{Template, Text, WeightedDomain, load_domain},
};
use rusqlite::Connection;

use super::{Bearer, Done, Keeper, KeeperError, Unruled, Work};

const NOW: i64 = 1_790_000_000_000;
const AREA: &str = "530102002002";

fn template() -> Template {
    let text = include_str!("../../data/kunming/templates/san.toml");
    let domain = load_domain("san.toml", text).unwrap();
    let weight = rounds_shared::template::Points::whole(100);
    Template {
        id: "sanitation".parse().unwrap(),
        version: 1,
        zh: "环境卫生".into(),
        en: "Sanitation".into(),
        domains: vec![WeightedDomain { weight, domain }],
    }
}

/// A city with an assignment and two inspectors asked for it.
struct City {
    folder: tempfile::TempDir,
    keeper: Keeper,
    assignment: Assignment,
    /// Looks at the clock until one of them panics; 0 for never.
    looks: Arc<AtomicUsize>,
}

/// A device of one person, as far as making envelopes goes.
struct Phone {
    key: SecretKey,
    user: UserId,
    n: u64,
    prev: Option<rounds_shared::ids::EnvelopeId>,
    document: Document,
    session: Session,
    sent: Vec<rounds_shared::protocol::ChangeId>,
}

fn server_key() -> SecretKey {
    SecretKey::new([99; 32])
}

fn open(folder: &std::path::Path, looks: &Arc<AtomicUsize>) -> Keeper {
    let (city, looks) = ("5301".parse().unwrap(), Arc::clone(looks));
    let clock = move || match looks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)) {
        Ok(1) => panic!("the clock has fallen off the wall"),
        Ok(_) | Err(_) => NOW,
    };
    Keeper::open(&folder.join("city.db"), &city, Epoch::new([7; 16]), server_key(), Box::new(clock)).unwrap()
}

impl City {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let looks = Arc::default();
        let mut keeper = open(folder.path(), &looks);
        let template = template();
        let id = AssignmentId::new([5; 16]);
        let about = About {
            kind: InspectionKind::Routine,
            area: AREA.parse().unwrap(),
            site: None,
            template: template.id.clone(),
            template_version: 1,
            assignment: Some(id),
            continues: None,
            at: NOW,
        };
        let doc = rounds_shared::ids::DocId::of_assignment(id);
        let assignment = Assignment {
            id,
            kind: InspectionKind::Routine,
            template: template.id.clone(),
            template_version: 1,
            area: about.area.clone(),
            site: None,
            people: vec![user_id(1), user_id(2)],
            due: "2026-11-25".parse().unwrap(),
            note: String::new(),
            made_by: user_id(9),
            genesis: genesis(doc, &about, &template).into(),
            repeats: None,
        };
        let area = Area {
            code: AREA.parse().unwrap(),
            name: "翠湖西路社区居委会".into(),
            short: "翠湖西路社区".into(),
            pinyin: "chxlsq".into(),
            level: rounds_shared::area::Level::Community,
            parent: None,
        };
        let name = Text { zh: "昆明市".into(), en: "Kunming".into() };
        let mut events = vec![
            Event::CityFounded { city: "5301".parse().unwrap(), name },
            Event::AreasPut(vec![area]),
            Event::TemplatePublished(Box::new(template)),
        ];
        for (n, role, areas) in [
            (1, Role::Inspector, vec![]),
            (2, Role::Inspector, vec![]),
            (3, Role::Inspector, vec![]),
            (8, Role::Supervisor, vec!["530103".parse().unwrap()]),
            (9, Role::Supervisor, vec!["5301".parse().unwrap()]),
        ] {
            events.push(Event::UserPut(User {
                id: user_id(n),
                login: format!("u{n}"),
                name: format!("用户{n}"),
                role,
                areas,
                department: None,
                active: true,
            }));
            let key = SecretKey::new([n; 32]).public();
            events.push(Event::DeviceEnrolled(Device {
                id: DeviceId::of(&key),
                key,
                user: user_id(n),
                name: "手机".into(),
                kind: DeviceKind::Phone,
            }));
        }
        events.push(Event::AssignmentMade(Box::new(assignment.clone())));
        keeper.commit(vec![Work::Register(events)]).unwrap();
        Self { folder, keeper, assignment, looks }
    }

    fn phone(&self, n: u8) -> Phone {
        let key = SecretKey::new([n; 32]);
        let device = DeviceId::of(&key.public());
        let document = Document::load(&self.assignment.genesis.to_vec()).unwrap();
        let sent = document.heads();
        Phone {
            key,
            user: user_id(n),
            n: 0,
            prev: None,
            document,
            session: Session::new(device, [n; 16]),
            sent,
        }
    }

    fn deliver(&mut self, envelopes: &[&Signed]) -> Vec<Verdict> {
        let envelopes = envelopes.iter().map(|signed| signed.as_bytes().to_vec()).collect();
        let work = self.judged(envelopes);
        let done = self.keeper.commit(vec![work]).unwrap().pop().unwrap();
        verdicts(done)
    }

    fn judged(&self, envelopes: Vec<Vec<u8>>) -> Work {
        let device = Signed::decode(envelopes[0].clone()).map_or(DeviceId::new([0; 16]), |one| one.device());
        let bearer = Bearer { device, confirmed: self.keeper.position() };
        Work::Deliver { envelopes: self.keeper.judge_beside().delivery(envelopes, bearer), bearer }
    }

    fn merged(&self) -> rounds_shared::inspection::Inspection {
        let connection = Connection::open(self.folder.path().join("city.db")).unwrap();
        let document = crate::views::documents::load(&connection, self.assignment.doc()).unwrap();
        document.unwrap().inspection().unwrap()
    }

    fn dump(&self) -> Vec<(String, Vec<Vec<rusqlite::types::Value>>)> {
        let connection = Connection::open(self.folder.path().join("city.db")).unwrap();
        crate::views::tables()
            .map(|table| {
                let mut statement =
                    connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
                let columns = statement.column_count();
                let rows = statement
                    .query_map([], |row| (0..columns).map(|index| row.get(index)).collect())
                    .unwrap();
                (table.to_owned(), rows.collect::<Result<_, _>>().unwrap())
            })
            .collect()
    }
}

impl Phone {
    fn device(&self) -> DeviceId {
        DeviceId::of(&self.key.public())
    }

    fn answer(&mut self, item: &str, value: &str) {
        self.document.answer(&mut self.session, NOW, item, Some(value), How::Tap).unwrap();
    }

    fn pack(&mut self, city: &City) -> Signed {
        let payload = self.document.own_changes(self.device(), &self.sent);
        self.seal(city, payload)
    }

    fn seal(&mut self, city: &City, payload: Vec<u8>) -> Signed {
        self.n += 1;
        let body = EnvelopeBody {
            version: ENVELOPE_VERSION,
            city: "5301".parse().unwrap(),
            doc: city.assignment.doc(),
            kind: DocKind::Inspection,
            device: self.device(),
            n: self.n,
            prev: self.prev,
            seen: city.keeper.position(),
            made_at: NOW,
            payload,
        };
        let signed = Signed::seal(&body, &self.key).unwrap();
        self.prev = Some(signed.id());
        self.sent = self.document.heads();
        signed
    }
}

fn verdicts(done: Result<Done, KeeperError>) -> Vec<Verdict> {
    match done.unwrap() {
        Done::Verdicts(verdicts) => {
            verdicts.iter().map(|verdict| verdict.verify(&server_key().public()).unwrap()).collect()
        }
        Done::Registered(_) | Done::Ruled(_) => panic!("envelopes are answered by verdicts"),
    }
}

fn user_id(n: u8) -> UserId {
    UserId::new([n; 16])
}

fn outcome(verdicts: &[Verdict]) -> &Outcome {
    &verdicts[0].outcome
}

#[test]
fn two_phones_that_differ_make_one_document_with_both_values() {
    let mut city = City::new();
    let (mut one, mut two) = (city.phone(1), city.phone(2));
    one.answer("SAN-05", "pass");
    two.answer("SAN-05", "fail");
    let (a, b) = (one.pack(&city), two.pack(&city));
    assert!(matches!(outcome(&city.deliver(&[&a])), Outcome::Receipt { .. }));
    assert!(matches!(outcome(&city.deliver(&[&b])), Outcome::Receipt { .. }));
    let merged = city.merged();
    assert_eq!(merged.open_conflicts(), ["SAN-05"]);
    let devices: Vec<_> = merged.recorded("SAN-05").iter().filter_map(|one| one.stamp.device).collect();
    assert!(devices.contains(&one.device()) && devices.contains(&two.device()));
}

#[test]
fn the_same_envelope_twice_is_stored_once_and_answered_alike() {
    let mut city = City::new();
    let mut phone = city.phone(1);
    phone.answer("SAN-05", "pass");
    let envelope = phone.pack(&city);
    let first = city.deliver(&[&envelope]);
    let position = city.keeper.position();
    let again = city.deliver(&[&envelope]);
    assert_eq!(outcome(&first), outcome(&again));
    assert!(again[0].duplicate && !first[0].duplicate);
    assert_eq!(city.keeper.position(), position);
}

#[test]
fn whoever_may_not_record_begins_nothing_and_repeats_nothing() {
    let mut city = City::new();
    let held =
        |outcome: &Outcome, wanted| matches!(outcome, Outcome::Held { reason, .. } if *reason == wanted);
    let genesis = city.assignment.genesis.to_vec();
    // To count as one who records in a document is to see it.
    let (mut outsider, mut revoked) = (city.phone(3), city.phone(2));
    let begins = outsider.seal(&city, genesis.clone());
    assert!(held(outcome(&city.deliver(&[&begins])), HeldReason::Scope));
    let mut asked = city.phone(1);
    let begins = asked.seal(&city, genesis.clone());
    assert!(matches!(outcome(&city.deliver(&[&begins])), Outcome::Receipt { .. }));
    let repeats = outsider.seal(&city, genesis.clone());
    assert!(held(outcome(&city.deliver(&[&repeats])), HeldReason::Scope));
    let lost =
        Event::DeviceRevoked { device: revoked.device(), reason: "手机丢失".into(), by: user_id(9) };
    city.keeper.commit(vec![Work::Register(vec![lost])]).unwrap();
    let repeats = revoked.seal(&city, genesis);
    assert!(held(outcome(&city.deliver(&[&repeats])), HeldReason::Revoked));
}

#[test]
fn what_no_honest_app_makes_is_refused() {
    let mut city = City::new();
    let refused = |city: &mut City, signed: &Signed| match outcome(&city.deliver(&[signed])) {
        Outcome::Refused { reason } => *reason,
        other => panic!("it must be refused, not {other:?}"),
    };
    let (mut one, mut two) = (city.phone(1), city.phone(2));
    one.answer("SAN-05", "pass");
    let theirs = one.document.own_changes(one.device(), &one.sent);
    let stolen = two.seal(&city, theirs);
    assert_eq!(refused(&mut city, &stolen), RefusedReason::ForeignActor);
    let rubbish = two.seal(&city, vec![1, 2, 3]);
    assert_eq!(refused(&mut city, &rubbish), RefusedReason::Payload);
    let mut stranger = city.phone(77);
    stranger.answer("SAN-05", "pass");
    let stranger = stranger.pack(&city);
    assert_eq!(refused(&mut city, &stranger), RefusedReason::UnknownDevice);
    // After all of it the next honest write works.
    let mut honest = city.phone(2);
    honest.n = two.n;
    honest.answer("SAN-06", "na");
    let honest = honest.pack(&city);
    assert!(matches!(outcome(&city.deliver(&[&honest])), Outcome::Receipt { .. }));
    assert_eq!(one.user, user_id(1));
}

#[test]
fn dropping_all_views_and_replaying_gives_the_same_rows() {
    let mut city = City::new();
    let (mut one, mut two) = (city.phone(1), city.phone(2));
    one.answer("SAN-05", "pass");
    two.answer("SAN-05", "fail");
    two.answer("SAN-06", "19/20");
    let (first, b) = (one.pack(&city), two.pack(&city));
    one.answer("SAN-09", "fail");
    let late = one.pack(&city);
    city.deliver(&[&b, &late]);
    city.deliver(&[&first]);
    let mut outsider = city.phone(3);
    outsider.answer("SAN-05", "na");
    let outside = outsider.pack(&city);
    city.deliver(&[&outside]);
    let before = city.dump();
    assert!(before.iter().any(|(table, rows)| table == "held" && rows.len() == 2));
    city.keeper.rebuild().unwrap();
    assert_eq!(before, city.dump());
    // And so does opening the file again.
    city.keeper = open(city.folder.path(), &city.looks);
    assert_eq!(before, city.dump());
    assert_eq!(city.merged().open_conflicts(), ["SAN-05"]);
}

#[test]
fn a_changed_byte_in_the_log_is_noticed() {
    let mut city = City::new();
    let mut phone = city.phone(1);
    phone.answer("SAN-05", "pass");
    let envelope = phone.pack(&city);
    city.deliver(&[&envelope]);
    let connection = Connection::open(city.folder.path().join("city.db")).unwrap();
    let log = crate::log::Log::find(&connection, &"5301".parse().unwrap(), Epoch::new([0; 16])).unwrap();
    log.verify(&connection).unwrap();
    connection.execute("UPDATE log SET at = at + 1 WHERE seq = 3", []).unwrap();
    assert!(log.verify(&connection).is_err());
}

#[test]
fn what_was_judged_before_others_were_committed_ends_as_if_it_had_been_judged_after_them() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (mut early, mut late) = (City::new(), City::new());
        let (mut one, mut two) = (early.phone(1), early.phone(2));
        one.answer("SAN-05", "pass");
        let first = one.pack(&early);
        one.answer("SAN-06", "na");
        let second = one.pack(&early);
        two.answer("SAN-05", "fail");
        let third = two.pack(&early);
        let deliveries = [vec![first], vec![second], vec![third]]
            .map(|delivery| delivery.iter().map(|signed| signed.as_bytes().to_vec()).collect::<Vec<_>>());
        let mut judged = deliveries.clone().map(|delivery| Some(early.judged(delivery)));
        for index in order {
            let done = early.keeper.commit(vec![judged[index].take().unwrap()]).unwrap().pop().unwrap();
            let work = late.judged(deliveries[index].clone());
            let wanted = late.keeper.commit(vec![work]).unwrap().pop().unwrap();
            assert_eq!(verdicts(done), verdicts(wanted), "{order:?}");
        }
        assert_eq!(early.merged().open_conflicts(), ["SAN-05"], "{order:?}: both values stand");
        assert_eq!(early.dump(), late.dump(), "{order:?}");
    }
}

#[test]
fn a_piece_of_work_that_fails_takes_nothing_else_with_it_and_may_come_again() {
    let mut city = City::new();
    let (mut one, mut two) = (city.phone(1), city.phone(2));
    let pack = |phone: &mut Phone, item| {
        phone.answer(item, "na");
        phone.pack(&city).as_bytes().to_vec()
    };
    let before = vec![pack(&mut one, "SAN-05")];
    let failing = vec![pack(&mut two, "SAN-06"), pack(&mut two, "SAN-08")];
    let after = vec![pack(&mut one, "SAN-09")];
    let works = [before, failing.clone(), after].map(|delivery| city.judged(delivery));
    // Appending looks at the clock, and so does judging again, as the second delivery is after the first: the fifth
    // look is for appending its second envelope.
    city.looks.store(5, Ordering::Relaxed);
    let position = city.keeper.position();
    let mut done = city.keeper.commit(works.into()).unwrap().into_iter();
    let mut next = || done.next().unwrap();
    assert!(matches!(outcome(&verdicts(next())), Outcome::Receipt { .. }));
    assert!(matches!(next(), Err(KeeperError::Panicked)));
    assert!(matches!(outcome(&verdicts(next())), Outcome::Receipt { .. }));
    assert_eq!(city.keeper.position(), position + 2);
    let value = |city: &City, item| city.merged().recorded(item).first().map(|one| one.value.clone());
    assert_eq!(
        ["SAN-05", "SAN-06", "SAN-08", "SAN-09"].map(|item| value(&city, item).is_some()),
        [true, false, false, true]
    );
    let again = city.judged(failing);
    let again = verdicts(city.keeper.commit(vec![again]).unwrap().pop().unwrap());
    assert!(
        again.iter().all(|one| !one.duplicate && matches!(one.outcome, Outcome::Receipt { .. })),
        "{again:?}"
    );
    assert!(value(&city, "SAN-06").is_some() && value(&city, "SAN-08").is_some());
    let connection = Connection::open(city.folder.path().join("city.db")).unwrap();
    city.keeper.log().verify(&connection).unwrap();
    let rows = city.dump();
    city.keeper.rebuild().unwrap();
    assert_eq!(rows, city.dump());
}

#[test]
fn an_envelope_that_makes_the_gate_panic_is_refused() {
    let found = super::judging::guarded(|| panic!("an envelope nobody thought of"));
    assert!(matches!(found, rounds_shared::gate::Finding::Refuse(RefusedReason::Trial)));
}

#[test]
fn an_envelope_with_the_beginning_of_another_document_is_refused() {
    let mut city = City::new();
    let mut honest = city.phone(9);
    let about = |at| About {
        kind: InspectionKind::Routine,
        area: AREA.parse().unwrap(),
        site: None,
        template: template().id,
        template_version: 1,
        assignment: None,
        continues: None,
        at,
    };
    let doc = rounds_shared::ids::DocId::unplanned(NOW, [3; 10]);
    let begins = |at| genesis(doc, &about(at), &template());
    let mut document = Document::load(&begins(NOW)).unwrap();
    let mut envelope = |payload: Vec<u8>| {
        let body = EnvelopeBody {
            version: ENVELOPE_VERSION,
            city: "5301".parse().unwrap(),
            doc,
            kind: DocKind::Inspection,
            device: DeviceId::of(&honest.key.public()),
            n: honest.n + 1,
            prev: honest.prev,
            seen: city.keeper.position(),
            made_at: NOW,
            payload,
        };
        honest.n += 1;
        let signed = Signed::seal(&body, &honest.key).unwrap();
        honest.prev = Some(signed.id());
        signed
    };
    let mut said = |item: &str, mut payload: Vec<u8>| {
        let (device, heads) = (DeviceId::of(&SecretKey::new([9; 32]).public()), document.heads());
        let mut random = [0; 16];
        random[..6].copy_from_slice(item.as_bytes());
        let mut session = Session::new(device, random);
        document.answer(&mut session, NOW, item, Some("na"), How::Tap).unwrap();
        payload.extend(document.own_changes(device, &heads));
        payload
    };
    let first = envelope(said("SAN-06", begins(NOW)));
    let again = envelope(said("SAN-08", begins(NOW)));
    let other = envelope(said("SAN-09", begins(NOW + 1)));
    assert!(matches!(outcome(&city.deliver(&[&first])), Outcome::Receipt { .. }));
    assert!(matches!(outcome(&city.deliver(&[&again])), Outcome::Receipt { .. }), "its own may come again");
    let refused = city.deliver(&[&other]);
    assert_eq!(outcome(&refused), &Outcome::Refused { reason: RefusedReason::Genesis });
}
