//! Comma-separated values, as Excel opens them.

use std::io::Write as _;

use super::{Cell, ExportError, Form, Row, Sheet, Words, outlet::Outlet, words::moment};

/// Without it, Excel takes 中文 for another encoding.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

pub(super) struct Lines {
    writer: csv::Writer<Outlet>,
}

impl Lines {
    pub(super) fn new(mut outlet: Outlet, sheet: Sheet, words: Words) -> Result<Self, ExportError> {
        outlet.write_all(BYTE_ORDER_MARK)?;
        let mut writer = csv::Writer::from_writer(outlet);
        let headings = sheet.columns.iter().map(|(key, _)| words.word("export.column", key));
        writer.write_record(headings).map_err(unwritten)?;
        Ok(Self { writer })
    }
}

impl Form for Lines {
    fn row(&mut self, row: Row) -> Result<(), ExportError> {
        self.writer.write_record(row.cells.into_iter().map(field)).map_err(unwritten)
    }

    fn end(mut self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.writer.flush()?)
    }
}

fn field(cell: Cell) -> String {
    match cell {
        Cell::Nothing => String::new(),
        Cell::Text(text) => harmless(text),
        Cell::Count(count) => count.to_string(),
        Cell::Hundredths(hundredths) => format!("{}.{:02}", hundredths / 100, hundredths % 100),
        Cell::Degrees(degrees) => format!("{degrees:.6}"),
        Cell::Moment(at) => moment(at),
    }
}

/// A spreadsheet takes a text that begins like a formula for one, and a note is written by anybody.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

fn unwritten(error: csv::Error) -> ExportError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => ExportError::List(anyhow::anyhow!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_no_formula() {
        for (written, stands) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-1", "'-1"),
            ("楼道=堆放", "楼道=堆放"),
        ] {
            assert_eq!(field(written.into()), stands);
        }
        assert_eq!(field(Cell::Hundredths(9_005)), "90.05");
        assert_eq!(field(Cell::Moment(1_795_000_000_000)), "2026-11-18 19:06");
    }
}
