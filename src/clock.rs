//! Time, as it is written down: RFC 3339 in UTC with milliseconds, on both engines. The pure core takes it as an argument.

use jiff::Timestamp as Instant;
use std::fmt;

/// A moment, with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
