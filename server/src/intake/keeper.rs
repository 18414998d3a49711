//! The keeper: the writer's work as plain functions, without threads or async.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use rounds_shared::{
    area::AreaCode,
    envelope::{SecretKey, Verified},
    gate::Merged,
    ids::{DocId, Epoch},
    protocol::{EntryBody, SignedVerdict, Verdict},
    registry::{Event, Registry},
};
use rusqlite::{Connection, ErrorCode};

use super::{Done, Unruled, Work, documents::Documents, projecting::Touched};
use crate::{
    log::{self, Log, LogError},
    views,
};

/// Why a commit failed or the keeper could not start.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// The log.
    #[error("the log failed")]
    Log(#[from] LogError),
    /// A view.
    #[error("a view failed")]
    Sqlite(#[from] rusqlite::Error),
    /// Something in it panicked.
    #[error("the writer panicked")]
    Panicked,
    /// A merged envelope in the log cannot be applied any more: the file is damaged.
    #[error("entry {0} cannot be applied")]
    Unappliable(u64),
}

impl KeeperError {
    /// Whether only the piece of work that met it fails: what else the commit holds has nothing to do with it. A disk
    /// that is full or failing is everybody's.
    fn is_of_the_work(&self) -> bool {
        let sqlite = match self {
            KeeperError::Panicked
            | KeeperError::Unappliable(_)
            | KeeperError::Log(LogError::Damaged { .. } | LogError::OtherCity { .. } | LogError::TooNew(_)) =>
            {
                return true;
            }
            KeeperError::Log(LogError::Sqlite(error)) | KeeperError::Sqlite(error) => error,
        };
        !matches!(
            sqlite.sqlite_error_code(),
            Some(
                ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::DatabaseCorrupt
                    | ErrorCode::NotADatabase
                    | ErrorCode::CannotOpen
                    | ErrorCode::ReadOnly
                    | ErrorCode::PermissionDenied
                    | ErrorCode::OutOfMemory
                    | ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
            )
        )
    }
}

/// Keeps one city's log and its views.
pub struct Keeper {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) log: Log,
    pub(super) registry: Arc<Registry>,
    pub(super) documents: Documents,
    /// What was merged or held and is not in the views yet.
    pub(super) touched: BTreeMap<DocId, Touched>,
    pub(super) clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// The registry as it is on disk, for everybody who reads beside the writer.
    pub(super) committed: Arc<RwLock<Arc<Registry>>>,
    key: SecretKey,
}

impl Keeper {
    /// Opens the log of a city, bringing the views up to date when they are behind or of another version.
    ///
    /// # Errors
    /// [`KeeperError`] when the file is damaged, too new, or another city's.
    pub fn open(
        path: &Path,
        city: &AreaCode,
        new_epoch: Epoch,
        key: SecretKey,
        clock: Box<dyn Fn() -> i64 + Send + Sync>,
    ) -> Result<Self, KeeperError> {
        let connection = log::open(path)?;
        let log = Log::find(&connection, city, new_epoch)?;
        log.verify(&connection)?;
        let mut keeper = Self {
            connection,
            path: path.to_owned(),
            log,
            registry: Arc::default(),
            documents: Documents::default(),
            touched: BTreeMap::new(),
            clock: clock.into(),
            committed: Arc::default(),
            key,
        };
        if views::position(&keeper.connection)? == Some(keeper.log.position()) {
            keeper.registry = Arc::new(keeper.replay_registry()?);
        } else {
            keeper.rebuild()?;
        }
        keeper.publish();
        Ok(keeper)
    }

    /// The facts of the log.
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry)
    }

    /// The number of the last committed entry.
    pub fn position(&self) -> u64 {
        self.log.position()
    }

    /// The log as it ends now.
    pub fn log(&self) -> Log {
        self.log.clone()
    }

    /// Does pieces of work in one commit: when this returns, those that were done are on disk. One that fails is taken
    /// back alone and says why; nothing of it is in the log.
    ///
    /// # Errors
    /// [`KeeperError`] when nothing was committed.
    pub fn commit(&mut self, works: Vec<Work>) -> Result<Vec<Result<Done, KeeperError>>, KeeperError> {
        let (end, registry) = (self.log.clone(), Arc::clone(&self.registry));
        let attempt = guarded(|| self.attempt(works));
        match &attempt {
            Ok(_) => {
                self.documents.committed();
                self.publish();
            }
            Err(_) => {
                // What is in memory may be ahead of the disk now: back to what was committed.
                (self.log, self.registry) = (end, registry);
                self.documents.roll_back();
                self.touched.clear();
                log::roll_back(&self.connection)?;
            }
        }
        Ok(attempt?.into_iter().map(|pending| pending.map(|pending| self.done(pending))).collect())
    }

    /// Shows the registry to those who read beside the writer.
    fn publish(&self) {
        *self.committed.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&self.registry);
    }

    fn attempt(&mut self, works: Vec<Work>) -> Result<Vec<Result<Pending, KeeperError>>, KeeperError> {
        log::begin(&self.connection)?;
        let pending = works.into_iter().map(|work| self.apart(work)).collect::<Result<_, _>>()?;
        views::moved_to(&self.connection, self.log.position())?;
        log::commit(&self.connection)?;
        Ok(pending)
    }

    /// Does one piece of work so that it can be taken back alone. The outer error is the whole commit's.
    fn apart(&mut self, work: Work) -> Result<Result<Pending, KeeperError>, KeeperError> {
        let (end, registry) = (self.log.clone(), Arc::clone(&self.registry));
        log::begin_piece(&self.connection)?;
        // Nothing that arrives may end the writer: a panic is a failure like any other.
        let attempt = guarded(|| {
            let pending = self.piece(work)?;
            self.settle()?;
            Ok(pending)
        });
        match attempt {
            Ok(pending) => {
                log::keep_piece(&self.connection)?;
                self.documents.keep();
                Ok(Ok(pending))
            }
            Err(error) if error.is_of_the_work() => {
                log::take_back_piece(&self.connection)?;
                (self.log, self.registry) = (end, registry);
                self.documents.take_back();
                self.touched.clear();
                Ok(Err(error))
            }
            Err(error) => Err(error),
        }
    }

    fn piece(&mut self, work: Work) -> Result<Pending, KeeperError> {
        Ok(match work {
            Work::Register(events) => {
                let mut waiting = Vec::new();
                let mut position = self.log.position();
                for event in events {
                    let begins = match &event {
                        Event::AssignmentMade(assignment) => Some(assignment.doc()),
                        _ => None,
                    };
                    position = self.append(EntryBody::Registry(event), None, None)?;
                    waiting.extend(begins);
                }
                // Work may arrive before its assignment does, when that was lost and is given back.
                for doc in waiting {
                    self.release(doc)?;
                }
                Pending::Registered(position)
            }
            Work::Deliver { envelopes, bearer } => Pending::Judged(self.deliver(envelopes, bearer)?),
            Work::Rule { held, admit, reason, by } => Pending::Ruled(self.rule(held, admit, reason, by)?),
        })
    }

    fn done(&self, pending: Pending) -> Done {
        match pending {
            Pending::Registered(position) => Done::Registered(position),
            Pending::Ruled(ruled) => Done::Ruled(ruled),
            Pending::Judged(judged) => Done::Verdicts(
                judged.into_iter().map(|verdict| SignedVerdict::sign(&verdict, &self.key)).collect(),
            ),
        }
    }

    /// Appends an entry and projects it.
    pub(super) fn append(
        &mut self,
        body: EntryBody,
        envelope: Option<&Verified>,
        merged: Option<Merged>,
    ) -> Result<u64, KeeperError> {
        let now = (self.clock)();
        let entry = self.log.append(&self.connection, now, body, envelope)?;
        self.project(&entry, merged)?;
        Ok(entry.seq)
    }
}

/// What was done, before it is on disk.
enum Pending {
    Registered(u64),
    Judged(Vec<Verdict>),
    Ruled(Result<u64, Unruled>),
}

fn guarded<T>(run: impl FnOnce() -> Result<T, KeeperError>) -> Result<T, KeeperError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(Err(KeeperError::Panicked))
}
