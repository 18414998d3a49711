//! The corpus of hostile envelopes, sent to a real server by a device that is signed in.

use rounds_hostile::{
    change::{Operation, Value},
    corpus,
    scene::Scene,
};
use rounds_shared::{
    envelope::SecretKey,
    protocol::{EntryBody, PROTOCOL_VERSION, SyncRequest, limits::ENVELOPE_OPERATIONS_MAX},
    registry::Event,
};

use super::{
    strangers::{Rogue, code},
    town::Town,
};

/// Payloads larger than this are merged into a document of their own: it would be full of them.
const SMALL_BYTES: usize = 16 * 1024;

/// A town with an inspection, for which a hostile inspector is asked, and a colleague who has answered.
struct Stage {
    town: Town,
    hostile: Rogue,
    colleague: Rogue,
}

impl Stage {
    fn new() -> Self {
        let town = Town::new();
        let (hostile, colleague) =
            (Rogue::enrol(&town, "inspector1", 41), Rogue::enrol(&town, "inspector2", 42));
        Self { town, hostile, colleague }
    }

    /// An inspection nobody has written in but the colleague, as the hostile device knows it.
    fn scene(&mut self) -> Scene {
        let assigned =
            self.town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1", "inspector2"]);
        let entries = self.hostile.send(Vec::new()).entries;
        let events = || {
            entries.iter().filter_map(|entry| match entry.parse() {
                EntryBody::Registry(event) => Some(event),
                _ => None,
            })
        };
        let assignment = events().find_map(|event| match event {
            Event::AssignmentMade(made) if made.id.to_string() == assigned => Some(*made),
            _ => None,
        });
        let assignment = assignment.expect("it is in the device's scope");
        let template = events().find_map(|event| match event {
            Event::TemplatePublished(template) if template.id == assignment.template => Some(*template),
            _ => None,
        });
        let scene = Scene {
            city: "5301".parse().unwrap(),
            template: template.expect("it came with the assignment"),
            assignment,
            key: SecretKey::new([41; 32]),
            other: SecretKey::new([42; 32]),
        };
        let answer = self.colleague.seal(scene.doc(), scene.others_change());
        assert_eq!(code(&self.colleague.verdict(answer)), "receipt");
        scene
    }

    fn asked(&self, envelope: &[u8]) -> &'static str {
        code(&self.hostile.verdict(envelope.to_vec()))
    }
}

#[test]
fn every_hostile_envelope_gets_a_signed_verdict_with_its_code_and_the_next_honest_one_works() {
    let mut stage = Stage::new();
    let scene = stage.scene();
    let is_large = |envelope: &[u8], code: &str| code == "receipt" && envelope.len() > SMALL_BYTES;
    // What is refused or held leaves the document as it is. What is merged comes last, and the large each alone.
    let mut cases = corpus(&scene);
    cases.sort_by_key(|case| case.code == "receipt");
    let mut large = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        if is_large(&case.envelope, case.code) {
            large.push(case.name);
            continue;
        }
        assert_eq!(stage.asked(&case.envelope), case.code, "{}", case.name);
        if index % 50 == 0 {
            let honest = stage.colleague.seal(scene.doc(), scene.others_change());
            assert_eq!(code(&stage.colleague.verdict(honest)), "receipt", "after {}", case.name);
        }
    }
    assert!(!large.is_empty(), "some are as large as they may be");
    for name in large {
        let scene = stage.scene();
        let case = corpus(&scene).into_iter().find(|case| case.name == name).unwrap();
        assert_eq!(stage.asked(&case.envelope), case.code, "{name}");
    }
    // All of them were its first envelope: a copied device does that. Nothing is blocked by it, and it is seen.
    let devices = stage.town.desk("supervisor").get("/v1/devices").unwrap();
    let id = scene.device().to_string();
    let row = devices.as_array().unwrap().iter().find(|row| row["id"] == id.as_str()).unwrap();
    assert_eq!(row["cloned"], true);
    // The log is whole, whatever came, and everybody goes on.
    stage.town.stop();
    stage.town.start();
    let assigned = stage.town.desk("supervisor").assign("530102001001", "sanitation", &["inspector3"]);
    let honest = stage.town.phone("inspector3");
    let inspection = honest.app.open_assignment(&assigned).unwrap();
    honest.answer(&inspection, "SAN-05", "pass");
    assert_eq!(honest.sync(), None);
}

#[test]
fn a_delivery_that_costs_too_much_is_taken_in_parts_and_all_of_it_is_answered() {
    let mut stage = Stage::new();
    let scene = stage.scene();
    // Each writes as much as an envelope may, and is held: none of it makes the document larger.
    let heavy: Vec<Vec<u8>> = (0..60)
        .map(|n| {
            let put = |n: usize| Operation::put(scene.answer(1), &format!("field{n}"), Value::NULL);
            let puts: Vec<Operation> = (0..ENVELOPE_OPERATIONS_MAX).map(put).collect();
            scene.seal(scene.first(&format!("heavy {n}")).with(&puts).bytes())
        })
        .collect();
    let body = minicbor::to_vec(request(heavy.clone())).unwrap();
    assert_eq!(stage.hostile.post(&body), Err(429), "it is told to come back");
    // It comes back with all of it, because it has no verdict of any.
    let verdicts = stage.hostile.send(heavy).verdicts;
    let verdicts = verdicts.iter().map(|verdict| verdict.verify(&stage.hostile.server).unwrap());
    let (before, new): (Vec<_>, Vec<_>) = verdicts.partition(|verdict| verdict.duplicate);
    assert!(before.len() >= 40 && !new.is_empty(), "{} were taken at first", before.len());
    assert!(before.iter().chain(&new).all(|verdict| code(verdict) == "held_domain"));
}

/// A request that an app may make, to be spoiled.
fn request(envelopes: Vec<Vec<u8>>) -> SyncRequest {
    SyncRequest {
        protocol: PROTOCOL_VERSION,
        cursor: None,
        own: None,
        envelopes: envelopes.into_iter().map(Into::into).collect(),
        page_bytes_max: u32::MAX,
        clock: 0,
        app: "rogue".into(),
        n_made: 0,
        snapshots: None,
    }
}

#[test]
fn a_request_with_the_largest_and_smallest_numbers_is_answered() {
    let stage = Stage::new();
    let cursor = stage.hostile.send(Vec::new()).cursor;
    let own = |n| rounds_shared::protocol::Own { n, id: rounds_shared::ids::EnvelopeId::new([0xab; 32]) };
    let numbers: [(i64, u64, u32); 3] = [(i64::MIN, 0, 0), (i64::MAX, u64::MAX, u32::MAX), (-1, 1 << 63, 1)];
    for (clock, n, page_bytes_max) in numbers {
        let odd = SyncRequest {
            own: Some(own(n)),
            clock,
            page_bytes_max,
            n_made: n,
            cursor: Some(cursor.clone()),
            ..request(vec![])
        };
        assert!(stage.hostile.post(&minicbor::to_vec(odd).unwrap()).is_ok(), "{clock} {n} {page_bytes_max}");
    }
    let cursors = [vec![], vec![0xff; 64], vec![0x9f; 100_000], {
        // Behind the server's seal; without it, it proves nothing, and must do no harm.
        let mut cursor = rounds_shared::protocol::Cursor::from_bytes(&cursor[16..]).unwrap();
        cursor.seq = u64::MAX;
        cursor.to_bytes()
    }];
    for cursor in cursors {
        let odd = SyncRequest { cursor: Some(cursor), app: "应用".repeat(100_000), ..request(vec![]) };
        assert!(stage.hostile.post(&minicbor::to_vec(odd).unwrap()).is_ok());
    }
    assert!(!stage.hostile.send(Vec::new()).entries.is_empty());
}

#[test]
fn a_request_that_unpacks_to_more_than_it_may_is_refused_and_costs_little() {
    let stage = Stage::new();
    let packed = |bytes: &[u8]| zstd::bulk::compress(bytes, 3).unwrap();
    let honest = minicbor::to_vec(request(vec![])).unwrap();
    // A gigabyte of zeros: a frame of sixteen megabytes, many times; and one that says it is a gigabyte.
    let frame = packed(&vec![0; 16 << 20]);
    let frames = frame.repeat(64);
    assert!(frames.len() < 100_000, "{} bytes unpack to a gigabyte", frames.len());
    let mut claims = vec![0x28, 0xb5, 0x2f, 0xfd, 0xe0];
    claims.extend((1_u64 << 40).to_le_bytes());
    claims.extend([1, 0, 0]);
    // A window of two gigabytes and more, before a byte of content.
    let window = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 1, 0, 0];
    let dictionary = vec![0x28, 0xb5, 0x2f, 0xfd, 0x23, 0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0];
    // A right request in a frame that wants a window of so many bytes: two to the power of ten and the exponent.
    let windowed = |exponent: u8| {
        let block = (u32::try_from(honest.len()).unwrap() << 3) | 1;
        [&[0x28, 0xb5, 0x2f, 0xfd, 0x00, exponent << 3][..], &block.to_le_bytes()[..3], &honest].concat()
    };
    assert!(stage.hostile.post_packed(&windowed(13)).is_ok(), "a window as large as the largest message");
    let cut = packed(&honest);
    let refused: [(&str, Vec<u8>, u16); 9] = [
        ("a window larger than the largest message", windowed(14), 400),
        ("a gigabyte in many frames", frames, 413),
        ("eight mebibytes and a byte", packed(&vec![0; (8 << 20) + 1]), 413),
        ("a terabyte that is not there", claims, 400),
        ("a window larger than memory", window, 400),
        ("a dictionary that nobody has", dictionary, 400),
        ("a frame cut short", cut[..cut.len() - 1].to_vec(), 400),
        ("no frame", b"rubbish".to_vec(), 400),
        ("nothing", Vec::new(), 400),
    ];
    for (name, body, status) in refused {
        assert_eq!(stage.hostile.post_packed(&body), Err(status), "{name}");
    }
    assert!(stage.hostile.post_packed(&packed(&honest)).is_ok());
    let many = request(vec![vec![0]; 513]);
    assert_eq!(
        stage.hostile.post(&minicbor::to_vec(many).unwrap()),
        Err(413),
        "an envelope more than there may be"
    );
    let most = stage.hostile.send(vec![vec![0x9f; 8_000]; 512]);
    assert_eq!(most.verdicts.len(), 512, "as many as there may be, and each is answered");
}
