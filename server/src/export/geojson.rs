//! GeoJSON: a feature a row, its properties named by the columns.

use std::io::Write as _;

use serde_json::{Map, Value, json};

use super::{Cell, ExportError, Form, Row, Sheet, outlet::Outlet, words::moment};

pub(super) struct Features {
    outlet: Outlet,
    sheet: Sheet,
    is_first: bool,
}

impl Features {
    pub(super) fn new(mut outlet: Outlet, sheet: Sheet) -> Result<Self, ExportError> {
        outlet.write_all(br#"{"type":"FeatureCollection","features":["#)?;
        Ok(Self { outlet, sheet, is_first: true })
    }
}

impl Form for Features {
    fn row(&mut self, row: Row) -> Result<(), ExportError> {
        let geometry =
            row.point.map(|point| json!({ "type": "Point", "coordinates": [point.lon, point.lat] }));
        let keys = self.sheet.columns.iter().map(|(key, _)| (*key).to_owned());
        let properties: Map<_, _> = keys.zip(row.cells.into_iter().map(value)).collect();
        let feature = json!({ "type": "Feature", "geometry": geometry, "properties": properties });
        let comma: &[u8] = if std::mem::take(&mut self.is_first) { b"\n" } else { b",\n" };
        self.outlet.write_all(comma)?;
        self.outlet.write_all(feature.to_string().as_bytes())?;
        Ok(())
    }

    fn end(mut self: Box<Self>) -> Result<(), ExportError> {
        self.outlet.write_all(b"\n]}\n")?;
        Ok(self.outlet.flush()?)
    }
}

fn value(cell: Cell) -> Value {
    match cell {
        Cell::Nothing => Value::Null,
        Cell::Text(text) => text.into(),
        Cell::Count(count) => count.into(),
        Cell::Hundredths(hundredths) => (f64::from(hundredths) / 100.0).into(),
        Cell::Degrees(degrees) => degrees.into(),
        Cell::Moment(at) => moment(at).into(),
    }
}
