//! The state file: what a search may know about freshness without opening SQL. Written by every sync and by the watcher's heartbeat.

use crate::lock;
use crate::points::{Point, reach};
use crate::refusal::{Exit, Refusal};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

pub const FILE_NAME: &str = "state.json";
/// Held by the watcher of a data directory as long as it lives.
pub const WATCH_LOCK: &str = "watch.lock";
/// The file that a run locks which was overtaken by others again and again.
pub const TURN_LOCK: &str = "turn.lock";

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
    /// When the whole vault was last found equal to the disk, Unix milliseconds: when the look at it began. 0 before its first sync.
    pub synced_ms: i64,
    /// When a search that took in what it saw began to look, if it saw all that can be searched. Looks begin here.
    #[serde(default)]
    pub looked_ms: i64,
    /// A run's contents are not all in yet.
    pub partial: bool,
    /// Notes that are still to be told that they were synced: document -> hash of the bytes that were. See `sync/told.rs`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub untold: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watcher {
    pub pid: u32,
    /// Unix milliseconds; older than 30 s means stale.
    pub beat_ms: i64,
    /// Paths seen changed and not yet applied.
    pub pending: usize,
    /// The vaults that it follows.
    #[serde(default)]
    pub vaults: Vec<String>,
    /// The vaults that another machine writes: it follows them in the database, and nothing of the files here.
    #[serde(default)]
    pub elsewhere: Vec<String>,
}

impl VaultState {
    /// Notes that the whole vault was found equal to the disk in a look that began then. A time ahead of that is of a clock that was.
    pub fn note_whole(&mut self, revision: i64, began_ms: i64) {
        (self.revision, self.synced_ms) = (revision, began_ms);
        self.looked_ms = self.looked_ms.min(began_ms);
    }
}

/// Makes the data directory if it is not there: what notes say is nobody else's business.
pub fn make_folder(data_dir: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(data_dir).with_context(|| format!("making the data directory {}", data_dir.display()))
}

/// Reads the state; an absent or unreadable file is an empty state. A watcher that was killed could not say so: its lock does.
pub fn read(data_dir: &Path) -> State {
    let mut state = load(data_dir);
    if let Some(watcher) = state.watcher.as_mut().filter(|_| !lock::is_held(&data_dir.join(WATCH_LOCK))) {
        watcher.beat_ms = 0;
    }
    state
}

fn load(data_dir: &Path) -> State {
    std::fs::read(data_dir.join(FILE_NAME)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Changes the state file: one process at a time, and in one step, so that no reader sees half of it.
pub fn update(data_dir: &Path, change: impl FnOnce(&mut State)) -> std::io::Result<()> {
    let lock = File::create(data_dir.join("state.lock"))?;
    lock.lock()?;
    let mut state = load(data_dir);
    let before = state.clone();
    change(&mut state);
    if state == before {
        return Ok(());
    }
    let draft = data_dir.join(format!("{FILE_NAME}.draft"));
    std::fs::write(&draft, serde_json::to_vec(&state)?)?;
    reach(Point::StateDrafted);
    std::fs::rename(&draft, data_dir.join(FILE_NAME))?;
    reach(Point::StateReplaced);
    Ok(())
}

/// Notes that vaults which were never synced are about to be: until that is done, they are partial.
pub fn begin(data_dir: &Path, vaults: &[(String, PathBuf)]) -> std::io::Result<()> {
    update(data_dir, |state| {
        for (name, root) in vaults {
            let first = || VaultState { root: root.to_string_lossy().into_owned(), partial: true, ..VaultState::default() };
            state.vaults.entry(name.clone()).or_insert_with(first);
        }
    })
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

/// Returns whether a watcher that follows all of `vaults` is `live`, `stale` or `absent`.
pub fn watcher_word<'a>(state: &State, vaults: impl IntoIterator<Item = &'a str>, now_ms: i64) -> &'static str {
    let Some(watcher) = &state.watcher else { return "absent" };
    if now_ms - watcher.beat_ms > STALE_MS {
        return "stale";
    }
    let follows = |name: &str| watcher.vaults.iter().any(|followed| followed == name);
    if vaults.into_iter().all(follows) { "live" } else { "absent" }
}

/// Returns the vaults that a living watcher follows in the database only, because another machine writes them.
pub fn written_elsewhere(state: &State, now_ms: i64) -> &[String] {
    let watcher = state.watcher.as_ref().filter(|watcher| now_ms - watcher.beat_ms <= STALE_MS);
    watcher.map_or(&[], |watcher| &watcher.elsewhere)
}
