//! The index's folder: one sub-folder a generation, a file that names the current one, and the lock of whoever writes.
//!
//! A rebuild fills a new generation beside the old one and then swaps the name, so that readers always find a whole index.

use super::{directory, schema};
use crate::points::{Point, reach};
use anyhow::Context as _;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fmt, io};

const CURRENT_FILE: &str = "CURRENT";
pub(super) const LOCK_FILE: &str = "LOCK";
/// How long a run waits for another one.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Another process has been writing the index for longer than it is sensible to wait.
#[derive(Debug)]
pub struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another process is writing the index")
    }
}

impl std::error::Error for Busy {}

/// Returns the name of the generation in use, if there is one of this version.
pub(super) fn current(root: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read(root.join(CURRENT_FILE)) {
        Ok(name) => Ok(String::from_utf8(name).ok().filter(|name| name.starts_with(&prefix()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", root.join(CURRENT_FILE).display())),
    }
}

pub(super) fn is_there(root: &Path) -> bool {
    root.join(CURRENT_FILE).exists()
}

/// Makes none the generation in use.
pub(super) fn leave(root: &Path) -> io::Result<()> {
    std::fs::remove_file(root.join(CURRENT_FILE))
}

/// Makes `name` the generation in use and removes all others. Readers that hold an old one keep its files until they let go.
pub(super) fn swap(root: &Path, name: &str) -> io::Result<()> {
    directory::replace(&root.join(CURRENT_FILE), name.as_bytes())?;
    reach(Point::GenerationSwapped);
    for entry in std::fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && entry.file_name() != name {
            if let Err(error) = std::fs::remove_dir_all(entry.path()) {
                tracing::info!(%error, "an old index could not be removed; the next rebuild does it");
            }
            reach(Point::GenerationRemoved);
        }
    }
    Ok(())
}

/// Returns the generations that are not in use: of an older version, or of a rebuild that was killed, or is under way.
pub(super) fn leftovers(root: &Path) -> Vec<PathBuf> {
    let current = std::fs::read_to_string(root.join(CURRENT_FILE)).unwrap_or_default();
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    entries.filter(|entry| entry.file_name() != current.as_str()).map(|entry| entry.path()).collect()
}

/// Returns a name that no generation has had.
pub(super) fn new_name() -> String {
    format!("{}{}", prefix(), uuid::Uuid::now_v7().simple())
}

fn prefix() -> String {
    format!("v{}-", schema::VERSION)
}

/// Waits for the writer's lock, no longer than `patience`; it is held as long as the file lives, and a killed process lets go of it.
pub(super) fn lock(root: &Path, patience: Duration) -> anyhow::Result<File> {
    let path = root.join(LOCK_FILE);
    let open = || {
        std::fs::create_dir_all(root)?;
        File::options().create(true).truncate(false).write(true).open(&path)
    };
    let file = open().with_context(|| format!("opening {}", path.display()))?;
    let give_up = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => {
                reach(Point::IndexLocked);
                return Ok(file);
            }
            Err(TryLockError::WouldBlock) if Instant::now() < give_up => std::thread::sleep(Duration::from_millis(5)),
            Err(TryLockError::WouldBlock) => return Err(Busy.into()),
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("locking {}", path.display())),
        }
    }
}
