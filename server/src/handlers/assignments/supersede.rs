//! 取代: an assignment is never changed under people's feet. Another stands in its place, and says why.

use axum::extract::State;
use rounds_shared::{
    ids::AssignmentId,
    protocol::limits::SHORT_TEXT_BYTES_MAX,
    registry::{Event, Superseding},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{AssignmentRow, NewAssignment, check_checklist, compose, made, new_id};
use crate::{
    app::App,
    auth::Reviewer,
    error::{ApiError, ErrorBody},
    extract::{Json, Path},
    sight, views,
};

/// What is to stand in the place of an assignment.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Replacement {
    /// The assignment as it should be. When the other repeats a first one blindly, so does this one.
    assignment: NewAssignment,
    /// Why: shown to whoever holds the other one.
    reason: String,
}

/// Replaces an assignment by another. Devices stop offering the old one; what was begun under it stays valid, and may be
/// gone on with.
#[utoipa::path(post, path = "/v1/assignments/{id}/supersede", tag = "assignments",
    params(("id" = String, Path,)), request_body = Replacement, responses(
    (status = 200, body = AssignmentRow),
    (status = "4XX", description = "not_found, reason_required, text_too_long, assignment_superseded, assignment_done, assignment_paired, and what making one is refused with", body = ErrorBody)))]
pub async fn supersede(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Path(id): Path<AssignmentId>,
    Json(replacement): Json<Replacement>,
) -> Result<Json<AssignmentRow>, ApiError> {
    let reason = replacement.reason.trim();
    if reason.is_empty() {
        return Err(ApiError::ReasonRequired);
    }
    if reason.len() > SHORT_TEXT_BYTES_MAX {
        return Err(ApiError::TextTooLong { field: "reason", max: SHORT_TEXT_BYTES_MAX });
    }
    // Of two who replace it at the same time, the second sees the first.
    let _registering = app.registering().await;
    let (registry, user, now) = (app.intake.registry(), &signed_in.user, app.now_ms());
    let old = registry.assignment(id).filter(|old| user.covers(&old.area)).ok_or(ApiError::NotFound)?;
    let (sees, inspection) = app
        .readers
        .read(|connection| {
            let sees = sight::sees(connection, user, old.doc())?;
            Ok::<_, rusqlite::Error>((sees, views::inspections::one(connection, old.doc())?))
        })
        .map_err(ApiError::internal)?;
    if !sees {
        return Err(ApiError::NotFound);
    }
    if registry.superseding(id).is_some() {
        return Err(ApiError::AssignmentSuperseded);
    }
    if inspection.is_some_and(|row| !matches!(row.state.as_str(), "draft" | "returned")) {
        return Err(ApiError::AssignmentDone);
    }
    // Another cannot take the place of what somebody repeats: he would repeat what no longer stands.
    if registry
        .pairs_of(old)
        .any(|(first, second)| first.id == id && registry.superseding(second.id).is_none())
    {
        return Err(ApiError::AssignmentPaired);
    }
    let first = old.repeats.and_then(|first| registry.assignment(first));
    let new =
        compose(&registry, &replacement.assignment, new_id()?, first.map(|first| &**first), user.id, now)?;
    check_checklist(&registry, &new, Some(&**old))?;
    if !user.covers(&new.area) {
        return Err(ApiError::OutsideScope);
    }
    let superseding = Superseding { replacement: new.id, reason: reason.to_owned(), by: user.id };
    let events = vec![
        Event::AssignmentMade(Box::new(new.clone())),
        Event::AssignmentSuperseded { assignment: id, superseding },
    ];
    app.intake.register(events).await.map_err(ApiError::internal)?;
    made(&app, &new, now).map(Json)
}
