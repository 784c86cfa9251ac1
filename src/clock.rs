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

    /// Reads since when a person means: so long before `now` (`90m`, `12h`, `7d`, `2w`), or a moment; a date begins where the reader lives.
    pub fn since(text: &str, now: Self) -> Option<Self> {
        if let Ok(date) = text.parse::<jiff::civil::Date>()
            && is_date(text)
        {
            return Some(Self(date.to_zoned(jiff::tz::TimeZone::system()).ok()?.timestamp().as_millisecond()));
        }
        let minutes = match text.chars().last()? {
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            'w' => 7 * 24 * 60,
            _ => return Self::parse(text),
        };
        let number = &text[..text.len() - 1];
        let ago = number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse::<i64>().ok()).flatten()?;
        Some(Self(now.0.saturating_sub(ago.checked_mul(minutes * 60_000)?)))
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

    /// Returns date and time where the reader lives, as Obsidian writes them, with microseconds.
    pub fn civil(self) -> String {
        let instant = Instant::from_millisecond(self.0).unwrap_or(Instant::UNIX_EPOCH);
        instant.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()
    }

    /// Returns how long ago this was, roughly: `40 s`, `5 min`, `3 h`, `2 days`. It needs no time zone, which takes longer to find than many
    /// a search.
    pub fn age(self, now: Self) -> String {
        match (now.0 - self.0).max(0) / 1000 {
            seconds @ ..120 => format!("{seconds} s"),
            seconds @ ..7_200 => format!("{} min", seconds / 60),
            seconds @ ..172_800 => format!("{} h", seconds / 3_600),
            seconds => format!("{} days", seconds / 86_400),
        }
    }

    /// Returns the moment so many hours before this one.
    pub fn hours_before(self, hours: i64) -> Self {
        Self(self.0 - hours * 3_600_000)
    }

    /// Returns when the day of this moment began, in UTC.
    pub fn day(self) -> Self {
        Self(self.0 - self.0.rem_euclid(24 * 3_600_000))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = Instant::from_millisecond(self.0).unwrap_or(Instant::UNIX_EPOCH);
        write!(f, "{}", instant.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

/// Returns a moment that a database wrote as RFC 3339 in UTC: with milliseconds, and with microseconds where it has some. What has no zone
/// counts in UTC.
pub fn in_utc(text: &str) -> Option<String> {
    let civil = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let instant = text.parse::<Instant>().ok().or_else(civil)?;
    let form = if instant.subsec_nanosecond() % 1_000_000 == 0 { "%Y-%m-%dT%H:%M:%S%.3fZ" } else { "%Y-%m-%dT%H:%M:%S%.6fZ" };
    Some(instant.strftime(form).to_string())
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
    fn since_takes_how_long_ago_or_a_moment() {
        let now = Timestamp::parse("2026-01-31T12:00:00Z").unwrap();
        for (text, expected) in [
            ("90m", Some("2026-01-31T10:30:00.000Z")),
            ("12h", Some("2026-01-31T00:00:00.000Z")),
            ("7d", Some("2026-01-24T12:00:00.000Z")),
            ("2w", Some("2026-01-17T12:00:00.000Z")),
            ("2026-01-30T08:00:00Z", Some("2026-01-30T08:00:00.000Z")),
            ("d", None),
            ("-3d", None),
            ("7", None),
            ("7 d", None),
            ("yesterday", None),
            ("99999999999999999d", None),
            ("七", None),
            ("", None),
        ] {
            assert_eq!(Timestamp::since(text, now).map(|at| at.to_string()).as_deref(), expected, "{text}");
        }
        assert!(Timestamp::since("2026-01-30", now).is_some_and(|at| (at.0 - now.0 + 36 * 3_600_000).abs() <= 14 * 3_600_000));
    }

    #[test]
    fn how_long_ago_is_said_roughly() {
        let ago = |seconds: i64| Timestamp(0).age(Timestamp(seconds * 1000));
        let said = [-5, 0, 119, 120, 7_199, 7_200, 172_799, 172_800].map(ago);
        assert_eq!(said, ["0 s", "0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 days"]);
    }

    #[test]
    fn a_moment_of_a_database_is_said_in_utc() {
        for (text, expected) in [
            ("2026-01-31 12:00:00+00", Some("2026-01-31T12:00:00.000Z")),
            ("2026-01-31 12:00:00.123456+00", Some("2026-01-31T12:00:00.123456Z")),
            ("2026-01-31T13:00:00.5+01:00", Some("2026-01-31T12:00:00.500Z")),
            ("2026-01-31 12:00:00", Some("2026-01-31T12:00:00.000Z")),
            ("2026-01-31T12:00:00.000Z", Some("2026-01-31T12:00:00.000Z")),
            ("infinity", None),
            ("noon", None),
        ] {
            assert_eq!(in_utc(text).as_deref(), expected, "{text}");
        }
    }

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
