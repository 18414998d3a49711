//! 整改时限: by when a finding must be put right. The classes are a city's data, not code.

use crate::code::{code_type, is_plain_code};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

code_type!(
    /// The code of a deadline class, such as `T3`.
    DeadlineCode, "a deadline class", is_plain_code
);

/// A class of deadlines: what has to happen, step by step, and within what time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Deadline {
    /// Its code.
    #[n(0)]
    pub code: DeadlineCode,
    /// 中文
    #[n(1)]
    pub zh: String,
    /// English
    #[n(2)]
    pub en: String,
    /// How such a case is handled.
    #[n(3)]
    pub handling: Handling,
    /// Its steps, each counted from the end of the one before. The last one ends the case; none when the class
    /// sets no time of its own.
    #[n(4)]
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// How a case is handled, in the words of Kunming's city management.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Handling {
    /// 当场处置: put right before the inspector leaves, no case.
    #[n(0)]
    OnTheSpot,
    /// 即办件: done within the time.
    #[n(1)]
    Prompt,
    /// 承诺件: promised in writing, with a date.
    #[n(2)]
    Promised,
    /// 协调件: taken one level up.
    #[n(3)]
    Coordinated,
}

/// One step of a deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Step {
    /// 中文
    #[n(0)]
    pub zh: String,
    /// English
    #[n(1)]
    pub en: String,
    /// How many units of time it may take.
    #[n(2)]
    pub within: u32,
    /// The unit.
    #[n(3)]
    pub unit: TimeUnit,
}

/// A unit of time limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum TimeUnit {
    /// 工作时
    #[n(0)]
    WorkingHours,
    /// 工作日
    #[n(1)]
    WorkingDays,
    /// 自然日
    #[n(2)]
    Days,
}
