//! From a document to the plain [`Inspection`], conflicts and authors included.

use automerge::{Automerge, ChangeHash, ObjId, ROOT, ReadDoc as _};

use super::{
    Document, DocumentError,
    schema::{ANSWERS, FINDINGS, PHOTOS, REMARKS, REVIEWS, SUBMISSIONS},
    write::parse_point,
};
use crate::{
    ids::DeviceId,
    inspection::{
        Finding, How, Inspection, OpRef, Photo, PhotoRole, PhotoSource, Recorded, Remark, Review, ReviewAct,
        Stamp, Strike, Submission,
    },
    protocol::ChangeId,
};

/// The fields of a finding or photo that people may change.
const FINDING_FIELDS: [&str; 5] = ["kind", "note", "place", "point", "on_spot"];
const PHOTO_FIELDS: [&str; 1] = ["finding"];

impl Document {
    /// Everything the document says.
    ///
    /// # Errors
    /// [`DocumentError::Shape`] when it is not an inspection.
    pub fn inspection(&self) -> Result<Inspection, DocumentError> {
        let reader = Reader(&self.automerge);
        Ok(Inspection {
            about: self.about()?,
            answers: reader.answers(),
            findings: reader.map(FINDINGS, Reader::finding),
            photos: reader.map(PHOTOS, Reader::photo),
            remarks: reader.list(REMARKS, Reader::remark),
            submissions: reader.list(SUBMISSIONS, Reader::submission),
            reviews: reader.list(REVIEWS, Reader::review),
        })
    }

    /// What was submitted and reviewed, and nothing else of it: enough for its state, and quick to read.
    ///
    /// # Errors
    /// [`DocumentError::Shape`] when it is not an inspection.
    pub fn checkpoints(&self) -> Result<Inspection, DocumentError> {
        let reader = Reader(&self.automerge);
        Ok(Inspection {
            about: self.about()?,
            answers: Vec::new(),
            findings: Vec::new(),
            photos: Vec::new(),
            remarks: Vec::new(),
            submissions: reader.list(SUBMISSIONS, Reader::submission),
            reviews: reader.list(REVIEWS, Reader::review),
        })
    }

    /// Every value ever recorded for an item, oldest first, with who and when. Values that were replaced
    /// stay readable: nothing anyone recorded is lost.
    pub fn history(&self, item: &str) -> Vec<Recorded> {
        let reader = Reader(&self.automerge);
        let Some(map) = reader.object(ROOT, ANSWERS).and_then(|answers| reader.object(answers, item)) else {
            return Vec::new();
        };
        let mut seen: Vec<Recorded> = Vec::new();
        for meta in self.automerge.get_changes_meta(&[]) {
            for recorded in reader.recorded_at(&map, Some(&[meta.hash])) {
                if !seen.iter().any(|one| one.stamp.op == recorded.stamp.op) {
                    seen.push(recorded);
                }
            }
        }
        seen.sort_by(|a, b| (a.stamp.at, &a.stamp.op).cmp(&(b.stamp.at, &b.stamp.op)));
        seen
    }

    /// Whether anything but reviews was written that the given heads do not include 审后变更.
    pub fn recorded_since(&self, heads: &[ChangeId]) -> bool {
        let heads: Vec<ChangeHash> = heads.iter().map(|id| ChangeHash(id.0)).collect();
        let reader = Reader(&self.automerge);
        let reviews = reader.list(REVIEWS, Reader::review).into_iter().map(|review| review.stamp.op);
        let by_review: Vec<ChangeHash> = reviews.filter_map(|op| reader.change_of(&op)).collect();
        let since = self.automerge.get_changes_meta(&heads);
        since.iter().any(|meta| !by_review.contains(&meta.hash))
    }

    /// How many changes each device made.
    pub fn authors(&self) -> Vec<(DeviceId, u64)> {
        let mut authors: std::collections::BTreeMap<DeviceId, u64> = std::collections::BTreeMap::new();
        for meta in self.automerge.get_changes_meta(&[]) {
            if let Some(device) = Reader(&self.automerge).device(&meta.actor) {
                *authors.entry(device).or_default() += 1;
            }
        }
        authors.into_iter().collect()
    }
}

struct Reader<'d>(&'d Automerge);

impl Reader<'_> {
    fn object<O: AsRef<ObjId>>(&self, parent: O, key: &str) -> Option<ObjId> {
        self.0.get(parent, key).ok()?.filter(|(value, _)| value.is_object()).map(|(_, id)| id)
    }

    fn text(&self, map: &ObjId, key: &str) -> Option<String> {
        self.0.get(map, key).ok()??.0.as_str().map(str::to_owned)
    }

    fn map<T>(&self, root: &str, read: impl Fn(&Self, String, &ObjId) -> Option<T>) -> Vec<T> {
        let Some(all) = self.object(ROOT, root) else { return Vec::new() };
        let keys = self.0.keys(&all).collect::<Vec<_>>().into_iter();
        keys.filter_map(|key| {
            let map = self.object(&all, &key)?;
            read(self, key, &map)
        })
        .collect()
    }

    fn list<T>(&self, root: &str, read: impl Fn(&Self, &ObjId) -> Option<T>) -> Vec<T> {
        let Some(all) = self.object(ROOT, root) else { return Vec::new() };
        let indexes = 0..self.0.length(&all);
        indexes
            .filter_map(|index| {
                let (value, map) = self.0.get(&all, index).ok()??;
                if value.is_object() { read(self, &map) } else { None }
            })
            .collect()
    }

    fn device(&self, actor: &automerge::ActorId) -> Option<DeviceId> {
        DeviceId::try_from(self.0.get_author_for_actor(actor)?.as_bytes()).ok()
    }

    fn stamp(&self, op: &ObjId) -> Stamp {
        let meta = self.0.hash_for_opid(op).and_then(|hash| self.0.get_change_meta_by_hash(&hash));
        Stamp {
            device: meta.as_ref().and_then(|meta| self.device(&meta.actor)),
            at: meta.map_or(0, |meta| meta.timestamp.saturating_mul(1000)),
            op: OpRef(op.to_string()),
        }
    }

    fn change_of(&self, op: &OpRef) -> Option<ChangeHash> {
        self.0.hash_for_opid(&self.0.import_obj(&op.0).ok()?)
    }

    fn answers(&self) -> Vec<(String, Vec<Recorded>)> {
        let Some(answers) = self.object(ROOT, ANSWERS) else { return Vec::new() };
        let items = self.0.keys(&answers).collect::<Vec<_>>().into_iter();
        items
            .filter_map(|item| {
                let map = self.object(&answers, &item)?;
                let recorded = self.recorded_at(&map, None);
                (!recorded.is_empty()).then_some((item, recorded))
            })
            .collect()
    }

    /// The values that stand, now or at given heads, in the order of their operations.
    fn recorded_at(&self, map: &ObjId, heads: Option<&[ChangeHash]>) -> Vec<Recorded> {
        let all = |key: &str| match heads {
            None => self.0.get_all(map, key),
            Some(heads) => self.0.get_all_at(map, key, heads),
        };
        let how: Vec<(String, Option<ChangeHash>)> = all("how")
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(value, op)| Some((value.as_str()?.to_owned(), self.0.hash_for_opid(&op))))
            .collect();
        let values = all("value").unwrap_or_default();
        values
            .into_iter()
            .filter_map(|(value, op)| {
                let change = self.0.hash_for_opid(&op);
                let rest = how.iter().any(|(how, by)| *by == change && how == How::Rest.as_str());
                Some(Recorded {
                    value: value.as_str()?.to_owned(),
                    stamp: self.stamp(&op),
                    how: if rest { How::Rest } else { How::Tap },
                })
            })
            .collect()
    }

    fn strike(&self, map: &ObjId, fields: &[&'static str]) -> Option<Strike> {
        let (value, op) = self.0.get(map, "struck").ok()??;
        let reason = value.as_str()?.to_owned();
        let at = [self.0.hash_for_opid(&op)?];
        // An edit that the strike did not know of, or that came after it, disputes it.
        let disputed = fields.iter().any(|field| {
            let known = self.0.get_all_at(map, *field, &at).unwrap_or_default();
            let now = self.0.get_all(map, *field).unwrap_or_default();
            now.iter().any(|(_, op)| !known.iter().any(|(_, known)| known == op))
        });
        Some(Strike { reason, stamp: self.stamp(&op), disputed })
    }

    fn finding(&self, id: String, map: &ObjId) -> Option<Finding> {
        let differs = |field: &&'static str| {
            let all = self.0.get_all(map, *field).unwrap_or_default();
            all.windows(2).any(|pair| pair[0].0 != pair[1].0)
        };
        Some(Finding {
            item: self.text(map, "item")?,
            kind: self.text(map, "kind")?,
            note: self.text(map, "note").unwrap_or_default(),
            place: self.text(map, "place").unwrap_or_default(),
            point: self.text(map, "point").and_then(|text| parse_point(&text)),
            fixed_on_spot: self
                .0
                .get(map, "on_spot")
                .ok()?
                .is_some_and(|(value, _)| value.as_bool() == Some(true)),
            stamp: self.stamp(map),
            struck: self.strike(map, &FINDING_FIELDS),
            conflicts: FINDING_FIELDS.iter().filter(|field| differs(field)).copied().collect(),
            id,
        })
    }

    fn photo(&self, id: String, map: &ObjId) -> Option<Photo> {
        Some(Photo {
            hash: self.text(map, "hash")?.parse().ok()?,
            bytes: u64::try_from(self.0.get(map, "bytes").ok()??.0.as_i64()?).ok()?,
            item: self.text(map, "item")?,
            finding: self.text(map, "finding"),
            source: PhotoSource::parse(&self.text(map, "source")?)?,
            role: PhotoRole::parse(&self.text(map, "role")?)?,
            point: self.text(map, "point").and_then(|text| parse_point(&text)),
            stamp: self.stamp(map),
            struck: self.strike(map, &PHOTO_FIELDS),
            id,
        })
    }

    fn remark(&self, map: &ObjId) -> Option<Remark> {
        Some(Remark { item: self.text(map, "item"), text: self.text(map, "text")?, stamp: self.stamp(map) })
    }

    fn submission(&self, map: &ObjId) -> Option<Submission> {
        Some(Submission {
            struck: self.text(map, "struck"),
            answers: ops(&self.text(map, "answers").unwrap_or_default()),
            stamp: self.stamp(map),
        })
    }

    fn review(&self, map: &ObjId) -> Option<Review> {
        let act = match self.text(map, "act")?.as_str() {
            "decide" => {
                ReviewAct::Decide { value: self.text(map, "value")?, covers: ops(&self.text(map, "covers")?) }
            }
            "return" => ReviewAct::Return,
            "approve" => {
                ReviewAct::Approve { heads: self.text(map, "heads")?.split(' ').map(str::to_owned).collect() }
            }
            "dismiss" => ReviewAct::Dismiss,
            "comment" => ReviewAct::Comment,
            _ => return None,
        };
        Some(Review {
            act,
            item: self.text(map, "item"),
            reason: self.text(map, "reason").unwrap_or_default(),
            stamp: self.stamp(map),
        })
    }
}

fn ops(text: &str) -> Vec<OpRef> {
    text.split(' ').filter(|op| !op.is_empty()).map(|op| OpRef(op.to_owned())).collect()
}
