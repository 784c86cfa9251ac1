//! Twins: entries of one folder whose names are one in normal form. One of them has the name, the others keep their own spelling; so when
//! one comes or goes, the path of another may change, of which no file event tells.

use crate::path::{VaultPath, is_normal, normal};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Returns the folders that must be looked at whole because something at these paths came, went or was replaced: where a path, or a
/// folder on the way to it, has twins.
pub fn folders_of_twins<'a>(root: &Path, paths: impl Iterator<Item = &'a VaultPath>) -> HashSet<VaultPath> {
    let mut listings = HashMap::new();
    paths.filter_map(|path| folder_of_twins(root, path, &mut listings)).collect()
}

/// The names of each folder that are not in normal form, in it.
type Listings = HashMap<PathBuf, HashSet<String>>;

fn folder_of_twins(root: &Path, path: &VaultPath, listings: &mut Listings) -> Option<VaultPath> {
    let (mut folder, mut real) = (VaultPath::root(), root.to_owned());
    for name in path.as_str().split('/').filter(|name| !name.is_empty()) {
        if !is_normal(name) {
            return Some(folder);
        }
        if may_have_twins(name) {
            if !listings.contains_key(&real) {
                listings.insert(real.clone(), odd_names(&real));
            }
            if listings[&real].contains(name) {
                return Some(folder);
            }
        }
        folder = folder.join(name);
        real.push(name);
    }
    None
}

/// Returns the names in a folder that are not in normal form, as they would be in it. A folder that cannot be listed has none to show.
fn odd_names(folder: &Path) -> HashSet<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    entries.filter_map(|name| name.to_str().filter(|name| !is_normal(name)).map(normal)).collect()
}

/// Returns whether another spelling could have this normal form. Few characters of ASCII are the normal form of any other, so that most
/// folders need not be listed.
fn may_have_twins(name: &str) -> bool {
    !name.is_ascii() || name.contains([' ', 'K', ';', '`'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_certain_characters_can_have_twins() {
        for odd in ('\u{80}'..=char::MAX).map(String::from).filter(|text| !is_normal(text)) {
            assert!(may_have_twins(&normal(&odd)), "{:?} is the normal form of {odd:?}", normal(&odd));
        }
        assert!(!may_have_twins("note-1.md"));
    }

    /// Other systems hold these to be one.
    #[test]
    #[cfg(target_os = "linux")]
    fn the_folder_of_twins_is_to_be_looked_at_whole() {
        let vault = tempfile::tempdir().unwrap();
        for file in ["x/cafe\u{301}.md", "x/a b.md", "o\u{308}/y/z.md", "x/\u{212a}.md"] {
            std::fs::create_dir_all(vault.path().join(file).parent().unwrap()).unwrap();
            std::fs::write(vault.path().join(file), "").unwrap();
        }
        let check = |path: VaultPath, expected: Option<&str>| {
            let found = folders_of_twins(vault.path(), [&path].into_iter());
            assert_eq!(found.iter().map(VaultPath::as_str).collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>(), "{path}");
        };
        check(VaultPath::new("x/café.md"), Some("x"));
        check(VaultPath::new("x").join_twin("cafe\u{301}.md"), Some("x"));
        check(VaultPath::new("x/K.md"), Some("x"));
        check(VaultPath::new("ö/y/z.md"), Some(""));
        check(VaultPath::new("x/a b.md"), None);
        check(VaultPath::new("no/folder/ö.md"), None);
    }
}
