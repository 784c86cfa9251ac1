//! `status`: the ledger of each vault, and how fresh store and index are.

use super::args::StatusArgs;
use super::session::{Session, block_on};
use super::{Exit, Surface, harmless, one_line};
use crate::clock::Timestamp;
use crate::disk::{self, Scope};
use crate::index::Index;
use crate::machine::Machine;
use crate::store::{Counts, Lease, Side, Vault};
use crate::sync::{self, Account, Site};
use crate::{spool, state};
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Serialize)]
struct VaultStatus {
    vault: String,
    root: String,
    /// Files on disk: the sum of indexed, excluded, private, failed and waiting. `None` when the disk cannot be looked at; then the others are as the
    /// last sync left them.
    on_disk: Option<usize>,
    #[serde(flatten)]
    counts: Counts,
    /// Files that came or changed since the last sync.
    waiting: Option<usize>,
    /// The excluded files by the glob or the reason that keeps them out, the failed ones by what was said of them.
    excluded_by: BTreeMap<String, usize>,
    failed_by: BTreeMap<String, usize>,
    /// Documents in folders that cannot be listed: perhaps there, perhaps gone.
    unseen: usize,
    /// What the next sync would change, files that went included; `None` when the disk cannot be looked at.
    pending: Option<usize>,
    /// Private files on disk, of which nothing else is known.
    private: usize,
    revision: i64,
    partial: bool,
    synced_at: Option<String>,
    /// Its files are on other machines only.
    elsewhere: bool,
    /// Which machine writes the vault, where several may.
    writer: Option<Writer>,
    why: Option<String>,
}

/// The machine that writes a vault, or did so last.
#[derive(Serialize)]
struct Writer {
    name: String,
    is_this_machine: bool,
    is_writing: bool,
    since: Option<String>,
    until: Option<String>,
}

impl Writer {
    fn of(lease: &Lease, machine: &Machine) -> Self {
        Self {
            name: lease.machine.name.clone(),
            is_this_machine: lease.machine == *machine,
            is_writing: lease.is_live,
            since: lease.since.map(|at| at.to_string()),
            until: lease.until.map(|at| at.to_string()),
        }
    }

    fn text(&self) -> String {
        let who = if self.is_this_machine { "this machine".to_owned() } else { one_line(&self.name) };
        let until = self.until.as_deref().unwrap_or_default();
        if self.is_writing {
            format!("written by {who}, whose lease ends {until}")
        } else {
            format!("last written by {who}, until {until}")
        }
    }
}

/// What of the mirror is not as it should be, over all vaults.
struct Whole<'a> {
    watcher: &'static str,
    heartbeat: Option<Heartbeat>,
    /// Revisions that the index has not followed yet.
    behind: i64,
    /// Lookups that could not be taken into the log.
    n_lookups: usize,
    vaults: &'a [VaultStatus],
}

/// The watcher's last sign of life.
#[derive(Serialize)]
pub(super) struct Heartbeat {
    pid: u32,
    /// `None` when its process has ended without a word.
    seconds_ago: Option<i64>,
    /// Paths that it has seen changed and not yet taken in.
    pending: usize,
}

impl Heartbeat {
    pub(super) fn of(watcher: &state::Watcher) -> Self {
        let seconds = (Timestamp::now().millis() - watcher.beat_ms) / 1000;
        Self { pid: watcher.pid, seconds_ago: (watcher.beat_ms > 0).then_some(seconds), pending: watcher.pending }
    }

    pub(super) fn text(&self) -> String {
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
        let n_lookups = spool::waiting(&session.settings.data_dir.value)?.n_lookups;
        session.close().await?;
        let watcher = state::watcher_word(&known, statuses.iter().map(|s| s.vault.as_str()), Timestamp::now().millis());
        let heartbeat = known.watcher.as_ref().map(Heartbeat::of);
        let whole = Whole { watcher, heartbeat, behind, n_lookups, vaults: &statuses };
        let drift = whole.drift();
        if surface.global.json {
            let answer = serde_json::json!({
                "vaults": statuses, "watcher": watcher, "heartbeat": whole.heartbeat, "index_behind": behind, "lookups_waiting": n_lookups, "drift": drift,
            });
            surface.json(&answer)?;
        } else {
            surface.text(&text(&whole))?;
            if args.strict && !drift.is_empty() {
                surface.note(&format!("vault-sync: not in step: {}", harmless(&drift.join("; "))));
            }
        }
        Ok(if args.strict && !drift.is_empty() { Exit::Findings } else { Exit::Success })
    })
}

async fn one(session: &mut Session, vault: &Vault, site: &Site, synced_at: Option<String>) -> Result<VaultStatus> {
    let mut counts = session.store.counts(vault).await?;
    let scope = Scope::root();
    let mut account = None;
    let mut why = None;
    match disk::observe(&site.disk, &scope) {
        _ if site.is_elsewhere => why = Some("its files are on another machine".to_owned()),
        Ok(mut seen) => {
            let Side { known, ledger, .. } = session.store.look(&vault.name, &scope).await?;
            sync::set_apart(site, &mut seen, &known);
            let sums = sync::account(&seen, &known, &ledger);
            (counts.indexed, counts.excluded, counts.failed) = (sums.indexed, sums.n_excluded(), sums.n_failed());
            account = Some(sums);
        }
        Err(error) => why = Some(format!("{error:#}")),
    }
    let is_seen = account.is_some();
    let is_shared = session.settings.database_url.value.is_some();
    let machine = Machine::of(&session.settings.data_dir.value)?;
    let writer = vault.lease.as_ref().filter(|_| is_shared).map(|lease| Writer::of(lease, &machine));
    let Account { on_disk, waiting, private, excluded, failed, unseen, pending, .. } = account.unwrap_or_default();
    Ok(VaultStatus {
        vault: vault.name.clone(),
        root: site.disk.root.to_string_lossy().into_owned(),
        on_disk: is_seen.then_some(on_disk),
        counts,
        waiting: is_seen.then_some(waiting),
        excluded_by: excluded,
        failed_by: failed,
        unseen,
        pending: is_seen.then_some(pending),
        private,
        revision: vault.revision,
        partial: vault.is_partial,
        synced_at,
        elsewhere: site.is_elsewhere,
        writer,
        why,
    })
}

impl Whole<'_> {
    /// Returns what `--strict` ends with 1 for: each way in which disk, SQL, index and log are apart, or a watcher died.
    fn drift(&self) -> Vec<String> {
        let mut drift = Vec::new();
        for vault in self.vaults {
            let mut say = |is_so: bool, what: &dyn Fn() -> String| is_so.then(|| drift.push(format!("{}: {}", vault.vault, what())));
            say(vault.pending.is_none() && !vault.elsewhere, &|| "the disk cannot be looked at".to_owned());
            say(vault.pending.is_some_and(|n| n > 0), &|| format!("{} changes are not indexed yet", vault.pending.unwrap_or_default()));
            say(vault.counts.failed > 0, &|| format!("{} files failed", vault.counts.failed));
            say(vault.partial, &|| "contents are still missing".to_owned());
        }
        let mut say = |is_so: bool, what: String| is_so.then(|| drift.push(what));
        say(self.behind != 0, "the index is not where the database is".to_owned());
        say(self.n_lookups > 0, format!("{} lookups wait for the log", self.n_lookups));
        say(self.watcher == "stale", "the watcher is dead or stuck".to_owned());
        drift
    }
}

/// Another machine writes the vault.
fn is_elsewhere(s: &VaultStatus) -> bool {
    s.writer.as_ref().is_some_and(|writer| writer.is_writing && !writer.is_this_machine)
}

fn text(whole: &Whole<'_>) -> String {
    let mut text = String::new();
    for s in whole.vaults {
        let c = &s.counts;
        let root = if s.elsewhere { "(its files are on another machine)".to_owned() } else { one_line(&s.root) };
        let _ = writeln!(text, "{}  {root}", one_line(&s.vault));
        let on_disk = s.on_disk.map_or_else(|| "?".to_owned(), |n| n.to_string());
        let waiting = s.waiting.filter(|n| *n > 0).map(|n| format!(" + waiting {n}")).unwrap_or_default();
        let private = if s.private > 0 { format!("private {} + ", s.private) } else { String::new() };
        let _ =
            writeln!(text, "  on disk {on_disk} = indexed {} + excluded {} + {private}failed {}{waiting}", c.indexed, c.excluded, c.failed);
        for (of, by) in [("excluded", &s.excluded_by), ("failed", &s.failed_by)] {
            by.iter().for_each(|(reason, n)| text.push_str(&format!("    {of} {n}: {}\n", one_line(reason))));
        }
        if s.unseen > 0 {
            let _ = writeln!(text, "    {} documents lie in folders that cannot be listed, and stay as they were", s.unseen);
        }
        let _ = writeln!(
            text,
            "  notes {}, links {} ({} unresolved), archived {}, notes with problems {}",
            c.notes, c.links, c.unresolved, c.archived, c.with_problems
        );
        let pending = match (s.pending, &s.why) {
            (Some(0), _) => "up to date".to_owned(),
            (Some(n), _) if is_elsewhere(s) => format!("{n} differences to the copy of the machine that writes"),
            (Some(n), _) => format!("{n} changes are not indexed yet: run `vault-sync sync`"),
            (None, _) if s.elsewhere => "followed in the database".to_owned(),
            (None, why) => harmless(why.as_deref().unwrap_or("the disk cannot be looked at")),
        };
        let synced = s.synced_at.as_deref().unwrap_or(if s.elsewhere { "elsewhere" } else { "never" });
        let partial = if s.partial { ", contents still missing" } else { "" };
        let _ = writeln!(text, "  {pending}; last synced {synced}, revision {}{partial}", s.revision);
        if let Some(writer) = &s.writer {
            let _ = writeln!(text, "  {}", writer.text());
        }
    }
    let index = match whole.behind {
        0 => "in step".to_owned(),
        1.. => format!("{} revisions behind", whole.behind),
        _ => "ahead of the database, as after a backup came back: `vault-sync sync` builds it anew".to_owned(),
    };
    let heartbeat = whole.heartbeat.as_ref().map(|heartbeat| format!(" ({})", heartbeat.text())).unwrap_or_default();
    let is_followed = whole.heartbeat.as_ref().is_some_and(|beat| beat.seconds_ago.is_some()) && whole.watcher != "live";
    let watcher = if is_followed && whole.vaults.iter().any(is_elsewhere) { "stands by" } else { whole.watcher };
    let _ = writeln!(text, "index {index}; watcher {watcher}{heartbeat}");
    text
}
