//! 导出: a list as a file for a desk's other programs. Rows pass through one by one, so that a hundred thousand of them
//! need no more memory than ten, and a list whose reader has gone away ends at once.

mod csv;
mod geojson;
mod outlet;
mod words;
mod xlsx;

use std::{fmt::Write as _, io, sync::Arc};

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse as _, Response},
};
use rounds_shared::calendar::Day;
use serde::Deserialize;
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use utoipa::{IntoParams, ToSchema};

use crate::{error::ApiError, handlers::shapes::Point, vault::VaultError};
use outlet::Outlet;
pub use words::Words;

/// Exports that are written at the same time; the next one waits.
const WRITING_MAX: usize = 2;
/// Pieces that wait for a slow reader.
const PIECES_MAX: usize = 4;

/// The media type of an Excel workbook.
pub(crate) const WORKBOOK_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Excel.
    Xlsx,
    /// Comma-separated, in UTF-8 with the mark that Excel wants.
    Csv,
    /// A map's features; a row without a known place has no geometry.
    Geojson,
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::Geojson => "geojson",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Xlsx => WORKBOOK_TYPE,
            Self::Csv => "text/csv; charset=utf-8",
            Self::Geojson => "application/geo+json",
        }
    }
}

/// Which language the headings and words are in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// 中文
    #[default]
    Zh,
    /// English
    En,
}

/// How a list is wanted as a file.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FileQuery {
    /// What the file is.
    #[param(inline)]
    pub format: Format,
    /// Which language its words are in; 中文 when nothing is said.
    #[serde(default)]
    #[param(inline)]
    pub language: Language,
}

/// A column: its name in the language files (`export.column.…`) and in GeoJSON, and how many characters wide it is.
pub type Column = (&'static str, u16);

/// What stands in a row under a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    Nothing,
    /// Words.
    Text(String),
    /// A number.
    Count(u64),
    /// A number of hundredths.
    Hundredths(u32),
    /// A number of degrees.
    Degrees(f64),
    /// A moment, in milliseconds.
    Moment(i64),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Nothing } else { Self::Text(text) }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(known: Option<T>) -> Self {
        known.map_or(Self::Nothing, Into::into)
    }
}

/// A row, in the order of the columns.
pub struct Row {
    /// What stands in it.
    pub cells: Vec<Cell>,
    /// Where it is, for a map.
    pub point: Option<Point>,
}

impl From<Vec<Cell>> for Row {
    fn from(cells: Vec<Cell>) -> Self {
        Self { cells, point: None }
    }
}

/// Why a list did not become a file.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Whoever wanted it has gone away.
    #[error("nobody reads the export any more")]
    Unread,
    /// It could not be written.
    #[error("export cannot be written")]
    Io(#[from] io::Error),
    /// It could not be written as a workbook.
    #[error("workbook cannot be written")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The list could not be read.
    #[error("list cannot be read")]
    View(#[from] rusqlite::Error),
    /// The list could not be read.
    #[error("list cannot be read")]
    Vault(#[from] VaultError),
    /// The list could not be made.
    #[error("list cannot be made")]
    List(#[source] anyhow::Error),
}

/// Takes the rows of one list, in one format.
trait Form {
    fn row(&mut self, row: Row) -> Result<(), ExportError>;
    fn end(self: Box<Self>) -> Result<(), ExportError>;
}

/// Where the rows of a list go.
pub struct Rows {
    form: Box<dyn Form>,
    reader: mpsc::Sender<io::Result<Bytes>>,
    /// The words of the file's language.
    pub words: Words,
}

impl Rows {
    /// Takes the next row.
    ///
    /// # Errors
    /// [`ExportError::Unread`] when nobody waits for it any more, and when it cannot be written.
    pub fn put(&mut self, row: impl Into<Row>) -> Result<(), ExportError> {
        if self.reader.is_closed() {
            return Err(ExportError::Unread);
        }
        self.form.row(row.into())
    }
}

/// Writes exports, a few at a time.
#[derive(Clone)]
pub struct Exports {
    writing: Arc<Semaphore>,
}

impl Default for Exports {
    fn default() -> Self {
        Self { writing: Arc::new(Semaphore::new(WRITING_MAX)) }
    }
}

/// A list as a file.
#[derive(Clone, Copy)]
pub struct Sheet {
    /// What it lists: a name in the language files (`export.list.…`), and the file's.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
}

impl Exports {
    /// Answers with a file of whatever rows a list has. It begins when the first of it is there: what fails before is an
    /// answer like any other, what fails later cuts the file off.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub async fn answer(
        &self,
        sheet: Sheet,
        wanted: FileQuery,
        today: Day,
        list: impl FnOnce(&mut Rows) -> Result<(), ExportError> + Send + 'static,
    ) -> Result<Response, ApiError> {
        let turn = self.writing.clone().acquire_owned().await.map_err(ApiError::internal)?;
        let (sender, mut pieces) = mpsc::channel(PIECES_MAX);
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let written = write(sheet, wanted, &sender, list);
            if let Err(error) = written {
                // When nobody reads any more, nobody needs to be told.
                sender.blocking_send(Err(io::Error::other(error))).ok();
            }
        });
        let first = pieces.recv().await.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()));
        let first = first.map_err(ApiError::internal)?;
        let body = tokio_stream::once(Ok(first)).chain(ReceiverStream::new(pieces));
        let mut name = String::from("attachment; filename=\"");
        write!(name, "{}-{today}.{}\"", sheet.name, wanted.format.ending()).expect("a string takes all");
        let headers = [
            (header::CONTENT_TYPE, wanted.format.media_type().to_owned()),
            (header::CONTENT_DISPOSITION, name),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ];
        Ok((headers, Body::from_stream(body)).into_response())
    }
}

fn write(
    sheet: Sheet,
    wanted: FileQuery,
    reader: &mpsc::Sender<io::Result<Bytes>>,
    list: impl FnOnce(&mut Rows) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let (words, outlet) = (Words::of(wanted.language), Outlet::new(reader.clone()));
    let form: Box<dyn Form> = match wanted.format {
        Format::Xlsx => Box::new(xlsx::Workbook::new(outlet, sheet, words)?),
        Format::Csv => Box::new(csv::Lines::new(outlet, sheet, words)?),
        Format::Geojson => Box::new(geojson::Features::new(outlet, sheet)?),
    };
    let mut rows = Rows { form, reader: reader.clone(), words };
    list(&mut rows)?;
    rows.form.end()
}
