//! Whose turn it is: who was overtaken several times goes first, and the others wait. Without that, a long run beside writers that never
//! rest would begin anew for ever.
//!
//! The lock lies in the data directory; writers with another one are not held up. It is a courtesy, not what keeps writers apart: the
//! revision does that.

use super::Options;
use crate::lock::{self, Lock};
use crate::machine::Machine;
use crate::state::{TURN_LOCK, WATCH_LOCK};
use crate::store::Store;
use anyhow::{Context as _, Result};
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Whoever was overtaken more often than that takes the turn.
const OFTEN: usize = 2;
/// So long one waits for somebody's turn to end.
const PATIENCE: Duration = Duration::from_secs(60);
const RETRY: Duration = Duration::from_millis(20);

/// The turn of a run, if it has it.
#[derive(Default)]
pub(super) struct Turn {
    held: Option<Lock>,
    n_overtaken: usize,
}

impl Turn {
    /// The run was overtaken by another writer.
    pub(super) fn note_overtaken(&mut self) {
        self.n_overtaken += 1;
    }

    /// Takes the turn, if the run was overtaken often enough, or waits until nobody has it.
    pub(super) async fn wait(&mut self, options: &Options<'_>) -> Result<()> {
        let Some(data_dir) = options.data_dir.filter(|_| self.held.is_none()) else { return Ok(()) };
        let path = &data_dir.join(TURN_LOCK);
        let is_due = self.n_overtaken > OFTEN;
        let start = Instant::now();
        while lock::is_held(path) && start.elapsed() < PATIENCE {
            if (options.is_stopped)() {
                return Err(Stopped.into());
            }
            tokio::time::sleep(RETRY).await;
        }
        if is_due {
            // If another one was faster, there is a next time.
            self.held = Lock::acquire(path, "a run that was overtaken").ok();
        }
        Ok(())
    }
}

impl Options<'_> {
    /// Returns who writes.
    pub(super) fn machine(&self) -> Result<Machine> {
        let of = |data_dir| Machine::of(data_dir).with_context(|| format!("reading the id of {}", data_dir.display()));
        self.data_dir.map_or_else(|| Ok(Machine::without_data()), of)
    }
}

/// Lets go of what this machine holds of vaults, if this run took it, so that another one need not wait. A watcher of it goes on writing.
///
/// # Errors
/// When the id of the data directory cannot be read, or the database fails.
pub async fn let_go(store: &mut Store, data_dir: &Path) -> Result<()> {
    if !store.has_held() || lock::is_held(&data_dir.join(WATCH_LOCK)) {
        return Ok(());
    }
    store.let_go(&Machine::of(data_dir)?).await
}

/// The run was told to end. What is in is in; the next run does the rest.
#[derive(Debug)]
pub struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped before the end")
    }
}

impl std::error::Error for Stopped {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::Depth;
    use std::cell::Cell;

    #[test]
    fn who_is_overtaken_often_goes_first_and_the_others_wait() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(TURN_LOCK);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let wait = |turn: &mut Turn, is_stopped: bool| {
            let is_stopped = move || is_stopped;
            let options = Options {
                depth: Depth::Changed,
                allow_mass_delete: false,
                progress: &|_, _| {},
                is_stopped: &is_stopped,
                data_dir: Some(folder.path()),
                may_tell: true,
                early: Cell::default(),
            };
            runtime.block_on(turn.wait(&options))
        };
        let (mut one, mut other) = (Turn::default(), Turn::default());
        for _ in 0..=OFTEN {
            wait(&mut one, false).unwrap();
            assert!(!lock::is_held(&path), "nobody goes first who was not held up");
            one.note_overtaken();
        }
        wait(&mut one, false).unwrap();
        assert!(lock::is_held(&path));
        wait(&mut one, false).unwrap();
        assert!(wait(&mut other, true).unwrap_err().is::<Stopped>(), "who waits can be told to end");
        drop(one);
        wait(&mut other, false).unwrap();
        assert!(other.held.is_none());
    }
}
