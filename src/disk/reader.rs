//! Reads the files of a vault, one after the other.

use super::locate::{find, find_file, look};
use super::{Disk, Stamp, away};
use crate::path::VaultPath;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::time::SystemTime;

/// Reads files that are mostly of one folder, then of the next. The way to a folder is gone name by name, so that no symbolic link is
/// passed that may not be followed; that is done once for all of its files that come together. So it is made for a run, not to be kept.
pub struct Reader<'a> {
    disk: &'a Disk,
    folder: Option<(VaultPath, PathBuf)>,
}

impl<'a> Reader<'a> {
    pub fn new(disk: &'a Disk) -> Self {
        Self { disk, folder: None }
    }

    /// Reads a file that was seen as `seen`: its bytes, and what it was while they were read.
    ///
    /// If it changed meanwhile the stamp says so by a time of 0, so that the next look reads it again. There are many files, so what was
    /// found on the way is what the file was before: the system is asked no second time.
    pub fn read(&mut self, path: &VaultPath, seen: &Stamp) -> io::Result<(Vec<u8>, Stamp)> {
        let (real, before) = self.find(path)?;
        self.disk.check_size(i64::try_from(before.len()).unwrap_or(i64::MAX))?;
        read_found(File::open(real)?, &before, seen)
    }

    /// Reads so many bytes at the beginning of a file, or all if there are no more.
    pub fn beginning(&mut self, path: &VaultPath, n_bytes: usize) -> io::Result<Vec<u8>> {
        let file = File::open(self.find(path)?.0)?;
        // With room for all of it, this is one call of the system; without, it begins with a few bytes.
        let mut bytes = Vec::with_capacity(n_bytes + 1);
        file.take(n_bytes as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn find(&mut self, path: &VaultPath) -> io::Result<(PathBuf, Metadata)> {
        let above = path.parent();
        if self.folder.as_ref().is_none_or(|(folder, _)| *folder != above) {
            let real = if above.is_root() { Some(self.disk.root.clone()) } else { find(self.disk, &above).ok().map(|(real, _)| real) };
            self.folder = real.map(|real| (above, real));
        }
        let plain = self.folder.as_ref().map(|(_, real)| real.join(path.file_name()));
        match plain.map(|plain| (look(&plain), plain)) {
            Some((Ok(Some(metadata)), plain)) if metadata.is_file() => Ok((plain, metadata)),
            // It is a link, or spelled otherwise, or gone, and its folder may be, too.
            _ => find_file(self.disk, path),
        }
    }
}

fn read_found(mut file: File, before: &Metadata, seen: &Stamp) -> io::Result<(Vec<u8>, Stamp)> {
    let look = SystemTime::now();
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(before.len()).unwrap_or_default().saturating_add(ROOM))?;
    // Through `take`, because a file asks for its size and its place first, which are known.
    file.by_ref().take(u64::MAX).read_to_end(&mut bytes)?;
    let after = file.metadata()?;
    away::check(&bytes)?;
    let mut stamp = Stamp::new(&after, look, seen.is_ignored);
    if stamp != Stamp::new(before, look, seen.is_ignored) || bytes.len() as u64 != after.len() {
        stamp.mtime_ns = 0;
    }
    Ok((bytes, stamp))
}

/// With so much room behind a file, nothing grows to see that it has ended.
const ROOM: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_since_it_was_found_is_read_whole_and_in_doubt() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("a.md");
        let past = SystemTime::now() - std::time::Duration::from_secs(3600);
        let write = |text: &str| {
            std::fs::write(&real, text).unwrap();
            File::options().write(true).open(&real).unwrap().set_modified(past).unwrap();
            std::fs::symlink_metadata(&real).unwrap()
        };
        let check = |before: &Metadata, expected: &str, is_in_doubt: bool| {
            let seen = Stamp::new(before, SystemTime::now(), false);
            let (bytes, stamp) = read_found(File::open(&real).unwrap(), before, &seen).unwrap();
            assert_eq!((bytes.as_slice(), stamp.mtime_ns == 0), (expected.as_bytes(), is_in_doubt));
        };
        let before = write("one");
        check(&before, "one", false);
        let grown = "x".repeat(20_000);
        write(&grown);
        check(&before, &grown, true);
        write("");
        check(&before, "", true);
        let before = write("new");
        std::fs::remove_file(&real).unwrap();
        std::fs::write(folder.path().join("in between"), "").unwrap();
        write("new");
        check(&before, "new", true);
    }
}
