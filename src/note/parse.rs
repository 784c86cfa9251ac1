//! Puts a note together: text, frontmatter, structure, then what stands on its lines.

use super::{Heading, Note, Section, Source, fields, frontmatter, inline, links, outline, properties};
use std::borrow::Cow;

/// Parses a note. Total: whatever the text is, there is a note, and its problems.
pub fn parse<'s>(source: &'s Source<'_>) -> Note<'s> {
    let mut note = parse_text(&source.text);
    note.problems.splice(..0, source.problems.iter().cloned());
    note
}

/// Parses a note whose text is in the form of [`Source::text`] already.
pub fn parse_text(text: &str) -> Note<'_> {
    let mut note = Note { text, sections: Vec::with_capacity(16), ..Note::default() };
    if let Some(block) = frontmatter::find(text) {
        read_frontmatter(text, &block, &mut note);
    }
    let marks = outline::outline(&mut note);
    note.fields = fields::fields(text, &marks.lines, &note.list_items);
    inline::scan(text, marks, &mut note);
    note.title = note.title.or_else(|| first_heading(&note.headings));
    note
}

/// Reads the properties alone, of a text in the form of [`Source::text`]: none for an empty block, and `None` without frontmatter and for
/// one that does not parse.
pub fn parse_properties(text: &str) -> Option<properties::Properties<'_>> {
    let block = frontmatter::find(text)?;
    let reading = frontmatter::read(text, &block);
    if reading.error.is_some() { None } else { Some(reading.properties.unwrap_or_default()) }
}

fn read_frontmatter<'t>(text: &'t str, block: &frontmatter::Block, note: &mut Note<'t>) {
    note.body_start = block.body_start;
    note.sections.push(Section { kind: "yaml", id: None, range: block.range.clone() });
    let reading = frontmatter::read(text, block);
    note.problems.extend(reading.error.clone());
    note.frontmatter_error = reading.error;
    note.recovered = reading.recovered;
    if let Some(properties) = reading.properties {
        properties::fill(note, properties);
    }
}

/// Returns the text of the first level-1 heading without its markup, as a title shows it.
fn first_heading<'t>(headings: &[Heading<'t>]) -> Option<Cow<'t, str>> {
    let heading = headings.iter().find(|heading| heading.level == 1)?;
    Some(plain(heading.text)).filter(|title| !title.is_empty())
}

/// Returns inline Markdown as people read it: aliases and labels for links, no marks of emphasis and code.
fn plain(markdown: &str) -> Cow<'_, str> {
    if !markdown.bytes().any(|byte| matches!(byte, b'[' | b'*' | b'_' | b'=' | b'~' | b'`')) {
        return Cow::Borrowed(markdown.trim());
    }
    let mut rest = markdown;
    let mut plain = String::with_capacity(rest.len());
    while let Some(open) = rest.find("[[") {
        let Some(length) = rest[open + 2..].find("]]") else { break };
        plain.push_str(rest[..open].trim_end_matches('!'));
        plain.push_str(&links::wiki(&rest[open + 2..open + 2 + length]).display);
        rest = &rest[open + 2 + length + 2..];
    }
    plain.push_str(rest);
    for mark in ["**", "__", "==", "~~", "`"] {
        if plain.matches(mark).count() >= 2 {
            plain = plain.replace(mark, "");
        }
    }
    Cow::Owned(plain.trim().to_owned())
}
