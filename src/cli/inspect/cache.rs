//! A note in the shape of Obsidian's own `CachedMetadata`, written piece by piece: that of a large note would not fit into memory as one value.

use crate::note::text::{Lines, Place};
use crate::note::{Block, Heading, InlineField, Link, ListItem, Note, Parent, PropertyLink, ReferenceLink, Section, Tag, Wrapping, fields};
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::{Map, Value, json};
use std::ops::Range;

/// What Obsidian's cache has of a note, and under `vaultSync` what Obsidian has not.
pub(super) struct Cache<'a> {
    name: &'a str,
    note: &'a Note<'a>,
    lines: Lines<'a>,
}

impl Serialize for Cache<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let note = self.note;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("links", &each(&note.links, |link| self.link(link)))?;
        map.serialize_entry("embeds", &each(&note.embeds, |link| self.link(link)))?;
        map.serialize_entry("tags", &each(&note.tags, |tag| self.tag(tag)))?;
        map.serialize_entry("headings", &each(&note.headings, |heading| self.heading(heading)))?;
        map.serialize_entry("sections", &each(&note.sections, |section| self.section(section)))?;
        map.serialize_entry("listItems", &each(&note.list_items, |item| self.item(item)))?;
        map.serialize_entry("blocks", &self.blocks())?;
        map.serialize_entry("footnotes", &each(&note.footnotes, |id| Id { id }))?;
        map.serialize_entry("footnoteRefs", &each(&note.footnote_refs, |id| Id { id }))?;
        map.serialize_entry("referenceLinks", &each(&note.reference_links, |link| self.reference(link)))?;
        map.serialize_entry("frontmatter", &note.json())?;
        map.serialize_entry("frontmatterPosition", &self.frontmatter_position())?;
        map.serialize_entry("frontmatterLinks", &each(&note.property_links, property_link))?;
        map.serialize_entry("vaultSync", &Ours(self))?;
        map.end()
    }
}

/// What Obsidian's cache has not.
struct Ours<'c, 'a>(&'c Cache<'a>);

impl Serialize for Ours<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Cache { name, note, .. } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", name)?;
        map.serialize_entry("title", note.title.as_deref().unwrap_or(name))?;
        map.serialize_entry("allTags", &note.all_tags().collect::<Vec<_>>())?;
        map.serialize_entry("frontmatterTags", &note.property_tags)?;
        map.serialize_entry("aliases", &note.aliases)?;
        map.serialize_entry("cssclasses", &note.cssclasses)?;
        map.serialize_entry("frontmatterError", &note.frontmatter_error.as_ref().map(|problem| &problem.message))?;
        let recovered = note.recovered.as_ref().map(|recovered| json!({"tags": recovered.tags, "aliases": recovered.aliases}));
        map.serialize_entry("recovered", &recovered)?;
        map.serialize_entry("inlineFields", &each(&note.fields, |field| self.0.field(field)))?;
        map.serialize_entry("problems", &note.problems)?;
        map.end()
    }
}

impl<'a> Cache<'a> {
    pub(super) fn of(name: &'a str, note: &'a Note<'a>) -> Self {
        Self { name, note, lines: Lines::new(note.text) }
    }

    fn at(&self, range: &Range<usize>) -> Position {
        Position { start: self.lines.place(range.start), end: self.lines.place(range.end) }
    }

    fn link<'l>(&self, link: &'l Link<'_>) -> LinkEntry<'l> {
        LinkEntry { link: &link.link, original: link.original, display: &link.display, position: self.at(&link.range) }
    }

    fn tag<'t>(&self, tag: &'t Tag<'_>) -> TagEntry<'t> {
        TagEntry { tag: tag.tag, position: self.at(&tag.range) }
    }

    fn heading(&self, heading: &Heading<'_>) -> Value {
        json!({"heading": heading.text, "level": heading.level, "position": self.at(&heading.range)})
    }

    fn section<'s>(&self, section: &'s Section<'_>) -> SectionEntry<'s> {
        SectionEntry { kind: section.kind, id: section.id, position: self.at(&section.range) }
    }

    fn item<'i>(&self, item: &'i ListItem<'_>) -> ItemEntry<'i> {
        let line = |at: usize| self.lines.line(at) as i64;
        let parent = match item.parent {
            Parent::Item(at) => line(at),
            Parent::List(at) => -line(at).max(1),
        };
        ItemEntry { parent, task: item.task, id: item.id, position: self.at(&item.range) }
    }

    /// Returns the blocks by their ids; of equal ones the later counts.
    fn blocks(&self) -> Map<String, Value> {
        let entry = |block: &Block<'_>| json!({"id": block.id, "position": self.at(&block.range)});
        self.note.blocks.iter().map(|block| (block.id.to_lowercase(), entry(block))).collect()
    }

    fn reference(&self, link: &ReferenceLink) -> Value {
        json!({"id": link.id, "link": link.link, "position": self.at(&link.range)})
    }

    fn frontmatter_position(&self) -> Option<Position> {
        let section = self.note.sections.first().filter(|section| section.kind == "yaml" && self.note.properties.is_some())?;
        Some(self.at(&section.range))
    }

    fn field(&self, field: &InlineField) -> Value {
        let wrapping = match field.wrapping {
            Wrapping::Line => None,
            Wrapping::Bracket => Some("["),
            Wrapping::Parenthesis => Some("("),
            Wrapping::Emoji => Some("emoji-shorthand"),
        };
        let Position { start, end } = self.at(&field.range);
        json!({
            "key": field.key, "value": field.value, "wrapping": wrapping, "line": start.line, "start": start.col, "end": end.col,
            "normalizedKey": fields::normalized_key(field.key),
        })
    }
}

fn property_link(link: &PropertyLink) -> Value {
    json!({"key": link.key, "link": link.link, "original": link.original, "displayText": link.display})
}

/// A list whose entries are made when they are written, one after the other.
struct Each<'i, T, F> {
    list: &'i [T],
    entry: F,
}

fn each<'i, T, E, F: Fn(&'i T) -> E>(list: &'i [T], entry: F) -> Each<'i, T, F> {
    Each { list, entry }
}

impl<'i, T, E: Serialize, F: Fn(&'i T) -> E> Serialize for Each<'i, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.list.iter().map(&self.entry))
    }
}

#[derive(Serialize)]
struct Position {
    start: Place,
    end: Place,
}

#[derive(Serialize)]
struct LinkEntry<'a> {
    link: &'a str,
    original: &'a str,
    #[serde(rename = "displayText")]
    display: &'a str,
    position: Position,
}

#[derive(Serialize)]
struct TagEntry<'a> {
    tag: &'a str,
    position: Position,
}

#[derive(Serialize)]
struct SectionEntry<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    position: Position,
}

#[derive(Serialize)]
struct ItemEntry<'a> {
    /// Line of the parent item, or minus the line where the list starts (-1 when that line is 0).
    parent: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<char>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    position: Position,
}

#[derive(Serialize)]
struct Id<'a> {
    id: &'a str,
}
