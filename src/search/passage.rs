//! The lines of a document that answer a question, with the headings they stand under.

use crate::index::{Document, subject};
use crate::query::Matcher;
use crate::query::plan::Piece;
use crate::query::words::{fold, places_of};
use serde::Serialize;
use std::collections::BTreeSet;
use std::ops::Range;

/// Passages of one hit.
const MOST: usize = 3;
/// Characters of a passage; a longer line is shown around its first match.
const WIDTH: usize = 240;
/// Characters before the first match of a long line.
const LEAD: usize = 60;

/// A line that answers. Lines and columns count from 1, columns and highlights in characters; a highlight's end is exclusive.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Passage {
    pub line: usize,
    /// Of the first highlight, in the line.
    pub column: usize,
    pub text: String,
    /// In `text`.
    pub highlights: Vec<[usize; 2]>,
    /// The headings above, outermost first.
    pub headings: Vec<String>,
}

/// Why a document is a hit.
pub(super) enum Evidence<'a> {
    Query(&'a Matcher),
    /// A relaxed hit: it has one of the words, and satisfies the rest.
    Words {
        words: &'a BTreeSet<String>,
        /// The words of the query that they stand for.
        keywords: &'a [Piece],
        rest: Option<&'a Matcher>,
    },
}

impl Evidence<'_> {
    /// Returns whether a document that has changed is still a hit.
    pub(super) fn still_holds(&self, document: &Document) -> bool {
        match self {
            Self::Query(matcher) => matcher.matches(&subject(document)),
            Self::Words { rest, .. } => {
                rest.is_none_or(|rest| rest.matches(&subject(document))) && (!self.places(document).is_empty() || self.is_in_name(document))
            }
        }
    }

    fn places(&self, document: &Document) -> Vec<Range<usize>> {
        match self {
            Self::Query(matcher) => matcher.places(&subject(document)),
            Self::Words { words, .. } => places_of(words, &document.text),
        }
    }

    fn is_in_name(&self, document: &Document) -> bool {
        let Self::Words { words, .. } = self else { return false };
        !places_of(words, document.path.name()).is_empty()
    }
}

/// Returns the lines that answer best, in the order of the text; none for a hit by path or properties alone.
pub(super) fn passages(document: &Document, evidence: &Evidence) -> Vec<Passage> {
    let places = evidence.places(document);
    let mut lines = lines_with(&document.text, &places);
    lines.sort_by_cached_key(|line| std::cmp::Reverse(line.worth(document)));
    // Properties mostly say again what the body says: they are shown where they answer better.
    if lines.first().is_some_and(|best| best.is_in_body(document)) {
        lines.retain(|line| line.is_in_body(document));
    }
    lines.truncate(MOST);
    lines.sort_by_key(|line| line.range.start);
    if lines.is_empty() {
        return Vec::new();
    }
    let headings = locate(&document.headings, &document.text);
    lines.into_iter().map(|line| line.passage(&document.text, &headings)).collect()
}

struct Line<'a> {
    range: Range<usize>,
    /// Cut to the line.
    places: Vec<Range<usize>>,
    text: &'a str,
}

/// Groups places by the lines in which they begin.
fn lines_with<'a>(text: &'a str, places: &[Range<usize>]) -> Vec<Line<'a>> {
    let mut lines: Vec<Line> = Vec::new();
    for place in places {
        if let Some(last) = lines.last_mut().filter(|last| place.start < last.range.end) {
            last.places.push(place.start..place.end.min(last.range.end));
            continue;
        }
        let start = text[..place.start].rfind('\n').map_or(0, |before| before + 1);
        let end = text[place.start..].find('\n').map_or(text.len(), |after| place.start + after);
        lines.push(Line { range: start..end, places: vec![place.start..place.end.min(end)], text: &text[start..end] });
    }
    lines
}

impl Line<'_> {
    /// Returns how well the line answers: by how many different matches it has; a line of the body before one of the frontmatter.
    fn worth(&self, document: &Document) -> (usize, bool) {
        let different: BTreeSet<_> = self.places.iter().map(|place| fold(&document.text[place.clone()]).into_owned()).collect();
        (different.len(), self.is_in_body(document))
    }

    fn is_in_body(&self, document: &Document) -> bool {
        self.range.start >= document.body_start
    }

    fn passage(&self, text: &str, headings: &[Located]) -> Passage {
        let before = |at: usize| self.text[..at - self.range.start].chars().count();
        let first = before(self.places[0].start);
        let n_chars = self.text.chars().count();
        let indent = self.text.chars().take_while(|c| c.is_whitespace()).count().min(first);
        let start = if n_chars > WIDTH { first.saturating_sub(LEAD).max(indent) } else { indent };
        let shown: String = self.text.chars().skip(start).take(WIDTH).collect();
        let shown = shown.trim_end();
        let end = start + shown.chars().count();
        let highlights = self.places.iter().map(|place| (before(place.start), before(place.end).min(end)));
        Passage {
            line: text[..self.range.start].matches('\n').count() + 1,
            column: first + 1,
            text: shown.to_owned(),
            highlights: highlights.filter(|(from, to)| from < to).map(|(from, to)| [from - start, to - start]).collect(),
            headings: headings_above(headings, self.range.start),
        }
    }
}

/// A heading where it stands.
#[derive(Debug, PartialEq)]
struct Located<'a> {
    start: usize,
    level: usize,
    text: &'a str,
}

/// Finds the headings, which the parser knew in this order, in the text again: parsing it anew would cost more than all else here.
fn locate<'a>(headings: &'a [String], text: &str) -> Vec<Located<'a>> {
    let mut located = Vec::with_capacity(headings.len());
    let mut from = 0;
    for heading in headings {
        if let Some((start, end, level)) = find_heading(heading, text, from) {
            located.push(Located { start, level, text: heading });
            from = end;
        }
    }
    located
}

/// Returns where the first line from `from` on that can be this heading starts and ends, and the heading's level.
fn find_heading(heading: &str, text: &str, from: usize) -> Option<(usize, usize, usize)> {
    let mut start = from;
    let mut lines = text[from..].split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let written = line.trim();
        let level = written.bytes().take_while(|byte| *byte == b'#').count();
        if (1..=6).contains(&level) && written[level..].trim_start().starts_with(heading) {
            return Some((start, start + line.len(), level));
        }
        if written == heading && !written.is_empty() {
            let underline = lines.peek().map_or("", |next| next.trim());
            let is_made_of = |mark: char| !underline.is_empty() && underline.chars().all(|c| c == mark);
            if let Some(level) = ['=', '-'].into_iter().position(is_made_of) {
                return Some((start, start + line.len(), level + 1));
            }
        }
        start += line.len();
    }
    None
}

fn headings_above(headings: &[Located], at: usize) -> Vec<String> {
    let mut above: Vec<&Located> = Vec::new();
    for heading in headings.iter().take_while(|heading| heading.start < at) {
        above.retain(|outer| outer.level < heading.level);
        above.push(heading);
    }
    above.into_iter().map(|heading| heading.text.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_found_where_the_parser_saw_them() {
        let text = "intro One\n# One #\n## Two\nOne\nThree\n-----\n# One\n";
        let headings = ["One", "Two", "Three", "lost", "One"].map(str::to_owned);
        let found: Vec<_> = locate(&headings, text).into_iter().map(|h| (h.start, h.level, h.text)).collect();
        assert_eq!(found, [(10, 1, "One"), (18, 2, "Two"), (29, 2, "Three"), (41, 1, "One")]);
    }

    #[test]
    fn a_line_stands_under_the_headings_that_hold_it() {
        let text = "# A\n## B\n### C\n## D\nx\n";
        let headings = ["A", "B", "C", "D"].map(str::to_owned);
        assert_eq!(headings_above(&locate(&headings, text), text.len() - 2), ["A", "D"]);
    }
}
