//! The retrieval log: lookups arrive from the spool, each exactly once; people and agents say which helped; old ones go.
//!
//! Nothing in it refers to documents by key: what was found stays found when the note is gone.

use super::Store;
use super::engine::{Arg, list};
use super::tables::{LOOKUP_FEEDBACK, LOOKUP_HITS, LOOKUPS};
use crate::clock::Timestamp;
use crate::points::{Point, reach};
use crate::spool::{self, Busy, Drained, Lookup, Waiting};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// A row of the log, which others may have written too.
#[derive(Clone, Debug, Deserialize)]
pub struct Logged {
    pub log_id: String,
    /// As the database writes it.
    pub retrieved_at: Option<String>,
    pub prompt_excerpt: String,
    pub keywords: Option<Vec<String>>,
    pub results_count: Option<i64>,
    /// Unknown of rows that are not ours.
    pub strict_count: Option<i64>,
    pub retrieval_method: Option<String>,
    pub latency_ms: Option<i64>,
    pub session_id: Option<String>,
    pub agent: Option<String>,
    pub project: Option<String>,
    /// Unknown of rows that are not ours.
    pub vaults: Option<Vec<String>>,
    /// `useful` or `useless`.
    pub verdict: Option<String>,
    pub given_by: Option<String>,
    pub given_at: Option<String>,
}

/// A document that a lookup returned.
#[derive(Clone, Debug, Serialize)]
pub struct ShownHit {
    pub rank: i64,
    pub id: String,
    pub relaxed: bool,
    /// Where it is now, or was last.
    pub path: Option<String>,
}

/// What somebody says of a lookup.
#[derive(Clone, Debug)]
pub struct Feedback<'a> {
    pub log_id: &'a str,
    /// `useful` or `useless`.
    pub verdict: &'a str,
    pub given_by: Option<&'a str>,
    pub given_at: Timestamp,
}

impl Logged {
    pub fn at(&self) -> Option<Timestamp> {
        self.retrieved_at.as_deref().and_then(Timestamp::parse)
    }
}

impl Store {
    /// Takes the lookups that wait in the spool into the log.
    pub async fn take_lookups(&mut self, data_dir: &Path, busy: Busy) -> Result<Drained> {
        let take = async |waiting: &Waiting| {
            self.log_lookups(&waiting.lookups).await?;
            self.log_calls(&waiting.calls).await
        };
        spool::drain(data_dir, busy, take).await
    }

    /// Writes lookups into the log. One that is there already stays as it is.
    async fn log_lookups(&mut self, lookups: &[Lookup]) -> Result<()> {
        // In parts, so that a long log keeps no other writer waiting.
        for chunk in lookups.chunks(1000) {
            self.engine.begin().await?;
            let logged = self.log_chunk(chunk).await;
            reach(Point::LookupsWritten);
            self.end(logged).await?;
            reach(Point::LookupsCommitted);
        }
        Ok(())
    }

    /// A session that no row knows leaves `session_id` empty: a log never fails for the sake of what it refers to.
    async fn log_chunk(&mut self, lookups: &[Lookup]) -> Result<()> {
        let found = lookups.iter().flat_map(|l| l.hits.iter().map(String::as_str)).collect();
        let purged = self.purged_among(&found).await?;
        let is_purged = |l: &Lookup| l.hits.iter().any(|id| purged.contains(id));
        self.engine.put(&LOOKUPS, &lookups.iter().map(|l| row(l, is_purged(l))).collect::<Vec<_>>()).await?;
        let hits = lookups.iter().flat_map(|l| {
            let n_strict = l.hits.len() as i64 - l.n_relaxed;
            l.hits
                .iter()
                .zip(0..)
                .filter(|(id, _)| !purged.contains(*id))
                .map(move |(doc_id, i)| (&l.log_id, l.first_rank + i, doc_id, i >= n_strict))
        });
        self.engine.put(&LOOKUP_HITS, &hits.collect::<Vec<_>>()).await?;
        let in_sessions: Vec<&str> = lookups.iter().filter(|l| l.session_id.is_some()).map(|l| l.log_id.as_str()).collect();
        if !in_sessions.is_empty() {
            let sql = "update claude.knowledge_retrieval_log set session_id = \
                 (select s.session_id from claude.sessions s where s.session_id::text = session_ref) \
                 where log_id in {ids} and session_ref in (select session_id::text from claude.sessions)";
            self.engine.execute(sql, &[list(&in_sessions)]).await?;
        }
        Ok(())
    }

    /// Removes our own lookups, and calls of agents, that are older than so many days; 0 keeps them for ever. Returns how many lookups went.
    pub async fn keep_lookups(&mut self, days: u32, now: Timestamp) -> Result<u64> {
        self.keep_calls(days, now).await?;
        let old = "from claude.knowledge_retrieval_log where retrieved_at < $1::timestamptz and strict_count is not null";
        let before: [Arg; 1] = [now.hours_before(24 * i64::from(days)).to_string().into()];
        if days == 0 || self.engine.count(old, &before).await? == 0 {
            return Ok(0);
        }
        self.engine.begin().await?;
        let forgotten = self.forget(&format!("delete {old}"), &before).await;
        self.end(forgotten).await
    }

    async fn forget(&mut self, delete: &str, before: &[Arg]) -> Result<u64> {
        let n_gone = self.engine.execute(delete, before).await?;
        for table in ["lookup_hits", "lookup_feedback"] {
            let sql = format!("delete from claude.{table} where log_id not in (select log_id from claude.knowledge_retrieval_log)");
            self.engine.execute(&sql, &[]).await?;
        }
        Ok(n_gone)
    }

    /// Ends a transaction as its work ended.
    pub(super) async fn end<T>(&mut self, work: Result<T>) -> Result<T> {
        let ended = match work {
            Ok(value) => self.engine.commit().await.map(|()| value),
            Err(error) => Err(error),
        };
        if ended.is_err() {
            // Whoever uses the connection next must not find a transaction open.
            let _ = self.engine.rollback().await;
        }
        ended
    }

    /// Returns the log since a moment, or all of it, newest first.
    pub async fn lookups(&mut self, since: Option<Timestamp>) -> Result<Vec<Logged>> {
        let texts = if self.is_sqlite() { "json" } else { "to_json" };
        let columns = format!(
            "l.log_id, l.retrieved_at, l.prompt_excerpt, {texts}(l.keywords), l.results_count, l.strict_count, l.retrieval_method, \
             l.latency_ms, coalesce(l.session_ref, l.session_id::text), l.agent, l.project_name, {texts}(l.vaults), \
             f.verdict, f.given_by, f.given_at"
        );
        let rest = "from claude.knowledge_retrieval_log l left join claude.lookup_feedback f on f.log_id = l.log_id";
        let (condition, args) = after(since);
        let mut logged: Vec<Logged> = self.engine.rows(&columns, &format!("{rest} where {condition}"), &args).await?;
        logged.sort_by_cached_key(|l| std::cmp::Reverse((l.at(), l.log_id.clone())));
        Ok(logged)
    }

    /// Returns the documents that lookups returned, by lookup, best first.
    pub async fn lookup_hits(&mut self, log_ids: &[&str]) -> Result<HashMap<String, Vec<ShownHit>>> {
        let columns = "h.log_id, h.rank, h.doc_id, case when h.is_relaxed then 1 else 0 end, d.file_path";
        let rest = "from claude.lookup_hits h left join claude.documents d on d.doc_id = h.doc_id where h.log_id in {ids}";
        let mut rows: Vec<(String, i64, String, i64, Option<String>)> = self.engine.rows(columns, rest, &[list(log_ids)]).await?;
        rows.sort();
        let mut hits: HashMap<String, Vec<ShownHit>> = HashMap::new();
        for (log_id, rank, id, relaxed, path) in rows {
            hits.entry(log_id).or_default().push(ShownHit { rank, id, relaxed: relaxed == 1, path });
        }
        Ok(hits)
    }

    /// Returns the documents that some lookup returned, since a moment or ever.
    pub async fn retrieved(&mut self, since: Option<Timestamp>) -> Result<HashSet<String>> {
        let (condition, args) = after(since);
        let rest = format!(
            "from (select distinct h.doc_id from claude.lookup_hits h \
             join claude.knowledge_retrieval_log l on l.log_id = h.log_id where {condition}) as r"
        );
        let rows: Vec<(String,)> = self.engine.rows("r.doc_id", &rest, &args).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Returns the lookups whose id is, or ends in, `text`.
    pub async fn find_lookups(&mut self, text: &str) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = self.engine.rows("log_id", "from claude.knowledge_retrieval_log", &[]).await?;
        let wanted = text.to_ascii_lowercase();
        Ok(rows.into_iter().map(|(id,)| id).filter(|id| id.ends_with(&wanted)).collect())
    }

    /// Writes down what somebody says of a lookup, in place of what was said before.
    ///
    /// # Errors
    /// A [`crate::refusal::Refusal`] when the registry does not know the verdict.
    pub async fn give_feedback(&mut self, feedback: &Feedback<'_>) -> Result<()> {
        let Feedback { log_id, verdict, given_by, given_at } = feedback;
        self.registry().await?.check("lookup_feedback", "verdict", verdict)?;
        self.engine.put(&LOOKUP_FEEDBACK, &[(log_id, verdict, given_by, given_at.to_string())]).await
    }
}

/// Returns what holds for the lookups `l` since a moment.
fn after(since: Option<Timestamp>) -> (&'static str, Vec<Arg>) {
    match since {
        Some(since) => ("l.retrieved_at >= $1::timestamptz", vec![since.to_string().into()]),
        None => ("true", Vec::new()),
    }
}

/// A row of `tables::LOOKUPS`. Whoever found what was purged since asked for words of it.
fn row(l: &Lookup, is_purged: bool) -> impl Serialize {
    (
        &l.log_id,
        if is_purged { "(private)" } else { &l.prompt_excerpt },
        (!is_purged).then_some(&l.keywords),
        &l.results_count,
        &l.results_ids,
        &l.strict_count,
        &l.retrieval_method,
        &l.latency_ms,
        &l.session_id,
        &l.agent,
        &l.project,
        &l.vaults,
        &l.retrieved_at,
    )
}
