//! Sessions of the console: who holds which cookie, and until when.

use rounds_shared::ids::UserId;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Token, Vault, VaultError};

/// A session's use is written down when the last one written is older than the idle time over this: often
/// enough to be right, seldom enough to cost nothing.
const TOUCHES_PER_IDLE: i64 = 30;

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// How long one may be left alone, in milliseconds.
    pub idle_ms: i64,
    /// How long one lasts however much it is used, in milliseconds.
    pub total_ms: i64,
}

/// A session that is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub user: UserId,
    /// When it ends unless it is used before.
    pub expires_at: i64,
}

impl Vault {
    /// Begins a session and gives its token.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn session_begin(
        &self,
        user: UserId,
        now: i64,
        limits: SessionLimits,
    ) -> Result<(Token, Session), VaultError> {
        let token = Token::random()?;
        let hash = token.hash();
        let ends_at = now.saturating_add(limits.total_ms);
        self.durable(move |vault| {
            vault.execute(
                "DELETE FROM sessions WHERE ends_at <= ?1 OR used_at <= ?1 - ?2",
                params![now, limits.idle_ms],
            )?;
            vault.execute(
                "INSERT INTO sessions (token, user, made_at, used_at, ends_at) VALUES (?1, ?2, ?3, ?3, ?4)",
                params![hash, user.to_string(), now, ends_at],
            )?;
            Ok(())
        })
        .await?;
        Ok((token, Session { user, expires_at: ends_at.min(now.saturating_add(limits.idle_ms)) }))
    }

    /// The session of a token, if it is good; using it keeps it so.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub async fn session_use(
        &self,
        token: &Token,
        now: i64,
        limits: SessionLimits,
    ) -> Result<Option<Session>, VaultError> {
        let hash = token.hash();
        self.casual(move |vault| {
            let Some(found) = find(vault, hash, now, limits)? else { return Ok(None) };
            if now - found.used_at >= limits.idle_ms / TOUCHES_PER_IDLE {
                vault
                    .prepare_cached("UPDATE sessions SET used_at = ?2 WHERE token = ?1")?
                    .execute(params![hash, now])?;
            }
            let expires_at = found.ends_at.min(now.saturating_add(limits.idle_ms));
            Ok(Some(Session { user: found.user, expires_at }))
        })
        .await
    }

    /// The session of a token, if it is good, without keeping it so.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub async fn session_look(
        &self,
        token: &Token,
        now: i64,
        limits: SessionLimits,
    ) -> Result<Option<Session>, VaultError> {
        let hash = token.hash();
        self.casual(move |vault| {
            let Some(found) = find(vault, hash, now, limits)? else { return Ok(None) };
            let expires_at = found.ends_at.min(found.used_at.saturating_add(limits.idle_ms));
            Ok(Some(Session { user: found.user, expires_at }))
        })
        .await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn session_end(&self, token: &Token) -> Result<(), VaultError> {
        let hash = token.hash();
        self.durable(move |vault| {
            vault.execute("DELETE FROM sessions WHERE token = ?1", [hash])?;
            Ok(())
        })
        .await
    }

    /// Ends all sessions of a user, but the one he is using now if it is named.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn sessions_end(&self, user: UserId, but: Option<&Token>) -> Result<(), VaultError> {
        let but = but.map(Token::hash);
        self.durable(move |vault| {
            vault.execute(
                "DELETE FROM sessions WHERE user = ?1 AND token IS NOT ?2",
                params![user.to_string(), but],
            )?;
            Ok(())
        })
        .await
    }
}

struct Found {
    user: UserId,
    used_at: i64,
    ends_at: i64,
}

fn find(
    vault: &Connection,
    hash: [u8; 32],
    now: i64,
    limits: SessionLimits,
) -> Result<Option<Found>, VaultError> {
    let mut select = vault.prepare_cached("SELECT user, used_at, ends_at FROM sessions WHERE token = ?1")?;
    let found: Option<(String, i64, i64)> =
        select.query_row([hash], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let Some((user, used_at, ends_at)) = found else { return Ok(None) };
    let good = now < ends_at && now.saturating_sub(used_at) < limits.idle_ms;
    if good { Ok(Some(Found { user: user.parse()?, used_at, ends_at })) } else { Ok(None) }
}
