//! What a person was told is safe, and whether it still is.

use std::collections::{BTreeMap, BTreeSet};

use rounds_shared::inspection::{Answer, Inspection};
use serde::{Deserialize, Serialize};

/// One thing that was recorded: its command has returned, so the screen may say 已存本机.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The inspection.
    pub inspection: String,
    /// What was recorded in it.
    pub what: What,
}

/// What can be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// An answer to an item that nobody else answers.
    Answer {
        /// The item.
        item: String,
        /// The value.
        value: String,
    },
    /// An answer to an item that others answer too: what holds in the end is not this device's to say.
    Contested,
    /// A remark, in words nobody else says.
    Remark(String),
    /// A finding, with such a note.
    Finding(String),
    /// A photo that nobody else took, by the hash of its bytes.
    Photo(String),
}

/// An answer that a person is about to give. When nothing is said of it afterwards, nobody knows what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The inspection.
    pub inspection: String,
    /// The item.
    pub item: String,
    /// The value.
    pub value: String,
}

/// Everything a person was told is safe, by inspection.
#[derive(Debug, Default, Clone)]
pub struct Told {
    visits: BTreeMap<String, Visit>,
    count: u64,
}

#[derive(Debug, Default, Clone)]
struct Visit {
    answers: BTreeMap<String, String>,
    remarks: BTreeSet<String>,
    findings: BTreeSet<String>,
    photos: BTreeSet<String>,
}

impl Told {
    /// Remembers.
    pub fn hear(&mut self, said: Said) {
        self.count += 1;
        let visit = self.visits.entry(said.inspection).or_default();
        match said.what {
            What::Answer { item, value } => drop(visit.answers.insert(item, value)),
            What::Contested => {}
            What::Remark(text) => drop(visit.remarks.insert(text)),
            What::Finding(note) => drop(visit.findings.insert(note)),
            What::Photo(hash) => drop(visit.photos.insert(hash)),
        }
    }

    /// An answer nobody was told of is there all the same: it holds from now on.
    pub fn adopt(&mut self, about: &About, shown: &Inspection) {
        if shown.answer(&about.item) == Answer::Agreed(about.value.clone()) {
            let visit = self.visits.entry(about.inspection.clone()).or_default();
            visit.answers.insert(about.item.clone(), about.value.clone());
        }
    }

    /// How many things.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The inspections something was recorded in.
    pub fn inspections(&self) -> impl Iterator<Item = &String> {
        self.visits.keys()
    }

    /// The photos that were taken.
    pub fn photos(&self) -> impl Iterator<Item = &String> {
        self.visits.values().flat_map(|visit| &visit.photos)
    }

    /// What of it a document does not say, or says twice.
    pub fn broken(&self, inspection: &str, shown: &Inspection) -> Option<String> {
        let visit = self.visits.get(inspection)?;
        let answer = visit.answers.iter().find_map(|(item, value)| {
            let found = shown.answer(item);
            (found != Answer::Agreed(value.clone())).then(|| format!("answer {value} to {item}: {found:?}"))
        });
        let once = |name: &str, wanted: &BTreeSet<String>, shown: Vec<String>| {
            let times = |one: &String| shown.iter().filter(|shown| *shown == one).count();
            let wrong = wanted.iter().find(|one| times(one) != 1)?;
            Some(format!("{name} {wrong}: {} times", times(wrong)))
        };
        let remarks = shown.remarks.iter().map(|remark| remark.text.clone());
        let findings = shown.findings.iter().map(|finding| finding.note.clone());
        let photos = shown.photos.iter().map(|photo| photo.hash.to_string());
        answer
            .or_else(|| once("remark", &visit.remarks, remarks.collect()))
            .or_else(|| once("finding", &visit.findings, findings.collect()))
            .or_else(|| once("photo", &visit.photos, photos.collect()))
    }
}
