//! Our own folder as the disk has it: may we write there, who else may read it, what was left lying about. Never a vault's.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A draft older than this was left by a process that is no more: one that is written is renamed at once.
const OLD: Duration = Duration::from_secs(60);

/// Writes into a folder, and takes it back; returns whether the folder belongs to who we are.
pub(super) fn probe(folder: &Path) -> io::Result<bool> {
    let path = folder.join(format!("doctor.{}.draft", std::process::id()));
    let written = File::create(&path).and_then(|mut file| {
        io::Write::write_all(&mut file, b"whether there is room for a little\n")?;
        file.metadata()
    });
    let removed = std::fs::remove_file(&path);
    let written = written?;
    removed?;
    Ok(is_of_same_owner(&written, &std::fs::metadata(folder)?))
}

/// Returns the folder and what lies in it, as far as others may read or write it.
pub(super) fn open_to_others(folder: &Path) -> Vec<PathBuf> {
    let mut open = Vec::new();
    each(folder, &mut |path, metadata| {
        if is_open(metadata) {
            open.push(path.to_owned());
        }
    });
    open
}

/// Returns the drafts in a folder that nobody will finish.
pub(super) fn drafts(folder: &Path, now: SystemTime) -> Vec<PathBuf> {
    let mut drafts = Vec::new();
    each(folder, &mut |path, metadata| {
        let is_old = metadata.modified().is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > OLD));
        if metadata.is_file() && is_old && path.extension().is_some_and(|extension| extension == "draft") {
            drafts.push(path.to_owned());
        }
    });
    drafts
}

/// Calls `see` with a folder and all that lies in it. What cannot be looked at is passed over, and no symbolic link is followed.
fn each(path: &Path, see: &mut dyn FnMut(&Path, &Metadata)) {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return };
    if metadata.is_symlink() {
        return;
    }
    see(path, &metadata);
    if metadata.is_dir() {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        entries.for_each(|entry| each(&entry.path(), see));
    }
}

/// Removes files; what is gone meanwhile is gone.
pub(super) fn remove(paths: &[PathBuf]) -> io::Result<()> {
    paths
        .iter()
        .map(std::fs::remove_file)
        .filter(|gone| !gone.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound))
        .collect()
}

#[cfg(unix)]
pub(super) fn close(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = if std::fs::metadata(path)?.is_dir() { 0o700 } else { 0o600 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(unix)]
fn is_open(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(unix)]
fn is_of_same_owner(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    one.uid() == other.uid()
}

#[cfg(not(unix))]
pub(super) fn close(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn is_open(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn is_of_same_owner(_: &Metadata, _: &Metadata) -> bool {
    true
}
