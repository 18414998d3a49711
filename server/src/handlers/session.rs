//! `/v1/session`: signing in to the console and out of it.

use axum::{extract::State, http::StatusCode};
use axum_extra::extract::CookieJar;
use rounds_shared::{
    ids::UserId,
    permission::Role,
    registry::{Registry, User},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shapes::AreaRow;
use crate::{
    app::App,
    auth::{Address, PASSWORD_BYTES_MAX, SignedIn, check_password, expired_cookie, session_cookie, sign_in},
    error::{ApiError, ErrorBody},
    extract::Json,
    vault::{Action, AuditEntry},
};

/// Who is signed in, and until when.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    /// Who.
    user: SessionUser,
    /// When he must sign in again if he does nothing until then, in milliseconds.
    expires_at: i64,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionUser {
    id: UserId,
    login: String,
    name: String,
    role: Role,
    areas: Vec<AreaRow>,
}

impl Session {
    fn new(registry: &Registry, user: User, expires_at: i64) -> Self {
        let areas = user.areas.iter().map(|area| AreaRow::of(registry, area.as_str())).collect();
        let User { id, login, name, role, .. } = user;
        Self { user: SessionUser { id, login, name, role, areas }, expires_at }
    }
}

/// A login and its password.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    login: String,
    password: String,
}

/// A password and the one that replaces it.
#[derive(Deserialize, ToSchema)]
pub struct PasswordChange {
    old: String,
    new: String,
}

/// Signs in.
#[utoipa::path(post, path = "/v1/session", tag = "session", request_body = Credentials, responses(
    (status = 200, body = Session),
    (status = "4XX", description = "wrong_password, locked_out, user_disabled, role_not_allowed", body = ErrorBody)))]
pub async fn create(
    State(app): State<App>,
    address: Address,
    cookies: CookieJar,
    Json(credentials): Json<Credentials>,
) -> Result<(CookieJar, Json<Session>), ApiError> {
    let user = sign_in(&app, &credentials.login, &credentials.password, &address).await?;
    if !user.role.uses_console() {
        return Err(ApiError::RoleNotAllowed);
    }
    begin(&app, user, address, cookies).await
}

/// Begins a session for somebody who has shown who he is.
pub(super) async fn begin(
    app: &App,
    user: User,
    address: Address,
    cookies: CookieJar,
) -> Result<(CookieJar, Json<Session>), ApiError> {
    let (at, subject) = (app.now_ms(), user.login.clone());
    let entry = AuditEntry { at, user: Some(user.id), action: Action::SignIn, subject, address: address.0 };
    app.vault.audit(entry).await?;
    let (token, session) = app.vault.session_begin(user.id, at, app.session_limits()).await?;
    let cookies = cookies.add(session_cookie(&app.config.transport, &token));
    Ok((cookies, Json(Session::new(&app.intake.registry(), user, session.expires_at))))
}

/// Who is signed in.
#[utoipa::path(get, path = "/v1/session", tag = "session", responses(
    (status = 200, body = Session),
    (status = 401, description = "session_expired", body = ErrorBody)))]
pub async fn read(State(app): State<App>, signed_in: SignedIn) -> Json<Session> {
    Json(Session::new(&app.intake.registry(), signed_in.user, signed_in.session.expires_at))
}

/// Signs out.
#[utoipa::path(delete, path = "/v1/session", tag = "session", responses((status = 204)))]
pub async fn delete(
    State(app): State<App>,
    signed_in: SignedIn,
    cookies: CookieJar,
) -> Result<(CookieJar, StatusCode), ApiError> {
    signed_in.audit(&app, Action::SignOut, signed_in.user.login.clone()).await?;
    app.vault.session_end(signed_in.token()).await?;
    Ok((cookies.add(expired_cookie(&app.config.transport)), StatusCode::NO_CONTENT))
}

/// Changes one's own password. It ends one's sessions elsewhere.
#[utoipa::path(post, path = "/v1/session/password", tag = "session", request_body = PasswordChange, responses(
    (status = 204),
    (status = "4XX", description = "wrong_password, locked_out, password_too_short, password_too_common", body = ErrorBody)))]
pub async fn change_password(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(change): Json<PasswordChange>,
) -> Result<StatusCode, ApiError> {
    let login = &signed_in.user.login;
    if change.old.len() > PASSWORD_BYTES_MAX {
        return Err(ApiError::WrongPassword);
    }
    sign_in(&app, login, &change.old, &signed_in.address).await?;
    check_password(&change.new, login)?;
    let hash = app.passwords.hash(change.new).await?;
    app.vault.password_set(signed_in.user.id, hash, app.now_ms()).await?;
    app.vault.sessions_end(signed_in.user.id, Some(signed_in.token())).await?;
    signed_in.audit(&app, Action::PasswordChanged, login.clone()).await?;
    Ok(StatusCode::NO_CONTENT)
}
