//! Accounts: making one, changing one. What anybody may know of a user is a registry event; his password is
//! in the vault.

use rounds_shared::{
    area::{AreaCode, DepartmentCode},
    ids::UserId,
    permission::Role,
    registry::{Event, Registry, User},
};

use crate::{
    app::App,
    auth::{check_login, check_password, plain_login},
    error::ApiError,
};

/// Longest name of a person, in bytes.
pub const NAME_BYTES_MAX: usize = 120;
/// Most areas of one user.
pub const USER_AREAS_MAX: usize = 64;

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The name he signs in with.
    pub login: String,
    /// His name as colleagues read it.
    pub name: String,
    /// What he may do.
    pub role: Role,
    /// Where.
    pub areas: Vec<AreaCode>,
    /// The department he belongs to.
    pub department: Option<DepartmentCode>,
    /// His first password.
    pub password: String,
}

/// What is to be changed of an account.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// His name.
    pub name: Option<String>,
    /// What he may do.
    pub role: Option<Role>,
    /// Where.
    pub areas: Option<Vec<AreaCode>>,
    /// The department he belongs to; none of them when the inner one is absent.
    pub department: Option<Option<DepartmentCode>>,
    /// Whether he may sign in.
    pub active: Option<bool>,
    /// A new password.
    pub password: Option<String>,
}

/// What was changed.
#[derive(Debug, Clone, Copy)]
pub struct Changed {
    /// His role.
    pub role: bool,
    /// Something else anybody may know.
    pub other: bool,
    /// His password.
    pub password: bool,
}

/// Makes an account.
///
/// # Errors
/// What is wrong with it, or that the login is taken.
pub async fn make_user(app: &App, new: NewUser) -> Result<User, ApiError> {
    let _registering = app.registering().await;
    make_user_in_turn(app, new).await
}

/// Makes the first administrator, of the whole city.
///
/// # Errors
/// What is wrong with it, or that there is one.
pub async fn make_first_administrator(
    app: &App,
    login: String,
    name: String,
    password: String,
) -> Result<User, ApiError> {
    let _registering = app.registering().await;
    if !app.setup_needed() {
        return Err(ApiError::SetupDone);
    }
    let (role, areas) = (Role::Administrator, vec![app.city.code.clone()]);
    let user =
        make_user_in_turn(app, NewUser { login, name, role, areas, department: None, password }).await?;
    app.vault.setup_code_spend().await?;
    Ok(user)
}

/// What an account would be.
///
/// # Errors
/// What is wrong with it, or that the login is taken.
pub(crate) fn new_user(registry: &Registry, new: &NewUser) -> Result<User, ApiError> {
    let login = plain_login(&new.login);
    check_login(&login)?;
    if registry.users().any(|user| user.login == login) {
        return Err(ApiError::LoginTaken);
    }
    let name = checked_name(&new.name)?;
    check_password(&new.password, &login)?;
    check_areas(registry, &new.areas)?;
    if new.department.as_ref().is_some_and(|department| !registry.departments().contains_key(department)) {
        return Err(ApiError::ValueInvalid { field: "department" });
    }
    let (areas, department) = (new.areas.clone(), new.department.clone());
    Ok(User { id: random_id()?, login, name, role: new.role, areas, department, active: true })
}

async fn make_user_in_turn(app: &App, new: NewUser) -> Result<User, ApiError> {
    let user = new_user(&app.intake.registry(), &new)?;
    let id = user.id;
    // The password first: one without a user is nobody's, a user without one could not sign in.
    let hash = app.passwords.hash(new.password).await?;
    app.vault.password_set(id, hash, app.now_ms()).await?;
    app.intake.register(vec![Event::UserPut(user.clone())]).await?;
    Ok(user)
}

/// Changes an account. A new password, or an account that is disabled, ends the user's sessions.
///
/// # Errors
/// What is wrong with it, or that nobody would keep the accounts any more.
pub async fn change_user(app: &App, id: UserId, change: UserChange) -> Result<(User, Changed), ApiError> {
    let _registering = app.registering().await;
    let registry = app.intake.registry();
    let before = registry.user(id).ok_or(ApiError::NotFound)?;
    let user = changed_user(&registry, before, &change)?;
    let role = user.role != before.role;
    let other = *before != User { role: before.role, ..user.clone() };
    let changed = Changed { role, other, password: change.password.is_some() };
    if changed.role || changed.other {
        app.intake.register(vec![Event::UserPut(user.clone())]).await?;
    }
    if let Some(password) = change.password {
        let hash = app.passwords.hash(password).await?;
        app.vault.password_set(id, hash, app.now_ms()).await?;
    }
    if changed.password || !user.active {
        app.vault.sessions_end(id, None).await?;
    }
    Ok((user, changed))
}

/// What an account would be after a change.
///
/// # Errors
/// What is wrong with it, or that nobody would keep the accounts any more.
pub(crate) fn changed_user(
    registry: &Registry,
    before: &User,
    change: &UserChange,
) -> Result<User, ApiError> {
    let mut user = before.clone();
    if let Some(name) = &change.name {
        user.name = checked_name(name)?;
    }
    if let Some(areas) = &change.areas {
        check_areas(registry, areas)?;
        user.areas.clone_from(areas);
    }
    if let Some(department) = &change.department {
        if department.as_ref().is_some_and(|code| !registry.departments().contains_key(code)) {
            return Err(ApiError::ValueInvalid { field: "department" });
        }
        user.department.clone_from(department);
    }
    user.role = change.role.unwrap_or(user.role);
    user.active = change.active.unwrap_or(user.active);
    if keeps_accounts(before) && !keeps_accounts(&user) {
        let others = registry.users().any(|other| other.id != user.id && keeps_accounts(other));
        let field = if user.active { "role" } else { "active" };
        others.then_some(()).ok_or(ApiError::ValueInvalid { field })?;
    }
    if let Some(password) = &change.password {
        check_password(password, &user.login)?;
    }
    Ok(user)
}

fn keeps_accounts(user: &User) -> bool {
    user.active && user.role == Role::Administrator
}

fn checked_name(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(ApiError::ValueInvalid { field: "name" });
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(ApiError::TextTooLong { field: "name", max: NAME_BYTES_MAX });
    }
    Ok(name.to_owned())
}

fn check_areas(registry: &Registry, areas: &[AreaCode]) -> Result<(), ApiError> {
    if areas.is_empty() || areas.len() > USER_AREAS_MAX {
        return Err(ApiError::ValueInvalid { field: "areas" });
    }
    if areas.iter().all(|area| registry.areas().contains_key(area)) {
        Ok(())
    } else {
        Err(ApiError::AreaMissing)
    }
}

fn random_id() -> Result<UserId, ApiError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(ApiError::internal)?;
    Ok(UserId::new(bytes))
}
