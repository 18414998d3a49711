//! 得分: what an inspection is worth, computed from its merged answers and never stored as truth.
//!
//! An item's percentage times its weight makes its points; a domain's score is the points of its scored items
//! over their weights; the total is the domains' scores over the weights of the scored domains. So 不适用,
//! unanswered, pending and computed-but-not-given items leave the denominator.
//!
//! Every figure is rounded half up to the hundredth and the next one is computed from the rounded ones, so that
//! whoever holds a printed report can check each figure by hand from the figures printed below it.

use crate::answer::Value;
use crate::template::{Below, DomainCode, Item, ItemCode, Points, Scale, Template};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is known of one item when its inspection is scored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemState {
    /// The value in force: one when agreed or decided, several while a conflict is open, none when unanswered.
    pub values: Vec<Value>,
    /// How many findings stand (not struck).
    pub findings: u32,
    /// Whether a standing finding is a veto that has not been put right.
    pub open_veto: bool,
}

/// The score of an inspection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Score {
    /// From 0 to 100; none when nothing could be scored.
    #[n(0)]
    pub total: Option<Points>,
    /// The grade, capped while a veto is open.
    #[n(1)]
    pub grade: Option<Grade>,
    /// Whether a veto is open.
    #[n(2)]
    pub veto: bool,
    /// How many of the asked items have a value (不适用 is one).
    #[n(3)]
    pub answered: u32,
    /// How many items are asked.
    #[n(4)]
    pub asked: u32,
    /// The domains, in the template's order.
    #[n(5)]
    pub domains: Vec<DomainScore>,
}

/// The score of one domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct DomainScore {
    /// Which domain.
    #[n(0)]
    pub code: DomainCode,
    /// From 0 to 100; none when nothing in it could be scored.
    #[n(1)]
    pub score: Option<Points>,
    /// How many of its asked items have a value.
    #[n(2)]
    pub answered: u32,
    /// How many of its items are asked.
    #[n(3)]
    pub asked: u32,
    /// Its items, in the template's order.
    #[n(4)]
    pub items: Vec<ItemScore>,
}

/// The score of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct ItemScore {
    /// Which item.
    #[n(0)]
    pub code: ItemCode,
    /// From 0 to 100; none when it leaves the denominator.
    #[n(1)]
    pub percent: Option<Points>,
    /// Whether the stricter of several values counts because a conflict is open.
    #[n(2)]
    pub contested: bool,
}

/// 等级; its order is from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cbor(index_only)]
pub enum Grade {
    /// 90 and above.
    #[n(0)]
    A,
    /// 80 and above.
    #[n(1)]
    B,
    /// 60 and above.
    #[n(2)]
    C,
    /// Below 60.
    #[n(3)]
    D,
}

impl Grade {
    const A_FROM: Points = Points::whole(90);
    const B_FROM: Points = Points::whole(80);
    const C_FROM: Points = Points::whole(60);

    /// The grade of a total without any veto.
    pub fn of(total: Points) -> Grade {
        match total {
            total if total >= Grade::A_FROM => Grade::A,
            total if total >= Grade::B_FROM => Grade::B,
            total if total >= Grade::C_FROM => Grade::C,
            _ => Grade::D,
        }
    }
}

/// Scores an inspection. Items without a state are unanswered; states of unknown items are ignored.
pub fn score(template: &Template, states: &BTreeMap<ItemCode, ItemState>) -> Score {
    let domains: Vec<DomainScore> = template
        .domains
        .iter()
        .map(|weighted| score_domain(&weighted.domain.code, &weighted.domain.items, states))
        .collect();
    let weights = template.domains.iter().map(|weighted| weighted.weight);
    let total = weighted_mean(weights.zip(domains.iter().map(|domain| domain.score)));
    let veto = template.items().any(|item| states.get(&item.code).is_some_and(|state| state.open_veto));
    let grade = total.map(Grade::of);
    Score {
        total,
        grade: if veto { grade.map(|grade| grade.max(Grade::C)) } else { grade },
        veto,
        answered: domains.iter().map(|domain| domain.answered).sum(),
        asked: domains.iter().map(|domain| domain.asked).sum(),
        domains,
    }
}

/// What a value of an item is worth, from 0 to 100; none for 不适用.
///
/// A failed count has at least one finding, even when none has been written down yet.
pub fn percent(item: &Item, value: &Value, findings: u32) -> Option<Points> {
    let percent = match (value, &item.scale) {
        (Value::NotApplicable, _) => return None,
        (Value::Pass, _) => Points::HUNDRED,
        (Value::Fail, Scale::Count { off }) => percent_of_count(item.weight, *off, findings.max(1)),
        (Value::Fail, _) => Points::ZERO,
        (Value::Sample { met, .. }, Scale::Sample { bands, .. }) => {
            bands.iter().find(|band| met >= &band.from).map_or(Points::ZERO, |band| band.percent)
        }
        (Value::Ratio { done, planned }, Scale::Ratio { full, half, below }) => {
            percent_of_ratio(u64::from(*done), u64::from(*planned), *full, *half, *below)
        }
        (Value::Graded { met, .. }, Scale::Graded { standards }) => {
            share(met.len() as u64, standards.len() as u64)
        }
        // A value of another scale is worth nothing; the gate lets none in.
        (Value::Sample { .. } | Value::Ratio { .. } | Value::Graded { .. }, _) => Points::ZERO,
    };
    Some(percent)
}

fn score_domain(code: &DomainCode, items: &[Item], states: &BTreeMap<ItemCode, ItemState>) -> DomainScore {
    let scores: Vec<ItemScore> = items.iter().map(|item| score_item(item, states.get(&item.code))).collect();
    let asked = || items.iter().filter(|item| item.is_asked());
    let is_answered = |item: &&Item| states.get(&item.code).is_some_and(|state| !state.values.is_empty());
    DomainScore {
        code: code.clone(),
        score: weighted_mean(
            items.iter().map(|item| item.weight).zip(scores.iter().map(|item| item.percent)),
        ),
        answered: count(asked().filter(is_answered)),
        asked: count(asked()),
        items: scores,
    }
}

/// While a conflict is open the worth of the strictest value counts; 不适用 counts only when nothing else is said,
/// because it is the value that can cost nothing.
fn score_item(item: &Item, state: Option<&ItemState>) -> ItemScore {
    let state = state.filter(|_| item.pending.is_none());
    let values = state.map_or(&[][..], |state| &state.values);
    let findings = state.map_or(0, |state| state.findings);
    ItemScore {
        code: item.code.clone(),
        percent: values.iter().filter_map(|value| percent(item, value, findings)).min(),
        contested: values.len() > 1,
    }
}

fn percent_of_count(weight: Points, off: Points, findings: u32) -> Points {
    let weight = u64::from(weight.as_hundredths());
    let lost = u64::from(off.as_hundredths()) * u64::from(findings);
    share(weight.saturating_sub(lost), weight)
}

fn percent_of_ratio(done: u64, planned: u64, full: Points, half: Option<Points>, below: Below) -> Points {
    let reaches = |threshold: Points| {
        done * u64::from(Points::HUNDRED.as_hundredths()) >= planned * u64::from(threshold.as_hundredths())
    };
    if reaches(full) {
        return Points::HUNDRED;
    }
    if half.is_some_and(reaches) {
        return Points::whole(50);
    }
    let (threshold, worth) = half.map_or((full, Points::HUNDRED), |half| (half, Points::whole(50)));
    match below {
        Below::Zero => Points::ZERO,
        // done/planned as a part of the threshold, times what the threshold is worth.
        Below::Proportional => rounded(
            u128::from(done)
                * u128::from(Points::HUNDRED.as_hundredths())
                * u128::from(worth.as_hundredths()),
            u128::from(planned) * u128::from(threshold.as_hundredths()),
        ),
    }
}

fn share(part: u64, whole: u64) -> Points {
    rounded(u128::from(part) * u128::from(Points::HUNDRED.as_hundredths()), u128::from(whole))
}

/// The mean of the percentages that are there, by their weights.
fn weighted_mean(parts: impl Iterator<Item = (Points, Option<Points>)>) -> Option<Points> {
    let (mut sum, mut weights) = (0_u128, 0_u128);
    for (weight, percent) in parts.filter_map(|(weight, percent)| Some((weight, percent?))) {
        sum += u128::from(weight.as_hundredths()) * u128::from(percent.as_hundredths());
        weights += u128::from(weight.as_hundredths());
    }
    (weights > 0).then(|| rounded(sum, weights))
}

/// The quotient in hundredths, rounded half up; nothing over nothing is nothing.
fn rounded(dividend: u128, divisor: u128) -> Points {
    let hundredths = (2 * dividend + divisor).checked_div(2 * divisor).unwrap_or(0);
    u32::try_from(hundredths).map_or(Points::HUNDRED, Points::hundredths).min(Points::HUNDRED)
}

fn count<'a>(items: impl Iterator<Item = &'a Item>) -> u32 {
    u32::try_from(items.count()).expect("a checklist has hundreds of items at most")
}

#[cfg(test)]
mod tests;
