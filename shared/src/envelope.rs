//! The envelope 数据包: Automerge changes of one document, signed by the device that made them.
//! What travels and what is stored.
//!
//! ```text
//! signed   = [ body: bytes, signature: bytes(64) ]          canonical CBOR
//! body     = { 0: version, 1: city, 2: doc, 3: kind, 4: device, 5: n, 6: prev?, 7: seen, 8: made_at, 9: payload }
//! id       = BLAKE3 derive_key("rounds v1 envelope", body as received)
//! signature= Ed25519 over id
//! ```
//!
//! The signature covers the bytes as received, never a re-encoding, so a future field cannot break it.
//! Only a [`Verified`] envelope shows its content; there is no other way to the payload.

use ed25519_dalek::{Signer as _, Verifier as _};
use minicbor::{Decode, Encode};

use crate::{
    area::AreaCode,
    ids::{DeviceId, DocId, EnvelopeId},
    protocol::limits::ENVELOPE_BYTES_MAX,
};

const ENVELOPE_DOMAIN: &str = "rounds v1 envelope";

/// The version of the envelope's layout. Frozen: a new layout is a new number.
pub const ENVELOPE_VERSION: u8 = 1;

/// An Ed25519 public key of a device or a server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct PublicKey(
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    [u8; 32],
);

impl PublicKey {
    /// Wraps key bytes; whether they are a point of the curve shows on verification.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A key as people read it: 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER.decode(text.trim().as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The raw key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `signature` is this key's over `message`. Strict: no malleable signature passes.
    pub fn signed(&self, message: &[u8], signature: &Signature) -> bool {
        ed25519_dalek::VerifyingKey::from_bytes(&self.0)
            .and_then(|key| key.verify(message, &ed25519_dalek::Signature::from_bytes(&signature.0)))
            .is_ok()
    }
}

impl PublicKey {
    /// The same key for agreeing on a secret (X25519); none when it is no point of the curve.
    pub(crate) fn for_agreement(&self) -> Option<[u8; 32]> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&self.0).ok()?;
        Some(key.to_montgomery().to_bytes())
    }
}

/// An Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct Signature(
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    [u8; 64],
);

impl Signature {
    /// Wraps signature bytes; whether they are one shows on verification.
    pub const fn new(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The raw signature.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

/// A private signing key; wiped from memory when dropped.
pub struct SecretKey(ed25519_dalek::SigningKey);

impl SecretKey {
    /// A key from 32 random (or stored) bytes.
    pub fn new(seed: [u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// The bytes to store; whoever has them is the device.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The same key for agreeing on a secret (X25519).
    pub(crate) fn for_agreement(&self) -> [u8; 32] {
        self.0.to_scalar_bytes()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a message; deterministic, as Ed25519 is.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

/// What sort of document an envelope belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum DocKind {
    /// An inspection 检查.
    #[n(0)]
    Inspection,
    /// A case 案件.
    #[n(1)]
    Case,
}

/// What a device says in an envelope.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct EnvelopeBody {
    /// [`ENVELOPE_VERSION`].
    #[n(0)]
    pub version: u8,
    /// The city whose log this is for; an envelope for another city is refused.
    #[n(1)]
    pub city: AreaCode,
    /// The document the changes belong to.
    #[n(2)]
    pub doc: DocId,
    /// Its kind.
    #[n(3)]
    pub kind: DocKind,
    /// The device that made and signed it.
    #[n(4)]
    pub device: DeviceId,
    /// Counts the device's envelopes from 1.
    #[n(5)]
    pub n: u64,
    /// The device's envelope before this one: a gap shows unsent work, a fork a cloned device.
    #[n(6)]
    pub prev: Option<EnvelopeId>,
    /// The last log position whose registry events the device had applied.
    #[n(7)]
    pub seen: u64,
    /// The device's clock in milliseconds; shown, never used to order or to permit.
    #[n(8)]
    pub made_at: i64,
    /// Whole Automerge chunks, not deflated.
    #[n(9)]
    #[cbor(with = "minicbor::bytes")]
    pub payload: Vec<u8>,
}

/// A signed envelope whose signature nobody has checked yet. It shows who claims to have signed it and
/// nothing else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signed {
    bytes: Vec<u8>,
    body: EnvelopeBody,
    body_range: std::ops::Range<usize>,
    signature: Signature,
    id: EnvelopeId,
}

/// Why bytes are not an envelope.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Larger than [`ENVELOPE_BYTES_MAX`].
    #[error("envelope is larger than {ENVELOPE_BYTES_MAX} bytes")]
    TooLarge,
    /// Not the CBOR this version knows, or with something left over.
    #[error("envelope cannot be decoded")]
    Malformed,
    /// A layout of a later version.
    #[error("envelope has version {0}, known is {ENVELOPE_VERSION}")]
    Version(u8),
    /// The signature is not the device's over these bytes.
    #[error("signature does not match")]
    Signature,
}

#[derive(Encode, Decode)]
struct Wire<'b> {
    #[b(0)]
    #[cbor(with = "minicbor::bytes")]
    body: &'b [u8],
    #[n(1)]
    signature: Signature,
}

impl Signed {
    /// Encodes and signs what a device has to say.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLarge`] when the result would exceed the limit; an honest app splits first.
    pub fn seal(body: &EnvelopeBody, key: &SecretKey) -> Result<Self, EnvelopeError> {
        let encoded = minicbor::to_vec(body).expect("encoding to memory cannot fail");
        let signature = key.sign(id_of(&encoded).as_bytes());
        let bytes =
            minicbor::to_vec(Wire { body: &encoded, signature }).expect("encoding to memory cannot fail");
        Self::decode(bytes)
    }

    /// Parses received bytes without believing them.
    ///
    /// # Errors
    /// When they are too large, not an envelope, or of a later version.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, EnvelopeError> {
        if bytes.len() > ENVELOPE_BYTES_MAX {
            return Err(EnvelopeError::TooLarge);
        }
        let wire: Wire<'_> = decode_exact(&bytes).ok_or(EnvelopeError::Malformed)?;
        let version = body_version(wire.body).ok_or(EnvelopeError::Malformed)?;
        if version != ENVELOPE_VERSION {
            return Err(EnvelopeError::Version(version));
        }
        let body: EnvelopeBody = decode_exact(wire.body).ok_or(EnvelopeError::Malformed)?;
        if body.n == 0 || i64::try_from(body.n).is_err() {
            return Err(EnvelopeError::Malformed);
        }
        let start = wire.body.as_ptr() as usize - bytes.as_ptr() as usize;
        let (body_range, signature, id) = (start..start + wire.body.len(), wire.signature, id_of(wire.body));
        Ok(Self { bytes, body, body_range, signature, id })
    }

    /// The id of bytes that may be an envelope this version cannot read.
    pub fn id_of(bytes: &[u8]) -> Option<EnvelopeId> {
        decode_exact::<Wire<'_>>(bytes).map(|wire| id_of(wire.body))
    }

    /// The device that claims to have made it.
    pub fn device(&self) -> DeviceId {
        self.body.device
    }

    /// The envelope's id: known before anything is believed, because it is a hash of the bytes.
    pub fn id(&self) -> EnvelopeId {
        self.id
    }

    /// Checks the signature with the key enrolled for [`Signed::device`].
    ///
    /// # Errors
    /// [`EnvelopeError::Signature`] when the key is another device's or a byte was changed.
    pub fn verify(self, key: &PublicKey) -> Result<Verified, EnvelopeError> {
        let honest = DeviceId::of(key) == self.body.device
            && id_of(&self.bytes[self.body_range.clone()]) == self.id
            && key.signed(self.id.as_bytes(), &self.signature);
        if honest { Ok(Verified(self)) } else { Err(EnvelopeError::Signature) }
    }

    /// The bytes as received or sealed: what is stored and forwarded.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// An envelope whose signature was checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified(Signed);

impl Verified {
    /// What the device said.
    pub fn body(&self) -> &EnvelopeBody {
        &self.0.body
    }

    /// The envelope's id.
    pub fn id(&self) -> EnvelopeId {
        self.0.id
    }

    /// The bytes to store: exactly as received.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// An envelope read back from the log, whose signature was checked before it was written there.
    ///
    /// # Errors
    /// When the bytes are not an envelope any more: the log is damaged.
    pub fn from_log(bytes: Vec<u8>) -> Result<Self, EnvelopeError> {
        Signed::decode(bytes).map(Self)
    }
}

fn id_of(body: &[u8]) -> EnvelopeId {
    EnvelopeId::new(blake3::derive_key(ENVELOPE_DOMAIN, body))
}

/// Decodes exactly one value: nothing may be left over.
pub(crate) fn decode_exact<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Option<T> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value = decoder.decode().ok()?;
    (decoder.position() == bytes.len()).then_some(value)
}

/// Reads the version alone, so that a later layout is told apart from rubbish.
fn body_version(body: &[u8]) -> Option<u8> {
    #[derive(Decode)]
    #[cbor(map)]
    struct Version {
        #[n(0)]
        version: u8,
    }
    let mut decoder = minicbor::Decoder::new(body);
    decoder.decode::<Version>().ok().map(|v| v.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(device: DeviceId) -> EnvelopeBody {
        EnvelopeBody {
            version: ENVELOPE_VERSION,
            city: "5301".parse().unwrap(),
            doc: DocId::new([7; 16]),
            kind: DocKind::Inspection,
            device,
            n: 1,
            prev: None,
            seen: 12,
            made_at: 1_790_000_000_000,
            payload: vec![1, 2, 3],
        }
    }

    #[test]
    fn a_sealed_envelope_verifies_with_its_devices_key_only() {
        let (key, other) = (SecretKey::new([1; 32]), SecretKey::new([2; 32]));
        let signed = Signed::seal(&body(DeviceId::of(&key.public())), &key).unwrap();
        let received = Signed::decode(signed.as_bytes().to_vec()).unwrap();
        assert_eq!(received.clone().verify(&other.public()), Err(EnvelopeError::Signature));
        let verified = received.verify(&key.public()).unwrap();
        assert_eq!(verified.body().payload, [1, 2, 3]);
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let key = SecretKey::new([1; 32]);
        let signed = Signed::seal(&body(DeviceId::of(&key.public())), &key).unwrap();
        for index in 0..signed.as_bytes().len() {
            let mut bytes = signed.as_bytes().to_vec();
            bytes[index] ^= 1;
            let believed = Signed::decode(bytes).and_then(|signed| signed.verify(&key.public()));
            assert!(believed.is_err(), "a change at byte {index} must not pass");
        }
    }

    #[test]
    fn a_later_version_is_told_apart_from_rubbish() {
        let key = SecretKey::new([1; 32]);
        let later = EnvelopeBody { version: 2, ..body(DeviceId::of(&key.public())) };
        assert_eq!(Signed::seal(&later, &key), Err(EnvelopeError::Version(2)));
        assert_eq!(Signed::decode(vec![0xff; 40]), Err(EnvelopeError::Malformed));
    }

    #[test]
    fn a_number_that_no_device_reaches_is_no_envelope() {
        let key = SecretKey::new([1; 32]);
        for n in [0, u64::MAX] {
            let odd = EnvelopeBody { n, ..body(DeviceId::of(&key.public())) };
            assert_eq!(Signed::seal(&odd, &key), Err(EnvelopeError::Malformed));
        }
    }

    #[test]
    fn an_envelope_keeps_its_bytes() {
        // Frozen: devices in the field hold envelopes of this layout. Only ever add another fixture.
        let key = SecretKey::new([1; 32]);
        let signed = Signed::seal(&body(DeviceId::of(&key.public())), &key).unwrap();
        let golden = include_str!("../fixtures/envelope-v1.hex").trim();
        assert_eq!(data_encoding::HEXLOWER.encode(signed.as_bytes()), golden);
    }
}
