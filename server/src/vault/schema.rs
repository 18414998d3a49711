//! The tables of the vault. A migration is never changed after a release; a change is a new one at the end.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::VaultError;

/// How long to wait for the other connection, in milliseconds.
const BUSY_MS_MAX: u64 = 10_000;

const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE passwords (
    user        TEXT PRIMARY KEY,
    hash        TEXT NOT NULL,              -- argon2id, as a PHC string
    changed_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE console_keys (
    user        TEXT PRIMARY KEY,
    seed        BLOB NOT NULL               -- the console device's Ed25519 seed
) STRICT;

CREATE TABLE sessions (
    token       BLOB PRIMARY KEY,           -- the hash of the cookie's value
    user        TEXT NOT NULL,
    made_at     INTEGER NOT NULL,
    used_at     INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL            -- however much it is used
) STRICT;
CREATE INDEX sessions_user ON sessions (user);

CREATE TABLE device_tokens (
    token       BLOB PRIMARY KEY,           -- the hash of the bearer token
    device      TEXT NOT NULL UNIQUE,
    made_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE setup_code (
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    code        BLOB NOT NULL,              -- its hash
    expires_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE sign_in_failures (
    login       BLOB PRIMARY KEY,           -- its hash: people type passwords into the wrong box
    failures    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    locked_until INTEGER
) STRICT;

CREATE TABLE audit (
    number      INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    user        TEXT,
    action      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    address     TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END;

CREATE TABLE uploads (
    id          TEXT PRIMARY KEY,
    device      TEXT NOT NULL,
    hash        TEXT NOT NULL,
    length      INTEGER NOT NULL,
    made_at     INTEGER NOT NULL,
    UNIQUE (device, hash)
) STRICT;

CREATE TABLE contacts (
    device      TEXT PRIMARY KEY,
    last_contact INTEGER NOT NULL,
    version     TEXT NOT NULL,
    n_made      INTEGER NOT NULL,
    confirmed   INTEGER NOT NULL,
    clock_skew_ms INTEGER NOT NULL
) STRICT;
",
    "
CREATE TABLE backups (
    number      INTEGER PRIMARY KEY,
    epoch       BLOB NOT NULL,
    seq         INTEGER NOT NULL,           -- the last entry that is in it
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX backups_epoch ON backups (epoch, seq);

CREATE TABLE returned (
    epoch       BLOB NOT NULL,
    seq         INTEGER NOT NULL,           -- the entry it was
    device      TEXT NOT NULL,
    at          INTEGER NOT NULL,
    body        BLOB NOT NULL,
    appended    INTEGER,                    -- the entry it is now; none when it was set aside
    PRIMARY KEY (epoch, seq)
) STRICT;
",
    // Whoever was uploading begins anew.
    "
DROP TABLE uploads;
CREATE TABLE uploads (
    device      TEXT NOT NULL,
    hash        TEXT NOT NULL,
    length      INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (device, hash)
) STRICT;
",
    "
CREATE TABLE lost (
    epoch       BLOB NOT NULL,              -- of a log that ended
    seq         INTEGER NOT NULL,
    envelope    BLOB,                       -- none: a registry event, which is here again
    device      TEXT NOT NULL,              -- who proved that it was there
    at          INTEGER NOT NULL,
    PRIMARY KEY (epoch, seq)
) STRICT;

CREATE TABLE reached (
    epoch       BLOB PRIMARY KEY,           -- of a log that ended
    seq         INTEGER NOT NULL            -- how far it went at least
) STRICT;
",
    // What a device holds now, it has held since it is first known to: from its next call on, for those of before.
    "
ALTER TABLE contacts ADD COLUMN unsent_since INTEGER;  -- none: nothing is known to be missing
ALTER TABLE contacts ADD COLUMN wiped_at INTEGER;      -- when it was last told to erase itself
",
    // Of the backups before it is not known whether they have the photos.
    "
ALTER TABLE backups ADD COLUMN photos INTEGER NOT NULL DEFAULT FALSE;  -- whether it has every photo, whole
",
];

/// When a commit waits for the disk.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sync {
    /// Always.
    Full,
    /// When the write-ahead log is folded in.
    Normal,
}

/// Opens a connection and brings the tables up to date.
pub(super) fn open(path: &Path, sync: Sync) -> Result<Connection, VaultError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS_MAX))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(
        None,
        "synchronous",
        match sync {
            Sync::Full => "FULL",
            Sync::Normal => "NORMAL",
        },
    )?;
    connection.pragma_update(None, "foreign_keys", true)?;
    migrate(&mut connection)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), VaultError> {
    let version: usize = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == MIGRATIONS.len() {
        // Nothing is written: a server starts on a disk that is full, too.
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: usize = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = MIGRATIONS.len();
    if found > known {
        return Err(VaultError::Later { found, known });
    }
    for migration in &MIGRATIONS[found..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}
