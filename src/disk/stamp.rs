//! What a look at a file tells without opening it, and when its time is not to be trusted.

use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time nearer to the look than this is in doubt: some file systems keep whole or even two seconds, so a later write could leave it as it is.
const DOUBT: Duration = Duration::from_secs(2);

/// What a look at a file saw, without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// 0 when the time is in doubt: within two seconds of the look, so that a later write could leave it as it is.
    pub mtime_ns: i64,
    pub size: i64,
    /// Survives renames; `None` where the file system gives no birth time, because inode numbers alone are used again.
    pub file_id: Option<FileId>,
    /// Matched by Obsidian's `userIgnoreFilters`: indexed and linkable, but hidden from search.
    pub is_ignored: bool,
}

/// A file's identity on its file system: inode and birth time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId {
    pub inode: u64,
    pub born_ns: i64,
}

impl Stamp {
    /// Returns the stamp of a file whose metadata were taken at or after `look`.
    pub(super) fn new(metadata: &Metadata, look: SystemTime, is_ignored: bool) -> Self {
        let trusted = |time: &SystemTime| look.duration_since(*time).is_ok_and(|age| age > DOUBT);
        Self {
            mtime_ns: metadata.modified().ok().filter(trusted).map_or(0, nanoseconds),
            size: i64::try_from(metadata.len()).unwrap_or(i64::MAX),
            file_id: file_id(metadata),
            is_ignored,
        }
    }
}

#[cfg(unix)]
fn file_id(metadata: &Metadata) -> Option<FileId> {
    let born = metadata.created().ok()?;
    Some(FileId { inode: std::os::unix::fs::MetadataExt::ino(metadata), born_ns: nanoseconds(born) })
}

/// The standard library gives no file index on other systems; renames are then found by content.
#[cfg(not(unix))]
fn file_id(_: &Metadata) -> Option<FileId> {
    None
}

/// Returns the time in nanoseconds since 1970, negative before it.
fn nanoseconds(time: SystemTime) -> i64 {
    let clamped = |distance: Duration| i64::try_from(distance.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => clamped(since),
        Err(before) => -clamped(before.duration()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    fn mtime_seen(age: Duration) -> i64 {
        let file = tempfile::tempfile().unwrap();
        let look = UNIX_EPOCH + Duration::from_secs(1_000_000);
        File::set_modified(&file, look - age).unwrap();
        Stamp::new(&file.metadata().unwrap(), look, false).mtime_ns
    }

    #[test]
    fn a_time_within_two_seconds_of_the_look_is_in_doubt() {
        assert_eq!(mtime_seen(Duration::from_secs(2)), 0);
        assert_eq!(mtime_seen(Duration::from_millis(2_001)), 999_997_999_000_000);
    }

    #[test]
    fn a_time_in_the_future_is_in_doubt() {
        let file = tempfile::tempfile().unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(9)).unwrap();
        assert_eq!(Stamp::new(&file.metadata().unwrap(), UNIX_EPOCH, false).mtime_ns, 0);
    }

    #[test]
    fn a_time_before_1970_is_negative() {
        assert_eq!(nanoseconds(UNIX_EPOCH - Duration::from_nanos(7)), -7);
    }
}
