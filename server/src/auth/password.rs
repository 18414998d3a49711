//! The rule for passwords, and their hashes.

use std::sync::Arc;

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _, password_hash::phc::PasswordHash};
use tokio::sync::Semaphore;

use crate::error::ApiError;

/// Fewest characters of a password.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password, in bytes: hashing a megabyte would be a way to keep the server busy.
pub const PASSWORD_BYTES_MAX: usize = 256;
/// How many passwords are hashed at once: each takes about 20 MiB for a while.
const HASHES_AT_ONCE: usize = 4;

/// What everybody tries first, of those that are long enough; compared without case.
const COMMONEST: [&str; 48] = [
    "0123456789",
    "1234567890",
    "12345678910",
    "123456789a",
    "a123456789",
    "1234567899",
    "9876543210",
    "0987654321",
    "1122334455",
    "1231231234",
    "1313131313",
    "1212121212",
    "1233211234567",
    "123123123123",
    "147258369a",
    "5201314520",
    "5201314521",
    "1314520520",
    "woaini1314",
    "woaini520520",
    "woaini1314520",
    "woaiwojia123",
    "qwertyuiop",
    "qwerty1234",
    "qwerty12345",
    "qwerty123456",
    "1qaz2wsx3edc",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "q1w2e3r4t5",
    "qazwsxedcrfv",
    "qazwsx123456",
    "asdfghjkl123",
    "zxcvbnm123",
    "abcdefghij",
    "abcd123456",
    "abc1234567",
    "abc123456789",
    "password12",
    "password123",
    "password1234",
    "p@ssw0rd123",
    "passw0rd123",
    "admin12345",
    "admin123456",
    "administrator",
    "kunming123",
    "kunming123456",
];

/// Hashes and compares passwords, a few at a time. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// The hash of nobody's password: comparing with it takes as long as with anybody's.
    nobodys: Arc<str>,
}

impl Default for Passwords {
    fn default() -> Self {
        let nobodys = Argon2::default().hash_password_with_salt(b"nobody", b"rounds nobody's");
        let nobodys: PasswordHash = nobodys.expect("the salt has a length that is allowed");
        Self { turns: Arc::new(Semaphore::new(HASHES_AT_ONCE)), nobodys: nobodys.to_string().into() }
    }
}

impl Passwords {
    /// The hash of a password, with a salt of its own.
    ///
    /// # Errors
    /// When the machine has no randomness or memory to give.
    pub async fn hash(&self, password: String) -> Result<String, ApiError> {
        let _turn = self.turns.acquire().await.expect("the semaphore is never closed");
        let hash = move || {
            Argon2::default().hash_password(password.as_bytes()).map(|hash: PasswordHash| hash.to_string())
        };
        let hash = tokio::task::spawn_blocking(hash).await.map_err(ApiError::internal)?;
        hash.map_err(|error| ApiError::internal(anyhow::anyhow!("password cannot be hashed: {error}")))
    }

    /// Whether a password has this hash. It takes as long when there is no hash to compare with.
    ///
    /// # Errors
    /// When the hash is none.
    pub async fn matches(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        let _turn = self.turns.acquire().await.expect("the semaphore is never closed");
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobodys.to_string());
        let compare = move || {
            PasswordHash::new(&hash)
                .map(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        };
        let same = tokio::task::spawn_blocking(compare).await.map_err(ApiError::internal)?;
        let same = same.map_err(|error| ApiError::internal(anyhow::anyhow!("kept hash is none: {error}")))?;
        Ok(same && known)
    }
}

/// The rule for a new password.
///
/// # Errors
/// What is wrong with it.
pub fn check_password(password: &str, login: &str) -> Result<(), ApiError> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(ApiError::TextTooLong { field: "password", max: PASSWORD_BYTES_MAX });
    }
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(ApiError::PasswordTooShort { min: PASSWORD_CHARS_MIN });
    }
    let plain = password.to_lowercase();
    let one_character = plain.chars().all(|character| plain.starts_with(character));
    if one_character || plain == login.to_lowercase() || COMMONEST.contains(&plain.as_str()) {
        return Err(ApiError::PasswordTooCommon);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_not_common_and_not_the_login() {
        let check = |password| check_password(password, "li.wei-wuhua").map_err(|error| error.code());
        assert_eq!(check("翠湖边的海鸥又飞回来"), Ok(()));
        assert_eq!(check("correct horse"), Ok(()));
        assert_eq!(check("short"), Err("password_too_short"));
        for common in ["1234567890", "Password123", "aaaaaaaaaaaa", "Li.Wei-Wuhua"] {
            assert_eq!(check(common), Err("password_too_common"), "{common}");
        }
        assert_eq!(check(&"x1".repeat(500)), Err("text_too_long"));
        assert!(COMMONEST.iter().all(|common| common.chars().count() >= PASSWORD_CHARS_MIN));
    }

    #[tokio::test]
    async fn only_the_same_password_matches_and_nobodys_matches_nothing() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(passwords.matches("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.matches("wrong horse".into(), Some(hash)).await.unwrap());
        assert!(!passwords.matches("nobody".into(), None).await.unwrap());
    }
}
