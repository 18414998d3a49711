//! Projecting: bringing registry and views forward by the entries of the log, new or replayed.

use std::{collections::BTreeSet, sync::Arc};

use rounds_shared::{
    area::AreaCode,
    case::Case,
    document::{Content, Document, Payload, case_genesis_about, genesis_about},
    envelope::{DocKind, Verified},
    gate::Merged,
    ids::{DocId, UserId},
    inspection::Inspection,
    protocol::{Entry, EntryBody, Judgement},
    registry::{DeviceKind, Event, Registry},
};

use super::{Keeper, KeeperError, documents::Standing};
use crate::{log, views};

/// Rows read at a time when the log is replayed.
const REPLAY_ROWS: usize = 1000;

/// A document whose views are behind.
pub(super) struct Touched {
    /// When it was last touched, by the server's clock in milliseconds.
    at: i64,
    /// Whether the document itself changed.
    is_merged: bool,
    /// The document saved and read, when the gate did that already.
    prepared: Option<(Vec<u8>, Content)>,
}

impl Keeper {
    /// Brings registry and views forward by one entry: the same function whether the entry is new or
    /// replayed. `merged` spares a new entry the second merge.
    #[tracing::instrument(name = "views", level = "debug", skip_all)]
    pub(super) fn project(&mut self, entry: &Entry, merged: Option<Merged>) -> Result<(), KeeperError> {
        match entry.parse() {
            EntryBody::Registry(event) => {
                self.settle()?;
                Arc::make_mut(&mut self.registry).apply(entry.seq, entry.at, &event);
                self.project_registry(entry, &event)
            }
            EntryBody::Envelope(bytes, judgement) => {
                let envelope = Verified::from_log(bytes).map_err(|_| KeeperError::Unappliable(entry.seq))?;
                views::devices::received(&self.connection, entry, &envelope)?;
                match judgement {
                    Judgement::Merged => self.project_merge(entry, &envelope, merged),
                    Judgement::Held { reason, missing } => {
                        let area = self.area(&envelope)?;
                        views::held::put(&self.connection, entry, &envelope, &area, reason, &missing)?;
                        self.touch(entry, envelope.body().doc)
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
                    Some(doc) => self.touch(entry, doc),
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
                let repeated = assignment.repeats.and_then(|id| self.registry.assignment(id));
                let repeated = repeated.map(|repeated| &**repeated);
                views::labels::assigned(&self.connection, entry.seq, assignment, repeated)?;
            }
            Event::AssignmentSuperseded { assignment, .. } => {
                views::assignments::supersede(&self.connection, entry, *assignment)?;
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
            | Event::TemplateWithdrawn(_)
            | Event::UserPut(_)
            | Event::DeadlinesPut(_) => {}
        }
        Ok(())
    }

    fn project_merge(
        &mut self,
        entry: &Entry,
        envelope: &Verified,
        merged: Option<Merged>,
    ) -> Result<(), KeeperError> {
        let doc = envelope.body().doc;
        let (standing, prepared) = match merged {
            Some(Merged { document, saved, content }) => {
                (Standing { seq: entry.seq, document, bytes: saved.len() }, Some((saved, content)))
            }
            None => (self.merge_again(entry, envelope)?, None),
        };
        views::documents::merged(&self.connection, doc, entry.seq, envelope.id())?;
        // Entry by entry, not once for all that happened to it: labels remember when.
        self.label(entry, envelope, &standing.document, prepared.as_ref().map(|(_, content)| content))?;
        self.documents.put(doc, standing);
        self.touched.insert(doc, Touched { at: entry.at, is_merged: true, prepared });
        if self.documents.are_many() {
            self.settle()?;
            self.documents.spill();
        }
        Ok(())
    }

    /// Says who may see a document from this entry on.
    fn label(
        &self,
        entry: &Entry,
        envelope: &Verified,
        document: &Document,
        content: Option<&Content>,
    ) -> Result<(), KeeperError> {
        let author = self.registry.device(envelope.body().device);
        let recorded_by = author.filter(|device| device.kind == DeviceKind::Phone).map(|device| device.user);
        let unreadable = |_| KeeperError::Unappliable(entry.seq);
        match (content, document.kind()) {
            (Some(Content::Inspection(inspection)), _) => {
                self.label_inspection(entry, envelope, inspection, recorded_by)
            }
            (None, DocKind::Inspection) => {
                let read = document.checkpoints().map_err(unreadable)?;
                self.label_inspection(entry, envelope, &read, recorded_by)
            }
            (Some(Content::Case(case)), _) => self.label_case(entry, envelope, case, recorded_by),
            (None, DocKind::Case) => {
                let read = document.case(&[]).map_err(unreadable)?;
                self.label_case(entry, envelope, &read, recorded_by)
            }
        }
    }

    /// A case is for whoever leads in its area, and for everybody whom it names: what was once somebody's to put right or
    /// to check stays in his sight.
    fn label_case(
        &self,
        entry: &Entry,
        envelope: &Verified,
        case: &Case,
        recorded_by: Option<UserId>,
    ) -> Result<(), KeeperError> {
        let people: BTreeSet<UserId> =
            case.dispatched_to().chain(case.checkers()).chain(recorded_by).collect();
        let doc = envelope.body().doc;
        Ok(views::labels::case_merged(&self.connection, doc, entry.seq, &case.about.area, &people)?)
    }

    fn label_inspection(
        &self,
        entry: &Entry,
        envelope: &Verified,
        inspection: &Inspection,
        recorded_by: Option<UserId>,
    ) -> Result<(), KeeperError> {
        let body = envelope.body();
        let assignment = self.registry.assignment_of(body.doc);
        let people = assignment.map_or(&[][..], |assignment| &assignment.people);
        let user_of = |device| self.registry.device(device).map(|device| device.user);
        let merge = views::labels::Merge {
            doc: body.doc,
            seq: entry.seq,
            area: &inspection.about.area,
            continues: inspection.about.continues,
            recorded_by,
            state: inspection.state(people, user_of),
            is_in: inspection.is_in(people, user_of),
        };
        let is_newly_in = views::labels::merged(&self.connection, &merge)?;
        let Some(assignment) = assignment.filter(|_| is_newly_in) else { return Ok(()) };
        for (first, second) in self.registry.pairs_of(assignment) {
            views::labels::unblind(&self.connection, entry.seq, first.doc(), second.doc())?;
        }
        Ok(())
    }

    fn merge_again(&mut self, entry: &Entry, envelope: &Verified) -> Result<Standing, KeeperError> {
        let doc = envelope.body().doc;
        let unappliable = || KeeperError::Unappliable(entry.seq);
        let payload = Payload::decode(&envelope.body().payload).map_err(|_| unappliable())?;
        let genesis = self.registry.assignment_of(doc).map(|assignment| assignment.genesis.to_vec());
        let (mut document, bytes) = match self.documents.get(&self.connection, doc)? {
            Some(standing) => (standing.document.clone(), standing.bytes),
            None => {
                let genesis = genesis.or_else(|| payload.genesis().map(<[u8]>::to_vec));
                let genesis = genesis.ok_or_else(unappliable)?;
                (Document::load(&genesis).map_err(|_| unappliable())?, genesis.len())
            }
        };
        let payload = payload.without_genesis();
        if !payload.is_empty() {
            document.merge(&payload).map_err(|_| unappliable())?;
        }
        Ok(Standing { seq: entry.seq, document, bytes: bytes + envelope.body().payload.len() })
    }

    /// Notes that what the views say of a document has changed, though the document has not.
    fn touch(&mut self, entry: &Entry, doc: DocId) -> Result<(), KeeperError> {
        if self.documents.version(&self.connection, doc)? > 0 {
            let unmerged = Touched { at: entry.at, is_merged: false, prepared: None };
            self.touched.entry(doc).or_insert(unmerged).at = entry.at;
        }
        Ok(())
    }

    /// Brings the views of every touched document up to date: once for all that happened to it.
    #[tracing::instrument(name = "views", level = "debug", skip_all)]
    pub(super) fn settle(&mut self) -> Result<(), KeeperError> {
        for (doc, touched) in std::mem::take(&mut self.touched) {
            let Some(standing) = self.documents.get(&self.connection, doc)? else { continue };
            let Standing { seq, document, .. } = &*standing;
            let (saved, content) = match touched.prepared {
                Some((saved, content)) => (Some(saved), Some(content)),
                None => (None, document.content().ok()),
            };
            if touched.is_merged {
                let saved = saved.unwrap_or_else(|| document.save_plain());
                views::documents::put(&self.connection, doc, &saved, *seq)?;
            }
            match content {
                Some(Content::Inspection(inspection)) => {
                    let of = views::Projected { doc, document, inspection: &inspection, at: touched.at };
                    views::project(&self.connection, &of, &self.registry)?;
                }
                Some(Content::Case(case)) => {
                    views::project_case(&self.connection, doc, &case, touched.at, &self.registry)?;
                }
                None => {}
            }
        }
        Ok(())
    }

    /// The area a held envelope is about: its assignment's, its document's, or the one it says when it begins a
    /// document. What says nothing is the whole city's matter.
    fn area(&self, envelope: &Verified) -> Result<AreaCode, KeeperError> {
        let body = envelope.body();
        if let Some(assignment) = self.registry.assignment_of(body.doc) {
            return Ok(assignment.area.clone());
        }
        let of_document = |document: &Document| match body.kind {
            DocKind::Inspection => document.about().ok().map(|about| about.area),
            DocKind::Case => document.case_about().ok().map(|about| about.area),
        };
        let of_genesis = |genesis: &[u8]| match body.kind {
            DocKind::Inspection => genesis_about(genesis).ok().map(|about| about.area),
            DocKind::Case => case_genesis_about(genesis).ok().map(|about| about.area),
        };
        let area = match self.documents.get(&self.connection, body.doc)? {
            Some(standing) => of_document(&standing.document),
            None => Payload::decode(&body.payload).ok().and_then(|payload| of_genesis(payload.genesis()?)),
        };
        Ok(area.unwrap_or_else(|| body.city.clone()))
    }

    /// Drops every view and replays the log: no view is a source of truth.
    ///
    /// # Errors
    /// [`KeeperError`] when the log cannot be read or applied; the old views are kept then.
    pub fn rebuild(&mut self) -> Result<(), KeeperError> {
        self.documents.begin_again();
        self.touched.clear();
        self.registry = Arc::default();
        log::begin(&self.connection)?;
        let replayed = self.replay();
        match replayed {
            Ok(()) => {
                log::commit(&self.connection)?;
                self.documents.committed();
                Ok(())
            }
            Err(error) => {
                self.documents.roll_back();
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
            self.settle()?;
            self.documents.spill();
        }
        views::moved_to(&self.connection, self.log.position())?;
        Ok(())
    }

    pub(super) fn replay_registry(&self) -> Result<Registry, KeeperError> {
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
