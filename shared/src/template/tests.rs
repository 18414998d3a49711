use super::*;
use crate::area::DepartmentCode;
use crate::deadline::DeadlineCode;
use std::collections::BTreeSet;

const GOOD: &str = r#"
code = "SAN"
zh = "环境卫生"
en = "Sanitation"
task = 3
clause = "三（三）"

[[items]]
code = "SAN-01"
zh = "无乱堆乱放"
en = "No piled objects"
methods = ["field"]
extent = { zh = "5个楼道", en = "5 stairwells" }
scale = { type = "count", off = 0.5 }
weight = 60
evidence = [{ kind = "photo", min = 2 }, { kind = "point" }]
clause = "乱堆乱放"

[[items.kinds]]
code = "SAN-01-1"
zh = "楼道堆物"
en = "Stairwell piled up"
deadline = "T3"
severity = "minor"

[[items.kinds]]
code = "SAN-01-2"
zh = "堵塞消防通道"
en = "Fire exit blocked"
deadline = "T1"
severity = "critical"
veto = true

[[items]]
code = "SAN-02"
zh = "分类容器齐全"
en = "Sorting bins complete"
methods = ["field"]
scale = { type = "ratio", full = 95, half = 80, below = "zero" }
weight = 40
evidence = []
clause = "生活垃圾分类"

[[items.kinds]]
code = "SAN-02-1"
zh = "容器缺失"
en = "Bin missing"
severity = "minor"
"#;

fn broken(from: &str, to: &str) -> TemplateError {
    assert!(GOOD.contains(from), "the test breaks something that is there: {from}");
    load_domain("san.toml", &GOOD.replacen(from, to, 1)).unwrap_err()
}

fn deadlines(codes: &[&str]) -> BTreeSet<DeadlineCode> {
    codes.iter().map(|code| DeadlineCode::parse(code).unwrap()).collect()
}

fn departments(codes: &[&str]) -> BTreeSet<DepartmentCode> {
    codes.iter().map(|code| DepartmentCode::parse(code).unwrap()).collect()
}

#[test]
fn a_domain_is_read() {
    let domain = load_domain("san.toml", GOOD).unwrap();
    assert_eq!(domain.items[0].scale, Scale::Count { off: Points::hundredths(50) });
    assert_eq!(domain.items[0].evidence[0], Evidence { kind: EvidenceKind::Photo, min: Some(2) });
    assert!(domain.items[0].kinds[1].veto && !domain.items[0].kinds[0].veto);
    assert_eq!(domain.items[1].kinds[0].deadline, None);
}

#[test]
fn an_error_names_file_item_and_field() {
    for (from, to, item, field, code) in [
        ("weight = 60", "weight = 50", None, "items.weight", "template_weight_sum"),
        ("weight = 60", "weight = 0", Some("SAN-01"), "weight", "template_number_out_of_range"),
        ("weight = 60", "weight = \"x\"", Some("SAN-01"), "weight", "template_unreadable"),
        ("weight = 60", "wieght = 60", Some("SAN-01"), "wieght", "template_unreadable"),
        ("task = 3", "task = 11", None, "task", "template_number_out_of_range"),
        ("task = 3", "task = -1", None, "task", "template_unreadable"),
        ("\"SAN-02\"", "\"SAN-01\"", Some("SAN-01"), "code", "template_code_duplicate"),
        ("\"SAN-02\"", "\"GRN-02\"", Some("GRN-02"), "code", "template_code_prefix"),
        ("\"SAN-02\"", "\"SAN 02\"", Some("SAN 02"), "code", "template_unreadable"),
        ("\"SAN-01-2\"", "\"SAN-01-1\"", Some("SAN-01"), "kinds.code", "template_code_duplicate"),
        ("\"SAN-01-2\"", "\"SAN-02-2\"", Some("SAN-01"), "kinds.code", "template_code_prefix"),
        ("type = \"count\"", "type = \"guess\"", Some("SAN-01"), "scale.type", "template_unreadable"),
        ("off = 0.5", "off = 61", Some("SAN-01"), "scale", "template_scale"),
        ("off = 0.5", "off = 0.125", Some("SAN-01"), "scale", "template_unreadable"),
        ("half = 80", "half = 96", Some("SAN-02"), "scale", "template_scale"),
        ("kind = \"point\"", "kind = \"smell\"", Some("SAN-01"), "evidence[1].kind", "template_unreadable"),
        ("[\"field\"]", "[\"field\", \"computed\"]", Some("SAN-01"), "methods", "template_computed_asked"),
        ("[\"field\"]", "[]", Some("SAN-01"), "methods", "template_number_out_of_range"),
        ("zh = \"无乱堆乱放\"", "zh = \" \"", Some("SAN-01"), "zh", "template_text_empty"),
        ("en = \"Bin missing\"", "en = \"\"", Some("SAN-02"), "kinds.SAN-02-1.en", "template_text_empty"),
        (
            "severity = \"critical\"",
            "severity = \"awful\"",
            Some("SAN-01"),
            "kinds[1].severity",
            "template_unreadable",
        ),
    ] {
        let error = broken(from, to);
        assert_eq!(error.file, "san.toml");
        assert_eq!(
            (error.item.as_deref(), error.field.as_str(), error.fault.code()),
            (item, field, code),
            "{to}: {error}"
        );
    }
}

#[test]
fn an_error_reads_as_a_sentence() {
    assert_eq!(
        broken("off = 0.5", "off = 61").to_string(),
        "san.toml, item SAN-01, field scale: off must be above 0 and at most the item's weight 60, found 61"
    );
    let syntax = broken("task = 3", "task = = 3");
    assert_eq!((syntax.line, syntax.item.as_deref(), syntax.field.as_str()), (Some(5), None, ""));
}

#[test]
fn a_missing_code_is_named_by_its_place() {
    let error = broken("code = \"SAN-02\"\n", "");
    assert_eq!(error.item.as_deref(), Some("#2"), "{error}");
}

#[test]
fn deadline_classes_and_departments_must_exist() {
    let domain = load_domain("san.toml", GOOD).unwrap();
    domain.check_references("san.toml", &deadlines(&["T1", "T3"]), &departments(&[])).unwrap();
    let error = domain.check_references("san.toml", &deadlines(&["T3"]), &departments(&[])).unwrap_err();
    assert_eq!((error.item.as_deref(), error.field.as_str()), (Some("SAN-01"), "kinds.SAN-01-2.deadline"));
    let text = GOOD.replacen("deadline = \"T1\"", "deadline = \"T1\"\ndepartment = \"moon\"", 1);
    let domain = load_domain("san.toml", &text).unwrap();
    let error = domain.check_references("san.toml", &deadlines(&["T1", "T3"]), &departments(&[]));
    assert_eq!(error.unwrap_err().fault.code(), "template_unknown_department");
}

fn routes(lines: &[(&str, &str)]) -> Result<Routes, TemplateError> {
    let routes = lines
        .iter()
        .map(|(prefix, department)| Route {
            prefix: (*prefix).into(),
            department: DepartmentCode::parse(department).unwrap(),
        })
        .collect();
    Routes::new("departments.toml", routes, &departments(&["street", "fire"]))
}

fn checklist(weight: u32) -> Checklist {
    Checklist {
        withdrawn: None,
        id: TemplateId::parse("walk-round").unwrap(),
        version: 1,
        zh: "日常巡查".into(),
        en: "Walk-round".into(),
        domains: vec![Share { code: DomainCode::parse("SAN").unwrap(), weight: Points::whole(weight) }],
    }
}

#[test]
fn the_longest_route_wins_and_is_written_into_the_template() {
    let domains = [load_domain("san.toml", GOOD).unwrap()];
    let routes = routes(&[("SAN", "street"), ("SAN-01-2", "fire"), ("SAN-0", "fire")]).unwrap();
    let template = checklist(100).compose("checklists.toml", &domains, &routes).unwrap();
    let department = |kind| template.kind(kind).unwrap().1.department.as_ref().unwrap().to_string();
    assert_eq!(department("SAN-01-1"), "street");
    assert_eq!(department("SAN-01-2"), "fire");
    assert_eq!(department("SAN-02-1"), "street", "a prefix ends at a hyphen");
}

#[test]
fn a_checklist_that_does_not_add_up_is_refused() {
    let domains = [load_domain("san.toml", GOOD).unwrap()];
    let everywhere = routes(&[("SAN", "street")]).unwrap();
    let code = |result: Result<Template, TemplateError>| result.unwrap_err().fault.code();
    assert_eq!(code(checklist(90).compose("checklists.toml", &domains, &everywhere)), "template_weight_sum");
    assert_eq!(code(checklist(100).compose("checklists.toml", &[], &everywhere)), "template_unknown_domain");
    let nowhere = Routes::default();
    assert_eq!(code(checklist(100).compose("checklists.toml", &domains, &nowhere)), "template_no_route");
    assert_eq!(routes(&[("SAN", "moon")]).unwrap_err().fault.code(), "template_unknown_department");
}

#[test]
fn a_template_survives_cbor_and_skips_what_a_later_version_adds() {
    let domains = [load_domain("san.toml", GOOD).unwrap()];
    let routes = routes(&[("SAN", "street")]).unwrap();
    let template = checklist(100).compose("checklists.toml", &domains, &routes).unwrap();
    let bytes = minicbor::to_vec(&template).unwrap();
    assert_eq!(minicbor::decode::<Template>(&bytes).unwrap(), template);

    #[derive(minicbor::Encode)]
    #[cbor(map)]
    struct LaterText {
        #[n(0)]
        zh: String,
        #[n(1)]
        en: String,
        #[n(9)]
        yi: Vec<String>,
    }
    let later = LaterText { zh: "彝".into(), en: "Yi".into(), yi: vec!["ꆈꌠ".into()] };
    let text: Text = minicbor::decode(&minicbor::to_vec(later).unwrap()).unwrap();
    assert_eq!(text, Text { zh: "彝".into(), en: "Yi".into() });
}
