//! The audit trail: who signed in, exported, changed whom. Only ever added to; the tables refuse the rest.

use rounds_shared::ids::UserId;
use rusqlite::{Row, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Vault, VaultError};

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Signed in.
    SignIn,
    /// Tried to, with a wrong login or password.
    SignInFailed,
    /// Tried too often.
    LockedOut,
    /// Signed out.
    SignOut,
    /// Took data out of the system.
    Export,
    /// Brought a table of people, sites or zones.
    Import,
    /// Made an account.
    UserMade,
    /// Changed an account.
    UserChanged,
    /// Changed what an account may do.
    RoleChanged,
    /// Signed a device in.
    DeviceEnrolled,
    /// Revoked a device.
    DeviceRevoked,
    /// Changed a password.
    PasswordChanged,
    /// Was given the key of what he has on a device.
    KeyRecovered,
    /// Asked for a key that is not his, or not this server's to give.
    RecoveryRefused,
}

impl Action {
    const ALL: [Action; 14] = [
        Action::SignIn,
        Action::SignInFailed,
        Action::LockedOut,
        Action::SignOut,
        Action::Export,
        Action::Import,
        Action::UserMade,
        Action::UserChanged,
        Action::RoleChanged,
        Action::DeviceEnrolled,
        Action::DeviceRevoked,
        Action::PasswordChanged,
        Action::KeyRecovered,
        Action::RecoveryRefused,
    ];

    /// The action's name in SQL and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::SignIn => "sign_in",
            Action::SignInFailed => "sign_in_failed",
            Action::LockedOut => "locked_out",
            Action::SignOut => "sign_out",
            Action::Export => "export",
            Action::Import => "import",
            Action::UserMade => "user_made",
            Action::UserChanged => "user_changed",
            Action::RoleChanged => "role_changed",
            Action::DeviceEnrolled => "device_enrolled",
            Action::DeviceRevoked => "device_revoked",
            Action::PasswordChanged => "password_changed",
            Action::KeyRecovered => "key_recovered",
            Action::RecoveryRefused => "recovery_refused",
        }
    }

    /// The action of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// Lines read at a time for a file.
const PIECE_LINES: u32 = 500;

/// A line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: i64,
    /// Who; none when nobody was signed in.
    pub user: Option<UserId>,
    /// What.
    pub action: Action,
    /// To whom or what: a login, an id. Never a secret, never what was answered.
    pub subject: String,
    /// From which network address.
    pub address: String,
}

/// What of the audit trail is wanted; all of it by default.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only this action.
    pub action: Option<Action>,
    /// Only lines that have this text in their subject or address, or have to do with one of `named`; empty for all.
    pub text: String,
    /// The ids of people and devices whom the text names.
    pub named: Vec<String>,
}

impl AuditFilter {
    /// The condition on `?1`, `?2` and `?3`, which are the filter's [`AuditFilter::values`].
    const SQL: &str =
        "(?1 IS NULL OR action = ?1) AND (?2 = '' OR instr(subject, ?2) > 0 OR instr(address, ?2) > 0
        OR user IN (SELECT value FROM json_each(?3)) OR subject IN (SELECT value FROM json_each(?3)))";

    fn values(&self) -> [Option<String>; 3] {
        let action = self.action.map(|action| action.as_str().to_owned());
        let named =
            format!("[{}]", self.named.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(","));
        [action, Some(self.text.clone()), Some(named)]
    }
}

/// A page of the audit trail, newest first.
#[derive(Debug)]
pub struct AuditPage {
    /// Its lines.
    pub rows: Vec<AuditEntry>,
    /// How many lines of them there are in all.
    pub total: u64,
}

impl Vault {
    /// Adds a line.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn audit(&self, entry: AuditEntry) -> Result<(), VaultError> {
        self.durable(move |vault| {
            vault.execute(
                "INSERT INTO audit (at, user, action, subject, address) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    entry.at,
                    entry.user.map(|user| user.to_string()),
                    entry.action.as_str(),
                    entry.subject,
                    entry.address
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// Lines of the trail, newest first.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub async fn audit_page(
        &self,
        filter: AuditFilter,
        skip: u64,
        take: u64,
    ) -> Result<AuditPage, VaultError> {
        self.casual(move |vault| {
            let ([action, text, named], wanted) = (filter.values(), AuditFilter::SQL);
            let total = vault
                .prepare_cached(&format!("SELECT count(*) FROM audit WHERE {wanted}"))?
                .query_row(params![action, text, named], |row| row.get(0))?;
            let mut select = vault.prepare_cached(&format!(
                "SELECT at, user, action, subject, address FROM audit WHERE {wanted}
                 ORDER BY number DESC LIMIT ?5 OFFSET ?4"
            ))?;
            let mut found = select.query(params![action, text, named, skip, take])?;
            let mut rows = Vec::new();
            while let Some(row) = found.next()? {
                rows.push(entry(row)?);
            }
            Ok(AuditPage { rows, total })
        })
        .await
    }

    /// Hands over every line that is wanted of the trail, newest first, one by one.
    ///
    /// # Errors
    /// When the vault cannot be read, and what the taker returns.
    pub fn each_audited<E: From<VaultError>>(
        &self,
        filter: &AuditFilter,
        mut take: impl FnMut(AuditEntry) -> Result<(), E>,
    ) -> Result<(), E> {
        let ([action, text, named], wanted) = (filter.values(), AuditFilter::SQL);
        let mut before = i64::MAX;
        loop {
            // Between the pieces the vault is free: whoever reads a long trail slowly must keep nobody from signing in.
            let piece = self.casual_here(|vault| {
                let mut select = vault.prepare_cached(&format!(
                    "SELECT at, user, action, subject, address, number FROM audit WHERE {wanted} AND number < ?4
                     ORDER BY number DESC LIMIT ?5"
                ))?;
                let mut found = select.query(params![action, text, named, before, PIECE_LINES])?;
                let mut piece = Vec::new();
                while let Some(row) = found.next()? {
                    before = row.get(5)?;
                    piece.push(entry(row)?);
                }
                Ok(piece)
            })?;
            if piece.is_empty() {
                return Ok(());
            }
            piece.into_iter().try_for_each(&mut take)?;
        }
    }
}

fn entry(row: &Row<'_>) -> Result<AuditEntry, VaultError> {
    let user: Option<String> = row.get(1)?;
    let action: String = row.get(2)?;
    Ok(AuditEntry {
        at: row.get(0)?,
        user: user.map(|user| user.parse()).transpose()?,
        action: Action::parse(&action).ok_or(VaultError::Unreadable("audited action"))?,
        subject: row.get(3)?,
        address: row.get(4)?,
    })
}
