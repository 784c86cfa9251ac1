//! Dates and spans as people write them: `2026-01`, `yesterday`, `7d`, `2026-01..2026-03`. What one means is a stretch of the wall
//! clock; now is an argument.

use super::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp as Instant, ToSpan as _};
use std::fmt;
use std::ops::Range;

/// A moment as a wall clock shows it: milliseconds after 1970, without a zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wall(pub i64);

impl Wall {
    /// Before and after all else: the ends of a stretch that has none.
    pub const FIRST: Self = Self(i64::MIN);
    pub const LAST: Self = Self(i64::MAX);

    /// Returns what the clock shows where the reader lives.
    pub fn of(at: Timestamp) -> Self {
        let instant = Instant::from_millisecond(at.millis()).unwrap_or(Instant::UNIX_EPOCH);
        Self::at(instant.to_zoned(TimeZone::system()).datetime())
    }

    /// Reads a date, with or without a time, as it is written: a zone behind it does not count.
    pub fn written(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches(['Z', 'z']);
        text.parse::<DateTime>().ok().map(Self::at)
    }

    /// Returns the moment at which the clock shows this where the reader lives.
    pub fn moment(self) -> Timestamp {
        let zoned = self.date_and_time().and_then(|at| at.to_zoned(TimeZone::system()).ok());
        Timestamp::from_millis(zoned.map_or(self.0, |zoned| zoned.timestamp().as_millisecond()))
    }

    /// Counts as a clock does: what zones make of a time is left out, and so is that they end a day before the calendar does.
    fn at(datetime: DateTime) -> Self {
        let since = datetime.duration_since(EPOCH);
        Self(since.as_secs() * 1000 + i64::from(since.subsec_millis()))
    }

    fn date_and_time(self) -> Option<DateTime> {
        EPOCH.checked_add(SignedDuration::from_millis(self.0)).ok()
    }
}

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.date_and_time().unwrap_or_default();
        write!(f, "{}", at.strftime("%Y-%m-%dT%H:%M:%S"))
    }
}

/// A stretch of time, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    One(Point),
    /// `A..B`, both counted in; one of them may be missing.
    Between(Option<Point>, Option<Point>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    Year(i16),
    Month(Date),
    Day(Date),
    /// So many days before today.
    DaysAgo(i32),
    /// A span: so much before now.
    Ago(i32, Unit),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Period {
    /// The forms that can be read, for who wrote another.
    pub const FORMS: &'static str =
        "dates are 2026-01-31, 2026-01, 2026, today, yesterday, spans 7d, 2w, 3m, 1y, 12h; > and < before one, or FROM..TO";

    /// Reads a date, a span, or two of them with `..` between.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((from, to)) = text.split_once("..") else { return Point::parse(text).map(Self::One) };
        let end = |text: &str| if text.is_empty() { Some(None) } else { Point::parse(text).map(Some) };
        let (from, to) = (end(from)?, end(to)?);
        (from.is_some() || to.is_some()).then_some(Self::Between(from, to))
    }

    /// Returns the stretch itself: a date as a whole, a span up to now and beyond, because clocks differ.
    pub fn within(self, now: Wall) -> Range<Wall> {
        match self {
            Self::One(point @ Point::Ago(..)) => point.stretch(now).start..Wall::LAST,
            Self::One(point) => point.stretch(now),
            Self::Between(from, to) => {
                from.map_or(Wall::FIRST, |from| from.stretch(now).start)..to.map_or(Wall::LAST, |to| to.stretch(now).end)
            }
        }
    }

    /// Returns what `<` means: before the date; less than the span ago.
    pub fn below(self, now: Wall) -> Range<Wall> {
        match self {
            Self::One(Point::Ago(..)) => self.within(now),
            _ => Wall::FIRST..self.within(now).start,
        }
    }

    /// Returns what `>` means: after the date, its last day over; more than the span ago.
    pub fn above(self, now: Wall) -> Range<Wall> {
        match self {
            Self::One(Point::Ago(..)) => Wall::FIRST..self.within(now).start,
            _ => self.within(now).end..Wall::LAST,
        }
    }
}

impl Point {
    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "today" => return Some(Self::DaysAgo(0)),
            "yesterday" => return Some(Self::DaysAgo(1)),
            _ => {}
        }
        if let Some(span) = span(text) {
            return Some(span);
        }
        let is_number = |part: &str, n_digits| part.len() == n_digits && part.bytes().all(|b| b.is_ascii_digit());
        let parts: Vec<&str> = text.split('-').collect();
        match parts.as_slice() {
            [year] if is_number(year, 4) => Some(Self::Year(year.parse().ok()?)),
            [year, month] if is_number(year, 4) && is_number(month, 2) => format!("{text}-01").parse().ok().map(Self::Month),
            [year, month, day] if is_number(year, 4) && is_number(month, 2) && is_number(day, 2) => text.parse().ok().map(Self::Day),
            _ => None,
        }
    }

    /// Returns the time from the point's first moment to the one after its last. A span is a single moment.
    fn stretch(self, now: Wall) -> Range<Wall> {
        let now = now.date_and_time().unwrap_or_default();
        let days = |first: Option<Date>, length: Span| {
            let midnight = |date: Option<Date>, else_: Wall| date.map_or(else_, |date| Wall::at(date.to_datetime(jiff::civil::Time::MIN)));
            midnight(first, Wall::FIRST)..midnight(first.and_then(|first| first.checked_add(length).ok()), Wall::LAST)
        };
        match self {
            Self::Year(year) => days(Date::new(year, 1, 1).ok(), 1.year()),
            Self::Month(first) => days(Some(first), 1.month()),
            Self::Day(day) => days(Some(day), 1.day()),
            Self::DaysAgo(n) => days(now.date().checked_sub(n.days()).ok(), 1.day()),
            Self::Ago(n, unit) => {
                let at = now.checked_sub(unit.times(n)).map_or(Wall::FIRST, Wall::at);
                at..at
            }
        }
    }
}

impl Unit {
    fn times(self, n: i32) -> Span {
        match self {
            Self::Hour => n.hours(),
            Self::Day => n.days(),
            Self::Week => n.weeks(),
            Self::Month => n.months(),
            Self::Year => n.years(),
        }
    }
}

/// Reads `7d`. More than four digits are no span, so that no sum goes beyond what a calendar holds.
fn span(text: &str) -> Option<Point> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).filter(|n| (1..=4).contains(n))?;
    let unit = match text[digits..].to_ascii_lowercase().as_str() {
        "h" => Unit::Hour,
        "d" => Unit::Day,
        "w" => Unit::Week,
        "m" => Unit::Month,
        "y" => Unit::Year,
        _ => return None,
    };
    Some(Point::Ago(text[..digits].parse().ok()?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(text: &str) -> Wall {
        match text {
            "first" => Wall::FIRST,
            "last" => Wall::LAST,
            text => Wall::written(text).expect(text),
        }
    }

    fn check(written: &str, from: &str, to: &str) {
        let now = wall("2026-03-31T12:00");
        let period = |text| Period::parse(text).expect(text);
        let stretch = match written.split_at(1) {
            ("<", text) => period(text).below(now),
            (">", text) => period(text).above(now),
            _ => period(written).within(now),
        };
        assert_eq!(stretch, wall(from)..wall(to), "{written}");
    }

    #[test]
    fn a_date_is_the_whole_of_its_day_month_or_year() {
        check("2026-01-31", "2026-01-31", "2026-02-01");
        check("2024-02", "2024-02-01", "2024-03-01");
        check("2026", "2026-01-01", "2027-01-01");
        check("Today", "2026-03-31", "2026-04-01");
        check("yesterday", "2026-03-30", "2026-03-31");
        check(">2026-01", "2026-02-01", "last");
        check("<2026-01", "first", "2026-01-01");
    }

    #[test]
    fn the_last_day_of_the_calendar_is_a_day() {
        check("9999-12-31", "9999-12-31", "last");
        check("<9999-12-31", "first", "9999-12-31");
        check("9999-12-31..", "9999-12-31", "last");
        assert!(wall("9999-12-31T23:59") > wall("2026-01-01"));
        assert!(wall("1969-12-31T23:59:59.999").0 == -1);
    }

    #[test]
    fn a_span_reaches_back_from_now() {
        check("12h", "2026-03-31T00:00", "last");
        check("2w", "2026-03-17T12:00", "last");
        check("1m", "2026-02-28T12:00", "last");
        check("<7d", "2026-03-24T12:00", "last");
        check(">1y", "first", "2025-03-31T12:00");
    }

    #[test]
    fn a_range_counts_both_ends_in() {
        check("2026-01..2026-02-10", "2026-01-01", "2026-02-11");
        check("2025..", "2025-01-01", "last");
        check("..yesterday", "first", "2026-03-31");
        check("2w..7d", "2026-03-17T12:00", "2026-03-24T12:00");
    }

    #[test]
    fn anything_else_is_no_date() {
        for text in ["", "..", "soon", "2026-13", "2026-02-30", "26-01-01", "7", "7x", "d", "99999d", "2026-1-1", "2026..x", "日本"] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_note_says_of_its_day_is_taken_as_written() {
        for text in ["2026-01-31T23:30", "2026-01-31 23:30", "2026-01-31T23:30:00Z", "2026-01-31T23:30:00+09:00"] {
            assert_eq!(Wall::written(text), Some(wall("2026-01-31T23:30")), "{text}");
        }
        assert_eq!(Wall::written("soon"), None);
    }
}
