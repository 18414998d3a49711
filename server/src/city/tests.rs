use super::*;
use crate::founding::built_in;
use rounds_shared::answer::Value;
use rounds_shared::score::{Grade, ItemState, score};
use rounds_shared::template::{Item, ItemCode, Method, Points, Scale};

/// Kunming's own file, with one place changed when it is `file`.
fn kunming_with(file: &str, from: &str, to: &str) -> Result<City, CityError> {
    City::load(|path| {
        let bytes = std::fs::read(format!("{}/data/kunming/{path}", env!("CARGO_MANIFEST_DIR"))).ok()?;
        if path == file {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(from), "the test changes something that is there: {from}");
            return Some(text.replacen(from, to, 1).into_bytes());
        }
        Some(bytes)
    })
}

fn kunming() -> City {
    kunming_with("", "", "").unwrap()
}

fn items(city: &City) -> impl Iterator<Item = &Item> {
    city.domains.iter().flat_map(|domain| &domain.items)
}

#[test]
fn kunming_is_complete() {
    let city = kunming();
    let count = |level| city.areas.iter().filter(|area| area.level == level).count();
    assert_eq!([count(Level::City), count(Level::District), count(Level::Subdistrict)], [1, 14, 150]);
    assert_eq!([count(Level::Community), count(Level::Village)], [820, 918]);
    assert_eq!(city.zones.len(), 4);
    assert_eq!(items(&city).count(), 90);
    assert_eq!(city.domains.len(), 11);
    let sizes: Vec<_> =
        city.templates.iter().map(|template| (template.id.as_str(), template.items().count())).collect();
    assert_eq!(sizes, [("walk-round", 49), ("sanitation", 18), ("ten-task", 90)]);
}

#[test]
fn names_repeat_and_each_has_a_short_one_to_search_by() {
    let city = kunming();
    let mut uses: BTreeMap<&str, u32> = BTreeMap::new();
    for area in &city.areas {
        *uses.entry(&area.name).or_default() += 1;
        assert!(!area.short.contains("委员会") && !area.short.contains("居委会"), "{}", area.short);
        assert!(!area.short.contains("村委会"), "{}", area.short);
        let letters = area.pinyin.chars().count();
        assert_eq!(letters, area.short.chars().count(), "one initial a character: {}", area.short);
    }
    assert_eq!(uses.values().filter(|uses| **uses > 1).count(), 52);
    let lake = city.areas.iter().find(|area| area.code.as_str() == "530102001001").unwrap();
    assert_eq!((lake.short.as_str(), lake.pinyin.as_str()), ("翠湖西路社区", "chxlsq"));
}

#[test]
fn what_waits_for_the_city_is_not_asked_and_says_so() {
    let city = kunming();
    let pending: Vec<_> = items(&city).filter(|item| item.pending.is_some()).collect();
    let [item] = pending.as_slice() else { panic!("only one item is pending") };
    assert_eq!(item.code.as_str(), "SAN-18");
    assert_eq!(item.pending.as_ref().unwrap().zh, "待市文明办确认");
    assert!(!item.is_asked());
    assert!(city.zones.iter().all(|zone| zone.pending.is_some()));
}

#[test]
fn computed_items_are_never_asked() {
    let city = kunming();
    let computed: Vec<_> = items(&city).filter(|item| item.methods.contains(&Method::Computed)).collect();
    assert_eq!(computed.iter().map(|item| item.code.as_str()).collect::<Vec<_>>(), ["SRV-4", "RSP-5"]);
    assert!(computed.iter().all(|item| !item.is_asked()));
}

#[test]
fn every_scale_is_in_use_and_every_kind_has_a_department() {
    let city = kunming();
    let uses = |is: fn(&Scale) -> bool| items(&city).any(|item| is(&item.scale));
    assert!(uses(|scale| matches!(scale, Scale::Pass)));
    assert!(uses(|scale| matches!(scale, Scale::Count { .. })));
    assert!(uses(|scale| matches!(scale, Scale::Sample { .. })));
    assert!(uses(|scale| matches!(scale, Scale::Ratio { .. })));
    assert!(uses(|scale| matches!(scale, Scale::Graded { .. })));
    for template in &city.templates {
        let mut kinds = template.items().flat_map(|item| &item.kinds);
        assert!(kinds.all(|kind| kind.department.is_some()), "{}", template.id);
    }
}

#[test]
fn a_broken_file_is_named_with_entry_and_field() {
    for (file, from, to, message) in [
        ("areas.csv", "530102,五华区", "53x102,五华区", "areas.csv:3, field code: "),
        ("areas.csv", "whq,district,", "whq,county,", "areas.csv:3, field level: "),
        ("areas.csv", "五华区,五华区,whq", "五华区,五华区,WHQ", "areas.csv:3, field pinyin: "),
        ("areas.csv", "五华区,五华区,", "五华区,,", "areas.csv:3, field short: "),
        ("areas.csv", "530103,盘龙区", "530102,盘龙区", "areas.csv:4, field code: "),
        ("areas.csv", ",530102\n", ",530103\n", "areas.csv:17, field parent: "),
        ("areas.csv", "whq,district,5301", "whq,district", "areas.csv:3, field : "),
        ("areas.csv", "code,name", "name,code", "areas.csv:1, field : "),
        ("districts.geojson", "\"530102\"", "\"530199\"", "districts.geojson, entry 530102, field code: "),
        ("zones.toml", "530102401", "530102999", "zones.toml, entry hi-tech, field members: "),
        ("zones.toml", "530111402", "530102401001", "zones.toml, entry economic, field members: "),
        (
            "departments.toml",
            "code = \"street\"",
            "code = \"civility\"",
            "departments.toml, entry civility, field code: ",
        ),
        (
            "departments.toml",
            "department = \"fire\"",
            "department = \"moon\"",
            "departments.toml, item SAN-01-4, field department: ",
        ),
        ("deadlines.toml", "code = \"T3\"", "code = \"T9\"", "templates/san.toml, item SAN-01, "),
        (
            "deadlines.toml",
            "handling = \"prompt\"",
            "handling = \"slow\"",
            "deadlines.toml:18, item T1, field handling: ",
        ),
        ("templates/san.toml", "weight = 8", "weight = 9", "templates/san.toml, field items.weight: "),
        (
            "templates/san.toml",
            "\"T3\"",
            "\"T33\"",
            "templates/san.toml, item SAN-01, field kinds.SAN-01-1.deadline: ",
        ),
        ("checklists.toml", "\"SAN\"", "\"SUN\"", "checklists.toml, item walk-round, field domains: "),
        (
            "checklists.toml",
            "weight = 25",
            "weight = 20",
            "checklists.toml, item walk-round, field domains.weight: ",
        ),
        (
            "checklists.toml",
            "version = 1\n",
            "version = 1\nwithdrawn = \" \"\n",
            "checklists.toml, item walk-round, field withdrawn: ",
        ),
        ("city.toml", "san.toml", "sun.toml", "templates/sun.toml is missing"),
    ] {
        let error = kunming_with(file, from, to).map(|city| city.code).unwrap_err();
        assert!(error.to_string().starts_with(message), "{to:?} gives {error}");
        assert!(!error.code().is_empty());
    }
}

#[test]
fn a_flawless_inspection_is_worth_a_hundred_and_a_hopeless_one_nothing() {
    for template in kunming().templates {
        let states = |value: fn(&Scale) -> Value| -> BTreeMap<ItemCode, ItemState> {
            let state = |item: &Item| ItemState {
                values: vec![value(&item.scale)],
                findings: u32::MAX,
                open_veto: false,
            };
            let asked = template.items().filter(|item| item.is_asked());
            asked.map(|item| (item.code.clone(), state(item))).collect()
        };
        let flawless = score(&template, &states(best));
        assert_eq!((flawless.total, flawless.grade), (Some(Points::HUNDRED), Some(Grade::A)));
        assert_eq!(flawless.answered, flawless.asked);
        let hopeless = score(&template, &states(worst));
        assert_eq!((hopeless.total, hopeless.grade), (Some(Points::ZERO), Some(Grade::D)));
    }
}

fn best(scale: &Scale) -> Value {
    match scale {
        Scale::Pass | Scale::Count { .. } => Value::Pass,
        Scale::Sample { of, .. } => Value::Sample { met: *of, of: *of },
        Scale::Ratio { .. } => Value::Ratio { done: 7, planned: 7 },
        Scale::Graded { standards } => {
            let of = u32::try_from(standards.len()).unwrap();
            Value::Graded { met: (1..=of).collect(), of }
        }
    }
}

fn worst(scale: &Scale) -> Value {
    match scale {
        Scale::Pass | Scale::Count { .. } => Value::Fail,
        Scale::Sample { of, .. } => Value::Sample { met: 0, of: *of },
        Scale::Ratio { .. } => Value::Ratio { done: 0, planned: 7 },
        Scale::Graded { standards } => {
            Value::Graded { met: vec![], of: u32::try_from(standards.len()).unwrap() }
        }
    }
}

#[test]
fn a_picture_is_named_after_its_item_and_what_is_none_is_said() {
    let city = kunming();
    let shown: Vec<_> =
        items(&city).filter(|item| item.reference.is_some()).map(|item| item.code.as_str()).collect();
    assert_eq!(shown, ["SAN-01", "SAN-05", "SAN-06"]);
    for item in city.templates.iter().flat_map(Template::items) {
        assert_eq!(item.reference.is_some(), shown.contains(&item.code.as_str()), "{}", item.code);
        assert!(item.reference.is_none_or(|hash| PhotoHash::of(&city.pictures[&hash]) == hash));
    }
    for wrong in [b"no picture".to_vec(), vec![0xff; 300 * 1024]] {
        let error = City::load(|path| match path {
            "pictures/SAN-02.jpg" => Some(wrong.clone()),
            _ => built_in(path),
        });
        assert_eq!(
            error.unwrap_err().to_string(),
            "pictures/SAN-02.jpg is no JPEG, PNG or WebP picture of at most 200 KiB"
        );
    }
}
