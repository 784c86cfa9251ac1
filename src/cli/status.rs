//! `status`: the ledger of each vault, and how fresh store and index are.

use super::args::StatusArgs;
use super::session::{Session, block_on};
use super::{Exit, Surface, harmless, one_line};
use crate::clock::Timestamp;
use crate::disk::{self, Scope};
use crate::index::Index;
use crate::path::VaultPath;
use crate::plan::Known;
use crate::store::{Counts, Side, Vault};
use crate::sync::Site;
use crate::{plan, state};
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Serialize)]
struct VaultStatus {
    vault: String,
    root: String,
    /// Files on disk: the sum of indexed, excluded, failed and pending.
    on_disk: Option<usize>,
    #[serde(flatten)]
    counts: Counts,
    /// Files that changed since the last sync; `None` when the disk cannot be looked at.
    pending: Option<usize>,
    revision: i64,
    partial: bool,
    synced_at: Option<String>,
    why: Option<String>,
}

/// The watcher's last sign of life.
#[derive(Serialize)]
struct Heartbeat {
    pid: u32,
    /// `None` when its process has ended without a word.
    seconds_ago: Option<i64>,
    /// Paths that it has seen changed and not yet taken in.
    pending: usize,
}

impl Heartbeat {
    fn of(watcher: &state::Watcher) -> Self {
        let seconds = (Timestamp::now().millis() - watcher.beat_ms) / 1000;
        Self { pid: watcher.pid, seconds_ago: (watcher.beat_ms > 0).then_some(seconds), pending: watcher.pending }
    }

    fn text(&self) -> String {
        match self.seconds_ago {
            Some(seconds) => format!("process {}, last sign {seconds} s ago", self.pid),
            None => format!("process {} has ended", self.pid),
        }
    }
}

pub(super) fn run(args: &StatusArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut session = Session::open(surface).await?;
        let known = state::read(&session.settings.data_dir.value);
        let index = Index::open(&session.settings.index_dir())?;
        let index = index.map(|index| index.watermark().clone()).filter(|mark| mark.store == session.store.id);
        let behind = session.store.revision().await? - index.as_ref().map_or(0, |mark| mark.revision);
        let mut statuses = Vec::new();
        for (vault, site) in session.vaults().await?.into_iter().zip(session.sites.clone()) {
            let synced = known.vaults.get(&vault.name).filter(|v| v.synced_ms > 0).map(|v| Timestamp::from_millis(v.synced_ms).to_string());
            statuses.push(one(&mut session, &vault, &site, synced).await?);
        }
        session.close().await?;
        let watcher = state::watcher_word(&known, statuses.iter().map(|s| s.vault.as_str()), Timestamp::now().millis());
        let heartbeat = known.watcher.as_ref().map(Heartbeat::of);
        if surface.global.json {
            let answer = serde_json::json!({"vaults": statuses, "watcher": watcher, "heartbeat": heartbeat, "index_behind": behind});
            surface.json(&answer)?;
        } else {
            let said = heartbeat.map(|heartbeat| format!(" ({})", heartbeat.text())).unwrap_or_default();
            surface.text(&text(&statuses, &format!("{watcher}{said}"), behind))?;
        }
        let is_drift = |s: &VaultStatus| s.pending != Some(0) || s.counts.failed > 0 || s.partial;
        let has_drift = behind != 0 || statuses.iter().any(is_drift);
        Ok(if args.strict && has_drift { Exit::Findings } else { Exit::Success })
    })
}

async fn one(session: &mut Session, vault: &Vault, site: &Site, synced_at: Option<String>) -> Result<VaultStatus> {
    let counts = session.store.counts(vault).await?;
    let scope = Scope::root();
    let looked = disk::observe(&site.disk, &scope);
    let mut status = VaultStatus {
        vault: vault.name.clone(),
        root: site.disk.root.to_string_lossy().into_owned(),
        on_disk: None,
        counts,
        pending: None,
        revision: vault.revision,
        partial: vault.is_partial,
        synced_at,
        why: None,
    };
    match looked {
        Ok(seen) => {
            let Side { known, ledger, .. } = session.store.look(&vault.name, &scope).await?;
            let unknown: Vec<_> = seen.unreadable.keys().collect();
            let plan = plan::plan(&seen.files, &known, &unknown);
            // A file whose time was in doubt is read again by the next sync, but it is not known to differ.
            let doubtful = |path: &&VaultPath| {
                let is_whole = |k: &Known| k.is_read || !path.kind().is_read();
                known.get(*path).is_some_and(|k| is_whole(k) && k.stamp.mtime_ns == 0 && k.stamp.size == seen.files[*path].size)
            };
            let n_changed = plan.to_read.iter().chain(&plan.touched).filter(|p| !doubtful(p)).count();
            // What a link means depends on excluded files, too. One that was in the mirror departs from it, and counts once.
            let globs: BTreeMap<_, _> = ledger.into_iter().filter_map(|(path, left)| Some((path, left.rule?))).collect();
            let came = seen.excluded.iter().filter(|(path, glob)| globs.get(*path) != Some(glob) && !known.contains_key(*path));
            let went = globs.keys().filter(|path| !seen.excluded.contains_key(*path) && !seen.files.contains_key(*path));
            let n_excluded = came.count() + went.count();
            status.pending = Some(plan.moved.len() + plan.arrived.len() + plan.departed.len() + n_changed + n_excluded);
            status.on_disk = Some(seen.files.len() + seen.excluded.len() + seen.left_out.len() + seen.unreadable.len());
        }
        Err(error) => status.why = Some(format!("{error:#}")),
    }
    Ok(status)
}

fn text(statuses: &[VaultStatus], watcher: &str, behind: i64) -> String {
    let mut text = String::new();
    for s in statuses {
        let c = &s.counts;
        let _ = writeln!(text, "{}  {}", one_line(&s.vault), one_line(&s.root));
        let on_disk = s.on_disk.map_or_else(|| "?".to_owned(), |n| n.to_string());
        let _ = writeln!(text, "  on disk {on_disk} = indexed {} + excluded {} + failed {}", c.indexed, c.excluded, c.failed);
        let _ = writeln!(
            text,
            "  notes {}, links {} ({} unresolved), archived {}, notes with problems {}",
            c.notes, c.links, c.unresolved, c.archived, c.with_problems
        );
        let pending = match (s.pending, &s.why) {
            (Some(0), _) => "up to date".to_owned(),
            (Some(n), _) => format!("{n} changes are not indexed yet: run `vault-sync sync`"),
            (None, why) => harmless(why.as_deref().unwrap_or("the disk cannot be looked at")),
        };
        let synced = s.synced_at.as_deref().unwrap_or("never");
        let partial = if s.partial { ", contents still missing" } else { "" };
        let _ = writeln!(text, "  {pending}; last synced {synced}, revision {}{partial}", s.revision);
    }
    let index = if behind == 0 { "in step".to_owned() } else { format!("{behind} revisions behind") };
    let _ = writeln!(text, "index {index}; watcher {watcher}");
    text
}
