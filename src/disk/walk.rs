//! The walk below one folder: real names become vault paths, and what cannot stand in the vault gets its reason.

use super::away;
use super::observe::{Folder, Look};
use crate::path::{VaultPath, is_normal};
use std::ffi::OsStr;
use std::path::Path;
use walkdir::{DirEntry, WalkDir};

/// A folder on the way to where the walk is: the first is where it began, the n-th lies n - 1 below.
struct Step {
    path: VaultPath,
    rule: Option<usize>,
}

enum Next {
    Descend,
    Pass,
}

impl Look<'_> {
    /// Looks at everything below a folder.
    pub(super) fn walk(&mut self, folder: Folder) {
        // In order, because then what failed in a listing comes before its entries, and the files are all but sorted. Siblings differ
        // in the last name only, so that comparing whole paths compares names, without cutting them out first.
        let walk = WalkDir::new(&folder.real).min_depth(1).sort_by(|a, b| a.path().as_os_str().cmp(b.path().as_os_str()));
        let mut walk = walk.into_iter();
        let mut trail = vec![Step { path: folder.path, rule: folder.rule }];
        while let Some(entry) = walk.next() {
            match entry {
                Ok(entry) => {
                    if let Next::Pass = self.meet(&entry, &mut trail)
                        && entry.file_type().is_dir()
                    {
                        walk.skip_current_dir();
                    }
                }
                Err(error) => self.meet_error(&error, &trail),
            }
        }
    }

    fn meet(&mut self, entry: &DirEntry, trail: &mut Vec<Step>) -> Next {
        let spelling = entry.file_name();
        if spelling.as_encoded_bytes().starts_with(b".") {
            if let Some(name) = away::stood_for(spelling) {
                let folder = &trail[entry.depth() - 1];
                let (path, rule) = (folder.path.join(name), folder.rule);
                self.meet_placeholder(path, rule);
            }
            return Next::Pass;
        }
        trail.truncate(entry.depth());
        let folder = &trail[entry.depth() - 1];
        let Some(name) = spelling.to_str() else {
            if folder.rule.is_some_and(|rule| self.disk.exclude.is_private(rule)) {
                return Next::Pass;
            }
            self.leave_out(escaped(folder, spelling), "its name is not UTF-8");
            return Next::Pass;
        };
        let mut path = folder.path.join(name);
        if !is_normal(name) && !self.stands_for_its_name(entry.path(), &path) {
            path = folder.path.join_twin(name);
        }
        if entry.file_type().is_dir() {
            let rule = self.disk.exclude.outer(folder.rule, || self.disk.exclude.folder(&path));
            if !self.enters(&path, entry.path(), rule) {
                return Next::Pass;
            }
            trail.push(Step { path, rule });
            return Next::Descend;
        }
        if entry.file_type().is_symlink() && self.disk.follows_links() {
            self.meet_link(path, entry.path().to_owned(), folder.rule);
            return Next::Pass;
        }
        let rule = self.disk.exclude.outer(folder.rule, || self.disk.exclude.file(&path));
        self.meet_file(path, entry.file_type(), rule, || entry.metadata().map_err(Into::into));
        Next::Pass
    }

    /// Returns whether an oddly spelled entry is what its path leads to; another one may have the same name.
    fn stands_for_its_name(&mut self, real: &Path, path: &VaultPath) -> bool {
        let Some(folder) = real.parent() else { return true };
        match self.names.entry(folder, path.file_name()) {
            Ok(Some((winner, _))) => winner == real,
            _ => true,
        }
    }

    /// Notes a folder that could not be listed, or not to its end. Errors come before the folder's entries, so it is the last we met.
    fn meet_error(&mut self, error: &walkdir::Error, trail: &[Step]) {
        if let (Some(error), Some(folder)) = (error.io_error(), trail.last()) {
            self.note_unreadable(&folder.path, error);
        }
    }
}

/// Returns a path that shows the bytes of a name which cannot stand in a vault path.
fn escaped(folder: &Step, name: &OsStr) -> VaultPath {
    folder.path.join(&name.as_encoded_bytes().escape_ascii().to_string())
}
