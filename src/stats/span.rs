//! Moments, counted by day, month or year: whichever shows their span in few lines.

use crate::clock::Wall;
use serde::Serialize;
use std::collections::BTreeMap;

/// Counts of a stretch of time, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Series<T> {
    /// `day`, `month` or `year`.
    pub unit: &'static str,
    pub results: Vec<T>,
}

const DAY_MS: i64 = 24 * 3_600_000;
/// So many days, months or years are told one by one.
const MOST: [(&str, i64); 3] = [("day", 31), ("month", 36), ("year", 30)];

/// Counts moments with their weights, and makes a row of each day, month or year. Between the first and the last none is left out, unless
/// it would be too many years.
pub(super) fn series<T>(moments: impl IntoIterator<Item = (Wall, [usize; 2])>, row: impl Fn(String, [usize; 2]) -> T) -> Series<T> {
    let moments: Vec<(Wall, [usize; 2])> = moments.into_iter().collect();
    let Some((first, last)) = moments.iter().map(|(at, _)| *at).min().zip(moments.iter().map(|(at, _)| *at).max()) else {
        return Series { unit: "day", results: Vec::new() };
    };
    let fits = |(unit, most): &&(&str, i64)| place(unit, last) - place(unit, first) < *most;
    let unit = MOST.iter().find(fits).map_or("year", |(unit, _)| *unit);
    let mut counts: BTreeMap<i64, [usize; 2]> = BTreeMap::new();
    if place(unit, last) - place(unit, first) < 100 {
        counts.extend((place(unit, first)..=place(unit, last)).map(|at| (at, [0, 0])));
    }
    for (at, weights) in moments {
        let count = counts.entry(place(unit, at)).or_default();
        *count = [count[0] + weights[0], count[1] + weights[1]];
    }
    Series { unit, results: counts.into_iter().map(|(at, count)| row(label(unit, at), count)).collect() }
}

/// Returns which day, month or year a moment lies in, as a number without gaps.
fn place(unit: &str, at: Wall) -> i64 {
    if unit == "day" {
        return at.0.div_euclid(DAY_MS);
    }
    let shown = at.to_string();
    let date = shown.split('T').next().unwrap_or_default();
    // The year may have a sign, so the parts are taken from behind.
    let mut parts = date.rsplitn(3, '-').skip(1);
    let (month, year) = (parts.next().and_then(|m| m.parse().ok()).unwrap_or(1), parts.next().and_then(|y| y.parse().ok()).unwrap_or(0));
    if unit == "month" { year * 12 + month - 1 } else { year }
}

fn label(unit: &str, place: i64) -> String {
    match unit {
        "day" => Wall(place * DAY_MS).to_string().split('T').next().unwrap_or_default().to_owned(),
        "month" => format!("{:04}-{:02}", place.div_euclid(12), place.rem_euclid(12) + 1),
        _ => format!("{place:04}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(moments: &[&str], unit: &str, expected: &[(&str, usize)]) {
        let counted = series(moments.iter().map(|at| (Wall::written(at).unwrap(), [1, 10])), |at, counts| (at, counts));
        let told: Vec<_> = counted.results.iter().map(|(label, [n, _])| (label.as_str(), *n)).collect();
        assert_eq!((counted.unit, told.as_slice()), (unit, expected));
        assert!(counted.results.iter().all(|(_, [n, weight])| *weight == n * 10));
    }

    #[test]
    fn a_span_is_told_in_few_lines_without_gaps() {
        check(&["2026-02-27T23:59", "2026-03-01", "2026-03-01T12:00"], "day", &[("2026-02-27", 1), ("2026-02-28", 0), ("2026-03-01", 2)]);
        check(&["2025-11-30", "2026-01-31"], "month", &[("2025-11", 1), ("2025-12", 0), ("2026-01", 1)]);
        check(&["2021-11-30", "2023-01-31", "2024-12-01"], "year", &[("2021", 1), ("2022", 0), ("2023", 1), ("2024", 1)]);
    }

    #[test]
    fn years_that_nobody_lived_in_fill_no_page() {
        check(&["0001-01-01", "9999-12-31", "2026-01-01"], "year", &[("0001", 1), ("2026", 1), ("9999", 1)]);
        check(&[], "day", &[]);
    }
}
