//! What has changed in a vault since it was last synced, as far as a look can tell that stops when it must.
//!
//! Folders come first: what came, went or was replaced shows in their times, and a listing then tells it from false alarms. What was
//! written in place shows in the files alone; those written last come first, because they are the ones that are written again.

use crate::disk::Scope;
use crate::disk::{self, Shown, Times};
use crate::index::{File, Files};
use crate::path::VaultPath;
use crate::sync::Site;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

/// Times within so many milliseconds of the last sync are in doubt: some file systems keep whole or even two seconds.
const DOUBT_MS: i64 = 2_000;
/// A file's time may lag behind the clock by so many milliseconds: the kernel takes it from its last tick.
const TICK_MS: i64 = 10;
/// So many files are taken in the order of their times, the others as they come.
const NEWEST: usize = 4096;
/// Where Obsidian keeps what it hides.
const RULES: &str = ".obsidian/app.json";

/// Says whether a look must end that has been at so many files and folders.
pub(super) type IsOver<'a> = dyn Fn(usize) -> bool + 'a;

/// A vault on disk and in the index, and since when they may differ.
pub(super) struct Look<'a> {
    pub(super) site: &'a Site,
    pub(super) files: Files<'a>,
    /// Unix milliseconds.
    pub(super) since_ms: i64,
}

/// What a look saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Where a sync must look to take it in.
    pub(super) scope: Scope,
    /// Files that came, went or were written.
    pub(super) n_unseen: usize,
    /// Bytes of those that are there.
    pub(super) n_bytes: u64,
    /// Notes that the look did not get to.
    pub(super) n_unchecked: usize,
    /// Files of the vault.
    pub(super) n_files: usize,
}

impl Look<'_> {
    /// Looks until everything was seen or `is_over`, which is told at how many files and folders it has looked.
    pub(super) fn take(&self, is_over: &IsOver) -> News {
        let mut seeing = Seeing {
            look: self,
            shown: Shown::load(&self.site.disk),
            is_over,
            n_looked: Cell::new(0),
            is_cut: false,
            gone: HashSet::new(),
            news: News::default(),
        };
        seeing.news.n_files = self.files.n_files();
        let (folders, changed) = seeing.folders();
        seeing.entries(&folders, &changed);
        seeing.rules();
        seeing.notes();
        seeing.news
    }

    /// Returns whether that was after the last sync, or may have been.
    fn is_late(&self, ms: i64) -> bool {
        ms > self.since_ms - DOUBT_MS
    }

    /// Returns whether what is there is so by a link that was made after it: no file system that has links keeps whole seconds only.
    fn is_linked_late(&self, times: Times) -> bool {
        times.linked_ms > (self.since_ms - TICK_MS).max(0)
    }
}

/// A look in progress.
struct Seeing<'a> {
    look: &'a Look<'a>,
    shown: Shown<'a>,
    is_over: &'a IsOver<'a>,
    n_looked: Cell<usize>,
    /// Some folder was not looked at.
    is_cut: bool,
    /// Folders that are not there any more.
    gone: HashSet<&'a str>,
    news: News,
}

impl<'a> Seeing<'a> {
    /// Returns the folders of the vault, as far as they were looked at, and those in which something may have come, gone or been replaced.
    fn folders(&mut self) -> (HashSet<&'a str>, HashSet<&'a str>) {
        let (mut folders, mut changed) = (HashSet::new(), HashSet::new());
        let look = self.look;
        let _ = look.files.each_folder(|folder| {
            if self.must_end() {
                return ControlFlow::Break(());
            }
            folders.insert(folder);
            match self.times(folder) {
                _ if !folder.is_empty() && self.gone.contains(folder_of(folder)) => drop(self.gone.insert(folder)),
                Some(Some(times)) if !look.is_linked_late(times) => {
                    changed.extend(look.is_late(times.changed_ms).then_some(folder));
                }
                // Of what lies behind a new link nothing is known, as of what is gone.
                Some(_) => {
                    self.gone.insert(folder);
                    self.news.scope.add(VaultPath::stored(folder));
                }
                _ => {}
            }
            ControlFlow::Continue(())
        });
        (folders, changed)
    }

    /// Compares what is in the changed folders with what the index has there.
    fn entries(&mut self, folders: &HashSet<&'a str>, changed: &HashSet<&'a str>) {
        if changed.is_empty() && self.gone.is_empty() {
            return;
        }
        let mut known: HashMap<&str, HashSet<&str>> = HashMap::new();
        let (look, mut n_gone) = (self.look, 0);
        let either = changed.iter().chain(&self.gone).map(|folder| folder.as_bytes()).collect();
        look.files.each_in(&either, |folder, path| match changed.get(folder) {
            Some(folder) => drop(known.entry(folder).or_default().insert(path)),
            None => n_gone += 1,
        });
        self.news.n_unseen += n_gone;
        for folder in changed {
            if self.must_end() {
                return;
            }
            let Ok(entries) = disk::entries(&self.look.site.disk, folder) else { continue };
            let mut missing = known.remove(folder).unwrap_or_default();
            for (path, is_folder) in entries {
                // A folder that was there, by a link or not, is looked at for itself.
                let is_known = folders.contains(path.as_str());
                if is_known && (is_folder || disk::is_link(&self.look.site.disk.root.join(path.as_str()))) {
                    continue;
                }
                if is_folder {
                    if self.came_below(&path) > 0 {
                        self.news.scope.add(path);
                    }
                } else if !missing.remove(path.as_str()) && self.shown.shows(&path) && self.is_news(&path) {
                    self.note(&path);
                }
            }
            for path in missing {
                if self.times(path) == Some(None) {
                    self.note(&VaultPath::stored(path));
                }
            }
        }
    }

    /// Counts the files below a folder that is new.
    fn came_below(&mut self, folder: &VaultPath) -> usize {
        let before = self.news.n_unseen;
        let mut left = vec![folder.clone()];
        while let Some(folder) = left.pop() {
            if self.must_end() {
                self.news.n_unseen += 1;
                break;
            }
            for (path, is_folder) in disk::entries(&self.look.site.disk, folder.as_str()).unwrap_or_default() {
                if is_folder {
                    left.push(path);
                } else if self.shown.shows(&path) {
                    self.news.n_unseen += 1;
                    self.news.n_bytes += self.times(path.as_str()).flatten().map_or(0, |times| times.size);
                }
            }
        }
        self.news.n_unseen - before
    }

    /// What Obsidian hides may be another choice of files now.
    fn rules(&mut self) {
        if self.times(RULES).flatten().is_some_and(|times| times.changed_ms > self.look.since_ms - TICK_MS) {
            self.news.scope = Scope::root();
            self.news.n_unseen += 1;
        }
    }

    /// Looks at the notes and canvases themselves.
    fn notes(&mut self) {
        if self.must_end() {
            self.news.n_unchecked = self.news.n_files;
            return;
        }
        let notes = self.look.files.notes(NEWEST);
        for (n_looked, place) in notes.iter().enumerate() {
            if (self.is_over)(self.n_looked.get()) {
                self.news.n_unchecked = notes.len() - n_looked;
                return;
            }
            let file = self.look.files.file(*place);
            let has_changed = match self.times(file.path) {
                _ if !self.gone.is_empty() && self.gone.contains(folder_of(file.path)) => false,
                Some(Some(times)) => self.has_changed(&file, times),
                Some(None) => true,
                None => false,
            };
            let path = || VaultPath::stored(file.path);
            if has_changed && (self.news.scope.is_root() || !self.news.scope.covers(&path())) {
                self.note(&path());
            }
        }
    }

    /// Returns whether a file is not what was indexed. A sync in between may have taken it in: then the index has its time, or, where that
    /// was in doubt, a later one.
    fn has_changed(&self, file: &File, times: Times) -> bool {
        let is_indexed = times.modified_ms == file.modified_ms || times.changed_ms + TICK_MS < file.modified_ms;
        self.look.is_late(times.changed_ms) && !is_indexed || self.look.is_linked_late(times)
    }

    /// Returns whether what the index does not have is news: a link that is not new may be one of several to one place.
    fn is_news(&self, path: &VaultPath) -> bool {
        self.times(path.as_str()).flatten().is_none_or(|times| times.linked_ms == 0 || self.look.is_linked_late(times))
    }

    fn note(&mut self, path: &VaultPath) {
        self.news.n_unseen += 1;
        self.news.n_bytes += self.times(path.as_str()).flatten().map_or(0, |times| times.size);
        self.news.scope.add(path.clone());
    }

    /// Returns the times of a file or folder; `Some(None)` if it is not there, `None` if that cannot be seen.
    fn times(&self, path: &str) -> Option<Option<Times>> {
        self.n_looked.set(self.n_looked.get() + 1);
        disk::times(&self.look.site.disk, path).ok()
    }

    fn must_end(&mut self) -> bool {
        self.is_cut |= (self.is_over)(self.n_looked.get());
        self.is_cut
    }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
