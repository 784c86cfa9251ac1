//! The history: what each sync did and what became of each file, and until when that is kept.

use super::tables::SYNC_RUNS;
use super::vaults::Vault;
use super::{Store, new_id};
use crate::clock::Timestamp;
use crate::points::{Point, reach};
use crate::refusal::in_words;
use anyhow::Result;

/// A finished run, for the history.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    pub command: &'a str,
    pub started: Timestamp,
    pub ended: Timestamp,
    pub counts: serde_json::Value,
    pub outcome: &'a str,
    /// Runs that ended so many days before it are forgotten; 0 keeps them for ever.
    pub keep_days: u32,
    /// As [`Store::keep_changes`] takes it.
    pub keep_change_days: u32,
}

/// So many lines leave the change feed at most in one go: on SQLite other writers wait for it.
const MOST_GONE: usize = 100_000;

impl Store {
    /// Writes a run into the history. Runs that changed nothing are not worth a row.
    pub async fn record(&mut self, vault: &Vault, run: &Run<'_>) -> Result<()> {
        let (started, ended) = (run.started.to_string(), run.ended.to_string());
        self.engine.put(&SYNC_RUNS, &[(new_id(), &vault.id, run.command, started, ended, &run.counts, run.outcome)]).await?;
        reach(Point::RunRecorded);
        for (what, kept) in [("runs", self.keep_runs(vault, run).await), ("changes", self.keep_changes_of_first(vault, run).await)] {
            match kept {
                Ok(n_gone) => tracing::debug!(n_gone, what, "old history removed"),
                // It may be another's, who lets us not; a later run tries again.
                Err(error) => tracing::info!(error = in_words(&error), what, "old history could not be removed"),
            }
        }
        Ok(())
    }

    /// Removes the vault's older runs, and before them what the feed says of these. Returns how many went.
    async fn keep_runs(&mut self, vault: &Vault, run: &Run<'_>) -> Result<u64> {
        let old = "from claude.sync_runs where vault_id = $1::uuid and started_at < $2::timestamptz and ended_at < $2::timestamptz";
        let args = [vault.id.as_str().into(), run.ended.hours_before(24 * i64::from(run.keep_days)).to_string().into()];
        if run.keep_days == 0 || self.engine.count(old, &args).await? == 0 {
            return Ok(0);
        }
        let told = "delete from claude.activity_feed where source_type = 'sync' and actor = 'vault-sync' and source_id in";
        self.engine.execute(&format!("{told} (select run_id {old})"), &args).await?;
        self.engine.execute(&format!("delete {old}"), &args).await
    }

    /// Thins the change feed with the day's first run: that looks at all of it.
    async fn keep_changes_of_first(&mut self, vault: &Vault, run: &Run<'_>) -> Result<u64> {
        let today = "from claude.sync_runs where vault_id = $1::uuid and started_at >= $2::timestamptz";
        let args = [vault.id.as_str().into(), run.started.day().to_string().into()];
        if run.keep_change_days == 0 || self.engine.count(today, &args).await? > 1 {
            return Ok(0);
        }
        self.keep_changes(vault, run.keep_change_days, run.ended).await
    }

    /// Removes from the change feed the vault's edits that are older than so many days and after which the feed says more of the same
    /// document; 0 keeps all. So the last line of each document stays, by which a reader who was away learns of it, and so does whatever tells
    /// where a document came from. Returns how many lines went; the rest of very many goes another day.
    pub async fn keep_changes(&mut self, vault: &Vault, days: u32, now: Timestamp) -> Result<u64> {
        // Where the first line is young and the last one no older, as after a first run, all are: clocks rarely go back.
        let line = |order: &str| format!("(select at from claude.changes where vault_id = $1::uuid order by {order} limit 1)");
        let (first, last) = (line("revision, position"), line("revision desc, position desc"));
        let ends = format!("from {first} as oldest, {last} as latest where oldest.at < $2::timestamptz or latest.at < oldest.at");
        let old = "from claude.changes where vault_id = $1::uuid and op = 'modified' and at < $2::timestamptz";
        let args = [vault.id.as_str().into(), now.hours_before(24 * i64::from(days)).to_string().into()];
        if days == 0 || self.engine.count(&ends, &args).await? == 0 || self.engine.count(old, &args).await? == 0 {
            return Ok(0);
        }
        // One sort: both engines would compare each line with each other if documents were joined with their last lines.
        let sql = format!(
            "delete from claude.changes where (revision, position) in (select revision, position from \
             (select revision, position, op, at, lead(revision) over (partition by doc_id order by revision, position) as next \
             from claude.changes where vault_id = $1::uuid) as told \
             where op = 'modified' and at < $2::timestamptz and next is not null limit {MOST_GONE})"
        );
        self.engine.execute(&sql, &args).await
    }
}
