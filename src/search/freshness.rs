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

    /// Returns the same and, where no watcher follows, what a quick look sees.
    pub(super) fn look(state: &State, vaults: &[(String, PathBuf)], now_ms: i64, searcher: &Searcher) -> anyhow::Result<Self> {
        let mut freshness = Self::of(state, vaults, now_ms);
        if freshness.watcher == "live" {
            return Ok(freshness);
        }
        for (name, root) in vaults {
            if let Some(vault) = state.vaults.get(name).filter(|vault| vault.synced_ms > 0) {
                freshness.unseen += count_changed(root, &searcher.folders(name)?, vault.synced_ms);
            }
        }
        Ok(freshness)
    }
}

fn count_changed(root: &Path, folders: &[String], since_ms: i64) -> usize {
    let start = Instant::now();
    let chunks = folders.chunks(STRIDE).take_while(|_| start.elapsed() < MOST_TIME);
    chunks.flatten().filter(|folder| disk::folder_changed_ms(root, folder).is_none_or(|ms| ms > since_ms)).count()
}
