//! The PIN 解锁密码: six digits, and what they wrap.

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    failure::Failure,
    key::{DataKey, KEY_BYTES},
    surroundings::Surroundings,
};

/// Digits of a PIN.
const PIN_DIGITS: usize = 6;
const SALT_BYTES: usize = 16;
/// Memory of one try, in kibibytes: what a cheap phone has to spare, and a guessing machine must have for each guess.
const MEMORY_KIB: u32 = 64 * 1024;
/// Passes over it: about half a second on a cheap phone.
const PASSES: u32 = 3;
/// What the wrapped key is sealed under.
const SEALED_AS: &str = "key";

/// A key that a PIN opens. The cost of a try is part of it: a later version may ask for more.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Wrapped {
    salt: String,
    memory_kib: u32,
    passes: u32,
    sealed: String,
}

impl Wrapped {
    /// Wraps a key.
    pub(super) fn new(key: &DataKey, pin: &str, surroundings: &Surroundings) -> Self {
        let salt: [u8; SALT_BYTES] = surroundings.random();
        let wrapping = derived(pin, &salt, MEMORY_KIB, PASSES).expect("the cost is one that Argon2 takes");
        Self {
            salt: HEXLOWER.encode(&salt),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            sealed: BASE64.encode(&wrapping.seal(SEALED_AS, key.as_bytes())),
        }
    }

    /// The key, if this is the PIN.
    pub(super) fn open(&self, pin: &str) -> Option<DataKey> {
        let salt = HEXLOWER.decode(self.salt.as_bytes()).ok()?;
        let wrapping = derived(pin, &salt, self.memory_kib, self.passes)?;
        let sealed = BASE64.decode(self.sealed.as_bytes()).ok()?;
        let key = Zeroizing::new(wrapping.open(SEALED_AS, &sealed)?);
        Some(DataKey::new(key.as_slice().try_into().ok()?))
    }
}

/// What follows from a PIN, with effort.
fn derived(pin: &str, salt: &[u8], memory_kib: u32, passes: u32) -> Option<DataKey> {
    let params = Params::new(memory_kib, passes, 1, Some(KEY_BYTES)).ok()?;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(pin.as_bytes(), salt, &mut *key).ok()?;
    Some(DataKey::new(*key))
}

/// Whether digits may become a PIN: not what everybody tries first.
///
/// # Errors
/// [`Failure::PinInvalid`], [`Failure::PinTooSimple`].
pub fn check(pin: &str) -> Result<(), Failure> {
    let digits = pin.as_bytes();
    if digits.len() != PIN_DIGITS || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Failure::PinInvalid);
    }
    let steps: Vec<i16> = digits.windows(2).map(|two| i16::from(two[1]) - i16::from(two[0])).collect();
    let is_run = [0, 1, -1].iter().any(|step| steps.iter().all(|one| one == step));
    // 121212, 123123: a short piece again and again.
    let repeats = [2, 3].iter().any(|&length| digits.chunks(length).all(|piece| piece == &digits[..length]));
    if is_run || repeats { Err(Failure::PinTooSimple) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_six_digits_that_nobody_tries_first() {
        for pin in ["135790", "480213", "112233"] {
            assert_eq!(check(pin), Ok(()), "{pin}");
        }
        for pin in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(check(pin), Err(Failure::PinInvalid), "{pin}");
        }
        for pin in ["000000", "123456", "654321", "121212", "123123"] {
            assert_eq!(check(pin), Err(Failure::PinTooSimple), "{pin}");
        }
    }
}
