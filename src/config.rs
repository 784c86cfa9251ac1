//! Settings: flag > environment > file > default. Hands plain values to the edges; nobody else holds them.

use crate::cli::Global;
use std::path::PathBuf;

/// What a run is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Holds the SQLite file, the index, the spool and the state file.
    pub data_dir: PathBuf,
    /// The team's PostgreSQL; `None` for the embedded SQLite file.
    pub database_url: Option<String>,
    pub vaults: Vec<VaultSettings>,
    /// Who asks, for the retrieval log.
    pub agent: Option<String>,
    pub session: Option<String>,
    /// `[search] limit`.
    pub search_limit: usize,
}

#[derive(Clone, Debug)]
pub struct VaultSettings {
    /// The vault's identity; its folder's name unless given.
    pub name: String,
    pub root: PathBuf,
    /// Globs of files that are not indexed.
    pub exclude: Vec<String>,
}

/// Loads the settings.
pub fn load(_global: &Global) -> anyhow::Result<Settings> {
    anyhow::bail!("not written yet")
}
