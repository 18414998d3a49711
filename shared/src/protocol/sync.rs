//! The one round trip, the entries it carries, and the enrolment before it.

use minicbor::{Decode, Encode};

use super::{HeldReason, SignedSnapshot, SignedVerdict, Wipe, verdict::ChangeId};
use crate::{
    area::AreaCode,
    envelope::{PublicKey, Signature, decode_exact},
    ids::{EnvelopeId, Epoch, UserId},
    permission::Role,
    template::Text,
};

/// `POST /v1/sync`: what a device has to give and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SyncRequest {
    /// [`super::PROTOCOL_VERSION`] of the device.
    #[n(0)]
    pub protocol: u8,
    /// Where it stands; none asks for everything.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub cursor: Option<Vec<u8>>,
    /// The last of its own envelopes it holds: those are not sent back to it.
    #[n(2)]
    pub own: Option<Own>,
    /// Signed envelopes in the order they were made.
    #[n(3)]
    pub envelopes: Vec<minicbor::bytes::ByteVec>,
    /// How large a page it wants, in bytes.
    #[n(4)]
    pub page_bytes_max: u32,
    /// The device's clock in milliseconds.
    #[n(5)]
    pub clock: i64,
    /// The app's version, for the list of devices.
    #[n(6)]
    pub app: String,
    /// The highest `n` it has made, sent or not: a higher number than received is unsent work.
    #[n(7)]
    pub n_made: u64,
    /// The snapshots it understands ([`super::SNAPSHOT_VERSION`]); none: it is sent entries only.
    #[n(8)]
    pub snapshots: Option<u8>,
}

/// The last own envelope a device holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Own {
    /// Its number.
    #[n(0)]
    pub n: u64,
    /// Its id.
    #[n(1)]
    pub id: EnvelopeId,
}

/// The reply to a [`SyncRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SyncReply {
    /// One verdict per envelope, in order, each signed after its entry was committed.
    #[n(0)]
    pub verdicts: Vec<SignedVerdict>,
    /// What is new for the device, in log order.
    #[n(1)]
    pub entries: Vec<Entry>,
    /// Documents that left its scope.
    #[n(2)]
    pub forget: Vec<crate::ids::DocId>,
    /// Where it stands now.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub cursor: Vec<u8>,
    /// Whether there is another page.
    #[n(4)]
    pub more: bool,
    /// How far the last good backup reaches.
    #[n(5)]
    pub backed_up: u64,
    /// The server's clock in milliseconds.
    #[n(6)]
    pub server_time: i64,
    /// Photos the server lacks of those its documents name, of the device's own.
    #[n(7)]
    pub photos_missing: Vec<crate::ids::PhotoHash>,
    /// The identity of the log: another one than before means that it was restored.
    #[n(8)]
    pub epoch: Option<Epoch>,
    /// Documents that entered its scope.
    #[n(9)]
    #[cbor(skip_if = "Vec::is_empty")]
    pub snapshots: Vec<SignedSnapshot>,
    /// The device was revoked and everything it made has its verdict: it is to erase itself.
    #[n(10)]
    pub wipe: Option<Wipe>,
    /// Who replies.
    #[n(11)]
    pub server: Option<ServerIdentity>,
    /// How far the last good backup reaches that has the photos too; none when there is no such backup.
    #[n(12)]
    pub photos_backed_up: Option<u64>,
}

/// Whom a device is talking to, so that it need not ask before each exchange.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ServerIdentity {
    /// Its public key: another one is another server.
    #[n(0)]
    pub key: PublicKey,
    /// Its version: another one may take what the one before refused.
    #[n(1)]
    pub version: String,
}

/// What the gate found; stands in the entry, so that replay never judges again.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Judgement {
    /// Merged.
    #[n(0)]
    Merged,
    /// Held 待审定.
    #[n(1)]
    Held {
        /// Why.
        #[n(0)]
        reason: HeldReason,
        /// The change hashes it waits for.
        #[n(1)]
        missing: Vec<ChangeId>,
    },
}

/// One numbered row of the log 日志条目.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Entry {
    /// Its number 流水号, from 1 without gaps.
    #[n(0)]
    pub seq: u64,
    /// The server's clock when it was appended, in milliseconds.
    #[n(1)]
    pub at: i64,
    /// What sort of entry: 0 envelope, 1 registry event, 2 ruling, 3 release.
    #[n(2)]
    pub sort: u8,
    /// The entry's content, by its sort.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub body: Vec<u8>,
    /// What the gate found, for an envelope.
    #[n(4)]
    pub judgement: Option<Judgement>,
    /// The server's signature of an envelope or a registry event, so that a device can give it back to a server that lost
    /// it, and say where it was. Made when it is sent; the log has none.
    #[n(5)]
    pub signature: Option<Signature>,
}

/// An entry's content, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryBody {
    /// A signed envelope as received, and what the gate found.
    Envelope(Vec<u8>, Judgement),
    /// A registry event.
    Registry(crate::registry::Event),
    /// What a supervisor said of a held envelope 审定.
    Ruling(Ruling),
    /// Held envelopes merged after all, by a ruling or because what they waited for came. The payloads
    /// travel again, to everyone whose cursor has passed.
    Release(Release),
    /// Something of a later version: kept, not understood.
    Later(u8),
}

/// A ruling 审定 on a held envelope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ruling {
    /// Which envelope.
    #[n(0)]
    pub envelope: EnvelopeId,
    /// Whether it is admitted 准予采用 or dismissed 不予采用.
    #[n(1)]
    pub admit: bool,
    /// Why.
    #[n(2)]
    pub reason: String,
    /// Who.
    #[n(3)]
    pub by: UserId,
}

/// An envelope merged after it was held.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Release {
    /// The entry that held it.
    #[n(0)]
    pub held: u64,
    /// The signed envelope, as received.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub envelope: Vec<u8>,
}

impl Entry {
    /// An entry of some content.
    pub fn new(seq: u64, at: i64, body: EntryBody) -> Self {
        let (sort, body, judgement) = match body {
            EntryBody::Envelope(bytes, judgement) => (0, bytes, Some(judgement)),
            EntryBody::Registry(event) => (1, event.to_bytes(), None),
            EntryBody::Ruling(ruling) => (2, encoded(&ruling), None),
            EntryBody::Release(release) => (3, encoded(&release), None),
            EntryBody::Later(sort) => (sort, Vec::new(), None),
        };
        Self { seq, at, sort, body, judgement, signature: None }
    }

    /// Understands the content; [`EntryBody::Later`] for what only a later version does.
    pub fn parse(&self) -> EntryBody {
        let later = EntryBody::Later(self.sort);
        match self.sort {
            0 => self
                .judgement
                .clone()
                .map_or(later, |judgement| EntryBody::Envelope(self.body.clone(), judgement)),
            1 => crate::registry::Event::from_bytes(&self.body).map_or(later, EntryBody::Registry),
            2 => decode_exact(&self.body).map_or(later, EntryBody::Ruling),
            3 => decode_exact(&self.body).map_or(later, EntryBody::Release),
            _ => later,
        }
    }
}

/// `GET /v1/server`: whom a device is talking to, before it trusts anything.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerInfo {
    /// The city's code.
    pub city: AreaCode,
    /// Its name.
    pub name: Text,
    /// The protocol it speaks.
    pub protocol: u8,
    /// Its public key, in hexadecimal; devices pin it.
    pub server_key: String,
    /// The log's identity.
    pub epoch: Epoch,
    /// The server's version.
    pub version: String,
    /// Whether nobody has made the first administrator yet.
    pub setup_needed: bool,
}

/// `POST /v1/devices` (JSON): a person signs a new device in, once, online.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolRequest {
    /// The account.
    pub login: String,
    /// Its password; never stored on the device.
    pub password: String,
    /// What the owner calls the device.
    pub device_name: String,
    /// The device's public key, in hexadecimal.
    pub device_key: String,
    /// A signature by that key over `login` and the server's key: the device holds the secret.
    pub proof: String,
}

/// The reply to an [`EnrolRequest`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolReply {
    /// The bearer token for `/v1/sync` and `/v1/photos`.
    pub token: String,
    /// Who signed in.
    pub user: UserId,
    /// His name.
    pub name: String,
    /// His role.
    pub role: Role,
    /// The server's public key, in hexadecimal.
    pub server_key: String,
    /// The server's clock in milliseconds.
    pub server_time: i64,
}

impl EnrolRequest {
    /// What [`EnrolRequest::proof`] signs.
    pub fn proof_message(login: &str, server: &PublicKey) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("rounds v1 enrolment");
        hasher.update(server.as_bytes());
        hasher.update(login.as_bytes());
        *hasher.finalize().as_bytes()
    }
}

fn encoded(value: &impl Encode<()>) -> Vec<u8> {
    minicbor::to_vec(value).expect("encoding to memory cannot fail")
}
