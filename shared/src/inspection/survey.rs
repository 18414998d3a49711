//! Questionnaires 问卷: what the people say who were asked, counted and without names.

use super::{Stamp, names};

/// What one person who was asked has said. Nothing else is kept of him.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
pub enum Opinion {
    /// Knows, or is satisfied.
    Yes,
    /// Does not, or is not.
    No,
    /// 无效: a form that counts for nothing.
    Void,
}
names!(Opinion { Yes => "yes", No => "no", Void => "void" });

/// 问卷: the response of one person to an item that is found out by asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The item.
    pub item: String,
    /// What was said.
    pub opinion: Opinion,
    /// Taken back by the device that recorded it.
    pub taken_back: bool,
    /// Who asked, and when.
    pub stamp: Stamp,
}

/// The responses to an item, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Survey {
    /// How many said yes.
    pub yes: u32,
    /// How many said no.
    pub no: u32,
    /// How many forms count for nothing.
    pub void: u32,
}

impl Survey {
    /// Counts responses that were not taken back.
    pub fn of<'r>(responses: impl Iterator<Item = &'r Response>) -> Self {
        let mut survey = Self::default();
        for response in responses.filter(|response| !response.taken_back) {
            match response.opinion {
                Opinion::Yes => survey.yes += 1,
                Opinion::No => survey.no += 1,
                Opinion::Void => survey.void += 1,
            }
        }
        survey
    }

    /// How many count 有效份数.
    pub fn valid(self) -> u32 {
        self.yes + self.no
    }

    /// The answer it is, as a ratio's canonical text; none while nobody has said anything that counts.
    pub fn value(self) -> Option<String> {
        (self.valid() > 0).then(|| format!("{}/{}", self.yes, self.valid()))
    }
}
