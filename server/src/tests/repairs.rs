use rounds_shared::{
    envelope::SecretKey,
    ids::Epoch,
    protocol::{
        Entry, EntryBody, Holdings, PROTOCOL_VERSION, RETURNED_ENTRIES_MAX, RepairReply, RepairRequest,
        SignedEntry,
    },
    registry::Event,
};

use super::{enrolment::Phone, *};

async fn repair(city: &City, token: &str, request: &RepairRequest) -> Response {
    let body = minicbor::to_vec(request).unwrap();
    let request = Request::post("/v1/repair").header(header::AUTHORIZATION, format!("Bearer {token}"));
    city.send(request.body(Body::from(body)).unwrap()).await
}

fn asking(message: Option<Vec<u8>>, entries: Vec<SignedEntry>) -> RepairRequest {
    RepairRequest { protocol: PROTOCOL_VERSION, message, entries }
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
