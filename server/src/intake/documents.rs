//! Documents in memory: what is committed, for everybody who judges, and over it what the commit at hand made.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use rounds_shared::{document::Document, ids::DocId};
use rusqlite::Connection;

use crate::views;

/// Bytes of committed documents kept, as saved.
const RECENT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of documents that a commit keeps in memory, as saved; beyond it they are read back when they are needed.
const CHANGED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A document as an entry left it.
pub(super) struct Standing {
    /// The entry: the document's version. Two documents of one id and one version are equal.
    pub(super) seq: u64,
    /// The document.
    pub(super) document: Document,
    /// About how large it is, in bytes as saved.
    pub(super) bytes: usize,
}

/// The documents that were committed of late. Only the writer puts them here, and after its commit, so that no older
/// one can take the place of a newer.
#[derive(Clone, Default)]
pub(super) struct Recent(Arc<RwLock<HashMap<DocId, Arc<Standing>>>>);

impl Recent {
    fn get(&self, doc: DocId) -> Option<Arc<Standing>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&doc).cloned()
    }

    /// A document as it is committed, for whoever reads beside the writer.
    pub(super) fn look(
        &self,
        connection: &Connection,
        doc: DocId,
    ) -> rusqlite::Result<Option<Arc<Standing>>> {
        match self.get(doc) {
            Some(standing) => Ok(Some(standing)),
            None => read(connection, doc),
        }
    }

    /// Takes what a commit changed; none of it stays as it was before.
    fn update(&self, committed: impl Iterator<Item = (DocId, Changed)>) {
        let mut recent = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (doc, changed) in committed {
            match changed {
                Changed::Kept(standing) => recent.insert(doc, standing),
                Changed::Spilled => recent.remove(&doc),
            };
        }
        if recent.values().map(|standing| standing.bytes).sum::<usize>() > RECENT_BYTES_MAX {
            recent.clear();
        }
    }
}

/// The writer's documents.
#[derive(Default)]
pub(super) struct Documents {
    recent: Recent,
    changed: HashMap<DocId, Changed>,
    changed_bytes: usize,
    /// What the piece of work at hand changed, and whether the commit had changed it before.
    touched: Vec<(DocId, bool)>,
}

/// A document that the commit at hand changed.
enum Changed {
    Kept(Arc<Standing>),
    /// Only in the view.
    Spilled,
}

impl Documents {
    /// What is committed.
    pub(super) fn recent(&self) -> Recent {
        self.recent.clone()
    }

    /// A document as the commit at hand has it.
    pub(super) fn get(&self, connection: &Connection, doc: DocId) -> rusqlite::Result<Option<Arc<Standing>>> {
        match self.changed.get(&doc) {
            Some(Changed::Kept(standing)) => Ok(Some(Arc::clone(standing))),
            Some(Changed::Spilled) => read(connection, doc),
            None => self.recent.look(connection, doc),
        }
    }

    /// Its version; 0 when there is nothing of it.
    pub(super) fn version(&self, connection: &Connection, doc: DocId) -> rusqlite::Result<u64> {
        let kept = match self.changed.get(&doc) {
            Some(Changed::Kept(standing)) => Some(standing.seq),
            Some(Changed::Spilled) => None,
            None => self.recent.get(doc).map(|standing| standing.seq),
        };
        match kept {
            Some(seq) => Ok(seq),
            None => Ok(views::documents::version(connection, doc)?.unwrap_or(0)),
        }
    }

    pub(super) fn put(&mut self, doc: DocId, standing: Standing) {
        self.changed_bytes += standing.bytes;
        let before = self.changed.insert(doc, Changed::Kept(Arc::new(standing)));
        self.touched.push((doc, before.is_some()));
    }

    /// Whether the commit has changed so much that what is in the view by now should not be kept here, too.
    pub(super) fn are_many(&self) -> bool {
        self.changed_bytes > CHANGED_BYTES_MAX
    }

    /// Keeps nothing of it any longer. All of it must be in the view.
    pub(super) fn spill(&mut self) {
        for changed in self.changed.values_mut() {
            *changed = Changed::Spilled;
        }
        self.changed_bytes = 0;
    }

    /// The piece of work at hand is done, and in the view.
    pub(super) fn keep(&mut self) {
        self.touched.clear();
    }

    /// The piece of work at hand is taken back, in the view too.
    pub(super) fn take_back(&mut self) {
        for (doc, was_changed) in self.touched.drain(..).rev() {
            if was_changed {
                self.changed.insert(doc, Changed::Spilled);
            } else {
                self.changed.remove(&doc);
            }
        }
    }

    /// The commit is on disk: others may judge by it.
    pub(super) fn committed(&mut self) {
        self.changed_bytes = 0;
        self.recent.update(self.changed.drain());
    }

    /// The commit is taken back.
    pub(super) fn roll_back(&mut self) {
        self.touched.clear();
        self.changed.clear();
        self.changed_bytes = 0;
    }

    /// Keeps nothing: the views are made anew.
    pub(super) fn begin_again(&mut self) {
        self.roll_back();
        self.recent.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn read(connection: &Connection, doc: DocId) -> rusqlite::Result<Option<Arc<Standing>>> {
    let Some((document, seq, bytes)) = views::documents::standing(connection, doc)? else { return Ok(None) };
    Ok(Some(Arc::new(Standing { seq, document, bytes })))
}
