//! The key of what one person has on this device: the database, the photos. Who guards it is not decided here.

use chacha20poly1305::{
    Key, KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// What sealed bytes begin with. Another way of sealing is another number.
const SEALED_FORM: u8 = 1;
const DATABASE_DOMAIN: &str = "rounds v1 device database";
const SEALING_DOMAIN: &str = "rounds v1 device files";
const NONCE_DOMAIN: &str = "rounds v1 device file nonce";

/// 32 random bytes; wiped from memory when dropped.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; KEY_BYTES]>);

impl DataKey {
    /// A key from random (or kept) bytes.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes to keep, for whoever guards it.
    pub(crate) fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// The database's key, as `PRAGMA key` of SQLCipher takes it: it is random already, so nothing is derived from it
    /// with effort.
    pub fn database(&self) -> Zeroizing<String> {
        let key = Zeroizing::new(blake3::derive_key(DATABASE_DOMAIN, &*self.0));
        Zeroizing::new(format!("x'{}'", HEXLOWER.encode(&*key)))
    }

    /// Seals a file's bytes under its name, so that no file can be taken for another. The nonce follows from the bytes:
    /// two that are equal hold the same.
    pub(crate) fn seal(&self, name: &str, bytes: &[u8]) -> Vec<u8> {
        let key = Zeroizing::new(blake3::derive_key(SEALING_DOMAIN, &*self.0));
        let mut hasher = blake3::Hasher::new_derive_key(NONCE_DOMAIN);
        hasher
            .update(&*self.0)
            .update(&(name.len() as u64).to_be_bytes())
            .update(name.as_bytes())
            .update(bytes);
        let mut nonce = [0; NONCE_BYTES];
        hasher.finalize_xof().fill(&mut nonce);
        let cipher = XChaCha20Poly1305::new(&Key::from(*key));
        let payload = Payload { msg: bytes, aad: name.as_bytes() };
        let sealed =
            cipher.encrypt(&XNonce::from(nonce), payload).expect("a file is shorter than the cipher's limit");
        [&[SEALED_FORM][..], &nonce, &sealed].concat()
    }

    /// What was sealed under this name with this key; none when it is anything else, or damaged.
    pub(crate) fn open(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (form, sealed) = sealed.split_first()?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        if *form != SEALED_FORM {
            return None;
        }
        let key = Zeroizing::new(blake3::derive_key(SEALING_DOMAIN, &*self.0));
        let cipher = XChaCha20Poly1305::new(&Key::from(*key));
        cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: name.as_bytes() }).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_and_the_name_it_was_sealed_under_open_a_file() {
        let (key, other) = (DataKey::new([1; KEY_BYTES]), DataKey::new([2; KEY_BYTES]));
        let sealed = key.seal("a", b"photo");
        assert_eq!(key.open("a", &sealed).as_deref(), Some(&b"photo"[..]));
        assert_eq!(key.open("b", &sealed), None);
        assert_eq!(other.open("a", &sealed), None);
        assert!(!sealed.windows(5).any(|bytes| bytes == b"photo"));
        for spoilt in 0..sealed.len() {
            let mut sealed = sealed.clone();
            sealed[spoilt] ^= 1;
            assert_eq!(key.open("a", &sealed), None, "byte {spoilt}");
            assert_eq!(key.open("a", &sealed[..spoilt]), None, "cut at {spoilt}");
        }
    }

    #[test]
    fn the_same_nonce_is_never_used_for_other_bytes() {
        let key = DataKey::new([1; KEY_BYTES]);
        let nonce = |name, bytes| key.seal(name, bytes)[1..=NONCE_BYTES].to_vec();
        assert_eq!(nonce("a", b"photo"), nonce("a", b"photo"));
        assert_ne!(nonce("a", b"photo"), nonce("a", b"phot0"));
        assert_ne!(nonce("a", b"bc"), nonce("ab", b"c"));
    }
}
