//! The outline of a body: root blocks, headings, list items, and the lines on which links and tags may stand.
//!
//! It is what Markdown, comments and math blocks together come to; `markdown` fills it for the Markdown between the other two.

use super::marks::Marks;
use super::regions::{Region, regions};
use super::{Block, Heading, ListItem, ReferenceLink, Section, markdown};
use std::ops::Range;

/// What a text is made of.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub sections: Vec<Section>,
    pub headings: Vec<Heading>,
    pub list_items: Vec<ListItem>,
    pub blocks: Vec<Block>,
    pub reference_links: Vec<ReferenceLink>,
    /// Ids of footnote definitions, lower-cased.
    pub footnotes: Vec<String>,
    /// What the items of the last list at the root have for a parent.
    pub root_parent: i64,
    /// The lines that hold text, and what bounds links and tags there.
    pub inline: Marks,
}

/// Returns the outline of the body of `text`, which begins at `body_start`.
pub(super) fn outline(text: &str, body_start: usize) -> Outline {
    let mut out = Outline::default();
    let mut lines = LineCount::default();
    for region in regions(text, body_start) {
        match region {
            Region::Markdown(range) => markdown::walk(text, range, &mut out, &mut lines),
            Region::Comment(range) => {
                let inner = range.start + 2..range.end - if text[range.start + 2..range.end].ends_with("%%") { 2 } else { 0 };
                out.section("comment", text, range);
                // Of what stands in a comment only the text counts.
                let mut inside = Outline { inline: std::mem::take(&mut out.inline), ..Outline::default() };
                markdown::walk(text, inner, &mut inside, &mut LineCount::default());
                out.inline = inside.inline;
            }
            Region::Math(range) => out.section("math", text, range),
        }
    }
    out
}

impl Outline {
    /// Adds a root block: its lines, without the blank ones at their end.
    pub(super) fn section(&mut self, kind: &'static str, text: &str, range: Range<usize>) {
        self.sections.push(Section { kind, id: None, range: whole_lines(text, trimmed(text, range)) });
    }

    /// Gives the last section an id.
    pub(super) fn name_section(&mut self, id: &str) {
        let Some(section) = self.sections.last_mut() else { return };
        section.id = Some(id.to_owned());
        self.blocks.push(Block { id: id.to_owned(), range: section.range.clone() });
    }
}

/// Returns `range` without the white space at its end.
pub(super) fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    range.start..range.start + text[range].trim_end_matches([' ', '\t', '\n']).len()
}

/// Returns `range` with the white space before it and after it on its first and last line, if nothing else stands there: Obsidian's blocks
/// are made of whole lines.
pub(super) fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let before = text[..range.start].trim_end_matches([' ', '\t']);
    let after = text[range.end..].trim_start_matches([' ', '\t']);
    let start = if before.is_empty() || before.ends_with('\n') { before.len() } else { range.start };
    let end = if after.is_empty() || after.starts_with('\n') { text.len() - after.len() } else { range.end };
    start..end
}

/// Counts lines for places that are asked for in ascending order.
#[derive(Default)]
pub(super) struct LineCount {
    at: usize,
    line: i64,
}

impl LineCount {
    /// Returns the line, from 0, that holds `at`.
    pub(super) fn at(&mut self, text: &str, at: usize) -> i64 {
        let (from, to) = (self.at.min(at), self.at.max(at));
        let n_between = memchr::memchr_iter(b'\n', &text.as_bytes()[from..to]).count() as i64;
        self.line += if at < self.at { -n_between } else { n_between };
        self.at = at;
        self.line
    }
}
