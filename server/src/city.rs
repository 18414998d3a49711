//! A city's data: everything that is a file and not a log entry, read whole and checked before anything starts.

mod areas;
mod pictures;

use rounds_shared::area::{Area, AreaCode, Department, DepartmentCode, Level, Zone};
use rounds_shared::deadline::{Deadline, DeadlineCode};
use rounds_shared::ids::PhotoHash;
use rounds_shared::registry::Withdrawal;
use rounds_shared::template::{
    Checklist, Domain, Route, Routes, Template, TemplateError, load_domain, read_toml,
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const CITY_FILE: &str = "city.toml";
const AREAS_FILE: &str = "areas.csv";
const OUTLINES_FILE: &str = "districts.geojson";
const ZONES_FILE: &str = "zones.toml";
const DEPARTMENTS_FILE: &str = "departments.toml";
const DEADLINES_FILE: &str = "deadlines.toml";
const CHECKLISTS_FILE: &str = "checklists.toml";

/// A city's data.
#[derive(Debug, Clone)]
pub struct City {
    /// The code of the city's own area.
    pub code: AreaCode,
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
    /// Every area, each after its parent.
    pub areas: Vec<Area>,
    /// The districts' outlines: GeoJSON whose features have an area's `code`.
    pub outlines: String,
    /// Management zones.
    pub zones: Vec<Zone>,
    /// Departments.
    pub departments: Vec<Department>,
    /// Which department answers for which kinds of finding.
    pub routes: Routes,
    /// Deadline classes.
    pub deadlines: Vec<Deadline>,
    /// The domains checklists are composed of.
    pub domains: Vec<Domain>,
    /// The composed checklists.
    pub templates: Vec<Template>,
    /// Those of them that are withdrawn 停用.
    pub withdrawn: Vec<Withdrawal>,
    /// The reference pictures their items show.
    pub pictures: BTreeMap<PhotoHash, Vec<u8>>,
}

/// Why a city's data cannot be used. Each names the file.
#[derive(Debug, thiserror::Error)]
pub enum CityError {
    /// A file is not there.
    #[error("{file} is missing")]
    Missing {
        /// The file.
        file: String,
    },
    /// A file says something wrong.
    #[error(transparent)]
    Data(#[from] TemplateError),
    /// A reference picture is none, or too large.
    #[error("{file} is no JPEG, PNG or WebP picture of at most {kib_max} KiB")]
    Picture {
        /// The file.
        file: String,
        /// How large it may be, in KiB.
        kib_max: usize,
    },
    /// A line of the areas' file is wrong.
    #[error("{AREAS_FILE}:{line}, field {field}: {fault}")]
    Area {
        /// The line, from 1.
        line: u64,
        /// The column's name; empty when the line as a whole is wrong.
        field: &'static str,
        /// What is wrong.
        fault: String,
    },
    /// An entry names something that is not there, or stands twice.
    #[error("{file}, entry {entry}, field {field}: {fault}")]
    Entry {
        /// The file.
        file: &'static str,
        /// The entry's code.
        entry: String,
        /// The field.
        field: &'static str,
        /// What is wrong.
        fault: String,
    },
}

impl CityError {
    /// The error's machine code.
    pub fn code(&self) -> &'static str {
        match self {
            CityError::Missing { .. } => "city_file_missing",
            CityError::Data(error) => error.fault.code(),
            CityError::Picture { .. } => "city_picture",
            CityError::Area { .. } => "city_area_line",
            CityError::Entry { .. } => "city_entry",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CityFile {
    code: AreaCode,
    zh: String,
    en: String,
    domains: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ZonesFile {
    zones: Vec<Zone>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DepartmentsFile {
    departments: Vec<Department>,
    routes: Vec<Route>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeadlinesFile {
    deadlines: Vec<Deadline>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChecklistsFile {
    templates: Vec<Checklist>,
}

impl City {
    /// Reads and checks a city's data. `read` gives a file's bytes by its path inside the city's folder.
    pub fn load(read: impl Fn(&str) -> Option<Vec<u8>>) -> Result<City, CityError> {
        let text = |file: &str| {
            let bytes = read(file).and_then(|bytes| String::from_utf8(bytes).ok());
            bytes.ok_or_else(|| CityError::Missing { file: file.to_owned() })
        };

        let city: CityFile = read_toml(CITY_FILE, &text(CITY_FILE)?, "domains")?;
        let areas = areas::read(&text(AREAS_FILE)?, &city.code)?;
        let outlines = text(OUTLINES_FILE)?;
        check_outlines(&outlines, &areas)?;
        let ZonesFile { zones } = read_toml(ZONES_FILE, &text(ZONES_FILE)?, "zones")?;
        check_zones(&zones, &areas)?;

        let DepartmentsFile { departments, routes } =
            read_toml(DEPARTMENTS_FILE, &text(DEPARTMENTS_FILE)?, "departments")?;
        let department_codes = departments.iter().map(|department| &department.code);
        let department_codes: BTreeSet<DepartmentCode> = unique(DEPARTMENTS_FILE, department_codes)?;
        let routes = Routes::new(DEPARTMENTS_FILE, routes, &department_codes)?;
        let DeadlinesFile { deadlines } = read_toml(DEADLINES_FILE, &text(DEADLINES_FILE)?, "deadlines")?;
        let deadline_codes: BTreeSet<DeadlineCode> =
            unique(DEADLINES_FILE, deadlines.iter().map(|deadline| &deadline.code))?;

        let (mut domains, mut pictures) = (Vec::new(), BTreeMap::new());
        for file in &city.domains {
            let mut domain = load_domain(file, &text(file)?)?;
            domain.check_references(file, &deadline_codes, &department_codes)?;
            for item in &mut domain.items {
                let picture = pictures::of(&item.code, &read)?;
                item.reference = picture.as_deref().map(PhotoHash::of);
                pictures.extend(item.reference.zip(picture));
            }
            domains.push(domain);
        }
        unique(CITY_FILE, domains.iter().map(|domain| &domain.code))?;
        let ChecklistsFile { templates: checklists } =
            read_toml(CHECKLISTS_FILE, &text(CHECKLISTS_FILE)?, "templates")?;
        unique(CHECKLISTS_FILE, checklists.iter().map(|checklist| &checklist.id))?;
        let withdrawn = checklists.iter().filter_map(withdrawal).collect();
        let templates = checklists
            .iter()
            .map(|checklist| checklist.compose(CHECKLISTS_FILE, &domains, &routes))
            .collect::<Result<_, _>>()?;

        let CityFile { code, zh, en, .. } = city;
        Ok(City {
            code,
            zh,
            en,
            areas,
            outlines,
            zones,
            departments,
            routes,
            deadlines,
            domains,
            templates,
            withdrawn,
            pictures,
        })
    }
}

/// What withdraws a checklist, if it is withdrawn.
fn withdrawal(checklist: &Checklist) -> Option<Withdrawal> {
    let reason = checklist.withdrawn.as_deref()?.trim().to_owned();
    Some(Withdrawal { template: checklist.id.clone(), version: checklist.version, reason })
}

/// The codes as a set; an error when one stands twice.
fn unique<'c, C: Ord + Clone + ToString + 'c>(
    file: &'static str,
    codes: impl Iterator<Item = &'c C>,
) -> Result<BTreeSet<C>, CityError> {
    let mut seen = BTreeSet::new();
    for code in codes {
        if !seen.insert(code.clone()) {
            return Err(entry_error(file, code.to_string(), "code", "stands twice".to_owned()));
        }
    }
    Ok(seen)
}

fn check_zones(zones: &[Zone], areas: &[Area]) -> Result<(), CityError> {
    unique(ZONES_FILE, zones.iter().map(|zone| &zone.code))?;
    let known: BTreeSet<&AreaCode> = areas.iter().map(|area| &area.code).collect();
    let mut owners: BTreeMap<&AreaCode, &Zone> = BTreeMap::new();
    for zone in zones {
        let fault = |fault| entry_error(ZONES_FILE, zone.code.to_string(), "members", fault);
        for member in &zone.members {
            if !known.contains(member) {
                return Err(fault(format!("unknown area {member}")));
            }
            let overlaps = |other: &AreaCode| other.contains(member) || member.contains(other);
            if let Some((other, owner)) = owners.iter().find(|(other, _)| overlaps(other)) {
                return Err(fault(format!("{member} overlaps {other} of zone {}", owner.code)));
            }
            owners.insert(member, zone);
        }
    }
    Ok(())
}

/// Every district has one outline and every outline a district.
fn check_outlines(outlines: &str, areas: &[Area]) -> Result<(), CityError> {
    #[derive(Deserialize)]
    struct Outlines {
        features: Vec<Feature>,
    }
    #[derive(Deserialize)]
    struct Feature {
        properties: Properties,
    }
    #[derive(Deserialize)]
    struct Properties {
        code: AreaCode,
    }
    let fault = |entry: &str, fault| entry_error(OUTLINES_FILE, entry.to_owned(), "code", fault);
    let outlines: Outlines =
        serde_json::from_str(outlines).map_err(|error| fault("features", error.to_string()))?;
    let outlined = unique(OUTLINES_FILE, outlines.features.iter().map(|feature| &feature.properties.code))?;
    let districts: BTreeSet<AreaCode> =
        areas.iter().filter(|area| area.level == Level::District).map(|area| area.code.clone()).collect();
    match outlined.symmetric_difference(&districts).next() {
        Some(code) if districts.contains(code) => Err(fault(code.as_str(), "has no outline".to_owned())),
        Some(code) => Err(fault(code.as_str(), "is no district".to_owned())),
        None => Ok(()),
    }
}

fn entry_error(file: &'static str, entry: String, field: &'static str, fault: String) -> CityError {
    CityError::Entry { file, entry, field, fault }
}

#[cfg(test)]
mod tests;
