//! 评估: the score of an inspection as its merged document stands.

use std::collections::BTreeMap;

use crate::{
    answer::Value,
    inspection::{Answer, Inspection},
    score::{ItemState, Score, score},
    template::{Item, ItemCode, Template},
};

/// Scores an inspection with its template. While a conflict is open, all its values are given to the score,
/// where the stricter one counts.
pub fn assess(template: &Template, inspection: &Inspection) -> Score {
    let states: BTreeMap<ItemCode, ItemState> =
        template.items().map(|item| (item.code.clone(), state(item, inspection))).collect();
    score(template, &states)
}

fn state(item: &Item, inspection: &Inspection) -> ItemState {
    let code = item.code.as_str();
    let read = |text: &str| Value::parse(&item.scale, text).ok();
    let values = match inspection.answer(code) {
        Answer::None => Vec::new(),
        Answer::Agreed(value) | Answer::Decided { value, .. } => read(&value).into_iter().collect(),
        Answer::Conflict | Answer::Reopened => {
            let recorded = inspection.recorded(code).iter().map(|one| one.value.as_str());
            let decided = inspection.standing_decisions(code).into_iter().map(|(_, value, _)| value);
            recorded.chain(decided).filter_map(read).collect()
        }
    };
    let findings: Vec<_> = inspection.standing_findings(code).collect();
    let vetoes = |kind: &str| item.kinds.iter().any(|known| known.code.as_str() == kind && known.veto);
    ItemState {
        values,
        findings: u32::try_from(findings.len()).unwrap_or(u32::MAX),
        open_veto: findings.iter().any(|finding| !finding.fixed_on_spot && vetoes(&finding.kind)),
    }
}
