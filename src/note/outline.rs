//! The outline of a body: root blocks, headings, list items, and the lines on which links and tags may stand.
//!
//! It is what Markdown, comments and math blocks together come to; `markdown` fills it for the Markdown between the other two.

use super::marks::Marks;
use super::regions::{Region, regions};
use super::{Block, Note, Section, depth, markdown};
use std::ops::Range;

/// What a text is made of, as it is found.
pub(super) struct Outline<'t, 'n> {
    /// Gets sections, headings, list items, blocks, reference links and definitions of footnotes.
    pub note: &'n mut Note<'t>,
    /// Where the last list at the root begins.
    pub root_list: usize,
    /// The lines that hold text, and what bounds links and tags there.
    pub inline: Marks,
    /// Whether some markers are nested too deeply to count.
    pub is_deep: bool,
}

/// Puts the outline of the note's body into the note. Returns the lines that hold text, and what bounds links and tags there.
pub(super) fn outline(note: &mut Note<'_>) -> Marks {
    let text = note.text;
    let regions = regions(text, note.body_start);
    note.problems.extend(regions.deep.map(|marker| depth::problem(text, marker)));
    let mut out = Outline { note, root_list: 0, inline: Marks::for_text(text.len()), is_deep: regions.deep.is_some() };
    for region in regions.list {
        match region {
            Region::Markdown(range) => markdown::walk(text, range, &mut out),
            Region::Comment(range) => {
                let inner = range.start + 2..range.end - if text[range.start + 2..range.end].ends_with("%%") { 2 } else { 0 };
                out.section("comment", text, range);
                // Of what stands in a comment only the text counts.
                let mut unseen = Note::default();
                let mut inside = Outline { note: &mut unseen, inline: std::mem::take(&mut out.inline), ..out };
                markdown::walk(text, inner, &mut inside);
                out.inline = inside.inline;
            }
            Region::Math(range) => out.section("math", text, range),
        }
    }
    out.inline
}

impl<'t> Outline<'t, '_> {
    /// Adds a root block: its lines, without the blank ones at their end.
    pub(super) fn section(&mut self, kind: &'static str, text: &str, range: Range<usize>) {
        self.note.sections.push(Section { kind, id: None, range: whole_lines(text, trimmed(text, range)) });
    }

    /// Gives the last section of the body an id.
    pub(super) fn name_section(&mut self, id: &'t str) {
        let Some(section) = self.note.sections.last_mut().filter(|section| section.kind != "yaml") else { return };
        section.id = Some(id);
        self.note.blocks.push(Block { id, range: section.range.clone() });
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
