//! The full-text index: a cache of SQL that answers searches. A follower, never a source.
//!
//! An indexed document is a function of one document's own rows ([`Document`]); the commit's payload says how far it follows
//! ([`Watermark`]). What a link means, what a file holds and what a query asks are decided elsewhere.

use crate::path::{FileKind, VaultPath};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The rows of one live document, as far as a search needs them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// `documents.doc_id`, a uuid in text.
    pub doc_id: String,
    /// `knowledge.knowledge_id`, for the retrieval log; empty for a file that is no note.
    pub knowledge_id: String,
    /// The vault's name.
    pub vault: String,
    pub path: VaultPath,
    pub kind: FileKind,
    pub title: String,
    /// The note's whole text, frontmatter included (LF, no BOM); a canvas's texts, a blank line between nodes; else empty.
    pub text: String,
    /// Where the body begins in `text`, in bytes.
    pub body_start: usize,
    /// Property tags, then inline tags, with `#`.
    pub tags: Vec<String>,
    pub aliases: Vec<String>,
    /// Heading texts in document order.
    pub headings: Vec<String>,
    pub properties: Map<String, Value>,
    pub knowledge_type: Option<String>,
    /// Names of the projects it belongs to.
    pub projects: Vec<String>,
    pub mtime_ns: i64,
    pub size: i64,
    /// Times in Unix milliseconds: first seen, or the property `created`; last changed on disk.
    pub created_ms: i64,
    /// `floor(log2(n + 1))` of the number of notes that link here.
    pub backlink_bucket: i64,
    /// Hidden from search by Obsidian's own "Excluded files".
    pub is_ignored: bool,
}

/// How far an index follows a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// The store's id: an index that followed another store is worth nothing here.
    pub store: String,
    pub revision: i64,
}
