//! 检查结果: the value recorded for one item.
//!
//! An answer is one scalar register of the inspection's document, so a value has exactly one text:
//!
//! | scale | text |
//! |---|---|
//! | Pass, Count | `pass` or `fail` (for a count, `fail` says that there are findings; how many is counted there) |
//! | Sample | `4/5`: right ones of the sample |
//! | Ratio | `47/50`: done of planned |
//! | Graded | `1,3/4`: the standards met, of how many; `/4` when none is met |
//! | any | `na`: 不适用 |

use crate::template::Scale;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest text of a value, in bytes.
pub const VALUE_BYTES_MAX: usize = 4 * 1024;

/// The value recorded for one item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[cbor(map)]
pub enum Value {
    /// 不适用
    #[n(0)]
    NotApplicable,
    /// 合格
    #[n(1)]
    Pass,
    /// 不合格
    #[n(2)]
    Fail,
    /// So many of the sample are right.
    #[n(3)]
    Sample {
        /// The right ones.
        #[n(0)]
        met: u32,
        /// The sample's size.
        #[n(1)]
        of: u32,
    },
    /// So much of what was planned is done.
    #[n(4)]
    Ratio {
        /// Done.
        #[n(0)]
        done: u32,
        /// Planned, or counted in all; above 0.
        #[n(1)]
        planned: u32,
    },
    /// Which of the named standards are met.
    #[n(5)]
    Graded {
        /// Their numbers from 1, ascending.
        #[n(0)]
        met: Vec<u32>,
        /// How many standards there are.
        #[n(1)]
        of: u32,
    },
}

/// Why a text is not a value of a scale.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Longer than any value.
    #[error("answer is longer than {VALUE_BYTES_MAX} bytes")]
    TooLong,
    /// The text does not have the form of the scale's values.
    #[error("{0:?} is not an answer of this scale")]
    Form(String),
    /// More is said to be done than there is, or of a total other than the scale's.
    #[error("{0:?} lies outside the scale")]
    Range(String),
}

impl AnswerError {
    /// The error's machine code.
    pub fn code(&self) -> &'static str {
        match self {
            AnswerError::TooLong => "answer_too_long",
            AnswerError::Form(_) => "answer_form",
            AnswerError::Range(_) => "answer_range",
        }
    }
}

impl Value {
    /// Reads the canonical text of a value of this scale; nothing else is accepted.
    pub fn parse(scale: &Scale, text: &str) -> Result<Value, AnswerError> {
        if text.len() > VALUE_BYTES_MAX {
            return Err(AnswerError::TooLong);
        }
        if text == "na" {
            return Ok(Value::NotApplicable);
        }
        let form = || AnswerError::Form(text.to_owned());
        let value = match scale {
            Scale::Pass | Scale::Count { .. } => match text {
                "pass" => Value::Pass,
                "fail" => Value::Fail,
                _ => return Err(form()),
            },
            Scale::Sample { .. } => {
                let (met, of) = parse_pair(text).ok_or_else(form)?;
                Value::Sample { met, of }
            }
            Scale::Ratio { .. } => {
                let (done, planned) = parse_pair(text).ok_or_else(form)?;
                Value::Ratio { done, planned }
            }
            Scale::Graded { .. } => parse_graded(text).ok_or_else(form)?,
        };
        if value.fits(scale) { Ok(value) } else { Err(AnswerError::Range(text.to_owned())) }
    }

    /// Whether the value is one the scale knows, within its range.
    pub fn fits(&self, scale: &Scale) -> bool {
        match (self, scale) {
            (Value::NotApplicable, _) => true,
            (Value::Pass | Value::Fail, Scale::Pass | Scale::Count { .. }) => true,
            (Value::Sample { met, of }, Scale::Sample { of: size, .. }) => of == size && met <= of,
            (Value::Ratio { done, planned }, Scale::Ratio { .. }) => *planned > 0 && done <= planned,
            (Value::Graded { met, of }, Scale::Graded { standards }) => {
                usize::try_from(*of) == Ok(standards.len())
                    && met.iter().all(|number| (1..=*of).contains(number))
                    && met.windows(2).all(|pair| pair[0] < pair[1])
            }
            (
                Value::Pass | Value::Fail | Value::Sample { .. } | Value::Ratio { .. } | Value::Graded { .. },
                _,
            ) => false,
        }
    }
}

impl fmt::Display for Value {
    /// Writes the canonical text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::NotApplicable => f.write_str("na"),
            Value::Pass => f.write_str("pass"),
            Value::Fail => f.write_str("fail"),
            Value::Sample { met, of } => write!(f, "{met}/{of}"),
            Value::Ratio { done, planned } => write!(f, "{done}/{planned}"),
            Value::Graded { met, of } => {
                for (place, number) in met.iter().enumerate() {
                    write!(f, "{}{number}", if place == 0 { "" } else { "," })?;
                }
                write!(f, "/{of}")
            }
        }
    }
}

fn parse_pair(text: &str) -> Option<(u32, u32)> {
    let (left, right) = text.split_once('/')?;
    Some((parse_number(left)?, parse_number(right)?))
}

fn parse_graded(text: &str) -> Option<Value> {
    let (met, of) = text.split_once('/')?;
    let met: Option<Vec<u32>> =
        if met.is_empty() { Some(Vec::new()) } else { met.split(',').map(parse_number).collect() };
    let met = met.filter(|met| met.windows(2).all(|pair| pair[0] < pair[1]))?;
    Some(Value::Graded { met, of: parse_number(of)? })
}

/// Digits only, without leading zeros: `str::parse` alone would take `+4` and `04`.
fn parse_number(text: &str) -> Option<u32> {
    let is_canonical =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if is_canonical { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{Band, Below, Points, Text};
    use proptest::prelude::*;

    fn scales() -> Vec<Scale> {
        let standard = |number: u32| Text { zh: format!("标准{number}"), en: format!("standard {number}") };
        vec![
            Scale::Pass,
            Scale::Count { off: Points::whole(1) },
            Scale::Sample { of: 5, bands: vec![Band { from: 5, percent: Points::HUNDRED }] },
            Scale::Ratio { full: Points::whole(90), half: None, below: Below::Zero },
            Scale::Graded { standards: (1..=4).map(standard).collect() },
        ]
    }

    #[test]
    fn canonical_texts_survive() {
        let texts: [&[&str]; 5] = [
            &["pass", "fail", "na"],
            &["pass", "fail", "na"],
            &["0/5", "4/5", "5/5", "na"],
            &["0/1", "47/50", "4294967295/4294967295", "na"],
            &["/4", "1,3/4", "1,2,3,4/4", "na"],
        ];
        for (scale, texts) in scales().iter().zip(texts) {
            for text in texts {
                assert_eq!(Value::parse(scale, text).unwrap().to_string(), *text, "{scale:?}");
            }
        }
    }

    #[test]
    fn every_other_writing_is_refused() {
        let texts: [&[&str]; 5] = [
            &["", "Pass", " pass", "NA", "1"],
            &["", "3", "fail "],
            &["6/5", "4/6", "04/5", "4 / 5", "+4/5", "4", "/5", "4/5/5", "pass"],
            &["51/50", "0/0", "1/0", "-1/5", "4294967296/4294967296", "1/01", "fail"],
            &["3,1/4", "1,1/4", "0/4", "5/4", "1,/4", ",/4", "1/5", "1,2", "01/4", "pass"],
        ];
        for (scale, texts) in scales().iter().zip(texts) {
            for text in texts {
                assert!(Value::parse(scale, text).is_err(), "{text:?} on {scale:?}");
            }
        }
        assert_eq!(Value::parse(&Scale::Pass, &"x".repeat(VALUE_BYTES_MAX + 1)), Err(AnswerError::TooLong));
    }

    #[test]
    fn a_value_survives_json_and_cbor() {
        let value = Value::Graded { met: vec![1, 3], of: 4 };
        assert_eq!(serde_json::to_string(&value).unwrap(), r#"{"type":"graded","met":[1,3],"of":4}"#);
        let bytes = minicbor::to_vec(&value).unwrap();
        assert_eq!(minicbor::decode::<Value>(&bytes).unwrap(), value);
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_canonical(which in 0usize..5, text in "[0-9a-z,/ +]{0,12}|[0-9]{1,2}(,[0-9])?/[0-9]") {
            if let Ok(value) = Value::parse(&scales()[which], &text) {
                prop_assert_eq!(value.to_string(), text);
            }
        }
    }
}
