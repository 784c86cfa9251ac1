//! Runs and the ledger: what each sync did, and which files are there without being in `documents`, with the reason.

use super::engine::list;
use super::tables::{SYNC_RUNS, VAULT_FILES};
use super::vaults::Vault;
use super::{Store, new_id};
use crate::clock::Timestamp;
use crate::disk::Scope;
use crate::path::VaultPath;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// A finished run, for the history.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    pub command: &'a str,
    pub started: Timestamp,
    pub ended: Timestamp,
    pub counts: serde_json::Value,
    pub outcome: &'a str,
}

/// Why a file is not in `documents`, or is there without its contents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct LeftOut {
    pub path: VaultPath,
    /// `excluded` or `failed`.
    pub outcome: String,
    pub reason: String,
}

impl Store {
    /// Writes a run into the history. Runs that changed nothing are not worth a row.
    pub async fn record(&mut self, vault: &Vault, run: &Run<'_>) -> Result<()> {
        let (started, ended) = (run.started.to_string(), run.ended.to_string());
        self.engine.put(&SYNC_RUNS, &[(new_id(), &vault.id, run.command, started, ended, &run.counts, run.outcome)]).await
    }

    /// Returns the ledger of a vault, by path.
    pub async fn ledger(&mut self, vault: &Vault) -> Result<Vec<LeftOut>> {
        let rest = "from claude.vault_files where vault_id = $1::uuid";
        let rows: Vec<(String, String, String)> = self.engine.rows("path, outcome, reason", rest, &[vault.id.as_str().into()]).await?;
        let mut ledger: Vec<LeftOut> =
            rows.into_iter().map(|(path, outcome, reason)| LeftOut { path: VaultPath::stored(path), outcome, reason }).collect();
        ledger.sort();
        Ok(ledger)
    }

    /// Makes the ledger of a scope say what a run saw. Writes only what differs, so that a run without news writes nothing.
    pub async fn set_ledger(&mut self, vault: &Vault, scope: &Scope, seen: &[LeftOut]) -> Result<()> {
        let within = |path: &VaultPath| scope.0.iter().any(|s| path.is_within(s));
        let now: BTreeMap<VaultPath, LeftOut> =
            self.ledger(vault).await?.into_iter().filter(|l| within(&l.path)).map(|l| (l.path.clone(), l)).collect();
        let kept: BTreeSet<&VaultPath> = seen.iter().map(|l| &l.path).collect();
        let gone: Vec<&VaultPath> = now.keys().filter(|path| !kept.contains(path)).collect();
        if !gone.is_empty() {
            let sql = "delete from claude.vault_files where path in {keys} and vault_id = $2::uuid";
            self.engine.execute(sql, &[list(&gone), vault.id.as_str().into()]).await?;
        }
        let news = seen.iter().filter(|l| now.get(&l.path) != Some(l)).map(|l| (&vault.id, &l.path, &l.outcome, &l.reason));
        self.engine.put(&VAULT_FILES, &news.collect::<Vec<_>>()).await
    }
}
