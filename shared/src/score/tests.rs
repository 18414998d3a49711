use super::*;
use crate::template::{Band, Domain, Method, TemplateId, Text, WeightedDomain};
use proptest::prelude::*;

/// Two domains (60 and 40) with one item of every scale, a computed one and a pending one.
fn template() -> Template {
    let standard = |number: u32| Text { zh: format!("标准{number}"), en: format!("standard {number}") };
    let five = vec![Band { from: 5, percent: Points::HUNDRED }, Band { from: 4, percent: Points::whole(80) }];
    let ratio = |half, below| Scale::Ratio { full: Points::whole(80), half, below };
    let first = vec![
        item("A-1", 20, Scale::Pass),
        item("A-2", 30, Scale::Count { off: Points::hundredths(250) }),
        item("A-3", 50, Scale::Sample { of: 5, bands: five }),
    ];
    let mut second = vec![
        item("B-1", 20, ratio(Some(Points::whole(60)), Below::Zero)),
        item("B-2", 20, ratio(None, Below::Proportional)),
        item("B-3", 30, Scale::Graded { standards: (1..=3).map(standard).collect() }),
        item("B-4", 10, Scale::Pass),
        item("B-5", 20, Scale::Pass),
    ];
    second[3].methods = vec![Method::Computed];
    second[4].pending = Some(standard(1));
    Template {
        id: TemplateId::parse("test").unwrap(),
        version: 1,
        zh: "试验".into(),
        en: "Test".into(),
        domains: vec![domain("A", 60, first), domain("B", 40, second)],
    }
}

fn item(code: &str, weight: u32, scale: Scale) -> Item {
    Item {
        code: ItemCode::parse(code).unwrap(),
        zh: code.into(),
        en: code.into(),
        methods: vec![Method::Field],
        extent: None,
        scale,
        weight: Points::whole(weight),
        evidence: vec![],
        clause: code.into(),
        pending: None,
        kinds: vec![],
        reference: None,
    }
}

fn domain(code: &str, weight: u32, items: Vec<Item>) -> WeightedDomain {
    let domain = Domain {
        code: DomainCode::parse(code).unwrap(),
        zh: code.into(),
        en: code.into(),
        task: 1,
        clause: code.into(),
        items,
    };
    WeightedDomain { weight: Points::whole(weight), domain }
}

type States = BTreeMap<ItemCode, ItemState>;

/// States from `code value[|value] [findings]` lines.
fn states(lines: &[(&str, &str, u32)]) -> States {
    let template = template();
    lines
        .iter()
        .map(|(code, values, findings)| {
            let scale = &template.item(code).unwrap().scale;
            let values = values.split('|').map(|text| Value::parse(scale, text).unwrap()).collect();
            (ItemCode::parse(code).unwrap(), ItemState { values, findings: *findings, open_veto: false })
        })
        .collect()
}

fn percent_of(lines: &[(&str, &str, u32)]) -> Option<String> {
    let score = score(&template(), &states(lines));
    let items = score.domains.iter().flat_map(|domain| &domain.items);
    items.filter_map(|item| item.percent).map(|percent| percent.to_string()).next()
}

#[test]
fn every_scale_is_worth_what_it_says() {
    for (code, value, findings, percent) in [
        ("A-1", "pass", 0, "100"),
        ("A-1", "fail", 0, "0"),
        ("A-2", "pass", 0, "100"),
        ("A-2", "fail", 1, "91.67"),
        ("A-2", "fail", 0, "91.67"),
        ("A-2", "fail", 12, "0"),
        ("A-2", "fail", u32::MAX, "0"),
        ("A-3", "5/5", 0, "100"),
        ("A-3", "4/5", 0, "80"),
        ("A-3", "3/5", 0, "0"),
        ("B-1", "8/10", 0, "100"),
        ("B-1", "79/100", 0, "50"),
        ("B-1", "6/10", 0, "50"),
        ("B-1", "59/100", 0, "0"),
        ("B-2", "80/100", 0, "100"),
        ("B-2", "40/100", 0, "50"),
        ("B-2", "1/3", 0, "41.67"),
        ("B-2", "0/3", 0, "0"),
        ("B-3", "1,2,3/3", 0, "100"),
        ("B-3", "2/3", 0, "33.33"),
        ("B-3", "1,3/3", 0, "66.67"),
        ("B-3", "/3", 0, "0"),
    ] {
        assert_eq!(percent_of(&[(code, value, findings)]).as_deref(), Some(percent), "{code} {value}");
    }
    assert_eq!(percent_of(&[("A-1", "na", 0)]), None);
}

#[test]
fn domains_and_total_are_weighted_means_of_printed_figures() {
    let score = score(
        &template(),
        &states(&[("A-1", "pass", 0), ("A-2", "fail", 1), ("A-3", "4/5", 0), ("B-3", "1,3/3", 0)]),
    );
    // (20*100 + 30*91.67 + 50*80) / 100 and (60*87.5 + 40*66.67) / 100
    assert_eq!(score.domains[0].score, Some(Points::hundredths(8750)));
    assert_eq!(score.domains[1].score, Some(Points::hundredths(6667)));
    assert_eq!(score.total, Some(Points::hundredths(7917)));
    assert_eq!(score.grade, Some(Grade::C));
    assert_eq!((score.answered, score.asked), (4, 6));
}

#[test]
fn not_applicable_and_unanswered_leave_the_denominator() {
    let score = score(&template(), &states(&[("A-1", "pass", 0), ("A-2", "na", 0), ("B-3", "na", 0)]));
    assert_eq!(score.total, Some(Points::HUNDRED));
    assert_eq!(score.domains[1].score, None);
    assert_eq!((score.answered, score.asked), (3, 6));
}

#[test]
fn nothing_answered_has_neither_total_nor_grade() {
    let score = score(&template(), &States::new());
    assert_eq!((score.total, score.grade), (None, None));
    assert_eq!((score.answered, score.asked), (0, 6));
}

#[test]
fn the_stricter_value_counts_while_a_conflict_is_open() {
    assert_eq!(percent_of(&[("A-1", "pass|fail", 0)]).as_deref(), Some("0"));
    assert_eq!(percent_of(&[("B-3", "1,2/3|3/3", 0)]).as_deref(), Some("33.33"));
    assert_eq!(percent_of(&[("A-1", "na|fail", 0)]).as_deref(), Some("0"));
    let contested = score(&template(), &states(&[("A-1", "pass|fail", 0)]));
    assert!(contested.domains[0].items[0].contested);
}

#[test]
fn an_open_veto_caps_the_grade_and_not_the_points() {
    let mut states = states(&[("A-1", "pass", 0), ("A-3", "5/5", 0)]);
    states.get_mut("A-1").unwrap().open_veto = true;
    let capped = score(&template(), &states);
    assert_eq!((capped.total, capped.grade, capped.veto), (Some(Points::HUNDRED), Some(Grade::C), true));
    states.get_mut("A-1").unwrap().values = vec![Value::Fail];
    states.get_mut("A-3").unwrap().values = vec![Value::Sample { met: 0, of: 5 }];
    assert_eq!(score(&template(), &states).grade, Some(Grade::D), "a veto never raises a grade");
}

#[test]
fn a_computed_item_counts_only_when_given_and_a_pending_one_never() {
    let given = score(&template(), &states(&[("B-3", "/3", 0), ("B-4", "pass", 0), ("B-5", "pass", 0)]));
    assert_eq!(given.domains[1].score, Some(Points::whole(25)), "10 of 40 points");
    assert_eq!((given.domains[1].answered, given.domains[1].asked), (1, 3));
}

#[test]
fn grades_begin_where_they_say() {
    let grade = |hundredths| Grade::of(Points::hundredths(hundredths));
    assert_eq!([grade(9000), grade(8999), grade(8000)], [Grade::A, Grade::B, Grade::B]);
    assert_eq!([grade(7999), grade(6000), grade(5999)], [Grade::C, Grade::C, Grade::D]);
}

fn any_value(scale: &Scale) -> BoxedStrategy<Value> {
    match scale {
        Scale::Pass | Scale::Count { .. } => prop_oneof![Just(Value::Pass), Just(Value::Fail)].boxed(),
        Scale::Sample { of, .. } => {
            let of = *of;
            (0..=of).prop_map(move |met| Value::Sample { met, of }).boxed()
        }
        Scale::Ratio { .. } => (1..=u32::MAX)
            .prop_flat_map(|planned| (0..=planned).prop_map(move |done| Value::Ratio { done, planned }))
            .boxed(),
        Scale::Graded { standards } => {
            let of = u32::try_from(standards.len()).unwrap();
            proptest::sample::subsequence((1..=of).collect::<Vec<_>>(), 0..=standards.len())
                .prop_map(move |met| Value::Graded { met, of })
                .boxed()
        }
    }
}

prop_compose! {
    fn any_states()(
        states in template().items().map(|item| {
            let value = prop_oneof![5 => any_value(&item.scale), 1 => Just(Value::NotApplicable)];
            let values = proptest::collection::vec(value, 0..3);
            (Just(item.code.clone()), values, 0..20_u32, proptest::bool::weighted(0.1))
        }).collect::<Vec<_>>()
    ) -> States {
        states.into_iter().map(|(code, values, findings, open_veto)| {
            (code, ItemState { values, findings, open_veto })
        }).collect()
    }
}

proptest! {
    #[test]
    fn every_figure_lies_between_0_and_100(states in any_states()) {
        let score = score(&template(), &states);
        prop_assert!(score.total.is_none_or(|total| total <= Points::HUNDRED));
        prop_assert!(score.domains.iter().all(|domain| domain.score.is_none_or(|score| score <= Points::HUNDRED)));
        prop_assert!(score.answered <= score.asked);
        prop_assert_eq!(score.total.is_some(), score.grade.is_some());
    }

    #[test]
    fn one_more_opinion_on_a_scored_item_never_raises_the_score(
        states in any_states(),
        which in 0_usize..8,
        opinion in 0_usize..3,
    ) {
        let template = template();
        let item = template.items().nth(which).unwrap();
        let before = score(&template, &states);
        prop_assume!(states[&item.code].values.iter().any(|value| *value != Value::NotApplicable));
        let mut after = states;
        let state = after.get_mut(&item.code).unwrap();
        let others = [Value::NotApplicable, Value::Fail, Value::Pass];
        state.values.push(others[opinion].clone());
        let after = score(&template, &after);
        prop_assert!(after.total <= before.total);
        prop_assert!(after.grade >= before.grade);
    }

    #[test]
    fn one_more_finding_never_raises_the_score(states in any_states(), which in 0_usize..8) {
        let template = template();
        let before = score(&template, &states);
        let mut after = states;
        let code = template.items().nth(which).unwrap().code.clone();
        after.get_mut(&code).unwrap().findings += 1;
        prop_assert!(score(&template, &after).total <= before.total);
    }

    #[test]
    fn not_applicable_leaves_every_other_item_as_it_was(states in any_states(), which in 0_usize..8) {
        let template = template();
        let code = template.items().nth(which).unwrap().code.clone();
        let mut unanswered = states.clone();
        unanswered.get_mut(&code).unwrap().values.clear();
        let mut not_applicable = states;
        not_applicable.get_mut(&code).unwrap().values = vec![Value::NotApplicable];
        let (unanswered, not_applicable) = (score(&template, &unanswered), score(&template, &not_applicable));
        prop_assert_eq!(unanswered.total, not_applicable.total);
        for (left, right) in unanswered.domains.iter().zip(&not_applicable.domains) {
            prop_assert_eq!(left.score, right.score);
            prop_assert_eq!(&left.items, &right.items);
        }
    }

    #[test]
    fn a_veto_never_raises_a_grade(states in any_states(), which in 0_usize..8) {
        let template = template();
        let before = score(&template, &states);
        let mut after = states;
        let code = template.items().nth(which).unwrap().code.clone();
        after.get_mut(&code).unwrap().open_veto = true;
        let after = score(&template, &after);
        prop_assert!(after.grade >= before.grade && after.total == before.total);
    }
}
