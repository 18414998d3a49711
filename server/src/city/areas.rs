//! Reads the areas' file.

use super::CityError;
use csv::StringRecord;
use rounds_shared::area::{Area, AreaCode, Level};
use std::collections::BTreeMap;

const COLUMNS: [&str; 6] = ["code", "name", "short", "pinyin", "level", "parent"];

/// Reads the areas of a city; each must come after its parent.
pub(super) fn read(text: &str, city: &AreaCode) -> Result<Vec<Area>, CityError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| unreadable(&error))?;
    if header != COLUMNS[..] {
        return Err(CityError::Area { line: 1, field: "", fault: format!("columns must be {COLUMNS:?}") });
    }
    let mut levels = BTreeMap::new();
    let mut areas = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = Line { number: record.position().map_or(0, csv::Position::line), record: &record };
        let area = line.area()?;
        line.check_place(&area, city, &levels)?;
        if levels.insert(area.code.clone(), area.level).is_some() {
            return Err(line.fault("code", format!("{} stands twice", area.code)));
        }
        areas.push(area);
    }
    match areas.first() {
        Some(_) => Ok(areas),
        None => Err(CityError::Area { line: 1, field: "", fault: "no areas".to_owned() }),
    }
}

struct Line<'r> {
    number: u64,
    record: &'r StringRecord,
}

impl Line<'_> {
    fn area(&self) -> Result<Area, CityError> {
        let [code, name, short, pinyin, level, parent] = COLUMNS;
        Ok(Area {
            code: self.code(code)?,
            name: self.text(name)?,
            short: self.text(short)?,
            pinyin: self.pinyin(pinyin)?,
            level: self.level(level)?,
            parent: if self.field(parent).is_empty() { None } else { Some(self.code(parent)?) },
        })
    }

    /// The city is the only area without a parent; every other lies in one above it, which comes before it.
    fn check_place(
        &self,
        area: &Area,
        city: &AreaCode,
        levels: &BTreeMap<AreaCode, Level>,
    ) -> Result<(), CityError> {
        match &area.parent {
            None if area.code == *city && area.level == Level::City => Ok(()),
            None => Err(self.fault("parent", format!("only the city {city} has no parent"))),
            Some(parent) => match levels.get(parent) {
                None => Err(self.fault("parent", format!("{parent} does not come before it"))),
                Some(_) if !parent.contains(&area.code) => {
                    Err(self.fault("parent", format!("{parent} is not the beginning of {}", area.code)))
                }
                Some(level) if *level >= area.level => {
                    Err(self.fault("level", "must be below its parent's".to_owned()))
                }
                Some(_) => Ok(()),
            },
        }
    }

    fn code(&self, column: &'static str) -> Result<AreaCode, CityError> {
        AreaCode::parse(self.field(column)).map_err(|error| self.fault(column, error.to_string()))
    }

    fn text(&self, column: &'static str) -> Result<String, CityError> {
        match self.field(column) {
            text if text.trim() == text && !text.is_empty() => Ok(text.to_owned()),
            text => Err(self.fault(column, format!("{text:?} is empty or has blanks around it"))),
        }
    }

    fn pinyin(&self, column: &'static str) -> Result<String, CityError> {
        match self.field(column) {
            text if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                Ok(text.to_owned())
            }
            text => Err(self.fault(column, format!("{text:?} is not lower-case letters"))),
        }
    }

    fn level(&self, column: &'static str) -> Result<Level, CityError> {
        match self.field(column) {
            "city" => Ok(Level::City),
            "district" => Ok(Level::District),
            "subdistrict" => Ok(Level::Subdistrict),
            "community" => Ok(Level::Community),
            "village" => Ok(Level::Village),
            text => Err(self.fault(column, format!("unknown level {text:?}"))),
        }
    }

    fn field(&self, column: &'static str) -> &str {
        let index = COLUMNS.iter().position(|name| *name == column).expect("the column is one of ours");
        self.record.get(index).expect("the reader refuses lines of another length")
    }

    fn fault(&self, field: &'static str, fault: String) -> CityError {
        CityError::Area { line: self.number, field, fault }
    }
}

fn unreadable(error: &csv::Error) -> CityError {
    let line = error.position().map_or(0, csv::Position::line);
    CityError::Area { line, field: "", fault: error.to_string() }
}
