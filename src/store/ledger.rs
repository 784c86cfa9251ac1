//! The ledger: which files are there without being in `documents`, or without their contents, and why.
//!
//! Files that a glob keeps out of the mirror are names that links can mean. So that part of it changes within a batch, as documents do; what
//! has failed is written down when a run ends.

use super::Store;
use super::engine::{Arg, list};
use super::tables::VAULT_FILES;
use super::trip::{Read, Seen, Trip};
use super::vaults::Vault;
use crate::disk::Scope;
use crate::path::VaultPath;
use anyhow::Result;
use std::collections::BTreeMap;

/// Why a file is not in `documents`, or is there without its contents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct LeftOut {
    pub path: VaultPath,
    pub outcome: Why,
    pub reason: String,
    /// The glob that keeps a file out; links can mean such a file, and nothing else that is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// What kind of reason it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// Nobody wants it: a glob, a symbolic link, a name that cannot stand in a vault path.
    Excluded,
    /// It could not be read or listed.
    Failed,
}

impl Why {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::Failed => "failed",
        }
    }
}

/// The ledger of a scope, by path.
pub type Ledger = BTreeMap<VaultPath, LeftOut>;

/// From this many paths on, all of the vault is read instead of theirs.
pub(super) const MANY: usize = 50;

pub(super) type Row = (String, Why, String, Option<String>);

/// Asks for what the ledger says of a scope of a vault.
pub(super) async fn read(trip: &mut Trip<'_>, vault: &str, scope: &Scope) -> Result<Vec<Read<Row>>> {
    let columns = "path, outcome, reason, rule";
    let all = "from claude.vault_files where vault_id = (select vault_id from claude.vaults where vault_name = $1)";
    if scope.is_root() || scope.0.len() > MANY {
        return Ok(vec![trip.read(columns, all, &[vault.into()]).await?]);
    }
    // The path itself, and all that sorts between `path/` and `path0`, as with documents.
    let rest = format!("{all} and (path = $2 or path {{by_bytes}} > $2::text || '/' and path {{by_bytes}} < $2::text || '0')");
    let mut reads = Vec::new();
    for path in &scope.0 {
        reads.push(trip.read(columns, &rest, &[vault.into(), path.as_str().into()]).await?);
    }
    Ok(reads)
}

/// Returns what was asked for with [`read`].
pub(super) fn ledger(seen: &Seen, reads: &[Read<Row>], scope: &Scope) -> Result<Ledger> {
    let mut rows = Vec::new();
    reads.iter().try_for_each(|read| seen.rows(read).map(|some| rows.extend(some)))?;
    let ledger = rows.into_iter().map(left_out).filter(|left| scope.covers(&left.path));
    Ok(ledger.map(|left| (left.path.clone(), left)).collect())
}

impl Store {
    /// Changes what the ledger says for one kind of reason: these went, these came or have another.
    pub(super) async fn amend_ledger(&mut self, vault: &Vault, why: Why, went: &[&VaultPath], came: &[&LeftOut]) -> Result<()> {
        if !went.is_empty() {
            let sql = "delete from claude.vault_files where path in {keys} and vault_id = $2::uuid and outcome = $3";
            self.engine.execute(sql, &[list(went), vault.id.as_str().into(), why.as_str().into()]).await?;
        }
        let row = |l: &&LeftOut| {
            let name_key = l.rule.as_ref().map(|_| l.path.name_key());
            (vault.id.clone(), l.path.clone(), l.outcome, l.reason.clone(), l.rule.clone(), name_key)
        };
        for chunk in came.chunks(2000) {
            self.engine.put(&VAULT_FILES, &chunk.iter().map(row).collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    /// Makes the ledger of a scope, which said `known`, say what has failed there. Writes only what differs, so that a run without news
    /// writes nothing.
    pub async fn set_failed(&mut self, vault: &Vault, known: &Ledger, failed: &[LeftOut]) -> Result<()> {
        let went = known.values().filter(|k| k.outcome == Why::Failed && !failed.iter().any(|f| f.path == k.path)).map(|k| &k.path);
        let came = failed.iter().filter(|f| known.get(&f.path) != Some(f));
        let (went, came): (Vec<_>, Vec<_>) = (went.collect(), came.collect());
        self.amend_ledger(vault, Why::Failed, &went, &came).await
    }

    /// Returns how many files the ledger has, by kind of reason.
    pub(super) async fn count_left_out(&mut self, vault: &Vault, why: Why) -> Result<usize> {
        let rest = "from claude.vault_files where vault_id = $1::uuid and outcome = $2";
        self.engine.count(rest, &[vault.id.as_str().into(), Arg::from(why.as_str())]).await
    }
}

fn left_out((path, outcome, reason, rule): Row) -> LeftOut {
    LeftOut { path: VaultPath::stored(path), outcome, reason, rule }
}
