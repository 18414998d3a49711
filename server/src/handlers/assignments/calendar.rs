//! What is due on which day, and who is late.

use axum::extract::State;
use rounds_shared::calendar::Day;
use serde::Serialize;
use utoipa::ToSchema;

use super::{AssignmentQuery, filter};
use crate::{
    app::App,
    auth::Reviewer,
    error::{ApiError, ErrorBody},
    extract::{Json, Query},
    handlers::shapes::Person,
    views::{
        self,
        assignments::{Filter, Standing},
    },
};

/// Days and people of a list of assignments.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssignmentCalendar {
    /// Today, in Shanghai.
    today: String,
    /// Days with something due.
    days: Vec<CalendarDay>,
    /// Who has not submitted what was due before today, most first.
    late: Vec<Late>,
}

/// A day with something due.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarDay {
    day: String,
    /// Due on it.
    due: u64,
    /// Of those, submitted.
    done: u64,
}

/// Somebody who is late.
#[derive(Debug, Serialize, ToSchema)]
pub struct Late {
    person: Person,
    /// How many assignments are overdue.
    overdue: u64,
    /// The oldest of their days.
    since: String,
}

/// The calendar of the assignments in the user's scope, and who is late with any of them.
#[utoipa::path(get, path = "/v1/assignments/calendar", tag = "assignments", params(AssignmentQuery),
    responses((status = 200, body = AssignmentCalendar), (status = "4XX", body = ErrorBody)))]
pub async fn calendar(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Query(query): Query<AssignmentQuery>,
) -> Result<Json<AssignmentCalendar>, ApiError> {
    let today = Day::of(app.now_ms());
    let wanted = filter(&signed_in, &query, today)?;
    // Whoever is late stays so whichever month is looked at.
    let overdue = Filter { standing: Some(Standing::Overdue(today)), from: None, to: None, ..wanted.clone() };
    let registry = app.intake.registry();
    let calendar = app.readers.read(|connection| {
        let days = views::assignments::days(connection, &wanted)?;
        Ok::<_, rusqlite::Error>((days, views::assignments::late(connection, &overdue)?))
    });
    let (days, late) = calendar.map_err(ApiError::internal)?;
    let late = late.into_iter().map(|late| Late {
        person: Person::of(&registry, late.person),
        overdue: late.assignments,
        since: late.since,
    });
    Ok(Json(AssignmentCalendar {
        today: today.to_string(),
        days: days
            .into_iter()
            .map(|day| CalendarDay { day: day.day, due: day.due, done: day.done })
            .collect(),
        late: late.collect(),
    }))
}
