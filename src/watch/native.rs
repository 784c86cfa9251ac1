//! The kernel's file events, as hints: paths that may have changed, or a doubt about everything. What kind of event it was is not asked.
//!
//! On Linux a watch stands on each folder, set by our own walk: `notify`'s recursive mode would follow into hidden and excluded folders
//! and not see what is made before its watches stand. Other systems watch a whole tree at once.

use super::Tell;
use super::linked::Linked;
use super::place::{CONFIG, place};
use crate::disk::Disk;
use anyhow::{Context as _, Result};
use notify::{Config, ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// What an event tells.
pub(super) enum Hint {
    Paths(Vec<PathBuf>),
    /// Events were lost, or may have been.
    Doubt,
}

/// The watches of one vault.
pub(super) struct Watches {
    /// The root as events spell it.
    root: PathBuf,
    /// There until dropped.
    watcher: Option<RecommendedWatcher>,
    linked: Linked,
    /// Closes when notify's thread has let go of our handler.
    ended: Receiver<()>,
}

impl Watches {
    /// Sets watches on all folders of the vault; each event becomes a hint, told on notify's own thread.
    pub(super) fn start(disk: &Disk, tell: Tell) -> Result<Self> {
        let (alive, ended) = channel::<()>();
        let handler = move |event: notify::Result<Event>| {
            let _alive = &alive;
            if let Some(hint) = hint(event) {
                tell.tell(hint);
            }
        };
        let watcher = RecommendedWatcher::new(handler, Config::default()).context(
            "asking the system for file events; where too many programs ask, `sudo sysctl fs.inotify.max_user_instances=1024` allows more",
        )?;
        let mut watches = Self { root: disk.root.canonicalize()?, watcher: Some(watcher), linked: Linked::default(), ended };
        let root = watches.root.clone();
        watches.add_below(disk, &root)?;
        Ok(watches)
    }

    /// Returns the root as events spell it.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Watches a folder and all folders below it. Each watch stands before its folder is listed, so nothing is made unseen in between.
    pub(super) fn add_below(&mut self, disk: &Disk, folder: &Path) -> Result<()> {
        let config = self.root.join(CONFIG);
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            if cfg!(target_os = "linux") {
                self.add(&folder, RecursiveMode::NonRecursive)?;
                if folder == self.root {
                    self.add(&config, RecursiveMode::NonRecursive)?;
                }
            } else {
                if folder == self.root || self.linked.leads_to_folder(&folder) {
                    self.add(&folder, RecursiveMode::Recursive)?;
                }
                if !disk.follows_links() {
                    return Ok(());
                }
            }
            if folder != config {
                let root = &self.root;
                open.extend(self.linked.folders_in(disk, &folder, |inner| is_wanted(disk, root, inner)));
            }
        }
        Ok(())
    }

    /// Returns the links that are followed.
    pub(super) fn linked(&mut self) -> &mut Linked {
        &mut self.linked
    }

    /// Sets one watch. What is gone again or may not be watched is passed over; a limit of the system is an error.
    fn add(&mut self, folder: &Path, mode: RecursiveMode) -> Result<()> {
        let Some(watcher) = &mut self.watcher else { return Ok(()) };
        match watcher.watch(folder, mode) {
            Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => Err(error).context(
                "the system allows no more file watches; allow more with `sudo sysctl fs.inotify.max_user_watches=1048576`, \
                 and for good by a line `fs.inotify.max_user_watches=1048576` in /etc/sysctl.d/60-vault-sync.conf",
            ),
            Err(error) => {
                tracing::debug!(folder = %folder.display(), %error, "not watched");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}

/// Returns how many folders of a vault are watched, `.obsidian` included.
pub fn n_folders(disk: &Disk) -> usize {
    let mut open = vec![disk.root.clone()];
    let mut linked = Linked::default();
    let mut n_folders = 1;
    while let Some(folder) = open.pop() {
        n_folders += 1;
        open.extend(linked.folders_in(disk, &folder, |inner| is_wanted(disk, &disk.root, inner)));
    }
    n_folders
}

fn is_wanted(disk: &Disk, root: &Path, folder: &Path) -> bool {
    !place(root, folder).is_some_and(|path| disk.excludes_below(&path))
}

impl Drop for Watches {
    /// Waits until notify's thread, which cannot be joined, has ended.
    fn drop(&mut self) {
        drop(self.watcher.take());
        let _ = self.ended.recv_timeout(Duration::from_secs(1));
    }
}

/// Returns what an event tells us. Whether events were lost is asked before anything else: such an event may have no paths.
fn hint(event: notify::Result<Event>) -> Option<Hint> {
    match event {
        Err(error) => {
            tracing::warn!(%error, "file events failed: looking at the whole vault");
            Some(Hint::Doubt)
        }
        Ok(event) if event.need_rescan() => Some(Hint::Doubt),
        // Our own reads: notify 8 always asks for them.
        Ok(Event { kind: EventKind::Access(_), .. }) => None,
        Ok(event) if event.paths.is_empty() => Some(Hint::Doubt),
        Ok(event) => Some(Hint::Paths(event.paths)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{AccessKind, Flag, ModifyKind};

    #[test]
    fn lost_events_are_a_doubt_whatever_else_they_say() {
        let lost = [
            Ok(Event::new(EventKind::Other).set_flag(Flag::Rescan)),
            Ok(Event::new(EventKind::Access(AccessKind::Any)).set_flag(Flag::Rescan).add_path("a".into())),
            Ok(Event::new(EventKind::Modify(ModifyKind::Any))),
            Err(notify::Error::generic("broken")),
        ];
        for event in lost {
            assert!(matches!(hint(event), Some(Hint::Doubt)));
        }
    }

    #[test]
    fn reading_a_file_is_no_hint() {
        assert!(hint(Ok(Event::new(EventKind::Access(AccessKind::Read)).add_path("a".into()))).is_none());
    }
}
