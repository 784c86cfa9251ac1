//! The vault's disk: lists and reads what lies under a scope. Read-only, and the only place that opens a vault's files.
//!
//! `observe` turns the disk into a value, `read` and `stamp` look at one file. What changed since last time, and what follows from it,
//! is `plan`'s business: nothing here knows what was seen before.

mod away;
mod exclude;
mod glance;
mod hidden;
mod links;
mod locate;
mod observe;
mod peek;
mod reader;
mod stamp;
#[cfg(test)]
mod tests;
mod twins;
mod walk;

pub use glance::{Glance, RootId, glance, is_bare, root_id, subfolders};
pub use hidden::hidden_by;
pub use links::{End, Lead, end, is_link, links_in};
pub use locate::locate;
pub use observe::observe;
pub use peek::{Shown, Times, bytes, entries, has_folder, link_on_the_way, modified_ms, peek, times};
pub use reader::Reader;
pub use stamp::{FileId, Stamp};
pub use twins::folders_of_twins;

use crate::path::VaultPath;
use exclude::Exclude;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

/// One vault's place on this machine and what of it is left out.
#[derive(Clone, Debug)]
pub struct Disk {
    pub root: PathBuf,
    exclude: Exclude,
    globs: Vec<String>,
    /// In MiB; no larger file is read.
    largest: u64,
    links: links::Links,
}

impl Disk {
    /// Returns the disk of the vault at `root`, without touching it; files that match a glob of `exclude` are not indexed, only counted.
    pub fn new(root: impl Into<PathBuf>, exclude: &[String]) -> Self {
        let (exclude, globs) = (Exclude::new(&[], exclude), exclude.to_vec());
        Self { root: root.into(), exclude, globs, largest: u64::MAX, links: links::Links::default() }
    }

    /// Returns the disk, of which files that match a glob of `private` are not even told.
    pub fn keeping_private(self, private: &[String]) -> Self {
        Self { exclude: Exclude::new(private, &self.globs), ..self }
    }

    /// Returns the disk as Obsidian has it, which knows nothing of globs.
    pub fn without_globs(self) -> Self {
        Self { exclude: Exclude::new(&[], &[]), globs: Vec::new(), ..self }
    }

    /// Returns whether some glob says what is private.
    pub fn has_private(&self) -> bool {
        self.exclude.has_private()
    }

    /// Returns whether the file `path` is private by a glob.
    pub fn is_private(&self, path: &VaultPath) -> bool {
        self.is_private_by(path, self.exclude.file(path))
    }

    /// Returns whether what stands at `path` is private, should it be a folder.
    fn is_private_folder(&self, path: &VaultPath) -> bool {
        self.is_private_by(path, self.exclude.folder(path))
    }

    fn is_private_by(&self, path: &VaultPath, own: Option<usize>) -> bool {
        self.exclude.outer(self.exclude.above(path), || own).is_some_and(|rule| self.exclude.is_private(rule))
    }

    /// Returns the disk with a limit, in MiB, on the files that are read: one note takes no more than its share of time and memory.
    pub fn reading_at_most(self, largest: u64) -> Self {
        Self { largest, ..self }
    }

    /// Refuses a file of so many bytes if it is too large to be read.
    pub fn check_size(&self, size: i64) -> io::Result<()> {
        if u64::try_from(size).unwrap_or_default() <= self.largest.saturating_mul(1 << 20) {
            return Ok(());
        }
        let why = format!("larger than {} MiB: exclude it, or allow more with `largest_mib` in `[notes]`", self.largest);
        Err(io::Error::other(why))
    }

    /// Returns the rule of `exclude` that keeps `path` out of the mirror, by its own name or by a folder above it.
    pub fn excluded_by(&self, path: &VaultPath) -> Option<&str> {
        self.exclude.outer(self.exclude.above(path), || self.exclude.file(path)).map(|rule| self.exclude.text(rule))
    }

    /// Returns whether everything below the folder `path` is excluded, so that nobody needs to look there.
    pub fn excludes_below(&self, path: &VaultPath) -> bool {
        self.exclude.above(path).or_else(|| self.exclude.folder(path)).is_some()
    }
}

/// A set of paths to look at, each with all that lies below it; the root means everything. It must cover, it need not be exact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(pub BTreeSet<VaultPath>);

impl Scope {
    /// Returns the scope of a whole vault.
    pub fn root() -> Self {
        Self(BTreeSet::from([VaultPath::root()]))
    }

    pub fn is_root(&self) -> bool {
        // Nothing sorts before it.
        self.0.first().is_some_and(VaultPath::is_root)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether `path` is in the scope, by itself or below one of its paths.
    pub fn covers(&self, path: &VaultPath) -> bool {
        if self.is_root() {
            return true;
        }
        let mut at = path.clone();
        while !at.is_root() {
            if self.0.contains(&at) {
                return true;
            }
            at = at.parent();
        }
        false
    }

    /// Adds a path; what lies below it needs no mention any more.
    pub fn add(&mut self, path: VaultPath) {
        if path.is_root() {
            self.0.clear();
        }
        if !self.is_root() {
            self.0.insert(path);
        }
    }

    /// Adds everything that `other` covers.
    pub fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|path| self.add(path));
    }
}

impl FromIterator<VaultPath> for Scope {
    fn from_iter<I: IntoIterator<Item = VaultPath>>(paths: I) -> Self {
        let mut scope = Self::default();
        paths.into_iter().for_each(|path| scope.add(path));
        scope
    }
}

/// What lies under a scope.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    pub files: BTreeMap<VaultPath, Stamp>,
    /// Files that a glob keeps out of the mirror, with the glob. Links can mean them all the same.
    pub excluded: BTreeMap<VaultPath, String>,
    /// Private files. Nobody is told of them, and no link means them.
    pub private: BTreeMap<VaultPath, Stamp>,
    /// What else is there and not indexed, with the reason: a symbolic link, a name that is not UTF-8, which is written with its bytes
    /// escaped.
    pub left_out: BTreeMap<VaultPath, String>,
    /// Folders and files that could not be looked at: what lies there is unknown, not gone.
    pub unreadable: BTreeMap<VaultPath, String>,
    /// There are symbolic links, on the way or at its end, of which only a look at the whole vault can say what they lead to.
    pub has_links: bool,
}

/// The vault's root cannot be looked at. Never to be taken for an empty vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootGone {
    pub root: PathBuf,
    pub why: String,
}

impl fmt::Display for RootGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot look at the vault {}: {}", self.root.display(), self.why)
    }
}

impl std::error::Error for RootGone {}

/// Looks at one file without opening it.
pub fn stamp(disk: &Disk, path: &VaultPath) -> io::Result<Stamp> {
    let (_, metadata) = locate::find_file(disk, path)?;
    Ok(Stamp::new(&metadata, SystemTime::now(), hidden::load(&disk.root).matches(path)))
}
