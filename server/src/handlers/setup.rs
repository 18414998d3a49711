//! `POST /v1/setup`: the first administrator.

use axum::extract::State;
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use utoipa::ToSchema;

use super::session::{self, Session};
use crate::{
    accounts,
    app::App,
    auth::{Address, sign_in_code},
    error::{ApiError, ErrorBody},
    extract::Json,
    vault::{Action, AuditEntry},
};

/// The first administrator, made with the one-time code that the server printed when it started.
#[derive(Deserialize, ToSchema)]
pub struct Setup {
    /// The one-time code.
    code: String,
    /// The name he will sign in with.
    login: String,
    /// His name.
    name: String,
    /// His password.
    password: String,
}

/// Makes the first administrator and signs him in.
#[utoipa::path(post, path = "/v1/setup", tag = "session", request_body = Setup, responses(
    (status = 200, body = Session),
    (status = "4XX", description = "setup_done, setup_code_wrong, locked_out, login_invalid, password_too_short, password_too_common", body = ErrorBody)))]
pub async fn setup(
    State(app): State<App>,
    address: Address,
    cookies: CookieJar,
    Json(setup): Json<Setup>,
) -> Result<(CookieJar, Json<Session>), ApiError> {
    if !app.setup_needed() {
        return Err(ApiError::SetupDone);
    }
    sign_in_code(&app, &setup.code, &address).await?;
    let user = accounts::make_first_administrator(&app, setup.login, setup.name, setup.password).await?;
    let (at, subject) = (app.now_ms(), user.login.clone());
    let made =
        AuditEntry { at, user: Some(user.id), action: Action::UserMade, subject, address: address.0.clone() };
    app.vault.audit(made).await?;
    session::begin(&app, user, address, cookies).await
}
