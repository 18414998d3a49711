//! The devices' bearer tokens.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use rounds_shared::{
    ids::DeviceId,
    registry::{Registry, User},
};

use super::SignedIn;
use crate::{app::App, error::ApiError, vault::Token};

/// How a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Enrolled, and its user may work.
    Good,
    /// Revoked: it may still deliver, and gets nothing.
    Revoked,
    /// Its user's account was disabled: likewise.
    UserDisabled,
}

/// An enrolled device, revoked or not: what it has recorded is taken in either way.
#[derive(Debug, Clone)]
pub struct DeviceSession {
    /// The device.
    pub device: DeviceId,
    /// Its user, as the registry has him now.
    pub user: User,
    /// How it stands.
    pub standing: Standing,
}

impl DeviceSession {
    /// Of an enrolled device, as the registry has it now.
    pub fn of(registry: &Registry, device: DeviceId) -> Option<Self> {
        let user = registry.device(device).and_then(|device| registry.user(device.user))?.clone();
        let standing = match (registry.revoked_at(device), user.active) {
            (Some(_), _) => Standing::Revoked,
            (None, false) => Standing::UserDisabled,
            (None, true) => Standing::Good,
        };
        Some(Self { device, user, standing })
    }

    /// # Errors
    /// When the device may deliver but not read.
    pub fn require_good(&self) -> Result<(), ApiError> {
        match self.standing {
            Standing::Good => Ok(()),
            Standing::Revoked => Err(ApiError::DeviceRevoked),
            Standing::UserDisabled => Err(ApiError::UserDisabled),
        }
    }
}

impl FromRequestParts<App> for DeviceSession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = bearer(parts).ok_or(ApiError::DeviceUnknown)?;
        let device = app.vault.device_of(&token).await?.ok_or(ApiError::DeviceUnknown)?;
        Self::of(&app.intake.registry(), device).ok_or(ApiError::DeviceUnknown)
    }
}

/// Somebody who may read: in the console, or with a device that stands well.
#[derive(Clone)]
pub struct Reader {
    /// Who.
    pub user: User,
}

impl FromRequestParts<App> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if parts.headers.contains_key(header::AUTHORIZATION) {
            let session = DeviceSession::from_request_parts(parts, app).await?;
            session.require_good()?;
            Ok(Self { user: session.user })
        } else {
            // Pictures and pokes are what a page asks for by itself.
            Ok(Self { user: SignedIn::without_presence(parts, app).await?.user })
        }
    }
}

fn bearer(parts: &Parts) -> Option<Token> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    Token::parse(value.strip_prefix("Bearer ")?)
}
