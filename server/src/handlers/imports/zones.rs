//! 管理区 from a table: a row is a member of a zone. A zone that the table names has the members it names, and no others.

use std::collections::BTreeMap;

use rounds_shared::{
    area::{AreaCode, Zone, ZoneCode},
    registry::{Event, Registry},
};

use super::{Fault, FaultCode, ImportOutcome, ImportRow, Judged, columns, columns::Columns, register};
use crate::{app::App, error::ApiError, export::Sheet, sheet::Table};

/// Longest name of a zone, in bytes.
const ZONE_NAME_BYTES_MAX: usize = 120;

pub(super) const NEEDED: [&str; 3] = ["zone", "zone_name", "areas"];

pub(super) const SHEET: Sheet =
    Sheet { name: "zones", columns: &[("zone", 16), ("zone_name", 24), ("zone_name_en", 28), ("areas", 50)] };

pub(super) async fn import(
    app: &App,
    table: &Table,
    columns: &Columns,
    confirmed: bool,
) -> Result<Vec<ImportRow>, ApiError> {
    let _registering = app.registering().await;
    let registry = app.intake.registry();
    let mut zones: BTreeMap<ZoneCode, Zone> = BTreeMap::new();
    let mut seen: BTreeMap<AreaCode, u32> = BTreeMap::new();
    let mut rows = Vec::with_capacity(table.rows.len());
    for (row, cells) in &table.rows {
        let name =
            columns.get(cells, "zone_name").or(columns.get(cells, "zone")).unwrap_or_default().to_owned();
        let verdict = judge(&registry, columns, cells, &mut seen, *row).map(|zone| {
            let whole = zones
                .entry(zone.code.clone())
                .or_insert_with(|| Zone { members: Vec::new(), ..zone.clone() });
            whole.members.extend(zone.members);
            (ImportOutcome::Same, Vec::new(), Some(zone.code))
        });
        rows.push(Judged { row: *row, name, verdict });
    }
    let compare = |code: &ZoneCode| -> (ImportOutcome, Vec<&'static str>) {
        let Some(new) = zones.get(code) else { return (ImportOutcome::Same, Vec::new()) };
        let Some(old) = registry.zones().iter().find(|zone| zone.code == *code) else {
            return (ImportOutcome::Made, Vec::new());
        };
        let differences = [
            ("zone_name", old.zh != new.zh),
            ("zone_name_en", old.en != new.en),
            ("areas", old.members != new.members || old.pending.is_some()),
        ];
        let changes: Vec<_> =
            differences.into_iter().filter_map(|(key, differs)| differs.then_some(key)).collect();
        (super::outcome(true, &changes), changes)
    };
    for judged in &mut rows {
        if let Ok((outcome, changes, Some(code))) = &mut judged.verdict {
            (*outcome, *changes) = compare(code);
        }
    }
    let is_new = |code: &ZoneCode| compare(code).0 != ImportOutcome::Same;
    if confirmed && zones.keys().any(is_new) {
        let mut all: Vec<Zone> = registry.zones().to_vec();
        for zone in zones.values() {
            match all.iter_mut().find(|known| known.code == zone.code) {
                Some(known) => known.clone_from(zone),
                None => all.push(zone.clone()),
            }
        }
        register(app, vec![Event::ZonesPut(all)]).await?;
    }
    Ok(rows.iter().map(Judged::row).collect())
}

fn judge(
    registry: &Registry,
    columns: &Columns,
    cells: &[String],
    seen: &mut BTreeMap<AreaCode, u32>,
    row: u32,
) -> Result<Zone, Fault> {
    let code = columns.need(cells, "zone")?;
    let code: ZoneCode = code.parse().map_err(|_| Fault::new(FaultCode::Invalid, "zone", code))?;
    let zh = columns.need(cells, "zone_name")?;
    let en = columns.get(cells, "zone_name_en").unwrap_or(zh);
    for (key, name) in [("zone_name", zh), ("zone_name_en", en)] {
        if name.len() > ZONE_NAME_BYTES_MAX {
            return Err(Fault::new(FaultCode::TooLong, key, ""));
        }
    }
    let mut members = Vec::new();
    for text in columns::list(columns.need(cells, "areas")?) {
        let area = columns::area(registry, "areas", text, None)?;
        // An area is ranked in one zone.
        if let Some(before) = seen.get(&area.code) {
            return Err(Fault::new(FaultCode::Twice, "areas", before));
        }
        members.push(area.code.clone());
    }
    seen.extend(members.iter().map(|code| (code.clone(), row)));
    Ok(Zone { code, zh: zh.to_owned(), en: en.to_owned(), members, pending: None })
}
