//! `watch`: what may have changed on the disk, in batches of scopes. It knows nothing of SQL, of the index, or of what a change means.
//!
//! A plain thread gathers file events of all vaults; batches cross to the asynchronous side by one channel. An event is a hint that a
//! path may have changed, and in doubt the scope is the whole vault. The first batch is the whole of every vault, given out when the
//! watches stand: catching up and following are one thing, without a gap between them.

mod coalesce;
mod linked;
mod mounts;
mod native;
mod place;
mod sleep;
mod vault;

pub use mounts::{file_system_of, is_remote};
pub use native::n_folders;

use crate::disk::{Disk, Scope};
use anyhow::{Context as _, Result};
use native::Hint;
use sleep::Clocks;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use vault::WatchedVault;

/// As many events are taken in before we see again what is due, however many more wait.
const MOST_AT_ONCE: usize = 1024;

/// How long we wait for a signal when there is no vault to watch.
const LONGEST_REST: Duration = Duration::from_secs(3600);

/// How changes are noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// File events, and polling where the file system has none.
    Auto,
    Native,
    Poll,
}

#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub mode: Mode,
    /// The pause between two looks where we poll.
    pub poll_every: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { mode: Mode::Auto, poll_every: Duration::from_secs(2) }
    }
}

/// What to look at: by a vault's name, the scope in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch(pub BTreeMap<String, Scope>);

impl Batch {
    /// Adds all that `other` holds.
    pub fn merge(&mut self, other: Self) {
        for (vault, scope) in other.0 {
            self.0.entry(vault).or_default().merge(scope);
        }
    }
}

/// Watches vaults until it is dropped. A root that goes away does not end it: it waits for the root's return.
pub struct Watcher {
    batches: UnboundedReceiver<Batch>,
    signals: Sender<Signal>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread is told.
enum Signal {
    Hint {
        vault: usize,
        hint: Hint,
    },
    /// Whoever gets the batches waits for the next one.
    Asked,
    Stop,
}

/// The way of one vault's hints to the thread.
#[derive(Clone)]
struct Tell {
    vault: usize,
    signals: Sender<Signal>,
}

impl Tell {
    fn tell(&self, hint: Hint) {
        // Nobody hears it any more when we are stopping.
        let _ = self.signals.send(Signal::Hint { vault: self.vault, hint });
    }
}

impl Watcher {
    /// Begins to watch the vaults, each given with its name.
    pub fn start(disks: &[(String, Disk)], options: &Options) -> Result<Self> {
        let (signals, heard) = channel();
        let (give, batches) = unbounded_channel();
        let (disks, options, tell) = (disks.to_vec(), *options, signals.clone());
        let watch = move || {
            let numbered = disks.into_iter().enumerate();
            let start = |(vault, (name, disk))| WatchedVault::start(name, disk, options, Tell { vault, signals: tell.clone() });
            follow(numbered.map(start).collect(), &heard, &give);
        };
        let thread = std::thread::Builder::new().name("watch".to_owned()).spawn(watch).context("starting the watching thread")?;
        Ok(Self { batches, signals, thread: Some(thread) })
    }

    /// Waits for the next batch: all that has changed since the last one was given out. Nothing is lost if the wait is cancelled.
    pub async fn next(&mut self) -> Batch {
        // Whether the thread still hears is told by the channel that it gives to.
        let _ = self.signals.send(Signal::Asked);
        let mut batch = self.batches.recv().await.expect("the thread watches until it is told to stop");
        while let Ok(more) = self.batches.try_recv() {
            batch.merge(more);
        }
        batch
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.signals.send(Signal::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread: gives out what is due and hears what is told, until it is told to stop.
fn follow(mut vaults: Vec<WatchedVault>, heard: &Receiver<Signal>, give: &UnboundedSender<Batch>) {
    let mut clocks = Clocks::new(Instant::now(), SystemTime::now());
    loop {
        if clocks.have_parted(Instant::now(), SystemTime::now()) {
            tracing::info!("the clock jumped, as after a sleep: looking at everything");
            vaults.iter_mut().for_each(|vault| vault.doubt(Instant::now()));
        }
        let batch = take_due(&mut vaults, Instant::now());
        if !batch.0.is_empty() && give.send(batch).is_err() {
            return;
        }
        if hear(&mut vaults, heard).is_break() {
            return;
        }
    }
}

fn take_due(vaults: &mut [WatchedVault], now: Instant) -> Batch {
    let mut batch = Batch::default();
    for vault in vaults {
        vault.tick(now);
        if let Some(scope) = vault.take(now) {
            batch.0.insert(vault.name.clone(), scope);
        }
    }
    batch
}

/// Waits for a signal or until something is due, and takes in all signals that wait by then.
fn hear(vaults: &mut [WatchedVault], heard: &Receiver<Signal>) -> ControlFlow<()> {
    let now = Instant::now();
    let wake = vaults.iter().map(WatchedVault::wake).min().unwrap_or(now + LONGEST_REST);
    let first = heard.recv_timeout(wake.saturating_duration_since(now)).ok();
    for signal in first.into_iter().chain(heard.try_iter().take(MOST_AT_ONCE)) {
        let now = Instant::now();
        match signal {
            Signal::Hint { vault, hint } => vaults[vault].hear(hint, now),
            Signal::Asked => vaults.iter_mut().for_each(|vault| vault.asked(now)),
            Signal::Stop => return ControlFlow::Break(()),
        }
    }
    ControlFlow::Continue(())
}
