//! What was inspected before today in the demonstration city, and what is still to be done.

use std::collections::BTreeMap;

use rounds_shared::{
    area::{AreaCode, Point},
    assignment::{Assignment, InspectionKind},
    calendar::Day,
    document::{FindingDraft, PhotoDraft, genesis},
    ids::{AssignmentId, DocId, UserId},
    inspection::{About, How, PhotoRole, PhotoSource, ReviewAct},
    registry::Event,
    template::{Item, Scale, Template},
};

use super::{
    phone::{Phone, Visit},
    picture, user,
};
use crate::{app::App, console_device::Unfit};

const HOUR_MS: i64 = 60 * 60 * 1000;
const MINUTE_MS: i64 = 60 * 1000;

/// What becomes of a visit in the demonstration.
enum Story {
    /// Nobody has begun: for whoever tries the apps.
    ToDo,
    /// One inspector went, and it was approved.
    Approved,
    /// One inspector went; a supervisor has returned an item.
    Returned,
    /// One inspector went; nobody has looked at it yet.
    Submitted,
    /// Two inspectors went without a signal and differ.
    Differ,
}

struct Plan {
    area: &'static str,
    site: Option<&'static str>,
    template: &'static str,
    kind: InspectionKind,
    people: &'static [&'static str],
    /// Days from today until it is due; negative when past.
    due: i32,
    note: &'static str,
    story: Story,
    /// Out of a hundred items, how many are in order.
    order: u32,
}

const PLANS: [Plan; 11] = [
    plan(
        "530102001001",
        "walk-round",
        &["inspector1", "inspector2"],
        0,
        "两人同查一片，各自记录，无网络亦可。",
        Story::ToDo,
        0,
    ),
    Plan {
        site: Some("530102001001-3"),
        kind: InspectionKind::Special,
        ..plan(
            "530102001001",
            "sanitation",
            &["inspector1"],
            1,
            "早市收摊后检查，重点看地面和垃圾收集点。",
            Story::ToDo,
            0,
        )
    },
    plan("530102001007", "sanitation", &["inspector2"], 2, "", Story::ToDo, 0),
    plan("530103001001", "sanitation", &["inspector3"], -1, "上次通报问题较多，请逐项核实。", Story::ToDo, 0),
    plan("530102001007", "walk-round", &["inspector1", "inspector2"], 0, "", Story::Differ, 84),
    plan("530103001001", "walk-round", &["inspector3"], -2, "", Story::Approved, 93),
    plan("530111001001", "walk-round", &["inspector1"], -1, "", Story::Returned, 78),
    plan("530112001001", "walk-round", &["inspector2"], -3, "", Story::Submitted, 88),
    plan("530114001001", "sanitation", &["inspector3"], -4, "", Story::Approved, 71),
    plan("530102002001", "sanitation", &["inspector1", "inspector3"], -1, "", Story::Differ, 80),
    Plan {
        kind: InspectionKind::Unannounced,
        ..plan("530111002001", "sanitation", &["inspector2"], -5, "", Story::Approved, 96)
    },
];

const fn plan(
    area: &'static str,
    template: &'static str,
    people: &'static [&'static str],
    due: i32,
    note: &'static str,
    story: Story,
    order: u32,
) -> Plan {
    Plan { area, site: None, template, kind: InspectionKind::Routine, people, due, note, story, order }
}

/// Makes the assignments and records the visits.
pub(super) async fn record(app: &App, today: Day) -> anyhow::Result<()> {
    let mut phones = BTreeMap::new();
    for login in ["inspector1", "inspector2", "inspector3"] {
        phones.insert(login, Phone::enrol(app, user(login), "示例手机").await?);
    }
    for (seed, plan) in (1_u32..).zip(&PLANS) {
        let Some(assignment) = assign(app, plan, today).await? else { continue };
        let morning = today.add_days(plan.due.min(0)).start_ms() + 9 * HOUR_MS;
        let began = morning.min(app.now_ms() - 2 * HOUR_MS);
        visit(app, &mut phones, plan, &assignment, began, seed).await?;
    }
    Ok(())
}

/// Areas are the city's own data: a plan for one that another edition does not have is left out.
async fn assign(app: &App, plan: &Plan, today: Day) -> anyhow::Result<Option<Assignment>> {
    let registry = app.intake.registry();
    let area: AreaCode = plan.area.parse()?;
    let version = registry.templates().filter(|t| t.id.as_str() == plan.template).map(|t| t.version).max();
    let template = version.and_then(|version| registry.template(&plan.template.parse().ok()?, version));
    let (Some(template), true) = (template, registry.areas().contains_key(&area)) else { return Ok(None) };
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let id = AssignmentId::new(random);
    let about = About {
        kind: plan.kind,
        area: area.clone(),
        site: plan.site.map(str::parse).transpose()?,
        template: template.id.clone(),
        template_version: template.version,
        assignment: Some(id),
        continues: None,
        at: app.now_ms(),
    };
    let assignment = Assignment {
        id,
        kind: plan.kind,
        template: template.id.clone(),
        template_version: template.version,
        area,
        site: about.site.clone(),
        people: plan.people.iter().map(|login| user(login)).collect(),
        due: today.add_days(plan.due),
        note: plan.note.to_owned(),
        made_by: user("supervisor"),
        genesis: genesis(DocId::of_assignment(id), &about, template).into(),
        repeats: None,
    };
    app.intake.register(vec![Event::AssignmentMade(Box::new(assignment.clone()))]).await?;
    Ok(Some(assignment))
}

async fn visit(
    app: &App,
    phones: &mut BTreeMap<&str, Phone>,
    plan: &Plan,
    assignment: &Assignment,
    began: i64,
    seed: u32,
) -> anyhow::Result<()> {
    if matches!(plan.story, Story::ToDo) {
        return Ok(());
    }
    let registry = app.intake.registry();
    let template = registry.template(&assignment.template, assignment.template_version);
    let Some(template) = template else { return Ok(()) };
    let mut visits = Vec::new();
    for (index, login) in (0_u32..).zip(plan.people) {
        let Some(phone) = phones.get_mut(login) else { continue };
        let mut visit = phone.open(assignment)?;
        let view = View { seed, order: plan.order, strict: index > 0 };
        walk(app, &mut visit, template, &view, began + i64::from(index) * 7 * MINUTE_MS).await?;
        visit.document.submit(&mut visit.session, began + 70 * MINUTE_MS, &[])?;
        visits.push((login, visit));
    }
    for (login, visit) in &mut visits {
        if let Some(phone) = phones.get_mut(**login) {
            phone.deliver(app, assignment, visit, began + 75 * MINUTE_MS).await?;
        }
    }
    review(app, plan, assignment, began + 2 * HOUR_MS).await
}

/// How one inspector sees a place.
struct View {
    seed: u32,
    order: u32,
    /// Whether he is the one who looks more closely.
    strict: bool,
}

impl View {
    /// A number below a hundred that is always the same for an item of a place.
    fn chance(&self, index: u32) -> u32 {
        let mixed = self.seed.wrapping_mul(2_654_435_761).wrapping_add(index.wrapping_mul(40_503));
        (mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519) % 100
    }

    fn in_order(&self, index: u32) -> bool {
        let chance = self.chance(index);
        // The stricter one differs about a few: that is what a supervisor decides.
        if self.strict && chance.is_multiple_of(11) { chance >= self.order } else { chance < self.order }
    }
}

async fn walk(
    app: &App,
    visit: &mut Visit,
    template: &Template,
    view: &View,
    began: i64,
) -> anyhow::Result<()> {
    let items: Vec<&Item> = template.items().filter(|item| item.is_asked()).collect();
    for (index, item) in (0_u32..).zip(items) {
        let at = began + i64::from(index) * MINUTE_MS;
        let fine = view.in_order(index);
        let code = item.code.as_str();
        let value = value(item, fine, view.chance(index));
        visit.document.answer(&mut visit.session, at, code, Some(&value), How::Tap)?;
        let finds = !fine && matches!(item.scale, Scale::Pass | Scale::Count { .. });
        if let (true, Some(kind)) = (finds, item.kinds.first()) {
            let photographed = index % 2 == 0;
            let on_spot = view.chance(index + 500) < 20;
            let finding = FindingDraft {
                item: code.to_owned(),
                kind: kind.code.to_string(),
                note: if photographed {
                    format!("{}，已拍照。", kind.zh)
                } else {
                    format!("{}。", kind.zh)
                },
                place: format!("{}栋{}单元门前", 1 + index % 9, 1 + index % 4),
                point: Some(point(view.seed, index)),
                fixed_on_spot: on_spot,
                asset: String::new(),
            };
            let finding = visit.document.add_finding(&mut visit.session, at, &finding)?;
            if photographed {
                let photo = keep_photo(app, view.seed * 100 + index, 1 + index % 4).await?;
                let role = if on_spot { PhotoRole::Before } else { PhotoRole::Evidence };
                let photo = PhotoDraft {
                    item: Some(code.to_owned()),
                    finding: Some(finding),
                    copy_of: None,
                    source: PhotoSource::Camera,
                    role,
                    point: Some(point(view.seed, index)),
                    ..photo
                };
                visit.document.add_photo(&mut visit.session, at, &photo)?;
            }
        }
    }
    Ok(())
}

fn value(item: &Item, fine: bool, chance: u32) -> String {
    match &item.scale {
        Scale::Pass | Scale::Count { .. } => if fine { "pass" } else { "fail" }.to_owned(),
        Scale::Sample { of, .. } => format!("{}/{of}", if fine { *of } else { of - 1 - chance % 2 }),
        Scale::Ratio { .. } => format!("{}/50", if fine { 50 } else { 30 + chance % 15 }),
        Scale::Graded { standards } => {
            let met = if fine { standards.len() } else { standards.len().saturating_sub(1) };
            let met: Vec<String> = (1..=met).map(|number| number.to_string()).collect();
            format!("{}/{}", met.join(","), standards.len())
        }
    }
}

/// A point near 翠湖, a few hundred metres about.
fn point(seed: u32, index: u32) -> Point {
    let spread = |step: u32| i32::try_from((seed * 131 + index * step) % 6000).unwrap_or(0) - 3000;
    Point {
        latitude_e6: 25_049_000 + spread(577),
        longitude_e6: 102_703_000 + spread(911),
        accuracy_m: Some(5 + index % 12),
    }
}

async fn keep_photo(app: &App, seed: u32, boxes: u32) -> anyhow::Result<PhotoDraft> {
    let bytes = tokio::task::spawn_blocking(move || picture::corner(seed, boxes)).await??;
    Ok(PhotoDraft {
        hash: app.photos.keep(&bytes).await?,
        bytes: bytes.len() as u64,
        item: None,
        finding: None,
        copy_of: None,
        source: PhotoSource::Camera,
        role: PhotoRole::Evidence,
        point: None,
    })
}

async fn review(app: &App, plan: &Plan, assignment: &Assignment, at: i64) -> anyhow::Result<()> {
    let act: fn(&About) -> (ReviewAct, &'static str) = match plan.story {
        Story::ToDo | Story::Submitted | Story::Differ => return Ok(()),
        Story::Approved => |_| (ReviewAct::Approve { heads: Vec::new() }, "情况属实，予以通过。"),
        Story::Returned => |_| (ReviewAct::Return, "缺近景照片，请补拍并写明位置。"),
    };
    let supervisor: UserId = user("supervisor");
    let done = app.console_device.act(supervisor, assignment.doc(), at, |document, session| {
        let inspection = document.inspection().map_err(|error| Unfit::Unfit(anyhow::Error::new(error)))?;
        let (act, reason) = act(&inspection.about);
        let heads: Vec<String> =
            document.heads().iter().map(|head| data_encoding::HEXLOWER.encode(&head.0)).collect();
        let act = match act {
            ReviewAct::Approve { .. } => ReviewAct::Approve { heads },
            other => other,
        };
        let item = inspection.findings.first().map(|finding| finding.item.as_str());
        let item = item.filter(|_| act == ReviewAct::Return);
        Ok(document.review(session, at, &act, &[(item, reason)])?)
    });
    done.await.map_err(|error| anyhow::anyhow!("a demonstration review was not written: {error}"))
}
