//! From a document to the plain [`Case`].

use std::collections::HashMap;

use automerge::ChangeHash;

use super::{Fields, Reader};
use crate::{
    case::{Act, ActKind, Case, CaseEvent},
    document::{
        Document, DocumentError,
        schema::{EVENTS, PHOTOS},
        write::parse_point,
    },
    protocol::ChangeId,
};

impl Document {
    /// Everything a case's document says. The events are in the order of `first`, the changes that the log is known to
    /// have in its order; behind them come those of all other changes, as the document got them.
    ///
    /// # Errors
    /// [`DocumentError::Shape`] when the document is no case.
    pub fn case(&self, first: &[ChangeId]) -> Result<Case, DocumentError> {
        let reader = Reader::new(&self.automerge);
        let mut places: HashMap<ChangeHash, usize> = HashMap::new();
        for change in first.iter().copied().chain(self.changes()) {
            let next = places.len();
            places.entry(ChangeHash(change.0)).or_insert(next);
        }
        let mut events = reader.list(EVENTS, Reader::event);
        // Stable: the events of one change stay in the order of the list.
        events.sort_by_key(|event| {
            reader.change_of(&event.stamp.op).and_then(|change| places.get(&change).copied())
        });
        Ok(Case { about: self.case_about()?, events, photos: reader.map(PHOTOS, Reader::photo) })
    }
}

impl Reader<'_> {
    fn event(&self, fields: &Fields<'_>) -> Option<CaseEvent> {
        let kind = ActKind::parse(&fields.text("act")?).unwrap_or(ActKind::Later);
        Some(CaseEvent {
            act: act(kind, fields).unwrap_or(Act::Later),
            text: fields.text("text").unwrap_or_default(),
            stamp: self.stamp(&fields.map),
        })
    }
}

/// What was done; none when something of it is missing.
fn act(kind: ActKind, fields: &Fields<'_>) -> Option<Act> {
    let due = || fields.text("due")?.parse().ok();
    Some(match kind {
        ActKind::Open => Act::Open {
            kind: fields.text("kind")?,
            place: fields.text("place").unwrap_or_default(),
            point: fields.text("point").and_then(|text| parse_point(&text)),
        },
        ActKind::Dispatch => Act::Dispatch {
            to: fields.text("to")?.parse().ok()?,
            checker: fields.text("checker").map(|user| user.parse()).transpose().ok()?,
            due: due()?,
        },
        ActKind::GiveBack => Act::GiveBack,
        ActKind::Fix => Act::Fix { photos: photos(fields) },
        ActKind::Pass => Act::Pass { photos: photos(fields) },
        ActKind::Fail => Act::Fail { photos: photos(fields) },
        ActKind::Extend => Act::Extend { due: due()? },
        ActKind::Close => Act::Close,
        ActKind::Withdraw => Act::Withdraw,
        ActKind::Later => Act::Later,
    })
}

fn photos(fields: &Fields<'_>) -> Vec<String> {
    let named = fields.text("photos").unwrap_or_default();
    named.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect()
}
