//! Intake: the one writer of a city's log. Envelopes are judged beside it ([`judging`]), several deliveries at a time.
//! The writer takes what was found while it still holds, judges again where it does not, appends, projects into the
//! views and commits; only then does anybody hear of it.

mod delivering;
mod documents;
mod ground;
mod judging;
mod keeper;
mod projecting;
mod ruling;

use std::sync::{Arc, PoisonError, RwLock, mpsc};

use rounds_shared::{
    ids::{DeviceId, Epoch, UserId},
    protocol::SignedVerdict,
    registry::{Event, Registry},
};
use tokio::sync::{Semaphore, oneshot, watch};

pub use self::{
    ground::ground,
    judging::{Judge, Judged},
    keeper::{Keeper, KeeperError},
};
use crate::log::Log;

/// Most pieces of work in one commit: what shares an fsync.
const BATCH_WORK_MAX: usize = 64;
/// Most deliveries that are judged or wait for their commit: what is in memory at a time.
const DELIVERIES_MAX: usize = 64;

/// What is asked of the writer.
pub enum Work {
    /// Append registry events.
    Register(Vec<Event>),
    /// Append envelopes, in order.
    Deliver {
        /// What was found of each beside the writer.
        envelopes: Vec<Judged>,
        /// Who brings them.
        bearer: Bearer,
    },
    /// Rule on a held envelope 审定.
    Rule {
        /// The entry that holds it.
        held: u64,
        /// Whether it is admitted 准予采用 or dismissed 不予采用.
        admit: bool,
        /// Why.
        reason: String,
        /// Who.
        by: UserId,
    },
}

/// The device that brings envelopes: its own, or after a restore those of others that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// Which.
    pub device: DeviceId,
    /// The log position it confirmed. It says nothing of what the authors of others' envelopes knew.
    pub confirmed: u64,
}

impl Bearer {
    /// The position that the author of an envelope confirmed, as far as is known here.
    fn confirmed(self, author: DeviceId) -> u64 {
        if author == self.device { self.confirmed } else { 0 }
    }
}

/// Why a ruling is not made. Nothing is in the log then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unruled {
    /// The entry holds nothing, or nothing on which whoever rules may rule.
    #[error("there is no such held envelope")]
    NotHeld,
    /// It is merged already, or was dismissed and is to be dismissed again.
    #[error("it is ruled on already")]
    Settled,
    /// It waits for changes that have not come, and is merged by itself when they do; or for what was ruled against, and
    /// cannot be admitted before that.
    #[error("it waits for what is missing")]
    Waiting,
    /// Its document cannot take it as it is.
    #[error("its document cannot take it")]
    Impossible,
}

/// What came of it, after the commit.
pub enum Done {
    /// The position of the last event.
    Registered(u64),
    /// A verdict per envelope, in order.
    Verdicts(Vec<SignedVerdict>),
    /// The position of the ruling.
    Ruled(Result<u64, Unruled>),
}

/// Why work was not done. Nothing of it is in the log then, and asking again is safe.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The commit failed: a full disk, a damaged file.
    #[error("the log could not be written")]
    Storage(#[source] Arc<KeeperError>),
    /// This piece of work failed, and no other.
    #[error("the work failed")]
    Work(#[source] KeeperError),
    /// The writer has stopped.
    #[error("the writer has stopped")]
    Stopped,
}

type Ask = (Work, oneshot::Sender<Result<Done, IntakeError>>);

/// A handle to the writer thread; cheap to clone.
#[derive(Clone)]
pub struct Intake {
    asks: mpsc::Sender<Ask>,
    registry: Arc<RwLock<Arc<Registry>>>,
    position: watch::Receiver<u64>,
    log: Log,
    judge: Judge,
    /// Held from the judging to the answer.
    deliveries: Arc<Semaphore>,
    /// Held while judging: no more at a time than there are processors.
    turns: Arc<Semaphore>,
}

impl Intake {
    /// Starts the writer on its own thread; it ends when the last handle is dropped.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(mut keeper: Keeper) -> std::io::Result<Self> {
        let (asks, inbox) = mpsc::channel::<Ask>();
        let (moved, position) = watch::channel(keeper.position());
        let (log, judge) = (keeper.log(), keeper.judge_beside());
        let registry = Arc::clone(&keeper.committed);
        std::thread::Builder::new().name("intake".into()).spawn(move || {
            while let Ok(first) = inbox.recv() {
                let mut asks = vec![first];
                asks.extend(inbox.try_iter().take(BATCH_WORK_MAX - 1));
                let (works, replies): (Vec<_>, Vec<_>) = asks.into_iter().unzip();
                let done = keeper.commit(works);
                // Readers see the new position before anybody is told of the commit.
                moved.send_if_modified(|position| {
                    std::mem::replace(position, keeper.position()) != keeper.position()
                });
                match done {
                    Ok(done) => {
                        for (reply, done) in replies.into_iter().zip(done) {
                            // Whoever asked may have gone away; the work is done all the same.
                            reply.send(done.map_err(IntakeError::Work)).ok();
                        }
                    }
                    Err(error) => {
                        tracing::error!(error = &error as &dyn std::error::Error, "commit failed");
                        let error = Arc::new(error);
                        for reply in replies {
                            reply.send(Err(IntakeError::Storage(Arc::clone(&error)))).ok();
                        }
                    }
                }
            }
        })?;
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (deliveries, turns) = (Semaphore::new(DELIVERIES_MAX), Semaphore::new(processors));
        let (deliveries, turns) = (Arc::new(deliveries), Arc::new(turns));
        Ok(Self { asks, registry, position, log, judge, deliveries, turns })
    }

    /// Appends registry events; returns the position of the last.
    ///
    /// # Errors
    /// [`IntakeError`] when they are not in the log.
    pub async fn register(&self, events: Vec<Event>) -> Result<u64, IntakeError> {
        match self.ask(Work::Register(events)).await? {
            Done::Registered(position) => Ok(position),
            Done::Verdicts(_) | Done::Ruled(_) => Err(IntakeError::Stopped),
        }
    }

    /// Rules on the envelope that an entry holds; returns the ruling's position.
    ///
    /// # Errors
    /// [`IntakeError`] when it is not in the log; the inner error when it cannot be made.
    pub async fn rule(
        &self,
        held: u64,
        admit: bool,
        reason: String,
        by: UserId,
    ) -> Result<Result<u64, Unruled>, IntakeError> {
        match self.ask(Work::Rule { held, admit, reason, by }).await? {
            Done::Ruled(ruled) => Ok(ruled),
            Done::Registered(_) | Done::Verdicts(_) => Err(IntakeError::Stopped),
        }
    }

    /// Judges and appends envelopes; the verdicts are signed after the commit.
    ///
    /// # Errors
    /// [`IntakeError`] when nothing is known of any of them: the device sends them again.
    pub async fn envelopes(
        &self,
        envelopes: Vec<Vec<u8>>,
        bearer: Bearer,
    ) -> Result<Vec<SignedVerdict>, IntakeError> {
        // Neither is ever closed.
        let _delivery = self.deliveries.acquire().await.map_err(|_| IntakeError::Stopped)?;
        let envelopes = {
            let _turn = self.turns.acquire().await.map_err(|_| IntakeError::Stopped)?;
            let judge = self.judge.clone();
            let judging = tokio::task::spawn_blocking(move || judge.delivery(envelopes, bearer));
            judging.await.map_err(|_| IntakeError::Work(KeeperError::Panicked))?
        };
        match self.ask(Work::Deliver { envelopes, bearer }).await? {
            Done::Verdicts(verdicts) => Ok(verdicts),
            Done::Registered(_) | Done::Ruled(_) => Err(IntakeError::Stopped),
        }
    }

    async fn ask(&self, work: Work) -> Result<Done, IntakeError> {
        let (reply, done) = oneshot::channel();
        self.asks.send((work, reply)).map_err(|_| IntakeError::Stopped)?;
        done.await.map_err(|_| IntakeError::Stopped)?
    }

    /// The facts of the log as of the last commit.
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The identity of the log.
    pub fn epoch(&self) -> Epoch {
        self.log.epoch()
    }

    /// The log, for reading it.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The number of the last committed entry.
    pub fn position(&self) -> u64 {
        *self.position.borrow()
    }

    /// Follows the log: changes whenever something was committed.
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.position.clone()
    }
}

#[cfg(test)]
mod tests;
