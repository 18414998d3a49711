//! What fuzzers run: every decoder that meets bytes from outside, each as a function of bytes. None may panic, take long,
//! or take more memory than it should; what it accepts, it must read again as the same.

use std::sync::{LazyLock, Once};

use data_encoding::HEXLOWER;
use minicbor::{Decode, Encode};
use rounds_shared::{
    document::{Document, Payload},
    envelope::{DocKind, EnvelopeBody, SecretKey, Signed},
    ids::Epoch,
    protocol::{
        Cursor, Entry, EntryBody, Holdings, Receipts, RepairReply, RepairRequest, SignedEntry, SignedVerdict,
        Snapshot, SyncReply, SyncRequest,
    },
    registry::{Event, Registry},
};

use crate::{
    asking::ask,
    cases::corpus,
    chunk::{CHANGE, DOCUMENT, framed},
    full,
    scene::{self, Scene, signed},
};

/// A decoder, and what to begin with.
pub struct Target {
    /// Its name, and its corpus's.
    pub name: &'static str,
    /// What is run.
    pub run: fn(&[u8]),
    /// Bytes that reach far into it.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "envelope", run: envelope, seeds: envelopes },
    Target { name: "payload", run: payload, seeds: payloads },
    Target { name: "change", run: change, seeds: changes },
    Target { name: "document", run: document, seeds: documents },
    Target { name: "sync", run: sync, seeds: || fixtures(&["sync-request", "sync-reply", "snapshot"]) },
    Target { name: "repair", run: repair, seeds: || fixtures(&["repair-request", "repair-reply"]) },
    Target { name: "verdict", run: verdict, seeds: || fixtures(&["verdict", "signed-verdict"]) },
    Target { name: "receipts", run: receipts, seeds: receipt_files },
    Target { name: "cursor", run: cursor, seeds: cursors },
    Target { name: "entry", run: entry, seeds: entries },
    #[cfg(feature = "server")]
    Target { name: "message", run: server::message, seeds: server::messages },
    #[cfg(feature = "server")]
    Target { name: "backup", run: server::backup, seeds: server::backups },
    #[cfg(feature = "server")]
    Target { name: "picture", run: server::picture, seeds: server::pictures },
    #[cfg(feature = "server")]
    Target { name: "tus", run: server::tus, seeds: server::headers },
];

/// Where the gate is asked: a document that a colleague has written in.
struct Standing {
    scene: Scene,
    registry: Registry,
    document: Document,
}

static STANDING: LazyLock<Standing> = LazyLock::new(|| {
    let scene = scene::scene();
    Standing { registry: scene::registry(&scene), document: scene.merged(), scene }
});

/// What Automerge panics on is caught where it is called, and is no finding; whatever gets past that ends the run all the
/// same, because the panic does.
fn quietly() {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}

/// An envelope as it is received, and judged when its signature holds.
pub fn envelope(bytes: &[u8]) {
    quietly();
    let _ = Signed::id_of(bytes);
    let Ok(signed) = Signed::decode(bytes.to_vec()) else { return };
    assert_eq!(signed.as_bytes(), bytes, "an envelope keeps its bytes");
    assert_eq!(Signed::id_of(bytes), Some(signed.id()));
    ask(&STANDING.registry, Some(&STANDING.document), bytes.to_vec());
}

/// A payload, whatever it is, in an envelope that is right.
pub fn payload(bytes: &[u8]) {
    quietly();
    let Standing { scene, registry, document } = &*STANDING;
    if bytes.len() > 512 * 1024 {
        return;
    }
    for document in [Some(document), None] {
        ask(registry, document, scene.seal(bytes.to_vec()));
    }
    let case = EnvelopeBody { kind: DocKind::Case, ..scene.body(bytes.to_vec()) };
    ask(registry, None, signed(&case, &scene.key));
    if let Ok(payload) = Payload::decode(bytes) {
        assert!(!payload.is_empty(), "nobody sends nothing");
    }
}

/// What stands in a change chunk; its header is right, so that it is looked at.
pub fn change(bytes: &[u8]) {
    payload(&framed(CHANGE, bytes));
}

/// The same of a document chunk.
pub fn document(bytes: &[u8]) {
    payload(&framed(DOCUMENT, bytes));
}

/// A sync request, or the reply to one.
pub fn sync(bytes: &[u8]) {
    again::<SyncRequest>(bytes);
    again::<SyncReply>(bytes);
    again::<Snapshot>(bytes);
    if let Ok(reply) = minicbor::decode::<SyncReply>(bytes) {
        reply.entries.iter().for_each(|entry| drop(entry.parse()));
    }
}

/// Repair, on both sides.
pub fn repair(bytes: &[u8]) {
    again::<RepairRequest>(bytes);
    again::<RepairReply>(bytes);
    let ids = (0..100_u8).map(|n| [n; 32]);
    let holdings = Holdings::new(ids);
    let message = minicbor::decode::<RepairRequest>(bytes).ok().and_then(|request| request.message);
    for message in [Some(bytes.to_vec()), message].into_iter().flatten() {
        let _ = holdings.answer(&message);
        if let Some((mut comparison, _)) = holdings.compare() {
            let _ = comparison.take(&message);
        }
    }
}

/// A verdict and its signature.
pub fn verdict(bytes: &[u8]) {
    let key = SecretKey::new([99; 32]).public();
    let Some(signed) = SignedVerdict::from_bytes(bytes) else { return };
    assert_eq!(SignedVerdict::from_bytes(&signed.to_bytes()).as_ref(), Some(&signed));
    let _ = signed.verify(&key);
}

/// A file of receipts.
pub fn receipts(bytes: &[u8]) {
    let key = SecretKey::new([99; 32]).public();
    let Ok(receipts) = serde_json::from_slice::<Receipts>(bytes) else { return };
    if let Ok(proven) = receipts.prove(&key) {
        proven.for_each(drop);
    }
}

/// A cursor that comes back.
pub fn cursor(bytes: &[u8]) {
    let Some(cursor) = Cursor::from_bytes(bytes) else { return };
    assert_eq!(Cursor::from_bytes(&cursor.to_bytes()), Some(cursor));
}

/// The body of an entry, of every sort.
pub fn entry(bytes: &[u8]) {
    quietly();
    if let Some(event) = Event::from_bytes(bytes) {
        assert_eq!(Event::from_bytes(&event.to_bytes()).as_ref(), Some(&event));
        Registry::default().apply(1, 0, &event);
        let _ = event.subjects();
    }
    for sort in 0..=4 {
        let entry = Entry { seq: 1, at: 0, sort, body: bytes.to_vec(), judgement: None, signature: None };
        if let EntryBody::Envelope(envelope, _) = entry.parse() {
            drop(Signed::decode(envelope));
        }
        let signed = SignedEntry { epoch: Epoch::new([3; 16]), entry };
        assert!(!signed.is_of(&SecretKey::new([99; 32]).public()), "nobody signed it");
    }
}

/// What is read must be read again as the same.
fn again<T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
    let Ok(read) = minicbor::decode::<T>(bytes) else { return };
    let written = minicbor::to_vec(&read).expect("encoding to memory cannot fail");
    assert_eq!(minicbor::decode::<T>(&written).expect("it was just written"), read);
}

fn envelopes() -> Vec<Vec<u8>> {
    let seeds = corpus(&STANDING.scene).into_iter().map(|case| case.envelope);
    seeds.filter(|bytes| bytes.len() < 4096).chain(fixtures(&["envelope"])).collect()
}

fn payloads() -> Vec<Vec<u8>> {
    let device = STANDING.scene.key.public();
    let of = |bytes: Vec<u8>| Some(Signed::decode(bytes).ok()?.verify(&device).ok()?.body().payload.clone());
    envelopes().into_iter().filter_map(of).chain(fixtures(&["payload", "genesis"])).collect()
}

fn changes() -> Vec<Vec<u8>> {
    bodies(CHANGE)
}

fn documents() -> Vec<Vec<u8>> {
    let whole = full::documents(&STANDING.scene).into_iter().map(|full| full.document.save_plain());
    let small = whole.filter(|bytes| bytes.len() < 16 * 1024).filter_map(|bytes| body(DOCUMENT, &bytes));
    bodies(DOCUMENT).into_iter().chain(small).collect()
}

/// What stands in the first chunks of the payloads there are.
fn bodies(kind: u8) -> Vec<Vec<u8>> {
    payloads().iter().filter_map(|bytes| body(kind, bytes)).collect()
}

fn body(kind: u8, chunk: &[u8]) -> Option<Vec<u8>> {
    let mut rest = chunk.get(9..).filter(|_| chunk[8] == kind)?;
    let length = usize::try_from(crate::chunk::uleb_of(&mut rest)?).ok()?;
    rest.get(..length).map(<[u8]>::to_vec)
}

fn receipt_files() -> Vec<Vec<u8>> {
    use rounds_shared::protocol::Receipt;
    let key = SecretKey::new([1; 32]).public();
    let parts = (fixtures(&["envelope"]), fixtures(&["signed-verdict"]));
    let receipts = parts.0.iter().zip(&parts.1).map(|(envelope, verdict)| Receipt::new(envelope, verdict));
    let file = Receipts::new(STANDING.scene.city.clone(), &key, receipts.collect());
    vec![serde_json::to_vec(&file).expect("it is plain")]
}

fn cursors() -> Vec<Vec<u8>> {
    let replies = fixtures(&["sync-reply"]).into_iter();
    replies.filter_map(|reply| minicbor::decode::<SyncReply>(&reply).ok()).map(|reply| reply.cursor).collect()
}

fn entries() -> Vec<Vec<u8>> {
    fixtures(&["event-", "ruling", "envelope"])
}

/// The protocol's test vectors whose names begin so.
fn fixtures(names: &[&str]) -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let wanted = files.filter(|file| {
        let name = file.file_name();
        names.iter().any(|wanted| name.to_str().is_some_and(|name| name.starts_with(wanted)))
    });
    let texts = wanted.filter_map(|file| std::fs::read_to_string(file.path()).ok());
    texts.filter_map(|text| HEXLOWER.decode(text.trim().as_bytes()).ok()).collect()
}

/// Decoders of the server.
#[cfg(feature = "server")]
mod server {
    use rounds_server::{
        backup,
        exchange::{Packing, message::unpacked},
        handlers::tus::headers::{announced_hash, checksum, metadata},
        photos::picture,
    };
    use rounds_shared::protocol::{Dictionary, DictionaryName, limits::MESSAGE_BYTES_MAX};

    /// Pixels of a picture that is made smaller here.
    const PIXELS_MAX: u64 = 1 << 20;
    /// The longer edge it is made smaller to.
    const EDGE: u32 = 64;

    /// A body that is said to be zstd, with a dictionary and without; and the name of one.
    pub(super) fn message(bytes: &[u8]) {
        let scene = &super::STANDING.scene;
        let dictionary = Dictionary::of_genesis(scene.doc(), &scene.assignment.genesis.to_vec());
        let dictionary = dictionary.expect("the genesis loads");
        for packing in [Packing::Zstd, Packing::ZstdWith(dictionary.name())] {
            if let Ok(message) = unpacked(packing, bytes, |_| Some(dictionary.clone())) {
                assert!(message.len() <= MESSAGE_BYTES_MAX);
            }
        }
        if let Some(name) =
            std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<DictionaryName>().ok())
        {
            assert_eq!(name.to_string().parse::<DictionaryName>().ok(), Some(name));
        }
    }

    pub(super) fn messages() -> Vec<Vec<u8>> {
        let texts = super::fixtures(&["sync-request", "repair-request"]);
        texts.iter().filter_map(|text| zstd::bulk::compress(text, 3).ok()).collect()
    }

    /// A file that is said to be a backup; and the same bytes inside an archive that can be unpacked.
    pub(super) fn backup(bytes: &[u8]) {
        let folder = tempfile::tempdir().expect("there is a place for temporary files");
        let file = folder.path().join("backup");
        let packed = zstd::bulk::compress(bytes, 1).expect("memory is there");
        for content in [bytes, &packed] {
            std::fs::write(&file, content).expect("the disk has room");
            assert!(backup::open(&file).is_err(), "a backup is signed");
        }
    }

    /// A file that is said to be a photo. Large ones are only looked at: making them smaller takes the memory they have
    /// pixels for, which is bounded elsewhere.
    pub(super) fn picture(bytes: &[u8]) {
        let is_small = image::ImageReader::new(std::io::Cursor::new(bytes))
            .with_guessed_format()
            .ok()
            .and_then(|reader| reader.into_dimensions().ok())
            .is_some_and(|(width, height)| u64::from(width) * u64::from(height) <= PIXELS_MAX);
        if picture::check(bytes).is_ok()
            && is_small
            && let Ok(small) = picture::thumbnail(bytes, EDGE, 80)
        {
            assert!(picture::check(&small).is_ok(), "a thumbnail is a picture");
        }
    }

    pub(super) fn pictures() -> Vec<Vec<u8>> {
        use image::ImageFormat::{Jpeg, Png, WebP};
        let shade = |value: u32| (value * 8).to_le_bytes()[0];
        let picture = image::RgbImage::from_fn(24, 16, |x, y| image::Rgb([x, y, x ^ y].map(shade)));
        let encoded = [Jpeg, Png, WebP].map(|format| {
            let mut bytes = std::io::Cursor::new(Vec::new());
            picture.write_to(&mut bytes, format).ok().map(|()| bytes.into_inner())
        });
        encoded.into_iter().flatten().collect()
    }

    /// A header of an upload, in each place it could stand.
    pub(super) fn tus(bytes: &[u8]) {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        if let Some(hash) = announced_hash(text) {
            assert_eq!(announced_hash(&metadata(hash)), Some(hash));
        }
        let _ = checksum(text);
    }

    pub(super) fn headers() -> Vec<Vec<u8>> {
        let hash = rounds_shared::ids::PhotoHash::of(b"photo");
        let named = format!("filename cGhvdG8=,{}", metadata(hash));
        [metadata(hash), named, "sha1 Lve95gjOVATpfV8EL5X4nxwjKHE=".to_owned()].map(String::into_bytes).into()
    }

    pub(super) fn backups() -> Vec<Vec<u8>> {
        let mut archive = vec![0; 1024];
        archive[..13].copy_from_slice(b"manifest.json");
        archive[257..262].copy_from_slice(b"ustar");
        vec![archive, Vec::new()]
    }
}
