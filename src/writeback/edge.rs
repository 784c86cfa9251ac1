//! Puts a note in the place of what it was, if that is still what was read.
//!
//! Of the three ways to write only one never shows half a note, or leaves one behind when the power goes: a draft in the same folder that
//! takes the note's name. (Writing in place is not atomic, and a draft elsewhere is on another disk, or where we may not write.) Its name
//! begins with a dot, so that Obsidian, this program and most that sync pass it over, and it is there for a moment only.
//! A draft is another file: what hangs on the old one (mode, owner, attributes) is taken over, and a note on which more hangs is left alone.

mod draft;

use super::splice::splice;
use crate::disk::{self, Disk, Stamp};
use crate::note;
use crate::path::VaultPath;
use draft::{Draft, Seen};
use std::fs::{File, Metadata};
use std::io::{self, Write as _};
use std::path::Path;

/// How a note was written back, or was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The note is what the splice says.
    Written(Stamp),
    /// The note is no longer what was read: it was left alone.
    Changed,
}

/// Returns why a note is not to be written to, whatever it says; `None` if it may be.
pub fn why_not(disk: &Disk, path: &VaultPath) -> Option<&'static str> {
    if disk::link_on_the_way(disk, path).is_some() {
        return Some("it is in the vault by a symbolic link");
    }
    let real = disk::locate(disk, path);
    match std::fs::symlink_metadata(&real) {
        Ok(metadata) => why_not_to(&real, &metadata),
        Err(_) => Some("it cannot be looked at"),
    }
}

/// Sets `synced` and `synced_at` in a note whose bytes had this hash when it was read.
///
/// # Errors
/// When the note may not be written to, or cannot be. It is as it was then.
pub fn put(disk: &Disk, path: &VaultPath, read: &str, synced_at: &str) -> io::Result<Outcome> {
    if disk::link_on_the_way(disk, path).is_some() {
        return Err(io::Error::other("it is in the vault by a symbolic link"));
    }
    let real = disk::locate(disk, path);
    if let Some(why) = why_not_to(&real, &std::fs::symlink_metadata(&real)?) {
        return Err(io::Error::other(why));
    }
    let before = Seen::at(&real)?;
    if note::hashes(&before.bytes).file != read {
        return Ok(Outcome::Changed);
    }
    let Some(spliced) = splice(&before.bytes, synced_at) else { return Ok(Outcome::Changed) };
    let draft = Draft::new(&real)?;
    (&draft.file).write_all(&spliced)?;
    take_over(&real, &before.metadata, &draft.file)?;
    // The text must not be younger on the disk than the name.
    draft.file.sync_all()?;
    let written = draft.file.metadata()?;
    if !draft.take_place(&real, before)? {
        return Ok(Outcome::Changed);
    }
    // Somebody may have saved since: that is another file.
    let stamp = disk::stamp(disk, path)?;
    Ok(if is_of(&stamp, &written) { Outcome::Written(stamp) } else { Outcome::Changed })
}

#[cfg(unix)]
fn is_of(stamp: &Stamp, file: &Metadata) -> bool {
    stamp.file_id.is_none_or(|id| id.inode == std::os::unix::fs::MetadataExt::ino(file))
}

#[cfg(not(unix))]
fn is_of(_: &Stamp, _: &Metadata) -> bool {
    true
}

/// Removes what runs that were killed have left beside a note.
///
/// # Errors
/// When the folder cannot be looked at, or another run is at work there.
pub fn sweep(disk: &Disk, path: &VaultPath) -> io::Result<()> {
    // Through a link nothing is ever written.
    if disk::link_on_the_way(disk, path).is_some() {
        return Ok(());
    }
    disk::locate(disk, path).parent().map_or(Ok(()), draft::sweep)
}

#[cfg(unix)]
fn why_not_to(real: &Path, metadata: &Metadata) -> Option<&'static str> {
    use rustix::fs::{Access, access};
    use std::os::unix::fs::MetadataExt as _;
    if !metadata.is_file() {
        return Some("it is not a regular file");
    }
    // The other name would keep the old text, or, in another folder, be written to without having been meant.
    if metadata.nlink() > 1 {
        return Some("the file has another name, too (a hard link)");
    }
    if metadata.mode() & 0o222 == 0 || access(real, Access::WRITE_OK).is_err() {
        return Some("it is read-only");
    }
    let folder = real.parent()?;
    access(folder, Access::WRITE_OK | Access::EXEC_OK).err().map(|_| "its folder is read-only")
}

/// Mode, owner and attributes could not be kept by what is written here.
#[cfg(not(unix))]
fn why_not_to(_: &Path, _: &Metadata) -> Option<&'static str> {
    Some("notes are not written to on this system")
}

/// Gives the draft what hangs on the note.
#[cfg(unix)]
fn take_over(real: &Path, before: &Metadata, draft: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let now = draft.metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        std::os::unix::fs::fchown(draft, Some(before.uid()), Some(before.gid()))?;
    }
    draft.set_permissions(std::fs::Permissions::from_mode(before.mode() & 0o7777))?;
    attributes(&File::open(real)?, draft)
}

#[cfg(not(unix))]
fn take_over(_: &Path, _: &Metadata, _: &File) -> io::Result<()> {
    Ok(())
}

/// Copies extended attributes: tags of file managers, access lists.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn attributes(note: &File, draft: &File) -> io::Result<()> {
    use rustix::buffer::spare_capacity;
    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};
    const MOST: usize = 64 << 10;
    let mut names = Vec::with_capacity(MOST);
    match flistxattr(note, spare_capacity(&mut names)) {
        Err(rustix::io::Errno::NOTSUP) => return Ok(()),
        listed => drop(listed?),
    }
    // The system labels new files itself.
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty() && !name.starts_with(b"security.")) {
        let mut value = Vec::with_capacity(MOST);
        fgetxattr(note, name, spare_capacity(&mut value))?;
        fsetxattr(draft, name, &value, XattrFlags::empty())?;
    }
    Ok(())
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "macos"))))]
fn attributes(_: &File, _: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "2025-12-20T23:29:45.916709";
    const NOTE: &str = "---\na: 1\n---\nbody\n";

    #[test]
    fn a_note_that_changed_since_it_was_read_is_left_alone() {
        let vault = tempfile::tempdir().unwrap();
        let (disk, path, real) = (Disk::new(vault.path(), &[]), VaultPath::new("a.md"), vault.path().join("a.md"));
        std::fs::write(&real, NOTE.replace("body", "another")).unwrap();
        let read = note::hashes(NOTE.as_bytes()).file;
        assert_eq!(put(&disk, &path, &read, AT).unwrap(), Outcome::Changed);
        assert_eq!(std::fs::read_to_string(&real).unwrap(), NOTE.replace("body", "another"));
        std::fs::remove_file(&real).unwrap();
        assert!(put(&disk, &path, &read, AT).is_err());
        assert_eq!(std::fs::read_dir(vault.path()).unwrap().count(), 0, "no draft stays");
    }
}
