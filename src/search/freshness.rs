//! How fresh an answer is: what the state file says and, where no watcher follows, what a quick look at the disk sees.

use super::look::{Look, News};
use crate::clock::Timestamp;
use crate::disk::{self, Scope};
use crate::index::Searcher;
use crate::state::{self, State};
use crate::sync::Site;
use serde::Serialize;

#[derive(Clone, Debug, Default, Serialize)]
pub struct Freshness {
    /// `live`, `stale` or `absent`; live only if it follows every vault that was asked.
    pub watcher: &'static str,
    /// When the vaults asked were last found equal to the disk; of several, the longest ago.
    pub synced_at: Option<String>,
    /// How long that is ago.
    #[serde(skip)]
    synced_ago: Option<String>,
    /// A first sync, or one of many files, has not come to its end.
    pub partial: bool,
    /// Changes that the watcher has seen and not yet carried out.
    pub pending: usize,
    /// Files that came, went or were written since, as far as a look saw.
    pub unseen: usize,
    /// Notes that the look did not get to.
    pub unchecked: usize,
    /// Vaults that cannot be looked at: what was indexed of them stands.
    pub away: Vec<String>,
    /// Those of them whose files are on other machines.
    #[serde(skip)]
    elsewhere: Vec<String>,
    /// Those of them that another machine writes, whatever lies here.
    #[serde(skip)]
    followed: Vec<String>,
    /// Whether they were taken in before the answer: `done`, `late`, `failed`, or `none` if there was no reason, or too much.
    pub sync: &'static str,
    /// Why that failed.
    #[serde(skip)]
    pub failure: Option<String>,
    /// Where the unseen files are.
    #[serde(skip)]
    pub seen: Vec<Seen>,
}

/// What a look saw of a vault.
#[derive(Clone, Debug)]
pub struct Seen {
    pub vault: String,
    /// What a sync must look at to take in the unseen files.
    pub scope: Scope,
    pub n_unseen: usize,
    /// Bytes of the unseen files.
    pub n_bytes: u64,
    /// Files of the vault.
    pub n_files: usize,
    /// When the look began, if it saw everything.
    pub whole_since_ms: Option<i64>,
}

impl Freshness {
    /// Returns what the state file knows, and which of the vaults are away.
    pub(super) fn of(state: &State, vaults: &[Site], now_ms: i64) -> Self {
        let known: Vec<_> = vaults.iter().filter_map(|site| state.vaults.get(&site.name)).collect();
        let synced_ms = known.iter().map(|vault| vault.synced_ms).min().filter(|ms| *ms > 0 && known.len() == vaults.len());
        let synced = synced_ms.map(Timestamp::from_millis);
        let written_elsewhere = state::written_elsewhere(state, now_ms);
        let followed: Vec<_> = vaults.iter().filter(|site| !site.is_elsewhere && written_elsewhere.contains(&site.name)).collect();
        let is_away = |site: &&Site| is_away(site) || followed.iter().any(|followed| followed.name == site.name);
        let watcher = state::watcher_word(state, vaults.iter().map(|site| site.name.as_str()), now_ms);
        Self {
            watcher,
            synced_at: synced.map(|at| at.to_string()),
            synced_ago: synced.map(|at| at.age(Timestamp::from_millis(now_ms))),
            partial: known.iter().any(|vault| vault.partial),
            pending: state.watcher.as_ref().filter(|_| watcher == "live").map_or(0, |watcher| watcher.pending),
            sync: "none",
            away: vaults.iter().filter(is_away).map(|site| site.name.clone()).collect(),
            elsewhere: vaults.iter().filter(|site| site.is_elsewhere).map(|site| site.name.clone()).collect(),
            followed: followed.iter().map(|site| site.name.clone()).collect(),
            ..Self::default()
        }
    }

    /// Returns the looks to take: none where a watcher follows, where nothing was ever synced, or where nothing can be seen.
    ///
    /// A time that is still to come was written by a clock that was ahead: since when anything may differ is not known then.
    pub(super) fn looks<'a>(&self, state: &State, vaults: &'a [Site], searcher: &'a Searcher) -> anyhow::Result<Vec<Look<'a>>> {
        // Not when the question was asked: a sync may have come in between.
        let now_ms = Timestamp::now().millis();
        let mut looks = Vec::new();
        for site in vaults.iter().filter(|site| self.watcher != "live" && !self.away.contains(&site.name)) {
            if let Some(vault) = state.vaults.get(&site.name).filter(|vault| vault.synced_ms > 0) {
                let since_ms = [vault.synced_ms, vault.looked_ms].into_iter().filter(|ms| *ms <= now_ms).max().unwrap_or_default();
                looks.push(Look { site, files: searcher.files(&site.name)?, since_ms });
            }
        }
        Ok(looks)
    }

    /// Adds what the looks, which began at `began_ms`, have seen.
    pub(super) fn add(&mut self, news: Vec<(String, News)>, began_ms: i64) {
        for (vault, news) in news {
            self.unseen += news.n_unseen;
            self.unchecked += news.n_unchecked;
            let whole_since_ms = (news.n_unchecked == 0).then_some(began_ms);
            let News { scope, n_unseen, n_bytes, n_files, .. } = news;
            self.seen.push(Seen { vault, scope, n_unseen, n_bytes, n_files, whole_since_ms });
        }
    }

    /// Returns what whoever reads the answer should know; nothing where all is well.
    pub fn warnings(&self) -> Vec<String> {
        let told = |name: &String| {
            if self.elsewhere.contains(name) {
                return format!(
                    "the files of '{name}' are on another machine: its notes are shown as they were indexed, not confirmed on files"
                );
            }
            if self.followed.contains(name) {
                return format!(
                    "the vault '{name}' is written by another machine: its notes are shown as that one has them, not confirmed on the files here"
                );
            }
            format!("the vault '{name}' is not there, or its drive is not mounted: its notes are shown as they were indexed")
        };
        let mut warnings: Vec<String> = self.away.iter().map(told).collect();
        let since = self.synced_ago.as_deref().map_or_else(|| "the last sync".to_owned(), |ago| format!("the last sync {ago} ago"));
        if self.unseen > 0 {
            let files = if self.unseen == 1 { "file has" } else { "files have" };
            let more = if self.unchecked > 0 { format!(" ({} notes were not looked at)", self.unchecked) } else { String::new() };
            let n = self.unseen;
            warnings.push(format!("{n} {files} changed since {since}, and no watcher follows: run `vault-sync sync`{more}"));
        } else if self.unchecked > 0 {
            let n = self.unchecked;
            warnings
                .push(format!("no watcher follows: what was written in {n} notes since {since} is not in; `vault-sync watch` sees to it"));
        }
        if self.sync == "late" {
            warnings.push("they are being taken in now: ask again in a moment".to_owned());
        }
        if let Some(why) = &self.failure {
            warnings.push(format!("a sync before the answer failed: {why}"));
        }
        if self.partial {
            warnings.push("a sync is under way or ended early: some notes are not in yet".to_owned());
        }
        if self.pending > 0 {
            let changes = if self.pending == 1 { "change is" } else { "changes are" };
            warnings.push(format!("{} {changes} seen and not in yet", self.pending));
        }
        if warnings.is_empty() { warnings } else { vec![warnings.join("; ")] }
    }
}

/// A root that cannot be listed, or is empty as a mount point is without its drive, says nothing about notes.
fn is_away(site: &Site) -> bool {
    site.is_elsewhere || disk::is_bare(&site.disk.root).unwrap_or(true)
}
