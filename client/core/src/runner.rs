//! Delivers in the background: at the start, soon after something was recorded, when the server pokes, and every few
//! minutes; after a failure later and later. Threads live here and nowhere else.

mod live;

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use self::live::Live;
use crate::{app::App, failure::Failure};

/// Several taps in a row travel together.
const GATHER: Duration = Duration::from_secs(2);
/// How often to ask when nothing is known to be new: what a lost poke costs at most.
const PERIOD: Duration = Duration::from_secs(5 * 60);
/// How long to wait after the first failure.
const BACKOFF: Duration = Duration::from_secs(5);
/// How long to wait at most after a failure.
const BACKOFF_MAX: Duration = Duration::from_secs(10 * 60);

/// What the thread that delivers waits for.
#[derive(Default)]
pub(crate) struct Nudge {
    signals: Mutex<Signals>,
    bell: Condvar,
}

#[derive(Default)]
struct Signals {
    changed: bool,
    poked: bool,
    deaf: bool,
    stopped: bool,
}

/// Why the wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    Stopped,
    Poked,
    Deaf,
    Changed,
    Due,
}

impl Nudge {
    /// Something was recorded: deliver soon, if the server could be reached last time.
    pub(crate) fn changed(&self) {
        self.lock().changed = true;
        self.bell.notify_all();
    }

    /// There is something new, or a reason to try at once.
    pub(crate) fn poke(&self) {
        self.lock().poked = true;
        self.bell.notify_all();
    }

    /// The line on which pokes come has ended.
    fn deaf(&self) {
        self.lock().deaf = true;
        self.bell.notify_all();
    }

    fn stop(&self) {
        self.lock().stopped = true;
        self.bell.notify_all();
    }

    fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// Waits for a signal, at most so long. `heed_changes` is off while deliveries fail: a tap is no reason to believe
    /// that the connection is back.
    fn wait(&self, most: Duration, heed_changes: bool) -> Woken {
        let until = Instant::now() + most;
        let mut signals = self.lock();
        loop {
            if signals.stopped {
                return Woken::Stopped;
            }
            if std::mem::take(&mut signals.poked) {
                signals.changed = false;
                return Woken::Poked;
            }
            if std::mem::take(&mut signals.deaf) {
                return Woken::Deaf;
            }
            if heed_changes && std::mem::take(&mut signals.changed) {
                return Woken::Changed;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Woken::Due;
            }
            signals = self
                .bell
                .wait_timeout(signals, left)
                .map_or_else(|poisoned| poisoned.into_inner().0, |woken| woken.0);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Signals> {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread that delivers; it stops when this is stopped or dropped.
pub struct Runner {
    nudge: Arc<Nudge>,
    thread: Option<JoinHandle<()>>,
}

impl Runner {
    /// Starts delivering.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(app: Arc<App>) -> io::Result<Self> {
        let nudge = app.nudge();
        nudge.poke();
        let thread = std::thread::Builder::new().name("deliver".to_owned()).spawn(move || run(&app))?;
        Ok(Self { nudge, thread: Some(thread) })
    }

    /// Stops after the exchange at hand, and waits for it. Nothing is lost by not waiting.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.nudge.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that delivers had panicked");
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.end();
    }
}

fn run(app: &Arc<App>) {
    let nudge = app.nudge();
    let random = || u32::from_be_bytes(app.random());
    let mut live = Live::default();
    let (mut failures, mut due) = (0, Instant::now());
    loop {
        match nudge.wait(due.saturating_duration_since(Instant::now()), !app.is_failing()) {
            Woken::Stopped => return,
            Woken::Deaf => {
                let lost = live.ended();
                // Only a delivery tells whether the server is still there; after it the app listens again. Where one has
                // failed since, it is tried again when it was to be.
                if failures == 0 {
                    due = due.min(Instant::now() + backoff(lost.max(1), random()));
                }
                continue;
            }
            Woken::Changed => match nudge.wait(GATHER, false) {
                Woken::Stopped => return,
                Woken::Deaf => _ = live.ended(),
                Woken::Poked | Woken::Changed | Woken::Due => {}
            },
            Woken::Poked | Woken::Due => {}
        }
        let delivered = app.deliver();
        failures = if delivered.is_ok() { 0 } else { failures + 1 };
        let wait = match delivered {
            Ok(()) => PERIOD,
            // Only a person can end this; signing in pokes.
            Err(Failure::NotEnrolled | Failure::SessionExpired | Failure::ServerKeyChanged) => BACKOFF_MAX,
            Err(failure) => {
                let asked = failure.come_back().unwrap_or_default().min(BACKOFF_MAX);
                backoff(failures, random()).max(asked)
            }
        };
        app.set_next_try(wait);
        due = Instant::now() + wait;
        if failures == 0 {
            live.listen(app);
        }
    }
}

/// How long to wait after so many failures in a row: doubling, with up to a half more so that a thousand devices that
/// lost their server together do not come back together.
fn backoff(failures: u32, random: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let base = BACKOFF.saturating_mul(1 << doublings).min(BACKOFF_MAX);
    base + base.mul_f64(f64::from(random) / f64::from(u32::MAX) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_tried_again_later_and_later_but_never_much_later_than_the_most() {
        assert_eq!(backoff(1, 0), BACKOFF);
        assert_eq!(backoff(2, 0), BACKOFF * 2);
        assert_eq!(backoff(3, u32::MAX), BACKOFF * 6);
        assert_eq!(backoff(u32::MAX, 0), BACKOFF_MAX);
    }

    #[test]
    fn a_poke_ends_the_wait_and_a_change_does_only_while_deliveries_succeed() {
        let nudge = Nudge::default();
        nudge.changed();
        assert_eq!(nudge.wait(Duration::ZERO, false), Woken::Due);
        assert_eq!(nudge.wait(Duration::ZERO, true), Woken::Changed, "the change is remembered");
        nudge.changed();
        nudge.poke();
        assert_eq!(nudge.wait(PERIOD, false), Woken::Poked);
        assert_eq!(nudge.wait(Duration::ZERO, true), Woken::Due, "the poke delivered the change too");
        nudge.stop();
        assert_eq!(nudge.wait(PERIOD, true), Woken::Stopped);
    }
}
