//! The outline of a body: root blocks, headings, list items, and the lines on which links and tags may stand.
//!
//! It is what Markdown, comments and math blocks together come to; `markdown` fills it for the Markdown between the other two.

use super::marks::Marks;
use super::regions::{Region, regions};
use super::{Block, Heading, ListItem, ReferenceLink, Section, markdown};
use std::ops::Range;

/// What a text is made of.
#[derive(Debug, Default)]
pub(super) struct Outline<'t> {
    pub sections: Vec<Section<'t>>,
    pub headings: Vec<Heading<'t>>,
    pub list_items: Vec<ListItem<'t>>,
    pub blocks: Vec<Block<'t>>,
    pub reference_links: Vec<ReferenceLink>,
    /// Ids of footnote definitions, lower-cased.
    pub footnotes: Vec<String>,
    /// Where the last list at the root begins.
    pub root_list: usize,
    /// The lines that hold text, and what bounds links and tags there.
    pub inline: Marks,
    /// The first marker that is nested too deeply to count.
    pub deep: Option<usize>,
}

/// Returns the outline of the body of `text`, which begins at `body_start`.
pub(super) fn outline(text: &str, body_start: usize) -> Outline<'_> {
    let regions = regions(text, body_start);
    let mut out = Outline { deep: regions.deep, inline: Marks::for_text(text.len()), ..Outline::default() };
    for region in regions.list {
        match region {
            Region::Markdown(range) => markdown::walk(text, range, &mut out),
            Region::Comment(range) => {
                let inner = range.start + 2..range.end - if text[range.start + 2..range.end].ends_with("%%") { 2 } else { 0 };
                out.section("comment", text, range);
                // Of what stands in a comment only the text counts.
                let mut inside = Outline { inline: std::mem::take(&mut out.inline), deep: out.deep, ..Outline::default() };
                markdown::walk(text, inner, &mut inside);
                out.inline = inside.inline;
            }
            Region::Math(range) => out.section("math", text, range),
        }
    }
    out
}

impl<'t> Outline<'t> {
    /// Adds a root block: its lines, without the blank ones at their end.
    pub(super) fn section(&mut self, kind: &'static str, text: &str, range: Range<usize>) {
        self.sections.push(Section { kind, id: None, range: whole_lines(text, trimmed(text, range)) });
    }

    /// Gives the last section an id.
    pub(super) fn name_section(&mut self, id: &'t str) {
        let Some(section) = self.sections.last_mut() else { return };
        section.id = Some(id);
        self.blocks.push(Block { id, range: section.range.clone() });
    }
}

/// Returns `range` without the white space at its end.
pub(super) fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n');
    range.start..range.end - text.as_bytes()[range].iter().rev().take_while(is_space).count()
}

/// Returns `range` with the white space before it and after it on its first and last line, if nothing else stands there: Obsidian's blocks
/// are made of whole lines.
pub(super) fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t');
    let start = range.start - text.as_bytes()[..range.start].iter().rev().take_while(is_space).count();
    let end = range.end + text.as_bytes()[range.end..].iter().take_while(is_space).count();
    let is_start = start == 0 || text.as_bytes()[start - 1] == b'\n';
    let is_end = text.as_bytes().get(end).is_none_or(|&byte| byte == b'\n');
    (if is_start { start } else { range.start })..(if is_end { end } else { range.end })
}
