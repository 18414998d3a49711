//! `GET /v1/audit`: who did what.

use axum::extract::State;
use rounds_shared::{ids::DeviceId, registry::Registry};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shapes::{Page, Paging, Person};
use crate::{
    app::App,
    auth::Administrator,
    error::{ApiError, ErrorBody},
    extract::{Json, Query},
    vault::{Action, AuditEntry, AuditFilter},
};

/// Which lines are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// What was done.
    action: Option<String>,
    /// A part of what the line says: of a person's name or login, a device's name, a subject, an address.
    query: Option<String>,
}

impl AuditQuery {
    pub(super) fn filter(self, registry: &Registry) -> Result<AuditFilter, ApiError> {
        let action = self.action.filter(|action| !action.is_empty());
        let action = action
            .map(|action| Action::parse(&action).ok_or(ApiError::ValueInvalid { field: "action" }))
            .transpose()?;
        let text = self.query.unwrap_or_default().trim().to_owned();
        let says = |part: &str| part.contains(&text);
        let people = registry.users().filter(|user| says(&user.name) || says(&user.login));
        let devices = registry.devices().filter(|device| {
            says(&device.name) || registry.user(device.user).is_some_and(|user| says(&user.name))
        });
        let named = if text.is_empty() {
            Vec::new()
        } else {
            people
                .map(|user| user.id.to_string())
                .chain(devices.map(|device| device.id.to_string()))
                .collect()
        };
        Ok(AuditFilter { action, text, named })
    }
}

/// A line of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditRow {
    /// When, in milliseconds.
    at: i64,
    /// Who; none when nobody was signed in.
    user: Option<Person>,
    /// What.
    action: Action,
    /// To whom or what: a device with whose it is and what he calls it before its id.
    subject: String,
    /// From which network address.
    address: String,
}

/// The audit trail, newest first.
#[utoipa::path(get, path = "/v1/audit", tag = "users", params(AuditQuery, Paging), responses(
    (status = 200, body = Page<AuditRow>),
    (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<App>,
    _: Administrator,
    Query(query): Query<AuditQuery>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<AuditRow>>, ApiError> {
    let (skip, take) = paging.offset_and_limit();
    let registry = app.intake.registry();
    let page = app.vault.audit_page(query.filter(&registry)?, skip, take).await?;
    let rows = page.rows.into_iter().map(|entry| AuditRow {
        at: entry.at,
        user: entry.user.map(|user| Person::of(&registry, user)),
        action: entry.action,
        subject: subject(&registry, &entry),
        address: entry.address,
    });
    Ok(Json(Page { rows: rows.collect(), total: page.total }))
}

/// To whom or what, as people read it.
pub(super) fn subject(registry: &Registry, entry: &AuditEntry) -> String {
    let said = &entry.subject;
    if !matches!(entry.action, Action::DeviceEnrolled | Action::DeviceRevoked) {
        return said.clone();
    }
    let device = said.parse::<DeviceId>().ok().and_then(|id| registry.device(id));
    device.map_or_else(
        || said.clone(),
        |device| format!("{}·{} {said}", Person::of(registry, device.user).name, device.name),
    )
}
