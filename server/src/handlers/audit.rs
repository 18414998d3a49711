//! `GET /v1/audit`: who did what.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::{Page, Paging, Person};
use crate::{
    app::App,
    auth::Administrator,
    error::{ApiError, ErrorBody},
    extract::{Json, Query},
    vault::Action,
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
    /// To whom or what.
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
        subject: entry.subject,
        address: entry.address,
    });
    Ok(Json(Page { rows: rows.collect(), total: page.total }))
}
