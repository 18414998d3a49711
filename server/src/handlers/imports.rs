//! 导入: people, sites and management zones from a table. First it is said what each row would make or change, and what is
//! wrong with it; the same file with `confirm` does it. Rows that are wrong are left out, and named.

mod columns;
mod sites;
mod users;
mod zones;

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::Response,
};
use rounds_shared::{calendar::Day, permission::Role, registry::Event};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use self::columns::Columns;
use crate::{
    app::App,
    auth::{Reviewer, SignedIn},
    error::{ApiError, ErrorBody},
    export::{Cell, Column, Format, Language, Rows, Sheet, Words},
    extract::{Json, Path, Query},
    sheet::{SHEET_BYTES_MAX, SHEET_ROWS_MAX, SheetError, Table},
    vault::Action,
};

/// What a table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// 人员
    Users,
    /// 点位
    Sites,
    /// 管理区
    Zones,
}

impl Subject {
    fn sheet(self) -> Sheet {
        match self {
            Self::Users => users::SHEET,
            Self::Sites => sites::SHEET,
            Self::Zones => zones::SHEET,
        }
    }

    /// The columns that must be there.
    fn needed(self) -> &'static [&'static str] {
        match self {
            Self::Users => &users::NEEDED,
            Self::Sites => &sites::NEEDED,
            Self::Zones => &zones::NEEDED,
        }
    }

    /// Whoever may make one by hand may bring a table of them.
    fn require(self, signed_in: &SignedIn) -> Result<(), ApiError> {
        match (self, signed_in.user.role) {
            (Self::Sites, _) | (Self::Users | Self::Zones, Role::Administrator) => Ok(()),
            (Self::Users | Self::Zones, _) => Err(ApiError::RoleNotAllowed),
        }
    }
}

/// How an import is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// `1`: does it. Without it, nothing is changed.
    confirm: Option<String>,
    /// Which language the headings are named in when one is missing; 中文 when nothing is said.
    #[serde(default)]
    #[param(inline)]
    language: Language,
}

/// What becomes of a table, or what would.
#[derive(Debug, Serialize, ToSchema)]
pub struct Import {
    /// Its rows.
    rows: Vec<ImportRow>,
    /// Whether it was done; otherwise it was only looked at.
    done: bool,
}

/// What becomes of a row.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportRow {
    /// Its number in the sheet: the headings are row 1.
    row: u32,
    /// What it is about.
    name: String,
    /// What becomes of it.
    outcome: ImportOutcome,
    /// Which columns it changes.
    changes: Vec<&'static str>,
    /// What is wrong with it.
    fault: Option<Fault>,
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// It is new.
    Made,
    /// It changes what is there.
    Changed,
    /// It says what is there already.
    Same,
    /// Something is wrong with it: it is left out.
    Faulty,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// What: a sentence of the language files.
    code: FaultCode,
    /// In which column.
    column: &'static str,
    /// What stands there, or the number of another row that says the same.
    value: String,
}

/// What may be wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// Nothing stands where something must.
    Missing,
    /// It names nothing that there is.
    Unknown,
    /// It names more than one.
    Ambiguous,
    /// It is not what such a value looks like.
    Invalid,
    /// It is longer than allowed.
    TooLong,
    /// It lies outside the own areas.
    OutsideScope,
    /// A site lies in a community or village.
    NotCommunity,
    /// Another row says something of the same.
    Twice,
    /// The password is too short, or one that is guessed.
    PasswordWeak,
    /// Nobody would keep the accounts any more.
    LastAdministrator,
}

impl Fault {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and texts alike, given away where they are named"
    )]
    fn new(code: FaultCode, column: &'static str, value: impl ToString) -> Self {
        Self { code, column, value: value.to_string() }
    }
}

/// A row that was looked at.
struct Judged<T> {
    row: u32,
    name: String,
    verdict: Result<(ImportOutcome, Vec<&'static str>, Option<T>), Fault>,
}

impl<T> Judged<T> {
    fn row(&self) -> ImportRow {
        let (outcome, changes, fault) = match &self.verdict {
            Ok((outcome, changes, _)) => (*outcome, changes.clone(), None),
            Err(fault) => (ImportOutcome::Faulty, Vec::new(), Some(fault.clone())),
        };
        ImportRow { row: self.row, name: self.name.clone(), outcome, changes, fault }
    }
}

/// What a row makes of what is there: nothing new, or what differs from it.
fn outcome(is_known: bool, changes: &[&'static str]) -> ImportOutcome {
    match (is_known, changes) {
        (false, _) => ImportOutcome::Made,
        (true, []) => ImportOutcome::Same,
        (true, _) => ImportOutcome::Changed,
    }
}

/// Looks at a table, or does what it says.
#[utoipa::path(post, path = "/v1/imports/{subject}", tag = "imports",
    params(("subject" = Subject, Path,), ImportQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 200, body = Import),
    (status = "4XX", description = "role_not_allowed, import_unreadable, import_too_large, import_columns, too_large", body = ErrorBody)))]
pub async fn import(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Path(subject): Path<Subject>,
    Query(query): Query<ImportQuery>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Import>, ApiError> {
    subject.require(&signed_in)?;
    let bytes = body.map_err(|_| ApiError::TooLarge { max: SHEET_BYTES_MAX as u64 })?;
    // What a stranger's file does to its reader is a failure of the file.
    let table = tokio::task::spawn_blocking(move || Table::read(&bytes)).await;
    let table = table.unwrap_or(Err(SheetError::Unreadable)).map_err(|error| match error {
        SheetError::Unreadable => ApiError::ImportUnreadable,
        SheetError::TooLarge => ApiError::ImportTooLarge { max: SHEET_ROWS_MAX },
    })?;
    let columns = Columns::of(&table.headings, subject.sheet().columns);
    let missing = columns.missing(subject.needed());
    if !missing.is_empty() {
        let words = Words::of(query.language);
        let missing = words.names(missing.into_iter().map(|key| words.word("export.column", key)));
        return Err(ApiError::ImportColumns { missing });
    }
    let confirmed = query.confirm.as_deref() == Some("1");
    let rows = match subject {
        Subject::Users => users::import(&app, &table, &columns, confirmed).await?,
        Subject::Sites => sites::import(&app, &signed_in, &table, &columns, confirmed).await?,
        Subject::Zones => zones::import(&app, &table, &columns, confirmed).await?,
    };
    if confirmed {
        let count = |wanted| rows.iter().filter(|row| row.outcome == wanted).count();
        let (made, changed) = (count(ImportOutcome::Made), count(ImportOutcome::Changed));
        let subject = format!("{} +{made} ~{changed}", subject.sheet().name);
        signed_in.audit(&app, Action::Import, subject).await?;
    }
    Ok(Json(Import { rows, done: confirmed }))
}

/// Registers what the rows say, in one go.
async fn register(app: &App, events: Vec<Event>) -> Result<(), ApiError> {
    if !events.is_empty() {
        app.intake.register(events).await?;
    }
    Ok(())
}

/// A table to fill in.
#[utoipa::path(get, path = "/v1/imports/{subject}/template", tag = "imports",
    params(("subject" = Subject, Path,), ImportQuery), responses(
    (status = 200, content_type = "application/octet-stream"), (status = "4XX", body = ErrorBody)))]
pub async fn template(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Path(subject): Path<Subject>,
    Query(query): Query<ImportQuery>,
) -> Result<Response, ApiError> {
    subject.require(&signed_in)?;
    let sheet = subject.sheet();
    let list = move |rows: &mut Rows| {
        let words = rows.words;
        let example = |(key, _): &Column| Cell::from(words.word("import.example", key));
        rows.put(sheet.columns.iter().map(example).collect::<Vec<_>>())
    };
    let file = crate::export::FileQuery { format: Format::Xlsx, language: query.language };
    app.exports.answer(sheet, file, Day::of(app.now_ms()), list).await
}
