//! Failed sign-ins, and who is locked out for them. A login that does not exist is treated like one that
//! does, so that nobody learns which exist.

use rusqlite::{OptionalExtension as _, TransactionBehavior, params};

use super::{Vault, VaultError};

/// How many failures lock a login.
pub const FAILURES_MAX: i64 = 5;
/// For how long, in milliseconds; failures older than this are forgotten.
pub const LOCK_OUT_MS: i64 = 15 * 60 * 1000;

/// Whether somebody may try to sign in now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Yes; if he fails there are others left.
    Open,
    /// Yes, and if he fails the login is locked.
    Last,
    /// No.
    Locked {
        /// Until when.
        until: i64,
    },
}

impl Vault {
    /// Counts an attempt before it is made, so that attempts at the same moment cannot all be the first.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn attempt(&self, login: &str, now: i64) -> Result<Attempt, VaultError> {
        let login = hash(login);
        self.durable(move |vault| {
            let transaction = vault.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute(
                "DELETE FROM sign_in_failures WHERE last_at <= ?1",
                [now.saturating_sub(LOCK_OUT_MS)],
            )?;
            let (failures, locked_until): (i64, Option<i64>) = transaction
                .query_row(
                    "SELECT failures, locked_until FROM sign_in_failures WHERE login = ?1",
                    [login],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?
                .unwrap_or((0, None));
            if let Some(until) = locked_until {
                return Ok(Attempt::Locked { until });
            }
            let failures = failures + 1;
            let last = failures >= FAILURES_MAX;
            transaction.execute(
                "INSERT INTO sign_in_failures (login, failures, last_at, locked_until) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (login) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at,
                     locked_until = excluded.locked_until",
                params![login, failures, now, last.then_some(now.saturating_add(LOCK_OUT_MS))],
            )?;
            transaction.commit()?;
            Ok(if last { Attempt::Last } else { Attempt::Open })
        })
        .await
    }

    /// The attempt was right: what failed before is forgotten.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn attempt_succeeded(&self, login: &str) -> Result<(), VaultError> {
        let login = hash(login);
        self.durable(move |vault| {
            vault.execute("DELETE FROM sign_in_failures WHERE login = ?1", [login])?;
            Ok(())
        })
        .await
    }
}

fn hash(login: &str) -> [u8; 32] {
    blake3::derive_key("rounds v1 sign-in", login.as_bytes())
}
