//! Scales: how an item is answered and what an answer is worth.

use super::{Points, Text};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Most standards of one graded item.
pub const STANDARDS_MAX: usize = 20;
/// Largest sample.
pub const SAMPLE_MAX: u32 = 100;
/// Most bands of one sample scale.
pub const BANDS_MAX: usize = 10;

/// How an item is answered and what an answer is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[cbor(map)]
pub enum Scale {
    /// 合格 or 不合格: all or nothing.
    #[n(0)]
    Pass,
    /// 计数扣分: every finding takes points off the item's weight, down to nothing.
    #[n(1)]
    Count {
        /// Points off per finding.
        #[n(0)]
        off: Points,
    },
    /// 抽样评级: so many of a sample are right; bands say what that is worth.
    #[n(2)]
    Sample {
        /// Size of the sample.
        #[n(0)]
        of: u32,
        /// From the best band to the worst; below the last one the item is worth nothing.
        #[n(1)]
        bands: Vec<Band>,
    },
    /// 比率: done of planned.
    #[n(3)]
    Ratio {
        /// From this percentage on, full points.
        #[n(0)]
        full: Points,
        /// From this percentage on, half the points.
        #[n(1)]
        half: Option<Points>,
        /// What is given below the last threshold.
        #[n(2)]
        below: Below,
    },
    /// 达标项: the share of the named standards that are met.
    #[n(4)]
    Graded {
        /// The standards, in the order an answer numbers them, from 1.
        #[n(0)]
        standards: Vec<Text>,
    },
}

/// One band of a sample scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Band {
    /// The band begins at so many right ones.
    #[n(0)]
    pub from: u32,
    /// What it is worth, in percent.
    #[n(1)]
    pub percent: Points,
}

/// What a ratio below its last threshold is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Below {
    /// Nothing.
    #[n(0)]
    Zero,
    /// In proportion to the last threshold, so that the worth falls without a step.
    #[n(1)]
    Proportional,
}

impl Scale {
    /// Says what is wrong with the scale for an item of this weight, if anything.
    pub(super) fn fault(&self, weight: Points) -> Option<String> {
        match self {
            Scale::Pass => None,
            Scale::Count { off } => (*off == Points::ZERO || *off > weight)
                .then(|| format!("off must be above 0 and at most the item's weight {weight}, found {off}")),
            Scale::Sample { of, bands } => sample_fault(*of, bands),
            Scale::Ratio { full, half, .. } => {
                if *full == Points::ZERO || *full > Points::HUNDRED {
                    return Some(format!("full must be above 0 and at most 100, found {full}"));
                }
                half.filter(|half| *half == Points::ZERO || half >= full)
                    .map(|half| format!("half must be above 0 and below full ({full}), found {half}"))
            }
            Scale::Graded { standards } => (!(1..=STANDARDS_MAX).contains(&standards.len()))
                .then(|| format!("wants 1 to {STANDARDS_MAX} standards, found {}", standards.len())),
        }
    }
}

fn sample_fault(of: u32, bands: &[Band]) -> Option<String> {
    if !(1..=SAMPLE_MAX).contains(&of) {
        return Some(format!("of must be 1 to {SAMPLE_MAX}, found {of}"));
    }
    if !(1..=BANDS_MAX).contains(&bands.len()) {
        return Some(format!("wants 1 to {BANDS_MAX} bands, found {}", bands.len()));
    }
    if let Some(band) = bands.iter().find(|band| band.from > of || band.percent > Points::HUNDRED) {
        return Some(format!(
            "band from {} at {} percent lies outside {of} and 100",
            band.from, band.percent
        ));
    }
    bands
        .windows(2)
        .any(|pair| pair[1].from >= pair[0].from || pair[1].percent >= pair[0].percent)
        .then(|| "bands must fall from the best to the worst".to_owned())
}
