//! What a search answers, as values that travel as JSON.

use super::facets::Counted;
use super::passage::Passage;
use super::section::Section;
use super::spelling::Suggestions;
use super::{Evidence, Freshness};
use crate::clock::Timestamp;
use crate::index::{Document, Explained};
use crate::query::created;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// Digits of a short id.
const SHORT_ID: usize = 10;

#[derive(Clone, Debug, Default, Serialize)]
pub struct Answer {
    pub results: Vec<Hit>,
    /// Strict hits known: all of them unless `at_least`.
    pub total: usize,
    pub at_least: bool,
    /// There may be more hits than were returned.
    pub truncated: bool,
    /// What of the answer was left out, so that it fits where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// What the documents that match strictly have in common, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facets: Option<BTreeMap<String, Vec<Counted>>>,
    /// What may have been meant, where nothing was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestions: Option<Suggestions>,
    pub freshness: Freshness,
    /// Without those of the freshness, which whoever asks adds: a sync before the answer may change them.
    pub warnings: Vec<String>,
    /// What the lookup is called in the retrieval log; `None` if it is not logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_id: Option<String>,
    /// What the index was asked, when it was to be explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// The words that were asked for, for the retrieval log.
    #[serde(skip)]
    pub keywords: Vec<String>,
}

/// How much was left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cut {
    pub hits: usize,
    /// Of the hits that are left.
    pub passages: usize,
    /// Values of facets.
    pub facets: usize,
}

/// A document that answers, or a section of one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Hit {
    pub path: String,
    pub vault: String,
    pub id: String,
    /// The last digits of the id, which mean the document too.
    pub short_id: String,
    /// For the retrieval log.
    #[serde(skip)]
    pub knowledge_id: String,
    pub title: String,
    pub score: f32,
    pub relaxed: bool,
    /// The file has changed since it was indexed; the passages are from the file.
    pub changed: bool,
    /// When the file was last changed.
    pub modified: String,
    /// When the note says that it was made, as it is written: without a zone.
    pub created: Option<String>,
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<Section>,
    /// The best first.
    pub passages: Vec<Passage>,
    /// The whole text, where that was asked for.
    #[serde(skip)]
    pub whole: Option<Whole>,
    /// How the score came about, when it was to be explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explained>,
}

/// A document's text, and where it answers, in order and in bytes.
#[derive(Clone, Debug, Default)]
pub struct Whole {
    pub text: String,
    pub body_start: usize,
    pub places: Vec<Range<usize>>,
}

impl Hit {
    /// Returns the hit that a document is, its passages left out.
    pub(super) fn of(document: &Document, score: f32, changed: bool, evidence: &Evidence) -> Self {
        let mut tags: Vec<String> = Vec::new();
        for tag in &document.tags {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        Self {
            path: document.path.as_str().to_owned(),
            vault: document.vault.clone(),
            id: document.doc_id.clone(),
            short_id: short_id(&document.doc_id),
            knowledge_id: document.knowledge_id.clone(),
            title: document.title.clone(),
            score,
            relaxed: matches!(evidence, Evidence::Words { .. }),
            changed,
            modified: Timestamp::from_millis(document.modified_ms()).to_string(),
            created: created(&document.properties).map(|at| at.to_string()),
            tags,
            ..Self::default()
        }
    }
}

/// Returns the digits of an id that differ most: it begins with the time at which it was made.
fn short_id(id: &str) -> String {
    id.get(id.len().saturating_sub(SHORT_ID)..).unwrap_or(id).to_owned()
}
