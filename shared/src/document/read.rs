//! From a document to the plain [`Inspection`], conflicts and authors included.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
};

use automerge::{
    Automerge, ChangeHash, ObjId, ROOT, ReadDoc as _, ScalarValueRef, Value, ValueRef, iter::MapRangeItem,
};

mod case;
mod said;

use super::{
    Document, DocumentError,
    schema::{ANSWERS, FINDINGS, PHOTOS, REVIEWS, SUBMISSIONS},
    write::parse_point,
};
use crate::{
    ids::DeviceId,
    inspection::{
        Finding, How, Inspection, OpRef, Photo, PhotoRole, PhotoSource, Recorded, Review, ReviewAct, Stamp,
        Strike, Submission,
    },
    protocol::ChangeId,
};
use said::{Said, with_surveys};

/// The fields of a finding or photo that people may change.
const FINDING_FIELDS: [&str; 6] = ["kind", "note", "place", "point", "on_spot", "asset"];
const PHOTO_FIELDS: [&str; 1] = ["finding"];

impl Document {
    /// Everything the document says.
    ///
    /// # Errors
    /// [`DocumentError::Shape`] when it is not an inspection.
    pub fn inspection(&self) -> Result<Inspection, DocumentError> {
        let reader = Reader::new(&self.automerge);
        let Said { remarks, presences, responses } = reader.said();
        Ok(Inspection {
            about: self.about()?,
            brought: self.brought(),
            answers: with_surveys(reader.answers(), &responses),
            findings: reader.map(FINDINGS, Reader::finding),
            photos: reader.map(PHOTOS, Reader::photo_of_item),
            remarks,
            presences,
            responses,
            submissions: reader.list(SUBMISSIONS, Reader::submission),
            reviews: reader.list(REVIEWS, Reader::review),
        })
    }

    /// What was submitted and reviewed, and nothing else of it: enough for its state, and quick to read.
    ///
    /// # Errors
    /// [`DocumentError::Shape`] when it is not an inspection.
    pub fn checkpoints(&self) -> Result<Inspection, DocumentError> {
        let reader = Reader::new(&self.automerge);
        Ok(Inspection {
            about: self.about()?,
            brought: self.brought(),
            answers: Vec::new(),
            findings: Vec::new(),
            photos: Vec::new(),
            remarks: Vec::new(),
            presences: Vec::new(),
            responses: Vec::new(),
            submissions: reader.list(SUBMISSIONS, Reader::submission),
            reviews: reader.list(REVIEWS, Reader::review),
        })
    }

    /// Every value ever recorded for an item, oldest first, with who and when. Values that were replaced
    /// stay readable: nothing anyone recorded is lost.
    pub fn history(&self, item: &str) -> Vec<Recorded> {
        let reader = Reader::new(&self.automerge);
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
        seen.extend(reader.tallies(item));
        seen.sort_by(|a, b| (a.stamp.at, &a.stamp.op).cmp(&(b.stamp.at, &b.stamp.op)));
        seen
    }

    /// Whether anything but reviews was written that the given heads do not include 审后变更.
    pub fn recorded_since(&self, heads: &[ChangeId]) -> bool {
        let heads: Vec<ChangeHash> = heads.iter().map(|id| ChangeHash(id.0)).collect();
        let reader = Reader::new(&self.automerge);
        let reviews = reader.list(REVIEWS, Reader::review).into_iter().map(|review| review.stamp.op);
        let by_review: Vec<ChangeHash> = reviews.filter_map(|op| reader.change_of(&op)).collect();
        let since = self.automerge.get_changes_meta(&heads);
        since.iter().any(|meta| !by_review.contains(&meta.hash))
    }

    /// How many changes each device made.
    pub fn authors(&self) -> Vec<(DeviceId, u64)> {
        let mut authors: std::collections::BTreeMap<DeviceId, u64> = std::collections::BTreeMap::new();
        let reader = Reader::new(&self.automerge);
        for meta in self.automerge.get_changes_meta(&[]) {
            if let Some(device) = reader.device(&meta.actor) {
                *authors.entry(device).or_default() += 1;
            }
        }
        authors.into_iter().collect()
    }
}

struct Reader<'d> {
    automerge: &'d Automerge,
    /// Who made each change, and when: most of what is read is by few of them.
    stamps: RefCell<HashMap<ChangeHash, (Option<DeviceId>, i64)>>,
    /// Whether a change knew another one.
    knew: RefCell<HashMap<[ChangeHash; 2], bool>>,
}

/// A map as it stands, read once.
struct Fields<'d> {
    map: ObjId,
    items: Vec<MapRangeItem<'d>>,
}

impl Fields<'_> {
    fn item(&self, key: &str) -> Option<&MapRangeItem<'_>> {
        self.items.iter().find(|item| item.key == key)
    }

    fn text(&self, key: &str) -> Option<String> {
        match &self.item(key)?.value {
            ValueRef::Scalar(ScalarValueRef::Str(text)) => Some(text.to_string()),
            ValueRef::Scalar(_) | ValueRef::Object(_) => None,
        }
    }

    fn says(&self, key: &str) -> bool {
        let says = ValueRef::Scalar(ScalarValueRef::Boolean(true));
        self.item(key).is_some_and(|item| item.value == says)
    }

    fn number(&self, key: &str) -> Option<i64> {
        match &self.item(key)?.value {
            ValueRef::Scalar(ScalarValueRef::Int(number)) => Some(*number),
            ValueRef::Scalar(_) | ValueRef::Object(_) => None,
        }
    }
}

impl<'d> Reader<'d> {
    fn new(automerge: &'d Automerge) -> Self {
        Self { automerge, stamps: RefCell::default(), knew: RefCell::default() }
    }

    fn object<O: AsRef<ObjId>>(&self, parent: O, key: &str) -> Option<ObjId> {
        self.automerge.get(parent, key).ok()?.filter(|(value, _)| value.is_object()).map(|(_, id)| id)
    }

    fn fields(&self, map: ObjId) -> Fields<'d> {
        Fields { items: self.automerge.map_range(&map, ..).collect(), map }
    }

    fn map<T>(&self, root: &str, read: impl Fn(&Self, String, &Fields<'_>) -> Option<T>) -> Vec<T> {
        let Some(all) = self.object(ROOT, root) else { return Vec::new() };
        let maps = self.automerge.map_range(&all, ..).filter(|item| is_object(&item.value));
        maps.filter_map(|item| read(self, item.key.to_string(), &self.fields(item.id()))).collect()
    }

    fn list<T>(&self, root: &str, read: impl Fn(&Self, &Fields<'_>) -> Option<T>) -> Vec<T> {
        let Some(all) = self.object(ROOT, root) else { return Vec::new() };
        let maps = self.automerge.list_range(&all, ..).filter(|item| is_object(&item.value));
        maps.filter_map(|item| read(self, &self.fields(item.id()))).collect()
    }

    fn device(&self, actor: &automerge::ActorId) -> Option<DeviceId> {
        DeviceId::try_from(self.automerge.get_author_for_actor(actor)?.as_bytes()).ok()
    }

    fn stamp(&self, op: &ObjId) -> Stamp {
        let (device, at) = self.automerge.hash_for_opid(op).map_or((None, 0), |hash| self.made(hash));
        Stamp { device, at, op: OpRef(op.to_string()) }
    }

    fn made(&self, hash: ChangeHash) -> (Option<DeviceId>, i64) {
        *self.stamps.borrow_mut().entry(hash).or_insert_with(|| {
            let meta = self.automerge.get_change_meta_by_hash(&hash);
            let device = meta.as_ref().and_then(|meta| self.device(&meta.actor));
            (device, meta.map_or(0, |meta| meta.timestamp.saturating_mul(1000)))
        })
    }

    fn change_of(&self, op: &OpRef) -> Option<ChangeHash> {
        self.automerge.hash_for_opid(&self.automerge.import_obj(&op.0).ok()?)
    }

    fn answers(&self) -> Vec<(String, Vec<Recorded>)> {
        let Some(answers) = self.object(ROOT, ANSWERS) else { return Vec::new() };
        let items = self.automerge.map_range(&answers, ..).filter(|item| is_object(&item.value));
        items
            .filter_map(|item| {
                let recorded = self.recorded_at(&item.id(), None);
                (!recorded.is_empty()).then(|| (item.key.to_string(), recorded))
            })
            .collect()
    }

    /// The values that stand, now or at given heads, in the order of their operations.
    fn recorded_at(&self, map: &ObjId, heads: Option<&[ChangeHash]>) -> Vec<Recorded> {
        let all = |key: &str| match heads {
            None => self.automerge.get_all(map, key),
            Some(heads) => self.automerge.get_all_at(map, key, heads),
        };
        // The changes that gave a value by one tap for the rest.
        let rest: HashSet<ChangeHash> = all("how")
            .unwrap_or_default()
            .into_iter()
            .filter(|(value, _)| value.as_str() == Some(How::Rest.as_str()))
            .filter_map(|(_, op)| self.automerge.hash_for_opid(&op))
            .collect();
        let values = all("value").unwrap_or_default();
        values
            .into_iter()
            .filter_map(|(value, op)| {
                let value = value.as_str()?.to_owned();
                let by_rest = self.automerge.hash_for_opid(&op).is_some_and(|change| rest.contains(&change));
                let how = if by_rest { How::Rest } else { How::Tap };
                Some(Recorded { value, stamp: self.stamp(&op), how })
            })
            .collect()
    }

    /// All that stands in a field, when it is more than one.
    fn several(&self, fields: &Fields<'_>, field: &str) -> Vec<(Value<'d>, ObjId)> {
        if fields.item(field).is_some_and(|item| item.conflict) {
            self.automerge.get_all(&fields.map, field).unwrap_or_default()
        } else {
            Vec::new()
        }
    }

    fn strike(&self, fields: &Fields<'_>, of: &[&'static str]) -> Option<Strike> {
        let struck = fields.item("struck")?;
        let reason = fields.text("struck")?;
        let strike = struck.id();
        let at = [self.automerge.hash_for_opid(&strike)?];
        // An edit that the strike did not know of, or that came after it, disputes it.
        let unknown = |field: &str, op: &ObjId| match order(op, &strike) {
            Order::Before => false,
            Order::After => true,
            Order::OfAnother => self.automerge.hash_for_opid(op).is_none_or(|edit| {
                // What stands now stood then, if it was known then: so one value tells for all of its change.
                !*self.knew.borrow_mut().entry([at[0], edit]).or_insert_with(|| {
                    let known = self.automerge.get_all_at(&fields.map, field, &at).unwrap_or_default();
                    known.iter().any(|(_, known)| known == op)
                })
            }),
        };
        let disputed = of.iter().any(|field| {
            let several = self.several(fields, field);
            match (several.is_empty(), fields.item(field)) {
                (true, Some(item)) => unknown(field, &item.id()),
                (true, None) => false,
                (false, _) => several.iter().any(|(_, op)| unknown(field, op)),
            }
        });
        Some(Strike { reason, stamp: self.stamp(&strike), disputed })
    }

    fn finding(&self, id: String, fields: &Fields<'_>) -> Option<Finding> {
        let differs =
            |field: &&'static str| self.several(fields, field).windows(2).any(|pair| pair[0].0 != pair[1].0);
        Some(Finding {
            item: fields.text("item")?,
            kind: fields.text("kind")?,
            note: fields.text("note").unwrap_or_default(),
            place: fields.text("place").unwrap_or_default(),
            point: fields.text("point").and_then(|text| parse_point(&text)),
            fixed_on_spot: fields.says("on_spot"),
            asset: fields.text("asset").unwrap_or_default(),
            stamp: self.stamp(&fields.map),
            struck: self.strike(fields, &FINDING_FIELDS),
            conflicts: FINDING_FIELDS.iter().filter(|field| differs(field)).copied().collect(),
            id,
        })
    }

    /// A photo of an inspection. Only a signature may be of the whole visit.
    fn photo_of_item(&self, id: String, fields: &Fields<'_>) -> Option<Photo> {
        self.photo(id, fields).filter(|photo| photo.item.is_some() || photo.role == PhotoRole::Signature)
    }

    fn photo(&self, id: String, fields: &Fields<'_>) -> Option<Photo> {
        let role = PhotoRole::parse(&fields.text("role")?)?;
        Some(Photo {
            hash: fields.text("hash")?.parse().ok()?,
            bytes: u64::try_from(fields.number("bytes")?).ok()?,
            item: fields.text("item"),
            finding: fields.text("finding"),
            copy_of: fields.text("of"),
            source: PhotoSource::parse(&fields.text("source")?)?,
            role,
            point: fields.text("point").and_then(|text| parse_point(&text)),
            stamp: self.stamp(&fields.map),
            struck: self.strike(fields, &PHOTO_FIELDS),
            id,
        })
    }

    fn submission(&self, fields: &Fields<'_>) -> Option<Submission> {
        Some(Submission {
            struck: fields.text("struck"),
            answers: ops(&fields.text("answers").unwrap_or_default()),
            stamp: self.stamp(&fields.map),
        })
    }

    fn review(&self, fields: &Fields<'_>) -> Option<Review> {
        let act = match fields.text("act")?.as_str() {
            "decide" => {
                ReviewAct::Decide { value: fields.text("value")?, covers: ops(&fields.text("covers")?) }
            }
            "return" => ReviewAct::Return,
            "approve" => {
                ReviewAct::Approve { heads: fields.text("heads")?.split(' ').map(str::to_owned).collect() }
            }
            "dismiss" => ReviewAct::Dismiss,
            "comment" => ReviewAct::Comment,
            _ => return None,
        };
        Some(Review {
            act,
            item: fields.text("item"),
            reason: fields.text("reason").unwrap_or_default(),
            stamp: self.stamp(&fields.map),
        })
    }
}

fn is_object(value: &ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Object(_))
}

/// What the names of two operations tell of their order.
enum Order {
    Before,
    After,
    /// Of other actors: the history has to be asked.
    OfAnother,
}

fn order(op: &ObjId, other: &ObjId) -> Order {
    match (op, other) {
        // A later operation has a higher counter than everything it knows.
        (ObjId::Id(counter, ..), ObjId::Id(than, ..)) if counter > than => Order::After,
        (ObjId::Id(_, actor, _), ObjId::Id(_, other, _)) if actor == other => Order::Before,
        (ObjId::Id(..) | ObjId::Root, _) => Order::OfAnother,
    }
}

fn ops(text: &str) -> Vec<OpRef> {
    text.split(' ').filter(|op| !op.is_empty()).map(|op| OpRef(op.to_owned())).collect()
}
