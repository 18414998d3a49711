//! The console as a device. What a supervisor decides is a change like any other: made on the document as it
//! stands, signed with a key that the server keeps for him, and judged by the same gate.

use std::sync::Arc;

use rounds_shared::{
    document::{Document, Session, WriteError},
    envelope::{ENVELOPE_VERSION, EnvelopeBody, EnvelopeError, SecretKey, Signed},
    ids::{DeviceId, DocId, EnvelopeId, UserId},
    protocol::{HeldReason, Outcome, RefusedReason},
    registry::{Device, DeviceKind, Event, Registry},
};
use tokio::sync::Mutex;

use crate::{
    intake::{Bearer, Intake, IntakeError},
    vault::{Vault, VaultError},
    views::{self, Readers},
};

/// Writes what supervisors do in the console. One act at a time, so that the second of two simultaneous
/// deciders sees the first.
#[derive(Clone)]
pub struct ConsoleDevice {
    intake: Intake,
    readers: Arc<Readers>,
    vault: Vault,
    turn: Arc<Mutex<()>>,
}

/// Why an act was not written.
#[derive(Debug, thiserror::Error)]
pub enum ActError<E> {
    /// There is no such document.
    #[error("there is no such document")]
    NoDocument,
    /// The act does not fit the document as it stands.
    #[error("the act does not fit")]
    Unfit(E),
    /// The gate held it: the supervisor's role or scope does not reach so far.
    #[error("the act was held: {}", .0.code())]
    Held(HeldReason),
    /// The gate refused it: a mistake of this server.
    #[error("the act was refused: {}", .0.code())]
    Refused(RefusedReason),
    /// It could not be written.
    #[error("the change could not be made")]
    Write(#[from] WriteError),
    /// It could not be sealed.
    #[error("the change could not be sealed")]
    Seal(#[from] EnvelopeError),
    /// The vault.
    #[error("the vault failed")]
    Vault(#[from] VaultError),
    /// The log.
    #[error("the log failed")]
    Intake(#[from] IntakeError),
    /// A view.
    #[error("a view failed")]
    View(#[from] rusqlite::Error),
    /// No city, or no randomness.
    #[error("the server is not ready: {0}")]
    NotReady(&'static str),
}

impl ConsoleDevice {
    /// The console's devices of a server.
    pub fn new(intake: Intake, readers: Arc<Readers>, vault: Vault) -> Self {
        Self { intake, readers, vault, turn: Arc::default() }
    }

    /// Changes a document as a user, and returns when the change is in the log and merged. `act` looks at
    /// the document as it stands and either changes it or says why not.
    ///
    /// # Errors
    /// [`ActError`] when nothing was changed.
    pub async fn act<E>(
        &self,
        user: UserId,
        doc: DocId,
        now: i64,
        act: impl FnOnce(&mut Document, &mut Session) -> Result<(), Unfit<E>>,
    ) -> Result<(), ActError<E>> {
        self.begin(user, doc, None, now, act).await
    }

    /// The same of a document that may not be there yet: it then begins with `genesis`, which goes with the change.
    ///
    /// # Errors
    /// [`ActError`] when nothing was changed.
    pub async fn begin<E>(
        &self,
        user: UserId,
        doc: DocId,
        genesis: Option<Vec<u8>>,
        now: i64,
        act: impl FnOnce(&mut Document, &mut Session) -> Result<(), Unfit<E>>,
    ) -> Result<(), ActError<E>> {
        let _turn = self.turn.lock().await;
        let key = self.vault.console_key(user).await?;
        self.enrolled(user, &key).await?;
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|_| ActError::NotReady("randomness"))?;
        let registry = self.intake.registry();
        let signed = change(&self.readers, &registry, &key, (doc, genesis), (now, random), act)?;
        let confirmed = self.intake.position();
        let verdicts = self
            .intake
            .envelopes(vec![signed.as_bytes().to_vec()], Bearer { device: signed.device(), confirmed })
            .await?;
        let server = self.vault.server_key().public();
        let verdict = verdicts.first().and_then(|verdict| verdict.verify(&server));
        match verdict.map(|verdict| verdict.outcome) {
            Some(Outcome::Receipt { .. }) => Ok(()),
            Some(Outcome::Held { reason, .. }) => Err(ActError::Held(reason)),
            Some(Outcome::Refused { reason }) => Err(ActError::Refused(reason)),
            Some(Outcome::Later) | None => Err(ActError::NotReady("verdict")),
        }
    }

    async fn enrolled<E>(&self, user: UserId, key: &SecretKey) -> Result<(), ActError<E>> {
        let device = device_of(user, key);
        if self.intake.registry().device(device.id).is_none() {
            self.intake.register(vec![Event::DeviceEnrolled(device)]).await?;
        }
        Ok(())
    }
}

/// The device that a user's console is.
pub fn device_of(user: UserId, key: &SecretKey) -> Device {
    let (id, key) = (DeviceId::of(&key.public()), key.public());
    Device { id, key, user, name: "控制台 Console".into(), kind: DeviceKind::Console }
}

/// Changes a document as it stands and signs the change: what is then judged like any phone's.
///
/// # Errors
/// [`ActError`] when nothing was changed.
pub fn write<E>(
    readers: &Readers,
    registry: &Registry,
    key: &SecretKey,
    doc: DocId,
    (now, random): (i64, [u8; 16]),
    act: impl FnOnce(&mut Document, &mut Session) -> Result<(), Unfit<E>>,
) -> Result<Signed, ActError<E>> {
    change(readers, registry, key, (doc, None), (now, random), act)
}

fn change<E>(
    readers: &Readers,
    registry: &Registry,
    key: &SecretKey,
    (doc, genesis): (DocId, Option<Vec<u8>>),
    (now, random): (i64, [u8; 16]),
    act: impl FnOnce(&mut Document, &mut Session) -> Result<(), Unfit<E>>,
) -> Result<Signed, ActError<E>> {
    let device = DeviceId::of(&key.public());
    let (document, last) = readers.read(|connection| {
        Ok::<_, rusqlite::Error>((
            views::documents::load(connection, doc)?,
            views::devices::one(connection, device)?,
        ))
    })?;
    let genesis = genesis.filter(|_| document.is_none());
    let mut document = match (document, registry.assignment_of(doc), &genesis) {
        (Some(document), _, _) => document,
        (None, Some(assignment), _) => begun(&assignment.genesis.to_vec())?,
        (None, None, Some(genesis)) => begun(genesis)?,
        (None, None, None) => return Err(ActError::NoDocument),
    };
    let before = document.heads();
    match act(&mut document, &mut Session::new(device, random)) {
        Ok(()) => {}
        Err(Unfit::Unfit(why)) => return Err(ActError::Unfit(why)),
        Err(Unfit::Write(error)) => return Err(ActError::Write(error)),
    }
    let (n, prev) = last.map_or((0, None), |last| (last.n, last.last.map(EnvelopeId::new)));
    let mut payload = genesis.unwrap_or_default();
    payload.extend(document.own_changes(device, &before));
    let (city, _) = registry.city().ok_or(ActError::NotReady("city"))?;
    let body = EnvelopeBody {
        version: ENVELOPE_VERSION,
        city: city.clone(),
        doc,
        kind: document.kind(),
        device,
        n: n + 1,
        prev,
        seen: registry.position(),
        made_at: now,
        payload,
    };
    Ok(Signed::seal(&body, key)?)
}

fn begun<E>(genesis: &[u8]) -> Result<Document, ActError<E>> {
    Document::load(genesis).map_err(|_| ActError::NotReady("genesis"))
}

/// Why an act did not change the document.
#[derive(Debug)]
pub enum Unfit<E> {
    /// It does not fit.
    Unfit(E),
    /// It could not be written.
    Write(WriteError),
}

impl<E> From<WriteError> for Unfit<E> {
    fn from(error: WriteError) -> Self {
        Unfit::Write(error)
    }
}
