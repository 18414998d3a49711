//! The keeper: the writer's work as plain functions, without threads or async.

use std::{collections::HashMap, path::Path, sync::Arc};

use rounds_shared::{
    area::AreaCode,
    document::{Document, Payload},
    envelope::{EnvelopeError, SecretKey, Signed, Verified},
    gate::{self, Circumstances},
    ids::{DocId, EnvelopeId, Epoch, UserId},
    protocol::{
        Entry, EntryBody, HeldReason, Judgement, Outcome, RefusedReason, Release, Ruling, SignedVerdict,
        Verdict, limits::HELD_MISSING_MAX,
    },
    registry::{Event, Registry},
};
use rusqlite::Connection;

use super::{Done, Unruled, Work};
use crate::{
    log::{self, Log, LogError},
    views,
};

/// Documents kept in memory between commits.
const DOCUMENTS_CACHED_MAX: usize = 256;
/// Entries at the end of the log that are proven at every start, in a second or so: what a crash or a failing disk
/// spoils is what was written last. `check` proves all of it.
const VERIFIED_AT_START: u64 = 10_000;
/// Rows read at a time when the log is replayed.
const REPLAY_ROWS: usize = 1000;

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

/// Keeps one city's log and its views.
pub struct Keeper {
    connection: Connection,
    log: Log,
    registry: Arc<Registry>,
    documents: HashMap<DocId, Document>,
    key: SecretKey,
    clock: Box<dyn Fn() -> i64 + Send>,
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
        clock: Box<dyn Fn() -> i64 + Send>,
    ) -> Result<Self, KeeperError> {
        let connection = log::open(path)?;
        let log = Log::find(&connection, city, new_epoch)?;
        log.verify_after(&connection, log.position().saturating_sub(VERIFIED_AT_START))?;
        let mut keeper =
            Self { connection, log, registry: Arc::default(), documents: HashMap::new(), key, clock };
        if views::position(&keeper.connection)? == Some(keeper.log.position()) {
            keeper.registry = Arc::new(keeper.replay_registry()?);
        } else {
            keeper.rebuild()?;
        }
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

    /// Does pieces of work in one commit. Either all of it is on disk when this returns, or none.
    ///
    /// # Errors
    /// [`KeeperError`] when nothing was committed.
    pub fn commit(&mut self, works: Vec<Work>) -> Result<Vec<Done>, KeeperError> {
        let (end, registry) = (self.log.clone(), Arc::clone(&self.registry));
        // Nothing that arrives may end the writer: a panic is a failed commit like any other.
        let attempt = std::panic::AssertUnwindSafe(|| self.attempt(works));
        let attempt = std::panic::catch_unwind(attempt).unwrap_or(Err(KeeperError::Panicked));
        if attempt.is_err() {
            // What is in memory may be ahead of the disk now: back to what was committed.
            (self.log, self.registry) = (end, registry);
            self.documents.clear();
            log::roll_back(&self.connection)?;
        }
        attempt
    }

    fn attempt(&mut self, works: Vec<Work>) -> Result<Vec<Done>, KeeperError> {
        enum Pending {
            Registered(u64),
            Judged(Vec<Verdict>),
            Ruled(Result<u64, Unruled>),
        }
        log::begin(&self.connection)?;
        let mut pending = Vec::with_capacity(works.len());
        for work in works {
            pending.push(match work {
                Work::Register(events) => {
                    for event in events {
                        self.append(EntryBody::Registry(event), None, None)?;
                    }
                    Pending::Registered(self.log.position())
                }
                Work::Envelopes { envelopes, confirmed } => {
                    let mut judged = Vec::with_capacity(envelopes.len());
                    for bytes in envelopes {
                        // The rest is neither stored nor answered: it stays with the device.
                        let Some(verdict) = self.envelope(bytes, confirmed)? else { break };
                        judged.push(verdict);
                    }
                    Pending::Judged(judged)
                }
                Work::Rule { held, admit, reason, by } => Pending::Ruled(self.rule(held, admit, reason, by)?),
            });
        }
        views::moved_to(&self.connection, self.log.position())?;
        log::commit(&self.connection)?;
        if self.documents.len() > DOCUMENTS_CACHED_MAX {
            self.documents.clear();
        }
        Ok(pending
            .into_iter()
            .map(|pending| match pending {
                Pending::Registered(position) => Done::Registered(position),
                Pending::Ruled(ruled) => Done::Ruled(ruled),
                Pending::Judged(judged) => Done::Verdicts(
                    judged.into_iter().map(|verdict| SignedVerdict::sign(&verdict, &self.key)).collect(),
                ),
            })
            .collect())
    }

    /// Judges one envelope and appends it unless it must be refused; none when too many of its device wait for what is
    /// missing already.
    fn envelope(&mut self, bytes: Vec<u8>, confirmed: u64) -> Result<Option<Verdict>, KeeperError> {
        let claimed = Signed::id_of(&bytes).unwrap_or(EnvelopeId::new([0; 32]));
        let signed = match Signed::decode(bytes) {
            Ok(signed) => signed,
            Err(error) => {
                let reason = match error {
                    EnvelopeError::TooLarge => RefusedReason::TooLarge,
                    EnvelopeError::Version(_) => RefusedReason::Version,
                    EnvelopeError::Malformed | EnvelopeError::Signature => RefusedReason::Malformed,
                };
                return Ok(Some(refused(claimed, None, reason)));
            }
        };
        let (id, claimed) = (signed.id(), signed.device());
        let Some(device) = self.registry.device(claimed) else {
            return Ok(Some(refused(id, Some(claimed), RefusedReason::UnknownDevice)));
        };
        let Ok(envelope) = signed.verify(&device.key) else {
            return Ok(Some(refused(id, Some(claimed), RefusedReason::Signature)));
        };
        if let Some((seq, judgement)) = self.log.of_envelope(&self.connection, id)? {
            let outcome = self.outcome(seq, &judgement);
            return Ok(Some(Verdict { envelope: id, outcome, duplicate: true }));
        }
        let doc = envelope.body().doc;
        let document = self.document(doc)?;
        let now = (self.clock)();
        let circumstances = Circumstances { registry: &self.registry, now, confirmed };
        let judge = || gate::judge(circumstances, document.as_ref(), &envelope);
        let finding = std::panic::catch_unwind(std::panic::AssertUnwindSafe(judge));
        let finding = finding.unwrap_or(gate::Finding::Refuse(RefusedReason::Trial));
        let (judgement, merged) = match finding {
            gate::Finding::Merge(merged) => (Judgement::Merged, Some(*merged)),
            gate::Finding::Known => (Judgement::Merged, None),
            gate::Finding::Hold(judgement) => (judgement, None),
            gate::Finding::Refuse(reason) => return Ok(Some(refused(id, Some(claimed), reason))),
        };
        if matches!(judgement, Judgement::Held { reason: HeldReason::MissingDependencies, .. })
            && views::held::waiting_of_device(&self.connection, claimed)? >= HELD_MISSING_MAX
        {
            return Ok(None);
        }
        let body = EntryBody::Envelope(envelope.as_bytes().to_vec(), judgement.clone());
        let merges = merged.is_some();
        let seq = self.append(body, Some(&envelope), merged)?;
        if merges {
            self.release(doc)?;
        }
        if let Judgement::Held { reason, .. } = &judgement {
            tracing::warn!(device = %claimed, %seq, reason = reason.code(), "envelope held");
        }
        let outcome = self.outcome(seq, &judgement);
        Ok(Some(Verdict { envelope: id, outcome, duplicate: false }))
    }

    /// Rules on a held envelope. Admitted, it is merged by a release that follows the ruling, and so is what waited for
    /// it; a ruling against it can be followed by one for it, never the reverse.
    fn rule(
        &mut self,
        held: u64,
        admit: bool,
        reason: String,
        by: UserId,
    ) -> Result<Result<u64, Unruled>, KeeperError> {
        let Some((standing, _)) = views::held::one(&self.connection, held)? else {
            return Ok(Err(Unruled::NotHeld));
        };
        if standing.released.is_some() || (standing.ruled.is_some() && !admit) {
            return Ok(Err(Unruled::Settled));
        }
        let Some(row) = self.log.entry(&self.connection, held)? else { return Ok(Err(Unruled::NotHeld)) };
        let envelope = Verified::from_log(row.entry.body).map_err(|_| KeeperError::Unappliable(held))?;
        let document = self.document(standing.doc)?;
        let look = || gate::admit(&self.registry, document.as_ref(), &envelope);
        let finding = std::panic::catch_unwind(std::panic::AssertUnwindSafe(look));
        let merged = match finding.unwrap_or(gate::Finding::Refuse(RefusedReason::Trial)) {
            gate::Finding::Merge(merged) => Some(*merged),
            gate::Finding::Known => document,
            gate::Finding::Hold(Judgement::Held { reason: HeldReason::MissingDependencies, .. }) => {
                return Ok(Err(Unruled::Waiting));
            }
            gate::Finding::Hold(_) | gate::Finding::Refuse(_) => None,
        };
        if admit && merged.is_none() {
            return Ok(Err(Unruled::Impossible));
        }
        let ruling = Ruling { envelope: envelope.id(), admit, reason, by };
        let position = self.append(EntryBody::Ruling(ruling), Some(&envelope), None)?;
        if admit {
            let release = Release { held, envelope: envelope.as_bytes().to_vec() };
            self.append(EntryBody::Release(release), Some(&envelope), merged)?;
            self.release(standing.doc)?;
        }
        Ok(Ok(position))
    }

    /// Merges envelopes of a document that waited for what has now come. Each is a new entry that carries
    /// the payload to everyone whose cursor has passed.
    fn release(&mut self, doc: DocId) -> Result<(), KeeperError> {
        loop {
            let mut released = false;
            for held in views::held::waiting(&self.connection, doc, HeldReason::MissingDependencies)? {
                let Some(row) = self.log.entry(&self.connection, held)? else { continue };
                let envelope =
                    Verified::from_log(row.entry.body).map_err(|_| KeeperError::Unappliable(held))?;
                let document = self.document(doc)?;
                if let Some(Judgement::Held { missing, .. }) = &row.entry.judgement
                    && let Some(document) = &document
                    && !missing.iter().all(|change| document.has(*change))
                {
                    continue;
                }
                // What it knew then counts: it was judged to lack nothing but its dependencies.
                let circumstances = Circumstances {
                    registry: &self.registry,
                    now: row.entry.at,
                    confirmed: envelope.body().seen,
                };
                if let gate::Finding::Merge(merged) = gate::judge(circumstances, document.as_ref(), &envelope)
                {
                    let release = Release { held, envelope: envelope.as_bytes().to_vec() };
                    self.append(EntryBody::Release(release), Some(&envelope), Some(*merged))?;
                    released = true;
                }
            }
            if !released {
                return Ok(());
            }
        }
    }

    fn outcome(&self, seq: u64, judgement: &Judgement) -> Outcome {
        let epoch = self.log.epoch();
        match judgement {
            Judgement::Merged => Outcome::Receipt { epoch, seq },
            Judgement::Held { reason, missing } => {
                Outcome::Held { epoch, seq, reason: *reason, missing: missing.clone() }
            }
        }
    }

    fn document(&mut self, doc: DocId) -> Result<Option<Document>, KeeperError> {
        if let Some(document) = self.documents.get(&doc) {
            return Ok(Some(document.clone()));
        }
        let document = views::documents::load(&self.connection, doc)?;
        if let Some(document) = &document {
            self.documents.insert(doc, document.clone());
        }
        Ok(document)
    }

    /// Appends an entry and projects it.
    fn append(
        &mut self,
        body: EntryBody,
        envelope: Option<&Verified>,
        merged: Option<Document>,
    ) -> Result<u64, KeeperError> {
        let now = (self.clock)();
        let entry = self.log.append(&self.connection, now, body, envelope)?;
        self.project(&entry, merged)?;
        Ok(entry.seq)
    }

    /// Brings registry and views forward by one entry: the same function whether the entry is new or
    /// replayed. `merged` spares a new entry the second merge.
    fn project(&mut self, entry: &Entry, merged: Option<Document>) -> Result<(), KeeperError> {
        match entry.parse() {
            EntryBody::Registry(event) => {
                Arc::make_mut(&mut self.registry).apply(entry.seq, entry.at, &event);
                self.project_registry(entry, &event)
            }
            EntryBody::Envelope(bytes, judgement) => {
                let envelope = Verified::from_log(bytes).map_err(|_| KeeperError::Unappliable(entry.seq))?;
                views::devices::received(&self.connection, entry, &envelope)?;
                match judgement {
                    Judgement::Merged => self.project_merge(entry, &envelope, merged),
                    Judgement::Held { reason, missing } => {
                        views::held::put(
                            &self.connection,
                            entry,
                            &envelope,
                            &self.registry,
                            reason,
                            &missing,
                        )?;
                        self.project_document(entry, envelope.body().doc)
                    }
                }
            }
            EntryBody::Release(release) => {
                let envelope =
                    Verified::from_log(release.envelope).map_err(|_| KeeperError::Unappliable(entry.seq))?;
                views::held::released(&self.connection, release.held, entry.seq)?;
                self.project_merge(entry, &envelope, merged)
            }
            EntryBody::Ruling(ruling) => {
                views::held::ruled(&self.connection, entry, &ruling)?;
                match views::held::doc_of(&self.connection, ruling.envelope)? {
                    Some(doc) => self.project_document(entry, doc),
                    None => Ok(()),
                }
            }
            // What a later version wrote is kept, not understood.
            EntryBody::Later(_) => Ok(()),
        }
    }

    fn project_registry(&mut self, entry: &Entry, event: &Event) -> Result<(), KeeperError> {
        match event {
            Event::AssignmentMade(assignment) => {
                views::assignments::put(&self.connection, entry, assignment)?;
            }
            Event::DeviceEnrolled(device) => views::devices::enrolled(&self.connection, entry, device)?,
            Event::DeviceRevoked { device, reason, by } => {
                views::devices::revoked(&self.connection, entry, *device, reason, *by)?;
            }
            Event::CityFounded { .. }
            | Event::AreasPut(_)
            | Event::ZonesPut(_)
            | Event::DepartmentsPut { .. }
            | Event::SitesPut(_)
            | Event::TemplatePublished(_)
            | Event::UserPut(_)
            | Event::DeadlinesPut(_) => {}
        }
        Ok(())
    }

    fn project_merge(
        &mut self,
        entry: &Entry,
        envelope: &Verified,
        merged: Option<Document>,
    ) -> Result<(), KeeperError> {
        let doc = envelope.body().doc;
        let document = match merged {
            Some(document) => document,
            None => self.merge_again(entry, envelope)?,
        };
        views::documents::put(&self.connection, entry, doc, &document)?;
        self.documents.insert(doc, document);
        self.project_document(entry, doc)
    }

    fn merge_again(&mut self, entry: &Entry, envelope: &Verified) -> Result<Document, KeeperError> {
        let doc = envelope.body().doc;
        let unappliable = || KeeperError::Unappliable(entry.seq);
        let payload = Payload::decode(&envelope.body().payload).map_err(|_| unappliable())?;
        let genesis = self.registry.assignment_of(doc).map(|assignment| assignment.genesis.clone());
        let mut document = match self.document(doc)? {
            Some(document) => document,
            None => {
                let genesis = genesis.or_else(|| payload.genesis().map(<[u8]>::to_vec));
                Document::load(&genesis.ok_or_else(unappliable)?).map_err(|_| unappliable())?
            }
        };
        let payload = payload.without_genesis();
        if !payload.is_empty() {
            document.merge(&payload).map_err(|_| unappliable())?;
        }
        Ok(document)
    }

    fn project_document(&mut self, entry: &Entry, doc: DocId) -> Result<(), KeeperError> {
        if let Some(document) = self.document(doc)? {
            views::project(&self.connection, entry, doc, &document, &self.registry)?;
        }
        Ok(())
    }

    /// Drops every view and replays the log: no view is a source of truth.
    ///
    /// # Errors
    /// [`KeeperError`] when the log cannot be read or applied; the old views are kept then.
    pub fn rebuild(&mut self) -> Result<(), KeeperError> {
        self.documents.clear();
        self.registry = Arc::default();
        log::begin(&self.connection)?;
        let replayed = self.replay();
        match replayed {
            Ok(()) => Ok(log::commit(&self.connection)?),
            Err(error) => {
                log::roll_back(&self.connection)?;
                Err(error)
            }
        }
    }

    fn replay(&mut self) -> Result<(), KeeperError> {
        views::recreate(&self.connection)?;
        let mut after = 0;
        loop {
            let rows = self.log.read(&self.connection, after, REPLAY_ROWS)?;
            let Some(last) = rows.last() else { break };
            after = last.entry.seq;
            for row in &rows {
                self.project(&row.entry, None)?;
            }
        }
        views::moved_to(&self.connection, self.log.position())?;
        Ok(())
    }

    fn replay_registry(&self) -> Result<Registry, KeeperError> {
        let (mut registry, mut after) = (Registry::default(), 0);
        loop {
            let rows = self.log.read_registry(&self.connection, after, REPLAY_ROWS)?;
            let Some(last) = rows.last() else { return Ok(registry) };
            after = last.entry.seq;
            for row in rows {
                if let EntryBody::Registry(event) = row.entry.parse() {
                    registry.apply(row.entry.seq, row.entry.at, &event);
                }
            }
        }
    }
}

fn refused(
    envelope: EnvelopeId,
    device: Option<rounds_shared::ids::DeviceId>,
    reason: RefusedReason,
) -> Verdict {
    let device = device.map(|device| device.to_string());
    tracing::warn!(device, envelope = %envelope, reason = reason.code(), "envelope refused");
    Verdict { envelope, outcome: Outcome::Refused { reason }, duplicate: false }
}
