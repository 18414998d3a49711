//! 撤销: taking back the answer that was given last. One that was not signed yet was never recorded: it goes, and what it had
//! replaced stands again. Of one that was signed what stood before is recorded once more.

use rounds_shared::{
    ids::DocId,
    inspection::{How, Recorded},
    protocol::ChangeId,
};

use super::{Device, opened};
use crate::{failure::Failure, store, surroundings::Surroundings};

/// The answer that was given last.
#[derive(Clone)]
pub(super) struct Tap {
    pub(super) doc: DocId,
    pub(super) item: String,
    /// The act that recorded it; none when it said what stood there already.
    pub(super) act: Option<i64>,
    /// Where the document was before it.
    pub(super) heads: Vec<ChangeId>,
    /// What stood for the item before it.
    pub(super) before: Vec<Recorded>,
}

impl Device {
    /// Takes the last answer back, of this item.
    pub(crate) fn take_back(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        item: &str,
    ) -> Result<(), Failure> {
        let is_it = |tap: &&Tap| tap.doc == doc && tap.item == item;
        let tap = self.last_tap.as_ref().filter(is_it).cloned().ok_or(Failure::NotFound)?;
        let (inspection, _) = self.writable(doc)?;
        let me = self.identity()?.device;
        let (now, is_mine) = (inspection.recorded(item), |one: &&Recorded| one.stamp.device == Some(me));
        if !self.unmake(&tap)? && (now.iter().any(|one| is_mine(&one)) || now.is_empty()) {
            let is_replaced = |one: &&Recorded| !now.iter().any(|there| there.stamp.op == one.stamp.op);
            let own = tap.before.iter().find(is_mine);
            let stood = own.or_else(|| tap.before.iter().find(is_replaced));
            let (value, how) = stood.map_or((None, How::Tap), |one| (Some(one.value.as_str()), one.how));
            self.act(surroundings, doc, |document, session, at| {
                document.answer(session, at, item, value, how)
            })?;
        }
        self.last_tap = None;
        Ok(())
    }

    /// Forgets an act that nobody has signed and nothing stands on; says whether it was such a one.
    fn unmake(&mut self, tap: &Tap) -> Result<bool, Failure> {
        let Some(act) = tap.act else { return Ok(true) };
        if store::changes::last_unpacked(self.store.read(), tap.doc)? != Some(act) {
            return Ok(false);
        }
        let Some(document) = opened::load_besides(&self.store, tap.doc, Some(act))? else { return Ok(false) };
        // What came since is saved together with the act, which then cannot be told apart any more.
        if document.heads() != tap.heads {
            return Ok(false);
        }
        let row = self.row_of(tap.doc, &document)?;
        self.store.write(|transaction| {
            store::changes::remove(transaction, act)?;
            row.put(transaction)
        })?;
        // The actor goes with the document: it has made a change that never was.
        self.opened.discard(tap.doc);
        Ok(true)
    }
}
