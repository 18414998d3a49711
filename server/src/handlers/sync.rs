//! The one round trip of a device: CBOR in, CBOR out, zstd both ways.

use axum::{body::Bytes, extract::State, http::HeaderMap, response::Response};
use rounds_shared::{
    ids::{DeviceId, PhotoHash, UserId},
    protocol::{EntryBody, Own, PROTOCOL_VERSION, SyncReply, SyncRequest, limits::REQUEST_ENVELOPES_MAX},
    registry::Registry,
};

use super::message;
use crate::{
    app::App,
    auth::DeviceSession,
    error::ApiError,
    intake::Bearer,
    outflow::{self, OutflowError, Page, Reading},
    vault::Contact,
    views,
};

/// When a device comes back whose envelopes wait for too much that is missing, in seconds.
const COME_BACK_S: i64 = 60;
/// Longest app version that is kept, in characters.
const APP_VERSION_CHARS_MAX: usize = 64;
/// Most photos named in a reply as missing; the rest follow in the next.
const PHOTOS_MISSING_MAX: usize = 200;

/// Takes what a device has to give, and gives it what is new.
pub async fn sync(
    State(app): State<App>,
    session: DeviceSession,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let body = message::decoded(&headers, body)?;
    let request: SyncRequest =
        minicbor::decode(&body).map_err(|_| ApiError::BadRequest("body is no sync request"))?;
    if request.protocol == 0 || request.protocol > PROTOCOL_VERSION {
        return Err(ApiError::ProtocolUnsupported);
    }
    if request.envelopes.len() > REQUEST_ENVELOPES_MAX {
        return Err(ApiError::TooLarge { max: REQUEST_ENVELOPES_MAX as u64 });
    }
    let now = app.now_ms();
    let spent = app.budgets.spend(session.device, now, body.len(), request.envelopes.len());
    spent.map_err(|spent| ApiError::ComeBack { seconds: spent.seconds })?;
    let reader = Reader {
        app: app.clone(),
        device: session.device,
        user: session.user.id,
        cursor: request.cursor.clone(),
        own: request.own,
        bytes_max: usize::try_from(request.page_bytes_max).unwrap_or(usize::MAX),
    };
    let known = app.vault.contact_of(session.device).await.map_err(ApiError::internal)?;
    // What a device once confirmed stays confirmed, whatever cursor it sends.
    let confirmed = reader.confirmed()?.max(known.map_or(0, |contact| contact.confirmed));
    let envelopes: Vec<Vec<u8>> = request.envelopes.iter().map(|bytes| bytes.to_vec()).collect();
    let delivered = envelopes.len();
    let verdicts = if envelopes.is_empty() {
        Vec::new()
    } else {
        app.intake
            .envelopes(envelopes, Bearer { device: session.device, confirmed })
            .await
            .map_err(ApiError::internal)?
    };
    let contact = Contact {
        last_contact: now,
        version: request.app.chars().take(APP_VERSION_CHARS_MAX).collect(),
        n_made: request.n_made,
        confirmed,
        clock_skew_ms: request.clock.saturating_sub(now),
    };
    app.vault.contact(session.device, contact).await.map_err(ApiError::internal)?;
    if verdicts.len() < delivered {
        // What has a verdict is in the log and will be answered with it again.
        return Err(ApiError::ComeBack { seconds: COME_BACK_S });
    }
    let epoch = Some(app.intake.epoch());
    let backed_up = app.vault.backed_up(app.intake.epoch()).await.map_err(ApiError::internal)?;
    if session.require_good().is_err() {
        // It may deliver and gets nothing.
        return message::reply(&SyncReply {
            verdicts,
            entries: Vec::new(),
            forget: Vec::new(),
            cursor: request.cursor.unwrap_or_default(),
            more: false,
            backed_up,
            server_time: now,
            photos_missing: Vec::new(),
            epoch,
        });
    }
    let (mut page, photos_missing) = reader.page().await?;
    for entry in page.entries.iter_mut().filter(|entry| matches!(entry.parse(), EntryBody::Registry(_))) {
        entry.sign(app.intake.epoch(), app.vault.server_key());
    }
    message::reply(&SyncReply {
        verdicts,
        entries: page.entries,
        forget: Vec::new(),
        cursor: page.cursor.to_bytes(),
        more: page.more,
        backed_up,
        server_time: now,
        photos_missing,
        epoch,
    })
}

/// Reads for one device, off the threads that answer.
struct Reader {
    app: App,
    device: DeviceId,
    user: UserId,
    cursor: Option<Vec<u8>>,
    own: Option<Own>,
    bytes_max: usize,
}

impl Reader {
    fn reading<'r>(&'r self, registry: &'r Registry) -> Reading<'r> {
        Reading {
            registry,
            device: self.device,
            user: self.user,
            cursor: self.cursor.as_deref(),
            own: self.own,
            bytes_max: self.bytes_max,
        }
    }

    fn confirmed(&self) -> Result<u64, ApiError> {
        let registry = self.app.intake.registry();
        let log = self.app.intake.log();
        let look = |connection: &_| outflow::confirmed(connection, log, &self.reading(&registry));
        self.app.readers.read(look).map_err(ApiError::internal)
    }

    async fn page(self) -> Result<(Page, Vec<PhotoHash>), ApiError> {
        let look = move || {
            let registry = self.app.intake.registry();
            let (page, named) = self.app.readers.read(|connection| {
                let page = outflow::page(connection, self.app.intake.log(), &self.reading(&registry))?;
                Ok::<_, OutflowError>((page, views::photos::of_device(connection, self.device)?))
            })?;
            let missing = named.into_iter().filter(|hash| !self.app.photos.has(*hash));
            Ok::<_, OutflowError>((page, missing.take(PHOTOS_MISSING_MAX).collect()))
        };
        let looked = tokio::task::spawn_blocking(look).await.map_err(ApiError::internal)?;
        looked.map_err(ApiError::internal)
    }
}
