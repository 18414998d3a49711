//! Many assignments at once: of all places or of some drawn by lot, repeated at intervals, and inspected a second time
//! blindly 背靠背.
//!
//! A draw can be made again by anybody: the places are ranked by the hash of the seed and their code. The seed stands in the
//! note of every assignment it led to, and so in the log.

use axum::extract::State;
use rounds_shared::{
    area::{AreaCode, Level, SiteKind},
    assignment::{Assignment, InspectionKind},
    calendar::Day,
    ids::{AssignmentId, UserId},
    registry::{Event, Registry, User},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{NewAssignment, check_checklist, compose};
use crate::{
    app::App,
    auth::{Reviewer, SignedIn},
    error::{ApiError, ErrorBody},
    extract::Json,
    handlers::shapes::{AreaRow, Person, SiteRow},
};

/// Most assignments of one plan, blind ones included.
const PLAN_ASSIGNMENTS_MAX: usize = 500;
/// Longest interval, in days.
const EVERY_DAYS_MAX: u32 = 366;
/// Longest seed, in bytes.
const SEED_BYTES_MAX: usize = 64;

/// What is to be planned.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PlanDraft {
    /// Where: an area's code. Its communities and villages are the places …
    within: String,
    /// … or, when a kind is named, its sites of that kind.
    site_kind: Option<String>,
    /// How many places are drawn by lot; all of them when nothing is said.
    draw: Option<usize>,
    /// What decides the lot; a new one when nothing is said.
    seed: Option<String>,
    /// The checklist's id.
    template: String,
    /// Its version.
    version: u32,
    /// What sort of visit.
    #[schema(value_type = InspectionKind)]
    kind: String,
    /// Who: users' ids. The places are dealt out among them in turn.
    people: Vec<String>,
    /// Whether nobody is sent into his own area.
    #[serde(default)]
    elsewhere: bool,
    /// Who visits every place a second time blindly 背靠背; nobody when it is empty.
    #[serde(default)]
    second: Vec<String>,
    /// By the end of which day; of the first visit when it is repeated.
    due: String,
    /// After how many days it is repeated.
    every_days: Option<u32>,
    /// How many visits in all; one when nothing is said.
    times: Option<u32>,
    /// What to look at.
    #[serde(default)]
    note: String,
    /// Whether it is only shown what would be made.
    preview: bool,
}

/// What a plan leads to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Plan {
    /// What decided the lot; none when nothing was drawn.
    seed: Option<String>,
    /// Among how many places.
    places: u64,
    /// The visits.
    visits: Vec<PlannedVisit>,
    /// Whether the assignments were made.
    made: bool,
}

/// A visit of a plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlannedVisit {
    area: AreaRow,
    site: Option<SiteRow>,
    due: String,
    person: Person,
    /// Whether it is the second, blind one of a pair.
    blind: bool,
}

/// Plans assignments, or shows what would be planned.
#[utoipa::path(post, path = "/v1/assignments/plan", tag = "assignments", request_body = PlanDraft, responses(
    (status = 200, body = Plan),
    (status = "4XX", description = "outside_scope, area_missing, template_missing, template_withdrawn, person_not_inspector, blind_same_person, due_in_past, value_invalid, plan_empty, plan_too_large", body = ErrorBody)))]
pub async fn plan(
    State(app): State<App>,
    Reviewer(signed_in): Reviewer,
    Json(draft): Json<PlanDraft>,
) -> Result<Json<Plan>, ApiError> {
    let (registry, now) = (app.intake.registry(), app.now_ms());
    let seed = match (draft.draw, draft.seed.as_deref().map(str::trim).filter(|seed| !seed.is_empty())) {
        (None, _) => None,
        (Some(_), Some(seed)) if seed.len() > SEED_BYTES_MAX => {
            return Err(ApiError::TextTooLong { field: "seed", max: SEED_BYTES_MAX });
        }
        (Some(_), Some(seed)) => Some(seed.to_owned()),
        (Some(_), None) => Some(data_encoding::BASE32_NOPAD.encode(&random::<5>()?)),
    };
    let (preview, of) = (draft.preview, signed_in.clone());
    let planned = tokio::task::spawn_blocking(move || {
        let (places, visits) = visits(&registry, &of, &draft, seed.as_deref())?;
        let assignments = assign(&registry, of.user.id, &draft, seed.as_deref(), places, &visits, now)?;
        let visits = assignments.iter().map(|one| PlannedVisit {
            area: AreaRow::of(&registry, one.area.as_str()),
            site: one.site.as_ref().and_then(|site| SiteRow::of(&registry, site.as_str())),
            due: one.due.to_string(),
            person: one.people.first().map_or_else(
                || Person { id: String::new(), name: String::new() },
                |person| Person::of(&registry, *person),
            ),
            blind: one.repeats.is_some(),
        });
        let plan = Plan { seed, places: places as u64, visits: visits.collect(), made: !preview };
        Ok::<_, ApiError>((plan, assignments))
    });
    let (plan, assignments) = planned.await.map_err(ApiError::internal)??;
    if plan.made {
        let events = assignments.into_iter().map(|one| Event::AssignmentMade(Box::new(one))).collect();
        app.intake.register(events).await.map_err(ApiError::internal)?;
    }
    Ok(Json(plan))
}

/// A place to visit.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    area: AreaCode,
    site: Option<String>,
}

impl Place {
    /// What it is drawn by.
    fn code(&self) -> &str {
        self.site.as_deref().unwrap_or(self.area.as_str())
    }
}

/// Who goes where by when, the second of a blind pair behind the first.
struct Visit {
    place: Place,
    due: Day,
    person: UserId,
    second: Option<UserId>,
}

fn visits(
    registry: &Registry,
    signed_in: &SignedIn,
    draft: &PlanDraft,
    seed: Option<&str>,
) -> Result<(usize, Vec<Visit>), ApiError> {
    let within: AreaCode = draft.within.parse().map_err(|_| ApiError::AreaMissing)?;
    if !registry.areas().contains_key(&within) {
        return Err(ApiError::AreaMissing);
    }
    signed_in.require_scope(&within)?;
    let all = places(registry, &within, draft.site_kind.as_deref())?;
    let candidates = all.len();
    let chosen = match (draft.draw, seed) {
        (Some(count), Some(seed)) => drawn(all, seed, count),
        _ => all,
    };
    if chosen.is_empty() {
        return Err(ApiError::PlanEmpty);
    }
    let due: Day = draft.due.parse().map_err(|_| ApiError::ValueInvalid { field: "due" })?;
    let (every, times) = (draft.every_days.unwrap_or(1), draft.times.unwrap_or(1));
    if every == 0 || every > EVERY_DAYS_MAX {
        return Err(ApiError::ValueInvalid { field: "every_days" });
    }
    let halves = if draft.second.is_empty() { 1 } else { 2 };
    let count = chosen.len().saturating_mul(times as usize).saturating_mul(halves);
    if times == 0 || count > PLAN_ASSIGNMENTS_MAX {
        return Err(ApiError::PlanTooLarge { max: PLAN_ASSIGNMENTS_MAX });
    }
    let (people, second) = (inspectors(registry, &draft.people)?, inspectors(registry, &draft.second)?);
    if people.is_empty() {
        return Err(ApiError::PersonNotInspector);
    }
    let mut visits = Vec::with_capacity(count);
    let (mut turn, mut second_turn) = (0, 0);
    for round in 0..times {
        let days = i32::try_from(round.saturating_mul(every)).unwrap_or(i32::MAX);
        for place in &chosen {
            let person = next(&people, &mut turn, place, draft.elsewhere, None)
                .ok_or(ApiError::ValueInvalid { field: "people" })?;
            let second = match second.is_empty() {
                true => None,
                false => Some(
                    next(&second, &mut second_turn, place, draft.elsewhere, Some(person))
                        .ok_or(ApiError::BlindSamePerson)?,
                ),
            };
            visits.push(Visit { place: place.clone(), due: due.add_days(days), person, second });
        }
    }
    Ok((candidates, visits))
}

fn places(registry: &Registry, within: &AreaCode, site_kind: Option<&str>) -> Result<Vec<Place>, ApiError> {
    if let Some(kind) = site_kind.filter(|kind| !kind.is_empty()) {
        let kind = SiteKind::ALL.into_iter().find(|one| one.as_str() == kind);
        let kind = kind.ok_or(ApiError::ValueInvalid { field: "kind" })?;
        let sites = registry.sites().values().filter(|site| within.contains(&site.area) && site.kind == kind);
        let place = |site: &rounds_shared::area::Site| Place {
            area: site.area.clone(),
            site: Some(site.id.to_string()),
        };
        return Ok(sites.map(place).collect());
    }
    let is_walked = |level: Level| match level {
        Level::Community | Level::Village => true,
        Level::City | Level::District | Level::Subdistrict => false,
    };
    let areas = registry.areas().values().filter(|area| within.contains(&area.code) && is_walked(area.level));
    Ok(areas.map(|area| Place { area: area.code.clone(), site: None }).collect())
}

/// The first of the places, ranked by the hash of the seed and their code, in the order of their codes.
fn drawn(mut places: Vec<Place>, seed: &str, count: usize) -> Vec<Place> {
    places.sort_by_cached_key(|place| {
        let mut hasher = blake3::Hasher::new_derive_key("rounds v1 draw");
        hasher.update(seed.as_bytes());
        hasher.update(&[0]);
        hasher.update(place.code().as_bytes());
        *hasher.finalize().as_bytes()
    });
    places.truncate(count);
    places.sort_by(|one, other| one.code().cmp(other.code()));
    places
}

fn inspectors<'r>(registry: &'r Registry, ids: &[String]) -> Result<Vec<&'r User>, ApiError> {
    let mut people: Vec<&User> = Vec::new();
    for id in ids {
        let user = id.parse().ok().and_then(|id| registry.user(id));
        let user = user.filter(|user| user.active && user.role.inspects());
        let user = user.ok_or(ApiError::PersonNotInspector)?;
        if !people.iter().any(|known| known.id == user.id) {
            people.push(user);
        }
    }
    Ok(people)
}

/// Whose turn it is: the next who may go there, preferring those whose area it is unless they are to keep away from it.
fn next(
    people: &[&User],
    turn: &mut usize,
    place: &Place,
    elsewhere: bool,
    except: Option<UserId>,
) -> Option<UserId> {
    let from_here = || (0..people.len()).map(|step| (*turn + step) % people.len());
    let may = |at: &usize| Some(people[*at].id) != except;
    let found = if elsewhere {
        from_here().filter(may).find(|at| !people[*at].covers(&place.area))
    } else {
        let own = from_here().filter(may).find(|at| people[*at].covers(&place.area));
        own.or_else(|| from_here().find(may))
    };
    let at = found?;
    *turn = (at + 1) % people.len();
    Some(people[at].id)
}

fn assign(
    registry: &Registry,
    made_by: UserId,
    draft: &PlanDraft,
    seed: Option<&str>,
    places: usize,
    visits: &[Visit],
    now: i64,
) -> Result<Vec<Assignment>, ApiError> {
    let note = draft.note.trim();
    let note = match (seed, draft.draw) {
        (Some(seed), Some(count)) => {
            let draw = format!("[抽样 draw {seed} {} {}/{places}]", draft.within, count.min(places));
            if note.is_empty() { draw } else { format!("{note} {draw}") }
        }
        _ => note.to_owned(),
    };
    let mut assignments = Vec::new();
    for visit in visits {
        let wanted = |person: UserId| NewAssignment {
            area: visit.place.area.to_string(),
            site: visit.place.site.clone(),
            template: draft.template.clone(),
            version: draft.version,
            kind: draft.kind.clone(),
            people: vec![person.to_string()],
            due: visit.due.to_string(),
            note: note.clone(),
            repeats: None,
        };
        let first = compose(registry, &wanted(visit.person), id()?, None, made_by, now)?;
        check_checklist(registry, &first, None)?;
        let second = match visit.second {
            None => None,
            Some(person) => Some(compose(registry, &wanted(person), id()?, Some(&first), made_by, now)?),
        };
        assignments.push(first);
        assignments.extend(second);
    }
    Ok(assignments)
}

fn id() -> Result<AssignmentId, ApiError> {
    random().map(AssignmentId::new)
}

fn random<const BYTES: usize>() -> Result<[u8; BYTES], ApiError> {
    let mut random = [0; BYTES];
    getrandom::fill(&mut random).map_err(|error| ApiError::internal(anyhow::anyhow!("{error}")))?;
    Ok(random)
}
