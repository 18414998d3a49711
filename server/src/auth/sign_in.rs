//! Signing in with a login and a password, in the console and when a device enrols.

use rounds_shared::registry::User;

use super::{Address, PASSWORD_BYTES_MAX};
use crate::{
    app::App,
    error::ApiError,
    vault::{Action, Attempt, AuditEntry},
};

/// Longest login, in characters.
pub const LOGIN_CHARS_MAX: usize = 32;
const LOGIN_CHARS_MIN: usize = 2;
/// Attempts with the setup code are counted like those of a login; this can be nobody's login.
const SETUP: &str = "\u{0}setup";

/// A login as it is kept: without the blanks and capitals that a keyboard adds.
pub fn plain_login(login: &str) -> String {
    login.trim().to_lowercase()
}

/// Checks that a plain login is one: letters, digits, and `.`, `-`, `_` between them.
///
/// # Errors
/// [`ApiError::LoginInvalid`].
pub fn check_login(login: &str) -> Result<(), ApiError> {
    let length = (LOGIN_CHARS_MIN..=LOGIN_CHARS_MAX).contains(&login.len());
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let letters = login.bytes().all(|byte| plain(byte) || matches!(byte, b'.' | b'-' | b'_'));
    let ends = login.bytes().next().is_some_and(plain) && login.bytes().next_back().is_some_and(plain);
    if length && letters && ends { Ok(()) } else { Err(ApiError::LoginInvalid) }
}

/// Who has this login and password. Whether a login exists shows neither in the answer nor in the time it
/// takes; five failures lock it.
///
/// # Errors
/// [`ApiError::WrongPassword`], [`ApiError::LockedOut`], [`ApiError::UserDisabled`].
pub async fn sign_in(app: &App, login: &str, password: &str, address: &Address) -> Result<User, ApiError> {
    let login = plain_login(login);
    let user = app.intake.registry().users().find(|user| user.login == login).cloned();
    let attempt = counted(app, &login).await?;
    let hash = match &user {
        Some(user) => app.vault.password(user.id).await?,
        None => None,
    };
    // No password is longer; but whoever sends one waits as long as everybody.
    let password = if password.len() <= PASSWORD_BYTES_MAX { password } else { "" };
    if app.passwords.matches(password.to_owned(), hash).await?
        && let Some(user) = user
    {
        app.vault.attempt_succeeded(&login).await?;
        return if user.active { Ok(user) } else { Err(ApiError::UserDisabled) };
    }
    // What was typed as a login may be a password: only logins that exist are recorded.
    let subject = user.as_ref().map(|user| user.login.clone()).unwrap_or_default();
    Err(failed(app, attempt, user.as_ref(), subject, address).await?)
}

/// Whether this is the one-time code of the first start; guesses are counted like those of a password.
///
/// # Errors
/// [`ApiError::SetupCodeWrong`], [`ApiError::LockedOut`].
pub async fn sign_in_code(app: &App, code: &str, address: &Address) -> Result<(), ApiError> {
    let attempt = counted(app, SETUP).await?;
    if app.vault.setup_code_is(code, app.now_ms()).await? {
        app.vault.attempt_succeeded(SETUP).await?;
        return Ok(());
    }
    Err(match failed(app, attempt, None, "setup".to_owned(), address).await? {
        ApiError::WrongPassword => ApiError::SetupCodeWrong,
        other => other,
    })
}

async fn counted(app: &App, login: &str) -> Result<Attempt, ApiError> {
    let now = app.now_ms();
    match app.vault.attempt(login, now).await? {
        Attempt::Locked { until } => Err(locked_out(until - now)),
        open @ (Attempt::Open | Attempt::Last) => Ok(open),
    }
}

async fn failed(
    app: &App,
    attempt: Attempt,
    user: Option<&User>,
    subject: String,
    address: &Address,
) -> Result<ApiError, ApiError> {
    let (action, answer) = match attempt {
        Attempt::Open => (Action::SignInFailed, ApiError::WrongPassword),
        Attempt::Last | Attempt::Locked { .. } => (Action::LockedOut, locked_out(crate::vault::LOCK_OUT_MS)),
    };
    let user = user.map(|user| user.id);
    app.vault
        .audit(AuditEntry { at: app.now_ms(), user, action, subject, address: address.0.clone() })
        .await?;
    Ok(answer)
}

fn locked_out(for_ms: i64) -> ApiError {
    ApiError::LockedOut { minutes: (for_ms.max(0) + 59_999) / 60_000 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_short_plain_and_typed_the_same_way_every_time() {
        for login in ["li", "li.wei", "13888000000", "wh_01-a"] {
            assert!(check_login(login).is_ok(), "{login}");
        }
        for no_login in ["", "l", "李伟", "li wei", ".li", "li-", "Li", "\u{0}setup", &"l".repeat(33)] {
            assert!(check_login(no_login).is_err(), "{no_login:?}");
        }
        assert_eq!(plain_login(" Li.Wei "), "li.wei");
    }
}
