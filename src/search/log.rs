//! The one way in which a search is logged, whatever surface it came from: a line in the spool, after the answer was given.

use super::{Answer, Hit};
use crate::clock::Timestamp;
use crate::spool::{self, Lookup};
use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

/// Who asks, and what.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asker<'a> {
    /// The question as it was put, with what was given as flags.
    pub question: &'a str,
    pub agent: Option<&'a str>,
    pub session: Option<&'a str>,
    pub project: Option<&'a str>,
    /// The vaults that were asked.
    pub vaults: &'a [String],
    /// Hits that were skipped.
    pub offset: usize,
}

/// Logs an answer. That it cannot be logged is no reason to fail an answer that was given.
pub fn log(data_dir: &Path, log_id: &str, asker: &Asker<'_>, answer: &Answer, latency: Duration) {
    if let Err(error) = spool::append(data_dir, &lookup(log_id, asker, answer, latency)) {
        tracing::info!(%error, "the lookup could not be logged");
    }
}

fn lookup(log_id: &str, asker: &Asker<'_>, answer: &Answer, latency: Duration) -> Lookup {
    // Of several sections of a document the first counts: the log is about documents.
    let mut seen = HashSet::new();
    let hits: Vec<&Hit> = answer.results.iter().filter(|hit| seen.insert(&hit.id)).collect();
    Lookup {
        log_id: log_id.to_owned(),
        prompt_excerpt: spool::excerpt(asker.question),
        keywords: answer.keywords.iter().map(|word| word.replace('\0', "")).collect(),
        results_count: hits.len() as i64,
        results_ids: hits.iter().map(|hit| hit.knowledge_id.clone()).filter(|id| !id.is_empty()).collect(),
        hits: hits.iter().map(|hit| hit.id.clone()).collect(),
        first_rank: asker.offset as i64 + 1,
        n_relaxed: hits.iter().filter(|hit| hit.relaxed).count() as i64,
        strict_count: answer.total as i64,
        retrieval_method: "fulltext".to_owned(),
        latency_ms: latency.as_millis() as i64,
        session_id: asker.session.map(str::to_owned),
        agent: asker.agent.map(str::to_owned),
        project: asker.project.map(str::to_owned),
        vaults: asker.vaults.to_vec(),
        retrieved_at: Timestamp::now().to_string(),
    }
}
