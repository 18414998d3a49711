//! Who worked at the same time.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;

use super::Document;
use crate::ids::DeviceId;

impl Document {
    /// Pairs of devices that wrote without knowledge of each other 同时修改, the smaller id first. Where both wrote the same
    /// item it shows as its values; everything else was merged.
    pub fn parallel(&self) -> BTreeSet<[DeviceId; 2]> {
        // A change comes after all that it depends on: so of two of them only the later can know the earlier.
        let changes = self.automerge.get_changes_meta(&[]);
        let place: BTreeMap<ChangeHash, usize> =
            changes.iter().enumerate().map(|(index, change)| (change.hash, index)).collect();
        let mut known: Vec<Changes> = Vec::with_capacity(changes.len());
        let mut by: Vec<Option<DeviceId>> = Vec::with_capacity(changes.len());
        let mut pairs = BTreeSet::new();
        for (index, change) in changes.iter().enumerate() {
            let mut knows = Changes::none(index);
            for dependency in
                change.deps.iter().filter_map(|hash| place.get(hash)).filter(|one| **one < index)
            {
                knows.add_all(&known[*dependency]);
                knows.add(*dependency);
            }
            let author = self.automerge.get_author_for_actor(&change.actor);
            let author = author.and_then(|author| DeviceId::try_from(author.as_bytes()).ok());
            if let Some(author) = author {
                let others = (0..index).filter(|one| !knows.has(*one)).filter_map(|one| by[one]);
                pairs.extend(others.filter(|other| *other != author).map(|other| {
                    let mut pair = [author, other];
                    pair.sort_unstable();
                    pair
                }));
            }
            known.push(knows);
            by.push(author);
        }
        pairs
    }
}

/// A set of changes by their places, a bit each.
struct Changes(Vec<u64>);

impl Changes {
    fn none(of: usize) -> Self {
        Self(vec![0; of.div_ceil(64)])
    }

    fn add(&mut self, change: usize) {
        self.0[change / 64] |= 1 << (change % 64);
    }

    fn add_all(&mut self, others: &Self) {
        self.0.iter_mut().zip(&others.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    fn has(&self, change: usize) -> bool {
        self.0[change / 64] >> (change % 64) & 1 == 1
    }
}
