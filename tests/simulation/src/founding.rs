//! The simulated city's own data: two districts, three communities, who inspects and who supervises.

use rounds_shared::{
    area::{Area, AreaCode, Level},
    assignment::{Assignment, InspectionKind},
    document::genesis,
    ids::{AssignmentId, DocId, UserId},
    inspection::About,
    permission::Role,
    registry::{Event, User},
    template::{Points, Template, Text, WeightedDomain, load_domain},
};

/// When the simulated years begin, in milliseconds since 1970.
pub const NOW: i64 = 1_790_000_000_000;
/// The city.
pub const CITY: &str = "5301";
/// The communities: two of the first district, one of the second.
pub const COMMUNITIES: [&str; 3] = ["530102002002", "530102002003", "530103001001"];
/// Where somebody may be sent: the city, a district, a community.
pub const SCOPES: [&str; 5] = ["5301", "530102", "530103", "530102002002", "530103001001"];
/// The checklist's id.
pub const TEMPLATE: &str = "sanitation";
/// The people with phones: they inspect, until somebody changes that.
pub const INSPECTORS: std::ops::RangeInclusive<u8> = 1..=3;
/// Who is up to no good.
pub const HOSTILE: u8 = 4;
/// Who reviews: in the whole city, and in one district each.
pub const SUPERVISORS: [(u8, &str); 3] = [(20, "5301"), (21, "530102"), (22, "530103")];
/// Who makes accounts and assignments.
pub const ADMINISTRATOR: u8 = 30;

/// What a city's log begins with.
pub fn events() -> Vec<Event> {
    let mut events = vec![
        Event::CityFounded { city: code(CITY), name: name() },
        Event::AreasPut(areas()),
        Event::TemplatePublished(Box::new(template(1))),
    ];
    let inspectors = INSPECTORS.map(|n| user(n, Role::Inspector, &["530102"]));
    let hostile = user(HOSTILE, Role::Inspector, &[COMMUNITIES[1]]);
    let supervisors = SUPERVISORS.map(|(n, area)| user(n, Role::Supervisor, &[area]));
    let administrator = user(ADMINISTRATOR, Role::Administrator, &[CITY]);
    let people = inspectors.chain([hostile]).chain(supervisors).chain([administrator]);
    events.extend(people.map(Event::UserPut));
    let all: Vec<u8> = INSPECTORS.collect();
    events.push(assignment(1, COMMUNITIES[0], &all, (1, NOW), None));
    events.push(assignment(2, COMMUNITIES[1], &[1, 2, HOSTILE], (1, NOW), None));
    events
}

/// The city's name.
pub fn name() -> Text {
    Text { zh: "昆明市".into(), en: "Kunming".into() }
}

/// An area's code.
pub fn code(code: &str) -> AreaCode {
    code.parse().expect("a constant")
}

/// The id of the nth person.
pub fn user_id(n: u8) -> UserId {
    UserId::new([n; 16])
}

/// The nth person.
pub fn user(n: u8, role: Role, areas: &[&str]) -> User {
    User {
        id: user_id(n),
        login: n.to_string(),
        name: format!("用户{n}"),
        role,
        areas: areas.iter().map(|area| code(area)).collect(),
        department: None,
        active: true,
    }
}

/// A version of the checklist.
pub fn template(version: u32) -> Template {
    let domain = load_domain("san.toml", include_str!("../../../server/data/kunming/templates/san.toml"));
    Template {
        id: TEMPLATE.parse().expect("a constant"),
        version,
        zh: "环境卫生".into(),
        en: "Sanitation".into(),
        domains: vec![WeightedDomain {
            weight: Points::whole(100),
            domain: domain.expect("the city's own checklist"),
        }],
    }
}

/// The nth assignment, which may repeat another one blindly.
pub fn assignment(n: u8, area: &str, people: &[u8], (version, at): (u32, i64), repeats: Option<u8>) -> Event {
    let id = assignment_id(n);
    let template = template(version);
    let about = About {
        kind: InspectionKind::Routine,
        area: code(area),
        site: None,
        template: template.id.clone(),
        template_version: version,
        assignment: Some(id),
        continues: None,
        at,
    };
    Event::AssignmentMade(Box::new(Assignment {
        id,
        kind: about.kind,
        template: template.id.clone(),
        template_version: version,
        area: about.area.clone(),
        site: None,
        people: people.iter().copied().map(user_id).collect(),
        due: "2027-11-25".parse().expect("a constant"),
        note: String::new(),
        made_by: user_id(ADMINISTRATOR),
        genesis: genesis(DocId::of_assignment(id), &about, &template).into(),
        repeats: repeats.map(assignment_id),
    }))
}

/// The id of the nth assignment.
pub fn assignment_id(n: u8) -> AssignmentId {
    AssignmentId::new([n; 16])
}

fn areas() -> Vec<Area> {
    let area = |of: &str, short: &str, level, parent: Option<&str>| Area {
        code: code(of),
        name: short.into(),
        short: short.into(),
        pinyin: "x".into(),
        level,
        parent: parent.map(code),
    };
    vec![
        area(CITY, "昆明市", Level::City, None),
        area("530102", "五华区", Level::District, Some(CITY)),
        area("530103", "盘龙区", Level::District, Some(CITY)),
        area("530102002", "华山街道", Level::Subdistrict, Some("530102")),
        area("530103001", "拓东街道", Level::Subdistrict, Some("530103")),
        area(COMMUNITIES[0], "翠湖西路社区", Level::Community, Some("530102002")),
        area(COMMUNITIES[1], "青云街社区", Level::Community, Some("530102002")),
        area(COMMUNITIES[2], "拓东社区", Level::Community, Some("530103001")),
    ]
}
