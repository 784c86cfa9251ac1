//! A file beside a note that takes the note's place: by an exchange of the two, so that what was in the place can be looked at afterwards. If
//! it is not what was read, somebody saved in between, and it goes back. So a draft's name may hold somebody's words, and is removed only when
//! what it holds is known to be older than the note.
//!
//! One window is left. Who opened the note before the exchange, without emptying it, and first writes to it after our last look at what came
//! out, writes into a file that is about to be removed: nothing can be asked of the system that would show it.
//!
//! A run that is killed leaves its draft. Its name says of which note it is, and once it is whole, of which contents: what the name says is not
//! in it was saved by somebody. Whoever holds the lock of the folder is the only one who has drafts there.

use crate::note;
use crate::points::{Point, reach};
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// What a path led to: enough to say whether it still leads there.
pub(super) struct Seen {
    pub metadata: Metadata,
    pub bytes: Vec<u8>,
}

impl Seen {
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        let metadata = std::fs::symlink_metadata(path)?;
        let bytes = if metadata.is_file() { std::fs::read(path)? } else { Vec::new() };
        Ok(Self { metadata, bytes })
    }

    /// Returns whether both are one file, in one state. A change of its name is none.
    fn is(&self, other: &Self) -> bool {
        self.bytes == other.bytes && identity(&self.metadata) == identity(&other.metadata)
    }

    /// Returns whether not even the name has changed since.
    pub(super) fn is_untouched(&self, before: &Self) -> bool {
        self.is(before) && changed(&self.metadata) == changed(&before.metadata)
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> impl PartialEq + use<> {
    use std::os::unix::fs::MetadataExt as _;
    let m = metadata;
    (m.dev(), m.ino(), m.nlink(), m.mtime(), m.mtime_nsec(), (m.mode(), m.uid(), m.gid()))
}

#[cfg(not(unix))]
fn identity(metadata: &Metadata) -> impl PartialEq + use<> {
    metadata.modified().ok()
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> impl PartialEq + use<> {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> impl PartialEq + use<> {}

/// A draft in the making; removed unless it takes the note's place.
pub(super) struct Draft {
    path: PathBuf,
    pub file: File,
    folder: File,
    /// What lies at the path is what we wrote.
    is_ours: bool,
}

impl Draft {
    pub(super) fn new(real: &Path) -> io::Result<Self> {
        let folder = lock(real.parent().unwrap_or(real))?;
        let path = real.with_file_name(name(real, None));
        // In a folder that is ours alone, one in the making is a dead run's.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self { path, file, folder, is_ours: true })
    }

    /// Takes the place of the note, if that is what it was before. Returns whether it did.
    pub(super) fn take_place(mut self, real: &Path, before: Seen) -> io::Result<bool> {
        let whole = real.with_file_name(name(real, Some(&before.bytes)));
        if std::fs::symlink_metadata(&whole).is_ok() {
            return Err(io::Error::other("an earlier draft is in the way"));
        }
        std::fs::rename(&self.path, &whole)?;
        self.path = whole;
        let ours = Seen::at(&self.path)?;
        reach(Point::NoteDrafted);
        // As late as can be, for where there is no exchange.
        if !Seen::at(real)?.is_untouched(&before) {
            return Ok(false);
        }
        match exchange(&self.path, real) {
            Err(error) if is_unknown(&error) => {
                std::fs::rename(&self.path, real)?;
                self.is_ours = false;
                let _ = self.folder.sync_all();
                return Ok(true);
            }
            exchanged => exchanged?,
        }
        // Should reading fail from here on, what came out stays where it is.
        self.is_ours = false;
        reach(Point::NoteExchanged);
        let is_in_place = settle(&self.path, real, ours, before, &self.folder)?;
        std::fs::remove_file(&self.path)?;
        Ok(is_in_place)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.is_ours {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Looks at what came out when `put` took the note's place, where `expected` was. What else it is was saved meanwhile, so it goes back in, until
/// what comes out is what we put there. At the end the draft is older than the note. Returns whether the first exchange was the last one.
fn settle(draft: &Path, real: &Path, mut put: Seen, mut expected: Seen, folder: &File) -> io::Result<bool> {
    let mut is_first = true;
    loop {
        let mut out = Seen::at(draft)?;
        if out.is(&expected) {
            // Should the power go before the folder is on the disk, it is the old note that is there. It takes a while: who had the file open,
            // may have written into it.
            let _ = folder.sync_all();
            out = Seen::at(draft)?;
            if out.is(&expected) {
                return Ok(is_first);
            }
        }
        exchange(draft, real)?;
        expected = std::mem::replace(&mut put, out);
        is_first = false;
    }
}

/// Removes the drafts that dead runs have left in a folder, once the notes there have all that is in them.
pub(super) fn sweep(folder: &Path) -> io::Result<()> {
    let lock = lock(folder)?;
    let names: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    for path in &names {
        match path.file_name().and_then(|name| name.to_str()?.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)) {
            None => {}
            Some(name) if !name.contains('-') => std::fs::remove_file(path)?,
            Some(_) => sweep_whole(path, &names, &lock)?,
        }
    }
    Ok(())
}

/// What is in a whole draft and not in its name was saved by somebody: it is put back in place of what a dead run had put there.
fn sweep_whole(path: &Path, names: &[PathBuf], folder: &File) -> io::Result<()> {
    let draft = Seen::at(path)?;
    if !is_named_so(path, &draft) {
        let real = names.iter().find(|real| is_of(path, real));
        let note = real.map(|real| Seen::at(real)).transpose()?.filter(|note| is_named_so(path, note));
        let (Some(real), Some(note)) = (real, note) else {
            tracing::warn!(path = %path.display(), "this file holds what was saved while a run was killed, and its note was changed since");
            return Ok(());
        };
        exchange(path, real)?;
        settle(path, real, draft, note, folder)?;
    }
    std::fs::remove_file(path)
}

const PREFIX: &str = ".vault-sync-";
const SUFFIX: &str = ".tmp";

/// A name of its own for each note and each content, and short: the note's may be as long as names can be.
fn name(real: &Path, contents: Option<&[u8]>) -> String {
    let note = &note::hashes(real.file_name().unwrap_or_default().as_encoded_bytes()).file[..16];
    match contents {
        None => format!("{PREFIX}{note}{SUFFIX}"),
        Some(bytes) => format!("{PREFIX}{note}-{}{SUFFIX}", &note::hashes(bytes).content[..16]),
    }
}

/// Returns whether a whole draft is of a note.
fn is_of(draft: &Path, real: &Path) -> bool {
    let begins = name(real, None).replace(SUFFIX, "-");
    draft.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&begins))
}

/// Returns whether a file has the contents that a draft's name says, whenever it was told that it was synced.
fn is_named_so(draft: &Path, seen: &Seen) -> bool {
    let ends = format!("-{}{SUFFIX}", &note::hashes(&seen.bytes).content[..16]);
    draft.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&ends))
}

/// Locks a folder. Where folders have no locks nobody is held off.
fn lock(folder: &Path) -> io::Result<File> {
    let folder = File::open(folder)?;
    match folder.try_lock() {
        Err(TryLockError::WouldBlock) => Err(io::Error::other("another run is writing to a note in its folder")),
        _ => Ok(folder),
    }
}

/// Lets two names change places, in one step.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns whether an error means that this system, or this file system, knows no exchange.
fn is_unknown(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const OLD: &str = "---\na: 1\n---\nbody\n";
    const NEW: &str = "---\na: 1\nsynced: true\nsynced_at: '2025-12-20T23:29:45.916709'\n---\nbody\n";
    /// What somebody saves.
    const SAVED: &str = "---\na: 1\n---\nbody, and more\n";

    /// A folder with a note, and a draft of what it will be.
    fn stage() -> (tempfile::TempDir, PathBuf, Draft, Seen) {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("a.md");
        std::fs::write(&real, OLD).unwrap();
        let draft = Draft::new(&real).unwrap();
        (&draft.file).write_all(NEW.as_bytes()).unwrap();
        let before = Seen::at(&real).unwrap();
        (folder, real, draft, before)
    }

    fn texts(folder: &Path) -> Vec<String> {
        std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
    }

    fn save(real: &Path, text: &str) {
        let other = real.with_file_name("saved");
        std::fs::write(&other, text).unwrap();
        std::fs::rename(other, real).unwrap();
    }

    #[test]
    fn a_draft_takes_the_place_of_what_was_read_and_of_nothing_else() {
        let (folder, real, draft, before) = stage();
        assert!(draft.take_place(&real, before).unwrap());
        assert_eq!(texts(folder.path()), [NEW]);
        // The same bytes in another file are not what was read.
        let (folder, real, draft, before) = stage();
        save(&real, OLD);
        assert!(!draft.take_place(&real, before).unwrap());
        assert_eq!(texts(folder.path()), [OLD]);
    }

    /// Exchanges the draft and goes on as if `then` came between the last look and the exchange, or after it.
    fn settled(first: impl Fn(&Path), then: impl Fn(&Path, &Path)) -> (bool, Vec<String>) {
        let (folder, real, mut draft, before) = stage();
        first(&real);
        let ours = Seen::at(&draft.path).unwrap();
        exchange(&draft.path, &real).unwrap();
        draft.is_ours = false;
        then(&real, &draft.path);
        let is_in_place = settle(&draft.path, &real, ours, before, &draft.folder).unwrap();
        std::fs::remove_file(&draft.path).unwrap();
        (is_in_place, texts(folder.path()))
    }

    #[test]
    fn what_was_saved_in_between_stays() {
        let later = "another\n";
        let append = |to: &Path| write!(File::options().append(true).open(to).unwrap(), "more").unwrap();
        assert_eq!(settled(|_| {}, |_, _| {}), (true, vec![NEW.to_owned()]));
        assert_eq!(settled(|real| save(real, SAVED), |_, _| {}), (false, vec![SAVED.to_owned()]));
        assert_eq!(settled(|real| std::fs::write(real, "").unwrap(), |_, _| {}), (false, vec![String::new()]), "it is being written");
        // Both before the exchange and after it: the last one has the last word.
        assert_eq!(settled(|real| save(real, SAVED), |real, _| save(real, later)), (false, vec![later.to_owned()]));
        assert_eq!(settled(|real| save(real, SAVED), |real, _| append(real)), (false, vec![format!("{NEW}more")]));
        // Who had the note open writes into what came out.
        assert_eq!(settled(|_| {}, |_, out| append(out)), (false, vec![format!("{OLD}more")]));
        // Who saves after it saves what we put there, and more.
        assert_eq!(settled(|_| {}, |real, _| save(real, later)), (true, vec![later.to_owned()]));
    }

    #[test]
    fn what_a_killed_run_left_is_removed_unless_it_is_somebodys_words() {
        // What lies there when it is killed, and what then becomes of note and draft.
        let check = |is_whole: bool, draft: &str, note: &str, after: &[&str]| {
            let folder = tempfile::tempdir().unwrap();
            let real = folder.path().join("a.md");
            std::fs::write(&real, note).unwrap();
            std::fs::write(real.with_file_name(name(&real, is_whole.then_some(OLD.as_bytes()))), draft).unwrap();
            let at_work = lock(folder.path()).unwrap();
            assert!(sweep(folder.path()).is_err() && Draft::new(&real).is_err(), "a run at work is left alone");
            drop(at_work);
            sweep(folder.path()).unwrap();
            let mut left = texts(folder.path());
            left.sort();
            assert_eq!(left, after, "draft {draft:?}, note {note:?}");
        };
        check(false, "---\na", OLD, &[OLD]);
        check(true, NEW, OLD, &[OLD]);
        check(true, OLD, NEW, &[NEW]);
        check(true, OLD, SAVED, &[SAVED]);
        check(true, SAVED, NEW, &[SAVED]);
        check(true, SAVED, "again\n", &[SAVED, "again\n"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn where_there_is_no_exchange_is_told_from_other_failures() {
        for (number, is_so) in [(22, true), (38, true), (95, true), (5, false), (30, false), (2, false)] {
            assert_eq!(is_unknown(&io::Error::from_raw_os_error(number)), is_so, "{number}");
        }
    }
}
