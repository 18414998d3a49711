//! A phone: the real app over a simulated disk, a clock that may be wrong, and whatever network there is.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rounds_client_core::{App, EnrolInput, Failure, Link, Surroundings, message, view::HowView};
use rounds_shared::{
    ids::PhotoHash,
    protocol::{
        Dictionary, EnrolReply, EnrolRequest, RepairReply, RepairRequest, ServerInfo, SyncReply, SyncRequest,
    },
};

use crate::{
    city::{City, Refusal, assignment_id},
    disk,
};

/// What lies between the phones and the server.
pub struct Net {
    /// The server.
    pub city: City,
    /// What decides.
    pub rng: fastrand::Rng,
    /// How often a message is lost, each way.
    pub loss: f64,
    /// How often a message arrives twice.
    pub doubled: f64,
    /// Messages that were exchanged, whole.
    pub round_trips: u64,
    /// Times the server's power went while it was asked.
    pub cuts: usize,
}

impl Net {
    fn lost(&mut self) -> Result<(), Failure> {
        if self.rng.f64() < self.loss { Err(Failure::Unreachable) } else { Ok(()) }
    }

    /// Asks the server. When its power goes meanwhile it comes back, and nobody has heard an answer.
    fn ask<T>(&mut self, mut ask: impl FnMut(&mut City) -> Result<T, Refusal>) -> Result<T, Failure> {
        self.lost()?;
        if self.rng.f64() < self.doubled {
            ask(&mut self.city).ok();
        }
        let answer = ask(&mut self.city);
        if disk::is_cut(&self.city.machine) {
            self.cuts += 1;
            self.city.stop();
            disk::room(&self.city.machine, None);
            disk::restart(&self.city.machine, &mut self.rng);
            self.city.start();
            return Err(Failure::Unreachable);
        }
        self.lost()?;
        self.round_trips += 1;
        answer.map_err(|refusal| match refusal {
            Refusal::Down => Failure::Unreachable,
            Refusal::Said(error) => Failure::of_server(error.code().to_owned(), BTreeMap::new()),
        })
    }
}

/// The network of all phones.
pub type Shared = Arc<Mutex<Net>>;

/// The network, for whoever uses it now.
pub fn net(shared: &Shared) -> MutexGuard<'_, Net> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Wire(Shared);

impl Link for Wire {
    fn info(&self) -> Result<ServerInfo, Failure> {
        net(&self.0).ask(|city| Ok(city.info()))
    }

    fn enrol(&self, request: &EnrolRequest) -> Result<EnrolReply, Failure> {
        net(&self.0).ask(|city| city.enrol(request))
    }

    fn sync(&self, token: &str, request: &SyncRequest, _: Option<&Dictionary>) -> Result<SyncReply, Failure> {
        let request = message::packed(request, None)?;
        message::unpacked(&net(&self.0).ask(|city| city.sync(token, &request))?)
    }

    fn repair(&self, token: &str, request: &RepairRequest) -> Result<RepairReply, Failure> {
        let request = message::packed(request, None)?;
        message::unpacked(&net(&self.0).ask(|city| city.repair(token, &request))?)
    }

    fn photo(
        &self,
        _: &str,
        _: PhotoHash,
        _: &[u8],
        _: Option<&str>,
        _: &dyn Fn(&str) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        Err(Failure::Unreachable)
    }
}

/// A phone of one person.
pub struct Phone {
    /// The folder of its files, on its own disk.
    pub machine: String,
    /// What its person recorded, and was told to be safe: the inspection, and words nobody else says.
    pub remarks: Vec<(String, String)>,
    person: u8,
    skew_ms: i64,
    net: Shared,
    folder: tempfile::TempDir,
    app: Option<App>,
    seed: u64,
    said: u64,
}

impl Phone {
    /// A phone that is signed in.
    pub fn new(net: &Shared, person: u8, skew_ms: i64, seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder for what is no database");
        let machine = folder.path().to_string_lossy().into_owned();
        let net = Arc::clone(net);
        let mut phone =
            Self { machine, remarks: Vec::new(), person, skew_ms, net, folder, app: None, seed, said: 0 };
        phone.start();
        phone
    }

    /// Signs in, if it is not: that needs a connection.
    pub fn enrol(&self) -> Result<(), Failure> {
        let input = EnrolInput {
            server: "http://localhost".to_owned(),
            login: self.person.to_string(),
            password: "simulated".to_owned(),
            device_name: format!("手机{}", self.person),
        };
        self.app().enrol(&input).map(drop)
    }

    fn app(&self) -> &App {
        self.app.as_ref().expect("a phone is on unless it is between two starts")
    }

    /// Turns it on over what its disk holds.
    fn start(&mut self) {
        self.seed += 1;
        let (clock, skew, random) = {
            let net = net(&self.net);
            (Arc::clone(&net.city.clock), self.skew_ms, Mutex::new(fastrand::Rng::with_seed(self.seed)))
        };
        let surroundings = Surroundings {
            now_ms: Box::new(move || clock.load(std::sync::atomic::Ordering::Relaxed) + skew),
            randomize: Box::new(move |bytes| {
                random.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes)
            }),
        };
        let net = Arc::clone(&self.net);
        let links = Box::new(move |_: &str| Box::new(Wire(Arc::clone(&net))) as Box<dyn Link>);
        let folder = PathBuf::from(self.folder.path());
        let app = App::linked(&folder, surroundings, Box::new(|_| {}), links);
        self.app = Some(app.expect("a phone starts over its own disk"));
    }

    /// Its power went, or comes back: what was not synced may be lost.
    pub fn restart(&mut self, rng: &mut fastrand::Rng) {
        self.app = None;
        disk::restart(&self.machine, rng);
        self.start();
    }

    /// The inspection of an assignment, when the phone knows of it.
    pub fn open(&self, assignment: u8) -> Option<String> {
        self.app().open_assignment(&assignment_id(assignment).to_string()).ok()
    }

    /// Answers an item and says something; what was said to be recorded is remembered.
    pub fn record(&mut self, inspection: &str, rng: &mut fastrand::Rng) {
        let (item, values): (&str, &[&str]) = match rng.usize(..4) {
            0 => ("SAN-05", &["pass", "fail", "na"]),
            1 => ("SAN-09", &["pass", "fail", "na"]),
            2 => ("SAN-06", &["na"]),
            _ => ("SAN-08", &["na"]),
        };
        let value = values[rng.usize(..values.len())];
        // A full disk or a lost power says no, and then nothing was promised.
        let answered = self.app().answer(inspection, item, Some(value), HowView::Tap);
        self.said += 1;
        let words = format!("{}-{}", self.seed, self.said);
        if answered.is_ok() && self.app().remark_add(inspection, None, &words).is_ok() {
            self.remarks.push((inspection.to_owned(), words));
        }
    }

    /// Delivers and fetches; whether all of it came about.
    pub fn sync(&self) -> bool {
        self.app().sync_now().is_ok_and(|status| status.failure.is_none() && status.changes_pending == 0)
    }

    /// The inspection as it stands here, as a plain Automerge file.
    pub fn document(&self, inspection: &str) -> Option<Vec<u8>> {
        self.app().document(inspection).ok()
    }

    /// What of the remembered words the phone does not show any more.
    pub fn forgotten(&self) -> Vec<String> {
        let shows = |inspection: &String, words: &String| {
            let view = self.app().inspection(inspection);
            view.is_ok_and(|view| view.remarks.iter().any(|remark| remark.text == *words))
        };
        self.remarks
            .iter()
            .filter(|(inspection, words)| !shows(inspection, words))
            .map(|(_, words)| words.clone())
            .collect()
    }
}
