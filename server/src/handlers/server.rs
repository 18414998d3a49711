//! `GET /v1/server`: whose server this is.

use axum::extract::State;
use data_encoding::HEXLOWER;
use rounds_shared::protocol::{PROTOCOL_VERSION, ServerInfo};

use crate::{app::App, extract::Json};

/// Whose server this is, before anybody trusts it with anything.
#[utoipa::path(get, path = "/v1/server", tag = "server", responses((status = 200, body = ServerInfo)))]
pub async fn about(State(app): State<App>) -> Json<ServerInfo> {
    Json(ServerInfo {
        city: app.city.code.clone(),
        name: rounds_shared::template::Text { zh: app.city.zh.clone(), en: app.city.en.clone() },
        protocol: PROTOCOL_VERSION,
        server_key: HEXLOWER.encode(app.vault.server_key().public().as_bytes()),
        epoch: app.intake.epoch(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        setup_needed: app.setup_needed(),
    })
}
