//! The sync before an answer: takes in what a look has seen, if it is little enough.
//!
//! It runs to its end on a thread of its own, because a database's future is never dropped midway; whoever wants the answer waits no
//! longer than a bound, and else answers from what there is. That the end is never far is seen to beforehand: only little is begun, and
//! nobody is waited for for long, neither a database that is away nor another writer. A process that ends before is a kill like any other.

use crate::clock::Timestamp;
use crate::index::Index;
use crate::refusal::in_words;
use crate::search::Seen;
use crate::store::{Gists, Location, Store};
use crate::sync::{self, Depth, Options, Report, Site};
use crate::{spool, state};
use anyhow::{Result, bail};
use std::cell::Cell;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// What is to be taken in, and where.
#[derive(Clone, Debug)]
pub struct Task {
    pub data_dir: PathBuf,
    pub index_dir: PathBuf,
    pub location: Location,
    pub sites: Vec<Site>,
    pub seen: Vec<Seen>,
    pub limits: Limits,
}

/// What a refresh may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long an answer waits for it; it waits as long for a database, and for each lock.
    pub bound: Duration,
    pub n_files: usize,
    pub n_bytes: u64,
    /// Files of a vault that may be looked at as a whole.
    pub n_whole: usize,
}

/// For an answer that nobody asked to be fresh.
pub const QUICK: Limits = Limits { bound: Duration::from_millis(100), n_files: 100, n_bytes: 2 << 20, n_whole: 1_000 };
/// For one that was asked to be.
pub const THOROUGH: Limits = Limits { bound: Duration::from_secs(2), n_files: 5_000, n_bytes: 64 << 20, n_whole: usize::MAX };

/// How long a process stays after its answer, so that what was begun comes to its end.
const LINGER: Duration = Duration::from_secs(1);

/// How a refresh ended, as far as the answer is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// It goes on.
    Late,
    Failed(String),
}

/// A refresh on its way.
pub struct Running {
    ended: Receiver<Result<()>>,
    deadline: Instant,
    is_over: bool,
}

/// Returns whether what was seen is little enough.
pub fn is_little(seen: &[Seen], limits: &Limits) -> bool {
    let n_files: usize = seen.iter().map(|seen| seen.n_unseen).sum();
    let n_bytes: u64 = seen.iter().map(|seen| seen.n_bytes).sum();
    let is_narrow = |seen: &Seen| !seen.scope.is_root() || seen.n_files <= limits.n_whole;
    n_files <= limits.n_files && n_bytes <= limits.n_bytes && seen.iter().all(is_narrow)
}

/// Begins to take in what was seen.
pub fn begin(task: Task) -> Running {
    let (sender, ended) = channel();
    let deadline = Instant::now() + task.limits.bound;
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let outcome = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(carry_out(&task, deadline)));
        if let Err(error) = &outcome {
            tracing::info!(error = in_words(error), "what has changed could not be taken in");
            // Searches leave the database alone for a while.
            let _ = spool::put_off(&task.data_dir);
        }
        let _ = sender.send(outcome);
    });
    Running { ended, deadline, is_over: false }
}

impl Running {
    /// Waits for the end, no longer than the bound.
    pub fn outcome(&mut self) -> Outcome {
        let ended = self.ended.recv_timeout(self.deadline.saturating_duration_since(Instant::now()));
        self.is_over = ended.is_ok();
        match ended {
            Ok(Ok(())) => Outcome::Done,
            Ok(Err(error)) => Outcome::Failed(in_words(&error)),
            Err(RecvTimeoutError::Timeout) => Outcome::Late,
            Err(RecvTimeoutError::Disconnected) => Outcome::Failed("it broke off".to_owned()),
        }
    }

    /// Waits a little longer, after the answer.
    pub fn linger(self) {
        if !self.is_over {
            let _ = self.ended.recv_timeout(LINGER);
        }
    }
}

async fn carry_out(task: &Task, deadline: Instant) -> Result<()> {
    let mut store = Store::open_briefly(&task.location, task.limits.bound).await?;
    let outcome = take_in(task, &mut store, deadline).await;
    sync::let_go(&mut store, &task.data_dir).await?;
    store.close().await?;
    outcome
}

async fn take_in(task: &Task, store: &mut Store, deadline: Instant) -> Result<()> {
    if sync::is_ahead(store, &task.index_dir).await? {
        bail!("the index is to be built anew");
    }
    let is_late = || Instant::now() > deadline + LINGER;
    let mut reports: Vec<(&Seen, Report)> = Vec::new();
    for seen in &task.seen {
        let Some(site) = task.sites.iter().find(|site| site.name == seen.vault) else { continue };
        let vault = store.find_vault(&seen.vault).await?;
        if vault.is_none_or(|vault| vault.is_partial || vault.parser_version != site.rules.version()) {
            bail!("the vault '{}' needs a whole sync", seen.vault);
        }
        if !seen.scope.is_empty() {
            let options = Options {
                depth: Depth::Changed,
                allow_mass_delete: false,
                progress: &|_, _| {},
                is_stopped: &is_late,
                data_dir: Some(&task.data_dir),
                // Who only asks writes to no note.
                may_tell: false,
                early: Cell::default(),
            };
            let report = sync::reconcile(store, site, &seen.scope, &options).await?;
            if report.has_purged {
                store.take_lookups(&task.data_dir, spool::Busy::Leave).await?;
            }
            reports.push((seen, report));
        }
    }
    // Before the index follows: what is whole now will be whole in it.
    let mut elsewhere = Vec::new();
    for site in task.sites.iter().filter(|site| site.is_elsewhere) {
        elsewhere.push((&site.name, store.find_vault(&site.name).await?.is_some_and(|vault| vault.is_partial)));
    }
    let mut gists: Gists = reports.iter_mut().flat_map(|(_, report)| report.gists.drain()).collect();
    let index = Index::open(&task.index_dir)?;
    sync::catch_up(store, index, &mut gists, &sync::Patience { lock: task.limits.bound, is_stopped: &is_late }).await?;
    state::update(&task.data_dir, |state| {
        for (seen, report) in &reports {
            let vault = state.vaults.entry(seen.vault.clone()).or_default();
            vault.revision = vault.revision.max(report.revision);
            vault.looked_ms = vault.looked_ms.max(seen.whole_since_ms.unwrap_or_default());
        }
        for (name, is_partial) in elsewhere {
            state.vaults.entry(name.clone()).or_default().partial = is_partial;
        }
    })?;
    tracing::info!(n_vaults = reports.len(), at = %Timestamp::now(), "taken in before the answer");
    Ok(())
}
