//! The history: what each sync did, and until when that is kept.

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
}

impl Store {
    /// Writes a run into the history. Runs that changed nothing are not worth a row.
    pub async fn record(&mut self, vault: &Vault, run: &Run<'_>) -> Result<()> {
        let (started, ended) = (run.started.to_string(), run.ended.to_string());
        self.engine.put(&SYNC_RUNS, &[(new_id(), &vault.id, run.command, started, ended, &run.counts, run.outcome)]).await?;
        reach(Point::RunRecorded);
        match self.keep_runs(vault, run).await {
            Ok(n_gone) => tracing::debug!(n_gone, "old runs removed"),
            // The feed may be another's, who lets us not; a later run tries again.
            Err(error) => tracing::info!(error = in_words(&error), "old runs could not be removed"),
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
}
