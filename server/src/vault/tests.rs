use crate::photos::UploadId;
use rounds_shared::ids::{DeviceId, PhotoHash, UserId};

use super::*;

const NOW: i64 = 1_700_000_000_000;
const LIMITS: SessionLimits = SessionLimits { idle_ms: 30 * 60 * 1000, total_ms: 12 * 60 * 60 * 1000 };
const MINUTE: i64 = 60 * 1000;

fn vault() -> (tempfile::TempDir, Vault) {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(folder.path()).unwrap();
    (folder, vault)
}

fn user(number: u8) -> UserId {
    UserId::new([number; 16])
}

#[tokio::test]
async fn what_is_kept_survives_a_restart() {
    let (folder, vault) = vault();
    let console_key = vault.console_key(user(1)).await.unwrap().public();
    let server_key = vault.server_key().public();
    vault.password_set(user(1), "$hash".into(), NOW).await.unwrap();
    let (token, session) = vault.session_begin(user(1), NOW, LIMITS).await.unwrap();
    drop(vault);

    let vault = Vault::open(folder.path()).unwrap();
    assert_eq!(vault.console_key(user(1)).await.unwrap().public(), console_key);
    assert_ne!(vault.console_key(user(2)).await.unwrap().public(), console_key);
    assert_eq!(vault.server_key().public(), server_key);
    assert_eq!(vault.password(user(1)).await.unwrap().as_deref(), Some("$hash"));
    assert_eq!(vault.session_use(&token, NOW, LIMITS).await.unwrap(), Some(session));
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_the_servers_key() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, _vault) = vault();
    let mode = std::fs::metadata(folder.path().join(SERVER_KEY_FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_damaged_server_key_is_never_replaced() {
    let (folder, _vault) = vault();
    std::fs::write(folder.path().join(SERVER_KEY_FILE), "not a key").unwrap();
    assert!(matches!(Vault::open(folder.path()), Err(VaultError::ServerKeyMalformed)));
    assert_eq!(std::fs::read_to_string(folder.path().join(SERVER_KEY_FILE)).unwrap(), "not a key");
}

#[test]
fn a_vault_of_a_later_version_is_left_alone() {
    let (folder, vault) = vault();
    vault.durable.lock().unwrap().pragma_update(None, "user_version", 99).unwrap();
    drop(vault);
    assert!(matches!(Vault::open(folder.path()), Err(VaultError::Later { found: 99, .. })));
}

#[tokio::test]
async fn a_session_ends_when_it_is_left_alone_and_lives_while_it_is_used() {
    let (_folder, vault) = vault();
    let (token, _) = vault.session_begin(user(1), NOW, LIMITS).await.unwrap();
    let mut now = NOW;
    for _ in 0..3 {
        now += 29 * MINUTE;
        assert!(vault.session_use(&token, now, LIMITS).await.unwrap().is_some());
    }
    // What the console asks by itself shows nobody sitting there.
    assert!(vault.session_look(&token, now + 29 * MINUTE, LIMITS).await.unwrap().is_some());
    assert!(vault.session_use(&token, now + 30 * MINUTE, LIMITS).await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_ends_after_its_longest_time_however_much_it_is_used() {
    let (_folder, vault) = vault();
    let (token, _) = vault.session_begin(user(1), NOW, LIMITS).await.unwrap();
    let mut now = NOW;
    while now < NOW + LIMITS.total_ms {
        let session = vault.session_use(&token, now, LIMITS).await.unwrap().unwrap();
        assert!(session.expires_at <= NOW + LIMITS.total_ms);
        now += 10 * MINUTE;
    }
    assert!(vault.session_use(&token, now, LIMITS).await.unwrap().is_none());
}

#[tokio::test]
async fn ending_sessions_can_spare_the_one_in_use() {
    let (_folder, vault) = vault();
    let (here, _) = vault.session_begin(user(1), NOW, LIMITS).await.unwrap();
    let (there, _) = vault.session_begin(user(1), NOW, LIMITS).await.unwrap();
    let (other, _) = vault.session_begin(user(2), NOW, LIMITS).await.unwrap();
    vault.sessions_end(user(1), Some(&here)).await.unwrap();
    assert!(vault.session_use(&here, NOW, LIMITS).await.unwrap().is_some());
    assert!(vault.session_use(&there, NOW, LIMITS).await.unwrap().is_none());
    vault.sessions_end(user(1), None).await.unwrap();
    assert!(vault.session_use(&here, NOW, LIMITS).await.unwrap().is_none());
    assert!(vault.session_use(&other, NOW, LIMITS).await.unwrap().is_some());
}

#[tokio::test]
async fn five_failures_lock_a_login_for_fifteen_minutes() {
    let (_folder, vault) = vault();
    for _ in 1..FAILURES_MAX {
        assert_eq!(vault.attempt("li", NOW).await.unwrap(), Attempt::Open);
    }
    assert_eq!(vault.attempt("li", NOW).await.unwrap(), Attempt::Last);
    let locked = Attempt::Locked { until: NOW + LOCK_OUT_MS };
    assert_eq!(vault.attempt("li", NOW + LOCK_OUT_MS - 1).await.unwrap(), locked);
    assert_eq!(vault.attempt("zhang", NOW).await.unwrap(), Attempt::Open);
    assert_eq!(vault.attempt("li", NOW + LOCK_OUT_MS).await.unwrap(), Attempt::Open);
}

#[tokio::test]
async fn a_success_forgets_the_failures_before_it() {
    let (_folder, vault) = vault();
    for _ in 0..3 * FAILURES_MAX {
        assert_eq!(vault.attempt("li", NOW).await.unwrap(), Attempt::Open);
        vault.attempt_succeeded("li").await.unwrap();
    }
}

#[tokio::test]
async fn a_setup_code_is_good_for_a_day_and_once() {
    let (_folder, vault) = vault();
    let first = vault.setup_code_make(NOW).await.unwrap();
    let code = vault.setup_code_make(NOW).await.unwrap();
    assert!(!vault.setup_code_is(first.reveal(), NOW).await.unwrap());
    let as_typed = code.reveal().to_lowercase().replace('-', " ");
    assert!(vault.setup_code_is(&as_typed, NOW + SETUP_CODE_MS - 1).await.unwrap());
    assert!(!vault.setup_code_is(code.reveal(), NOW + SETUP_CODE_MS).await.unwrap());
    vault.setup_code_spend().await.unwrap();
    assert!(!vault.setup_code_is(code.reveal(), NOW).await.unwrap());
}

#[tokio::test]
async fn the_audit_trail_is_only_added_to() {
    let (_folder, vault) = vault();
    for number in 0..3 {
        let (subject, address) = (number.to_string(), "127.0.0.1".to_owned());
        let entry = AuditEntry { at: NOW, user: Some(user(1)), action: Action::Export, subject, address };
        vault.audit(entry).await.unwrap();
    }
    for sql in ["UPDATE audit SET subject = ''", "DELETE FROM audit"] {
        assert!(vault.durable.lock().unwrap().execute(sql, []).is_err(), "{sql}");
    }
    let page = vault.audit_page(AuditFilter::default(), 1, 1).await.unwrap();
    assert_eq!((page.total, page.rows[0].subject.as_str()), (3, "1"));
}

#[tokio::test]
async fn the_audit_trail_is_narrowed_to_an_action_and_to_what_a_text_names() {
    let (_folder, vault) = vault();
    let lines = [
        (Some(user(1)), Action::SignIn, "li", "10.0.0.7"),
        (None, Action::SignInFailed, "zhao", "10.0.0.9"),
        (Some(user(2)), Action::DeviceRevoked, "0707", "10.0.0.8"),
    ];
    for (user, action, subject, address) in lines {
        let (subject, address) = (subject.to_owned(), address.to_owned());
        vault.audit(AuditEntry { at: NOW, user, action, subject, address }).await.unwrap();
    }
    let only = |action| AuditFilter { action: Some(action), ..AuditFilter::default() };
    let with = |text: &str, named: &[String]| AuditFilter {
        text: text.to_owned(),
        named: named.to_vec(),
        ..AuditFilter::default()
    };
    for (filter, wanted) in [
        (only(Action::SignInFailed), vec!["zhao"]),
        (only(Action::Export), vec![]),
        (with("0.0.9", &[]), vec!["zhao"]),
        (with("李明", &[user(1).to_string()]), vec!["li"]),
        (with("平板", &["0707".to_owned(), user(1).to_string()]), vec!["0707", "li"]),
        (with("\"], 1) OR (1", &[]), vec![]),
    ] {
        let page = vault.audit_page(filter.clone(), 0, 10).await.unwrap();
        let subjects: Vec<_> = page.rows.iter().map(|entry| entry.subject.as_str()).collect();
        assert_eq!((page.total, &subjects), (wanted.len() as u64, &wanted), "{filter:?}");
        let mut taken = Vec::new();
        let take = |entry: AuditEntry| {
            taken.push(entry.subject);
            Ok::<_, VaultError>(())
        };
        vault.each_audited(&filter, take).unwrap();
        assert_eq!(taken, wanted, "as a file: {filter:?}");
    }
}

#[tokio::test]
async fn enrolling_a_device_again_ends_its_earlier_token() {
    let (_folder, vault) = vault();
    let device = DeviceId::new([7; 16]);
    let first = vault.device_token_make(device, NOW).await.unwrap();
    let second = vault.device_token_make(device, NOW).await.unwrap();
    assert_eq!(vault.device_of(&first).await.unwrap(), None);
    assert_eq!(vault.device_of(&Token::parse(&second.reveal()).unwrap()).await.unwrap(), Some(device));
}

#[tokio::test]
async fn what_a_device_confirmed_stays_confirmed() {
    let (_folder, vault) = vault();
    let device = DeviceId::new([7; 16]);
    let mut contact = Contact {
        last_contact: NOW,
        version: "0.1.0".into(),
        n_made: u64::MAX,
        confirmed: 9,
        clock_skew_ms: -3,
        unsent_since: Some(NOW),
        wiped_at: None,
    };
    vault.contact(device, &contact).unwrap();
    contact.confirmed = 4;
    vault.contact(device, &contact).unwrap();
    let kept = vault.contact_of(device).unwrap().unwrap();
    assert_eq!((kept.confirmed, kept.clock_skew_ms), (9, -3));
    assert_eq!(vault.contacts().await.unwrap().get(&device), Some(&kept));
    let since = |at: Option<i64>| {
        contact.unsent_since = at;
        vault.contact(device, &contact).unwrap();
        vault.contact_of(device).unwrap().unwrap().unsent_since
    };
    let seen = [Some(NOW + 5), None, Some(NOW + 9)].map(since);
    assert_eq!(
        seen,
        [Some(NOW), None, Some(NOW + 9)],
        "what is held is held since the first call that says so"
    );
}

#[tokio::test]
async fn a_device_begins_an_upload_once_and_not_too_many() {
    let (_folder, vault) = vault();
    let (device, other) = (DeviceId::new([7; 16]), DeviceId::new([8; 16]));
    let photo = |device, number| UploadId { device, hash: PhotoHash::new([number; 32]) };
    let begun = vault.upload_begin(photo(device, 1), 10, NOW, 2).await.unwrap().unwrap();
    assert_eq!(vault.upload_begin(photo(device, 1), 10, NOW, 2).await.unwrap(), Some(begun));
    assert!(vault.upload_begin(photo(device, 2), 10, NOW + 5, 2).await.unwrap().is_some());
    assert_eq!(vault.upload_begin(photo(device, 3), 10, NOW, 2).await.unwrap(), None);
    let others = vault.upload_begin(photo(other, 1), 10, NOW + 5, 2).await.unwrap().unwrap();
    assert_ne!(others.id, begun.id);

    assert_eq!(vault.uploads_forget(NOW + 1).await.unwrap(), vec![begun.id]);
    assert_eq!(vault.upload(begun.id).await.unwrap(), None);
    vault.upload_end(others.id).await.unwrap();
    assert_eq!(vault.upload(others.id).await.unwrap(), None);
}
