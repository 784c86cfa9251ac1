//! One at a time, across processes: a lock file of our own, which says who holds it. Never in a vault.
//!
//! The operating system keeps the lock and lets it go when its holder ends, however it ends. The file stays: removing it would let two
//! hold "the" lock, one on the file that is gone and one on its successor.

use crate::clock::Timestamp;
use anyhow::{Context as _, Result};
use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a waiting process tries again.
const RETRY: Duration = Duration::from_millis(20);

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Somebody else holds the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What the holder wrote of itself: process id, command, since when. Empty if it has not yet.
    pub who: String,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = if self.who.is_empty() { "another process" } else { &self.who };
        write!(f, "the lock is held by {who}")
    }
}

impl std::error::Error for Held {}

impl Lock {
    /// Takes the lock of the file at `path` for the command `who`, without waiting. If it is taken the error is a [`Held`].
    pub fn acquire(path: &Path, who: &str) -> Result<Self> {
        let mut file = open(path).with_context(|| format!("opening the lock file {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Held { who: holder(&mut file) }.into()),
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("locking {}", path.display())),
        }
        sign(&mut file, who).with_context(|| format!("writing the lock file {}", path.display()))?;
        Ok(Self { _file: file })
    }

    /// Takes the lock, waiting for it no longer than `patience`.
    pub fn acquire_within(path: &Path, who: &str, patience: Duration) -> Result<Self> {
        let deadline = Instant::now() + patience;
        loop {
            match Self::acquire(path, who) {
                Err(error) if error.is::<Held>() && Instant::now() < deadline => std::thread::sleep(RETRY),
                ended => return ended,
            }
        }
    }
}

/// Returns whether somebody holds the lock of the file at `path`; where locks cannot be asked for, it is held if it is there.
pub fn is_held(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    // Shared, so that those who ask do not hold one another off.
    file.try_lock_shared().is_err()
}

/// Returns who holds the lock of the file at `path`, as the holder wrote it; `None` if nobody does.
pub fn holder_of(path: &Path) -> Option<String> {
    is_held(path).then(|| std::fs::read_to_string(path).unwrap_or_default().trim().to_owned())
}

/// Returns the process id in what a holder wrote.
pub fn pid_of(who: &str) -> Option<u32> {
    who.strip_prefix("process ")?.split(',').next()?.parse().ok()
}

/// Returns whether a process runs on this machine; where that cannot be seen, it does.
pub fn is_alive(pid: u32) -> bool {
    let processes = Path::new("/proc");
    !processes.join("self").exists() || processes.join(pid.to_string()).exists()
}

/// Opens the file without emptying it: it may be another's.
fn open(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}

fn sign(file: &mut File, who: &str) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "process {}, `{who}`, since {}", std::process::id(), Timestamp::now())
}

fn holder(file: &mut File) -> String {
    let mut who = String::new();
    // Where locks also forbid reading, the holder stays unknown.
    let _ = file.read_to_string(&mut who);
    who.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_learns_who_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("watch.lock");
        let lock = Lock::acquire(&path, "vault-sync watch").unwrap();
        let held = Lock::acquire(&path, "vault-sync sync").unwrap_err().downcast::<Held>().unwrap();
        let expected = format!("process {}, `vault-sync watch`, since 2", std::process::id());
        assert!(held.who.starts_with(&expected), "{held}");
        drop(lock);
        assert!(Lock::acquire(&path, "vault-sync sync").is_ok());
    }

    #[test]
    fn a_patient_one_gets_the_lock_when_it_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("watch.lock");
        let lock = Lock::acquire(&path, "first").unwrap();
        assert!(Lock::acquire_within(&path, "second", Duration::from_millis(1)).unwrap_err().is::<Held>());
        let second = std::thread::spawn(move || Lock::acquire_within(&path, "second", Duration::from_secs(20)).is_ok());
        drop(lock);
        assert!(second.join().unwrap());
    }

    #[test]
    fn whether_a_lock_is_held_can_be_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("watch.lock");
        assert!(!is_held(&path));
        let lock = Lock::acquire(&path, "first").unwrap();
        assert!(is_held(&path));
        let who = holder_of(&path).unwrap();
        assert!(pid_of(&who) == Some(std::process::id()) && is_alive(std::process::id()), "{who}");
        drop(lock);
        assert!(!is_held(&path) && holder_of(&path).is_none());
    }

    #[test]
    fn a_lock_file_that_cannot_be_made_is_no_lock_of_somebody() {
        let folder = tempfile::tempdir().unwrap();
        let error = Lock::acquire(&folder.path().join("no/such/folder.lock"), "first").unwrap_err();
        assert!(!error.is::<Held>(), "{error:#}");
    }
}
