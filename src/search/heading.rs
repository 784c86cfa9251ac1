//! Where the headings of a text stand, and which of them stand above a place.

use crate::note::Note;
use std::ops::Range;

/// The headings of one text, in order.
pub(super) struct Headings<'a> {
    all: Vec<Located<'a>>,
}

/// A heading where it stands.
#[derive(Debug, PartialEq)]
pub(super) struct Located<'a> {
    pub(super) start: usize,
    pub(super) level: usize,
    pub(super) text: &'a str,
    /// The nearest heading above it that is of a higher level.
    parent: Option<usize>,
}

impl<'a> Headings<'a> {
    /// Finds headings, which the parser knew in this order, in the text again: parsing it anew would cost more than all else here.
    pub(super) fn locate(headings: &'a [String], text: &str) -> Self {
        let mut located = Self { all: Vec::with_capacity(headings.len()) };
        let mut from = 0;
        for heading in headings {
            if let Some((start, end, level)) = find(heading, text, from) {
                located.push(start, level, heading);
                from = end;
            }
        }
        located
    }

    /// Returns the headings of a note that was just parsed.
    pub(super) fn of(note: &Note<'a>) -> Self {
        let mut located = Self { all: Vec::with_capacity(note.headings.len()) };
        note.headings.iter().for_each(|heading| located.push(heading.range.start, usize::from(heading.level), heading.text));
        located
    }

    fn push(&mut self, start: usize, level: usize, text: &'a str) {
        let mut parent = self.all.len().checked_sub(1);
        while let Some(above) = parent.filter(|above| self.all[*above].level >= level) {
            parent = self.all[above].parent;
        }
        self.all.push(Located { start, level, text, parent });
    }

    pub(super) fn all(&self) -> &[Located<'a>] {
        &self.all
    }

    /// Returns the headings that a line stands under, outermost first; it may be a heading itself.
    pub(super) fn above(&self, line: &Range<usize>) -> Vec<String> {
        let last = self.all.partition_point(|heading| heading.start < line.end).checked_sub(1);
        let is_itself = |which: usize| self.all[which].start >= line.start;
        let mut next = if last.is_some_and(is_itself) { last.and_then(|last| self.all[last].parent) } else { last };
        let mut above = Vec::new();
        while let Some(heading) = next.map(|which| &self.all[which]) {
            above.push(heading.text.to_owned());
            next = heading.parent;
        }
        above.reverse();
        above
    }
}

/// Returns where the first line from `from` on that can be this heading starts and ends, and the heading's level.
fn find(heading: &str, text: &str, from: usize) -> Option<(usize, usize, usize)> {
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

#[cfg(test)]
mod tests {
    use super::super::passage::line_around;
    use super::*;

    #[test]
    fn headings_are_found_where_the_parser_saw_them() {
        let text = "intro One\n# One #\n## Two\nOne\nThree\n-----\n# One\n";
        let headings = ["One", "Two", "Three", "lost", "One"].map(str::to_owned);
        let located = Headings::locate(&headings, text);
        let found: Vec<_> = located.all().iter().map(|h| (h.start, h.level, h.text)).collect();
        assert_eq!(found, [(10, 1, "One"), (18, 2, "Two"), (29, 2, "Three"), (41, 1, "One")]);
    }

    #[test]
    fn a_line_stands_under_the_headings_that_hold_it() {
        let text = "# A\n## B\n### C\n## D\nx\n";
        let headings = ["A", "B", "C", "D"].map(str::to_owned);
        let located = Headings::locate(&headings, text);
        let above = |line: &str| located.above(&line_around(text, text.find(line).unwrap()));
        assert_eq!(above("x"), ["A", "D"]);
        assert_eq!((above("# A"), above("## D"), above("### C")), (vec![], vec!["A".to_owned()], vec!["A".to_owned(), "B".to_owned()]));
    }
}
