//! Days and quarters of the city: Asia/Shanghai, whatever the host's time zone.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// The zone of every day, quarter and deadline.
pub const TIME_ZONE: &str = "Asia/Shanghai";

/// More days than the calendar has (about 20,000 years), and what a span may hold.
const DAYS_MAX: i32 = 7_304_484;

static ZONE: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get(TIME_ZONE).expect("the time zone database is compiled in"));

/// A day of the city's calendar, written `2026-03-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct Day(Date);

/// A text that is not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a day (YYYY-MM-DD)")]
pub struct DayError(pub String);

impl Day {
    /// The day a moment (milliseconds since 1970 UTC) falls on. Moments beyond year 9999 count as its last day, and
    /// correspondingly before year -9999: a wild clock is no reason to fail.
    pub fn of(at_ms: i64) -> Day {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or(if at_ms < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        });
        Day(ZONE.to_datetime(at).date())
    }

    /// The day so many days later, or earlier when negative; the calendar's first or last day beyond its ends.
    pub fn add_days(self, days: i32) -> Day {
        Day(self.0.saturating_add(Span::new().days(days.clamp(-DAYS_MAX, DAYS_MAX))))
    }

    /// How many days `other` is later than this day.
    pub fn days_until(self, other: Day) -> i32 {
        (other.0 - self.0).get_days()
    }

    /// When the day begins, in milliseconds since 1970 UTC.
    pub fn start_ms(self) -> i64 {
        let midnight = DateTime::from_parts(self.0, Time::midnight());
        match ZONE.to_ambiguous_timestamp(midnight).compatible() {
            Ok(at) => at.as_millisecond(),
            Err(_) if self.0.year() < 0 => Timestamp::MIN.as_millisecond(),
            Err(_) => Timestamp::MAX.as_millisecond(),
        }
    }

    /// The quarter the day lies in.
    pub fn quarter(self) -> Quarter {
        Quarter { year: self.0.year(), number: (self.0.month() - 1) / 3 + 1 }
    }
}

/// 季度: a quarter of a year, written `2026-Q1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    year: i16,
    number: i8,
}

impl Quarter {
    /// The year.
    pub fn year(self) -> i16 {
        self.year
    }

    /// Which quarter of the year, 1 to 4.
    pub fn number(self) -> i8 {
        self.number
    }

    /// Its first day.
    pub fn first_day(self) -> Day {
        Day(Date::constant(self.year, (self.number - 1) * 3 + 1, 1))
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.number)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Day, DayError> {
        // jiff also reads other ISO forms (20260301, times); a day has one text.
        text.parse()
            .ok()
            .map(Day)
            .filter(|day| day.to_string() == text)
            .ok_or_else(|| DayError(text.to_owned()))
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        <String as serde::Deserialize>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl<C> minicbor::Encode<C> for Day {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.to_string())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Day {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Day, minicbor::decode::Error> {
        d.str()?.parse().map_err(minicbor::decode::Error::message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_begins_at_midnight_in_shanghai() {
        // 2026-02-28T16:00:00Z is midnight of the first of March there.
        let midnight_ms = 1_772_294_400_000;
        assert_eq!(Day::of(midnight_ms - 1), day("2026-02-28"));
        assert_eq!(Day::of(midnight_ms), day("2026-03-01"));
        assert_eq!(day("2026-03-01").start_ms(), midnight_ms);
    }

    #[test]
    fn days_are_added_across_months_and_years() {
        assert_eq!(day("2025-12-31").add_days(1), day("2026-01-01"));
        assert_eq!(day("2026-03-01").add_days(-1), day("2026-02-28"));
        assert_eq!(day("2025-12-31").days_until(day("2026-03-01")), 60);
    }

    #[test]
    fn a_quarter_is_named_and_begins() {
        assert_eq!(day("2026-06-30").quarter().to_string(), "2026-Q2");
        assert_eq!(day("2026-12-31").quarter().first_day(), day("2026-10-01"));
        assert_eq!((day("2026-01-01").quarter().year(), day("2026-01-01").quarter().number()), (2026, 1));
    }

    #[test]
    fn a_wild_clock_does_not_fail() {
        for at_ms in [i64::MIN, i64::MAX, 0] {
            let day = Day::of(at_ms);
            day.add_days(i32::MAX).start_ms();
            day.add_days(i32::MIN).start_ms();
        }
    }

    #[test]
    fn a_day_has_one_text() {
        for text in ["20260301", "2026-3-1", "2026-02-29", "2026-03-01T00:00", ""] {
            assert!(text.parse::<Day>().is_err(), "{text:?}");
        }
        let bytes = minicbor::to_vec(day("2026-03-01")).unwrap();
        assert_eq!(minicbor::decode::<Day>(&bytes).unwrap(), day("2026-03-01"));
        assert_eq!(serde_json::to_string(&day("2026-03-01")).unwrap(), "\"2026-03-01\"");
    }
}
