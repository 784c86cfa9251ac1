//! The index, held against SQL: every document in it is read, and what a document's rows make must be what is there; and searches must find it
//! by the words of what is there, which the index itself says.
//!
//! Times of files are left out: of one in doubt the index has none, and a time that changes alone is no news for it.

use super::difference::{Difference, Kind, is_same};
use crate::clock::Timestamp;
use crate::index::{Document, Index, Watermark};
use crate::path::{FileKind, VaultPath};
use crate::store::audit::{ALIASES, DOCUMENT_PROJECTS, DOCUMENTS, HEADINGS, KNOWLEDGE, Row, Shape, TAGS, TEXTS, Whole};
use anyhow::Result;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::Path;

/// What stands in the index under an id.
pub(super) struct Entry {
    n_times: usize,
    digest: u64,
    has_its_words: bool,
    vault: String,
    path: VaultPath,
    is_of_sql: bool,
}

/// The documents of an index by id, and how far it follows.
pub(super) struct Indexed {
    pub watermark: Watermark,
    pub entries: HashMap<String, Entry>,
    pub n_documents: usize,
}

/// A writer may remove files between the look at what there is and the reading of it: then both are tried again, so often.
const MOST_LOOKS: usize = 20;

/// Reads the whole index with `read`, if there is one.
fn enumerate<T>(root: &Path, read: impl Fn(&Index) -> Result<T>) -> Result<Option<T>> {
    let mut n_looks = 1;
    loop {
        let Some(index) = Index::open(root)? else { return Ok(None) };
        match read(&index) {
            Err(error) if n_looks < MOST_LOOKS => tracing::info!(error = format!("{error:#}"), "the index is read again"),
            read => return read.map(Some),
        }
        n_looks += 1;
    }
}

impl Indexed {
    /// Reads what stands in the index, if there is one. It follows as far as its watermark says, or further.
    pub(super) fn read(root: &Path) -> Result<Option<Self>> {
        enumerate(root, |index| {
            let mut entries: HashMap<String, Entry> = HashMap::new();
            let mut n_documents = 0;
            index.checked(|document, has_its_words| {
                n_documents += 1;
                let digest = digest(&document);
                let entry = Entry { n_times: 0, digest, has_its_words, vault: document.vault, path: document.path, is_of_sql: false };
                entries.entry(document.doc_id).or_insert(entry).n_times += 1;
            })?;
            Ok(Self { watermark: index.watermark().clone(), entries, n_documents })
        })
    }
}

/// Returns what stands in the index under these ids, if it still is what it was.
pub(super) fn under(root: &Path, wanted: &HashMap<String, Document>, entries: &HashMap<String, Entry>) -> Result<Vec<Document>> {
    let found = enumerate(root, |index| {
        let mut found = Vec::new();
        index.documents(|document| {
            let is_as_it_was = || entries.get(&document.doc_id).is_some_and(|entry| entry.digest == digest(&document));
            if wanted.contains_key(&document.doc_id) && is_as_it_was() {
                found.push(document);
            }
        })?;
        Ok(found)
    });
    Ok(found?.unwrap_or_default())
}

/// What is to be said of a document after all rows are known to be right.
pub(super) enum Suspect {
    Found(Difference),
    /// The index seems to hold another than this.
    Other(Box<Document>),
}

/// Looks up a document of SQL. `is_wanted`: it should be in the index.
pub(super) fn look_up(entries: &HashMap<String, Entry>, document: &Document, is_wanted: bool) -> Option<Suspect> {
    let found = |kind| Some(Suspect::Found(Difference::index(kind, &document.vault, document.path.as_str())));
    match entries.get(&document.doc_id) {
        None if is_wanted => found(Kind::Missing),
        None => None,
        Some(_) if !is_wanted => found(Kind::Extra),
        Some(entry) if entry.n_times > 1 => found(Kind::Doubled),
        Some(entry) if entry.digest != digest(document) => Some(Suspect::Other(Box::new(document.clone()))),
        Some(Entry { has_its_words: true, .. }) => None,
        // What is stored is right, and searches find it by other words.
        Some(_) => {
            let altered = Difference::index(Kind::Altered, &document.vault, document.path.as_str());
            Some(Suspect::Found(Difference { column: Some("words".to_owned()), ..altered }))
        }
    }
}

/// Returns what is in the index and in no row.
pub(super) fn extra(entries: &HashMap<String, Entry>) -> impl Iterator<Item = Difference> {
    let strays = entries.values().filter(|entry| !entry.is_of_sql);
    strays.map(|entry| Difference::index(Kind::Extra, &entry.vault, entry.path.as_str()))
}

/// Notes that SQL has a document of this id, live or not.
pub(super) fn note(entries: &mut HashMap<String, Entry>, doc_id: &str) {
    if let Some(entry) = entries.get_mut(doc_id) {
        entry.is_of_sql = true;
    }
}

/// Says how a document of the index differs from what it should be.
pub(super) fn compare(is: &Document, should: &Document) -> Vec<Difference> {
    let fields = |document: &Document| match serde_json::to_value(document) {
        Ok(Value::Object(mut fields)) => {
            fields.insert("text".to_owned(), Value::String(document.text.clone()));
            fields.remove("mtime_ns");
            fields
        }
        _ => Map::new(),
    };
    let (is, wanted) = (fields(is), fields(should));
    let altered = wanted.iter().filter(|(name, value)| is.get(*name).is_none_or(|is| !is_same(is, value)));
    altered
        .map(|(name, value)| {
            let difference =
                Difference { column: Some(name.clone()), ..Difference::index(Kind::Altered, &should.vault, should.path.as_str()) };
            difference.said(is.get(name).unwrap_or(&Value::Null), value)
        })
        .collect()
}

fn digest(document: &Document) -> u64 {
    let mut hasher = DefaultHasher::new();
    let timeless = Document { mtime_ns: 0, text: String::new(), ..document.clone() };
    hasher.write(&serde_json::to_vec(&timeless).unwrap_or_default());
    hasher.write(document.text.as_bytes());
    hasher.finish()
}

/// Makes the document that the index should hold out of rows.
pub(super) fn made(whole: &Whole, vault: &str, projects: &HashMap<String, String>) -> Document {
    let row = &whole.document;
    let text = |column| DOCUMENTS.text(row, column).to_owned();
    let knowledge = whole.rows(&KNOWLEDGE).first();
    let said = |column| knowledge.map(|row| KNOWLEDGE.text(row, column).to_owned());
    let frontmatter = text("frontmatter_raw");
    let body = said("description").or_else(|| whole.rows(&TEXTS).first().map(|row| TEXTS.text(row, "content").to_owned()));
    let path = VaultPath::stored(text("file_path"));
    let mut named: Vec<String> =
        whole.rows(&DOCUMENT_PROJECTS).iter().filter_map(|row| projects.get(DOCUMENT_PROJECTS.text(row, "project_id")).cloned()).collect();
    named.sort();
    let millis = |column| Timestamp::parse(DOCUMENTS.text(row, column)).map_or(0, Timestamp::millis);
    Document {
        doc_id: text("doc_id"),
        knowledge_id: said("knowledge_id").unwrap_or_default(),
        vault: vault.to_owned(),
        kind: serde_json::from_value(DOCUMENTS.value(row, "kind").clone()).unwrap_or(FileKind::Attachment),
        path,
        title: text("doc_title"),
        body_start: frontmatter.len(),
        text: frontmatter + &body.unwrap_or_default(),
        tags: column(&TAGS, whole.rows(&TAGS), "tag").map(|tag| format!("#{tag}")).collect(),
        aliases: column(&ALIASES, whole.rows(&ALIASES), "alias").collect(),
        headings: column(&HEADINGS, whole.rows(&HEADINGS), "heading").collect(),
        properties: properties(DOCUMENTS.value(row, "properties")),
        knowledge_type: knowledge.and_then(|row| KNOWLEDGE.value(row, "knowledge_type").as_str().map(str::to_owned)),
        projects: named,
        mtime_ns: DOCUMENTS.number(row, "mtime_ns"),
        size: DOCUMENTS.number(row, "size_bytes"),
        created_ms: millis("created_at"),
        written_ms: millis("updated_at"),
        backlink_bucket: DOCUMENTS.number(row, "backlink_bucket"),
        is_ignored: DOCUMENTS.is_true(row, "is_ignored"),
    }
}

/// Returns the texts of a column, in the order of positions.
fn column(shape: &Shape, rows: &[Row], name: &str) -> impl Iterator<Item = String> {
    let mut texts: Vec<(i64, String)> = rows.iter().map(|row| (shape.number(row, "position"), shape.text(row, name).to_owned())).collect();
    texts.sort();
    texts.into_iter().map(|(_, text)| text)
}

fn properties(value: &Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map.clone(),
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        _ => Map::new(),
    }
}
