//! Where tantivy's files lie: memory-mapped, and without the twenty or so fsyncs that tantivy makes for each commit.
//!
//! The index is a cache, so a lost one costs a rebuild and nothing else. A killed process loses nothing, because the kernel holds what
//! was written; only a power cut can tear files. So the boot in which the files were last known whole is noted beside them, and the
//! first look in another boot checks every file's sum.

use crate::points::{Point, reach};
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tantivy::HasLen;
use tantivy::directory::error::{DeleteError, LockError, OpenDirectoryError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, Lock, META_LOCK, MmapDirectory, OwnedBytes, TerminatingWrite, WatchCallback,
    WatchHandle, WritePtr,
};

const BOOT_FILE: &str = "BOOT";

/// Returns what the last commit in a generation says of its segments: another commit says something else.
pub(super) fn commit(generation: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(generation.join("meta.json"))
}

/// A [`MmapDirectory`] that leaves it to the kernel when files reach the disk.
#[derive(Clone, Debug)]
pub(super) struct CacheDirectory {
    mapped: MmapDirectory,
    root: PathBuf,
    /// Where the system does not name its boots, the files are synced as tantivy would.
    syncs: bool,
    /// Stored texts are mapped only while they are read.
    is_sparing: bool,
}

impl CacheDirectory {
    pub(super) fn open(root: &Path) -> Result<Self, OpenDirectoryError> {
        Ok(Self { mapped: MmapDirectory::open(root)?, root: root.to_owned(), syncs: boot_id().is_none(), is_sparing: false })
    }

    /// For a writer: a merge reads each segment's stored texts once, and would hold as much memory as they take all together.
    pub(super) fn open_sparing(root: &Path) -> Result<Self, OpenDirectoryError> {
        Ok(Self { is_sparing: true, ..Self::open(root)? })
    }
}

/// A file that is mapped for each reading anew, and let go with what was read.
struct Passing {
    mapped: MmapDirectory,
    path: PathBuf,
    len: usize,
}

impl fmt::Debug for Passing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)
    }
}

impl HasLen for Passing {
    fn len(&self) -> usize {
        self.len
    }
}

impl FileHandle for Passing {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        self.mapped.get_file_handle(&self.path).map_err(io::Error::other)?.read_bytes(range)
    }
}

impl Directory for CacheDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let mapped = self.mapped.get_file_handle(path)?;
        if !self.is_sparing || path.extension().is_none_or(|extension| extension != "store") {
            return Ok(mapped);
        }
        Ok(Arc::new(Passing { mapped: self.mapped.clone(), path: path.to_owned(), len: mapped.len() }))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.mapped.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.mapped.exists(path)
    }

    /// A file of that name is one of a commit that was killed: its successor begins at the same number, by which files of deletions are
    /// named. Nothing that is in use is ever written again, and one writer is all there is, so nobody reads it.
    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        match std::fs::remove_file(self.root.join(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(OpenWriteError::wrap_io_error(error, path.to_owned())),
            _ => {}
        }
        if self.syncs {
            return self.mapped.open_write(path);
        }
        let file = std::fs::OpenOptions::new().write(true).create_new(true).open(self.root.join(path)).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                OpenWriteError::FileAlreadyExists(path.to_owned())
            } else {
                OpenWriteError::wrap_io_error(error, path.to_owned())
            }
        })?;
        Ok(BufWriter::with_capacity(64 * 1024, Box::new(Unsynced(file))))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.mapped.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        if self.syncs { self.mapped.atomic_write(path, data) } else { replace(&self.root.join(path), data) }
    }

    fn sync_directory(&self) -> io::Result<()> {
        if self.syncs { self.mapped.sync_directory() } else { Ok(()) }
    }

    /// The lock of `meta.json`, by which tantivy keeps readers and the removal of old files apart, is none here: a reader that was stopped
    /// would stop all others, and it would be made in generations that are being removed. A reader whose files went looks again.
    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        if lock.filepath == META_LOCK.filepath {
            return Ok(DirectoryLock::from(Box::new(())));
        }
        self.mapped.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.mapped.watch(callback)
    }
}

struct Unsynced(std::fs::File);

impl Write for Unsynced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl TerminatingWrite for Unsynced {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.0.flush()
    }
}

/// Replaces a small file in one step, so that no reader sees half of it.
pub(super) fn replace(path: &Path, data: &[u8]) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".draft");
    std::fs::write(&draft, data)?;
    reach(Point::FileDrafted);
    std::fs::rename(&draft, path)
}

/// Returns whether the files in `directory` were known whole in this boot.
pub(super) fn is_of_this_boot(directory: &Path) -> bool {
    match boot_id() {
        Some(boot) => std::fs::read(directory.join(BOOT_FILE)).is_ok_and(|noted| noted == boot),
        None => true,
    }
}

/// Notes that the files in `directory` are whole in this boot.
pub(super) fn note_boot(directory: &Path) -> io::Result<()> {
    match boot_id() {
        Some(boot) => replace(&directory.join(BOOT_FILE), &boot),
        None => Ok(()),
    }
}

/// Returns what names the running boot of this machine, where the system has it.
fn boot_id() -> Option<Vec<u8>> {
    std::fs::read("/proc/sys/kernel/random/boot_id").ok()
}
