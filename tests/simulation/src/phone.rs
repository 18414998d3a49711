//! A phone: the real app over a simulated disk, a clock that may be wrong, and whatever network there is.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
};

use rounds_client_core::{
    App, DataKey, EnrolInput, Failure, FindingInput, Link, PhotoInput, Surroundings, UnplannedInput,
    view::{PhotoDetail, PhotoRoleView, PhotoSourceView, StrikeTarget},
};
use rounds_shared::{
    assignment::InspectionKind,
    document::Document,
    ids::{DeviceId, DocId},
    protocol::ChangeId,
};

use crate::{
    disk,
    founding::{COMMUNITIES, TEMPLATE, assignment_id},
    net::{Shared, Wire, net},
};

/// Items of the checklist, what may be answered, and a kind of finding of each.
const ITEMS: [(&str, &[&str], &str); 5] = [
    ("SAN-03", &["pass", "fail", "na"], "SAN-03-1"),
    ("SAN-05", &["pass", "fail", "na"], "SAN-05-1"),
    ("SAN-09", &["pass", "fail", "na"], "SAN-09-1"),
    ("SAN-06", &["na"], "SAN-06-1"),
    ("SAN-08", &["na"], "SAN-08-1"),
];
/// The key of every phone's data.
const KEY: [u8; 32] = [7; 32];
/// The smallest picture there is.
const PICTURE: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0,
    0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, b'I', b'D', b'A', b'T', 0x78, 0xda, 0x63,
    0xfc, 0xcf, 0xc0, 0x50, 0x0f, 0, 4, 0x85, 1, 0x80, 0x84, 0xa9, 0x8c, 0x21, 0, 0, 0, 0, b'I', b'E', b'N',
    b'D', 0xae, 0x42, 0x60, 0x82,
];

/// Something a person recorded, and was told to be safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// In which inspection.
    pub doc: DocId,
    /// The change that says it.
    pub change: ChangeId,
    /// Words nobody else says, when it is a remark.
    pub words: Option<String>,
}

/// A phone of one person.
pub struct Phone {
    /// The folder of its files, on its own disk.
    pub machine: String,
    /// What its person recorded, and was told to be safe.
    pub recorded: Vec<Recorded>,
    /// Whether it ever began again from its own backup.
    pub is_restored: bool,
    /// What he had recorded when the phone was last backed up.
    kept: Option<usize>,
    person: u8,
    skew_ms: i64,
    net: Shared,
    folder: tempfile::TempDir,
    app: Option<App>,
    seed: u64,
    said: u64,
}

impl Phone {
    /// A phone with nothing on it, or with what a disk holds that another phone's was copied to.
    pub fn new(net: &Shared, person: u8, skew_ms: i64, seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder for what is no database");
        let machine = folder.path().to_string_lossy().into_owned();
        let net = Arc::clone(net);
        let (recorded, kept) = (Vec::new(), None);
        let (is_restored, app) = (false, None);
        Self { machine, recorded, is_restored, kept, person, skew_ms, net, folder, app, seed, said: 0 }
    }

    /// Another phone onto which this one was copied, as people do who buy a new one and keep the old.
    pub fn cloned(&mut self, seed: u64, rng: &mut fastrand::Rng) -> Self {
        let mut clone = Self::new(&self.net, self.person, self.skew_ms, seed);
        clone.recorded.clone_from(&self.recorded);
        clone.is_restored = self.is_restored;
        self.app = None;
        disk::copy(&self.machine, &clone.machine);
        self.start(rng);
        clone.start(rng);
        clone
    }

    /// The phone is backed up as it is.
    pub fn back_up(&mut self, rng: &mut fastrand::Rng) {
        self.app = None;
        disk::copy(&self.machine, &self.backup());
        self.kept = Some(self.recorded.len());
        self.start(rng);
    }

    /// The phone begins again from its last backup: what was recorded since is here no longer, and nobody says it is.
    pub fn restore(&mut self, rng: &mut fastrand::Rng) -> bool {
        let Some(kept) = self.kept else { return false };
        self.app = None;
        disk::room(&self.machine, None);
        disk::copy(&self.backup(), &self.machine);
        self.recorded.truncate(kept);
        self.is_restored = true;
        self.start(rng);
        true
    }

    fn backup(&self) -> String {
        format!("backup-of{}", self.machine)
    }

    /// Signs in, if it is not: that needs a connection.
    ///
    /// # Errors
    /// When there is none, or the server says no.
    pub fn enrol(&self) -> Result<(), Failure> {
        let input = EnrolInput {
            server: "http://localhost".to_owned(),
            login: self.person.to_string(),
            password: "simulated".to_owned(),
            device_name: format!("手机{}", self.person),
        };
        self.app().enrol(&input).map(drop)
    }

    /// Its id, once it is signed in.
    pub fn device(&self) -> Option<DeviceId> {
        self.app().state().ok()?.device?.parse().ok()
    }

    fn app(&self) -> &App {
        self.app.as_ref().expect("a phone is on unless it is between two starts")
    }

    /// Turns it on over what its disk holds. No start sees the randomness of another.
    pub fn start(&mut self, rng: &mut fastrand::Rng) {
        self.seed ^= rng.u64(..);
        let (clock, skew, random) = {
            let net = net(&self.net);
            (Arc::clone(&net.city.clock), self.skew_ms, Mutex::new(fastrand::Rng::with_seed(self.seed)))
        };
        let surroundings = Surroundings {
            // Its disk is full when a seed says so, whatever there is on the real one.
            disk: Box::new(|_| None),
            now_ms: Box::new(move || clock.load(Ordering::Relaxed) + skew),
            randomize: Box::new(move |bytes| {
                random.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes)
            }),
        };
        let net = Arc::clone(&self.net);
        let links = Box::new(move |_: &str| Box::new(Wire(Arc::clone(&net))) as Box<dyn Link>);
        let folder = PathBuf::from(self.folder.path());
        let app = App::linked(&folder, &DataKey::new(KEY), surroundings, Box::new(|_| {}), links);
        self.app = Some(app.expect("a phone starts over its own disk"));
    }

    /// Its power went, and comes back: what was not synced may be lost.
    pub fn restart(&mut self, rng: &mut fastrand::Rng) {
        self.app = None;
        disk::restart(&self.machine, rng);
        self.start(rng);
    }

    /// The inspection of an assignment, when the phone knows of it.
    pub fn open(&self, assignment: u8) -> Option<String> {
        self.app().open_assignment(&assignment_id(assignment).to_string()).ok()
    }

    /// Any of the inspections it shows.
    pub fn open_any(&self, rng: &mut fastrand::Rng) -> Option<String> {
        let cards = self.app().inspections().ok()?;
        rng.choice(cards).map(|card| card.id)
    }

    /// Begins an inspection nobody asked for.
    pub fn open_unplanned(&self, rng: &mut fastrand::Rng) -> Option<String> {
        let input = UnplannedInput {
            area: COMMUNITIES[rng.usize(..COMMUNITIES.len())].to_owned(),
            site: None,
            template: TEMPLATE.to_owned(),
            kind: InspectionKind::Routine,
        };
        self.app().open_unplanned(&input).ok()
    }

    /// Records something; what was said to be safe is remembered.
    pub fn record(&mut self, inspection: &str, rng: &mut fastrand::Rng) {
        let Some(before) = self.document(inspection) else { return };
        let mut words = None;
        // A full disk or a lost power says no, and then nothing was promised.
        if self.act(inspection, rng, &mut words).is_err() {
            return;
        }
        let (Ok(doc), Some(after)) = (inspection.parse(), self.document(inspection)) else { return };
        let made = after.heads().into_iter().filter(|change| !before.has(*change));
        self.recorded.extend(made.map(|change| Recorded { doc, change, words: words.clone() }));
    }

    fn act(
        &mut self,
        inspection: &str,
        rng: &mut fastrand::Rng,
        words: &mut Option<String>,
    ) -> Result<(), Failure> {
        let (item, values, kind) = ITEMS[rng.usize(..ITEMS.len())];
        self.said += 1;
        let said = format!("{}-{}", self.seed, self.said);
        let finding = |note| FindingInput {
            kind: kind.to_owned(),
            note,
            place: "门口".to_owned(),
            point: None,
            fixed_on_spot: false,
            asset: String::new(),
        };
        let any_finding = |item: &str, rng: &mut fastrand::Rng| {
            let view = self.app().inspection(inspection).ok()?;
            let items = view.domains.into_iter().flat_map(|domain| domain.items);
            let of = items.filter(|one| one.code == item).flat_map(|one| one.findings);
            rng.choice(of.collect::<Vec<_>>()).map(|finding| finding.id)
        };
        match rng.usize(..20) {
            0..9 => {
                let value = values[rng.usize(..values.len())];
                let value = (rng.usize(..10) > 0).then_some(value);
                self.app().answer(inspection, item, value).map(drop)
            }
            9..13 => {
                self.app().remark_add(inspection, None, &said)?;
                *words = Some(said);
                Ok(())
            }
            13..15 => self.app().finding_add(inspection, item, &finding(said), &[]).map(drop),
            15 => match any_finding(item, rng) {
                Some(id) => self.app().finding_edit(inspection, &id, &finding(said)).map(drop),
                None => Ok(()),
            },
            16 => match any_finding(item, rng) {
                Some(id) => self.app().strike(inspection, &StrikeTarget::Finding { id }, "看错了").map(drop),
                None => Ok(()),
            },
            17 => {
                let input = PhotoInput {
                    inspection: inspection.to_owned(),
                    item: Some(item.to_owned()),
                    finding: any_finding(item, rng),
                    copy_of: None,
                    source: PhotoSourceView::Camera,
                    role: PhotoRoleView::Evidence,
                    point: None,
                    detail: PhotoDetail::default(),
                };
                self.app().photo_add(&input, PICTURE).map(drop)
            }
            _ => self.app().submit(inspection).map(drop),
        }
    }

    /// Delivers and fetches, signing in again when that is asked for; whether everything it has is delivered and nothing
    /// but its own standing kept it from more.
    pub fn sync(&self) -> bool {
        let Ok(status) = self.app().sync_now() else { return false };
        let code = status.failure.map(|failure| failure.code);
        let is_done = status.changes_pending == 0;
        match code.as_deref() {
            // It may deliver and gets nothing.
            None | Some("device_revoked" | "user_disabled") => is_done,
            Some("session_expired" | "not_enrolled") => {
                // The next time is the one that counts.
                self.enrol().ok();
                false
            }
            Some(_) => false,
        }
    }

    /// Why it is not done, for whoever looks for it.
    pub fn failure(&self) -> String {
        format!("{:?}", self.app().sync_status())
    }

    /// The inspection as it stands here.
    pub fn document(&self, inspection: &str) -> Option<Document> {
        Document::load(&self.app().document(inspection).ok()?).ok()
    }

    /// What of the remembered words the phone does not show any more, though nobody has ruled against them.
    pub fn forgotten(&self) -> Vec<String> {
        let is_dismissed = |one: &&Recorded| net(&self.net).city.was_dismissed(one.change);
        let shows = |doc: &DocId, words: &String| {
            let view = self.app().inspection(&doc.to_string());
            view.is_ok_and(|view| view.remarks.iter().any(|remark| remark.text == *words))
        };
        let standing = self.recorded.iter().filter(|one| one.words.is_some() && !is_dismissed(one));
        let said = standing.filter_map(|one| Some((&one.doc, one.words.as_ref()?)));
        said.filter(|(doc, words)| !shows(doc, words)).map(|(_, words)| words.clone()).collect()
    }
}
