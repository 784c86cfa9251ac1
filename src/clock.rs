//! Time, as it is written down: RFC 3339 in UTC with milliseconds, on both engines. The pure core takes it as an argument.

mod period;

pub use period::{Period, Wall};

use jiff::Timestamp as Instant;
use std::fmt;

/// A moment, with milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    pub fn now() -> Self {
        Self(Instant::now().as_millisecond())
    }

    /// Returns the moment that lies so many milliseconds after 1970.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub fn millis(self) -> i64 {
        self.0
    }

    /// Reads a moment as a database or a person writes it; a date alone, or a time without a zone, counts in UTC.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(instant) = text.parse::<Instant>() {
            return Some(Self(instant.as_millisecond()));
        }
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Self(zoned.timestamp().as_millisecond()))
    }

    /// Returns the local time of day, as a person reads it.
    pub fn time_of_day(self) -> String {
        let instant = Instant::from_millisecond(self.0).unwrap_or(Instant::UNIX_EPOCH);
        instant.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
    }

    /// Returns date and time of day where the reader lives.
    pub fn local(self) -> String {
        let instant = Instant::from_millisecond(self.0).unwrap_or(Instant::UNIX_EPOCH);
        instant.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// Returns the moment so many hours before this one.
    pub fn hours_before(self, hours: i64) -> Self {
        Self(self.0 - hours * 3_600_000)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = Instant::from_millisecond(self.0).unwrap_or(Instant::UNIX_EPOCH);
        write!(f, "{}", instant.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

/// Returns whether a text is a date as Obsidian writes one: `2026-01-31`.
pub fn is_date(text: &str) -> bool {
    text.len() == "2026-01-31".len() && text.parse::<jiff::civil::Date>().is_ok()
}

/// Returns whether a text is a date with a time as Obsidian writes them: `2026-01-31T09:30`, with or without seconds and zone.
pub fn is_date_and_time(text: &str) -> bool {
    text.get(..10).is_some_and(is_date) && text[10..].starts_with('T') && Timestamp::parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_may_have_a_time() {
        for (text, expected) in [
            ("2026-01-31", (true, false)),
            ("2026-02-31", (false, false)),
            ("2026-01-31T09:30", (false, true)),
            ("2026-01-31T09:30:15.5+01:00", (false, true)),
            ("2026-01-31T09:30:15Z", (false, true)),
            ("2026-01-31T99:30", (false, false)),
            ("2026-01-31 or later", (false, false)),
            ("+002026-01", (false, false)),
            ("日本語日本語", (false, false)),
        ] {
            assert_eq!((is_date(text), is_date_and_time(text)), expected, "{text}");
        }
    }
}
