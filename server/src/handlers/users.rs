//! `/v1/users`: the accounts.

use axum::extract::State;
use rounds_shared::{
    area::{AreaCode, DepartmentCode},
    ids::UserId,
    permission::Role,
    registry::{DeviceKind, Registry, User},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shapes::AreaRow;
use crate::{
    accounts::{self, NewUser, UserChange},
    app::App,
    auth::{Administrator, Reviewer},
    error::{ApiError, ErrorBody},
    extract::{Json, Path, Query},
    sight,
    vault::Action,
};

/// An account as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserRow {
    pub(super) id: UserId,
    pub(super) login: String,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) areas: Vec<AreaRow>,
    pub(super) department: Option<DepartmentCode>,
    /// Whether he may sign in.
    pub(super) active: bool,
    /// How many phones are enrolled in his name and not revoked.
    pub(super) devices: usize,
}

impl UserRow {
    fn new(registry: &Registry, user: &User) -> Self {
        let phone = |kind| match kind {
            DeviceKind::Phone => true,
            DeviceKind::Console => false,
        };
        let own = registry.devices().filter(|device| device.user == user.id && phone(device.kind));
        Self {
            id: user.id,
            login: user.login.clone(),
            name: user.name.clone(),
            role: user.role,
            areas: user.areas.iter().map(|area| AreaRow::of(registry, area.as_str())).collect(),
            department: user.department.clone(),
            active: user.active,
            devices: own.filter(|device| registry.revoked_at(device.id).is_none()).count(),
        }
    }
}

/// Which accounts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserFilter {
    /// Only this role.
    role: Option<Role>,
    /// A part of the name or the login.
    query: Option<String>,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
pub struct UserDraft {
    login: String,
    name: String,
    role: Role,
    areas: Vec<AreaCode>,
    department: Option<DepartmentCode>,
    password: String,
}

/// What is to be changed of an account; what is absent stays.
#[derive(Deserialize, ToSchema)]
pub struct UserPatch {
    name: Option<String>,
    role: Option<Role>,
    areas: Option<Vec<AreaCode>>,
    active: Option<bool>,
    password: Option<String>,
}

/// The accounts, by name. A supervisor sees those whose areas touch his.
#[utoipa::path(get, path = "/v1/users", tag = "users", params(UserFilter), responses(
    (status = 200, body = Vec<UserRow>),
    (status = "4XX", body = ErrorBody)))]
pub async fn list(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(filter): Query<UserFilter>,
) -> Json<Vec<UserRow>> {
    Json(rows(&app.intake.registry(), &signed_in.user, &filter))
}

/// The accounts in somebody's care, by name.
pub(super) fn rows(registry: &Registry, own: &User, filter: &UserFilter) -> Vec<UserRow> {
    let touches = |user: &&User| sight::cares_for(own, user);
    let role = |user: &&User| filter.role.is_none_or(|role| user.role == role);
    let query = filter.query.as_deref().unwrap_or_default().trim().to_lowercase();
    let named = |user: &&User| format!("{} {}", user.name, user.login).to_lowercase().contains(&query);
    let mut users: Vec<&User> = registry.users().filter(role).filter(touches).filter(named).collect();
    users.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    users.into_iter().map(|user| UserRow::new(registry, user)).collect()
}

/// Makes an account.
#[utoipa::path(post, path = "/v1/users", tag = "users", request_body = UserDraft, responses(
    (status = 200, body = UserRow),
    (status = "4XX", description = "login_taken, login_invalid, password_too_short, password_too_common, area_missing, value_invalid", body = ErrorBody)))]
pub async fn create(
    State(app): State<App>,
    Administrator(signed_in): Administrator,
    Json(draft): Json<UserDraft>,
) -> Result<Json<UserRow>, ApiError> {
    let UserDraft { login, name, role, areas, department, password } = draft;
    let user = accounts::make_user(&app, NewUser { login, name, role, areas, department, password }).await?;
    signed_in.audit(&app, Action::UserMade, user.login.clone()).await?;
    Ok(Json(UserRow::new(&app.intake.registry(), &user)))
}

/// Changes an account.
#[utoipa::path(patch, path = "/v1/users/{id}", tag = "users", params(("id" = UserId, Path,)), request_body = UserPatch,
    responses(
    (status = 200, body = UserRow),
    (status = "4XX", description = "not_found, area_missing, value_invalid, password_too_short, password_too_common", body = ErrorBody)))]
pub async fn change(
    State(app): State<App>,
    Administrator(signed_in): Administrator,
    Path(id): Path<UserId>,
    Json(patch): Json<UserPatch>,
) -> Result<Json<UserRow>, ApiError> {
    let UserPatch { name, role, areas, active, password } = patch;
    let change = UserChange { name, role, areas, active, password, ..UserChange::default() };
    let (user, changed) = accounts::change_user(&app, id, change).await?;
    let done = [
        (changed.role, Action::RoleChanged),
        (changed.other, Action::UserChanged),
        (changed.password, Action::PasswordChanged),
    ];
    for (_, action) in done.into_iter().filter(|(happened, _)| *happened) {
        signed_in.audit(&app, action, user.login.clone()).await?;
    }
    Ok(Json(UserRow::new(&app.intake.registry(), &user)))
}
