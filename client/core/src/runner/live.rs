//! Listens to the server's pokes: `GET /v1/live`, server-sent events that say nothing but "there is something new".

use std::{
    io::{BufRead as _, BufReader, Read as _},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use ureq::http::header;

use super::Nudge;
use crate::{app::App, http::Server};

/// How long one connection is kept.
const CONNECTION: Duration = Duration::from_secs(10 * 60);
/// Longest line that is read whole, in bytes.
const LINE_BYTES_MAX: u64 = 1024;
/// A connection that lasted so long was a real one, and its end is news.
const LASTED: Duration = Duration::from_secs(30);

/// Listens on a thread of its own, for one connection. The thread holds nothing of the app: it may outlive it until the
/// server's next sign of life.
pub(super) fn listen(app: &Arc<App>) -> Option<JoinHandle<()>> {
    let (server, token) = app.session().ok()?;
    let nudge = app.nudge();
    let thread = std::thread::Builder::new().name("live".to_owned());
    thread.spawn(move || follow(&server, &token, &nudge)).ok()
}

fn follow(server: &Server, token: &str, nudge: &Nudge) {
    let begun = Instant::now();
    let request = server
        .agent()
        .get(server.url("/v1/live"))
        .config()
        .timeout_global(Some(CONNECTION))
        .build()
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::ACCEPT, "text/event-stream");
    let Ok(response) = request.call() else { return };
    if !response.status().is_success() {
        return;
    }
    let mut lines = BufReader::new(response.into_body().into_reader());
    let mut line = String::new();
    while matches!(lines.by_ref().take(LINE_BYTES_MAX).read_line(&mut line), Ok(read) if read > 0) {
        if nudge.is_stopped() {
            return;
        }
        // Its data is another line of the same poke, and only there because browsers want it.
        if line.starts_with("event:") {
            nudge.poke();
        }
        line.clear();
    }
    if begun.elapsed() > LASTED {
        nudge.poke();
    }
}
