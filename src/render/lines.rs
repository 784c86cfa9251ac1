//! The lines of a hit, as `grep` shows them: those that answer, and those around them, each once and in order.

use crate::search::{Hit, Passage};
use std::collections::BTreeMap;

/// A line of a hit.
pub(super) enum Line<'a> {
    Passage(&'a Passage),
    Around(usize, &'a str),
    /// Lines are left out here.
    Gap,
}

/// Returns the lines of a hit.
pub(super) fn lines(hit: &Hit) -> Vec<Line<'_>> {
    let mut by_number: BTreeMap<usize, (usize, Line)> = BTreeMap::new();
    let mut has_context = false;
    for passage in &hit.passages {
        by_number.insert(passage.lines.start, (passage.lines.end, Line::Passage(passage)));
    }
    for passage in &hit.passages {
        let Some(around) = &passage.around else { continue };
        has_context = true;
        let before = (passage.lines.start.saturating_sub(around.before.len())..).zip(&around.before);
        let after = (passage.lines.end..).zip(&around.after);
        for (number, text) in before.chain(after) {
            // What is told as part of a passage is not told again.
            if by_number.range(..=number).next_back().is_none_or(|(_, (end, _))| *end <= number) {
                by_number.insert(number, (number + 1, Line::Around(number, text)));
            }
        }
    }
    let mut lines = Vec::with_capacity(by_number.len());
    let mut next = None;
    for (number, (end, line)) in by_number {
        lines.extend(next.filter(|next| has_context && *next < number).map(|_| Line::Gap));
        next = Some(end);
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Around;

    #[test]
    fn each_line_stands_once_and_a_gap_where_some_are_missing() {
        let passage = |line: usize, before: &[&str], after: &[&str]| {
            let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
            let around = Some(Around { before: texts(before), after: texts(after) });
            Passage { line, lines: line..line + 1, text: format!("p{line}"), around, ..Passage::default() }
        };
        let passages = vec![passage(9, &["8"], &["10"]), passage(3, &["2"], &["p4"]), passage(4, &["p3"], &["5"])];
        let hit = Hit { passages, ..Hit::default() };
        let shown = |line: &Line| match line {
            Line::Passage(passage) => passage.text.clone(),
            Line::Around(number, text) => format!("{number}:{text}"),
            Line::Gap => "--".to_owned(),
        };
        let lines: Vec<String> = lines(&hit).iter().map(shown).collect();
        assert_eq!(lines, ["2:2", "p3", "p4", "5:5", "--", "8:8", "p9", "10:10"]);
    }
}
