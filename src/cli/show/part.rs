//! The parts of a note that can be asked for: lines, the section below a heading, a block. Pure.

use crate::note;
use crate::path::fold;
use serde::Serialize;

/// Lines, from 1, the last one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub first: usize,
    pub last: usize,
}

impl Span {
    /// Reads `12`, `12-40`, `12-` or `-40`.
    pub(super) fn parse(text: &str, n_lines: usize) -> Option<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let number = |text: &str, default: usize| if text.is_empty() { Some(default) } else { text.trim().parse().ok() };
        let (first, last) = (number(first, 1)?, number(last, n_lines)?);
        (text != "-" && !text.is_empty() && first >= 1 && (first <= last || first > n_lines))
            .then(|| Self { first, last: last.min(n_lines) })
    }

    /// Returns the text of these lines.
    pub(super) fn of(self, text: &str) -> &str {
        let start = |line: usize| line.checked_sub(2).map_or(Some(0), |n| text.match_indices('\n').nth(n).map(|(at, _)| at + 1));
        let from = start(self.first).unwrap_or(text.len());
        &text[from..start(self.last + 1).unwrap_or(text.len()).max(from)]
    }
}

/// What stands in a note under names.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub headings: Vec<Heading>,
    /// Ids, folded.
    blocks: Vec<(String, Span)>,
}

#[derive(Debug, Serialize)]
pub(super) struct Heading {
    pub line: usize,
    pub level: u8,
    pub heading: String,
}

impl Outline {
    pub(super) fn of(text: &str) -> Self {
        let note = note::parse_text(text);
        let (mut at, mut line) = (0, 1);
        let heading = |heading: &note::Heading<'_>| {
            line += text[at..heading.range.start].matches('\n').count();
            at = heading.range.start;
            Heading { line, level: heading.level, heading: heading.text.to_owned() }
        };
        let headings = note.headings.iter().map(heading).collect();
        let (mut at, mut line) = (0, 1);
        let mut blocks: Vec<&note::Block<'_>> = note.blocks.iter().collect();
        blocks.sort_by_key(|block| block.range.start);
        let block = |block: &&note::Block<'_>| {
            line += text[at..block.range.start].matches('\n').count();
            at = block.range.start;
            let last = line + text[block.range.clone()].trim_end().matches('\n').count();
            (fold(block.id), Span { first: line, last })
        };
        Self { headings, blocks: blocks.iter().map(block).collect() }
    }

    /// Returns the section below the first heading of that name, the sections within it included, or the block `^id`. A heading may be
    /// named with those above it: `Outer > Inner`, or `Outer#Inner`.
    pub(super) fn find(&self, name: &str, n_lines: usize) -> Option<Span> {
        if let Some(id) = name.trim_start_matches('#').strip_prefix('^') {
            return self.blocks.iter().rev().find(|(known, _)| *known == fold(id)).map(|(_, span)| *span);
        }
        let name = fold(name.trim_start_matches('#').trim());
        let parts: Vec<&str> = name.split(['#', '>']).map(str::trim).filter(|part| !part.is_empty()).collect();
        let whole = |which: &usize| fold(&self.headings[*which].heading) == name;
        let which = (0..self.headings.len()).find(whole).or_else(|| (0..self.headings.len()).find(|which| self.is_at(*which, &parts)))?;
        let Heading { line, level, .. } = self.headings[which];
        let next = self.headings[which + 1..].iter().find(|heading| heading.level <= level);
        Some(Span { first: line, last: next.map_or(n_lines, |next| next.line - 1) })
    }

    /// Returns whether a heading has the last of these names, and stands below headings of the others.
    fn is_at(&self, which: usize, names: &[&str]) -> bool {
        let Some((last, mut above)) = names.split_last() else { return false };
        if fold(&self.headings[which].heading) != **last {
            return false;
        }
        let mut level = self.headings[which].level;
        for heading in self.headings[..which].iter().rev() {
            if heading.level < level {
                level = heading.level;
                if let Some((name, rest)) = above.split_last()
                    && fold(&heading.heading) == **name
                {
                    above = rest;
                }
            }
        }
        above.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Outline, Span};

    const NOTE: &str = "---\na: 1\n---\n# One\ntext\n## Inner\ndeep ^here\n# Two\n## Inner\nlast\n";

    #[test]
    fn lines_are_taken_as_they_are_written() {
        for (lines, expected) in [
            ("5", Some("text\n")),
            ("5-6", Some("text\n## Inner\n")),
            ("9-", Some("## Inner\nlast\n")),
            ("-2", Some("---\na: 1\n")),
            ("10-99", Some("last\n")),
            ("6-5", None),
            ("0", None),
            ("-", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(Span::parse(lines, 10).map(|span| span.of(NOTE)), expected, "{lines}");
        }
        assert_eq!(Span { first: 1, last: 0 }.of(""), "");
        assert_eq!(Span { first: 2, last: 2 }.of("a\nb"), "b");
    }

    #[test]
    fn a_section_ends_where_one_of_its_rank_begins() {
        let outline = Outline::of(NOTE);
        for (name, expected) in [
            ("One", Some("# One\ntext\n## Inner\ndeep ^here\n")),
            ("#two", Some("# Two\n## Inner\nlast\n")),
            ("Inner", Some("## Inner\ndeep ^here\n")),
            ("Two > Inner", Some("## Inner\nlast\n")),
            ("two#inner", Some("## Inner\nlast\n")),
            ("One > Two", None),
            ("^HERE", Some("deep ^here\n")),
            ("^gone", None),
            ("Three", None),
            ("", None),
        ] {
            assert_eq!(outline.find(name, 10).map(|span| span.of(NOTE)), expected, "{name}");
        }
    }
}
