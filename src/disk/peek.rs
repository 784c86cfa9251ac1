//! What an answer asks of the disk: is the file of a hit still what was indexed, what is in it now, when was it written, what has changed.

use super::locate::{Names, find, find_file};
use super::stamp::Stamp;
use super::{Disk, away, hidden};
use crate::path::VaultPath;
use std::fs::Metadata;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

/// Looks at one file of a vault without opening it. What Obsidian hides is not asked: the index holds none of it.
pub fn peek(disk: &Disk, path: &VaultPath) -> io::Result<Stamp> {
    let (_, metadata) = find_file(disk, path)?;
    Ok(Stamp::new(&metadata, SystemTime::now(), false))
}

/// Returns when a file of a vault was last written, in Unix milliseconds, also where the time is too young for a stamp.
pub fn modified_ms(disk: &Disk, path: &VaultPath) -> Option<i64> {
    let modified = find_file(disk, path).ok()?.1.modified().ok()?;
    i64::try_from(modified.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// Returns whether a vault has this folder, or might: where that cannot be seen, it has.
pub fn has_folder(disk: &Disk, folder: &VaultPath) -> bool {
    folder.is_root() || find(disk, folder).map_or_else(|error| error.kind() != io::ErrorKind::NotFound, |(_, metadata)| metadata.is_dir())
}

/// Returns the symbolic link on the way to a path, itself included, and where it leads; of several the last, or the one at which the way
/// ends.
pub fn link_on_the_way(disk: &Disk, path: &VaultPath) -> Option<(VaultPath, String)> {
    let (mut at, mut folder, mut met) = (VaultPath::root(), disk.root.clone(), None);
    for name in path.as_str().split('/').filter(|name| !name.is_empty()) {
        at = at.join_twin(name);
        let Ok(Some((real, metadata))) = Names::default().entry(&folder, name) else { break };
        folder = real;
        if metadata.is_symlink() {
            let to = std::fs::read_link(&folder).map(|to| to.to_string_lossy().into_owned()).unwrap_or_default();
            met = Some((at.clone(), to));
            let Ok((real, _)) = disk.lead(&folder) else { break };
            folder = real;
        }
    }
    met
}

/// Reads one file of a vault.
pub fn bytes(disk: &Disk, path: &VaultPath) -> io::Result<Vec<u8>> {
    let bytes = std::fs::read(find_file(disk, path)?.0)?;
    away::check(&bytes)?;
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
    /// When the symbolic link was made by which it is in the vault; 0 if there is none.
    pub linked_ms: i64,
    pub size: u64,
}

/// Returns the times of what is at `path` in a vault; `None` if nothing is. Where links lead on the way there is not asked: who looks at
/// a file has looked at its folder.
pub fn times(disk: &Disk, path: &str) -> io::Result<Option<Times>> {
    let real = disk.root.join(path);
    let mut linked_ms = 0;
    let found = match std::fs::symlink_metadata(&real) {
        // What Obsidian keeps for itself is what it is.
        Ok(metadata) if metadata.is_symlink() && !path.starts_with('.') => {
            linked_ms = changed_ms(&metadata).unwrap_or_default();
            disk.lead(&real).map(|(_, metadata)| metadata).map_err(Into::into)
        }
        Ok(metadata) => Ok(metadata),
        // It may be spelled otherwise.
        Err(_) => find(disk, &VaultPath::stored(path)).map(|(_, metadata)| metadata),
    };
    match found {
        Ok(metadata) => {
            let modified_ms = metadata.modified().map_or(0, millis);
            let changed_ms = changed_ms(&metadata).unwrap_or_default().max(modified_ms);
            Ok(Some(Times { modified_ms, changed_ms, linked_ms, size: metadata.len() }))
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

/// Returns the regular files and the folders in a folder of the vault, by their vault paths; `true` for a folder. A symbolic link that is
/// followed counts as a file. Other links, hidden entries and names that no vault path can hold are left out.
pub fn entries(disk: &Disk, folder: &str) -> io::Result<Vec<(VaultPath, bool)>> {
    let above = VaultPath::stored(folder);
    let mut entries = Vec::new();
    let real = if above.is_root() { disk.root.clone() } else { find(disk, &above)?.0 };
    for entry in std::fs::read_dir(&real)? {
        let (entry, name) = entry.map(|entry| (entry.file_type(), entry.file_name()))?;
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let kind = entry?;
        if kind.is_dir() || kind.is_file() || kind.is_symlink() && disk.lead(&real.join(name)).is_ok() {
            entries.push((above.join(name), kind.is_dir()));
        }
    }
    Ok(entries)
}
