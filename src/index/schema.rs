//! What the index keeps of a document: the fields, and the way from [`Document`] into them and back.

use super::{Document, tokenizer};
use crate::query::created;
use crate::query::words::{fold, plain, words};
use anyhow::Context as _;
use std::collections::BTreeSet;
use tantivy::schema::document::{DeserializeError, DocumentDeserialize, DocumentDeserializer, ValueDeserialize, ValueDeserializer};
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, STRING, Schema, SchemaBuilder, TantivyDocument, TextFieldIndexing, TextOptions,
};

/// Raised whenever the fields, the words or the stored form change: an index of another version is rebuilt, never migrated.
pub(super) const VERSION: u32 = 6;

/// The fields by name. `key` holds what a document is found by as a whole, see [`Key`]. Words of `name` (title, file name, aliases), `labels`
/// (headings, tags) and `body` are ranked; `path` and below are columns; `record` and `text` are only kept.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    pub(super) key: Field,
    pub(super) name: Field,
    pub(super) labels: Field,
    pub(super) body: Field,
    path: Field,
    title: Field,
    alias: Field,
    created: Field,
    modified: Field,
    backlinks: Field,
    record: Field,
    text: Field,
}

/// The kinds of keys. All stand in one field, each behind a letter of its kind: tantivy prepares for a large vault in each field that it is
/// given, which costs a saved note more than all its words.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Key {
    Document = b'd',
    Vault = b'v',
    Type = b't',
    Project = b'p',
    Tag = b'#',
    Property = b'y',
    /// Each name as one.
    Name = b'n',
}

impl Key {
    /// Returns the key of a value, which is folded where case means nothing.
    pub(super) fn of(self, value: &str) -> String {
        format!("{}{value}", char::from(self as u8))
    }
}

pub(super) const PATH_COLUMN: &str = "path";
pub(super) const TITLE_COLUMN: &str = "title";
pub(super) const ALIAS_COLUMN: &str = "alias";
pub(super) const CREATED_COLUMN: &str = "created";
pub(super) const MODIFIED_COLUMN: &str = "modified";
pub(super) const BACKLINKS_COLUMN: &str = "backlinks";

pub(super) fn build() -> (Schema, Fields) {
    let mut schema = SchemaBuilder::new();
    // Frequencies for ranking; no positions, because phrases are checked on the text itself.
    let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer::WORDS).set_index_option(IndexRecordOption::WithFreqs);
    let ranked = TextOptions::default().set_indexing_options(indexing);
    let column = TextOptions::default().set_fast("raw");
    let fields = Fields {
        key: schema.add_text_field("key", STRING),
        name: schema.add_text_field("name", ranked.clone()),
        labels: schema.add_text_field("labels", ranked.clone()),
        body: schema.add_text_field("body", ranked),
        path: schema.add_text_field(PATH_COLUMN, column.clone()),
        title: schema.add_text_field(TITLE_COLUMN, column.clone()),
        alias: schema.add_text_field(ALIAS_COLUMN, column),
        created: schema.add_i64_field(CREATED_COLUMN, FAST),
        modified: schema.add_i64_field(MODIFIED_COLUMN, FAST),
        backlinks: schema.add_u64_field(BACKLINKS_COLUMN, FAST),
        record: schema.add_text_field("record", STORED),
        text: schema.add_text_field("text", STORED),
    };
    (schema.build(), fields)
}

/// Returns a document as the index keeps it. The record is the document without its text, which stands beside it unescaped.
pub(super) fn encode(document: &Document, fields: &Fields) -> anyhow::Result<TantivyDocument> {
    let mut kept = TantivyDocument::new();
    let mut add = |kind: Key, value: &str| kept.add_text(fields.key, kind.of(value));
    add(Key::Document, &document.doc_id);
    add(Key::Vault, &fold(&document.vault));
    document.knowledge_type.iter().for_each(|name| add(Key::Type, &fold(name)));
    document.projects.iter().for_each(|name| add(Key::Project, &fold(name)));
    document.properties.keys().for_each(|name| add(Key::Property, &fold(name)));
    document.tags.iter().for_each(|tag| tag_and_parents(&fold(tag), |tag| add(Key::Tag, tag)));
    let file_name = Some(document.path.name()).filter(|name| *name != document.title);
    let names = || std::iter::once(document.title.as_str()).chain(file_name).chain(document.aliases.iter().map(String::as_str));
    names().flat_map(name_keys).collect::<BTreeSet<_>>().iter().for_each(|name| add(Key::Name, name));
    names().for_each(|name| kept.add_text(fields.name, name));
    // A heading that is the title would only count it twice.
    let headings = document.headings.iter().filter(|heading| **heading != document.title);
    headings.chain(&document.tags).for_each(|label| kept.add_text(fields.labels, label));
    kept.add_text(fields.body, &document.text);
    kept.add_text(fields.path, document.path.as_str());
    kept.add_text(fields.title, &document.title);
    document.aliases.iter().for_each(|alias| kept.add_text(fields.alias, alias));
    created(&document.properties).iter().for_each(|at| kept.add_i64(fields.created, at.0));
    kept.add_i64(fields.modified, document.modified_ms());
    kept.add_u64(fields.backlinks, u64::try_from(document.backlink_bucket).unwrap_or_default());
    kept.add_text(fields.record, serde_json::to_string(document).context("encoding a document for the index")?);
    kept.add_text(fields.text, &document.text);
    Ok(kept)
}

/// Returns what a name is found by as a whole: its words, each once, as written and without accents.
fn name_keys(name: &str) -> impl Iterator<Item = String> {
    let folded = fold(name);
    let key = name_key(words(&folded).map(|range| &folded[range]));
    let bare = (!key.is_ascii()).then(|| plain(&key).collect());
    std::iter::once(key).chain(bare)
}

/// Returns the key of a name that is made of these words.
pub(super) fn name_key<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut different: Vec<&str> = Vec::new();
    words.for_each(|word| {
        if !different.contains(&word) {
            different.push(word);
        }
    });
    different.join(" ")
}

/// A document as it is kept, taken apart no further than somebody asks.
pub(super) struct Kept {
    record: String,
    pub(super) text: String,
}

impl Kept {
    /// Returns the document.
    pub(super) fn decode(self) -> anyhow::Result<Document> {
        let document: Document = serde_json::from_str(&self.record).context("reading a document of the index")?;
        Ok(Document { text: self.text, ..document })
    }
}

impl DocumentDeserialize for Kept {
    /// The record comes first: values stand in the order of their fields.
    fn deserialize<'de, D: DocumentDeserializer<'de>>(mut kept: D) -> Result<Self, DeserializeError> {
        let mut next = || kept.next_field::<Text>().map(|found| found.map(|(_, Text(text))| text).unwrap_or_default());
        Ok(Self { record: next()?, text: next()? })
    }
}

struct Text(String);

impl ValueDeserialize for Text {
    fn deserialize<'de, D: ValueDeserializer<'de>>(value: D) -> Result<Self, DeserializeError> {
        value.deserialize_string().map(Self)
    }
}

/// Calls `each` with a folded tag without its `#`, and with every tag above it: `a/b/c`, `a/b`, `a`.
fn tag_and_parents(tag: &str, mut each: impl FnMut(&str)) {
    let mut tag = tag.strip_prefix('#').unwrap_or(tag);
    each(tag);
    while let Some((parent, _)) = tag.rsplit_once('/') {
        tag = parent;
        each(tag);
    }
}
