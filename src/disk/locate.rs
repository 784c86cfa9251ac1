//! How a vault path is really spelled on the disk.
//!
//! Usually as it is. But a name may stand there decomposed (NFD) or with a no-break space, and on a disk that ignores case a look-up by
//! name also finds a file that is called otherwise: only a listing tells then.

use super::{Disk, away};
use crate::path::{VaultPath, is_normal, normal};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Returns where the file or folder `path` of a vault lies; if there is none, where it would.
pub fn locate(disk: &Disk, path: &VaultPath) -> PathBuf {
    find(disk, path).map_or_else(|_| disk.root.join(path.as_str()), |(real, _)| real)
}

/// Finds a regular file with what is known of it. Anything else is no file: opening a pipe would wait for ever.
pub(super) fn find_file(disk: &Disk, path: &VaultPath) -> io::Result<(PathBuf, Metadata)> {
    let (real, metadata) = match find(disk, path) {
        Err(error) if error.kind() == ErrorKind::NotFound && is_away(disk, path) => return Err(io::Error::other(away::WHY)),
        found => found?,
    };
    if metadata.is_file() { Ok((real, metadata)) } else { Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file")) }
}

/// Finds a file or folder, going there name by name, so that no symbolic link is passed that may not be followed.
pub(super) fn find(disk: &Disk, path: &VaultPath) -> io::Result<(PathBuf, Metadata)> {
    let plainly = |folder: &Path, name: &str| {
        let plain = folder.join(name);
        Ok(look(&plain)?.map(|metadata| (plain, metadata)))
    };
    if let Some(found) = go(disk, path, plainly)? {
        return Ok(found);
    }
    let mut names = Names::default();
    go(disk, path, |folder, name| names.entry(folder, name))?.ok_or_else(|| ErrorKind::NotFound.into())
}

type Found = Option<(PathBuf, Metadata)>;

fn go(disk: &Disk, path: &VaultPath, mut entry: impl FnMut(&Path, &str) -> io::Result<Found>) -> io::Result<Found> {
    let mut found = None;
    for name in path.as_str().split('/') {
        let folder = found.as_ref().map_or(&disk.root, |(folder, _)| folder);
        let Some((real, metadata)) = entry(folder, name)? else { return Ok(None) };
        found = Some(if metadata.is_symlink() { disk.lead(&real)? } else { (real, metadata) });
    }
    Ok(found)
}

/// Returns whether only a placeholder of the file is here.
fn is_away(disk: &Disk, path: &VaultPath) -> bool {
    has_placeholder(&locate(disk, &path.parent()), path.file_name())
}

/// Returns whether a real folder holds a placeholder for the file `name`.
pub(super) fn has_placeholder(folder: &Path, name: &str) -> bool {
    look(&folder.join(away::placeholder(name))).is_ok_and(|found| found.is_some())
}

/// Finds the real names of entries. Lists a folder only where a look-up by name leaves a doubt, and then once.
#[derive(Default)]
pub(super) struct Names {
    listings: HashMap<PathBuf, HashMap<String, OsString>>,
}

impl Names {
    /// Returns the entry of the real folder `folder` that stands in the vault as `name`, if there is one.
    pub(super) fn entry(&mut self, folder: &Path, name: &str) -> io::Result<Option<(PathBuf, Metadata)>> {
        let plain = folder.join(name);
        if let Some(metadata) = look(&plain)?
            && is_case_told(folder, name)?
        {
            return Ok(Some((plain, metadata)));
        }
        let Some(spelling) = self.listing(folder)?.get(name) else { return Ok(None) };
        let real = folder.join(spelling);
        Ok(look(&real)?.map(|metadata| (real, metadata)))
    }

    fn listing(&mut self, folder: &Path) -> io::Result<&HashMap<String, OsString>> {
        if !self.listings.contains_key(folder) {
            let listing = list(folder)?;
            self.listings.insert(folder.to_owned(), listing);
        }
        Ok(&self.listings[folder])
    }
}

/// Returns whether `error` says that there is nothing at the path, as against: it could not be looked at.
pub(super) fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Returns what is at the path, a symbolic link being itself; `None` if nothing is.
pub(super) fn look(real: &Path) -> io::Result<Option<Metadata>> {
    match std::fs::symlink_metadata(real) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns whether a file found as `name` is surely spelled so: nothing is found under the same name in another case.
fn is_case_told(folder: &Path, name: &str) -> io::Result<bool> {
    match other_case(name) {
        Some(other) => Ok(look(&folder.join(other))?.is_none()),
        None => Ok(true),
    }
}

/// Returns `name` with the case of its first letter changed; `None` if no letter has two cases.
fn other_case(name: &str) -> Option<String> {
    let (at, from, to) = name.char_indices().find_map(|(at, c)| Some((at, c, flipped(c)?)))?;
    Some(format!("{}{to}{}", &name[..at], &name[at + from.len_utf8()..]))
}

fn flipped(c: char) -> Option<char> {
    let lower = c.to_lowercase().next().filter(|&l| l != c);
    let upper = c.to_uppercase().next().filter(|&u| u != c && u.to_lowercase().eq([c]));
    lower.or(upper)
}

/// Lists a folder: names as they stand in vault paths, with their spellings. Of two spellings of one name the normal one wins, else
/// the one with the lesser bytes.
fn list(folder: &Path) -> io::Result<HashMap<String, OsString>> {
    let mut names: HashMap<String, OsString> = HashMap::new();
    for entry in std::fs::read_dir(folder)? {
        let spelling = entry?.file_name();
        let Some(text) = spelling.to_str() else { continue };
        let twin = names.get(&normal(text));
        if twin.is_none_or(|twin| wins(&spelling, twin)) {
            names.insert(normal(text), spelling);
        }
    }
    Ok(names)
}

/// Returns whether of two spellings of one name the first stands for the file.
fn wins(spelling: &OsString, other: &OsString) -> bool {
    let rank = |s: &OsString| (!s.to_str().is_some_and(is_normal), s.clone());
    rank(spelling) < rank(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_case_of_a_name_differs_in_one_letter() {
        for (name, other) in
            [("note.md", Some("Note.md")), ("Note.md", Some("note.md")), ("1 ä.md", Some("1 Ä.md")), ("日本", None), ("ß", None)]
        {
            assert_eq!(other_case(name).as_deref(), other, "{name}");
        }
    }

    #[test]
    fn a_path_leads_to_the_spelling_on_the_disk() {
        let vault = tempfile::tempdir().unwrap();
        let real = vault.path().join("cafe\u{301}/one\u{a0}two.md");
        std::fs::create_dir(real.parent().unwrap()).unwrap();
        std::fs::write(&real, "x").unwrap();
        let found = locate(&Disk::new(vault.path(), &[]), &VaultPath::new("café/one two.md"));
        assert_eq!(std::fs::read(found).unwrap(), b"x");
    }

    #[test]
    fn a_path_to_nothing_leads_where_it_would_lie() {
        let vault = tempfile::tempdir().unwrap();
        assert_eq!(locate(&Disk::new(vault.path(), &[]), &VaultPath::new("a/é.md")), vault.path().join("a/é.md"));
    }
}
