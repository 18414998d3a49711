//! Comparing what a device has with what the server has, after a restore and from time to time.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{body::Bytes, extract::State, http::HeaderMap, response::Response};
use rounds_shared::{
    ids::DeviceId,
    protocol::{Holdings, PROTOCOL_VERSION, RETURNED_ENTRIES_MAX, RepairReply, RepairRequest},
};

use super::message;
use crate::{
    app::App,
    auth::DeviceSession,
    error::ApiError,
    outflow::{self, OutflowError, Reading},
    returning,
};

/// Sets kept between the rounds of a comparison.
const SETS_KEPT: usize = 4;

/// The sets of those who are comparing, so that a comparison of several rounds reads the log once.
#[derive(Default)]
pub struct Sets(Mutex<Vec<Kept>>);

struct Kept {
    device: DeviceId,
    position: u64,
    holdings: Arc<Holdings>,
}

/// Takes back what the log has lost, and answers what the device has that it lacks, and the reverse.
pub async fn repair(
    State(app): State<App>,
    session: DeviceSession,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    session.require_good()?;
    let body = message::decoded(&headers, body)?;
    let request: RepairRequest =
        minicbor::decode(&body).map_err(|_| ApiError::BadRequest("body is no repair request"))?;
    if request.protocol == 0 || request.protocol > PROTOCOL_VERSION {
        return Err(ApiError::ProtocolUnsupported);
    }
    if request.entries.len() > RETURNED_ENTRIES_MAX {
        return Err(ApiError::TooLarge { max: RETURNED_ENTRIES_MAX as u64 });
    }
    let spent = app.budgets.spend(session.device, app.now_ms(), body.len(), request.entries.len());
    spent.map_err(|spent| ApiError::ComeBack { seconds: spent.seconds })?;
    returning::take_back(&app, session.device, request.entries).await?;
    let answer = match request.message {
        None => None,
        Some(asked) => {
            let holdings = holdings(&app, &session).await?;
            Some(holdings.answer(&asked).ok_or(ApiError::BadRequest("message is no reconciliation"))?)
        }
    };
    message::reply(&RepairReply { message: answer })
}

/// What the device should have, as of now.
async fn holdings(app: &App, session: &DeviceSession) -> Result<Arc<Holdings>, ApiError> {
    let (device, user, position) = (session.device, session.user.id, app.intake.position());
    if let Some(kept) = app.sets.get(device, position) {
        return Ok(kept);
    }
    let looking = app.clone();
    let look = move || {
        let registry = looking.intake.registry();
        let reading = Reading { registry: &registry, device, user, cursor: None, own: None, bytes_max: 0 };
        let log = looking.intake.log();
        let ids = looking.readers.read(|connection| outflow::holdings(connection, log, &reading))?;
        Ok::<_, OutflowError>(Arc::new(Holdings::new(ids)))
    };
    let looked = tokio::task::spawn_blocking(look).await.map_err(ApiError::internal)?;
    let holdings = looked.map_err(ApiError::internal)?;
    app.sets.keep(Kept { device, position, holdings: Arc::clone(&holdings) });
    Ok(holdings)
}

impl Sets {
    fn get(&self, device: DeviceId, position: u64) -> Option<Arc<Holdings>> {
        let sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_his = |kept: &&Kept| kept.device == device && kept.position == position;
        sets.iter().find(is_his).map(|kept| Arc::clone(&kept.holdings))
    }

    fn keep(&self, kept: Kept) {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sets.retain(|one| one.device != kept.device);
        if sets.len() == SETS_KEPT {
            sets.remove(0);
        }
        sets.push(kept);
    }
}
