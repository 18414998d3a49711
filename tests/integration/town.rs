//! A town to test in: a server with its data, the phones of its inspectors, the desk of its supervisor.

use std::{net::SocketAddr, net::TcpListener, path::Path, path::PathBuf, sync::Arc, thread::JoinHandle};

use rounds_client_core::{
    App, DataKey, EnrolInput, Listener, Surroundings,
    view::{AppState, InspectionView, ItemView},
};
use rounds_server::{
    app::App as Server,
    clock::Clock,
    config::{CityData, Config},
    demo,
    serve::{self, Door},
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// The files of the city that is built in.
const KUNMING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/data/kunming");

/// What has happened in a town before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Past {
    /// Nothing: people and sites are there, and that is all.
    None,
    /// Everything the demonstration has.
    Demonstration,
}

/// A town whose server runs, until it is stopped; it can be started again at the same address.
pub struct Town {
    folder: tempfile::TempDir,
    address: SocketAddr,
    clock: Clock,
    past: Past,
    city: CityData,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Town {
    /// A city in which nothing has happened yet, served.
    pub fn new() -> Self {
        Self::with(Past::None, Clock::System)
    }

    /// The same, where the server's clock stands still until it is moved.
    pub fn with_clock() -> (Self, Clock) {
        let clock = Clock::standing_at(Clock::System.now_ms());
        (Self::with(Past::None, clock.clone()), clock)
    }

    /// The demonstration city, served.
    pub fn demonstration() -> Self {
        Self::with(Past::Demonstration, Clock::System)
    }

    fn with(past: Past, clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut town = Self { folder, address, clock, past, city: CityData::BuiltIn, running: None };
        town.serve(listener);
        town
    }

    fn serve(&mut self, listener: TcpListener) {
        let (stop, stopped) = oneshot::channel::<()>();
        let (clock, city_data) = (self.clock.clone(), self.city.clone());
        let config = Config { clock, city_data, ..Config::new(self.folder.path()) };
        let past = self.past;
        let (ready, is_ready) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let server = Server::open(config).await.unwrap();
                let is_new = server.intake.registry().users().next().is_none();
                match past {
                    Past::Demonstration => demo::fill(&server).await.unwrap(),
                    Past::None if is_new => demo::settle(&server).await.unwrap(),
                    Past::None => {}
                }
                ready.send(()).unwrap();
                let told = async {
                    stopped.await.ok();
                };
                serve::run(server, Door::Plain, listener, told).await.unwrap();
            });
        });
        is_ready.recv().unwrap();
        self.running = Some((stop, thread));
    }

    /// Stops the server: from here on the phones have no connection.
    pub fn stop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            stop.send(()).ok();
            thread.join().unwrap();
        }
    }

    /// Starts it again where it was.
    pub fn start(&mut self) {
        self.serve(TcpListener::bind(self.address).unwrap());
    }

    /// Starts it again at another address.
    pub fn start_elsewhere(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        self.address = listener.local_addr().unwrap();
        self.serve(listener);
    }

    /// Starts it again with a word changed in one of the city's files.
    pub fn start_with(&mut self, file: &str, from: &str, to: &str) {
        let folder = self.folder.path().join("city-data");
        std::fs::create_dir_all(&folder).unwrap();
        copy(Path::new(KUNMING), &folder);
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        assert!(text.contains(from), "the test changes something that is there: {from}");
        std::fs::write(folder.join(file), text.replacen(from, to, 1)).unwrap();
        self.city = CityData::Folder(folder);
        self.start();
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A phone signed in by an inspector, up to date.
    pub fn phone(&self, login: &str) -> Phone {
        let phone = Phone::new();
        phone.enrol(&self.url(), login, demo::PASSWORD).unwrap();
        phone.sync();
        phone
    }

    /// A supervisor's desk.
    pub fn desk(&self, login: &str) -> Desk {
        let mut desk = Desk { agent: agent(), url: self.url(), cookie: String::new() };
        desk.post("/v1/session", &json!({ "login": login, "password": demo::PASSWORD })).unwrap();
        desk
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A phone: the app and the folder it keeps everything in.
pub struct Phone {
    pub app: Arc<App>,
    folder: tempfile::TempDir,
}

impl Phone {
    pub fn new() -> Self {
        Self::with(Surroundings::system())
    }

    pub fn with(surroundings: Surroundings) -> Self {
        Self::listened(surroundings, Box::new(|_| {}))
    }

    /// A phone whose own words somebody hears.
    pub fn listened(surroundings: Surroundings, listener: Listener) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = Arc::new(App::open(folder.path(), &key(), surroundings, listener).unwrap());
        Self { app, folder }
    }

    pub fn enrol(&self, url: &str, login: &str, password: &str) -> Result<AppState, String> {
        let input = EnrolInput {
            server: url.to_owned(),
            login: login.to_owned(),
            password: password.to_owned(),
            device_name: format!("{login} 的手机"),
        };
        self.app.enrol(&input).map_err(|failure| failure.code().to_owned())
    }

    /// Delivers and fetches; what went wrong is in the answer.
    pub fn sync(&self) -> Option<String> {
        self.app.sync_now().unwrap().failure.map(|failure| failure.code)
    }

    /// What a phone holds that lost its power at this moment, opened again.
    pub fn after_power_loss(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(self.folder.path(), folder.path());
        let app = App::open(folder.path(), &key(), Surroundings::system(), Box::new(|_| {})).unwrap();
        Self { app: Arc::new(app), folder }
    }

    /// Everything the phone keeps.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A number in the phone's database.
    pub fn count(&self, query: &str) -> u64 {
        let folder = tempfile::tempdir().unwrap();
        copy(self.folder.path(), folder.path());
        let database = database(folder.path());
        database.query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// The same phone later, after something happened to its files.
    pub fn later(self, surroundings: Surroundings, happens: impl FnOnce(&Path)) -> Self {
        let Self { app, folder } = self;
        drop(app);
        happens(folder.path());
        let app = App::open(folder.path(), &key(), surroundings, Box::new(|_| {})).unwrap();
        Self { app: Arc::new(app), folder }
    }

    pub fn answer(&self, inspection: &str, item: &str, value: &str) -> ItemView {
        self.app.answer(inspection, item, Some(value)).unwrap()
    }

    pub fn view(&self, inspection: &str) -> InspectionView {
        self.app.inspection(inspection).unwrap()
    }

    pub fn item(&self, inspection: &str, item: &str) -> ItemView {
        let domains = self.view(inspection).domains.into_iter();
        domains.flat_map(|domain| domain.items).find(|one| one.code == item).unwrap()
    }
}

/// The key of every phone here.
pub fn key() -> DataKey {
    DataKey::new([7; 32])
}

/// A phone's database, as whoever has its key reads it.
pub fn database(folder: &Path) -> rusqlite::Connection {
    let database = rusqlite::Connection::open(folder.join("rounds.sqlite")).unwrap();
    database.pragma_update(None, "key", &*key().database()).unwrap();
    database
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else if path.file_name().is_some_and(|name| name != "lock") {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// A desk with the console's session: what the browser would send.
pub struct Desk {
    agent: ureq::Agent,
    url: String,
    cookie: String,
}

/// A refusal: its status and code.
pub type Refusal = (u16, String);

impl Desk {
    /// Nobody signed in.
    pub fn stranger(town: &Town) -> Self {
        Self { agent: agent(), url: town.url(), cookie: String::new() }
    }

    pub fn get(&mut self, path: &str) -> Result<Value, Refusal> {
        let bytes = self.bytes(path)?;
        Ok(serde_json::from_slice(&bytes).unwrap())
    }

    pub fn bytes(&mut self, path: &str) -> Result<Vec<u8>, Refusal> {
        let request = self.agent.get(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let answer = request.call().unwrap();
        self.read(answer)
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Result<Value, Refusal> {
        let request = self.agent.post(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let answer = request.header("x-rounds", "1").send_json(body).unwrap();
        let bytes = self.read(answer)?;
        Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    pub fn patch(&mut self, path: &str, body: &Value) -> Result<Value, Refusal> {
        let request = self.agent.patch(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let answer = request.header("x-rounds", "1").send_json(body).unwrap();
        let bytes = self.read(answer)?;
        Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    fn read(&mut self, mut answer: ureq::http::Response<ureq::Body>) -> Result<Vec<u8>, Refusal> {
        if let Some(cookie) = answer.headers().get("set-cookie") {
            self.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        let status = answer.status();
        let bytes = answer.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
        if status.is_success() {
            return Ok(bytes);
        }
        let failure: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        Err((status.as_u16(), failure["code"].as_str().unwrap_or_default().to_owned()))
    }

    /// Makes an assignment for the people with these logins; returns its id.
    pub fn assign(&mut self, area: &str, template: &str, logins: &[&str]) -> String {
        let users = self.get("/v1/users").or_else(|_| self.get("/v1/users?role=inspector")).unwrap();
        let people: Vec<&Value> = users
            .as_array()
            .unwrap()
            .iter()
            .filter(|user| logins.contains(&user["login"].as_str().unwrap()))
            .map(|user| &user["id"])
            .collect();
        assert_eq!(people.len(), logins.len());
        let day = self.get("/v1/overview").unwrap()["day"].clone();
        let wanted = json!({
            "area": area, "site": null, "template": template, "version": 1, "kind": "routine",
            "people": people, "due": day, "note": "两人同查一片",
        });
        self.post("/v1/assignments", &wanted).unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// An item of an inspection, as the review shows it.
    pub fn item(&mut self, inspection: &str, item: &str) -> Value {
        let detail = self.get(&format!("/v1/inspections/{inspection}")).unwrap();
        let domains = detail["domains"].as_array().unwrap().iter();
        let mut items = domains.flat_map(|domain| domain["items"].as_array().unwrap());
        items.find(|one| one["code"] == item).unwrap().clone()
    }

    /// Decides an item as it stands.
    pub fn decide(&mut self, inspection: &str, item: &str, value: &str) -> Result<Value, Refusal> {
        let covers = self.item(inspection, item)["answer"]["covers"].clone();
        let decision = json!({ "item": item, "value": value, "covers": covers, "reason": "照片可见" });
        self.post(&format!("/v1/inspections/{inspection}/decisions"), &decision)
    }
}

/// An agent that returns every answer, whatever its status.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}
