//! 人员 from a table: an account is known by its login.

use std::collections::BTreeMap;

use rounds_shared::{
    permission::Role,
    registry::{Registry, User},
};

use super::{Fault, FaultCode, ImportOutcome, ImportRow, Judged, columns, columns::Columns, outcome};
use crate::{
    accounts::{self, NewUser, UserChange},
    app::App,
    auth::plain_login,
    error::ApiError,
    export::{Language, Sheet, Words},
    sheet::Table,
};

/// Accounts that one table may make or give a password: each costs the server some processor time.
const PASSWORDS_MAX: usize = 300;

pub(super) const NEEDED: [&str; 4] = ["login", "user", "role", "areas"];

pub(super) const SHEET: Sheet = Sheet {
    name: "users",
    columns: &[
        ("login", 18),
        ("user", 14),
        ("role", 12),
        ("areas", 40),
        ("department", 20),
        ("active", 10),
        ("password", 20),
    ],
};

/// What a row asks for.
enum Wanted {
    Make(NewUser),
    Change(User, UserChange),
}

pub(super) async fn import(
    app: &App,
    table: &Table,
    columns: &Columns,
    confirmed: bool,
) -> Result<Vec<ImportRow>, ApiError> {
    let judged = judge(&app.intake.registry(), table, columns);
    let sets = |one: &Judged<Wanted>| match &one.verdict {
        Ok((.., Some(Wanted::Make(_)))) => true,
        Ok((.., Some(Wanted::Change(_, change)))) => change.password.is_some(),
        Ok((.., None)) | Err(_) => false,
    };
    if judged.iter().filter(|one| sets(one)).count() > PASSWORDS_MAX {
        return Err(ApiError::ImportTooLarge { max: PASSWORDS_MAX });
    }
    let mut rows = Vec::with_capacity(judged.len());
    for one in judged {
        let mut row = one.row();
        if let (true, Ok((_, _, Some(wanted)))) = (confirmed, one.verdict) {
            let done = match wanted {
                Wanted::Make(new) => accounts::make_user(app, new).await.map(drop),
                Wanted::Change(user, change) => accounts::change_user(app, user.id, change).await.map(drop),
            };
            // Somebody else may have changed the same meanwhile.
            if let Err(error) = done {
                row.fault = Some(fault(error, &row.name)?);
                row.outcome = ImportOutcome::Faulty;
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

fn judge(registry: &Registry, table: &Table, columns: &Columns) -> Vec<Judged<Wanted>> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let judge_one = |(row, cells): &(u32, Vec<String>)| {
        let login = plain_login(columns.get(cells, "login").unwrap_or_default());
        let verdict = match seen.insert(login.clone(), *row) {
            Some(before) if !login.is_empty() => Err(Fault::new(FaultCode::Twice, "login", before)),
            Some(_) | None => wanted(registry, columns, cells, &login),
        };
        let name = columns.get(cells, "user").map_or_else(|| login.clone(), |name| format!("{name} {login}"));
        Judged { row: *row, name, verdict }
    };
    table.rows.iter().map(judge_one).collect()
}

type Verdict = Result<(ImportOutcome, Vec<&'static str>, Option<Wanted>), Fault>;

fn wanted(registry: &Registry, columns: &Columns, cells: &[String], login: &str) -> Verdict {
    columns.need(cells, "login")?;
    let name = columns.need(cells, "user")?.to_owned();
    let role = columns.need(cells, "role")?;
    let role = columns::coded(role, Role::ALL, |one| columns::words("role", one.as_str()))
        .ok_or_else(|| Fault::new(FaultCode::Unknown, "role", role))?;
    let named = columns::list(columns.need(cells, "areas")?);
    let areas = named.map(|text| columns::area(registry, "areas", text, None).map(|area| area.code.clone()));
    let areas = areas.collect::<Result<Vec<_>, _>>()?;
    let department = columns.get(cells, "department").map(|text| columns::department(registry, text));
    let department = department.transpose()?;
    let active = columns.get(cells, "active").map(yes_or_no).transpose()?;
    let password = columns.get(cells, "password").map(str::to_owned);
    let found =
        |error| fault(error, login).unwrap_or_else(|_| Fault::new(FaultCode::Invalid, "login", login));
    let Some(before) = registry.users().find(|user| user.login == login) else {
        let password = password.ok_or_else(|| Fault::new(FaultCode::Missing, "password", ""))?;
        if active == Some(false) {
            return Err(Fault::new(
                FaultCode::Invalid,
                "active",
                columns.get(cells, "active").unwrap_or_default(),
            ));
        }
        let new = NewUser { login: login.to_owned(), name, role, areas, department, password };
        accounts::new_user(registry, &new).map_err(found)?;
        return Ok((ImportOutcome::Made, Vec::new(), Some(Wanted::Make(new))));
    };
    let change = UserChange {
        name: Some(name),
        role: Some(role),
        areas: Some(areas),
        // An empty cell leaves it as it is.
        department: department.map(Some),
        active,
        password,
    };
    let after = accounts::changed_user(registry, before, &change).map_err(found)?;
    let differences = [
        ("user", after.name != before.name),
        ("role", after.role != before.role),
        ("areas", after.areas != before.areas),
        ("department", after.department != before.department),
        ("active", after.active != before.active),
        ("password", change.password.is_some()),
    ];
    let changes: Vec<_> =
        differences.into_iter().filter_map(|(key, differs)| differs.then_some(key)).collect();
    let change = (!changes.is_empty()).then(|| Wanted::Change(before.clone(), change));
    Ok((outcome(true, &changes), changes, change))
}

fn yes_or_no(text: &str) -> Result<bool, Fault> {
    let said = |holds: bool| {
        let key = if holds { "yes" } else { "no" };
        let mut words =
            [Language::Zh, Language::En].map(|one| Words::of(one).word("export", key).to_owned()).to_vec();
        words.extend(if holds { ["1", "true"] } else { ["0", "false"] }.map(str::to_owned));
        words
    };
    columns::coded(text, [true, false], said).ok_or_else(|| Fault::new(FaultCode::Invalid, "active", text))
}

/// What is wrong with a row by what making an account is refused with.
fn fault(error: ApiError, login: &str) -> Result<Fault, ApiError> {
    Ok(match error {
        ApiError::LoginInvalid => Fault::new(FaultCode::Invalid, "login", login),
        ApiError::LoginTaken => Fault::new(FaultCode::Twice, "login", login),
        ApiError::PasswordTooShort { .. } | ApiError::PasswordTooCommon => {
            Fault::new(FaultCode::PasswordWeak, "password", "")
        }
        ApiError::AreaMissing | ApiError::ValueInvalid { field: "areas" } => {
            Fault::new(FaultCode::Invalid, "areas", "")
        }
        ApiError::ValueInvalid { field: "role" | "active" } => {
            Fault::new(FaultCode::LastAdministrator, "role", login)
        }
        ApiError::ValueInvalid { .. } => Fault::new(FaultCode::Invalid, "user", login),
        ApiError::TextTooLong { field: "password", .. } => Fault::new(FaultCode::TooLong, "password", ""),
        ApiError::TextTooLong { .. } => Fault::new(FaultCode::TooLong, "user", ""),
        other => return Err(other),
    })
}
