//! From where a request came, for the audit trail.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};

use crate::{app::App, config::Transport};

/// Longest address that is recorded, in bytes: an IPv6 address with a zone.
const ADDRESS_BYTES_MAX: usize = 64;

/// The network address of whoever asks.
#[derive(Debug, Clone)]
pub struct Address(pub String);

impl FromRequestParts<App> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = || {
            let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
            peer.map(|ConnectInfo(address)| address.ip().to_string()).unwrap_or_default()
        };
        let address = match app.config.transport {
            // The proxy adds the address it sees at the end; what stands before it anybody can write.
            Transport::BehindProxy => parts
                .headers
                .get_all("x-forwarded-for")
                .iter()
                .next_back()
                .and_then(|value| value.to_str().ok())
                .and_then(|list| list.rsplit(',').next())
                .map(|last| last.trim().chars().take(ADDRESS_BYTES_MAX).collect())
                .unwrap_or_else(peer),
            Transport::Plain | Transport::Tls { .. } => peer(),
        };
        Ok(Self(address))
    }
}
