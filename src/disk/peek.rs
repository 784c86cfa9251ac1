//! What an answer asks of the disk: is the file of a hit still what was indexed, what is in it now, when was it written, what has changed.

use super::locate::{find, find_file};
use super::stamp::Stamp;
use super::{Disk, away, hidden};
use crate::path::VaultPath;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Looks at one file of the vault at `root` without opening it. What Obsidian hides is not asked: the index holds none of it.
pub fn peek(root: &Path, path: &VaultPath) -> io::Result<Stamp> {
    let (_, metadata) = find_file(root, path)?;
    Ok(Stamp::new(&metadata, SystemTime::now(), false))
}

/// Returns when a file of the vault at `root` was last written, in Unix milliseconds, also where the time is too young for a stamp.
pub fn modified_ms(root: &Path, path: &VaultPath) -> Option<i64> {
    let modified = find_file(root, path).ok()?.1.modified().ok()?;
    i64::try_from(modified.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// Returns whether the vault at `root` has this folder, or might: where that cannot be seen, it has.
pub fn has_folder(root: &Path, folder: &VaultPath) -> bool {
    folder.is_root() || find(root, folder).map_or_else(|error| error.kind() != io::ErrorKind::NotFound, |(_, metadata)| metadata.is_dir())
}

/// Returns the first symbolic link on the way to a path, itself included, and where it leads.
pub fn link_on_the_way(root: &Path, path: &VaultPath) -> Option<(VaultPath, String)> {
    let mut at = VaultPath::root();
    for name in path.as_str().split('/').filter(|name| !name.is_empty()) {
        at = at.join_twin(name);
        let (real, metadata) = find(root, &at).ok()?;
        if metadata.is_symlink() {
            return Some((at, std::fs::read_link(real).map(|to| to.to_string_lossy().into_owned()).unwrap_or_default()));
        }
    }
    None
}

/// Reads one file of the vault at `root`.
pub fn bytes(root: &Path, path: &VaultPath) -> io::Result<Vec<u8>> {
    let bytes = std::fs::read(find_file(root, path)?.0)?;
    away::check(&bytes)?;
    Ok(bytes)
}

/// Reads so many bytes at the beginning of one file of the vault at `root`, or all if there are no more.
pub fn beginning(root: &Path, path: &VaultPath, n_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(find_file(root, path)?.0)?.take(n_bytes).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// When a file or folder was last changed, in Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// When its contents were written; programs can set it.
    pub modified_ms: i64,
    /// When anything of it was changed, its name and its times included. A folder is changed by what comes into it, leaves it or is replaced
    /// in it, and not by what is written in place.
    pub changed_ms: i64,
    pub size: u64,
}

/// Returns the times of what is at `path` in the vault at `root`; `None` if nothing is.
pub fn times(root: &Path, path: &str) -> io::Result<Option<Times>> {
    let found = match std::fs::symlink_metadata(root.join(path)) {
        Ok(metadata) => Ok(metadata),
        // It may be spelled otherwise.
        Err(_) => find(root, &VaultPath::stored(path)).map(|(_, metadata)| metadata),
    };
    match found {
        Ok(metadata) => {
            let modified_ms = metadata.modified().map_or(0, millis);
            Ok(Some(Times { modified_ms, changed_ms: changed_ms(&metadata).unwrap_or_default().max(modified_ms), size: metadata.len() }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn changed_ms(metadata: &Metadata) -> Option<i64> {
    use std::os::unix::fs::MetadataExt as _;
    Some(metadata.ctime() * 1000 + metadata.ctime_nsec() / 1_000_000)
}

/// The standard library does not say on other systems.
#[cfg(not(unix))]
fn changed_ms(_: &Metadata) -> Option<i64> {
    None
}

fn millis(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or_default()
}

/// What of a vault a search shows, by the rules that are in force now.
pub struct Shown<'a> {
    disk: &'a Disk,
    hidden: hidden::Hidden,
}

impl<'a> Shown<'a> {
    /// Reads the rules.
    pub fn load(disk: &'a Disk) -> Self {
        Self { disk, hidden: hidden::load(&disk.root) }
    }

    /// Returns whether a file at `path` would be shown, if there is one.
    pub fn shows(&self, path: &VaultPath) -> bool {
        !path.is_hidden() && self.disk.excluded_by(path).is_none() && !self.hidden.matches(path)
    }
}

/// Returns the regular files and the folders in a folder of the vault, by their vault paths; `true` for a folder. Hidden entries, symbolic
/// links and names that no vault path can hold are left out.
pub fn entries(root: &Path, folder: &str) -> io::Result<Vec<(VaultPath, bool)>> {
    let above = VaultPath::stored(folder);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(root.join(folder))? {
        let (entry, name) = entry.map(|entry| (entry.file_type(), entry.file_name()))?;
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let kind = entry?;
        if kind.is_dir() || kind.is_file() {
            entries.push((above.join(name), kind.is_dir()));
        }
    }
    Ok(entries)
}
