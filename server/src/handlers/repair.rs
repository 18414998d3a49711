//! Comparing with a device, over HTTP.

use axum::{body::Bytes, extract::State, http::HeaderMap, response::Response};
use rounds_shared::{ids::DeviceId, protocol::SignedEntry};

use super::message::{self, off};
use crate::{app::App, auth::DeviceSession, error::ApiError, exchange::message::packed};

/// Takes back what the log has lost, and answers what the device has that it lacks, and the reverse.
pub async fn repair(
    State(app): State<App>,
    session: DeviceSession,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let (packing, now, device) = (message::packing(&headers)?, app.now_ms(), session.device);
    let exchange = app.exchange.clone();
    let mut asked = off(move || exchange.repair_asked(session, (packing, &body), now)).await?;
    take_back(&app, device, asked.returned(), now).await?;
    let answer = move || {
        let (registry, position) = (app.intake.registry(), app.intake.position());
        packed(&app.exchange.repair_answer(&registry, position, &asked)?)
    };
    off(answer).await.map(message::reply)
}

async fn take_back(app: &App, device: DeviceId, entries: Vec<SignedEntry>, now: i64) -> Result<(), ApiError> {
    if entries.is_empty() {
        return Ok(());
    }
    // Whoever decides by what is in the registry waits for whoever does the same.
    let _registering = app.registering().await;
    let exchange = app.exchange.clone();
    let mut sorted = off(move || exchange.sort_returned(entries)).await?;
    let events = sorted.events();
    let last = if events.is_empty() { None } else { Some(app.intake.register(events).await?) };
    let exchange = app.exchange.clone();
    off(move || exchange.returned(device, sorted, last, now)).await
}
