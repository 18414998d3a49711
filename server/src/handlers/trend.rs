//! 趋势: how much was inspected and found, day by day of a week or week by week of a quarter.

use axum::extract::State;
use rounds_shared::calendar::Day;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::overview;
use crate::{
    app::App,
    auth::Reviewer,
    error::{ApiError, ErrorBody},
    extract::{Json, Query},
    views,
};

/// How far back a trend goes. It ends today.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Seven days, each by itself.
    #[default]
    Week,
    /// Thirteen weeks, each of seven days.
    Quarter,
}

impl Span {
    /// How many steps it has, and how many days a step.
    fn steps(self) -> (i32, i32) {
        match self {
            Self::Week => (7, 1),
            Self::Quarter => (13, 7),
        }
    }
}

/// Which trend is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TrendQuery {
    /// An area's code: it and everything below it.
    area: Option<String>,
    /// How far back; a week when nothing is said.
    #[serde(default)]
    #[param(inline)]
    span: Span,
}

/// Figures of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrendStep {
    /// Its first day.
    from: String,
    /// Its last day.
    to: String,
    /// Inspections submitted.
    inspections: u64,
    /// Findings recorded.
    findings: u64,
}

/// What was inspected and found, oldest step first.
#[utoipa::path(get, path = "/v1/trend", tag = "overview", params(TrendQuery),
    responses((status = 200, body = [TrendStep]), (status = 401, body = ErrorBody)))]
pub async fn trend(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(query): Query<TrendQuery>,
) -> Result<Json<Vec<TrendStep>>, ApiError> {
    let areas = overview::areas(query.area, &signed_in)?;
    let (first, mut steps) = steps(query.span, Day::of(app.now_ms()));
    let counted = app.readers.read(|connection| {
        let submitted = views::inspections::submitted_since(connection, &areas, first.start_ms())?;
        Ok::<_, rusqlite::Error>((submitted, views::findings::by_day(connection, &areas, first)?))
    });
    let (submitted, found) = counted.map_err(ApiError::internal)?;
    let (_, days) = query.span.steps();
    let step_of = |day: Day| usize::try_from(first.days_until(day) / days).ok();
    for at in submitted {
        if let Some(step) = step_of(Day::of(at)).and_then(|step| steps.get_mut(step)) {
            step.inspections += 1;
        }
    }
    for (day, count) in found {
        let step = day.parse().ok().and_then(step_of);
        if let Some(step) = step.and_then(|step| steps.get_mut(step)) {
            step.findings += count;
        }
    }
    Ok(Json(steps))
}

/// The first day of a span that ends today, and its steps, with nothing counted yet.
fn steps(span: Span, today: Day) -> (Day, Vec<TrendStep>) {
    let (count, days) = span.steps();
    let first = today.add_days(1 - count * days);
    let step = |number: i32| {
        let from = first.add_days(number * days);
        let to = from.add_days(days - 1);
        TrendStep { from: from.to_string(), to: to.to_string(), inspections: 0, findings: 0 }
    };
    (first, (0..count).map(step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_of_a_span_follow_each_other_without_a_gap_and_end_today() {
        let today: Day = "2026-03-01".parse().unwrap();
        for (span, count, beginning) in [(Span::Week, 7, "2026-02-23"), (Span::Quarter, 13, "2025-12-01")] {
            let (first, steps) = steps(span, today);
            assert_eq!((steps.len(), first.to_string().as_str()), (count, beginning));
            assert_eq!(steps.last().unwrap().to, today.to_string());
            for pair in steps.windows(2) {
                let next = pair[0].to.parse::<Day>().unwrap().add_days(1);
                assert_eq!(pair[1].from, next.to_string());
            }
        }
    }
}
