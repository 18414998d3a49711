//! The row that lists have of a document: the card of an inspection, or a case's.

use rounds_shared::{
    case::{Act, Case},
    document::{Content, Document, Payload},
    envelope::{DocKind, Verified},
    ids::DocId,
    protocol::{CASE_KIND, ChangeId, Snapshot},
};
use rusqlite::Connection;

use super::{Device, damaged, opened};
use crate::{
    failure::Failure,
    store::{self, cases::CaseRow, inspections::Card},
};

/// What lists need to know of a document.
pub(crate) enum ListRow {
    Inspection(Card),
    Case(CaseRow),
}

impl ListRow {
    pub(crate) fn put(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            ListRow::Inspection(card) => store::inspections::put(connection, card),
            ListRow::Case(case) => store::cases::put(connection, case),
        }
    }
}

impl Device {
    /// The row of a document that says this.
    pub(super) fn list_row(&self, doc: DocId, content: &Content) -> Result<ListRow, Failure> {
        match content {
            Content::Inspection(inspection) => self.card(doc, inspection).map(ListRow::Inspection),
            Content::Case(case) => Ok(ListRow::Case(self.case_row(doc, case))),
        }
    }

    /// The row of a document as it stands.
    pub(super) fn row_of(&self, doc: DocId, document: &Document) -> Result<ListRow, Failure> {
        let order = match document.kind() {
            // Nobody asks for the order of an inspection.
            DocKind::Inspection => Vec::new(),
            DocKind::Case => self.log_order(doc)?,
        };
        self.list_row(doc, &content(document, &order)?)
    }

    /// The row of a snapshot that is all there is of its document here. Of an inspection it is the server's card, so that
    /// none is loaded that nobody opens; a case is read at once: there are few, and they are small.
    pub(crate) fn row_of_snapshot(&self, snapshot: &Snapshot) -> Result<Option<ListRow>, Failure> {
        if snapshot.card.kind != CASE_KIND {
            return Ok(self.card_of(snapshot.doc, &snapshot.card)?.map(ListRow::Inspection));
        }
        let case = Document::load(&snapshot.saved).ok().and_then(|document| document.case(&[]).ok());
        Ok(case.map(|case| ListRow::Case(self.case_row(snapshot.doc, &case))))
    }

    fn case_row(&self, doc: DocId, case: &Case) -> CaseRow {
        let standing = case.standing(|device| self.user_of(device));
        let about = &case.about;
        let (kind, place, note) = match case.opened().map(|event| (&event.act, &event.text)) {
            Some((Act::Open { kind, place, .. }, note)) => (kind.clone(), place.clone(), note.clone()),
            Some(_) | None => Default::default(),
        };
        CaseRow {
            doc,
            area: about.area.clone(),
            site: about.site.clone(),
            template: about.template.clone(),
            template_version: about.template_version,
            item: about.item.clone(),
            kind,
            place,
            note,
            state: standing.state,
            responsible: standing.responsible,
            checker: standing.checker,
            fixed_by: standing.fixed_by,
            due: standing.due,
            reworks: standing.reworks,
            changed_at: case.events.iter().map(|event| event.stamp.at).max().unwrap_or(about.at),
            photos: case.photos.iter().filter(|one| one.struck.is_none()).map(|one| one.hash).collect(),
        }
    }

    /// The changes of a case that the log is known to have, in its order: those of the server's snapshot, then those of
    /// the envelopes that entries merged since. What this device alone has is not among them.
    pub(super) fn log_order(&self, doc: DocId) -> Result<Vec<ChangeId>, Failure> {
        let mut order = match store::snapshots::bytes(self.store.read(), doc)? {
            Some(snapshot) => Document::load(&snapshot).map_err(|error| damaged(&error))?.changes(),
            None => Vec::new(),
        };
        for bytes in store::cases::merges(self.store.read(), doc)? {
            let envelope = Verified::from_log(bytes).map_err(|error| damaged(&error))?;
            let payload = Payload::decode(&envelope.body().payload).map_err(|error| damaged(&error))?;
            order.extend(payload.ids());
        }
        Ok(order)
    }

    /// Folds the cases again of which something came: whose its devices are, or where the log has what was recorded here.
    pub(crate) fn fold_cases(&mut self) -> Result<(), Failure> {
        for doc in store::cases::unfolded(self.store.read())? {
            let document = opened::load(&self.store, doc)?;
            let row = document.map(|document| self.row_of(doc, &document)).transpose()?;
            self.store.write(|transaction| {
                row.iter().try_for_each(|row| row.put(transaction))?;
                store::cases::set_folded(transaction, doc)
            })?;
        }
        Ok(())
    }
}

/// Everything a document says. `order` is what the log is known to have of a case, in its order.
pub(super) fn content(document: &Document, order: &[ChangeId]) -> Result<Content, Failure> {
    let content = match document.kind() {
        DocKind::Inspection => document.inspection().map(Content::Inspection),
        DocKind::Case => document.case(order).map(Content::Case),
    };
    content.map_err(|error| damaged(&error))
}
