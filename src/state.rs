//! The state file: what a search may know about freshness without opening SQL. Written by every sync and by the watcher's heartbeat.

use crate::refusal::{Exit, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

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

/// Changes the state file: one process at a time, and in one step, so that no reader sees half of it.
pub fn update(data_dir: &Path, change: impl FnOnce(&mut State)) -> std::io::Result<()> {
    let lock = File::create(data_dir.join("state.lock"))?;
    lock.lock()?;
    let mut state = read(data_dir);
    let before = state.clone();
    change(&mut state);
    if state == before {
        return Ok(());
    }
    let draft = data_dir.join(format!("{FILE_NAME}.draft"));
    std::fs::write(&draft, serde_json::to_vec(&state)?)?;
    std::fs::rename(&draft, data_dir.join(FILE_NAME))
}

/// Makes sure that each vault's name stands for one folder of this machine. A vault that moved keeps its name; two folders that both
/// exist are two vaults.
pub fn claim_roots(data_dir: &Path, vaults: &[(String, PathBuf)]) -> Result<(), Refusal> {
    let known = read(data_dir).vaults;
    let clash = |name: &String, one: &Path, other: &Path| Refusal {
        exit: Exit::Usage,
        message: format!("two vaults are called '{name}': {} and {}", one.display(), other.display()),
        hint: Some("give one of them another `name` in sync.toml, or its own --data-dir".to_owned()),
    };
    for (i, (name, root)) in vaults.iter().enumerate() {
        if let Some((_, other)) = vaults[..i].iter().find(|(n, _)| n == name) {
            return Err(clash(name, other, root));
        }
        let before = known.get(name).map(|vault| Path::new(&vault.root));
        if let Some(before) = before.filter(|before| *before != root && before.is_dir() && root.is_dir()) {
            return Err(clash(name, before, root));
        }
    }
    Ok(())
}

/// A watcher whose last word is older than this is not to be relied on, in milliseconds.
const STALE_MS: i64 = 30_000;

/// Returns whether a watcher is `live`, `stale` or `absent`.
pub fn watcher_word(state: &State, now_ms: i64) -> &'static str {
    match &state.watcher {
        Some(watcher) if now_ms - watcher.beat_ms <= STALE_MS => "live",
        Some(_) => "stale",
        None => "absent",
    }
}
