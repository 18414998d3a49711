//! Devices come and go: enrolling one, revoking one.

use axum::{extract::State, http::StatusCode};
use data_encoding::HEXLOWER;
use rounds_shared::{
    envelope::{PublicKey, Signature},
    ids::DeviceId,
    permission::Role,
    protocol::{EnrolReply, EnrolRequest, limits::SHORT_TEXT_BYTES_MAX},
    registry::{Device, DeviceKind, Event, User},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{Address, Administrator, sign_in},
    error::{ApiError, ErrorBody},
    extract::{Json, Path},
    vault::{Action, AuditEntry},
};

/// Longest name of a device, in bytes.
const DEVICE_NAME_BYTES_MAX: usize = 120;

/// Why a device is revoked.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Revocation {
    reason: String,
}

/// Signs a device in, once, online: the person shows his password, the device that it has its key.
#[utoipa::path(post, path = "/v1/devices", tag = "devices", request_body = EnrolRequest, responses(
    (status = 200, body = EnrolReply),
    (status = "4XX", description = "wrong_password, locked_out, user_disabled, role_not_allowed, device_revoked, value_invalid", body = ErrorBody)))]
pub async fn enrol(
    State(app): State<App>,
    address: Address,
    Json(request): Json<EnrolRequest>,
) -> Result<Json<EnrolReply>, ApiError> {
    let device_name = request.device_name.trim();
    if device_name.is_empty() || device_name.len() > DEVICE_NAME_BYTES_MAX {
        return Err(ApiError::ValueInvalid { field: "device_name" });
    }
    let key = proven_key(&app, &request)?;
    let user = sign_in(&app, &request.login, &request.password, &address).await?;
    match user.role {
        Role::Inspector | Role::Unit | Role::Supervisor | Role::Administrator => {}
        // 监督代表 need a phone where a 督查 asks for them.
        Role::Observer => {
            let registry = app.intake.registry();
            let is_asked = registry.assignments().any(|assignment| assignment.people.contains(&user.id));
            is_asked.then_some(()).ok_or(ApiError::RoleNotAllowed)?;
        }
    }
    let device = register(&app, &user, key, device_name).await?;
    let (at, subject) = (app.now_ms(), device.to_string());
    let entry =
        AuditEntry { at, user: Some(user.id), action: Action::DeviceEnrolled, subject, address: address.0 };
    app.vault.audit(entry).await?;
    let token = app.vault.device_token_make(device, at).await?;
    Ok(Json(EnrolReply {
        token: token.reveal(),
        user: user.id,
        name: user.name,
        role: user.role,
        server_key: HEXLOWER.encode(app.vault.server_key().public().as_bytes()),
        server_time: at,
    }))
}

/// The key, if the device has its secret half: without that, somebody could enrol another's key.
fn proven_key(app: &App, request: &EnrolRequest) -> Result<PublicKey, ApiError> {
    let key =
        PublicKey::from_hex(&request.device_key).ok_or(ApiError::ValueInvalid { field: "device_key" })?;
    let proof = HEXLOWER.decode(request.proof.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    let proof = proof.map(Signature::new).ok_or(ApiError::ValueInvalid { field: "proof" })?;
    let message = EnrolRequest::proof_message(&request.login, &app.vault.server_key().public());
    if key.signed(&message, &proof) { Ok(key) } else { Err(ApiError::ValueInvalid { field: "proof" }) }
}

/// Registers the device. One that enrolled before, and whose token was lost, is the device it was.
async fn register(app: &App, user: &User, key: PublicKey, name: &str) -> Result<DeviceId, ApiError> {
    let _registering = app.registering().await;
    let id = DeviceId::of(&key);
    let registry = app.intake.registry();
    match registry.device(id) {
        Some(_) if registry.revoked_at(id).is_some() => Err(ApiError::DeviceRevoked),
        Some(device) if device.user == user.id => Ok(id),
        Some(_) => Err(ApiError::ValueInvalid { field: "device_key" }),
        None => {
            let device = Device { id, key, user: user.id, name: name.to_owned(), kind: DeviceKind::Phone };
            app.intake.register(vec![Event::DeviceEnrolled(device)]).await?;
            Ok(id)
        }
    }
}

/// Revokes a device: it may still deliver, everything it delivers is held, and it gets nothing more.
#[utoipa::path(post, path = "/v1/devices/{id}/revoke", tag = "devices", params(("id" = DeviceId, Path,)),
    request_body = Revocation, responses(
    (status = 204),
    (status = "4XX", description = "not_found, reason_required, text_too_long", body = ErrorBody)))]
pub async fn revoke(
    State(app): State<App>,
    Administrator(signed_in): Administrator,
    Path(id): Path<DeviceId>,
    Json(revocation): Json<Revocation>,
) -> Result<StatusCode, ApiError> {
    let reason = revocation.reason.trim();
    if reason.is_empty() {
        return Err(ApiError::ReasonRequired);
    }
    if reason.len() > SHORT_TEXT_BYTES_MAX {
        return Err(ApiError::TextTooLong { field: "reason", max: SHORT_TEXT_BYTES_MAX });
    }
    let _registering = app.registering().await;
    let registry = app.intake.registry();
    let device = registry.device(id).ok_or(ApiError::NotFound)?;
    match device.kind {
        DeviceKind::Phone => {}
        // The console's key is the server's own; whoever must not use it is disabled as a user.
        DeviceKind::Console => return Err(ApiError::NotFound),
    }
    if registry.revoked_at(id).is_none() {
        let (reason, by) = (reason.to_owned(), signed_in.user.id);
        app.intake.register(vec![Event::DeviceRevoked { device: id, reason, by }]).await?;
        signed_in.audit(&app, Action::DeviceRevoked, id.to_string()).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
