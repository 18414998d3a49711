//! Envelopes that are wrong around their payload: CBOR, numbers, signatures, who and where.

use minicbor::Encoder;
use rounds_shared::{
    document::case_genesis,
    envelope::{DocKind, EnvelopeBody, SecretKey},
    ids::{DeviceId, DocId, EnvelopeId},
};

use super::{Case, chunks::answer};
use crate::scene::{NOW, Scene, signed, signed_bytes};

const MALFORMED: &str = "envelope_malformed";

pub(super) fn cases(scene: &Scene) -> Vec<Case> {
    let case = |name, code, envelope| Case { name, code, doc: scene.doc(), envelope };
    let honest = |name: &str| scene.body(answer(scene, name).bytes());
    let saying = |name: &'static str, code, change: &dyn Fn(&mut EnvelopeBody)| {
        let mut body = honest(name);
        change(&mut body);
        Case { name, code, doc: body.doc, envelope: signed(&body, &scene.key) }
    };
    let stranger = SecretKey::new([0x77; 32]);
    let mut cases = vec![
        saying("the number zero of an envelope", MALFORMED, &|body| body.n = 0),
        saying("the largest number of an envelope", MALFORMED, &|body| body.n = u64::MAX),
        saying("a number far ahead", "receipt", &|body| body.n = i64::MAX.unsigned_abs()),
        saying("a position that nobody has seen yet", "receipt", &|body| body.seen = u64::MAX),
        saying("a clock before all time", "receipt", &|body| body.made_at = i64::MIN),
        saying("a clock after all time", "receipt", &|body| body.made_at = i64::MAX),
        saying("a colleague's envelope as the one before", "receipt", &|body| {
            body.prev = Some(EnvelopeId::new([0xab; 32]));
        }),
        saying("another city", "envelope_other_city", &|body| body.city = "5303".parse().expect("a code")),
        saying("an inspection that is called a case", "envelope_genesis", &|body| body.kind = DocKind::Case),
        saying("a case under an id that is not its own", "envelope_genesis", &|body| {
            body.kind = DocKind::Case;
            body.doc = DocId::new([0xff; 16]);
            body.payload = case_genesis(&scene.case());
        }),
        saying("a case as an inspection", "envelope_genesis", &|body| {
            body.doc = scene.case().doc();
            body.payload = case_genesis(&scene.case());
        }),
        saying("a case that nobody has asked for", "held_scope", &|body| {
            body.kind = DocKind::Case;
            body.doc = scene.case().doc();
            body.payload = case_genesis(&scene.case());
        }),
        saying("a later version", "envelope_version", &|body| body.version = 2),
        saying("the version zero", "envelope_version", &|body| body.version = 0),
        saying("a colleague's device", "envelope_bad_signature", &|body| body.device = scene.other_device()),
        case("a device nobody enrolled", "device_unknown", {
            signed(
                &EnvelopeBody { device: DeviceId::of(&stranger.public()), ..honest("stranger") },
                &stranger,
            )
        }),
        case("another key", "envelope_bad_signature", signed(&honest("another key"), &stranger)),
        case("an unknown field a hundred thousand lists deep", "receipt", {
            let body = minicbor::to_vec(honest("deep")).expect("encoding to memory cannot fail");
            // A map of ten, the fields there are, and one with a number that nobody knows.
            let deep = [vec![0x18, 0x63], vec![0x81; 100_000], vec![0x00]].concat();
            signed_bytes(&[&[0xaa], &body[1..], &deep].concat(), &scene.key)
        }),
        case("no signature", "envelope_bad_signature", {
            let mut bytes = signed(&honest("no signature"), &scene.key);
            let end = bytes.len();
            bytes[end - 64..].fill(0);
            bytes
        }),
        case("nothing", MALFORMED, Vec::new()),
        case("text", MALFORMED, b"no envelope".to_vec()),
        case("an envelope larger than there are", "envelope_too_large", {
            signed(&EnvelopeBody { payload: vec![0; 1024 * 1024], ..honest("large") }, &scene.key)
        }),
        case("a byte behind the envelope", MALFORMED, {
            let mut bytes = signed(&honest("behind"), &scene.key);
            bytes.push(0);
            bytes
        }),
        case("a signature of nothing", MALFORMED, {
            let mut out = Encoder::new(Vec::new());
            out.array(2).and_then(|out| out.bytes(&[])).and_then(|out| out.bytes(&[])).expect("memory");
            out.into_writer()
        }),
        case("a list that never ends", MALFORMED, vec![0x9f; 900_000]),
        case("lists in lists in lists", MALFORMED, vec![0x81; 900_000]),
        case("a list that says it is longer than memory", MALFORMED, {
            [vec![0x9b], u64::MAX.to_be_bytes().to_vec(), vec![0; 100]].concat()
        }),
        case("bytes that say they are longer than memory", MALFORMED, {
            [vec![0x82, 0x5b], u64::MAX.to_be_bytes().to_vec(), vec![0; 100]].concat()
        }),
        case("bytes of no declared length", MALFORMED, {
            [vec![0x82, 0x5f, 0x41, 0x00, 0xff, 0x58, 0x40], vec![0; 64]].concat()
        }),
    ];
    cases.extend(bodies(scene));
    cases
}

/// Bodies that are signed as they are, whatever they are.
fn bodies(scene: &Scene) -> Vec<Case> {
    let case = |name, body: Vec<u8>| Case {
        name,
        code: MALFORMED,
        doc: scene.doc(),
        envelope: signed_bytes(&body, &scene.key),
    };
    let honest = |name: &str| minicbor::to_vec(scene.body(answer(scene, name).bytes())).expect("memory");
    // The header of a map of nine fields, and then version 1.
    let with = |name: &str, head: &[u8], from: usize| [head, &honest(name)[from..]].concat();
    vec![
        case("a body that is empty", Vec::new()),
        case("a body that is a number", vec![0x01]),
        case("a body that says nothing", vec![0xa0]),
        case("a body of its version alone", vec![0xa1, 0x00, 0x01]),
        case("a body that never ends", vec![0xbf; 500_000]),
        case("maps in maps in maps", [0xa1, 0x18, 0x63].repeat(200_000)),
        case("a body with something behind it", [honest("something behind"), vec![0]].concat()),
        case("a body without its last byte", {
            let body = honest("last byte");
            body[..body.len() - 1].to_vec()
        }),
        case("a version that is no number", with("no number", &[0xa9, 0x00, 0x61, 0x31], 3)),
        case("a version larger than any", with("larger", &[0xa9, 0x00, 0x19, 0xff, 0xff], 3)),
        case("a city of half a mebibyte", {
            let city = [vec![0x7a], 500_000_u32.to_be_bytes().to_vec(), vec![b'5'; 500_000]].concat();
            let body = honest("city");
            [&body[..4], &city[..], &body[9..]].concat()
        }),
        case("a city that is no text", {
            let body = honest("no text");
            [&body[..4], &[0x64, 0xff, 0xfe, 0xff, 0xfe], &body[9..]].concat()
        }),
        case("a moment that is a fraction", {
            let body = scene.body(answer(scene, "fraction").bytes());
            let bytes = minicbor::to_vec(&body).expect("memory");
            let moment = minicbor::to_vec(NOW).expect("memory");
            let at = bytes.windows(moment.len()).position(|window| window == moment).expect("it is there");
            [&bytes[..at], &[0xfb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], &bytes[at + moment.len()..]].concat()
        }),
    ]
}
