//! What happens while nobody presses anything: phones deliver on their own and hear of each other.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use rounds_client_core::{
    App, EnrolInput, Event, Runner, Surroundings,
    view::{AnswerState, SyncPhase},
};
use rounds_server::demo;

use super::town::{Town, key};

/// Far more than it takes: only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// An app left to itself, and what it says.
struct Quiet {
    app: Arc<App>,
    events: mpsc::Receiver<Event>,
    runner: Runner,
    _folder: tempfile::TempDir,
}

impl Quiet {
    fn signed_in(town: &Town, login: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (say, events) = mpsc::channel();
        let listener = Box::new(move |event| {
            // The test may have seen enough.
            say.send(event).ok();
        });
        let app = Arc::new(App::open(folder.path(), &key(), Surroundings::system(), listener).unwrap());
        let input = EnrolInput {
            server: town.url(),
            login: login.to_owned(),
            password: demo::PASSWORD.to_owned(),
            device_name: "手机".to_owned(),
        };
        app.enrol(&input).unwrap();
        let runner = Runner::start(Arc::clone(&app)).unwrap();
        Self { app, events, runner, _folder: folder }
    }

    /// Looks again whenever the app says something, until what is looked for is there.
    fn until(&self, is_there: impl Fn(&App) -> bool) {
        while !is_there(&self.app) {
            self.events.recv_timeout(PATIENCE).expect("the app says when something changes");
        }
    }
}

fn state(app: &App, inspection: &str) -> AnswerState {
    let view = app.inspection(inspection).unwrap();
    let mut items = view.domains.iter().flat_map(|domain| &domain.items);
    items.find(|item| item.code == "SAN-05").unwrap().answer.state
}

#[test]
fn a_tap_reaches_the_colleague_without_anybody_pressing_anything() {
    let mut town = Town::new();
    let assignment =
        town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1", "inspector2"]);
    let (one, two) = (Quiet::signed_in(&town, "inspector1"), Quiet::signed_in(&town, "inspector2"));
    let has_it = |app: &App| app.today().unwrap().assignments.iter().any(|card| card.id == assignment);
    for quiet in [&one, &two] {
        quiet.until(has_it);
    }
    let inspection = one.app.open_assignment(&assignment).unwrap();
    two.app.open_assignment(&assignment).unwrap();
    one.app.answer(&inspection, "SAN-05", Some("pass")).unwrap();
    two.until(|app| state(app, &inspection) == AnswerState::Agreed);
    two.app.answer(&inspection, "SAN-05", Some("fail")).unwrap();
    one.until(|app| {
        let view = app.inspection(&inspection).unwrap();
        view.domains
            .iter()
            .flat_map(|domain| &domain.items)
            .any(|item| item.answer.value.as_deref() == Some("fail"))
    });
    for quiet in [one, two] {
        quiet.until(|app| app.sync_status().unwrap().changes_pending == 0);
        quiet.runner.stop();
    }
    town.stop();
}

#[test]
fn a_phone_whose_line_to_the_server_was_cut_hears_of_what_is_new_all_the_same() {
    let mut town = Town::new();
    let phone = Quiet::signed_in(&town, "inspector1");
    let hears_of_a_new_one = |town: &Town| {
        let assignment = town.desk("supervisor").assign("530102001001", "sanitation", &["inspector1"]);
        phone.until(|app| app.today().unwrap().assignments.iter().any(|card| card.id == assignment));
    };
    hears_of_a_new_one(&town);
    // Soon after the line was opened, and while the phone has nothing to deliver.
    town.stop();
    town.start();
    hears_of_a_new_one(&town);
    phone.runner.stop();
}

#[test]
fn without_a_server_the_app_says_so_and_stops_when_told() {
    let mut town = Town::new();
    let quiet = Quiet::signed_in(&town, "inspector1");
    quiet.until(|app| app.sync_status().unwrap().last_success.is_some());
    town.stop();
    let status = quiet.app.sync_now().unwrap();
    assert_eq!((status.phase, status.failure.unwrap().code.as_str()), (SyncPhase::Offline, "unreachable"));
    quiet.runner.stop();
}
