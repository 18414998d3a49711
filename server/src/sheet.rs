//! A table that somebody brings as a file: the first sheet of an Excel workbook, or CSV as Excel writes it. Whatever it
//! holds, reading it costs bounded memory and never ends a thread.

use std::io::{Cursor, Read as _};

use calamine::{Data, DataRef, Reader as _, Xlsx};

/// Largest file, in bytes.
pub const SHEET_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most of a workbook once it is unpacked, in bytes: a small file can claim gigabytes.
const SHEET_UNPACKED_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Most rows besides the headings.
pub const SHEET_ROWS_MAX: usize = 2_000;
/// Most columns that are looked at.
const SHEET_COLUMNS_MAX: u32 = 64;
/// Longest text of a cell, in characters; what is more is no name and no code.
const SHEET_CELL_CHARS_MAX: usize = 1_000;

/// How a workbook begins: it is a zip.
const WORKBOOK_MAGIC: &[u8] = b"PK\x03\x04";

/// Why a file is no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// It is neither a workbook nor CSV, or damaged.
    #[error("file is no workbook and no CSV")]
    Unreadable,
    /// It has more rows than [`SHEET_ROWS_MAX`], or unpacks to more than a desk's list has.
    #[error("file has too many rows")]
    TooLarge,
}

/// The rows of a table that are not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What stands above the columns.
    pub headings: Vec<String>,
    /// The rows below, each with its number as the sheet shows it: the headings are row 1.
    pub rows: Vec<(u32, Vec<String>)>,
}

impl Table {
    /// Reads a file.
    ///
    /// # Errors
    /// [`SheetError`] when it is no table, or too large.
    pub fn read(bytes: &[u8]) -> Result<Self, SheetError> {
        let rows = if bytes.starts_with(WORKBOOK_MAGIC) { of_workbook(bytes)? } else { of_csv(bytes)? };
        let mut rows = rows.into_iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
        let (_, headings) = rows.next().ok_or(SheetError::Unreadable)?;
        Ok(Self { headings, rows: rows.collect() })
    }
}

/// Rows, while there may be more.
#[derive(Default)]
struct Rows(Vec<(u32, Vec<String>)>);

impl Rows {
    /// The cells of the row with this number, which is the last one or one behind it.
    fn row(&mut self, number: u32) -> Result<&mut Vec<String>, SheetError> {
        if self.0.last().is_none_or(|(last, _)| *last < number) {
            if self.0.len() > SHEET_ROWS_MAX {
                return Err(SheetError::TooLarge);
            }
            self.0.push((number, Vec::new()));
        }
        self.0.last_mut().map(|(_, cells)| cells).ok_or(SheetError::Unreadable)
    }
}

fn of_workbook(bytes: &[u8]) -> Result<Vec<(u32, Vec<String>)>, SheetError> {
    unpacks_to_little(bytes)?;
    let unreadable = |_| SheetError::Unreadable;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let first = book.sheet_names().first().cloned().ok_or(SheetError::Unreadable)?;
    // Cell by cell: a sheet whose last cell lies far out must not become a table of that size.
    let mut cells = book.worksheet_cells_reader(&first).map_err(unreadable)?;
    let mut rows = Rows::default();
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (row, column) = cell.get_position();
        let text = text_of(cell.get_value());
        if column >= SHEET_COLUMNS_MAX || text.is_empty() {
            continue;
        }
        let cells = rows.row(row.saturating_add(1))?;
        let column = usize::try_from(column).map_err(|_| SheetError::Unreadable)?;
        cells.resize(cells.len().max(column + 1), String::new());
        cells[column] = text;
    }
    Ok(rows.0)
}

/// What a person reads in a cell; a number without decimals is a code or a count.
fn text_of(value: &DataRef<'_>) -> String {
    let text = match value {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        DataRef::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        other => Data::from(other.clone()).to_string(),
    };
    shortened(&text)
}

fn shortened(text: &str) -> String {
    text.trim().chars().take(SHEET_CELL_CHARS_MAX).collect()
}

fn unpacks_to_little(bytes: &[u8]) -> Result<(), SheetError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| SheetError::Unreadable)?;
    let mut left = SHEET_UNPACKED_BYTES_MAX;
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(|_| SheetError::Unreadable)?;
        // What a file says of its size need not be true.
        let unpacked = std::io::copy(&mut file.take(left + 1), &mut std::io::sink());
        left = left.checked_sub(unpacked.map_err(|_| SheetError::Unreadable)?).ok_or(SheetError::TooLarge)?;
    }
    Ok(())
}

fn of_csv(bytes: &[u8]) -> Result<Vec<(u32, Vec<String>)>, SheetError> {
    // Excel in China writes CSV in the national encoding unless it is told otherwise.
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).into(),
        Err(_) => match encoding_rs::GB18030.decode_without_bom_handling(bytes) {
            (text, false) => text,
            (_, true) => return Err(SheetError::Unreadable),
        },
    };
    if text.contains('\0') {
        return Err(SheetError::Unreadable);
    }
    let first = text.lines().next().unwrap_or_default();
    let delimiter =
        [b'\t', b';', b','].into_iter().max_by_key(|sign| first.bytes().filter(|b| b == sign).count());
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter.unwrap_or(b','))
        .from_reader(text.as_bytes());
    let mut rows = Rows::default();
    // Excel counts rows, not lines: a cell may have several.
    for (record, number) in reader.records().zip(1..) {
        let record = record.map_err(|_| SheetError::Unreadable)?;
        let columns = usize::try_from(SHEET_COLUMNS_MAX).unwrap_or(usize::MAX);
        let cells: Vec<String> = record.iter().take(columns).map(unquoted).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.row(number)?.extend(cells);
        }
    }
    Ok(rows.0)
}

/// Exports put a quote before what looks like a formula; that is no part of the text.
fn unquoted(cell: &str) -> String {
    let harmless = cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@']));
    shortened(harmless.unwrap_or(cell))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<(u32, Vec<String>)> {
        Table::read(bytes).unwrap().rows
    }

    fn workbook(write: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
        let mut book = rust_xlsxwriter::Workbook::new();
        write(book.add_worksheet());
        book.save_to_buffer().unwrap()
    }

    #[test]
    fn a_table_is_the_same_as_a_workbook_and_as_csv_in_either_encoding() {
        let expected =
            vec![(2, vec!["翠湖公园".to_owned(), "530102001001".to_owned()]), (4, vec!["甲\n乙".to_owned()])];
        let book = workbook(|page| {
            page.write(0, 0, "点位").unwrap().write(0, 1, "辖区代码").unwrap();
            page.write(1, 0, " 翠湖公园 ").unwrap().write(1, 1, 530_102_001_001_u64).unwrap();
            page.write(3, 0, "甲\n乙").unwrap();
        });
        assert_eq!(rows(&book), expected);
        let text = "点位,辖区代码\r\n翠湖公园 ,530102001001\r\n,\r\n\"甲\n乙\"\r\n";
        assert_eq!(rows(format!("\u{feff}{text}").as_bytes())[0], expected[0]);
        let (gb, _, _) = encoding_rs::GB18030.encode(text);
        assert_eq!(rows(&gb)[0], expected[0]);
        assert_eq!(rows(text.replace(',', "\t").as_bytes())[0], expected[0]);
    }

    #[test]
    fn what_is_no_table_or_too_large_is_refused_and_costs_little() {
        assert_eq!(Table::read(b""), Err(SheetError::Unreadable));
        assert_eq!(Table::read(b"PK\x03\x04rubbish"), Err(SheetError::Unreadable));
        assert_eq!(
            Table::read(&[0x89, b'P', b'N', b'G', 0, 0, 0, 1, 0xff, 0xff]),
            Err(SheetError::Unreadable)
        );
        let many = "甲\n".repeat(SHEET_ROWS_MAX + 2);
        assert_eq!(Table::read(many.as_bytes()), Err(SheetError::TooLarge));
        let far = workbook(|page| {
            page.write(0, 0, "甲").unwrap();
            page.write(1_048_575, 16_383, "乙").unwrap();
        });
        assert_eq!(rows(&far), [], "columns far out are not looked at");
        let swollen = workbook(|page| {
            for row in 0..2_100 {
                page.write(row, 0, "大".repeat(32_000)).unwrap();
            }
        });
        assert!(swollen.len() < SHEET_BYTES_MAX, "it is small as long as it is packed");
        assert_eq!(Table::read(&swollen), Err(SheetError::TooLarge));
    }
}
