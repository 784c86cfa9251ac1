//! What an answer asks of the disk: is the file of a hit still what was indexed, what is in it now, when was it written, which folders have
//! changed.

use super::locate::find_file;
use super::stamp::Stamp;
use crate::path::VaultPath;
use std::io;
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

/// Reads one file of the vault at `root`.
pub fn bytes(root: &Path, path: &VaultPath) -> io::Result<Vec<u8>> {
    std::fs::read(find_file(root, path)?.0)
}

/// Returns when something last came into a folder of the vault, left it or was replaced in it, in Unix milliseconds; `None` if it is
/// gone. Saving a file in place leaves no trace there.
pub fn folder_changed_ms(root: &Path, folder: &str) -> Option<i64> {
    let modified = std::fs::symlink_metadata(root.join(folder)).and_then(|metadata| metadata.modified()).ok()?;
    i64::try_from(modified.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}
