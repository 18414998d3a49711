//! A city that has worked for a quarter: what the figures of lists, overview and exports are measured on.
//!
//! Nothing in it is a shortcut. Inspectors record on documents as phones do, their envelopes are signed with enrolled
//! keys, and go through the same intake as any other; only the days pass faster. `check` accepts it.

mod phone;
mod visit;

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};
use rounds_server::{app::App, clock::Clock, config::Config, demo};
use rounds_shared::{
    area::{Area, Level},
    assignment::{Assignment, InspectionKind},
    calendar::Day,
    document::genesis,
    ids::{AssignmentId, DeviceId, DocId, UserId},
    inspection::About,
    permission::Role,
    registry::{Event, User},
    template::Template,
};

use self::phone::Phone;
use crate::visits::ANSWERS;

/// Inspections of the city that BENCH.md is about: six million answers.
pub const INSPECTIONS: usize = 100_000;
/// What must change for the city to be made anew, beside its number of inspections.
const RECIPE: [&str; 3] =
    [include_str!("city.rs"), include_str!("city/phone.rs"), include_str!("city/visit.rs")];
/// Stands in the folder when the city in it is whole.
const WHOLE: &str = "whole";

/// The day on which it is looked at, and how many days of work lie before it.
const TODAY: &str = "2026-11-20";
const DAYS: i32 = 90;
/// Days before today whose visits nobody has reviewed yet.
const UNREVIEWED_DAYS: i32 = 7;
/// Days from today on for which visits are assigned already.
const AHEAD_DAYS: i32 = 7;
/// The day, counted from the first, from which on a phone is revoked: what it delivers is held.
const REVOKED_DAY: i32 = 60;
const INSPECTORS: usize = 400;
const HOUR_MS: i64 = 60 * 60 * 1000;
/// When phones deliver, and when supervisors have read it.
const DELIVERED_MS: i64 = 15 * HOUR_MS;
const REVIEWED_MS: i64 = 2 * HOUR_MS;

/// One in so many assignments is never begun.
const IDLE_EACH: usize = 33;
/// One in so many visits is made by two people, who do not agree on everything.
const TOGETHER_EACH: usize = 40;

/// The clock by which a made city is looked at.
pub fn clock() -> Result<Clock> {
    Ok(Clock::standing_at(today()?.start_ms() + DELIVERED_MS + 2 * REVIEWED_MS))
}

fn today() -> Result<Day> {
    TODAY.parse().ok().context("a day")
}

/// The data folder of a city with so many inspections; it is made when there is none of this recipe yet.
pub fn made(inspections: usize) -> Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    RECIPE.hash(&mut hasher);
    let cities = std::env::current_exe()?.ancestors().nth(2).context("a target folder")?.join("bench");
    let folder = cities.join(format!("city-{inspections}-{:016x}", hasher.finish()));
    if folder.join(WHOLE).exists() {
        return Ok(folder);
    }
    // Those of other recipes are of no more use, and large.
    fs::remove_dir_all(&cities).or_else(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    fs::create_dir_all(&folder)?;
    let began = Instant::now();
    make(&folder, inspections)?;
    eprintln!("a city with {inspections} inspections was made in {:.0} s", began.elapsed().as_secs_f64());
    fs::write(folder.join(WHOLE), [])?;
    Ok(folder)
}

fn make(folder: &Path, inspections: usize) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let first = today()?.add_days(1 - DAYS);
    let clock = Clock::standing_at(first.start_ms());
    runtime.block_on(async {
        let app = App::open(Config { clock: clock.clone(), ..Config::new(folder) }).await?;
        demo::settle(&app).await?;
        let mut city = City::staffed(app, clock).await?;
        let days = usize::try_from(DAYS)?;
        for (day, n) in (0..DAYS).zip(0_usize..) {
            let visits = inspections * (n + 1) / days - inspections * n / days;
            city.day(first, day, visits).await?;
        }
        city.ahead(inspections / days).await?;
        Ok(())
    })
}

/// One more phone of a made city, with visits that wait to be delivered.
pub struct Later {
    /// The city's server.
    pub app: App,
    /// The phone.
    pub device: DeviceId,
    /// Its envelopes, in order.
    pub envelopes: Vec<Vec<u8>>,
}

/// Opens a city and lets somebody make more visits in it.
pub async fn later(folder: &Path, visits: usize) -> Result<Later> {
    let app = App::open(Config { clock: clock()?, ..Config::new(folder) }).await?;
    let mut phone = Phone::of(person(INSPECTORS - 1), INSPECTORS);
    app.intake.register(vec![Event::DeviceEnrolled(phone.device("备用手机"))]).await?;
    let supervisor = Phone::console(phone.user(), app.vault.console_key(phone.user()).await?);
    let mut city = City::with(app, clock()?, Vec::new(), supervisor)?;
    city.made = usize::try_from(u32::MAX)?;
    let assignments = city.assign(today()?, visits, |_| vec![INSPECTORS - 1]).await?;
    let seen = city.app.intake.position();
    let mut envelopes = Vec::new();
    for assignment in &assignments {
        let walked = visit::walk(&mut phone, assignment, city.template(assignment)?, city.clock.now_ms())?;
        envelopes.push(phone.seal(&city.app, walked.doc, seen, &walked.changes.payload)?);
    }
    Ok(Later { app: city.app, device: phone.id(), envelopes })
}

/// A city at work.
struct City {
    app: App,
    clock: Clock,
    phones: Vec<Phone>,
    supervisor: Phone,
    templates: Vec<Arc<Template>>,
    communities: Vec<Area>,
    /// Assignments made so far.
    made: usize,
}

impl City {
    async fn staffed(app: App, clock: Clock) -> Result<Self> {
        let registry = app.intake.registry();
        let supervisor = registry.users().find(|user| user.login == "supervisor").context("one")?.id;
        let supervisor = Phone::console(supervisor, app.vault.console_key(supervisor).await?);
        let phones: Vec<Phone> = (0..INSPECTORS).map(|n| Phone::of(person(n), n)).collect();
        let city = Self::with(app, clock, phones, supervisor)?;
        let mut events = vec![Event::DeviceEnrolled(city.supervisor.device("控制台"))];
        for (n, phone) in city.phones.iter().enumerate() {
            let home = &city.communities[n * city.communities.len() / INSPECTORS].code;
            events.push(Event::UserPut(User {
                id: person(n),
                login: format!("walker{n}"),
                name: format!("巡访员{n}"),
                role: Role::Inspector,
                areas: vec![home.as_str()[..6].parse()?],
                department: None,
                active: true,
            }));
            events.push(Event::DeviceEnrolled(phone.device("手机")));
        }
        city.app.intake.register(events).await?;
        Ok(city)
    }

    fn with(app: App, clock: Clock, phones: Vec<Phone>, supervisor: Phone) -> Result<Self> {
        let registry = app.intake.registry();
        let is_community = |area: &&Area| area.level == Level::Community;
        let communities: Vec<Area> = registry.areas().values().filter(is_community).cloned().collect();
        let asks =
            |template: &&Arc<Template>| template.items().filter(|item| item.is_asked()).count() >= ANSWERS;
        let templates: Vec<_> = registry.templates().filter(asks).cloned().collect();
        ensure!(!templates.is_empty(), "no checklist asks for {ANSWERS} items");
        Ok(Self { app, clock, phones, supervisor, templates, communities, made: 0 })
    }

    fn template(&self, assignment: &Assignment) -> Result<&Arc<Template>> {
        self.templates
            .iter()
            .find(|template| template.id == assignment.template)
            .context("a checklist of the city")
    }

    fn turn_clock_to(&self, at_ms: i64) {
        self.clock.advance(at_ms - self.clock.now_ms());
    }

    /// A day: assignments in the morning, visits until the afternoon, reviews in the evening.
    async fn day(&mut self, first: Day, day: i32, visits: usize) -> Result<()> {
        let morning = first.add_days(day).start_ms();
        self.turn_clock_to(morning + HOUR_MS);
        if day == REVOKED_DAY {
            let (device, by) = (self.phones[0].id(), self.supervisor.user());
            let reason = "手机遗失".to_owned();
            self.app.intake.register(vec![Event::DeviceRevoked { device, reason, by }]).await?;
        }
        let idle = visits / IDLE_EACH;
        let mut assignments = self.assign(first.add_days(day), visits + idle, in_turn).await?;
        assignments.truncate(visits);
        let seen = self.app.intake.position();

        let is_reviewed = day < DAYS - UNREVIEWED_DAYS;
        // Whoever is asked first has the visit on his phone; a colleague's is merged into the same document.
        let phones = std::mem::take(&mut self.phones);
        let walk = |mut phone: Phone| {
            let user = phone.user();
            let own = assignments.iter().filter(|one| one.people.first() == Some(&user));
            let walked =
                own.map(|one| visit::walk(&mut phone, one, self.template(one)?, morning + 8 * HOUR_MS));
            let walked = walked.collect::<Result<Vec<_>>>()?;
            Ok((phone, walked))
        };
        let (phones, walked): (Vec<_>, Vec<_>) = on_all_processors(phones, walk)?.into_iter().unzip();
        self.phones = phones;
        let mut walked: Vec<visit::Walked> = walked.into_iter().flatten().collect();
        for assignment in assignments.iter().filter(|assignment| assignment.people.len() > 1) {
            let doc = assignment.doc();
            let Some(one) = walked.iter_mut().find(|one| one.doc == doc) else { continue };
            let n = number_of(assignment.people[1]);
            let template = Arc::clone(self.template(assignment)?);
            let other = visit::walk(&mut self.phones[n], assignment, &template, morning + 8 * HOUR_MS)?;
            one.document.unite(&other.document)?;
            one.others.push(other.changes);
        }
        let app = &self.app;

        self.turn_clock_to(morning + DELIVERED_MS);
        let mut own: Vec<Vec<Vec<u8>>> = vec![Vec::new(); self.phones.len()];
        for one in &walked {
            for changes in std::iter::once(&one.changes).chain(&one.others) {
                let phone = &mut self.phones[changes.phone];
                own[changes.phone].push(phone.seal(app, one.doc, seen, &changes.payload)?);
            }
        }
        let mut deliveries = Vec::new();
        for (phone, envelopes) in self.phones.iter().zip(own).filter(|(_, envelopes)| !envelopes.is_empty()) {
            deliveries.push(phone::deliver(app, phone.id(), envelopes));
        }
        for one in deliveries.into_iter().map(tokio::spawn).collect::<Vec<_>>() {
            one.await??;
        }

        self.turn_clock_to(morning + DELIVERED_MS + REVIEWED_MS);
        let (at, device) = (self.clock.now_ms(), self.supervisor.id());
        let read = walked.into_iter().filter(|_| is_reviewed).zip(0..);
        let read: Vec<_> = read.map(|(one, n)| (one, self.supervisor.session(), n)).collect();
        let read = on_all_processors(read, |(one, session, n)| {
            Ok((one.doc, visit::review(one.document, session, device, n, at)?))
        })?;
        let mut reviews = Vec::new();
        for (doc, payload) in read {
            if let Some(payload) = payload {
                reviews.push(self.supervisor.seal(app, doc, app.intake.position(), &payload)?);
            }
        }
        phone::deliver(app, self.supervisor.id(), reviews).await
    }

    /// What is to be done in the next days.
    async fn ahead(&mut self, each: usize) -> Result<()> {
        for day in 0..AHEAD_DAYS {
            self.assign(today()?.add_days(day), each, in_turn).await?;
        }
        Ok(())
    }

    /// Makes assignments due on a day, in one community after the other.
    async fn assign(
        &mut self,
        due: Day,
        count: usize,
        people: impl Fn(usize) -> Vec<usize> + Sync,
    ) -> Result<Vec<Assignment>> {
        let first = self.made;
        self.made += count;
        let (now, made_by) = (self.clock.now_ms(), self.supervisor.user());
        let compose = |n: usize| {
            let mut rng = fastrand::Rng::with_seed(n as u64);
            let id = AssignmentId::new(std::array::from_fn(|_| rng.u8(..)));
            let template = &self.templates[n % self.templates.len()];
            let about = About {
                kind: InspectionKind::ALL[rng.usize(..InspectionKind::ALL.len())],
                // The number of communities and this step have no common divisor: all take their turn.
                area: self.communities[n * 611 % self.communities.len()].code.clone(),
                site: None,
                template: template.id.clone(),
                template_version: template.version,
                assignment: Some(id),
                continues: None,
                at: now,
            };
            Ok(Assignment {
                id,
                kind: about.kind,
                template: about.template.clone(),
                template_version: about.template_version,
                area: about.area.clone(),
                site: None,
                people: people(n).into_iter().map(person).collect(),
                due,
                note: String::new(),
                made_by,
                genesis: genesis(DocId::of_assignment(id), &about, template).into(),
                repeats: None,
            })
        };
        let made = on_all_processors((first..first + count).collect(), compose)?;
        let events = made.iter().map(|one| Event::AssignmentMade(Box::new(one.clone()))).collect();
        self.app.intake.register(events).await?;
        Ok(made)
    }
}

/// Does the same with everything, as many at a time as there are processors, and gives what came of it in the same order.
fn on_all_processors<T: Send, R: Send>(all: Vec<T>, work: impl Fn(T) -> Result<R> + Sync) -> Result<Vec<R>> {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = all.len().div_ceil(processors).max(1);
    let mut all = all.into_iter();
    let work = &work;
    std::thread::scope(|scope| {
        let mut at_work = Vec::new();
        loop {
            let part: Vec<T> = all.by_ref().take(share).collect();
            if part.is_empty() {
                break;
            }
            at_work.push(scope.spawn(move || part.into_iter().map(work).collect::<Result<Vec<R>>>()));
        }
        let done = at_work.into_iter().map(|one| one.join().expect("the work does not panic"));
        Ok(done.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    })
}

/// Each inspector in his turn, and now and then two together.
fn in_turn(n: usize) -> Vec<usize> {
    let first = n % INSPECTORS;
    if n.is_multiple_of(TOGETHER_EACH) { vec![first, (first + 1) % INSPECTORS] } else { vec![first] }
}

fn person(n: usize) -> UserId {
    let mut id = [0x55; 16];
    id[..8].copy_from_slice(&(n as u64).to_be_bytes());
    UserId::new(id)
}

fn number_of(person: UserId) -> usize {
    let mut number = [0; 8];
    number.copy_from_slice(&person.as_bytes()[..8]);
    usize::try_from(u64::from_be_bytes(number)).unwrap_or(usize::MAX)
}
