//! The history: what each sync did.

use super::tables::SYNC_RUNS;
use super::vaults::Vault;
use super::{Store, new_id};
use crate::clock::Timestamp;
use crate::points::{Point, reach};
use anyhow::Result;

/// A finished run, for the history.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    pub command: &'a str,
    pub started: Timestamp,
    pub ended: Timestamp,
    pub counts: serde_json::Value,
    pub outcome: &'a str,
}

impl Store {
    /// Writes a run into the history. Runs that changed nothing are not worth a row.
    pub async fn record(&mut self, vault: &Vault, run: &Run<'_>) -> Result<()> {
        let (started, ended) = (run.started.to_string(), run.ended.to_string());
        self.engine.put(&SYNC_RUNS, &[(new_id(), &vault.id, run.command, started, ended, &run.counts, run.outcome)]).await?;
        reach(Point::RunRecorded);
        Ok(())
    }
}
