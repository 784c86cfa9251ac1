//! Puts a note in the place of what it was, if that is still what was read.
//!
//! Of the three ways to write only one never shows half a note, or leaves one behind when the power goes: a draft in the same folder that
//! takes the note's name. (Writing in place is not atomic, and a draft elsewhere is on another disk, or where we may not write.) Its name
//! begins with a dot, so that Obsidian, this program and most that sync pass it over, and it is there for a moment only.
//! A draft is another file: what hangs on the old one (mode, owner, attributes) is taken over, and a note on which more hangs is left alone.

use super::splice::splice;
use crate::disk::{self, Disk, Stamp};
use crate::note;
use crate::path::VaultPath;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A draft of this age is one that a kill has left.
const LEFT_BEHIND: Duration = Duration::from_secs(60);

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
    let before = std::fs::symlink_metadata(&real)?;
    if let Some(why) = why_not_to(&real, &before) {
        return Err(io::Error::other(why));
    }
    let bytes = std::fs::read(&real)?;
    if note::hashes(&bytes).file != read {
        return Ok(Outcome::Changed);
    }
    let Some(spliced) = splice(&bytes, synced_at) else { return Ok(Outcome::Changed) };
    let draft = Draft::new(&real)?;
    (&draft.file).write_all(&spliced)?;
    take_over(&real, &before, &draft.file)?;
    // The text must not be younger on the disk than the name.
    draft.file.sync_all()?;
    // As late as can be: what is written to the note between here and the next line would be lost.
    if !is_as_before(&real, &before, &bytes)? {
        return Ok(Outcome::Changed);
    }
    draft.become_note(&real)?;
    Ok(Outcome::Written(disk::stamp(disk, path)?))
}

/// A file beside the note; removed unless it becomes the note.
struct Draft {
    path: PathBuf,
    file: File,
    is_note: bool,
}

impl Draft {
    fn new(real: &Path) -> io::Result<Self> {
        // A name of its own for each note, and short: the note's may be as long as names can be.
        let name = real.file_name().unwrap_or_default().as_encoded_bytes();
        let path = real.with_file_name(format!(".vault-sync-{}.tmp", &note::hashes(name).file[..16]));
        let create = || OpenOptions::new().write(true).create_new(true).open(&path);
        let file = match create() {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_left_behind(&path) => {
                std::fs::remove_file(&path)?;
                create()?
            }
            file => file?,
        };
        Ok(Self { path, file, is_note: false })
    }

    fn become_note(mut self, real: &Path) -> io::Result<()> {
        std::fs::rename(&self.path, real)?;
        self.is_note = true;
        // Should the power go before the folder is on the disk, it is the old note that is there.
        if let Some(folder) = real.parent().and_then(|folder| File::open(folder).ok()) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_note {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn is_left_behind(draft: &Path) -> bool {
    let modified = std::fs::symlink_metadata(draft).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > LEFT_BEHIND))
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

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn attributes(_: &File, _: &File) -> io::Result<()> {
    Ok(())
}

/// Returns whether the note is the file that it was, with its bytes.
fn is_as_before(real: &Path, before: &Metadata, bytes: &[u8]) -> io::Result<bool> {
    let now = std::fs::read(real)?;
    Ok(now == bytes && is_same_file(&std::fs::symlink_metadata(real)?, before))
}

#[cfg(unix)]
fn is_same_file(now: &Metadata, before: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let times = |of: &Metadata| (of.mtime(), of.mtime_nsec(), of.ctime(), of.ctime_nsec());
    (now.dev(), now.ino(), now.len(), times(now)) == (before.dev(), before.ino(), before.len(), times(before))
}

#[cfg(not(unix))]
fn is_same_file(now: &Metadata, before: &Metadata) -> bool {
    (now.len(), now.modified().ok()) == (before.len(), before.modified().ok())
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
        // The same bytes in another file are not what was looked at.
        std::fs::write(&real, NOTE).unwrap();
        let before = std::fs::symlink_metadata(&real).unwrap();
        std::fs::copy(&real, vault.path().join("b.md")).unwrap();
        assert!(is_as_before(&real, &before, NOTE.as_bytes()).unwrap());
        std::fs::rename(vault.path().join("b.md"), &real).unwrap();
        assert!(!is_as_before(&real, &before, NOTE.as_bytes()).unwrap());
        std::fs::remove_file(&real).unwrap();
        assert!(put(&disk, &path, &read, AT).is_err());
        assert_eq!(std::fs::read_dir(vault.path()).unwrap().count(), 0, "no draft stays");
    }

    #[test]
    fn a_draft_that_a_kill_left_is_no_obstacle_and_one_in_the_making_is() {
        let vault = tempfile::tempdir().unwrap();
        let (disk, path, real) = (Disk::new(vault.path(), &[]), VaultPath::new("a.md"), vault.path().join("a.md"));
        std::fs::write(&real, NOTE).unwrap();
        let draft = Draft::new(&real).unwrap();
        let read = note::hashes(NOTE.as_bytes()).file;
        assert!(put(&disk, &path, &read, AT).is_err());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), NOTE);
        draft.file.set_modified(std::time::SystemTime::now() - 2 * LEFT_BEHIND).unwrap();
        assert!(matches!(put(&disk, &path, &read, AT).unwrap(), Outcome::Written(_)));
        assert!(std::fs::read_to_string(&real).unwrap().contains(AT));
    }
}
