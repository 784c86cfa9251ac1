//! The state file: what a search may know about freshness without opening SQL. Written by every sync and by the watcher's heartbeat.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

pub const FILE_NAME: &str = "state.json";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The store's id.
    pub store: String,
    /// Each vault of this data directory, by name.
    pub vaults: BTreeMap<String, VaultState>,
    /// The living watcher's last word, if there is one.
    pub watcher: Option<Watcher>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VaultState {
    /// Absolute path on this machine.
    pub root: String,
    /// The revision of the vault's last change.
    pub revision: i64,
    /// When the whole vault was last found equal to the disk, Unix milliseconds.
    pub synced_ms: i64,
    /// A run's contents are not all in yet.
    pub partial: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watcher {
    pub pid: u32,
    /// Unix milliseconds; older than 30 s means stale.
    pub beat_ms: i64,
    /// Paths seen changed and not yet applied.
    pub pending: usize,
}

/// Reads the state; an absent or unreadable file is an empty state.
pub fn read(data_dir: &Path) -> State {
    std::fs::read(data_dir.join(FILE_NAME)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Replaces the state file in one step, so that no reader sees half of it.
pub fn write(data_dir: &Path, state: &State) -> std::io::Result<()> {
    let draft = data_dir.join(format!("{FILE_NAME}.{}", std::process::id()));
    std::fs::write(&draft, serde_json::to_vec(state)?)?;
    std::fs::rename(&draft, data_dir.join(FILE_NAME))
}
