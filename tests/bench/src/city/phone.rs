//! Whoever signs in a made city: a phone, or a supervisor's console.

use std::future::Future;

use anyhow::{Context as _, Result, ensure};
use rounds_server::{app::App, intake::Bearer};
use rounds_shared::{
    document::Session,
    envelope::{DocKind, ENVELOPE_VERSION, EnvelopeBody, SecretKey, Signed},
    ids::{DeviceId, DocId, EnvelopeId, UserId},
    protocol::Outcome,
    registry::{Device, DeviceKind},
};

/// A device: its key and how far its numbering has come.
pub(super) struct Phone {
    key: SecretKey,
    id: DeviceId,
    user: UserId,
    kind: DeviceKind,
    number: usize,
    n: u64,
    prev: Option<EnvelopeId>,
    rng: fastrand::Rng,
}

impl Phone {
    /// The phone of an inspector.
    pub(super) fn of(user: UserId, number: usize) -> Self {
        let mut rng = fastrand::Rng::with_seed(number as u64);
        let key = SecretKey::new(std::array::from_fn(|_| rng.u8(..)));
        Self::new(key, user, DeviceKind::Phone, number, rng)
    }

    /// The console of a supervisor: the server keeps its key.
    pub(super) fn console(user: UserId, key: SecretKey) -> Self {
        Self::new(key, user, DeviceKind::Console, usize::MAX, fastrand::Rng::with_seed(u64::MAX))
    }

    fn new(key: SecretKey, user: UserId, kind: DeviceKind, number: usize, rng: fastrand::Rng) -> Self {
        let id = DeviceId::of(&key.public());
        Self { key, id, user, kind, number, n: 0, prev: None, rng }
    }

    pub(super) fn id(&self) -> DeviceId {
        self.id
    }

    pub(super) fn user(&self) -> UserId {
        self.user
    }

    /// Which of the phones it is.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// As it is enrolled.
    pub(super) fn device(&self, name: &str) -> Device {
        Device {
            id: self.id,
            key: self.key.public(),
            user: self.user,
            name: name.to_owned(),
            kind: self.kind,
        }
    }

    /// What chance says on this device, always the same.
    pub(super) fn chance(&mut self) -> &mut fastrand::Rng {
        &mut self.rng
    }

    /// A session of writing in a document.
    pub(super) fn session(&mut self) -> Session {
        Session::new(self.id, std::array::from_fn(|_| self.rng.u8(..)))
    }

    /// The next envelope.
    pub(super) fn seal(&mut self, app: &App, doc: DocId, seen: u64, payload: &[u8]) -> Result<Vec<u8>> {
        self.n += 1;
        let body = EnvelopeBody {
            version: ENVELOPE_VERSION,
            city: app.city.code.clone(),
            doc,
            kind: DocKind::Inspection,
            device: self.id,
            n: self.n,
            prev: self.prev,
            seen,
            made_at: app.now_ms(),
            payload: payload.to_vec(),
        };
        let signed = Signed::seal(&body, &self.key)?;
        self.prev = Some(signed.id());
        Ok(signed.as_bytes().to_vec())
    }
}

/// Delivers envelopes of a device; all of them must be merged or held.
pub(super) fn deliver(
    app: &App,
    device: DeviceId,
    envelopes: Vec<Vec<u8>>,
) -> impl Future<Output = Result<()>> + Send + 'static {
    let app = app.clone();
    async move {
        let server = app.vault.server_key().public();
        let mut waiting = envelopes;
        while !waiting.is_empty() {
            let confirmed = app.intake.position();
            let verdicts = app.intake.envelopes(waiting.clone(), Bearer { device, confirmed }).await?;
            ensure!(!verdicts.is_empty(), "nothing of a delivery was taken");
            for verdict in &verdicts {
                let outcome = verdict.verify(&server).context("the server signs its verdicts")?.outcome;
                ensure!(
                    matches!(outcome, Outcome::Receipt { .. } | Outcome::Held { .. }),
                    "an envelope was refused: {outcome:?}"
                );
            }
            waiting.drain(..verdicts.len());
        }
        Ok(())
    }
}
