//! How requests are packed: with the genesis of their document, which both sides have, or without.

use rounds_shared::{
    ids::{AssignmentId, DocId},
    protocol::{
        DICTIONARY_HEADER, Dictionary, PROTOCOL_VERSION, SyncReply, SyncRequest,
        limits::{MESSAGE_BYTES_MAX, PAGE_BYTES_MAX},
    },
    registry::Event,
};

use super::{
    strangers::Rogue,
    town::{Phone, Town, agent},
    wire::Wire,
};

/// The status and code of an answer; its message when it is one.
fn post(town: &Town, token: &str, body: &[u8], dictionary: Option<&str>) -> Result<SyncReply, (u16, String)> {
    let mut request = agent()
        .post(format!("{}/v1/sync", town.url()))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/cbor")
        .header("content-encoding", "zstd");
    if let Some(name) = dictionary {
        request = request.header(DICTIONARY_HEADER, name);
    }
    let mut answer = request.send(body).unwrap();
    let status = answer.status().as_u16();
    let bytes = answer.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
    if status == 200 {
        return Ok(minicbor::decode(&zstd::bulk::decompress(&bytes, 64 << 20).unwrap()).unwrap());
    }
    let said: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    Err((status, said["code"].as_str().unwrap().to_owned()))
}

fn packed(message: &[u8], dictionary: &Dictionary) -> Vec<u8> {
    zstd::bulk::Compressor::with_dictionary(3, dictionary.bytes()).unwrap().compress(message).unwrap()
}

#[test]
fn a_request_packed_with_its_documents_genesis_is_read_and_any_other_dictionary_is_named_unknown() {
    let town = Town::new();
    let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let rogue = Rogue::enrol(&town, "inspector1", 61);
    let message = minicbor::to_vec(SyncRequest {
        protocol: PROTOCOL_VERSION,
        cursor: None,
        own: None,
        envelopes: Vec::new(),
        page_bytes_max: u32::try_from(PAGE_BYTES_MAX).unwrap(),
        clock: 0,
        app: "packing".into(),
        n_made: 0,
        snapshots: None,
    })
    .unwrap();
    let plain = zstd::bulk::compress(&message, 3).unwrap();
    let entries = post(&town, &rogue.token, &plain, None).unwrap().entries;
    let made = entries.iter().find_map(|entry| match Event::from_bytes(&entry.body) {
        Some(Event::AssignmentMade(made)) if made.id.to_string() == assignment => Some(made),
        _ => None,
    });
    let made = made.expect("the assignment is for him");
    let dictionary = Dictionary::of_genesis(made.doc(), &made.genesis.to_vec()).unwrap();
    let name = dictionary.name().to_string();
    let answered = post(&town, &rogue.token, &packed(&message, &dictionary), Some(&name)).unwrap();
    assert_eq!(answered.entries, entries);

    let unknown = Err((400, "dictionary_unknown".to_owned()));
    let elsewhere =
        Dictionary::of_genesis(DocId::of_assignment(AssignmentId::new([9; 16])), &made.genesis.to_vec())
            .unwrap();
    let (doc, digest) = name.split_once('.').unwrap();
    let digest = digest.replace(|letter: char| letter != '0', "0");
    for wrong in [&elsewhere.name().to_string(), &format!("{doc}.{digest}"), "", "genesis"] {
        assert_eq!(
            post(&town, &rogue.token, &packed(&message, &dictionary), Some(wrong)),
            unknown,
            "{wrong}"
        );
    }
    let bomb = packed(&vec![0; MESSAGE_BYTES_MAX + 1], &dictionary);
    assert_eq!(post(&town, &rogue.token, &bomb, Some(&name)).unwrap_err().0, 413);
    let cut = packed(&message, &dictionary);
    assert_eq!(post(&town, &rogue.token, &cut[..cut.len() - 3], Some(&name)).unwrap_err().0, 400);
}

#[test]
fn an_app_that_is_opened_and_finds_nothing_new_has_cost_a_kibibyte_headers_and_all() {
    const BYTES_MAX: usize = 1024;
    let town = Town::new();
    town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
    let (wire, phone) = (Wire::to(&town.url()), Phone::new());
    phone.enrol(&wire.url(), "inspector1", rounds_server::demo::PASSWORD).unwrap();
    assert_eq!(phone.sync(), None);
    let again = phone.after_power_loss();
    let before = wire.carried();
    assert_eq!(again.sync(), None);
    let carried = wire.carried() - before;
    assert!(carried <= BYTES_MAX, "{carried} bytes");
}
