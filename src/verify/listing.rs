//! The names of a vault's files by a recursion of its own: what the walk passes over, of which it then has neither a document nor a reason,
//! shows by comparing. What is hidden or private is left out on both sides.

use crate::disk::{self, Disk, Observation, Scope};
use crate::path::{VaultPath, normal};
use anyhow::Result;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Looks at a vault as a sync does; returns the names that this has missed, too. Files come and go while two look, so a miss must happen twice.
pub(super) fn observe(disk: &Disk) -> Result<(Observation, Vec<String>)> {
    let look = || {
        let mut listed = Vec::new();
        list(&disk.root, "", &mut listed);
        let seen = disk::observe(disk, &Scope::root())?;
        let missed = missed(disk, listed, &seen);
        Ok((seen, missed))
    };
    let (seen, missed): (Observation, Vec<String>) = look()?;
    if missed.is_empty() { Ok((seen, missed)) } else { look() }
}

/// Lists what is no folder, by its path in normal form. What cannot be listed the other look knows as well.
fn list(folder: &Path, path: &str, listed: &mut Vec<(String, PathBuf)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let name = name.to_str().map_or_else(|| name.as_encoded_bytes().escape_ascii().to_string(), normal);
        let path = if path.is_empty() { name } else { format!("{path}/{name}") };
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            list(&entry.path(), &path, listed);
        } else {
            listed.push((path, entry.path()));
        }
    }
}

/// Returns what was listed and not seen, and is still there.
fn missed(disk: &Disk, listed: Vec<(String, PathBuf)>, seen: &Observation) -> Vec<String> {
    let files = seen.files.keys().chain(seen.excluded.keys()).chain(seen.private.keys()).chain(seen.left_out.keys());
    let names: HashSet<String> = files.chain(seen.unreadable.keys()).map(|path| normal(path.as_str())).collect();
    let is_accounted = |path: &str| {
        let path = VaultPath::new(path);
        let within = |folder: &VaultPath| path.is_within(folder);
        // A link that is followed is known by what lies behind it.
        disk.is_private(&path) || seen.unreadable.keys().any(within) || seen.files.keys().any(|file| file.is_within(&path))
    };
    let missed = listed.into_iter().filter(|(path, _)| !names.contains(path) && !is_accounted(path));
    missed.filter(|(_, real)| std::fs::symlink_metadata(real).is_ok()).map(|(path, _)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_look_misses_is_named_and_nothing_else() {
        let vault = tempfile::tempdir().unwrap();
        let files = [
            "a.md",
            "b/c/d.md",
            "b/caf\u{e9}.md",
            "b/cafe\u{301}.md",
            ".hidden/x.md",
            "b/.x.md.icloud",
            "out/e.png",
            "mine/f.md",
            "y.md.part",
        ];
        for path in files {
            let real = vault.path().join(path);
            std::fs::create_dir_all(real.parent().unwrap()).unwrap();
            std::fs::write(real, path).unwrap();
        }
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            std::os::unix::fs::symlink(vault.path().join("b"), vault.path().join("to b")).unwrap();
            let _ = std::fs::write(vault.path().join(std::ffi::OsStr::from_bytes(b"b\xff.md")), "");
        }
        let disk = Disk::new(vault.path(), &["out/".to_owned()]).keeping_private(&["mine/".to_owned()]);
        let (seen, none) = observe(&disk).unwrap();
        assert_eq!(none, [] as [String; 0]);
        let missed_without = |path: &str| {
            let mut less = seen.clone();
            let path = VaultPath::new(path);
            less.files.remove(&path);
            less.excluded.remove(&path);
            less.left_out.remove(&path);
            let mut listed = Vec::new();
            list(&disk.root, "", &mut listed);
            missed(&disk, listed, &less)
        };
        for path in ["a.md", "b/c/d.md", "out/e.png"] {
            assert_eq!(missed_without(path), [path]);
        }
        assert_eq!(missed_without("mine/f.md"), [] as [String; 0]);
        // What went meanwhile is no miss.
        let gone = missed(&disk, vec![("gone.md".to_owned(), vault.path().join("gone.md"))], &seen);
        assert_eq!(gone, [] as [String; 0]);
    }
}
