//! 总览: today's figures of the user's scope.

use axum::extract::State;
use rounds_shared::{
    area::{Area, Level},
    calendar::Day,
    inspection::ReviewState,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{devices, inspections::InspectionRow};
use crate::{
    app::App,
    auth::{Reviewer, SignedIn},
    error::{ApiError, ErrorBody},
    extract::{Json, Query},
    views::{
        self,
        assignments::Due,
        held::HeldState,
        inspections::{AreaFilter, Filter, Sort, Tally},
    },
};

/// Inspections shown as the latest.
const RECENT: u64 = 8;
/// Days whose findings the map shows and districts are told by.
const DAYS: i32 = 7;

/// Which part of the scope is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OverviewQuery {
    /// An area's code: it and everything below it.
    area: Option<String>,
}

impl OverviewQuery {
    /// Where somebody asks for, within where he may look.
    pub(super) fn areas(self, signed_in: &SignedIn) -> Result<AreaFilter, ApiError> {
        areas(self.area, signed_in)
    }
}

/// An area that somebody asks for, or his whole scope, within where he may look.
pub(super) fn areas(area: Option<String>, signed_in: &SignedIn) -> Result<AreaFilter, ApiError> {
    let area = area.filter(|area| !area.is_empty());
    let area = area.map(|area| area.parse().map_err(|_| ApiError::ValueInvalid { field: "area" }));
    Ok(AreaFilter::of(&signed_in.user).and(area.transpose()?))
}

/// The first of the days that the map shows, which end today.
pub(super) fn first_day(today: Day) -> Day {
    today.add_days(1 - DAYS)
}

/// Today's figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct Overview {
    /// Today, in Shanghai.
    day: String,
    /// Assignments due today.
    due_today: u64,
    /// Assignments past their day and not submitted.
    overdue: u64,
    /// Inspections submitted today.
    done_today: u64,
    /// Inspections that wait for a reviewer.
    under_review: u64,
    /// Items that somebody must decide.
    conflicts_open: u64,
    /// Held envelopes.
    held_open: u64,
    /// Inspections returned and not answered.
    returned_open: u64,
    /// Cases that should have been put right before today and were not.
    cases_overdue: u64,
    /// Devices that hold work that has not come.
    devices_with_unsent: u64,
    /// Findings recorded today.
    findings_today: u64,
    /// Figures of each district.
    districts: Vec<DistrictFigures>,
    /// The inspections that changed last.
    recent: Vec<InspectionRow>,
}

/// Figures of a district.
#[derive(Debug, Serialize, ToSchema)]
pub struct DistrictFigures {
    /// Its code.
    code: String,
    /// Its name.
    short: String,
    /// Its inspections.
    inspections: u64,
    /// Assignments due until today.
    due: u64,
    /// Those of them that were submitted.
    done: u64,
    /// Findings of the last seven days.
    findings: u64,
    /// Open conflicts.
    conflicts: u64,
    /// The average score in hundredths.
    score_average: Option<u32>,
}

/// Today's figures of the user's scope.
#[utoipa::path(get, path = "/v1/overview", tag = "overview", params(OverviewQuery),
    responses((status = 200, body = Overview), (status = 401, body = ErrorBody)))]
pub async fn overview(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(query): Query<OverviewQuery>,
) -> Result<Json<Overview>, ApiError> {
    let areas = query.areas(&signed_in)?;
    let devices = devices::rows(&app, &signed_in.user).await?;
    let (registry, today) = (app.intake.registry(), Day::of(app.now_ms()));
    let first_day = first_day(today);
    let districts: Vec<_> = registry.areas().values().filter(|area| area.level == Level::District).collect();
    let overview = app.readers.read(|connection| {
        let filter = Filter { areas: areas.clone(), ..Filter::default() };
        let tallies = views::inspections::tally(connection, &filter)?;
        let state = |name: &str| -> u64 {
            tallies.iter().filter(|tally| tally.state == name).map(|tally| tally.inspections).sum()
        };
        let rows = views::inspections::page(connection, &filter, Sort::Changed, (0, RECENT), &tallies)?;
        let recent = rows.into_iter().map(|row| InspectionRow::of(connection, &registry, &app.photos, row));
        let due = views::assignments::due(connection, &areas, today)?;
        let findings = views::findings::counts(connection, &areas, first_day)?;
        let (_, conflicts_open) = views::conflicts::page(connection, &areas, 0, 0)?;
        let (_, held_open) = views::held::page(connection, &areas, HeldState::Open, 0, 0)?;
        let submitted = views::inspections::submitted_since(connection, &areas, today.start_ms())?;
        let day = today.to_string();
        let found_today = findings.iter().filter(|(on, ..)| *on == day).map(|(_, _, count)| count).sum();
        Ok::<_, rusqlite::Error>(Overview {
            day,
            due_today: due.iter().map(|due| due.today).sum(),
            overdue: due.iter().map(|due| due.overdue).sum(),
            done_today: submitted.iter().filter(|at| Day::of(**at) == today).count() as u64,
            under_review: state("reviewing") + state("submitted"),
            conflicts_open,
            held_open,
            returned_open: state("returned"),
            cases_overdue: views::cases::overdue(connection, &areas, today)?,
            devices_with_unsent: devices.iter().filter(|device| device.holds_work()).count() as u64,
            findings_today: found_today,
            districts: districts
                .iter()
                .map(|district| district_figures(district, &tallies, &due, &findings))
                .collect(),
            recent: recent.collect::<Result<_, _>>()?,
        })
    });
    Ok(Json(overview.map_err(ApiError::internal)?))
}

/// What there is in a district and everything below it. Struck and dismissed inspections do not count.
fn district_figures(
    district: &Area,
    tallies: &[Tally],
    due: &[Due],
    findings: &[(String, String, u64)],
) -> DistrictFigures {
    let is_in = |area: &str| area.starts_with(district.code.as_str());
    let void = [ReviewState::Struck, ReviewState::Dismissed].map(ReviewState::as_str);
    let standing =
        || tallies.iter().filter(|tally| is_in(&tally.area) && !void.contains(&tally.state.as_str()));
    let due = || due.iter().filter(|due| is_in(&due.area));
    let scored = || standing().filter(|tally| tally.state != ReviewState::Draft.as_str());
    let (scores, count) =
        scored().fold((0, 0), |(scores, count), one| (scores + one.scores, count + one.scored));
    DistrictFigures {
        code: district.code.to_string(),
        short: district.short.clone(),
        inspections: standing().map(|tally| tally.inspections).sum(),
        due: due().map(|due| due.due).sum(),
        done: due().map(|due| due.done).sum(),
        findings: findings.iter().filter(|(_, area, _)| is_in(area)).map(|(.., count)| count).sum(),
        conflicts: standing().map(|tally| tally.conflicts).sum(),
        // Rounded to the nearest.
        score_average: (scores + count / 2).checked_div(count).and_then(|score| u32::try_from(score).ok()),
    }
}
