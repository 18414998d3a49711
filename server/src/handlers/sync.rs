//! The one round trip of a device, over HTTP.

use axum::{body::Bytes, extract::State, http::HeaderMap, response::Response};

use super::message::{self, off};
use crate::{app::App, auth::DeviceSession, error::ApiError, exchange::message::packed};

/// Takes what a device has to give, and gives it what is new.
pub async fn sync(
    State(app): State<App>,
    session: DeviceSession,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let (packing, now) = (message::packing(&headers)?, app.now_ms());
    let (exchange, registry) = (app.exchange.clone(), app.intake.registry());
    let asked = move || exchange.sync_asked(&registry, session, (packing, &body), now);
    let mut asked = off(asked).await?;
    let (envelopes, bearer) = asked.envelopes();
    let verdicts = if envelopes.is_empty() {
        Vec::new()
    } else {
        app.intake.envelopes(envelopes, bearer).await.map_err(ApiError::internal)?
    };
    let answer = move || {
        let position = app.intake.position();
        packed(&app.exchange.sync_answer(position, &app.intake.registry(), &asked, verdicts)?)
    };
    off(answer).await.map(message::reply)
}
