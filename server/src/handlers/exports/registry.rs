//! Who and where: people, what they did, devices, sites.

use axum::{extract::State, response::Response};

use rusqlite::Connection;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Asked, mark, place};
use crate::{
    app::App,
    auth::{Administrator, Reviewer, SignedIn},
    error::{ApiError, ErrorBody},
    export::{Cell, FileQuery, Row, Rows, Sheet},
    extract::Query,
    handlers::{
        audit::{self, AuditQuery},
        devices::{self, DeviceRow},
        shapes::{AreaRow, Person, Point, SiteRow, Text},
        sites::{self, SiteFilter},
        users::{self, UserFilter},
    },
};

const MINUTE_MS: i64 = 60_000;

const USERS: Sheet = Sheet {
    name: "users",
    columns: &[
        ("user", 14),
        ("login", 18),
        ("role", 12),
        ("areas", 40),
        ("department", 20),
        ("active", 8),
        ("devices", 8),
    ],
};

/// The accounts as a file.
#[utoipa::path(get, path = "/v1/exports/users", tag = "exports", params(UserFilter, FileQuery), responses(
    (status = 200, content_type = "application/octet-stream"), (status = "4XX", body = ErrorBody)))]
pub async fn users(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(filter): Query<UserFilter>,
    asked: Asked,
) -> Result<Response, ApiError> {
    let registry = app.intake.registry();
    let users = users::rows(&registry, &signed_in.user, &filter);
    let list = move |_: &Connection, rows: &mut Rows| {
        let words = rows.words;
        users.into_iter().try_for_each(|user| {
            let department = user.department.and_then(|code| registry.departments().get(&code));
            let department = department.map(|one| words.text(&Text::new(&one.zh, &one.en)));
            rows.put(vec![
                user.name.into(),
                user.login.into(),
                words.code("role", user.role.as_str()).into(),
                words.names(user.areas.iter().map(|area| area.short.as_str())).into(),
                department.into(),
                mark(words, user.active),
                (user.devices as u64).into(),
            ])
        })
    };
    asked.answer(&app, &signed_in, USERS, list).await
}

const AUDIT: Sheet = Sheet {
    name: "audit",
    columns: &[("at", 18), ("action", 14), ("user", 14), ("subject", 40), ("address", 20)],
};

/// The audit trail as a file, in which its making is the first line.
#[utoipa::path(get, path = "/v1/exports/audit", tag = "exports", params(AuditQuery, FileQuery), responses(
    (status = 200, content_type = "application/octet-stream"), (status = "4XX", body = ErrorBody)))]
pub async fn audit(
    State(app): State<App>,
    Administrator(signed_in): Administrator,
    Query(query): Query<AuditQuery>,
    asked: Asked,
) -> Result<Response, ApiError> {
    let (registry, vault) = (app.intake.registry(), app.vault.clone());
    let filter = query.filter(&registry)?;
    let list = move |_: &Connection, rows: &mut Rows| {
        vault.each_audited(&filter, |entry| {
            let user = entry.user.map(|user| Person::of(&registry, user).name);
            rows.put(vec![
                Cell::Moment(entry.at),
                rows.words.code("audit.actions", entry.action.as_str()).into(),
                user.into(),
                audit::subject(&registry, &entry).into(),
                entry.address.into(),
            ])
        })
    };
    asked.answer(&app, &signed_in, AUDIT, list).await
}

const DEVICES: Sheet = Sheet {
    name: "devices",
    columns: &[
        ("device", 22),
        ("device_kind", 10),
        ("user", 14),
        ("unsent", 10),
        ("unsent_since", 18),
        ("cloned", 10),
        ("clock_minutes", 12),
        ("version", 12),
        ("last_contact", 18),
        ("enrolled_at", 18),
        ("revoked_at", 18),
        ("revoked_why", 40),
        ("wiped_at", 18),
    ],
};

/// Which devices are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeviceFilter {
    /// `1`: only those that hold work that has not come.
    unsent: Option<String>,
    /// A part of the device's name or of its user's.
    query: Option<String>,
}

impl DeviceFilter {
    fn wants(&self, device: &DeviceRow) -> bool {
        let query = self.query.as_deref().unwrap_or_default().trim();
        (self.unsent.as_deref() != Some("1") || device.unsent)
            && format!("{} {}", device.name, device.user.name).contains(query)
    }
}

/// The devices as a file.
#[utoipa::path(get, path = "/v1/exports/devices", tag = "exports", params(DeviceFilter, FileQuery), responses(
    (status = 200, content_type = "application/octet-stream"), (status = "4XX", body = ErrorBody)))]
pub async fn devices(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(filter): Query<DeviceFilter>,
    asked: Asked,
) -> Result<Response, ApiError> {
    let mut devices = devices::rows(&app, &signed_in.user).await?;
    devices.retain(|device| filter.wants(device));
    let list = move |_: &Connection, rows: &mut Rows| {
        let words = rows.words;
        devices.into_iter().try_for_each(|device| {
            let skew = device.clock_skew_ms.map(|skew| (skew / MINUTE_MS).to_string());
            rows.put(vec![
                device.name.into(),
                words.code("devices.kind", &device.kind).into(),
                device.user.name.into(),
                device.n_claimed.saturating_sub(device.n_received).into(),
                device.unsent_since.map_or(Cell::Nothing, Cell::Moment),
                mark(words, device.cloned),
                skew.into(),
                device.version.into(),
                device.last_contact.map_or(Cell::Nothing, Cell::Moment),
                Cell::Moment(device.enrolled_at),
                device.revoked_at.map_or(Cell::Nothing, Cell::Moment),
                device.reason.into(),
                device.wiped_at.map_or(Cell::Nothing, Cell::Moment),
            ])
        })
    };
    asked.answer(&app, &signed_in, DEVICES, list).await
}

const SITES: Sheet = Sheet {
    name: "sites",
    columns: &[
        ("area_path", 22),
        ("area", 30),
        ("site", 24),
        ("site_kind", 14),
        ("site_id", 18),
        ("latitude", 12),
        ("longitude", 12),
    ],
};

/// The sites as a file.
#[utoipa::path(get, path = "/v1/exports/sites", tag = "exports", params(SiteFilter, FileQuery), responses(
    (status = 200, content_type = "application/octet-stream"), (status = "4XX", body = ErrorBody)))]
pub async fn sites(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(filter): Query<SiteFilter>,
    asked: Asked,
) -> Result<Response, ApiError> {
    let (registry, own) = (app.intake.registry(), signed_in.user.clone());
    let list = move |_: &Connection, rows: &mut Rows| {
        let words = rows.words;
        sites::wanted(&registry, &own, &filter).try_for_each(|site| {
            let Some(row) = SiteRow::of(&registry, site.id.as_str()) else { return Ok(()) };
            let point = site.point.map(Point::from);
            let mut cells = place(&AreaRow::of(&registry, site.area.as_str()), Some(&row)).to_vec();
            cells.extend([
                words.text(&row.kind_name).into(),
                row.id.into(),
                point.map_or(Cell::Nothing, |point| Cell::Degrees(point.lat)),
                point.map_or(Cell::Nothing, |point| Cell::Degrees(point.lon)),
            ]);
            rows.put(Row { cells, point })
        })
    };
    asked.answer(&app, &signed_in, SITES, list).await
}
