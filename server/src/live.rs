//! "There is something new": a poke to everybody who listens. It carries nothing else, so there is nothing
//! in it that somebody should not see; what is new comes through the ordinary endpoints.

use std::sync::Arc;

use tokio::sync::watch;

/// The pokes of one server. Several pokes before a listener looks are one poke to him.
#[derive(Debug, Clone)]
pub struct Live(Arc<watch::Sender<Pulse>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pulse {
    Beat(u64),
    Closing,
}

/// A listener, who is told of every poke after he began to listen.
#[derive(Debug)]
pub struct Listener(watch::Receiver<Pulse>);

impl Default for Live {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Pulse::Beat(0))))
    }
}

impl Live {
    /// Says that there is something new.
    pub fn poke(&self) {
        self.0.send_modify(|pulse| {
            if let Pulse::Beat(count) = pulse {
                *count = count.wrapping_add(1);
            }
        });
    }

    /// Ends every listening, so that a server that shuts down need not wait for it.
    pub fn close(&self) {
        self.0.send_replace(Pulse::Closing);
    }

    /// Begins to listen.
    pub fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

impl Listener {
    /// Waits for the next poke; false when the server shuts down and there will be none.
    pub async fn poked(&mut self) -> bool {
        let open = *self.0.borrow() != Pulse::Closing;
        open && self.0.changed().await.is_ok() && *self.0.borrow_and_update() != Pulse::Closing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pokes_while_nobody_looks_are_one_poke_and_closing_ends_the_wait() {
        let live = Live::default();
        let mut listener = live.listen();
        live.poke();
        live.poke();
        assert!(listener.poked().await);
        live.close();
        assert!(!listener.poked().await);
        live.poke();
        assert!(!live.listen().poked().await);
    }
}
