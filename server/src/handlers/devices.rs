//! 设备: who holds unsent work, and when each was last heard of.

use axum::extract::State;
use rounds_shared::registry::{DeviceKind, User};
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::Person;
use crate::{
    app::App,
    auth::Reviewer,
    error::{ApiError, ErrorBody},
    extract::Json,
    sight, views,
};

/// A device.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceRow {
    /// Its id.
    pub(super) id: String,
    /// What its owner calls it.
    pub(super) name: String,
    /// Whose it is.
    pub(super) user: Person,
    /// `phone`, or `console` for the key the server keeps for a supervisor.
    #[schema(value_type = DeviceKind)]
    pub(super) kind: String,
    /// When it was enrolled, in milliseconds.
    pub(super) enrolled_at: i64,
    /// When it was last heard of, in milliseconds.
    pub(super) last_contact: Option<i64>,
    /// The app's version.
    pub(super) version: Option<String>,
    /// The highest envelope number received from it.
    pub(super) n_received: u64,
    /// The highest envelope number it says it has made.
    pub(super) n_claimed: u64,
    /// Whether it holds work that has not come.
    pub(super) unsent: bool,
    /// Since when it has held such work at every call, as far as is known, in milliseconds.
    pub(super) unsent_since: Option<i64>,
    /// Whether its numbering forked: its data were copied to another device.
    pub(super) cloned: bool,
    /// When it was revoked, in milliseconds.
    pub(super) revoked_at: Option<i64>,
    /// Why it was revoked.
    pub(super) reason: Option<String>,
    /// When it was last told to erase itself: a revoked device is, once everything it has made has come.
    pub(super) wiped_at: Option<i64>,
    /// How far its clock is ahead, in milliseconds.
    pub(super) clock_skew_ms: Option<i64>,
}

/// The devices of the people in the user's care.
#[utoipa::path(get, path = "/v1/devices", tag = "devices",
    responses((status = 200, body = Vec<DeviceRow>), (status = 401, body = ErrorBody)))]
pub async fn list(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
) -> Result<Json<Vec<DeviceRow>>, ApiError> {
    rows(&app, &signed_in.user).await.map(Json)
}

/// The devices of the people in somebody's care.
pub(super) async fn rows(app: &App, own: &User) -> Result<Vec<DeviceRow>, ApiError> {
    let registry = app.intake.registry();
    let contacts = app.vault.contacts().await.map_err(ApiError::internal)?;
    let received = app.readers.read(views::devices::all).map_err(ApiError::internal)?;
    Ok(received
        .into_iter()
        .filter_map(|received| {
            let device = registry.device(received.device)?;
            registry.user(device.user).filter(|user| sight::cares_for(own, user))?;
            let contact = contacts.get(&received.device);
            let n_claimed = contact.map_or(received.n, |contact| contact.n_made.max(received.n));
            Some(DeviceRow {
                id: device.id.to_string(),
                name: device.name.clone(),
                user: Person::of(&registry, device.user),
                kind: match device.kind {
                    DeviceKind::Phone => "phone".to_owned(),
                    DeviceKind::Console => "console".to_owned(),
                },
                enrolled_at: received.enrolled_at,
                last_contact: contact.map(|contact| contact.last_contact).or(received.last_at),
                version: contact.map(|contact| contact.version.clone()),
                n_received: received.n,
                n_claimed,
                unsent: n_claimed > received.n,
                unsent_since: contact
                    .filter(|_| n_claimed > received.n)
                    .and_then(|contact| contact.unsent_since),
                cloned: received.forks > 0,
                revoked_at: received.revoked_at,
                reason: received.reason,
                wiped_at: contact.and_then(|contact| contact.wiped_at),
                clock_skew_ms: contact.map(|contact| contact.clock_skew_ms),
            })
        })
        .collect())
}

impl DeviceRow {
    pub(super) fn holds_work(&self) -> bool {
        self.unsent && self.revoked_at.is_none()
    }
}
