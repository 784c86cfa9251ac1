//! The walk below one folder: real names become vault paths, and what cannot stand in the vault gets its reason.

use super::observe::{Folder, Look};
use crate::path::{VaultPath, is_normal, normal};
use std::cmp::Ordering;
use std::ffi::OsStr;
use walkdir::{DirEntry, WalkDir};

/// The last entry that the walk met at some depth. While it is at depth n, the first n are the folders that it stands in.
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
        let mut walk = WalkDir::new(&folder.real).min_depth(1).sort_by(siblings).into_iter();
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
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            return Next::Pass;
        }
        let folder = &trail[entry.depth() - 1];
        let Some(name) = entry.file_name().to_str() else {
            self.leave_out(escaped(folder, entry.file_name()), "its name is not UTF-8");
            return Next::Pass;
        };
        let path = folder.path.join(name);
        if trail.get(entry.depth()).is_some_and(|sibling| sibling.path == path) {
            self.leave_out(escaped(folder, entry.file_name()), format!("its name is another spelling of {path}"));
            return Next::Pass;
        }
        let (kind, outer) = (entry.file_type(), folder.rule);
        let own = || if kind.is_dir() { self.disk.exclude.folder(&path) } else { self.disk.exclude.file(&path) };
        let rule = outer.or_else(own);
        trail.truncate(entry.depth());
        trail.push(Step { path: path.clone(), rule });
        if kind.is_dir() {
            return Next::Descend;
        }
        self.meet_file(path, kind, rule, || entry.metadata().map_err(Into::into));
        Next::Pass
    }

    /// Notes a folder that could not be listed, or not to its end. Errors come before the folder's entries, so it is the last we met.
    fn meet_error(&mut self, error: &walkdir::Error, trail: &[Step]) {
        if let (Some(error), Some(folder)) = (error.io_error(), trail.last()) {
            self.note_unreadable(&folder.path, error);
        }
    }
}

/// Orders the entries of a folder so that spellings of one name stand together, the one that stands for the file first.
fn siblings(a: &DirEntry, b: &DirEntry) -> Ordering {
    let (a, b) = (a.file_name(), b.file_name());
    match (a.to_str(), b.to_str()) {
        (Some(x), Some(y)) if x.is_ascii() && y.is_ascii() => x.cmp(y),
        (Some(x), Some(y)) => normal(x).cmp(&normal(y)).then_with(|| is_normal(y).cmp(&is_normal(x))).then_with(|| x.cmp(y)),
        _ => a.to_str().is_none().cmp(&b.to_str().is_none()).then_with(|| a.cmp(b)),
    }
}

/// Returns a path that shows the bytes of a name which cannot stand in a vault path, or would be another file's.
fn escaped(folder: &Step, name: &OsStr) -> VaultPath {
    folder.path.join(&name.as_encoded_bytes().escape_ascii().to_string())
}
