//! A phone of the demonstration: a key, a document, and envelopes through the ordinary intake.

use anyhow::{Context as _, bail};
use rounds_shared::{
    assignment::Assignment,
    document::{Document, Session},
    envelope::{DocKind, ENVELOPE_VERSION, EnvelopeBody, SecretKey, Signed},
    ids::{DeviceId, EnvelopeId, UserId},
    protocol::Outcome,
    registry::{Device, DeviceKind, Event},
};

use crate::{app::App, intake::Bearer};

/// A phone of one inspector.
pub(super) struct Phone {
    key: SecretKey,
    n: u64,
    prev: Option<EnvelopeId>,
}

impl Phone {
    /// Enrols a phone. Its key is forgotten when the demonstration has been filled: nobody can sign with it
    /// afterwards.
    pub(super) async fn enrol(app: &App, user: UserId, name: &str) -> anyhow::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).context("no randomness")?;
        let key = SecretKey::new(seed);
        let device = Device {
            id: DeviceId::of(&key.public()),
            key: key.public(),
            user,
            name: name.to_owned(),
            kind: DeviceKind::Phone,
        };
        app.intake.register(vec![Event::DeviceEnrolled(device)]).await?;
        Ok(Self { key, n: 0, prev: None })
    }

    /// Opens an assignment as a phone without a signal does: from its first change alone.
    pub(super) fn open(&self, assignment: &Assignment) -> anyhow::Result<Visit> {
        let document = Document::load(&assignment.genesis.to_vec())?;
        let mut random = [0; 16];
        getrandom::fill(&mut random).context("no randomness")?;
        let session = Session::new(DeviceId::of(&self.key.public()), random);
        Ok(Visit { sent: document.heads(), document, session })
    }

    /// Delivers what was recorded, and fails unless it was merged.
    pub(super) async fn deliver(
        &mut self,
        app: &App,
        assignment: &Assignment,
        visit: &mut Visit,
        made_at: i64,
    ) -> anyhow::Result<()> {
        let device = DeviceId::of(&self.key.public());
        self.n += 1;
        let body = EnvelopeBody {
            version: ENVELOPE_VERSION,
            city: app.city.code.clone(),
            doc: assignment.doc(),
            kind: DocKind::Inspection,
            device,
            n: self.n,
            prev: self.prev,
            seen: app.intake.position(),
            made_at,
            payload: visit.document.own_changes(device, &visit.sent),
        };
        let signed = Signed::seal(&body, &self.key)?;
        self.prev = Some(signed.id());
        visit.sent = visit.document.heads();
        let envelopes = vec![signed.as_bytes().to_vec()];
        let verdicts =
            app.intake.envelopes(envelopes, Bearer { device, confirmed: app.intake.position() }).await?;
        let server = app.vault.server_key().public();
        match verdicts.first().and_then(|verdict| verdict.verify(&server)).map(|verdict| verdict.outcome) {
            Some(Outcome::Receipt { .. }) => Ok(()),
            other => bail!("a demonstration visit was not merged: {other:?}"),
        }
    }
}

/// A visit at work on a phone.
pub(super) struct Visit {
    pub(super) document: Document,
    pub(super) session: Session,
    sent: Vec<rounds_shared::protocol::ChangeId>,
}
