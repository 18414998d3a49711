use rounds_shared::{
    envelope::SecretKey,
    ids::{EnvelopeId, Epoch, LogHash},
    protocol::{
        Cursor, Ended, Entry, EntryBody, Holdings, Outcome, PROTOCOL_VERSION, Place, RETURNED_ENTRIES_MAX,
        RepairReply, RepairRequest, SHOWN_MAX, SignedEntry, SignedVerdict, SyncRequest, Verdict,
    },
    registry::Event,
};

use super::{enrolment::Phone, *};
use crate::{app::LOG_FILE, log, losses, seal};

async fn repair(city: &City, token: &str, request: &RepairRequest) -> Response {
    let body = minicbor::to_vec(request).unwrap();
    let request = Request::post("/v1/repair").header(header::AUTHORIZATION, format!("Bearer {token}"));
    city.send(request.body(Body::from(body)).unwrap()).await
}

fn asking(message: Option<Vec<u8>>, entries: Vec<SignedEntry>) -> RepairRequest {
    RepairRequest { protocol: PROTOCOL_VERSION, message, entries, receipts: Vec::new(), places: Vec::new() }
}

/// An event that the server's log does not have.
fn entry(city: &City) -> Entry {
    let event = Event::DeadlinesPut(Vec::new());
    Entry::new(city.app.intake.position() + 1, NOW, EntryBody::Registry(event))
}

#[tokio::test]
async fn nothing_is_taken_back_that_this_server_did_not_sign_or_has_not_lost() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let position = city.app.intake.position();
    let epoch = city.app.intake.epoch();
    let unsigned = SignedEntry { epoch, entry: entry(&city) };
    let mut forged = unsigned.clone();
    forged.entry.sign(epoch, &SecretKey::new([66; 32]));
    for entry in [unsigned.clone(), forged] {
        let answer = read(repair(&city, &token, &asking(None, vec![entry])).await).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "bad_request"));
    }
    // Signed, but of the log as it is, and of one that this server never kept.
    for epoch in [epoch, Epoch::new([7; 16])] {
        let mut signed = SignedEntry { epoch, ..unsigned.clone() };
        signed.entry.sign(epoch, city.app.vault.server_key());
        let response = repair(&city, &token, &asking(None, vec![signed])).await;
        assert_eq!(response.status(), StatusCode::OK);
    }
    let many = vec![unsigned; RETURNED_ENTRIES_MAX + 1];
    let answer = read(repair(&city, &token, &asking(None, many)).await).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(city.app.intake.position(), position);
}

#[tokio::test]
async fn what_is_no_comparison_is_a_bad_request_and_a_stranger_gets_none() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let answer = read(repair(&city, &token, &asking(Some(vec![0xff; 40]), Vec::new())).await).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "bad_request"));
    let holdings = Holdings::new([[1; 32]]);
    let (_, message) = holdings.compare().unwrap();
    let stranger = repair(&city, "nobody", &asking(Some(message.clone()), Vec::new())).await;
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    let response = repair(&city, &token, &asking(Some(message), Vec::new())).await;
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let reply: RepairReply = minicbor::decode(&zstd::decode_all(&bytes[..]).unwrap()).unwrap();
    let (mut comparison, _) = holdings.compare().unwrap();
    comparison.take(&reply.message.unwrap()).unwrap();
    assert!(comparison.surplus().contains(&[1; 32]), "the server has never seen it");
}

/// The server was restored from a backup that ended with an entry: what it had beyond is lost.
async fn restored(city: City, seq: u64) -> City {
    let City { folder, clock, app, router } = city;
    let code = app.city.code.clone();
    drop((app, router));
    let connection = log::open(&folder.path().join(LOG_FILE)).unwrap();
    log::begin_epoch(&connection, &code, Epoch::new([9; 16]), seq, NOW).unwrap();
    let (app, router) = open(folder.path(), &clock).await;
    City { folder, clock, app, router }
}

fn receipt(epoch: Epoch, seq: u64, key: &SecretKey) -> SignedVerdict {
    let outcome = Outcome::Receipt { epoch, seq };
    SignedVerdict::sign(&Verdict { envelope: EnvelopeId::new([4; 32]), outcome, duplicate: false }, key)
}

#[tokio::test]
async fn a_receipt_whose_envelope_is_gone_is_named_and_a_forged_one_is_not() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let (epoch, end) = (city.app.intake.epoch(), city.app.intake.position());
    let city = restored(city, end).await;
    let key = city.app.vault.server_key().clone();
    let shows = |receipts: Vec<SignedVerdict>| RepairRequest { receipts, ..asking(None, Vec::new()) };

    let forged = shows(vec![receipt(epoch, end + 3, &SecretKey::new([66; 32]))]);
    assert_eq!(read(repair(&city, &token, &forged).await).await.code(), "bad_request");
    let many = shows(vec![receipt(epoch, end + 3, &key); SHOWN_MAX + 1]);
    assert_eq!(repair(&city, &token, &many).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    // What the log still has, and what is promised of it today, is no loss; nor is a log that nobody knows.
    let (today, other) = (city.app.intake.epoch(), Epoch::new([7; 16]));
    let kept = [(epoch, end), (today, end + 1), (other, 5)];
    let kept = shows(kept.map(|(epoch, seq)| receipt(epoch, seq, &key)).to_vec());
    assert_eq!(repair(&city, &token, &kept).await.status(), StatusCode::OK);
    // An envelope that has not come cannot be compared with what was signed.
    let signature = key.sign(&[0; 32]);
    let place = Place { epoch, seq: end + 9, at: NOW, envelope: EnvelopeId::new([4; 32]), signature };
    let placed = RepairRequest { places: vec![place], ..asking(None, Vec::new()) };
    assert_eq!(repair(&city, &token, &placed).await.status(), StatusCode::OK);
    assert_eq!(city.app.vault.lost().unwrap(), []);
    let nothing = losses::losses(city.folder.path()).await.unwrap();
    assert_eq!((nothing.logs[0].reached, nothing.logs[0].unknown.len()), (end, 0));

    let response = repair(&city, &token, &shows(vec![receipt(epoch, end + 3, &key)])).await;
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let reply: RepairReply = minicbor::decode(&zstd::decode_all(&bytes[..]).unwrap()).unwrap();
    assert_eq!(reply.ended, [Ended { epoch, seq: end }]);
    let loss = &losses::losses(city.folder.path()).await.unwrap().logs[0];
    assert_eq!((loss.epoch, loss.after, loss.reached, loss.back), (epoch, end, end + 3, 0));
    assert_eq!(loss.unsatisfied, [(end + 3, EnvelopeId::new([4; 32]))]);
    assert_eq!(loss.unknown, [end + 1..=end + 2]);
}

#[tokio::test]
async fn how_far_a_log_went_is_believed_only_from_a_cursor_that_this_server_sealed() {
    let city = City::with_people().await;
    let token = Phone::new(1).enrol(&city, "inspector").await.token;
    let (epoch, end) = (city.app.intake.epoch(), city.app.intake.position());
    let city = restored(city, end).await;
    let cursor =
        |seq| Cursor { epoch, seq, hash: LogHash::new([0; 32]), scope: [0; 8], transfer: None }.to_bytes();
    let (own, other) = (city.app.vault.server_key().clone(), SecretKey::new([66; 32]));
    let sealed = |key, seq| seal::seal(key, &cursor(seq));
    for (returned, believed) in [
        (cursor(1_000_000), end),
        (sealed(&other, 1_000_000), end),
        (sealed(&own, end + 5), end + 5),
        (sealed(&own, end + 2), end + 5),
    ] {
        let request = SyncRequest {
            protocol: PROTOCOL_VERSION,
            cursor: Some(returned),
            own: None,
            envelopes: Vec::new(),
            page_bytes_max: 1 << 20,
            clock: NOW,
            app: "test".to_owned(),
            n_made: 0,
            snapshots: None,
        };
        let body = Body::from(minicbor::to_vec(request).unwrap());
        let request = Request::post("/v1/sync").header(header::AUTHORIZATION, format!("Bearer {token}"));
        assert_eq!(city.send(request.body(body).unwrap()).await.status(), StatusCode::OK);
        let loss = &losses::losses(city.folder.path()).await.unwrap().logs[0];
        assert_eq!(loss.reached, believed);
        assert_eq!(loss.unknown.iter().cloned().flatten().count() as u64, believed - end);
    }
}
