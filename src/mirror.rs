//! `watch`'s loop: whatever may have changed is reconciled and indexed, until told to stop.
//!
//! Failures do not end it. What could not be carried out stays pending and is tried again; a vault that is away or looks emptied stays
//! frozen, says so once, and goes on when it is back.

mod beat;
mod others;
mod word;

use crate::clock::Timestamp;
use crate::disk::{self, RootGone, Scope};
use crate::index::Index;
use crate::machine::Machine;
use crate::points::{Point, reach};
use crate::refusal::in_words;
use crate::spool::Busy;
use crate::state;
use crate::store::{Gists, HeldElsewhere, Line, Location, Run, Store};
use crate::sync::{self, Depth, Following, Options, Patience, Refused, Report, Site, Stopped, Then};
use crate::watch::{self, Batch, Watcher};
use anyhow::Result;
use beat::{renew, tend, thin};
use others::Others;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use word::{note, note_partial};

/// What the loop works on.
pub struct Mirror {
    pub data_dir: PathBuf,
    pub index_dir: PathBuf,
    pub location: Location,
    pub sites: Vec<Site>,
    pub watch: watch::Options,
    /// Older lookups are removed; 0 keeps them for ever.
    pub keep_days: u32,
    /// Older runs are removed from history and feed; 0 keeps them for ever.
    pub keep_run_days: u32,
    /// Older edits are removed from the change feed; 0 keeps them for ever.
    pub keep_change_days: u32,
    pub allow_mass_delete: bool,
    /// Who writes.
    pub machine: Machine,
    /// Somebody wants a sign of life more often than searches do.
    pub beat_within: Option<Duration>,
}

/// What the loop has to say.
pub enum News<'a> {
    /// Everything that had changed before is in, and changes are followed.
    Ready,
    /// These lines came to the change feed, whoever wrote them, and can be searched.
    Changed(&'a [Line]),
    /// Something is wrong, and will be tried again.
    Trouble(&'a str),
    /// What was wrong is well again.
    Recovered,
    /// Another machine writes a vault: changes here wait, and those there are followed.
    StandingBy(&'a HeldElsewhere),
    /// This machine writes the vault of that name from now on.
    TakenOver(&'a str),
    /// The loop has come round; while it works on something long, that goes on.
    Alive,
    /// So many files of a vault are read, of how many.
    Reading(usize, usize),
    /// It was told to stop, and is about to.
    Ending,
}

/// Told from outside when the loop is to end.
#[derive(Debug, Default)]
pub struct Stop {
    is_set: AtomicBool,
    told: tokio::sync::Notify,
}

impl Stop {
    pub fn set(&self) {
        self.is_set.store(true, Ordering::Relaxed);
        self.told.notify_one();
    }

    pub fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Relaxed)
    }
}

/// The heartbeat: searches take a watcher for living that gave a sign in the last 30 seconds.
const BEAT: Duration = Duration::from_secs(10);
/// The pause before what failed is tried again, and before a lease is asked for that another machine holds.
const RETRY: Duration = Duration::from_secs(3);
/// So long a database takes at most to say one number.
const SILENCE: Duration = Duration::from_secs(5);

/// What the loop carries from batch to batch.
#[derive(Default)]
struct Carried {
    /// To be looked at.
    pending: Batch,
    /// Of vaults that are away or look emptied: looked at with their next event, which may be about something else.
    frozen: Batch,
    /// Reconciled, and not yet in the index, which lags behind.
    unindexed: Vec<(String, Report)>,
    /// The revision up to which the change feed has been told.
    told: i64,
    /// The revision at which it was noted whether the vaults of other machines are whole.
    noted: i64,
    /// Vaults of which all that was seen changed is in, or about to be: searches need not look for themselves.
    followed: BTreeSet<String>,
    /// Who writes the vaults that other machines write.
    elsewhere: BTreeMap<String, HeldElsewhere>,
    /// What is wrong, by vault; under the empty name, the index.
    troubles: BTreeMap<String, String>,
}

impl Carried {
    /// Returns how many paths of followed vaults are seen changed and not yet in. A look at everything has seen no change.
    fn n_pending(&self) -> usize {
        let pending = self.pending.0.iter().filter(|(name, scope)| self.followed.contains(*name) && !scope.is_root());
        pending.map(|(_, scope)| scope.0.len()).sum()
    }

    fn is_idle(&self) -> bool {
        self.pending.0.is_empty() && self.unindexed.is_empty()
    }

    /// Leaves a vault to the machine that writes it, until that lets go of it: then all of it is looked at.
    fn stand_by(&mut self, held: HeldElsewhere, tell: &mut dyn FnMut(News<'_>)) {
        self.followed.remove(&held.vault);
        self.troubles.remove(&held.vault);
        self.pending.0.insert(held.vault.clone(), Scope::root());
        if self.elsewhere.get(&held.vault) != Some(&held) {
            tell(News::StandingBy(&held));
            self.elsewhere.insert(held.vault.clone(), held);
        }
    }

    /// Notes what is wrong; says it only when it is new.
    fn trouble(&mut self, of: &str, message: String, tell: &mut dyn FnMut(News<'_>)) {
        if self.troubles.get(of) != Some(&message) {
            tell(News::Trouble(&message));
            self.troubles.insert(of.to_owned(), message);
        }
    }
}

/// Follows the vaults until `stop` is set.
///
/// # Errors
/// Only what makes following impossible from the start: no watcher thread. All else is [`News::Trouble`].
pub async fn run(mirror: &Mirror, mut store: Store, stop: &Stop, tell: &mut dyn FnMut(News<'_>)) -> Result<()> {
    let here = mirror.sites.iter().filter(|site| !site.is_elsewhere);
    let disks: Vec<_> = here.map(|site| (site.name.clone(), site.disk.clone())).collect();
    let mut watcher = Watcher::start(&disks, &mirror.watch)?;
    sync::leave_if_ahead(&mut store, &mirror.index_dir).await?;
    let mut carried = Carried { told: store.revision().await?, ..Carried::default() };
    let mut is_ready = false;
    let mut beat = tokio::time::interval(mirror.beat_within.map_or(BEAT, |wanted| wanted.min(BEAT)));
    let (mut last_revision, mut thinned) = (0, Timestamp::default());
    let mut others = Others::default();
    while !stop.is_set() {
        others.heed(mirror.sites.iter().any(|site| site.is_elsewhere) || !carried.elsewhere.is_empty(), &mirror.location);
        let retry = tokio::time::sleep(if carried.is_idle() { BEAT * 1000 } else { RETRY });
        tokio::select! {
            batch = watcher.next() => carried.pending.merge(batch),
            () = retry => {}
            () = others.may_have_written() => wake(mirror, &mut store).await,
            () = stop.told.notified() => break,
            _ = beat.tick() => {
                wake(mirror, &mut store).await;
                tend(mirror, &mut store, &carried).await;
                renew(mirror, &mut store, &mut carried, tell).await;
                thin(mirror, &mut store, &mut thinned).await;
                if is_ready && carried.is_idle()
                    && let Err(error) = bring_along(mirror, &mut store, &mut last_revision, &mut carried.told, tell).await
                {
                    tracing::info!(error = in_words(&error), "whether the index is behind could not be seen");
                }
                tell(News::Alive);
                continue;
            }
        }
        reach(Point::EventsTaken);
        let began = Timestamp::now();
        note(mirror, &store, &carried, &[], began);
        let had_trouble = !carried.troubles.is_empty();
        reconcile(mirror, &mut store, &mut carried, stop, tell).await;
        index(mirror, &mut store, &mut carried, began, tell).await;
        if !carried.troubles.is_empty() {
            // Searches must not rely on it meanwhile.
            note(mirror, &store, &carried, &[], began);
        }
        if had_trouble && carried.troubles.is_empty() {
            tell(News::Recovered);
        }
        if !is_ready && carried.is_idle() {
            is_ready = true;
            tell(News::Ready);
            reach(Point::WatchReady);
        }
        reach(Point::EventsFollowed);
    }
    tell(News::Ending);
    drop(watcher);
    tend(mirror, &mut store, &Carried::default()).await;
    if let Err(error) = store.let_go(&mirror.machine).await {
        tracing::info!(error = in_words(&error), "the vaults are let go of when the lease ends");
    }
    let _ = state::update(&mirror.data_dir, |state| state.watcher = None);
    store.close().await
}

/// Reconciles what is pending, vault by vault. What fails stays pending.
async fn reconcile(mirror: &Mirror, store: &mut Store, carried: &mut Carried, stop: &Stop, tell: &mut dyn FnMut(News<'_>)) {
    let pending = std::mem::take(&mut carried.pending);
    for site in &mirror.sites {
        let Some(mut scope) = pending.0.get(&site.name).cloned() else { continue };
        scope.merge(carried.frozen.0.remove(&site.name).unwrap_or_default());
        match one(mirror, store, site, &scope, stop, tell).await {
            Ok(report) => {
                carried.troubles.remove(&site.name);
                if carried.elsewhere.remove(&site.name).is_some() {
                    tell(News::TakenOver(&site.name));
                }
                carried.unindexed.push((site.name.clone(), report));
            }
            Err(error) if error.is::<Stopped>() => {}
            Err(error) => {
                if let Some(held) = error.downcast_ref::<HeldElsewhere>() {
                    carried.stand_by(held.clone(), tell);
                    continue;
                }
                carried.followed.remove(&site.name);
                if error.is::<RootGone>() || error.is::<Refused>() {
                    carried.frozen.0.insert(site.name.clone(), scope);
                } else {
                    carried.pending.0.insert(site.name.clone(), scope);
                    reopen(mirror, store).await;
                }
                carried.trouble(&site.name, in_words(&error), tell);
            }
        }
    }
}

/// Brings the index along; then what was reconciled can be searched, and is told.
async fn index(mirror: &Mirror, store: &mut Store, carried: &mut Carried, began: Timestamp, tell: &mut dyn FnMut(News<'_>)) {
    let mut gists = carried.unindexed.iter_mut().flat_map(|(_, report)| report.gists.drain()).collect();
    store.listen(carried.told);
    let following = Following { rebuild: false, then: Then::GoOn, step: &mut || tell(News::Alive) };
    let followed = sync::follow(store, &mirror.index_dir, &mut gists, following).await;
    let followed = match followed {
        Ok(followed) => followed,
        Err(error) => {
            carried.followed.clear();
            carried.trouble("", format!("the index could not be brought up to date: {}", in_words(&error)), tell);
            reopen(mirror, store).await;
            return;
        }
    };
    carried.troubles.remove("");
    let reports = std::mem::take(&mut carried.unindexed);
    carried.followed.extend(reports.iter().map(|(name, _)| name.clone()));
    carried.followed.extend(mirror.sites.iter().filter(|site| site.is_elsewhere).map(|site| site.name.clone()));
    note(mirror, store, carried, &reports, began);
    let failed = carried.pending.0.keys().map(String::as_str);
    let elsewhere = mirror.sites.iter().filter(|site| site.is_elsewhere && carried.noted != followed.revision);
    note_partial(mirror, store, failed.chain(elsewhere.map(|site| site.name.as_str()))).await;
    carried.noted = followed.revision;
    if let Err(error) = tell_feed(mirror, store, followed.revision, &mut carried.told, tell).await {
        tracing::info!(error = in_words(&error), "the change feed could not be read: it is told with the next changes");
    }
}

/// Tells what came to the change feed since it was told last, up to the revision that searches see. Whoever wrote it: a `sync` beside us may
/// have been first.
async fn tell_feed(mirror: &Mirror, store: &mut Store, revision: i64, told: &mut i64, tell: &mut dyn FnMut(News<'_>)) -> Result<()> {
    let vaults: Vec<&str> = mirror.sites.iter().map(|site| site.name.as_str()).collect();
    // A database that came back from a backup is behind: what comes next is news again.
    let lines = if *told < revision { store.told(&vaults, *told, revision).await? } else { Vec::new() };
    *told = revision;
    if !lines.is_empty() {
        tell(News::Changed(&lines));
    }
    Ok(())
}

/// Brings along an index that was left behind by a run which was killed after its rows were in: no event tells of it. A run at work moves
/// the revision on between two beats, or holds the index's lock.
async fn bring_along(
    mirror: &Mirror,
    store: &mut Store,
    last_revision: &mut i64,
    told: &mut i64,
    tell: &mut dyn FnMut(News<'_>),
) -> Result<()> {
    let revision = store.revision().await?;
    if std::mem::replace(last_revision, revision) == revision {
        let patience = Patience { lock: Duration::ZERO, is_stopped: &|| false };
        sync::catch_up(store, Index::open(&mirror.index_dir)?, &mut Gists::default(), &patience).await?;
        tell_feed(mirror, store, revision, told, tell).await?;
    }
    Ok(())
}

async fn one(
    mirror: &Mirror,
    store: &mut Store,
    site: &Site,
    scope: &Scope,
    stop: &Stop,
    tell: &mut dyn FnMut(News<'_>),
) -> Result<Report> {
    let tell = RefCell::new(tell);
    let started = Timestamp::now();
    // All that is narrower comes after a look at the whole; and who has no files has nothing to write.
    if scope.is_root() && !disk::is_bare(&site.disk.root).unwrap_or(true) {
        store.hold(&site.name, &mirror.machine).await?;
    }
    let options = Options {
        depth: Depth::Changed,
        allow_mass_delete: mirror.allow_mass_delete,
        progress: &|done, all| (tell.borrow_mut())(News::Reading(done, all)),
        is_stopped: &|| stop.is_set(),
        data_dir: Some(&mirror.data_dir),
        may_tell: true,
        early: Cell::default(),
    };
    let report = sync::reconcile(store, site, scope, &options).await?;
    if report.has_purged {
        store.take_lookups(&mirror.data_dir, Busy::Wait).await?;
    }
    // Single saves are in the change feed; the history of runs is for looks at the whole.
    if scope.is_root() && !report.is_unchanged() {
        let vault = store.vault(&site.name).await?;
        let counts = serde_json::to_value(report.counts())?;
        let (ended, keep_days, keep_change_days) = (Timestamp::now(), mirror.keep_run_days, mirror.keep_change_days);
        let run = Run { command: "watch", started, ended, counts, outcome: "success", keep_days, keep_change_days };
        store.record(&vault, &run).await?;
    }
    Ok(report)
}

/// Makes sure that the database answers. A connection may have died without a word, as beyond a router that forgot it: whoever speaks into it
/// waits for a quarter of an hour.
async fn wake(mirror: &Mirror, store: &mut Store) {
    if tokio::time::timeout(SILENCE, store.revision()).await.is_err() {
        tracing::warn!("the database does not answer on this connection: it is made anew");
        reopen(mirror, store).await;
    }
}

/// A connection that failed is made anew; if that fails too, the next attempt tries again.
async fn reopen(mirror: &Mirror, store: &mut Store) {
    match Store::open(&mirror.location).await {
        Ok(fresh) => {
            *store = fresh;
            // The database that came back may be a backup.
            if let Err(error) = sync::leave_if_ahead(store, &mirror.index_dir).await {
                tracing::info!(error = in_words(&error), "whether the index is ahead could not be seen");
            }
        }
        Err(error) => tracing::info!(error = in_words(&error), "the database is away"),
    }
}
