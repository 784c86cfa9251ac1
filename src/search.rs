//! From a question to a confirmed answer.

use crate::state::State;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A question, with all that answering it needs to know.
pub struct Request<'a> {
    /// The index's folder.
    pub index: &'a Path,
    pub query: &'a str,
    pub limit: usize,
    /// Strict hits to skip, in rank order.
    pub offset: usize,
    /// Leave out the relaxed hits.
    pub strict: bool,
    pub filters: Filters,
    /// Vaults by name and root. Those without a root here are answered from the index alone, and said so.
    pub vaults: &'a [(String, PathBuf)],
    pub state: &'a State,
    /// Unix milliseconds.
    pub now_ms: i64,
}

/// What a hit must be, beside matching the query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// Any of these vaults; empty means all.
    pub vaults: Vec<String>,
    pub knowledge_type: Option<String>,
    pub project: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Answer {
    pub results: Vec<Hit>,
    /// Strict hits known: all of them unless `at_least`.
    pub total: usize,
    pub at_least: bool,
    /// There are more hits than were asked for.
    pub truncated: bool,
    pub freshness: Freshness,
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Hit {
    pub path: String,
    pub vault: String,
    pub id: String,
    /// For the retrieval log.
    #[serde(skip)]
    pub knowledge_id: String,
    pub title: String,
    pub score: f32,
    pub relaxed: bool,
    /// The file has changed since it was indexed; the passages are from the file.
    pub changed: bool,
    pub tags: Vec<String>,
    pub passages: Vec<Passage>,
}

/// A line that answers. Lines and columns from 1, columns and highlights in characters, the end exclusive.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Passage {
    pub line: usize,
    pub column: usize,
    pub text: String,
    pub highlights: Vec<[usize; 2]>,
    /// The headings above, outermost first.
    pub headings: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Freshness {
    /// `live`, `stale` or `absent`.
    pub watcher: &'static str,
    /// When the vaults asked were last found equal to the disk, RFC 3339; the oldest counts.
    pub synced_at: Option<String>,
    /// A run's contents are not all in yet.
    pub partial: bool,
    /// Folders that changed since, as far as a quick look sees.
    pub unseen: usize,
}

/// Answers a question.
pub fn search(_request: &Request) -> anyhow::Result<Answer> {
    anyhow::bail!("not written yet")
}
