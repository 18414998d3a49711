//! Giving a person the key of what he has on a device, whose PIN he has forgotten.

use axum::extract::State;
use data_encoding::HEXLOWER;
use rounds_shared::protocol::{RecoveryReply, RecoveryRequest, open_key};

use crate::{
    app::App,
    auth::{Address, sign_in},
    error::{ApiError, ErrorBody},
    extract::Json,
    vault::{Action, AuditEntry},
};

/// Opens a key that a device has sealed to this server, for the person whose it is. He shows who he is as whoever signs
/// in, and guesses count like his.
#[utoipa::path(post, path = "/v1/recovery", tag = "devices", request_body = RecoveryRequest, responses(
    (status = 200, body = RecoveryReply),
    (status = "4XX", description = "wrong_password, locked_out, user_disabled, recovery_refused", body = ErrorBody)))]
pub async fn recover(
    State(app): State<App>,
    address: Address,
    Json(request): Json<RecoveryRequest>,
) -> Result<Json<RecoveryReply>, ApiError> {
    let user = sign_in(&app, &request.login, &request.password, &address).await?;
    let sealed = HEXLOWER.decode(request.sealed.as_bytes()).ok();
    let opened = sealed.and_then(|sealed| open_key(&sealed, app.vault.server_key()));
    // Another person's is refused in the same words as another server's: nobody learns whose it is.
    let key = opened.filter(|(of, _)| *of == user.id).map(|(_, key)| HEXLOWER.encode(&key));
    let action = if key.is_some() { Action::KeyRecovered } else { Action::RecoveryRefused };
    let (at, subject) = (app.now_ms(), user.login.clone());
    app.vault.audit(AuditEntry { at, user: Some(user.id), action, subject, address: address.0 }).await?;
    key.map(|key| Json(RecoveryReply { key })).ok_or(ApiError::RecoveryRefused)
}
