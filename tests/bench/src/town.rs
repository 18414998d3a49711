//! A served city with as many inspectors and assignments as are wanted, and its phones.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    thread::JoinHandle,
};

use anyhow::{Context as _, Result, anyhow, ensure};
use rounds_client_core::{App, DataKey, EnrolInput, Surroundings};
use rounds_server::{
    app::App as Server,
    config::Config,
    demo,
    serve::{self, Door},
};
use rounds_shared::{
    area::Level,
    assignment::{Assignment, InspectionKind},
    document::genesis,
    ids::{AssignmentId, DocId, UserId},
    inspection::About,
    permission::Role,
    registry::{Event, User},
    template::{Template, WeightedDomain},
};
use tokio::sync::oneshot;

/// The checklist of every visit: it asks for more than sixty items.
const TEMPLATE: &str = "ten-task";
/// Events registered in one go.
const EVENTS: usize = 500;
/// The key of every phone's data.
const KEY: [u8; 32] = [7; 32];

/// A running server, in this process but asked over the network, with its data on disk.
pub struct Town {
    /// The server's parts.
    pub server: Server,
    address: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    _folder: tempfile::TempDir,
}

impl Town {
    /// A city in which nothing has happened yet.
    pub fn found() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let runtime = tokio::runtime::Runtime::new()?;
        let server = runtime.block_on(async {
            let server = Server::open(Config::new(folder.path())).await?;
            demo::settle(&server).await?;
            anyhow::Ok(server)
        })?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let (handle, served) = (runtime.handle().clone(), server.clone());
        let thread = std::thread::spawn(move || {
            let told = async {
                stopped.await.ok();
            };
            if let Err(error) = handle.block_on(serve::run(served, Door::Plain, listener, told)) {
                eprintln!("the server ended: {error:#}");
            }
        });
        Ok(Self { server, address, runtime: Some(runtime), running: Some((stop, thread)), _folder: folder })
    }

    /// Does something asynchronous on the server's own threads.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.as_ref().expect("there until it is dropped").block_on(future)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds inspectors with logins `walker0`, `walker1` …
    pub fn hire(&self, count: usize) -> Result<()> {
        self.block_on(async {
            let hash = self.server.passwords.hash(demo::PASSWORD.to_owned()).await?;
            let mut events = Vec::new();
            for n in 0..count {
                let id = user(n);
                self.server.vault.password_set(id, hash.clone(), self.server.now_ms()).await?;
                events.push(Event::UserPut(User {
                    id,
                    login: login(n),
                    name: format!("巡访员{n}"),
                    role: Role::Inspector,
                    areas: vec!["5301".parse()?],
                    department: None,
                    active: true,
                }));
            }
            self.server.intake.register(events).await?;
            Ok(())
        })
    }

    /// Makes assignments, each for some of the inspectors, in one community after the other.
    pub fn assign(&self, count: usize, people: impl Fn(usize) -> Vec<usize>) -> Result<Vec<AssignmentId>> {
        self.assign_by(TEMPLATE, count, people)
    }

    /// Publishes a checklist as long as is wanted: that of every visit, and its domains again under other codes.
    pub fn publish(&self, id: &str, items: usize) -> Result<()> {
        let registry = self.server.intake.registry();
        let template = registry.template(&TEMPLATE.parse()?, 1).context("the city's checklists have it")?;
        let mut long = Template { id: id.parse()?, ..Template::clone(template) };
        let again = |weighted: &WeightedDomain| -> Result<WeightedDomain> {
            let mut weighted = weighted.clone();
            weighted.domain.code = format!("X{}", weighted.domain.code).parse()?;
            for item in &mut weighted.domain.items {
                item.code = format!("X{}", item.code).parse()?;
                for kind in &mut item.kinds {
                    kind.code = format!("X{}", kind.code).parse()?;
                }
            }
            Ok(weighted)
        };
        let twice = template.domains.iter().map(again).collect::<Result<Vec<_>>>()?;
        long.domains.extend(twice);
        // Only what is wanted, from the end.
        let asked = |domains: &[WeightedDomain]| -> usize {
            let items = domains.iter().flat_map(|weighted| &weighted.domain.items);
            items.filter(|item| item.is_asked()).count()
        };
        while asked(&long.domains) > items {
            let last = long.domains.last_mut().context("it has domains")?;
            if last.domain.items.pop().is_none() {
                long.domains.pop();
            }
        }
        ensure!(asked(&long.domains) == items, "there are {} items only", asked(&long.domains));
        self.block_on(self.server.intake.register(vec![Event::TemplatePublished(Box::new(long))]))?;
        Ok(())
    }

    /// The same with another checklist.
    pub fn assign_by(
        &self,
        template: &str,
        count: usize,
        people: impl Fn(usize) -> Vec<usize>,
    ) -> Result<Vec<AssignmentId>> {
        let registry = self.server.intake.registry();
        let communities: Vec<_> =
            registry.areas().values().filter(|area| area.level == Level::Community).collect();
        let template = registry.template(&template.parse()?, 1).context("the city's checklists have it")?;
        let at = self.server.now_ms();
        let (mut ids, mut events) = (Vec::new(), Vec::new());
        for n in 0..count {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&(n as u64 + 1).to_be_bytes());
            fastrand::fill(&mut id[8..]);
            let id = AssignmentId::new(id);
            let about = About {
                kind: InspectionKind::Routine,
                area: communities[n % communities.len()].code.clone(),
                site: None,
                template: template.id.clone(),
                template_version: template.version,
                assignment: Some(id),
                continues: None,
                at,
            };
            ids.push(id);
            events.push(Event::AssignmentMade(Box::new(Assignment {
                id,
                kind: about.kind,
                template: about.template.clone(),
                template_version: about.template_version,
                area: about.area.clone(),
                site: None,
                people: people(n).into_iter().map(user).collect(),
                due: rounds_shared::calendar::Day::of(at),
                note: String::new(),
                made_by: user(0),
                genesis: genesis(DocId::of_assignment(id), &about, template).into(),
                repeats: None,
            })));
        }
        while !events.is_empty() {
            let rest = events.split_off(events.len().min(EVENTS));
            self.block_on(self.server.intake.register(std::mem::replace(&mut events, rest)))?;
        }
        Ok(ids)
    }

    /// A phone of an inspector, signed in and up to date, with its data in a folder.
    pub fn phone(&self, folder: &Path, n: usize) -> Result<Arc<App>> {
        let app = open(folder)?;
        enrol(&app, &format!("http://{}", self.address), n)?;
        sync(&app)?;
        Ok(app)
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            stop.send(()).ok();
            thread.join().ok();
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Opens a phone's folder.
pub fn open(folder: &Path) -> Result<Arc<App>> {
    let app =
        App::open(folder, &DataKey::new(KEY), Surroundings::system(), Box::new(|_| {})).map_err(failed)?;
    Ok(Arc::new(app))
}

/// Signs an inspector in.
pub fn enrol(app: &App, server: &str, n: usize) -> Result<()> {
    let input = EnrolInput {
        server: server.to_owned(),
        login: login(n),
        password: demo::PASSWORD.to_owned(),
        device_name: "手机".to_owned(),
    };
    app.enrol(&input).map_err(failed)?;
    Ok(())
}

/// One whole sync.
pub fn sync(app: &App) -> Result<()> {
    match app.sync_now().map_err(failed)?.failure {
        None => Ok(()),
        Some(failure) => Err(anyhow!("the sync failed: {}", failure.code)),
    }
}

/// A failure of the app as an error.
#[expect(clippy::needless_pass_by_value, reason = "it stands behind map_err")]
pub fn failed(failure: rounds_client_core::Failure) -> anyhow::Error {
    anyhow!("the app failed: {}", failure.code())
}

fn login(n: usize) -> String {
    format!("walker{n}")
}

fn user(n: usize) -> UserId {
    let mut id = [0x77; 16];
    id[..8].copy_from_slice(&(n as u64).to_be_bytes());
    UserId::new(id)
}
