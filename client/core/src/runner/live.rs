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

/// How long one line to the server is kept.
const LINE: Duration = Duration::from_secs(10 * 60);
/// How long the server may say nothing on it, who says every 15 s that he is there: after three times the line is dead,
/// though nobody has told the system so. A phone that changes its network leaves such lines behind.
const SILENCE: Duration = Duration::from_secs(45);
/// Longest line of text that is read whole, in bytes.
const TEXT_BYTES_MAX: u64 = 1024;
/// A line that lasted so long was a real one.
const LASTED: Duration = Duration::from_secs(30);

/// The line to the server, if there is one. Its thread holds nothing of the app: it may outlive it until the server's next
/// sign of life.
#[derive(Default)]
pub(super) struct Live {
    thread: Option<JoinHandle<bool>>,
    lost: u32,
}

impl Live {
    /// Listens on a thread of its own until the line ends, which rings [`Nudge::deaf`]; nothing while it listens already.
    pub(super) fn listen(&mut self, app: &Arc<App>) {
        if self.thread.is_some() {
            return;
        }
        let Ok((server, token)) = app.session() else { return };
        let nudge = app.nudge();
        let thread = std::thread::Builder::new().name("live".to_owned());
        self.thread = thread.spawn(move || follow(&server, &token, &nudge, SILENCE)).ok();
    }

    /// The line has ended: how many in a row were lost before they had lasted. None means that this one had.
    pub(super) fn ended(&mut self) -> u32 {
        let lasted = self.thread.take().is_some_and(|thread| thread.join().unwrap_or(false));
        self.lost = if lasted { 0 } else { self.lost.saturating_add(1) };
        self.lost
    }
}

/// Whether the line lasted.
fn follow(server: &Server, token: &str, nudge: &Nudge, silence: Duration) -> bool {
    let begun = Instant::now();
    hear(server, token, nudge, silence);
    nudge.deaf();
    begun.elapsed() > LASTED
}

fn hear(server: &Server, token: &str, nudge: &Nudge, silence: Duration) {
    let request = server
        .agent()
        .get(server.url("/v1/live"))
        .config()
        .timeout_global(Some(LINE))
        .timeout_per_read(Some(silence))
        .build()
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::ACCEPT, "text/event-stream");
    let Ok(response) = request.call() else { return };
    if !response.status().is_success() {
        return;
    }
    let mut texts = BufReader::new(response.into_body().into_reader());
    let mut text = String::new();
    while matches!(texts.by_ref().take(TEXT_BYTES_MAX).read_line(&mut text), Ok(read) if read > 0) {
        if nudge.is_stopped() {
            return;
        }
        // Its data is another line of the same poke, and only there because browsers want it.
        if text.starts_with("event:") {
            nudge.poke();
        }
        text.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, net::TcpListener, sync::mpsc};

    use super::*;
    use crate::{http, runner::Woken};

    /// Far more than it takes: only a test that fails waits so long.
    const PATIENCE: Duration = Duration::from_secs(30);

    #[test]
    fn a_line_on_which_nobody_speaks_any_more_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let nudge = Arc::new(Nudge::default());
        let (say, ended) = mpsc::channel();
        let heard = Arc::clone(&nudge);
        std::thread::spawn(move || {
            let server = Server::new(http::agent(), address);
            say.send(follow(&server, "token", &heard, Duration::from_millis(50))).unwrap();
        });
        let (mut line, _) = listener.accept().unwrap();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
        write!(line, "{head}event: poke\ndata: new\n\n").unwrap();
        let lasted = ended.recv_timeout(PATIENCE).expect("the other end is open, but says nothing");
        assert!(!lasted);
        assert_eq!(nudge.wait(Duration::ZERO, false), Woken::Poked);
        assert_eq!(nudge.wait(Duration::ZERO, false), Woken::Deaf);
    }
}
