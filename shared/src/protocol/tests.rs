//! The bytes of every message, frozen. Devices in the field and logs on disk hold them: a fixture is only
//! ever added, never edited.

use super::*;
use crate::{
    area::{Area, Level, Site, SiteKind, Zone},
    assignment::{Assignment, InspectionKind},
    envelope::SecretKey,
    ids::{AssignmentId, DeviceId, DocId, EnvelopeId, Epoch, LogHash, PhotoHash, UserId},
    permission::Role,
    registry::{Device, DeviceKind, Event, Superseding, User, Withdrawal},
    template::Text,
};

fn check<T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> + PartialEq + std::fmt::Debug>(
    name: &str,
    value: &T,
    golden: &str,
) {
    let bytes = minicbor::to_vec(value).unwrap();
    assert_eq!(data_encoding::HEXLOWER.encode(&bytes), golden.trim(), "the bytes of {name} must not change");
    let read: T = minicbor::decode(&bytes).unwrap();
    assert_eq!(read, *value, "{name} must read back as it was written");
}

macro_rules! golden {
    ($test:ident, $file:literal, $value:expr) => {
        #[test]
        fn $test() {
            check($file, &$value, include_str!(concat!("../../fixtures/", $file, ".hex")));
        }
    };
}

fn verdict() -> Verdict {
    Verdict {
        envelope: EnvelopeId::new([1; 32]),
        outcome: Outcome::Held {
            epoch: Epoch::new([2; 16]),
            seq: 300,
            reason: HeldReason::MissingDependencies,
            missing: vec![ChangeId([3; 32])],
        },
        duplicate: true,
    }
}

golden!(a_verdict_keeps_its_bytes, "verdict-v1", verdict());
golden!(
    a_signed_verdict_keeps_its_bytes,
    "signed-verdict-v1",
    SignedVerdict::sign(&verdict(), &SecretKey::new([9; 32]))
);
golden!(
    a_sync_request_keeps_its_bytes,
    "sync-request-v1",
    SyncRequest {
        protocol: PROTOCOL_VERSION,
        cursor: Some(vec![1, 2, 3]),
        own: Some(Own { n: 7, id: EnvelopeId::new([4; 32]) }),
        envelopes: vec![vec![5; 10].into()],
        page_bytes_max: 1 << 20,
        clock: 1_790_000_000_000,
        app: "0.1.0".into(),
        n_made: 9,
        snapshots: None,
    }
);
golden!(
    a_sync_reply_keeps_its_bytes,
    "sync-reply-v1",
    SyncReply {
        verdicts: vec![SignedVerdict::sign(&verdict(), &SecretKey::new([9; 32]))],
        entries: vec![Entry::new(5, 1_790_000_000_000, EntryBody::Envelope(vec![6; 8], Judgement::Merged))],
        forget: vec![DocId::new([7; 16])],
        cursor: Cursor {
            epoch: Epoch::new([2; 16]),
            seq: 5,
            hash: LogHash::new([8; 32]),
            scope: [9; 8],
            transfer: None
        }
        .to_bytes(),
        more: true,
        backed_up: 4,
        server_time: 1_790_000_000_001,
        photos_missing: vec![PhotoHash::new([10; 32])],
        epoch: Some(Epoch::new([2; 16])),
        snapshots: Vec::new(),
        wipe: None,
        server: None,
        photos_backed_up: None,
    }
);
golden!(
    a_ruling_keeps_its_bytes,
    "ruling-v1",
    Ruling {
        envelope: EnvelopeId::new([1; 32]),
        admit: true,
        reason: "属实".into(),
        by: UserId::new([2; 16])
    }
);
golden!(
    an_event_about_areas_keeps_its_bytes,
    "event-areas-v1",
    Event::AreasPut(vec![Area {
        code: "530102001001".parse().unwrap(),
        name: "翠湖西路社区居民委员会".into(),
        short: "翠湖西路社区".into(),
        pinyin: "chxlsq".into(),
        level: Level::Community,
        parent: Some("530102001".parse().unwrap()),
    }])
);
golden!(
    an_event_about_zones_keeps_its_bytes,
    "event-zones-v1",
    Event::ZonesPut(vec![Zone {
        code: "gaoxin".parse().unwrap(),
        zh: "高新区".into(),
        en: "High-tech Zone".into(),
        members: vec!["530102".parse().unwrap()],
        pending: Some(Text { zh: "待确认".into(), en: "To be confirmed".into() }),
    }])
);
golden!(
    an_event_about_sites_keeps_its_bytes,
    "event-sites-v1",
    Event::SitesPut(vec![Site {
        id: "530102001001-1".parse().unwrap(),
        area: "530102001001".parse().unwrap(),
        kind: SiteKind::Market,
        name: "农贸市场".into(),
        pinyin: "nmsc".into(),
        point: None,
    }])
);
golden!(
    an_event_about_a_user_keeps_its_bytes,
    "event-user-v1",
    Event::UserPut(User {
        id: UserId::new([1; 16]),
        login: "li".into(),
        name: "李明".into(),
        role: Role::Inspector,
        areas: vec!["530102".parse().unwrap()],
        department: None,
        active: true,
    })
);
golden!(
    an_event_about_a_device_keeps_its_bytes,
    "event-device-v1",
    Event::DeviceEnrolled(Device {
        id: DeviceId::new([3; 16]),
        key: SecretKey::new([9; 32]).public(),
        user: UserId::new([1; 16]),
        name: "手机".into(),
        kind: DeviceKind::Phone,
    })
);
golden!(
    an_event_about_a_revocation_keeps_its_bytes,
    "event-revocation-v1",
    Event::DeviceRevoked {
        device: DeviceId::new([3; 16]), reason: "遗失".into(), by: UserId::new([2; 16])
    }
);
golden!(
    an_event_about_an_assignment_keeps_its_bytes,
    "event-assignment-v1",
    Event::AssignmentMade(Box::new(Assignment {
        id: AssignmentId::new([5; 16]),
        kind: InspectionKind::Unannounced,
        template: "sanitation".parse().unwrap(),
        template_version: 1,
        area: "530102001001".parse().unwrap(),
        site: Some("530102001001-1".parse().unwrap()),
        people: vec![UserId::new([1; 16])],
        due: "2026-11-25".parse().unwrap(),
        note: "早市后".into(),
        made_by: UserId::new([2; 16]),
        genesis: vec![0x85, 0x6f].into(),
        repeats: None,
    }))
);

golden!(
    an_event_about_a_superseded_assignment_keeps_its_bytes,
    "event-assignment-superseded-v1",
    Event::AssignmentSuperseded {
        assignment: AssignmentId::new([5; 16]),
        superseding: Superseding {
            replacement: AssignmentId::new([6; 16]),
            reason: "换人".into(),
            by: UserId::new([2; 16]),
        },
    }
);

golden!(
    an_event_about_a_withdrawn_checklist_keeps_its_bytes,
    "event-template-withdrawn-v1",
    Event::TemplateWithdrawn(Withdrawal {
        template: "sanitation".parse().unwrap(),
        version: 1,
        reason: "标准修订".into(),
    })
);

golden!(
    an_event_about_a_blind_repetition_keeps_its_bytes,
    "event-assignment-blind-v1",
    Event::AssignmentMade(Box::new(Assignment {
        id: AssignmentId::new([6; 16]),
        kind: InspectionKind::Recheck,
        template: "sanitation".parse().unwrap(),
        template_version: 1,
        area: "530102001001".parse().unwrap(),
        site: None,
        people: vec![UserId::new([3; 16])],
        due: "2026-11-26".parse().unwrap(),
        note: String::new(),
        made_by: UserId::new([2; 16]),
        genesis: vec![0x85, 0x6f].into(),
        repeats: Some(AssignmentId::new([5; 16])),
    }))
);

pub(super) fn snapshot() -> Snapshot {
    Snapshot {
        doc: DocId::new([7; 16]),
        seq: 12,
        saved: vec![0x85, 0x6f],
        covers: vec![EnvelopeId::new([1; 32])],
        card: Card {
            kind: "routine".into(),
            area: "530102001001".parse().unwrap(),
            site: Some("530102001001-1".parse().unwrap()),
            template: "sanitation".parse().unwrap(),
            template_version: 1,
            assignment: Some(AssignmentId::new([5; 16])),
            state: "submitted".into(),
            answered: 60,
            asked: 61,
            findings: 9,
            conflicts: 1,
            returned: 0,
            changed_at: 1_790_000_000_000,
            people: vec![UserId::new([1; 16]), UserId::new([2; 16])],
            submitted: vec![UserId::new([1; 16])],
        },
    }
}

golden!(a_snapshot_keeps_its_bytes, "snapshot-v1", snapshot());
golden!(
    a_request_for_snapshots_keeps_its_bytes,
    "sync-request-snapshots-v1",
    SyncRequest {
        protocol: PROTOCOL_VERSION,
        cursor: None,
        own: None,
        envelopes: Vec::new(),
        page_bytes_max: 1 << 20,
        clock: 1_790_000_000_000,
        app: "0.1.0".into(),
        n_made: 0,
        snapshots: Some(SNAPSHOT_VERSION),
    }
);
golden!(
    a_reply_with_a_snapshot_keeps_its_bytes,
    "sync-reply-snapshots-v1",
    SyncReply {
        verdicts: Vec::new(),
        entries: Vec::new(),
        forget: Vec::new(),
        cursor: vec![1],
        more: false,
        backed_up: 0,
        server_time: 1_790_000_000_001,
        photos_missing: Vec::new(),
        epoch: Some(Epoch::new([2; 16])),
        snapshots: vec![SignedSnapshot::sign(&snapshot(), &SecretKey::new([9; 32]))],
        wipe: None,
        server: None,
        photos_backed_up: None,
    }
);
golden!(
    who_replies_keeps_its_bytes,
    "server-identity-v1",
    ServerIdentity { key: SecretKey::new([9; 32]).public(), version: "0.1.0".into() }
);
golden!(
    an_order_to_erase_keeps_its_bytes,
    "wipe-v1",
    Wipe::order(DeviceId::new([3; 16]), Epoch::new([2; 16]), 300, &SecretKey::new([9; 32]))
);
golden!(
    a_cursor_keeps_its_bytes,
    "cursor-v1",
    Cursor { epoch: Epoch::new([2; 16]), seq: 5, hash: LogHash::new([8; 32]), scope: [9; 8], transfer: None }
);
golden!(
    a_cursor_in_the_middle_of_a_transfer_keeps_its_bytes,
    "cursor-transfer-v1",
    Cursor {
        epoch: Epoch::new([2; 16]),
        seq: 5,
        hash: LogHash::new([8; 32]),
        scope: [9; 8],
        transfer: Some(Transfer {
            to: 300,
            hash: LogHash::new([7; 32]),
            step: Step::Documents(Some(DocId::new([6; 16]))),
        }),
    }
);

#[test]
fn a_transfer_that_claims_to_have_come_further_than_it_leads_is_unsound() {
    let transfer = |step| Transfer { to: 300, hash: LogHash::new([7; 32]), step };
    for sound in [Step::Entries(5), Step::Entries(300), Step::Documents(None)] {
        assert!(transfer(sound).is_sound(5), "{sound:?}");
    }
    assert!(!transfer(Step::Entries(301)).is_sound(5));
    assert!(!transfer(Step::Entries(u64::MAX)).is_sound(5));
    assert!(!transfer(Step::Entries(4)).is_sound(5));
    assert!(!transfer(Step::Documents(None)).is_sound(301));
}

#[test]
fn a_template_of_the_log_keeps_its_bytes() {
    let event = Event::TemplatePublished(Box::new(crate::document::tests::template()));
    check("event-template-v1", &event, include_str!("../../fixtures/event-template-v1.hex"));
}

#[test]
fn a_message_of_a_later_version_is_read_as_far_as_it_is_known() {
    // A map with one field more than this version has.
    let mut bytes = minicbor::to_vec(Own { n: 7, id: EnvelopeId::new([4; 32]) }).unwrap();
    assert_eq!(bytes[0], 0xa2, "a map of two");
    bytes[0] = 0xa3;
    bytes.extend([0x18, 0x63, 0x01]);
    assert_eq!(minicbor::decode::<Own>(&bytes).unwrap().n, 7);
    let later = Entry { seq: 1, at: 0, sort: 77, body: vec![1], judgement: None, signature: None };
    assert_eq!(later.parse(), EntryBody::Later(77));
}

fn signed_entry() -> SignedEntry {
    let epoch = Epoch::new([2; 16]);
    let mut entry = Entry { seq: 300, at: 5, sort: 1, body: vec![1, 2, 3], judgement: None, signature: None };
    entry.sign(epoch, &SecretKey::new([9; 32]));
    SignedEntry { epoch, entry }
}

golden!(
    a_repair_request_keeps_its_bytes,
    "repair-request-v1",
    RepairRequest {
        protocol: PROTOCOL_VERSION,
        message: Some(vec![0x61, 1]),
        entries: vec![signed_entry()],
        receipts: Vec::new(),
        places: Vec::new(),
    }
);
golden!(
    a_repair_reply_keeps_its_bytes,
    "repair-reply-v1",
    RepairReply { message: Some(vec![0x61]), ended: Vec::new() }
);
golden!(
    a_repair_request_with_receipts_keeps_its_bytes,
    "repair-request-receipts-v1",
    RepairRequest {
        protocol: PROTOCOL_VERSION,
        message: None,
        entries: Vec::new(),
        receipts: vec![SignedVerdict::sign(&verdict(), &SecretKey::new([9; 32]))],
        places: vec![Place {
            epoch: Epoch::new([2; 16]),
            seq: 300,
            at: 5,
            envelope: EnvelopeId::new([4; 32]),
            signature: signed_entry().entry.signature.unwrap(),
        }],
    }
);
golden!(
    a_repair_reply_with_ended_logs_keeps_its_bytes,
    "repair-reply-ended-v1",
    RepairReply { message: None, ended: vec![Ended { epoch: Epoch::new([2; 16]), seq: 300 }] }
);

#[test]
fn the_page_names_every_reason_and_every_example() {
    let page = include_str!("../../PROTOCOL.md");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let is_event = name.starts_with("event-") && page.contains("`event-*.hex`");
        assert!(is_event || !name.ends_with(".hex") || page.contains(&name), "{name} is not in PROTOCOL.md");
    }
    let held = (0..).map(|number| minicbor::decode::<HeldReason>(&[number]).unwrap().code());
    let refused = (0..).map(|number| minicbor::decode::<RefusedReason>(&[number]).unwrap().code());
    for code in held
        .take_while(|code| *code != "held_later")
        .chain(refused.take_while(|code| *code != "envelope_later"))
    {
        assert!(page.contains(&format!("`{code}")), "{code} is not in PROTOCOL.md");
    }
}
