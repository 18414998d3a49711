//! The words of a file are those of the console's screens: one language file says both.

use std::sync::LazyLock;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use rounds_shared::calendar::TIME_ZONE;
use serde_json::Value;

use super::Language;

static ZH: LazyLock<Value> = LazyLock::new(|| read(include_str!("../../console/src/locales/zh.json")));
static EN: LazyLock<Value> = LazyLock::new(|| read(include_str!("../../console/src/locales/en.json")));

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("the language files are JSON")
}

/// The words of one language.
#[derive(Clone, Copy)]
pub struct Words {
    /// Which.
    pub language: Language,
    all: &'static Value,
}

impl Words {
    /// Of a language.
    pub fn of(language: Language) -> Self {
        let all = match language {
            Language::Zh => &*ZH,
            Language::En => &*EN,
        };
        Self { language, all }
    }

    /// The word with this key; a code that has none stands for itself.
    pub fn word(&self, family: &str, code: &str) -> &str {
        self.find(family, code).unwrap_or("")
    }

    /// The word for a code, or the code.
    pub fn code(&self, family: &str, code: &str) -> String {
        self.find(family, code).unwrap_or(code).to_owned()
    }

    /// A text that is there in both languages.
    pub fn text(&self, text: &crate::handlers::shapes::Text) -> String {
        match self.language {
            Language::Zh => text.zh.clone(),
            Language::En => text.en.clone(),
        }
    }

    /// Names, one after the other.
    pub fn names<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> String {
        names.into_iter().collect::<Vec<_>>().join(self.word("punctuation", "list"))
    }

    fn find(&self, family: &str, code: &str) -> Option<&'static str> {
        let family = family.split('.').try_fold(self.all, |tree, name| tree.get(name))?;
        family.get(code)?.as_str()
    }
}

static ZONE: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get(TIME_ZONE).expect("the time zone database is compiled in"));

/// A moment by the city's clock.
pub(super) fn civil(at_ms: i64) -> DateTime {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    ZONE.to_datetime(at)
}

/// The same in words.
pub(super) fn moment(at_ms: i64) -> String {
    civil(at_ms).strftime("%Y-%m-%d %H:%M").to_string()
}
