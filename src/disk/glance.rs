//! What the watcher asks of the disk: is it still there, what is at this path, which folders lie in this one.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What is at a path, as far as the watcher cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glance {
    Folder,
    /// A file with something in it.
    File,
    /// A file that is empty: perhaps just made, its contents still to come.
    EmptyFile,
    /// Nothing, or nothing that can be looked at.
    Nothing,
}

/// Looks at a real path; a symbolic link is not followed, and is nothing that we watch.
pub fn glance(real: &Path) -> Glance {
    match std::fs::symlink_metadata(real) {
        Ok(metadata) if metadata.is_dir() => Glance::Folder,
        Ok(metadata) if metadata.is_file() && metadata.len() > 0 => Glance::File,
        Ok(metadata) if metadata.is_file() => Glance::EmptyFile,
        _ => Glance::Nothing,
    }
}

/// Returns the real folders in a folder, without those that begin with a dot and without symbolic links.
pub fn subfolders(real: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(real)? {
        let entry = entry?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !is_hidden && entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}

/// Returns whether a folder holds nothing at all, not even a hidden entry: a mount point without its drive looks so.
pub fn is_bare(root: &Path) -> io::Result<bool> {
    Ok(std::fs::read_dir(root)?.next().is_none())
}

/// Which folder a vault's root is: it changes when the root is replaced, or another drive is mounted there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootId {
    device: u64,
    inode: u64,
    /// Inode numbers are used again, often at once.
    born: Option<SystemTime>,
}

/// Returns the root's identity; `None` if there is no folder at the path.
pub fn root_id(root: &Path) -> Option<RootId> {
    std::fs::metadata(root).ok().filter(Metadata::is_dir).map(|metadata| identity(&metadata))
}

#[cfg(unix)]
pub(super) fn identity(metadata: &Metadata) -> RootId {
    use std::os::unix::fs::MetadataExt as _;
    RootId { device: metadata.dev(), inode: metadata.ino(), born: metadata.created().ok() }
}

/// The standard library gives no numbers on other systems.
#[cfg(not(unix))]
pub(super) fn identity(metadata: &Metadata) -> RootId {
    RootId { device: 0, inode: 0, born: metadata.created().ok() }
}
