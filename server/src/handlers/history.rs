//! 历史回溯: an inspection as it was at any moment, as the server had it or as a device showed it, and what lies between
//! two moments. All of it follows from the log: nothing is kept for this.

mod difference;

use std::sync::Arc;

use axum::extract::State;
use rounds_shared::{
    document::{Document, Payload},
    envelope::{EnvelopeBody, Verified},
    ids::{DeviceId, DocId},
    protocol::ChangeId,
    registry::Registry,
};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use difference::{Difference, DifferenceKind, Said};

use super::{
    inspections::{self, InspectionDetail, InspectionRow},
    shapes::Person,
};
use crate::{
    app::App,
    auth::{Reviewer, SignedIn},
    error::{ApiError, ErrorBody},
    extract::{Json, Path, Query},
    log::LogError,
    views,
};

/// Something that was merged into an inspection.
#[derive(Debug, Serialize, ToSchema)]
pub struct Moment {
    /// The entry that merged it 流水号.
    seq: u64,
    /// When it was merged, by the server's clock in milliseconds.
    at: i64,
    /// Who recorded it.
    by: Person,
    /// On which device.
    device: String,
    /// What its owner calls it.
    device_name: String,
    /// When it was packed, by the device's clock in milliseconds.
    made_at: i64,
    /// How many changes it brought.
    changes: u64,
}

/// The moments of an inspection, oldest first: whenever something was merged, the server had another state of it.
#[utoipa::path(get, path = "/v1/inspections/{id}/moments", tag = "inspections", params(("id" = String, Path)),
    responses((status = 200, body = Vec<Moment>), (status = 404, body = ErrorBody)))]
pub async fn moments(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Path(id): Path<DocId>,
) -> Result<Json<Vec<Moment>>, ApiError> {
    let registry = app.intake.registry();
    let (_, _, merges) = look(&app, &signed_in, &registry, id).await?;
    let moment = |merge: Merge| {
        let device = registry.device(merge.body.device);
        Moment {
            seq: merge.seq,
            at: merge.at,
            by: Person::of_device(&registry, Some(merge.body.device)),
            device: merge.body.device.to_string(),
            device_name: device.map(|device| device.name.clone()).unwrap_or_default(),
            made_at: merge.body.made_at,
            changes: merge.changes.len() as u64,
        }
    };
    Ok(Json(merges.into_iter().map(moment).collect()))
}

/// Which moment is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PastQuery {
    /// As the server had it after this entry; as it is now when nothing is said.
    seq: Option<u64>,
    /// As this device showed it …
    device: Option<DeviceId>,
    /// … when its own clock said this, in milliseconds.
    at: Option<i64>,
    /// What is different since the server had it after this entry; 0 is before anything was recorded.
    since: Option<u64>,
}

/// An inspection as it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct Past {
    /// The inspection then.
    inspection: InspectionDetail,
    /// What is different from the moment to compare with, when one is named.
    differences: Option<Vec<Difference>>,
}

/// An inspection as it was at a moment.
#[utoipa::path(get, path = "/v1/inspections/{id}/past", tag = "inspections", params(("id" = String, Path), PastQuery),
    responses((status = 200, body = Past), (status = 404, body = ErrorBody)))]
pub async fn past(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Path(id): Path<DocId>,
    Query(query): Query<PastQuery>,
) -> Result<Json<Past>, ApiError> {
    let registry = app.intake.registry();
    let (row, document, merges) = look(&app, &signed_in, &registry, id).await?;
    let then = match (query.device, query.seq) {
        (Some(device), _) => shown(&document, &merges, device, query.at.unwrap_or(i64::MAX)),
        (None, Some(seq)) => had(&merges, seq),
        (None, None) => had(&merges, u64::MAX),
    };
    let then = document.at(&then).map_err(ApiError::internal)?;
    let differences = match query.since {
        None => None,
        Some(seq) => {
            let before = document.at(&had(&merges, seq)).map_err(ApiError::internal)?;
            let before = before.inspection().map_err(ApiError::internal)?;
            let after = then.inspection().map_err(ApiError::internal)?;
            let template = inspections::template_of(&registry, &after)?;
            Some(difference::between(&before, &after, &template, &registry))
        }
    };
    let inspection = inspections::detail_of(&app, &registry, row, &then)?;
    Ok(Json(Past { inspection, differences }))
}

/// What merged an envelope into a document.
struct Merge {
    seq: u64,
    at: i64,
    body: EnvelopeBody,
    changes: Vec<ChangeId>,
}

/// An inspection that somebody may see, with everything it is made of.
async fn look(
    app: &App,
    signed_in: &SignedIn,
    registry: &Arc<Registry>,
    doc: DocId,
) -> Result<(InspectionRow, Document, Vec<Merge>), ApiError> {
    let (app, signed_in, registry) = (app.clone(), signed_in.clone(), registry.clone());
    // Every envelope of the document is read: off the threads that answer.
    let look = move || {
        app.readers.read(|connection| {
            let row = inspections::visible(connection, &signed_in, doc)?;
            let row =
                row.map(|row| InspectionRow::of(connection, &registry, &app.photos, row)).transpose()?;
            let document = views::documents::load(connection, doc)?;
            let Some((row, document)) = row.zip(document) else { return Ok(None) };
            Ok::<_, LogError>(Some((row, document, merges(&app, connection, doc)?)))
        })
    };
    let found = tokio::task::spawn_blocking(look).await.map_err(ApiError::internal)?;
    found.map_err(ApiError::internal)?.ok_or(ApiError::NotFound)
}

fn merges(app: &App, connection: &Connection, doc: DocId) -> Result<Vec<Merge>, LogError> {
    let log = app.intake.log();
    let mut merges = Vec::new();
    for (seq, envelope) in views::documents::merges(connection, doc)? {
        let stored = log.of_envelope(connection, envelope)?.map_or(seq, |(stored, _)| stored);
        let damaged = |what| LogError::Damaged { seq: stored, what };
        let entry = log.entry(connection, stored)?.ok_or(damaged("its row"))?;
        // What was held when it came was merged by a later entry.
        let at = if stored == seq { entry.entry.at } else { at_of(app, connection, seq)? };
        let verified = Verified::from_log(entry.entry.body).map_err(|_| damaged("its envelope"))?;
        let payload = Payload::decode(&verified.body().payload).map_err(|_| damaged("its payload"))?;
        merges.push(Merge { seq, at, changes: payload.ids().collect(), body: verified.body().clone() });
    }
    Ok(merges)
}

fn at_of(app: &App, connection: &Connection, seq: u64) -> Result<i64, LogError> {
    let entry = app.intake.log().entry(connection, seq)?;
    entry.map(|row| row.entry.at).ok_or(LogError::Damaged { seq, what: "its row" })
}

/// What the server had after an entry.
fn had(merges: &[Merge], seq: u64) -> Vec<ChangeId> {
    merges.iter().filter(|merge| merge.seq <= seq).flat_map(|merge| &merge.changes).copied().collect()
}

/// What a device showed when its clock said so: what it had written by then, with all that knew of, and what it says it had
/// read before it packed an envelope by then.
fn shown(document: &Document, merges: &[Merge], device: DeviceId, at: i64) -> Vec<ChangeId> {
    let own = merges.iter().filter(|merge| merge.body.device == device && merge.body.made_at <= at);
    let read = own.map(|merge| merge.body.seen).max().unwrap_or(0);
    let mut shown = document.written_by(device, at);
    shown.extend(had(merges, read));
    shown
}
