//! The app's events as one server-sent stream a page.

use std::{
    collections::HashSet,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::sse::{Event, Sse},
};
use tauri::Listener;
use tokio::sync::broadcast;
use tokio_stream::{Stream, StreamExt as _, wrappers::BroadcastStream};

use crate::Bridge;

/// Events that a page may be behind before it misses some.
const BEHIND_MAX: usize = 4096;

/// The names the pages have asked for, and the way to every page that is open.
#[derive(Clone)]
pub(crate) struct Events {
    names: Arc<Mutex<HashSet<String>>>,
    pages: broadcast::Sender<String>,
}

impl Events {
    pub(crate) fn new() -> Self {
        Self { names: Arc::default(), pages: broadcast::Sender::new(BEHIND_MAX) }
    }
}

/// Passes every later event of this name to every open page.
pub(crate) async fn listen(State(bridge): State<Bridge>, Path(name): Path<String>) -> StatusCode {
    let Events { names, pages } = bridge.events;
    if names.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone()) {
        let label = serde_json::Value::from(name.as_str());
        bridge.app.listen_any(name, move |event| {
            // It fails when no page is open, and then nobody is to be told.
            pages.send(format!("{{\"event\":{label},\"payload\":{}}}", event.payload())).ok();
        });
    }
    StatusCode::NO_CONTENT
}

/// Stays open until the page goes away. Nothing it asks for once it is open can slip past.
pub(crate) async fn stream(
    State(bridge): State<Bridge>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = BroadcastStream::new(bridge.events.pages.subscribe());
    Sse::new(events.filter_map(Result::ok).map(|message| Ok(Event::default().data(message))))
}
