//! `GET /v1/audit`: who did what.

use axum::extract::State;
use rounds_shared::{ids::DeviceId, registry::Registry};
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::{Page, Paging, Person};
use crate::{
    app::App,
    auth::Administrator,
    error::{ApiError, ErrorBody},
    extract::{Json, Query},
    vault::{Action, AuditEntry},
};

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
#[utoipa::path(get, path = "/v1/audit", tag = "users", params(Paging), responses(
    (status = 200, body = Page<AuditRow>),
    (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<App>,
    _: Administrator,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<AuditRow>>, ApiError> {
    let (skip, take) = paging.offset_and_limit();
    let page = app.vault.audit_page(skip, take).await?;
    let registry = app.intake.registry();
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
