//! The symbolic links of a vault, as far as they are followed, and which folders are watched through them.
//!
//! A folder that a link leads to is watched under the vault's own names, so that its events need no translation. What else may happen at a
//! link's end has no event: a file there, a place that comes or goes, another folder under the old name. So ends are looked at, once a second.

use crate::disk::{Disk, End, Lead, end, is_link, links_in, subfolders};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Links by their place in the vault.
#[derive(Default)]
pub(super) struct Linked(BTreeMap<PathBuf, Link>);

struct Link {
    /// The real folder that is watched through it.
    folder: Option<PathBuf>,
    end: Option<End>,
}

/// What has become of the ends of links.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ends {
    /// Files that were written or replaced, by their links.
    pub written: Vec<PathBuf>,
    /// Something else has another end, or none.
    pub have_parted: bool,
}

impl Linked {
    /// Returns the folders in a folder that are to be watched, those that links lead to among them.
    pub(super) fn folders_in(&mut self, disk: &Disk, folder: &Path, is_wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
        // A folder that cannot be listed is reported by the look that follows.
        let mut folders = subfolders(folder).unwrap_or_default();
        folders.retain(|folder| is_wanted(folder));
        let links = links_in(disk, folder).into_iter().filter(|(link, _)| is_wanted(link));
        folders.extend(links.filter_map(|(link, lead)| self.note(link, lead)));
        folders
    }

    /// Takes note of a link, and returns it if its folder is to be watched through it: not if that is so through another one.
    fn note(&mut self, link: PathBuf, lead: Lead) -> Option<PathBuf> {
        let folder = match lead {
            Lead::Folder(real) if !self.is_watched(&real, &link) => Some(real),
            _ => None,
        };
        let is_entered = folder.is_some();
        self.0.insert(link.clone(), Link { folder, end: end(&link) });
        is_entered.then_some(link)
    }

    fn is_watched(&self, real: &Path, link: &Path) -> bool {
        let others = self.0.iter().filter(|(other, _)| *other != link);
        others.filter_map(|(_, other)| other.folder.as_ref()).any(|folder| real.starts_with(folder))
    }

    /// Returns whether there is a folder that is watched through this link.
    pub(super) fn leads_to_folder(&self, link: &Path) -> bool {
        self.0.get(link).is_some_and(|link| link.folder.is_some())
    }

    /// Returns the real folders that are watched through links.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.0.values().filter_map(|link| link.folder.as_deref())
    }

    /// Returns whether what happened at a path may be that a link came, went, or leads elsewhere.
    pub(super) fn may_have_changed(&self, disk: &Disk, real: &Path) -> bool {
        disk.follows_links() && (is_link(real) || self.0.keys().any(|link| link.starts_with(real)))
    }

    /// Looks at the ends of all links.
    pub(super) fn look(&mut self) -> Ends {
        let mut ends = Ends::default();
        for (path, link) in &mut self.0 {
            let now = end(path);
            match (link.end, now) {
                (was, now) if was == now => continue,
                (Some(was), Some(now)) if link.folder.is_some() && was.is_same(&now) => {}
                (Some(was), Some(now)) if !was.is_folder && !now.is_folder => ends.written.push(path.clone()),
                _ => ends.have_parted = true,
            }
            link.end = now;
        }
        ends
    }
}
