//! Promises of cases: one case a finding, one order of what happened, nobody acts where he may not.

use proptest::prelude::*;

use super::*;
use crate::{
    document::{Content, Document, Payload, PhotoDraft, Session, case_genesis, case_genesis_about},
    envelope::{DocKind, ENVELOPE_VERSION, EnvelopeBody, SecretKey, Signed, Verified},
    gate::{self, Circumstances, Finding},
    ids::PhotoHash,
    inspection::{PhotoRole, PhotoSource},
    permission::{Role, may_act},
    protocol::{ChangeId, HeldReason, Judgement, RefusedReason},
    registry::{Device, DeviceKind, Event, Registry, User},
};

const NOW: i64 = 1_790_000_000_000;
/// One person, one device: his number is the seed of everything that is his.
const LEADER: u8 = 1;
const FIXER: u8 = 2;
const CHECKER: u8 = 3;
const STRANGER: u8 = 4;
const WATCHER: u8 = 5;
const ELSEWHERE: u8 = 6;
const COLLEAGUE: u8 = 7;

fn key(person: u8) -> SecretKey {
    SecretKey::new([person; 32])
}

fn device(person: u8) -> DeviceId {
    DeviceId::of(&key(person).public())
}

fn user(person: u8) -> UserId {
    UserId::new([person; 16])
}

fn user_of(of: DeviceId) -> Option<UserId> {
    (1..=7).find(|person| device(*person) == of).map(user)
}

fn about() -> CaseAbout {
    CaseAbout {
        inspection: DocId::new([7; 16]),
        finding: format!("{}-0011223344556677", device(CHECKER)),
        item: crate::document::tests::template().items().next().unwrap().code.to_string(),
        area: "530102002002".parse().unwrap(),
        site: None,
        template: "fixture".parse().unwrap(),
        template_version: 1,
        at: NOW,
    }
}

fn begun() -> Document {
    Document::load(&case_genesis(&about())).unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn open() -> Act {
    let template = crate::document::tests::template();
    let kind = template.items().find_map(|item| item.kinds.first()).unwrap().code.to_string();
    Act::Open { kind, place: "3栋2单元门前".into(), point: None }
}

fn dispatch(to: u8) -> Act {
    Act::Dispatch { to: user(to), checker: Some(user(CHECKER)), due: day("2026-10-01") }
}

/// Adds what somebody does, on what he has before him; the change as it travels.
fn act(document: &mut Document, person: u8, session: u8, act: &Act) -> Vec<u8> {
    let before = document.heads();
    let mut session = Session::new(device(person), [session; 16]);
    document.act(&mut session, NOW, act, "因为").unwrap();
    document.own_changes(device(person), &before)
}

fn merge(document: &mut Document, bytes: &[u8]) {
    document.merge(&Payload::decode(bytes).unwrap()).unwrap();
}

fn standing(document: &Document) -> Standing {
    document.case(&[]).unwrap().standing(user_of)
}

/// The case after these acts, one after the other.
fn after(acts: &[(u8, Act)]) -> Document {
    let mut document = begun();
    for ((person, one), session) in acts.iter().zip(10..) {
        act(&mut document, *person, session, one);
    }
    document
}

fn fix() -> Act {
    Act::Fix { photos: Vec::new() }
}

fn pass() -> Act {
    Act::Pass { photos: Vec::new() }
}

fn fail() -> Act {
    Act::Fail { photos: Vec::new() }
}

#[test]
fn one_finding_has_one_case_and_its_bytes_stay() {
    let bytes = case_genesis(&about());
    assert_eq!(bytes, case_genesis(&about()));
    assert_eq!(case_genesis_about(&bytes).unwrap(), about());
    assert_eq!(begun().case_about().unwrap(), about());
    assert_eq!(begun().kind(), DocKind::Case);
    let other = CaseAbout { area: "530102002003".parse().unwrap(), ..about() };
    assert_ne!(about().doc(), other.doc(), "who says something else of the finding is not in the way");
    assert!(about().doc().may_be_case() && !DocId::unplanned(NOW, [0; 10]).may_be_case());
    // Frozen: cases in the field begin with these bytes. Only ever add another fixture.
    let golden = include_str!("../../fixtures/genesis-case-v1.hex").trim();
    assert_eq!(data_encoding::HEXLOWER.encode(&bytes), golden);
}

#[test]
fn a_case_goes_from_opening_to_closing() {
    let way = [
        (LEADER, open(), CaseState::Opened),
        (LEADER, dispatch(FIXER), CaseState::Handling),
        (FIXER, Act::GiveBack, CaseState::Opened),
        (LEADER, dispatch(FIXER), CaseState::Handling),
        (LEADER, Act::Extend { due: day("2026-10-09") }, CaseState::Handling),
        (FIXER, fix(), CaseState::Checking),
        (CHECKER, fail(), CaseState::Rework),
        (FIXER, fix(), CaseState::Checking),
        (CHECKER, pass(), CaseState::Checked),
        (LEADER, Act::Close, CaseState::Closed),
    ];
    let mut document = begun();
    assert_eq!(standing(&document).state, CaseState::Pending);
    for ((person, one, state), session) in way.iter().zip(10..) {
        act(&mut document, *person, session, one);
        assert_eq!(standing(&document).state, *state, "after {one:?}");
    }
    let standing = standing(&document);
    assert_eq!((standing.reworks, standing.responsible), (1, Some(user(FIXER))));
    assert_eq!(standing.due, Some(day("2026-10-09")));
    assert!(standing.took_effect.iter().all(|took| *took));
}

#[test]
fn what_does_not_fit_has_no_effect_and_stays() {
    let dispatched = [(LEADER, open()), (LEADER, dispatch(FIXER))];
    let unfit: [(&str, Vec<(u8, Act)>); 6] = [
        ("another opening", vec![(LEADER, open())]),
        ("fixed by whom it was not dispatched to", vec![(STRANGER, fix())]),
        ("checked before it is fixed", vec![(CHECKER, pass())]),
        ("given back by another", vec![(STRANGER, Act::GiveBack)]),
        ("closed before it is fixed", vec![(LEADER, Act::Close)]),
        ("of a later version", vec![(LEADER, Act::Later)]),
    ];
    for (what, acts) in unfit {
        let acts = [&dispatched[..], &acts].concat();
        let standing = standing(&after(&acts));
        assert_eq!(standing.state, CaseState::Handling, "{what}");
        assert_eq!(standing.took_effect, [true, true, false], "{what}");
    }
    let own = [&dispatched[..], &[(FIXER, fix()), (FIXER, pass()), (FIXER, Act::Close)]].concat();
    let standing = standing(&after(&own));
    assert_eq!(standing.state, CaseState::Checking, "nobody passes or closes his own work");
}

#[test]
fn a_case_taken_from_somebody_is_not_fixed_by_him() {
    // He fixes it on a hill without a signal; meanwhile it goes to somebody else.
    let base = after(&[(LEADER, open()), (LEADER, dispatch(FIXER))]);
    let (mut server, mut phone) = (base.clone(), base);
    let fixed = act(&mut phone, FIXER, 50, &fix());
    let taken = act(&mut server, LEADER, 51, &dispatch(STRANGER));
    merge(&mut server, &fixed);
    assert_eq!(standing(&server).state, CaseState::Handling);
    assert_eq!(standing(&server).responsible, Some(user(STRANGER)));
    assert_eq!(server.case(&[]).unwrap().events.len(), 4, "what he did stays visible");
    // His phone has his own first; with the log's order it says what everybody says.
    let order = server.changes();
    merge(&mut phone, &taken);
    assert_eq!(phone.case(&[]).unwrap().standing(user_of).state, CaseState::Checking);
    assert_eq!(phone.case(&order).unwrap(), server.case(&[]).unwrap());
}

#[test]
fn overdue_is_what_is_not_fixed_after_its_day() {
    let mut document = after(&[(LEADER, open()), (LEADER, dispatch(FIXER))]);
    assert!(!standing(&document).is_overdue(day("2026-10-01")));
    assert!(standing(&document).is_overdue(day("2026-10-02")));
    act(&mut document, FIXER, 60, &fix());
    assert!(!standing(&document).is_overdue(day("2026-10-02")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whoever has the log's order says the same of a case, in whatever order he got its parts, and after saving and
    /// loading it; and what took effect once never loses it by what comes later.
    #[test]
    fn everybody_says_the_same_of_a_case(
        acts in prop::collection::vec((1_u8..5, 0_usize..9, any::<bool>()), 1..14),
        delivered in any::<prop::sample::Index>(),
    ) {
        let mut server = begun();
        let mut phones: Vec<(Document, Vec<Vec<u8>>)> = (1..5).map(|_| (begun(), Vec::new())).collect();
        let mut log: Vec<Vec<u8>> = Vec::new();
        let mut effects: Vec<bool> = Vec::new();
        for ((person, which, has_signal), session) in acts.into_iter().zip(100..) {
            let what = [
                open(), dispatch(FIXER), dispatch(STRANGER), Act::GiveBack, fix(), pass(), fail(), Act::Close,
                Act::Withdraw,
            ][which].clone();
            let (phone, waiting) = &mut phones[usize::from(person) - 1];
            waiting.push(act(phone, person, session, &what));
            if has_signal {
                for bytes in waiting.drain(..) {
                    merge(&mut server, &bytes);
                    log.push(bytes);
                }
                log.iter().for_each(|bytes| merge(phone, bytes));
                let took = standing(&server).took_effect;
                prop_assert_eq!(&took[..effects.len()], &effects[..]);
                effects = took;
            }
        }
        let order = server.changes();
        prop_assert_eq!(Document::load(&server.save()).unwrap().changes(), order.clone());
        prop_assert_eq!(Document::load(&server.save_plain()).unwrap().changes(), order.clone());
        let known: Vec<ChangeId> = order[..=delivered.index(order.len())].to_vec();
        for (phone, waiting) in &mut phones {
            log.iter().for_each(|bytes| merge(phone, bytes));
            // A device that knows a part of the order has the rest in its own: all of it when all is delivered.
            let partly = phone.case(&known).unwrap();
            prop_assert!(partly.events.len() >= server.case(&[]).unwrap().events.len());
            let of_server = server.case(&[]).unwrap();
            let of_phone = phone.case(&order).unwrap();
            let delivered = of_phone.events.len() - waiting.len();
            prop_assert_eq!(&of_phone.events[..delivered], &of_server.events[..]);
        }
    }
}

fn registry() -> Registry {
    let mut registry = Registry::default();
    let city = "5301".parse::<AreaCode>().unwrap();
    let name = crate::template::Text { zh: "昆明市".into(), en: "Kunming".into() };
    let area = crate::area::Area {
        code: about().area,
        parent: None,
        level: crate::area::Level::Community,
        name: "社区".into(),
        short: "社区".into(),
        pinyin: "sq".into(),
    };
    let people = [
        (LEADER, Role::Supervisor, "530102"),
        (FIXER, Role::Unit, "530103"),
        (CHECKER, Role::Inspector, "530102002"),
        (STRANGER, Role::Unit, "530102"),
        (WATCHER, Role::Observer, "5301"),
        (ELSEWHERE, Role::Supervisor, "530103"),
        (COLLEAGUE, Role::Inspector, "530102002"),
    ];
    let mut events = vec![
        Event::CityFounded { city, name },
        Event::AreasPut(vec![area]),
        Event::TemplatePublished(Box::new(crate::document::tests::template())),
    ];
    for (person, role, area) in people {
        events.push(Event::UserPut(User {
            id: user(person),
            login: format!("p{person}"),
            name: format!("人{person}"),
            role,
            areas: vec![area.parse().unwrap()],
            department: None,
            active: true,
        }));
        events.push(Event::DeviceEnrolled(Device {
            id: device(person),
            key: key(person).public(),
            user: user(person),
            name: "机".into(),
            kind: DeviceKind::Phone,
        }));
    }
    for (event, position) in events.iter().zip(1..) {
        registry.apply(position, NOW, event);
    }
    registry
}

fn sealed(person: u8, doc: DocId, kind: DocKind, payload: Vec<u8>) -> Verified {
    let body = EnvelopeBody {
        version: ENVELOPE_VERSION,
        city: "5301".parse().unwrap(),
        doc,
        kind,
        device: device(person),
        n: 1,
        prev: None,
        seen: 100,
        made_at: NOW,
        payload,
    };
    let signed = Signed::seal(&body, &key(person)).unwrap();
    let signed = Signed::decode(signed.as_bytes().to_vec()).unwrap();
    signed.verify(&key(person).public()).unwrap()
}

fn judge(document: Option<&Document>, envelope: &Verified) -> Finding {
    let registry = registry();
    gate::judge(Circumstances { registry: &registry, now: NOW, confirmed: 0 }, document, envelope)
}

fn held(finding: &Finding) -> Option<HeldReason> {
    match finding {
        Finding::Hold(Judgement::Held { reason, .. }) => Some(*reason),
        _ => None,
    }
}

#[test]
fn the_gate_lets_everybody_do_his_part_and_no_other() {
    let lead = [open(), dispatch(FIXER), Act::Extend { due: day("2026-10-02") }, Act::Close, Act::Withdraw];
    let handle = [Act::GiveBack, fix()];
    let check = [pass(), fail()];
    let base = after(&[(LEADER, open()), (LEADER, dispatch(FIXER))]);
    let none = None;
    let (role, scope) = (Some(HeldReason::Role), Some(HeldReason::Scope));
    let table = [
        (LEADER, none, scope, none),
        (FIXER, role, none, role),
        (CHECKER, role, scope, none),
        (STRANGER, role, scope, role),
        (WATCHER, role, role, role),
        (ELSEWHERE, scope, scope, scope),
        (COLLEAGUE, role, scope, scope),
    ];
    for (person, of_lead, of_handle, of_check) in table {
        for (acts, expected) in [(&lead[..], of_lead), (&handle, of_handle), (&check, of_check)] {
            for one in acts {
                let payload = act(&mut base.clone(), person, 70, one);
                let envelope = sealed(person, about().doc(), DocKind::Case, payload);
                let found = judge(Some(&base), &envelope);
                let reason = held(&found);
                // Whoever has no part at all is told of his role or of his scope, whichever is nearer.
                let is_as_expected = match expected {
                    None => matches!(found, Finding::Merge(_)),
                    Some(_) => matches!(reason, Some(HeldReason::Role | HeldReason::Scope)),
                };
                assert!(is_as_expected, "person {person} {one:?}: {reason:?}, expected {expected:?}");
            }
        }
    }
}

#[test]
fn the_table_of_acts_leaves_out_whoever_only_reads() {
    for act in ActKind::ALL {
        assert!(!may_act(Role::Observer, act));
        assert!(may_act(Role::Supervisor, act), "{act:?}");
        let is_of_unit = matches!(act, ActKind::Fix | ActKind::GiveBack);
        assert_eq!(may_act(Role::Unit, act), is_of_unit, "{act:?}");
    }
}

#[test]
fn a_case_begins_where_its_finding_is_and_nowhere_else() {
    let opened = |about: &CaseAbout, person: u8| {
        let mut document = Document::load(&case_genesis(about)).unwrap();
        [case_genesis(about), act(&mut document, person, 80, &open())].concat()
    };
    let (doc, case) = (about().doc(), DocKind::Case);
    let found = judge(None, &sealed(LEADER, doc, case, opened(&about(), LEADER)));
    let Finding::Merge(merged) = found else { panic!("a supervisor opens a case in his areas") };
    assert!(matches!(&merged.content, Content::Case(case) if case.events.len() == 1));

    let found = judge(None, &sealed(ELSEWHERE, doc, case, opened(&about(), ELSEWHERE)));
    assert_eq!(held(&found), Some(HeldReason::Scope));
    let found = judge(None, &sealed(STRANGER, doc, case, case_genesis(&about())));
    assert_eq!(held(&found), Some(HeldReason::Scope), "to begin it is to see it");
    let found = judge(None, &sealed(COLLEAGUE, doc, case, case_genesis(&about())));
    assert_eq!(held(&found), Some(HeldReason::Scope), "so does an inspector whom nobody has asked");

    let refused = |doc, kind, payload| match judge(None, &sealed(LEADER, doc, kind, payload)) {
        Finding::Refuse(reason) => Some(reason),
        _ => None,
    };
    let genesis = Some(RefusedReason::Genesis);
    assert_eq!(refused(DocId::new([1; 16]), case, opened(&about(), LEADER)), genesis, "another id");
    assert_eq!(refused(doc, DocKind::Inspection, opened(&about(), LEADER)), genesis, "as an inspection");
    let unknown = CaseAbout { area: "530102002009".parse().unwrap(), ..about() };
    let found = judge(None, &sealed(LEADER, unknown.doc(), case, opened(&unknown, LEADER)));
    assert_eq!(held(&found), Some(HeldReason::UnknownSubject));
    let no_item = CaseAbout { item: "NIX-01".into(), ..about() };
    let found = judge(None, &sealed(LEADER, no_item.doc(), case, opened(&no_item, LEADER)));
    assert_eq!(held(&found), Some(HeldReason::Domain));
}

#[test]
fn nobody_takes_the_place_of_a_case_with_an_inspection() {
    let template = crate::document::tests::template();
    let inspection = crate::inspection::About {
        kind: crate::assignment::InspectionKind::Routine,
        area: about().area,
        site: None,
        template: "fixture".parse().unwrap(),
        template_version: 1,
        assignment: None,
        continues: None,
        at: NOW,
    };
    let genesis = crate::document::genesis(about().doc(), &inspection, &template);
    let found = judge(None, &sealed(CHECKER, about().doc(), DocKind::Inspection, genesis));
    assert!(matches!(found, Finding::Refuse(RefusedReason::Genesis)));
}

#[test]
fn what_no_honest_app_writes_into_a_case_is_told_apart() {
    let base = after(&[(LEADER, open()), (LEADER, dispatch(FIXER))]);
    let judged = |person, write: &dyn Fn(&mut Document, &mut Session)| {
        let mut document = base.clone();
        let before = document.heads();
        write(&mut document, &mut Session::new(device(person), [90; 16]));
        let payload = document.own_changes(device(person), &before);
        judge(Some(&base), &sealed(person, about().doc(), DocKind::Case, payload))
    };
    let late = judged(LEADER, &|document, session| document.act(session, NOW, &Act::Later, "x").unwrap());
    assert_eq!(held(&late), Some(HeldReason::Domain), "an act that nobody knows");
    let nobody = Act::Dispatch { to: user(99), checker: None, due: day("2026-10-01") };
    let nobody = judged(LEADER, &|document, session| document.act(session, NOW, &nobody, "x").unwrap());
    assert_eq!(held(&nobody), Some(HeldReason::Domain), "dispatched to nobody");
    let long = "长".repeat(3000);
    let long = judged(FIXER, &|document, session| document.act(session, NOW, &fix(), &long).unwrap());
    assert_eq!(held(&long), Some(HeldReason::Domain), "longer than a text may be");
    let photo = PhotoDraft {
        hash: PhotoHash::of(b"x"),
        bytes: 1,
        item: None,
        finding: None,
        copy_of: None,
        source: PhotoSource::Camera,
        role: PhotoRole::After,
        point: None,
    };
    let proven = judged(FIXER, &|document, session| {
        let id = document.add_photo(session, NOW, &photo).unwrap();
        document.act(session, NOW, &Act::Fix { photos: vec![id] }, "已清运").unwrap();
    });
    assert!(matches!(proven, Finding::Merge(_)));
    let strange = judged(STRANGER, &|document, session| {
        document.add_photo(session, NOW, &photo).unwrap();
    });
    assert_eq!(held(&strange), Some(HeldReason::Scope), "a photo by somebody who has no part in it");
    let of_item = PhotoDraft { item: Some(about().item), ..photo.clone() };
    let of_item = judged(FIXER, &|document, session| {
        document.add_photo(session, NOW, &of_item).unwrap();
    });
    assert_eq!(held(&of_item), Some(HeldReason::Domain), "a case has no items");
    let remark = judged(FIXER, &|document, session| {
        assert!(document.remark(session, NOW, None, "x").is_err(), "a case has no remarks");
        document.act(session, NOW, &fix(), "").unwrap();
    });
    assert!(matches!(remark, Finding::Merge(_)));
}
