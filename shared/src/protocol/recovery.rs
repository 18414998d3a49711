//! A forgotten PIN costs no data: the key of what a person has on a device, sealed to the server, which gives it back to
//! him alone.
//!
//! It is sealed to the server's signing key, which every device has pinned: nobody else can pass a key of his own off as
//! the server's, a device that signed in years ago can seal without asking, and whoever keeps the server's key keeps the
//! recovery with it. An Ed25519 key may serve for X25519 as well (eprint 2021/509).

use core::convert::Infallible;

use hpke::{
    Deserializable as _, HpkeError, OpModeR, OpModeS, Serializable as _, aead::ChaCha20Poly1305,
    kdf::HkdfSha256, kem::X25519HkdfSha256, rand_core, single_shot_open, single_shot_seal_with_rng,
};

use crate::{
    envelope::{PublicKey, SecretKey},
    ids::UserId,
};

type Kem = X25519HkdfSha256;
type Aead = ChaCha20Poly1305;
type Kdf = HkdfSha256;

const DOMAIN: &[u8] = b"rounds v1 recovery";
/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Bytes of what a device adds to the sealed ones: the public half of a key that is used once.
const ENCAPSULATED_BYTES: usize = 32;

/// Seals a key for its person; none when the server's key is no point of the curve. `random` is used this once.
pub fn seal_key(
    user: UserId,
    key: &[u8; KEY_BYTES],
    server: &PublicKey,
    random: [u8; 32],
) -> Option<Vec<u8>> {
    let server = <Kem as hpke::Kem>::PublicKey::from_bytes(&server.for_agreement()?).ok()?;
    let content = [&user.as_bytes()[..], key].concat();
    let mut once = Once(random);
    let (encapsulated, sealed) = single_shot_seal_with_rng::<Aead, Kdf, Kem>(
        &OpModeS::Base,
        &server,
        DOMAIN,
        &content,
        &[],
        &mut once,
    )
    .ok()?;
    Some([encapsulated.to_bytes().as_slice(), &sealed].concat())
}

/// Whose key it is, and the key; none when it was sealed to another server, or is damaged.
pub fn open_key(sealed: &[u8], secret: &SecretKey) -> Option<(UserId, [u8; KEY_BYTES])> {
    let (encapsulated, sealed) = sealed.split_first_chunk::<ENCAPSULATED_BYTES>()?;
    let open = || -> Result<Vec<u8>, HpkeError> {
        let secret = <Kem as hpke::Kem>::PrivateKey::from_bytes(&secret.for_agreement())?;
        let encapsulated = <Kem as hpke::Kem>::EncappedKey::from_bytes(encapsulated)?;
        single_shot_open::<Aead, Kdf, Kem>(&OpModeR::Base, &secret, &encapsulated, DOMAIN, sealed, &[])
    };
    let content = open().ok()?;
    let (user, key) = content.split_last_chunk::<KEY_BYTES>()?;
    Some((UserId::try_from(user).ok()?, *key))
}

/// Randomness that was given as a value.
struct Once([u8; 32]);

impl rand_core::TryRng for Once {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        // However often it is asked, never the same bytes twice.
        let mut stream = blake3::Hasher::new_derive_key("rounds v1 recovery randomness");
        stream.update(&self.0);
        let mut stream = stream.finalize_xof();
        stream.fill(&mut self.0);
        stream.fill(into);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Once {}

/// `POST /v1/recovery` (JSON): a person asks for the key of what he has on a device.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryRequest {
    /// The account.
    pub login: String,
    /// Its password.
    pub password: String,
    /// What his device has kept of [`seal_key`], in hexadecimal.
    pub sealed: String,
}

/// The reply to a [`RecoveryRequest`].
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryReply {
    /// The key, in hexadecimal.
    pub key: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a device of this version keeps: a later server opens it.
    const SEALED: &str = include_str!("../../fixtures/recovery-v1.hex");

    #[test]
    fn a_key_is_opened_by_the_server_it_was_sealed_to_and_says_whose_it_is() {
        let (server, other) = (SecretKey::new([3; 32]), SecretKey::new([4; 32]));
        let (user, key) = (UserId::new([5; 16]), [6; KEY_BYTES]);
        let sealed = seal_key(user, &key, &server.public(), [7; 32]).unwrap();
        assert_eq!(open_key(&sealed, &server), Some((user, key)));
        assert_eq!(open_key(&sealed, &other), None);
        for spoilt in 0..sealed.len() {
            let mut bytes = sealed.clone();
            bytes[spoilt] ^= 1;
            assert_eq!(open_key(&bytes, &server), None, "byte {spoilt}");
            assert_eq!(open_key(&sealed[..spoilt], &server), None, "cut at {spoilt}");
        }
        assert_ne!(seal_key(user, &key, &server.public(), [8; 32]), Some(sealed));
        let no_point = (0..=255).map(|byte| PublicKey::new([byte; 32]));
        assert!(no_point.filter_map(|key| seal_key(user, &[6; 32], &key, [7; 32])).count() < 256);
    }

    #[test]
    fn what_devices_keep_is_opened_by_every_later_server() {
        let sealed = data_encoding::HEXLOWER.decode(SEALED.trim().as_bytes()).unwrap();
        let (server, user) = (SecretKey::new([3; 32]), UserId::new([5; 16]));
        assert_eq!(open_key(&sealed, &server), Some((user, [6; KEY_BYTES])));
    }
}
