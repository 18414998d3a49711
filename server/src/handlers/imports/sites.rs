//! 点位 from a table: a site is known by its number, or else by its name in its community.

use std::collections::BTreeMap;

use rounds_shared::{
    area::{AreaCode, Level, Point, Site, SiteId, SiteKind},
    registry::{Event, Registry},
};

use super::{
    Fault, FaultCode, ImportOutcome, ImportRow, Judged, columns, columns::Columns, outcome, register,
};
use crate::{
    app::App,
    auth::SignedIn,
    error::ApiError,
    export::Sheet,
    handlers::sites::{SITE_NAME_BYTES_MAX, next_id, point_of},
    initials,
    sheet::Table,
};

/// Sites of one event: an event fits the smallest page a device may ask for.
const SITES_PER_EVENT: usize = 200;

pub(super) const NEEDED: [&str; 3] = ["area", "site", "site_kind"];

pub(super) const SHEET: Sheet = Sheet {
    name: "sites",
    columns: &[
        ("area_path", 22),
        ("area", 30),
        ("site", 24),
        ("site_kind", 14),
        ("site_id", 18),
        ("latitude", 12),
        ("longitude", 12),
    ],
};

pub(super) async fn import(
    app: &App,
    signed_in: &SignedIn,
    table: &Table,
    columns: &Columns,
    confirmed: bool,
) -> Result<Vec<ImportRow>, ApiError> {
    // Nobody may make the next site of a community between looking and registering.
    let _registering = app.registering().await;
    let mut judging = Judging {
        registry: &app.intake.registry(),
        signed_in,
        columns,
        seen: BTreeMap::new(),
        made: BTreeMap::new(),
    };
    let mut rows = Vec::with_capacity(table.rows.len());
    let mut sites = Vec::new();
    for (row, cells) in &table.rows {
        let name = columns.get(cells, "site").unwrap_or_default().to_owned();
        let judged = Judged { row: *row, name, verdict: judging.site(*row, cells) };
        rows.push(judged.row());
        if let Ok((_, _, Some(site))) = judged.verdict {
            sites.push(site);
        }
    }
    if confirmed {
        let events = sites.chunks(SITES_PER_EVENT).map(|sites| Event::SitesPut(sites.to_vec()));
        register(app, events.collect()).await?;
    }
    Ok(rows)
}

struct Judging<'r> {
    registry: &'r Registry,
    signed_in: &'r SignedIn,
    columns: &'r Columns,
    /// The row that spoke of each site.
    seen: BTreeMap<(AreaCode, String), u32>,
    /// How many sites of a community are new.
    made: BTreeMap<AreaCode, u32>,
}

impl Judging<'_> {
    fn site(
        &mut self,
        row: u32,
        cells: &[String],
    ) -> Result<(ImportOutcome, Vec<&'static str>, Option<Site>), Fault> {
        let Self { registry, columns, .. } = *self;
        let text = columns.need(cells, "area")?;
        let area = columns::area(registry, "area", text, columns.get(cells, "area_path"))?;
        if !self.signed_in.user.covers(&area.code) {
            return Err(Fault::new(FaultCode::OutsideScope, "area", text));
        }
        match area.level {
            Level::Community | Level::Village => {}
            Level::City | Level::District | Level::Subdistrict => {
                return Err(Fault::new(FaultCode::NotCommunity, "area", text));
            }
        }
        let name = columns.need(cells, "site")?;
        if name.len() > SITE_NAME_BYTES_MAX {
            return Err(Fault::new(FaultCode::TooLong, "site", ""));
        }
        let said = columns.need(cells, "site_kind")?;
        let words = |kind: SiteKind| vec![kind.title().zh, kind.title().en, kind.as_str().to_owned()];
        let kind = columns::coded(said, SiteKind::ALL, words)
            .ok_or_else(|| Fault::new(FaultCode::Unknown, "site_kind", said))?;
        let known = match columns.get(cells, "site_id") {
            Some(id) => {
                let site = SiteId::parse(id).ok().and_then(|id| registry.sites().get(&id));
                let site = site.filter(|site| site.area == area.code);
                Some(site.ok_or_else(|| Fault::new(FaultCode::Unknown, "site_id", id))?)
            }
            None => registry.sites().values().find(|site| site.area == area.code && site.name == name),
        };
        let point = self.point(cells)?;
        let subject = known.map_or_else(|| name.to_owned(), |site| site.id.to_string());
        if let Some(before) = self.seen.insert((area.code.clone(), subject), row) {
            return Err(Fault::new(FaultCode::Twice, "site", before));
        }
        let site = Site {
            id: match known {
                Some(site) => site.id.clone(),
                None => {
                    let made = self.made.entry(area.code.clone()).or_default();
                    *made += 1;
                    next_id(registry, &area.code, *made)
                }
            },
            area: area.code.clone(),
            kind,
            name: name.to_owned(),
            pinyin: initials::of(name),
            // What was recorded stays where the table says nothing.
            point: point.or_else(|| known.and_then(|site| site.point)),
        };
        let place = |site: &Site| site.point.map(|point| (point.latitude_e6, point.longitude_e6));
        let differences = match known {
            None => Vec::new(),
            Some(before) => vec![
                ("site", before.name != site.name),
                ("site_kind", before.kind != site.kind),
                ("latitude", place(before) != place(&site)),
            ],
        };
        let changes: Vec<_> =
            differences.into_iter().filter_map(|(key, differs)| differs.then_some(key)).collect();
        let outcome = outcome(known.is_some(), &changes);
        Ok((outcome, changes, (outcome != ImportOutcome::Same).then_some(site)))
    }

    fn point(&self, cells: &[String]) -> Result<Option<Point>, Fault> {
        let degrees = |key: &'static str| {
            let text = self.columns.get(cells, key);
            text.map(|text| text.parse::<f64>().map_err(|_| Fault::new(FaultCode::Invalid, key, text)))
                .transpose()
        };
        match (degrees("latitude")?, degrees("longitude")?) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(Fault::new(FaultCode::Missing, "longitude", "")),
            (None, Some(_)) => Err(Fault::new(FaultCode::Missing, "latitude", "")),
            (Some(lat), Some(lon)) => match point_of(lat, lon) {
                Some(point) => Ok(Some(point)),
                None => Err(Fault::new(FaultCode::Invalid, "latitude", format!("{lat}, {lon}"))),
            },
        }
    }
}
