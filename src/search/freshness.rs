//! How fresh an answer is: what the state file says and, where no watcher follows, a quick look at the folders.

use crate::clock::Timestamp;
use crate::disk;
use crate::index::Searcher;
use crate::state::{self, State};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The look stops here: it is a courtesy, not a sync.
const MOST_TIME: Duration = Duration::from_millis(1);
/// Folders between two looks at the clock.
const STRIDE: usize = 16;

#[derive(Clone, Debug, Default, Serialize)]
pub struct Freshness {
    /// `live`, `stale` or `absent`.
    pub watcher: &'static str,
    /// When the vaults asked were last found equal to the disk; of several, the longest ago.
    pub synced_at: Option<String>,
    /// A run's contents are not all in yet.
    pub partial: bool,
    /// Folders in which something came, went or was replaced since, as far as a quick look sees.
    pub unseen: usize,
}

impl Freshness {
    /// Returns what the state file knows.
    pub(super) fn of(state: &State, vaults: &[(String, PathBuf)], now_ms: i64) -> Self {
        let known: Vec<_> = vaults.iter().filter_map(|(name, _)| state.vaults.get(name)).collect();
        let synced_ms = known.iter().map(|vault| vault.synced_ms).min().filter(|ms| *ms > 0);
        Self {
            watcher: state::watcher_word(state, now_ms),
            synced_at: synced_ms.map(|ms| Timestamp::from_millis(ms).to_string()),
            partial: known.iter().any(|vault| vault.partial),
            unseen: 0,
        }
    }

    /// Returns what whoever reads the answer should know.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.unseen > 0 {
            let folders = if self.unseen == 1 { "folder has" } else { "folders have" };
            let n = self.unseen;
            warnings.push(format!("{n} {folders} changed since the last sync, and no watcher follows: run `vault-sync sync`"));
        }
        if self.partial {
            warnings.push("a sync is under way: some notes are not in yet".to_owned());
        }
        warnings
    }
}

/// Folders to look at, and since when nothing should have changed in them.
pub(super) struct Look<'a> {
    root: &'a Path,
    folders: Vec<String>,
    since_ms: i64,
}

impl<'a> Look<'a> {
    /// Returns the looks to take: none where a watcher follows, or where nothing was ever synced.
    pub(super) fn plan(
        freshness: &Freshness,
        state: &State,
        vaults: &'a [(String, PathBuf)],
        searcher: &Searcher,
    ) -> anyhow::Result<Vec<Self>> {
        let mut looks = Vec::new();
        for (name, root) in vaults.iter().filter(|_| freshness.watcher != "live") {
            if let Some(vault) = state.vaults.get(name).filter(|vault| vault.synced_ms > 0) {
                looks.push(Self { root, folders: searcher.folders(name)?, since_ms: vault.synced_ms });
            }
        }
        Ok(looks)
    }

    /// Counts the folders that have changed.
    pub(super) fn take(&self) -> usize {
        let start = Instant::now();
        let chunks = self.folders.chunks(STRIDE).take_while(|_| start.elapsed() < MOST_TIME);
        let has_changed = |folder: &&String| disk::folder_changed_ms(self.root, folder).is_none_or(|ms| ms > self.since_ms);
        chunks.flatten().filter(has_changed).count()
    }
}
