//! A workbook: written through a temporary file, so that its size costs no memory.

use std::io::{self, Seek as _, Write as _};

use rust_xlsxwriter::{ExcelDateTime, Format, Worksheet, XlsxError};

use super::{Cell, ExportError, Form, Row, Sheet, Words, outlet::Outlet, words::civil};

/// Rows of one sheet, with its headings; what is more goes onto the next.
const SHEET_ROWS_MAX: u32 = 1_048_576;

pub(super) struct Workbook {
    outlet: Outlet,
    book: rust_xlsxwriter::Workbook,
    sheet: Sheet,
    words: Words,
    moments: Format,
    scores: Format,
    /// The next row of the last sheet.
    next: u32,
    sheets: usize,
}

impl Workbook {
    pub(super) fn new(outlet: Outlet, sheet: Sheet, words: Words) -> Result<Self, ExportError> {
        let mut new = Self {
            outlet,
            book: rust_xlsxwriter::Workbook::new(),
            sheet,
            words,
            moments: Format::new().set_num_format("yyyy-mm-dd hh:mm"),
            scores: Format::new().set_num_format("0.00"),
            next: 0,
            sheets: 0,
        };
        new.begin()?;
        Ok(new)
    }

    fn begin(&mut self) -> Result<(), XlsxError> {
        self.sheets += 1;
        let name = self.words.word("export.list", self.sheet.name);
        let name = if self.sheets == 1 { name.to_owned() } else { format!("{name} {}", self.sheets) };
        let headings = Format::new().set_bold().set_background_color("E7EFFA");
        let page = self.book.add_worksheet_with_constant_memory()?;
        page.set_name(name)?.set_freeze_panes(1, 0)?;
        for (column, (key, width)) in (0..).zip(self.sheet.columns) {
            page.set_column_width(column, f64::from(*width))?;
            page.write_string_with_format(0, column, self.words.word("export.column", key), &headings)?;
        }
        self.next = 1;
        Ok(())
    }
}

impl Form for Workbook {
    fn row(&mut self, row: Row) -> Result<(), ExportError> {
        if self.next == SHEET_ROWS_MAX {
            self.begin()?;
        }
        let page = self.book.worksheet_from_index(self.sheets - 1)?;
        for (column, cell) in (0..).zip(row.cells) {
            put(page, self.next, column, cell, &self.moments, &self.scores)?;
        }
        self.next += 1;
        Ok(())
    }

    fn end(mut self: Box<Self>) -> Result<(), ExportError> {
        let mut file = tempfile::tempfile()?;
        self.book.save_to_writer(&mut file)?;
        file.rewind()?;
        io::copy(&mut file, &mut self.outlet)?;
        Ok(self.outlet.flush()?)
    }
}

fn put(
    page: &mut Worksheet,
    row: u32,
    column: u16,
    cell: Cell,
    moments: &Format,
    scores: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Nothing => return Ok(()),
        Cell::Text(text) => page.write_string(row, column, text)?,
        #[expect(clippy::cast_precision_loss, reason = "a spreadsheet counts in doubles")]
        Cell::Count(count) => page.write_number(row, column, count as f64)?,
        Cell::Hundredths(hundredths) => {
            page.write_number_with_format(row, column, f64::from(hundredths) / 100.0, scores)?
        }
        Cell::Degrees(degrees) => page.write_number(row, column, degrees)?,
        Cell::Moment(at) => {
            let at = civil(at);
            let part = |number: i8| u8::try_from(number).unwrap_or_default();
            let day = ExcelDateTime::from_ymd(
                u16::try_from(at.year()).unwrap_or_default(),
                part(at.month()),
                part(at.day()),
            );
            let at = day.and_then(|day| day.and_hms(at.hour().unsigned_abs().into(), part(at.minute()), 0.0));
            match at {
                Ok(at) => page.write_datetime_with_format(row, column, &at, moments)?,
                // A device's clock may say a year that no spreadsheet has.
                Err(_) => return Ok(()),
            }
        }
    };
    Ok(())
}
