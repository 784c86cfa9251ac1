//! Where a symbolic link leads, and whether that may be followed: only into folders that the settings name, since a vault may come from
//! somebody else, with a link to `~/.ssh` in it. What counts is where a link ends, whatever other links it goes through.
//!
//! Never followed is what leads into the vault, whose files have their names already, to a folder that holds it, or to our own data.
//! Nothing here knows of other links: that no file has two names is seen to by the look.

use super::glance::{is_bare, root_id};
use super::locate::is_gone;
use super::{Disk, RootId};
use std::fs::Metadata;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

pub(super) const NOT_FOLLOWED: &str = "a symbolic link, which is not followed";
const ELSEWHERE: &str = "a symbolic link to a place that `follow_symlinks` does not name";
const INSIDE: &str = "a symbolic link to a place in the vault";
const ABOVE: &str = "a symbolic link to a folder that holds the vault";
const OURS: &str = "a symbolic link to where vault-sync keeps its data";
const NOWHERE: &str = "a symbolic link that leads nowhere";
const CIRCLE: &str = "a symbolic link that leads in a circle";
const AWAY: &str = "a symbolic link to a place that is not there, as when its drive is not mounted; what is indexed of it stays as it is";
const BARE: &str = "a symbolic link to an empty folder, as a mount point is without its drive; what is indexed of it stays as it is";
pub(super) const TWICE: &str = "a symbolic link to what is in the vault by another one";
pub(super) const REACHED: &str = "a folder that is in the vault by a symbolic link";

/// "Too many levels of symbolic links"; the standard library has no stable name for it.
const ELOOP: i32 = if cfg!(target_os = "linux") { 40 } else { 62 };
/// So many links are gone through to say where one would end.
const MOST_LINKS: usize = 40;

/// Into which folders links may lead, and where none may.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    allowed: Vec<PathBuf>,
    data_dir: PathBuf,
}

/// Why a link is not followed.
pub(super) enum Refused {
    /// It counts as left out.
    Left(&'static str),
    /// What it leads to is unknown, not gone.
    Away(String),
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Left(why) => Self::new(io::ErrorKind::NotFound, why),
            Refused::Away(why) => Self::other(why),
        }
    }
}

impl Disk {
    /// Returns the disk, on which links into these folders are followed, but never to `data_dir`.
    pub fn following(self, allowed: &[PathBuf], data_dir: &Path) -> Self {
        Self { links: Links { allowed: allowed.to_vec(), data_dir: data_dir.to_owned() }, ..self }
    }

    /// Returns whether links are followed at all.
    pub fn follows_links(&self) -> bool {
        !self.links.allowed.is_empty()
    }

    /// Returns the file or folder that a link leads to, by its real path, if it may be followed.
    pub(super) fn lead(&self, link: &Path) -> Result<(PathBuf, Metadata), Refused> {
        if !self.follows_links() {
            return Err(Refused::Left(NOT_FOLLOWED));
        }
        let away = |error: io::Error| Refused::Away(error.to_string());
        let real = match link.canonicalize() {
            Ok(real) => real,
            Err(error) if error.raw_os_error() == Some(ELOOP) => return Err(Refused::Left(CIRCLE)),
            Err(error) if is_gone(&error) => return Err(self.missing(link)),
            Err(error) => return Err(away(error)),
        };
        if let Some(why) = self.forbids(&real) {
            return Err(Refused::Left(why));
        }
        let metadata = std::fs::metadata(&real).map_err(away)?;
        if metadata.is_dir() && is_bare(&real).unwrap_or(false) {
            return Err(Refused::Away(BARE.to_owned()));
        }
        Ok((real, metadata))
    }

    fn forbids(&self, real: &Path) -> Option<&'static str> {
        let (root, data_dir) = (now(&self.root), now(&self.links.data_dir));
        if holds(&root, real) {
            Some(INSIDE)
        } else if holds(real, &root) {
            Some(ABOVE)
        } else if holds(&data_dir, real) || holds(real, &data_dir) {
            Some(OURS)
        } else {
            (!self.allows(real)).then_some(ELSEWHERE)
        }
    }

    /// Returns whether a real path lies in one of the folders that were named, and behind no dot there.
    fn allows(&self, real: &Path) -> bool {
        let is_plain = |part: Component<'_>| matches!(part, Component::Normal(name) if !name.as_encoded_bytes().starts_with(b"."));
        self.links.allowed.iter().any(|allowed| real.strip_prefix(now(allowed)).is_ok_and(|rest| rest.components().all(is_plain)))
    }

    /// Says of a link at whose end nothing is whether that may be a drive that is not mounted. Where the folder is there in which it would
    /// lie, with something in it, that was removed.
    fn missing(&self, link: &Path) -> Refused {
        let mut end = link.to_owned();
        for _ in 0..MOST_LINKS {
            let Ok(to) = std::fs::read_link(&end) else { break };
            end = end.parent().map_or_else(|| to.clone(), |folder| folder.join(&to));
        }
        let there = end.ancestors().skip(1).find_map(|above| Some((above, above.canonicalize().ok()?)));
        let Some((above, folder)) = there else { return Refused::Left(NOWHERE) };
        let rest = end.strip_prefix(above).unwrap_or(Path::new(""));
        let was_removed = rest.components().count() == 1 && !is_bare(&folder).unwrap_or(false);
        if was_removed || !self.allows(&folder.join(rest)) { Refused::Left(NOWHERE) } else { Refused::Away(AWAY.to_owned()) }
    }
}

/// Returns where a path of the settings really is, at this moment.
fn now(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Returns whether `inner` is `outer` or lies below it, by their paths or by being the same folder, mounted in two places.
fn holds(outer: &Path, inner: &Path) -> bool {
    let is_same = |id: RootId| inner.ancestors().any(|above| root_id(above) == Some(id));
    inner.starts_with(outer) || cfg!(unix) && root_id(outer).is_some_and(is_same)
}

/// What the watcher sees of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lead {
    /// The real folder that it leads to.
    Folder(PathBuf),
    /// A file, or what may come to be there.
    Other,
}

/// Returns the links in a real folder that are followed, or would be if something was there.
pub fn links_in(disk: &Disk, folder: &Path) -> Vec<(PathBuf, Lead)> {
    if !disk.follows_links() {
        return Vec::new();
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let seen = entries.filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
    let links = seen.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink())).map(|entry| entry.path());
    let lead = |link: PathBuf| match disk.lead(&link) {
        Ok((real, metadata)) if metadata.is_dir() => Some((link, Lead::Folder(real))),
        Ok(_) | Err(Refused::Away(_) | Refused::Left(NOWHERE)) => Some((link, Lead::Other)),
        Err(Refused::Left(_)) => None,
    };
    links.filter_map(lead).collect()
}

/// Returns whether a symbolic link stands at a real path.
pub fn is_link(real: &Path) -> bool {
    std::fs::symlink_metadata(real).is_ok_and(|metadata| metadata.is_symlink())
}

/// What stands at the end of a link: it changes when something else does, or when that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    id: RootId,
    written: Option<SystemTime>,
    size: u64,
    pub is_folder: bool,
}

/// Returns what stands at the end of a link now, which costs one look.
pub fn end(link: &Path) -> Option<End> {
    let metadata = std::fs::metadata(link).ok()?;
    Some(End {
        id: super::glance::identity(&metadata),
        written: metadata.modified().ok(),
        size: metadata.len(),
        is_folder: metadata.is_dir(),
    })
}

impl End {
    /// Returns whether the same file or folder stands there, written to or not.
    pub fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
