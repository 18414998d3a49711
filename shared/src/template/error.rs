//! What can be wrong with a checklist's file.

use super::Points;

/// What is wrong, and where: file, item and field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.place())]
pub struct TemplateError {
    /// The file's name.
    pub file: String,
    /// The line, when known.
    pub line: Option<usize>,
    /// The item's code, or `#3` for the third one when it has none; none when the file as a whole is wrong.
    pub item: Option<String>,
    /// The field, by its path in the item or the file; empty when the text cannot be read at all.
    pub field: String,
    /// What is wrong.
    pub fault: TemplateFault,
}

impl TemplateError {
    fn place(&self) -> String {
        let mut text = self.file.clone();
        if let Some(line) = self.line {
            text += &format!(":{line}");
        }
        if let Some(item) = &self.item {
            text += &format!(", item {item}");
        }
        if !self.field.is_empty() {
            text += &format!(", field {}", self.field);
        }
        format!("{text}: {}", self.fault)
    }
}

/// What is wrong with a checklist's file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// The text is not TOML, a field is missing, unknown or of the wrong type, or a code or scale is unknown.
    #[error("{0}")]
    Unreadable(String),
    /// A text that people read is empty.
    #[error("must not be empty")]
    Empty,
    /// A number lies outside its range.
    #[error("{0}")]
    OutOfRange(String),
    /// Weights do not sum to 100.
    #[error("weights must sum to 100, found {0}")]
    WeightSum(Points),
    /// A code stands twice.
    #[error("{0} stands twice")]
    Duplicate(String),
    /// A code does not begin with the code it belongs under.
    #[error("{0}")]
    Prefix(String),
    /// A computed item is also asked of people.
    #[error("a computed item cannot be asked by another method")]
    ComputedAsked,
    /// The scale's numbers make no sense.
    #[error("{0}")]
    Scale(String),
    /// A deadline class nobody defined.
    #[error("unknown deadline class {0}")]
    UnknownDeadline(String),
    /// A department nobody defined.
    #[error("unknown department {0}")]
    UnknownDepartment(String),
    /// A finding kind that no route leads to a department.
    #[error("no route leads {0} to a department")]
    NoRoute(String),
    /// A domain nobody defined.
    #[error("unknown domain {0}")]
    UnknownDomain(String),
}

impl TemplateFault {
    /// The fault's machine code.
    pub fn code(&self) -> &'static str {
        match self {
            TemplateFault::Unreadable(_) => "template_unreadable",
            TemplateFault::Empty => "template_text_empty",
            TemplateFault::OutOfRange(_) => "template_number_out_of_range",
            TemplateFault::WeightSum(_) => "template_weight_sum",
            TemplateFault::Duplicate(_) => "template_code_duplicate",
            TemplateFault::Prefix(_) => "template_code_prefix",
            TemplateFault::ComputedAsked => "template_computed_asked",
            TemplateFault::Scale(_) => "template_scale",
            TemplateFault::UnknownDeadline(_) => "template_unknown_deadline",
            TemplateFault::UnknownDepartment(_) => "template_unknown_department",
            TemplateFault::NoRoute(_) => "template_no_route",
            TemplateFault::UnknownDomain(_) => "template_unknown_domain",
        }
    }
}
