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
    /// If it changed meanwhile the stamp says so by a time of 0, so that the next look reads it again. There are many files, so the system is
    /// asked for as little as that takes: what was found is what the file was before, and its size afterwards says whether it is all read.
    pub fn read(&mut self, path: &VaultPath, seen: &Stamp) -> io::Result<(Vec<u8>, Stamp)> {
        let (real, before) = self.find(path)?;
        self.check_size(&before)?;
        let mut file = File::open(real)?;
        let look = SystemTime::now();
        let mut bytes = read_at_most(&mut file, before.len())?;
        let mut after = file.metadata()?;
        // It has grown, or its file system does not know how large it is.
        if after.len() != bytes.len() as u64 || bytes.is_empty() {
            self.check_size(&after)?;
            file.read_to_end(&mut bytes)?;
            after = file.metadata()?;
        }
        away::check(&bytes)?;
        let mut stamp = Stamp::new(&after, look, seen.is_ignored);
        if stamp != Stamp::new(&before, look, seen.is_ignored) || bytes.len() as u64 != after.len() {
            stamp.mtime_ns = 0;
        }
        Ok((bytes, stamp))
    }

    /// Reads so many bytes at the beginning of a file, or all if there are no more.
    pub fn beginning(&mut self, path: &VaultPath, n_bytes: usize) -> io::Result<Vec<u8>> {
        let (real, found) = self.find(path)?;
        let (mut file, n_bytes) = (File::open(real)?, n_bytes as u64);
        let mut bytes = read_at_most(&mut file, found.len().min(n_bytes))?;
        if bytes.is_empty() {
            file.take(n_bytes).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    }

    fn check_size(&self, metadata: &Metadata) -> io::Result<()> {
        self.disk.check_size(i64::try_from(metadata.len()).unwrap_or(i64::MAX))
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

/// Reads so many bytes, or fewer where the file ends before them. With room for them, that is mostly one call of the system.
fn read_at_most(file: &mut File, n_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(n_bytes).unwrap_or_default());
    file.take(n_bytes).read_to_end(&mut bytes)?;
    Ok(bytes)
}
