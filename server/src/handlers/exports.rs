//! 导出: every list as a file, with the filters and within the scope of the list it is made of.

mod checks;
mod plan;
mod registry;

use axum::{extract::FromRequestParts, http::request::Parts, response::Response};
use rounds_shared::calendar::Day;
use rusqlite::Connection;

use crate::{
    app::App,
    auth::SignedIn,
    error::ApiError,
    export::{Cell, ExportError, FileQuery, Rows, Sheet, Words},
    extract::Query,
    handlers::shapes::{AreaRow, SiteRow},
    vault::Action,
};

pub use checks::{conflicts, findings, held, inspections};
pub use plan::assignments;
pub use registry::{audit, devices, sites, users};

// The router wants what `utoipa` made of each beside it.
pub use checks::{__path_conflicts, __path_findings, __path_held, __path_inspections};
pub use plan::__path_assignments;
pub use registry::{__path_audit, __path_devices, __path_sites, __path_users};

/// Longest description of an export in the audit trail, in characters.
const SUBJECT_CHARS_MAX: usize = 300;

/// How a list is asked for as a file: the form, and the question in whole, for the audit trail.
pub struct Asked {
    file: FileQuery,
    question: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(file) = Query::from_request_parts(parts, state).await?;
        Ok(Self { file, question: parts.uri.query().unwrap_or_default().to_owned() })
    }
}

impl Asked {
    /// Notes who takes what out of the system, and answers with it. The list is written from one state of the views.
    async fn answer(
        self,
        app: &App,
        signed_in: &SignedIn,
        sheet: Sheet,
        list: impl FnOnce(&Connection, &mut Rows) -> Result<(), ExportError> + Send + 'static,
    ) -> Result<Response, ApiError> {
        let subject = format!("{}?{}", sheet.name, self.question);
        let subject: String = subject.chars().take(SUBJECT_CHARS_MAX).collect();
        signed_in.audit(app, Action::Export, subject).await?;
        let readers = app.readers.clone();
        let list = move |rows: &mut Rows| readers.read(|connection| list(connection, rows));
        app.exports.answer(sheet, self.file, Day::of(app.now_ms()), list).await
    }
}

/// Where something is: 五华区·华山街道, the community, the site.
fn place(area: &AreaRow, site: Option<&SiteRow>) -> [Cell; 3] {
    let site = site.map(|site| site.name.as_str());
    [area.path.as_str().into(), area.name.as_str().into(), site.into()]
}

/// A fact that holds, said; one that does not is left empty, so that a filter finds those that do.
fn mark(words: Words, holds: bool) -> Cell {
    if holds { words.word("export", "yes").into() } else { Cell::Nothing }
}
