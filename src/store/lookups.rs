//! The retrieval log: lookups arrive from the spool, each exactly once.

use super::Store;
use super::tables::LOOKUPS;
use crate::spool::Lookup;
use anyhow::Result;
use serde::Serialize;

impl Store {
    /// Writes lookups into `knowledge_retrieval_log`. One that is there already stays as it is. A session that no row knows leaves
    /// `session_id` empty: a log never fails for the sake of what it refers to.
    pub async fn log_lookups(&mut self, lookups: &[Lookup]) -> Result<()> {
        for chunk in lookups.chunks(1000) {
            self.engine.put(&LOOKUPS, &chunk.iter().map(row).collect::<Vec<_>>()).await?;
        }
        if lookups.iter().any(|l| l.session_id.is_some()) {
            let sql = "update claude.knowledge_retrieval_log set session_id = \
                 (select s.session_id from claude.sessions s where s.session_id::text = session_ref) \
                 where session_id is null and session_ref in (select session_id::text from claude.sessions)";
            self.engine.execute(sql, &[]).await?;
        }
        Ok(())
    }
}

fn row(l: &Lookup) -> impl Serialize {
    (
        &l.log_id,
        &l.prompt_excerpt,
        &l.keywords,
        &l.results_count,
        &l.results_ids,
        &l.strict_count,
        &l.retrieval_method,
        &l.latency_ms,
        &l.session_id,
        &l.agent,
        &l.project,
        &l.retrieved_at,
    )
}
