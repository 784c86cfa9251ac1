//! The vault's disk: lists and reads what lies under a scope. Read-only, and the only place that opens a vault's files.

use crate::path::VaultPath;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A set of paths to look at, each with all that lies below it; the root means everything. It must cover, it need not be exact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(pub BTreeSet<VaultPath>);

/// One vault's place on this machine and what of it is left out.
#[derive(Clone, Debug)]
pub struct Disk {
    pub root: PathBuf,
    /// Globs of `[[vault]] exclude`, matched against vault paths: such files are not indexed, only counted.
    pub exclude: Vec<String>,
}

/// What a look at a file saw, without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// 0 when the time is in doubt: within two seconds of the look, so that a later write could leave it as it is.
    pub mtime_ns: i64,
    pub size: i64,
    /// Survives renames; `None` where the file system gives no birth time, because inode numbers alone are used again.
    pub file_id: Option<FileId>,
    /// Matched by Obsidian's `userIgnoreFilters`: indexed and linkable, but hidden from search.
    pub is_ignored: bool,
}

/// A file's identity on its file system: inode and birth time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId {
    pub inode: u64,
    pub born_ns: i64,
}

/// What lies under a scope.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    pub files: BTreeMap<VaultPath, Stamp>,
    /// Files that are there and not indexed, with the reason: excluded by which rule, name not UTF-8, ...
    pub left_out: BTreeMap<VaultPath, String>,
    /// Folders and files that could not be looked at: what lies there is unknown, not gone.
    pub unreadable: BTreeMap<VaultPath, String>,
}
