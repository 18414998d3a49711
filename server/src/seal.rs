//! A seal on what a device only carries for this server, its cursor: a device that returns from a log that ended brings
//! with it how far that log went, and need not be believed.

use rounds_shared::envelope::SecretKey;

/// Bytes of a seal.
const SEAL_BYTES: usize = 16;
const SEAL_DOMAIN: &str = "rounds v1 cursor seal";

/// The bytes, sealed.
pub fn seal(key: &SecretKey, bytes: &[u8]) -> Vec<u8> {
    [&mark(key, bytes)[..], bytes].concat()
}

/// What was sealed, if this server sealed it.
pub fn open<'b>(key: &SecretKey, sealed: &'b [u8]) -> Option<&'b [u8]> {
    let (found, bytes) = sealed.split_at_checked(SEAL_BYTES)?;
    // Nobody who knows a seal learns anything by how long a wrong one takes.
    (mark(key, bytes) == found).then_some(bytes)
}

fn mark(key: &SecretKey, bytes: &[u8]) -> [u8; SEAL_BYTES] {
    let own = blake3::derive_key(SEAL_DOMAIN, &key.to_bytes());
    let mut mark = [0; SEAL_BYTES];
    mark.copy_from_slice(&blake3::keyed_hash(&own, bytes).as_bytes()[..SEAL_BYTES]);
    mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_this_server_sealed_is_opened() {
        let (key, other) = (SecretKey::new([1; 32]), SecretKey::new([2; 32]));
        let sealed = seal(&key, b"cursor");
        assert_eq!(open(&key, &sealed), Some(&b"cursor"[..]));
        assert_eq!(open(&other, &sealed), None);
        for spoilt in 0..sealed.len() {
            let mut sealed = sealed.clone();
            sealed[spoilt] ^= 1;
            assert_eq!(open(&key, &sealed), None);
        }
        assert_eq!(open(&key, b"short"), None);
    }
}
