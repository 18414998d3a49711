//! `GET /v1/live`: pokes.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt as _, stream};

use crate::{app::App, auth::Reader, live::Listener};

/// How long a stream lasts, so that one whose session ended or whose device was revoked ends too: whoever
/// still may comes back by himself.
const STREAM_MAX: Duration = Duration::from_secs(15 * 60);
/// Pause after a poke: what happens in it is one poke at its end.
const PAUSE: Duration = Duration::from_millis(500);
/// A proxy that gathers what it forwards would keep the pokes.
const NO_BUFFERING: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// Says that there is something new: the event `poke`, whose data says nothing more.
#[utoipa::path(get, path = "/v1/live", tag = "live", responses(
    (status = 200, description = "events named `poke`", content_type = "text/event-stream")))]
pub async fn live(State(app): State<App>, _: Reader) -> Response {
    let events = Sse::new(pokes(app.live.listen())).keep_alive(KeepAlive::default());
    ([NO_BUFFERING], events).into_response()
}

fn pokes(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    let end = tokio::time::sleep(STREAM_MAX);
    // Whoever comes has looked before he listened: what was new in between is told at once.
    let first = stream::once(async { Ok(poke()) });
    let later = stream::unfold((listener, false), |(mut listener, paused)| async move {
        if paused {
            tokio::time::sleep(PAUSE).await;
        }
        listener.poked().await.then(|| (Ok(poke()), (listener, true)))
    });
    first.chain(later).take_until(end)
}

/// A browser hands on no event that has no data.
fn poke() -> Event {
    Event::default().event("poke").data("new")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Live;

    #[tokio::test]
    async fn a_poke_has_data_without_which_a_browser_would_keep_it() {
        let body = Sse::new(pokes(Live::default().listen()).take(1)).into_response().into_body();
        let sent = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        assert_eq!(std::str::from_utf8(&sent).unwrap(), "event: poke\ndata: new\n\n");
    }
}
