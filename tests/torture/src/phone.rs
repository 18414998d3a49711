//! A phone: the real app over a folder, and what its person was told.

mod recording;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

use anyhow::{Context as _, Result, bail, ensure};
use fastrand::Rng;
use rounds_client_core::{App, DataKey, EnrolInput, Failure, Listener, Surroundings, UnplannedInput};
use rounds_shared::{
    assignment::InspectionKind,
    document::Document,
    envelope::PublicKey,
    ids::EnvelopeId,
    protocol::{Outcome, Receipts},
};

pub use recording::Share;

use crate::{
    said::{About, Told},
    server::PASSWORD,
};
use recording::Asked;

/// The checklist of every visit.
pub const TEMPLATE: &str = "sanitation";
/// The community of every visit.
pub const AREA: &str = "530102001001";
/// Visits before the one at hand whose verdicts are looked at after each kill; all of them are in the end.
const VISITS_FRESH: usize = 3;
/// The key of every phone's data.
const KEY: [u8; 32] = [7; 32];
/// The one thing that may go wrong when connections break.
pub const UNREACHABLE: &str = "unreachable";
/// Syncs in a row that bring nothing new, after which something must be wrong when nothing fails any more.
const SYNCS_MAX: usize = 20;
/// Round after round of recording and delivering, of one visit.
const ROUNDS_OF_A_VISIT: usize = 8;

/// A phone of one person.
pub struct Phone {
    /// Whose, and which.
    pub name: String,
    /// The open app.
    pub app: Arc<App>,
    folder: PathBuf,
    login: String,
    share: Share,
    items: OnceLock<Vec<Asked>>,
    told: Mutex<Told>,
    visits: Mutex<Vec<String>>,
    ahead_ms: Arc<AtomicI64>,
    failed_syncs: AtomicU64,
}

/// A verdict the server signed for one of the phone's envelopes.
pub struct Signed {
    /// The envelope.
    pub envelope: EnvelopeId,
    /// What the server said.
    pub outcome: Outcome,
    /// Whether it had the envelope already: the first verdict never arrived.
    pub is_duplicate: bool,
}

impl Phone {
    /// Opens the app over a folder.
    pub fn open(folder: &Path, login: &str, share: Share) -> Result<Self> {
        Self::listened(folder, login, share, Box::new(|_| {}))
    }

    /// The same, with somebody who hears what the app says on its own.
    pub fn listened(folder: &Path, login: &str, share: Share, listener: Listener) -> Result<Self> {
        let ahead_ms = Arc::new(AtomicI64::new(0));
        let (system, ahead) = (Surroundings::system(), Arc::clone(&ahead_ms));
        let now_ms = Box::new(move || (system.now_ms)() + ahead.load(Ordering::Relaxed));
        // Others may fill a disk between a look at it and a write: so this one is never looked at.
        let surroundings = Surroundings { now_ms, disk: Box::new(|_| None), ..Surroundings::system() };
        Ok(Self {
            name: format!("the phone of {login} in {}", folder.display()),
            app: Arc::new(
                App::open(folder, &DataKey::new(KEY), surroundings, listener)
                    .context("the app does not open")?,
            ),
            folder: folder.to_owned(),
            login: login.to_owned(),
            share,
            items: OnceLock::new(),
            told: Mutex::default(),
            visits: Mutex::default(),
            ahead_ms,
            failed_syncs: AtomicU64::new(0),
        })
    }

    /// Closes the app and opens it again after something happened; its person remembers what he was told.
    pub fn reopened(self, meanwhile: impl FnOnce(&mut Told) -> Result<()>) -> Result<Self> {
        let Self { app, folder, login, share, told, visits, .. } = self;
        drop(Arc::into_inner(app).context("somebody else has the app")?);
        let mut told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
        meanwhile(&mut told)?;
        Ok(Self { told: Mutex::new(told), visits, ..Self::open(&folder, &login, share)? })
    }

    /// Where it keeps everything.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Signs in.
    pub fn enrol(&self, url: &str) -> Result<(), Failure> {
        let input = EnrolInput {
            server: url.to_owned(),
            login: self.login.clone(),
            password: PASSWORD.to_owned(),
            device_name: self.name.clone(),
        };
        self.app.enrol(&input).map(drop)
    }

    /// What its person was told.
    pub fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Syncs that failed.
    pub fn failed_syncs(&self) -> u64 {
        self.failed_syncs.load(Ordering::Relaxed)
    }

    /// Sets its clock ahead: a comparison with the server is due after a week.
    pub fn set_ahead(&self, ms: i64) {
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// The inspections of these assignments.
    pub fn assigned(&self, assignments: &[String]) -> Result<BTreeSet<String>> {
        let open = |assignment: &String| {
            let opened = self.app.open_assignment(assignment);
            opened.with_context(|| format!("{} does not know assignment {assignment}", self.name))
        };
        assignments.iter().map(open).collect()
    }

    /// Begins a visit nobody asked for.
    pub fn visit_unplanned(&self) -> Result<String, Failure> {
        let input = UnplannedInput {
            area: AREA.to_owned(),
            site: None,
            template: TEMPLATE.to_owned(),
            kind: InspectionKind::Routine,
        };
        self.app.open_unplanned(&input)
    }

    /// Walks from visit to visit, recording and delivering as fast as it can, until it is told to stop. Whatever the
    /// network does, recording must not fail.
    pub fn work(&self, assignments: &[String], rng: &mut Rng, stop: &AtomicBool) -> Result<()> {
        for assignment in assignments.iter().cycle() {
            let inspection = if rng.usize(..4) == 0 {
                self.visit_unplanned()
            } else {
                self.app.open_assignment(assignment)
            };
            let inspection = inspection.with_context(|| format!("{} cannot begin a visit", self.name))?;
            self.visits.lock().unwrap_or_else(PoisonError::into_inner).push(inspection.clone());
            for _ in 0..ROUNDS_OF_A_VISIT {
                for _ in 0..rng.usize(1..=4) {
                    self.record(&inspection, rng, |_| Ok(()))
                        .with_context(|| format!("{} cannot record", self.name))?;
                }
                self.sync()?;
                if stop.load(Ordering::Relaxed) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Delivers and fetches; the code of what went wrong.
    pub fn sync(&self) -> Result<Option<String>> {
        let status = self.app.sync_now().with_context(|| format!("the storage of {} failed", self.name))?;
        let code = status.failure.map(|failure| failure.code);
        code.iter().try_for_each(|code| self.expects(code))?;
        self.failed_syncs.fetch_add(u64::from(code.is_some()), Ordering::Relaxed);
        Ok(code)
    }

    /// That what went wrong is what a person is to be told when it does: a connection that broke is nobody's fault.
    pub fn expects(&self, code: &str) -> Result<()> {
        ensure!(code == UNREACHABLE, "{} was told {code} when its connection broke", self.name);
        Ok(())
    }

    /// Delivers until nothing is left, now that nothing fails any more.
    pub fn deliver_everything(&self) -> Result<()> {
        let mut last = None;
        for _ in 0..SYNCS_MAX {
            let status = self.app.sync_now()?;
            ensure!(status.held == 0, "{} envelopes of {} are held", status.held, self.name);
            if status.failure.is_none() && status.changes_pending == 0 && status.photos_pending == 0 {
                return Ok(());
            }
            last = Some(status);
        }
        bail!("{} cannot deliver everything, though nothing fails any more: {last:?}", self.name)
    }

    /// Proves every receipt it has, of some visits or of all.
    pub fn receipts(&self, inspection: Option<&str>, server: &PublicKey) -> Result<Vec<Signed>> {
        let file: Receipts = serde_json::from_str(&self.app.receipts(inspection)?)?;
        let proven = file.prove(server)?.map(|proven| {
            let (envelope, verdict) = proven.with_context(|| format!("a receipt of {}", self.name))?;
            let is_duplicate = verdict.duplicate;
            Ok(Signed { envelope: envelope.id(), outcome: verdict.outcome, is_duplicate })
        });
        proven.collect()
    }

    /// The receipts of the visit at hand and those just before.
    pub fn fresh_receipts(&self, server: &PublicKey) -> Result<Vec<Signed>> {
        let visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fresh = &visits[visits.len().saturating_sub(VISITS_FRESH)..];
        let receipts = fresh.iter().map(|visit| self.receipts(Some(visit), server));
        Ok(receipts.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// An inspection as it stands here.
    pub fn document(&self, inspection: &str) -> Result<Document> {
        let bytes =
            self.app.document(inspection).with_context(|| format!("{inspection} on {}", self.name))?;
        Ok(Document::load(&bytes)?)
    }

    /// That the phone shows everything its person was told.
    pub fn remembers_everything(&self) -> Result<()> {
        let inspections: Vec<String> = self.told().inspections().cloned().collect();
        inspections.iter().try_for_each(|inspection| self.remembers(inspection))
    }

    /// That it shows what he was told of one inspection.
    pub fn remembers(&self, inspection: &str) -> Result<()> {
        let shown = self.document(inspection)?.inspection()?;
        match self.told().broken(inspection, &shown) {
            None => Ok(()),
            Some(broken) => {
                bail!("{} was told that it is safe, and its {inspection} has of it: {broken}", self.name)
            }
        }
    }

    /// What became of an answer nobody was told of.
    pub fn adopt(&self, about: &About) -> Result<()> {
        let shown = self.document(&about.inspection)?.inspection()?;
        self.told().adopt(about, &shown);
        Ok(())
    }
}
