//! What a file says, as values: `bytes -> Source -> Note`. Pure and total: no input fails, what is wrong becomes a [`Problem`].
//!
//! A [`Note`] borrows from its text whatever stands there as it is: a vault is parsed with few copies.
//! Positions are bytes in [`Note::text`] and lines from 0; `cli::inspect` turns them into Obsidian's UTF-16 units at the edge.
//! Nothing here knows other files: which note a link means is for `resolve`.

mod blocks;
pub mod canvas;
mod depth;
pub mod fields;
mod frontmatter;
mod hash;
mod inline;
pub mod labels;
pub mod links;
mod markdown;
mod marks;
mod outline;
mod parse;
mod private;
pub mod properties;
mod regions;
mod starts;
pub mod tags;
pub mod tasks;
#[cfg(test)]
mod tests;
pub mod text;

pub use frontmatter::Recovered;
pub use hash::{Hashes, hashes};
pub use parse::{parse, parse_properties, parse_text};
pub use private::{is_cut_in_frontmatter, is_private};
pub use text::Source;

use properties::Properties;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::ops::Range;

/// Raised whenever parsing changes meaning: the store then takes every note for changed.
pub const PARSER_VERSION: i64 = 4;

/// A note as it reads: its text and all that stands in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Note<'t> {
    /// The text in the form all positions count in: UTF-8, no BOM, LF line ends, no NUL.
    pub text: &'t str,
    /// Where the body begins in `text`: after the frontmatter and its closing line; 0 without frontmatter.
    pub body_start: usize,
    /// The properties; `None` without frontmatter, for an empty block, for YAML that is no mapping, and for broken YAML.
    pub properties: Option<Properties<'t>>,
    /// Why the frontmatter could not be read, in words for people.
    pub frontmatter_error: Option<Problem>,
    /// Tags and aliases of broken frontmatter, which count nowhere as tags and aliases of Obsidian do.
    pub recovered: Option<Recovered>,
    /// Tags of the `tags` property, with `#`; `None` when the property is absent or unusable.
    pub property_tags: Option<Vec<Cow<'t, str>>>,
    pub aliases: Option<Vec<Cow<'t, str>>>,
    pub cssclasses: Option<Vec<Cow<'t, str>>>,
    /// Links in properties, links and embeds: each list in document order.
    pub property_links: Vec<PropertyLink>,
    pub links: Vec<Link<'t>>,
    pub embeds: Vec<Link<'t>>,
    /// Definitions of reference links, `[id]: target`.
    pub reference_links: Vec<ReferenceLink>,
    /// Inline tags in document order, each occurrence.
    pub tags: Vec<Tag<'t>>,
    pub headings: Vec<Heading<'t>>,
    /// Root blocks.
    pub sections: Vec<Section<'t>>,
    pub list_items: Vec<ListItem<'t>>,
    /// Block ids in document order; where one is given twice, the later entry counts.
    pub blocks: Vec<Block<'t>>,
    /// Ids of footnote definitions and references, lower-cased.
    pub footnotes: Vec<String>,
    pub footnote_refs: Vec<String>,
    /// Dataview's inline fields.
    pub fields: Vec<InlineField<'t>>,
    /// The note's title: property `title`, else its first level-1 heading, else `None` (the caller takes the file's name).
    pub title: Option<Cow<'t, str>>,
    /// All that is wrong with the note, `frontmatter_error` included.
    pub problems: Vec<Problem>,
}

impl<'t> Note<'t> {
    /// Returns property tags, then inline tags, with `#`, in order, duplicates kept (Obsidian's `getAllTags`).
    pub fn all_tags(&self) -> impl Iterator<Item = &str> {
        let inline = self.tags.iter().map(|tag| tag.tag);
        self.property_tags.iter().flatten().map(|tag| &**tag).chain(inline)
    }

    /// Returns the frontmatter block with its fences and line end; empty without one.
    pub fn frontmatter(&self) -> &'t str {
        &self.text[..self.body_start]
    }

    /// Returns the properties as JSON, which is how the rest of the program holds them.
    pub fn json(&self) -> Option<Map<String, Value>> {
        self.properties.as_ref().map(frontmatter::to_json)
    }

    pub fn body(&self) -> &'t str {
        &self.text[self.body_start..]
    }
}

/// Something wrong with a note, at a place that an editor can open.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// From 1, as editors count.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub message: String,
}

/// A wiki-link, Markdown link, embed or image in the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link<'t> {
    /// The target with its subpath, decoded, trimmed and normalised: `Note#Heading`.
    pub link: Cow<'t, str>,
    /// The source text of the whole construct.
    pub original: &'t str,
    /// Alias or label, else the target for people (`Note > Heading`); may be empty.
    pub display: Cow<'t, str>,
    pub syntax: LinkSyntax,
    pub range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkSyntax {
    Wiki,
    Markdown,
}

/// A link that is the whole value of a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyLink {
    /// Dotted path of the value: `cast.0`.
    pub key: String,
    pub link: String,
    pub original: String,
    pub display: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceLink {
    pub id: String,
    pub link: String,
    pub range: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag<'t> {
    /// As written, with `#`.
    pub tag: &'t str,
    pub range: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading<'t> {
    /// The raw source between the marks, trimmed.
    pub text: &'t str,
    pub level: u8,
    pub range: Range<usize>,
}

/// A root block. `kind` is Obsidian's word for it (`paragraph`, `list`, `callout`, `yaml`, ...).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section<'t> {
    pub kind: &'static str,
    pub id: Option<&'t str>,
    pub range: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListItem<'t> {
    pub parent: Parent,
    /// The character between the brackets, for a task.
    pub task: Option<char>,
    pub id: Option<&'t str>,
    pub range: Range<usize>,
}

/// What holds a list item, by the byte at which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    Item(usize),
    /// A list that stands in no item.
    List(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block<'t> {
    /// As written; compared in lower case.
    pub id: &'t str,
    pub range: Range<usize>,
}

/// One of Dataview's inline fields. `start` and `end` are bytes in `text`, wrapping included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineField<'t> {
    pub key: &'t str,
    pub value: &'t str,
    pub wrapping: Wrapping,
    pub range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// `key:: value`, the whole line.
    Line,
    /// `[key:: value]`.
    Bracket,
    /// `(key:: value)`.
    Parenthesis,
    /// A task's emoji and date.
    Emoji,
}
