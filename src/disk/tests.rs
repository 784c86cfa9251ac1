//! What a look sees, on real folders.

use super::*;
use std::fs::File;
use std::path::Path;
use tempfile::TempDir;

/// A vault with these files, each holding its own path.
fn vault(paths: &[&str]) -> (TempDir, Disk) {
    let folder = tempfile::tempdir().unwrap();
    for path in paths {
        write(folder.path(), path);
    }
    let disk = Disk::new(folder.path(), &[]);
    (folder, disk)
}

fn write(root: &Path, path: &str) {
    std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
    std::fs::write(root.join(path), path).unwrap();
}

fn scope(paths: &[&str]) -> Scope {
    paths.iter().map(|path| VaultPath::new(path)).collect()
}

fn look(disk: &Disk, paths: &[&str]) -> Observation {
    observe(disk, &scope(paths)).unwrap()
}

fn names<T>(of: &BTreeMap<VaultPath, T>) -> Vec<&str> {
    of.keys().map(VaultPath::as_str).collect()
}

#[test]
fn the_root_scope_sees_every_file_but_those_behind_a_dot() {
    let (_folder, disk) = vault(&["b.md", "a/c.md", "a/d/e.png", ".obsidian/app.json", "a/.trash/x.md", ".hidden.md"]);
    assert_eq!(names(&look(&disk, &[""]).files), ["a/c.md", "a/d/e.png", "b.md"]);
}

#[test]
fn a_narrow_scope_sees_its_paths_and_what_lies_below_them() {
    let (_folder, disk) = vault(&["b.md", "b2.md", "a/c.md", "a/d/e.md", "a/d/f.md"]);
    assert_eq!(names(&look(&disk, &["b.md"]).files), ["b.md"]);
    assert_eq!(names(&look(&disk, &["a/d", "b2.md"]).files), ["a/d/e.md", "a/d/f.md", "b2.md"]);
    assert_eq!(names(&look(&disk, &["a", "a/d/e.md"]).files), ["a/c.md", "a/d/e.md", "a/d/f.md"]);
}

#[test]
fn what_is_not_there_is_not_found() {
    let (_folder, disk) = vault(&["b.md"]);
    let seen = look(&disk, &["gone.md", "no/such/folder/x.md", "b.md/x.md", ".obsidian/app.json"]);
    let n_seen = seen.files.len() + seen.excluded.len() + seen.left_out.len() + seen.unreadable.len();
    assert_eq!(n_seen, 0, "{seen:?}");
}

#[test]
fn a_missing_root_is_never_an_empty_vault() {
    let (folder, disk) = vault(&["b.md"]);
    let file = Disk::new(folder.path().join("b.md"), &[]);
    let gone = Disk::new(folder.path().join("gone"), &[]);
    for (disk, scope) in [(&gone, scope(&[""])), (&gone, scope(&["a.md"])), (&file, scope(&[""]))] {
        let error = observe(disk, &scope).unwrap_err();
        assert_eq!(error.downcast_ref::<RootGone>().map(|gone| &gone.root), Some(&disk.root));
    }
    assert!(observe(&disk, &scope(&[""])).is_ok());
}

#[test]
fn excluded_files_are_seen_with_the_name_of_their_rule() {
    let (folder, _) = vault(&["a.md", "Templates/t.md", "x/Templates/u.md", "x/b.tmp"]);
    let disk = Disk::new(folder.path(), &["Templates/".to_owned(), "*.tmp".to_owned()]);
    for paths in [&[""][..], &["a.md", "Templates/t.md", "x"][..]] {
        let seen = look(&disk, paths);
        assert_eq!(names(&seen.files), ["a.md"]);
        assert_eq!(names(&seen.excluded), ["Templates/t.md", "x/Templates/u.md", "x/b.tmp"]);
        assert_eq!(seen.excluded[&VaultPath::new("x/b.tmp")], "*.tmp");
    }
}

#[test]
fn obsidians_excluded_files_are_seen_and_marked() {
    let (folder, disk) = vault(&["a.md", "Drafts/b.md"]);
    std::fs::create_dir(folder.path().join(".obsidian")).unwrap();
    std::fs::write(folder.path().join(".obsidian/app.json"), r#"{"userIgnoreFilters": ["drafts/"]}"#).unwrap();
    let seen = look(&disk, &[""]);
    let ignored: Vec<bool> = seen.files.values().map(|stamp| stamp.is_ignored).collect();
    assert_eq!((names(&seen.files), ignored), (vec!["Drafts/b.md", "a.md"], vec![true, false]));
    assert!(stamp(&disk, &VaultPath::new("Drafts/b.md")).unwrap().is_ignored);
}

#[test]
fn a_decomposed_name_stands_in_normal_form_and_can_be_read() {
    let (_folder, disk) = vault(&["cafe\u{301}/nai\u{308}ve\u{a0}one.md"]);
    let path = VaultPath::new("café/naïve one.md");
    for paths in [&[""][..], &["café"][..], &["café/naïve one.md"][..]] {
        let seen = look(&disk, paths);
        let (bytes, read_as) = Reader::new(&disk).read(&path, &seen.files[&path]).unwrap();
        assert_eq!(bytes, "cafe\u{301}/nai\u{308}ve\u{a0}one.md".as_bytes());
        assert_eq!(read_as, seen.files[&path]);
    }
}

/// A later write within the clock's grain must not be missed, so the time of a fresh file is not remembered.
#[test]
fn a_fresh_file_has_a_time_in_doubt_and_an_old_one_has_not() {
    let (folder, disk) = vault(&["a.md", "b.md"]);
    let old = SystemTime::now() - std::time::Duration::from_secs(3600);
    File::options().write(true).open(folder.path().join("b.md")).unwrap().set_modified(old).unwrap();
    let seen = look(&disk, &[""]);
    assert_eq!(seen.files[&VaultPath::new("a.md")].mtime_ns, 0);
    assert!(seen.files[&VaultPath::new("b.md")].mtime_ns > 0);
    assert_eq!(stamp(&disk, &VaultPath::new("b.md")).unwrap(), seen.files[&VaultPath::new("b.md")]);
}

#[test]
fn a_scope_covers_what_lies_below_its_paths() {
    let scope = scope(&["a/b", "c.md"]);
    for (path, is_covered) in [("a/b", true), ("a/b/c/d.md", true), ("c.md", true), ("a", false), ("a/bc", false), ("", false)] {
        assert_eq!(scope.covers(&VaultPath::new(path)), is_covered, "{path}");
    }
    assert!(Scope::root().covers(&VaultPath::new("x")) && Scope::root().covers(&VaultPath::root()));
}

#[cfg(unix)]
mod on_unix {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn a_file_keeps_its_identity_through_a_rename() {
        let (folder, disk) = vault(&["a.md"]);
        let before = look(&disk, &["a.md"]).files[&VaultPath::new("a.md")];
        std::fs::rename(folder.path().join("a.md"), folder.path().join("b.md")).unwrap();
        let after = look(&disk, &["a.md", "b.md"]);
        assert_eq!(names(&after.files), ["b.md"]);
        assert_eq!(after.files[&VaultPath::new("b.md")].file_id, before.file_id);
    }

    #[test]
    fn symbolic_links_are_left_out_and_not_followed() {
        let (folder, _) = vault(&["a/x.md"]);
        let disk = Disk::new(folder.path(), &["dangling.md".to_owned()]);
        symlink(folder.path().join("a"), folder.path().join("linked")).unwrap();
        symlink(folder.path(), folder.path().join("a/loop")).unwrap();
        symlink("nowhere", folder.path().join("a/dangling.md")).unwrap();
        for paths in [&[""][..], &["linked", "a"][..]] {
            let seen = look(&disk, paths);
            assert_eq!(names(&seen.files), ["a/x.md"]);
            assert_eq!(names(&seen.left_out), ["a/dangling.md", "a/loop", "linked"]);
        }
        assert!(look(&disk, &["linked/x.md"]).files.is_empty());
        assert!(
            Reader::new(&disk).read(&VaultPath::new("a/dangling.md"), &look(&disk, &["a/x.md"]).files[&VaultPath::new("a/x.md")]).is_err()
        );
    }

    #[test]
    fn what_is_no_regular_file_is_left_out() {
        let (folder, disk) = vault(&["a.md"]);
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("s.md")).unwrap();
        assert_eq!(look(&disk, &[""]).left_out[&VaultPath::new("s.md")], "not a regular file");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_name_that_is_not_utf8_is_left_out() {
        let (folder, disk) = vault(&["d/z.md"]);
        std::fs::write(folder.path().join("d").join(std::ffi::OsStr::from_bytes(b"bad\xff.md")), "").unwrap();
        let seen = look(&disk, &[""]);
        assert_eq!((names(&seen.files), names(&seen.left_out)), (vec!["d/z.md"], vec!["d/bad\\xff.md"]));
    }

    /// Other systems hold these to be one.
    #[test]
    #[cfg(target_os = "linux")]
    fn files_that_differ_in_spelling_are_two_files() {
        let twins = ["d/a b.md", "d/a\u{a0}b.md", "d/e\u{301}.md", "d/é.md", "o\u{308}/1.md", "o\u{308}/2.md", "ö/1.md"];
        let (folder, disk) = vault(&twins);
        let seen = look(&disk, &[""]);
        assert_eq!(names(&seen.files), twins);
        for (path, stamp) in &seen.files {
            assert_eq!(Reader::new(&disk).read(path, stamp).unwrap().0, path.as_str().as_bytes());
            assert_eq!(names(&observe(&disk, &Scope([path.clone()].into())).unwrap().files), [path.as_str()]);
        }
        std::fs::remove_file(folder.path().join("d/é.md")).unwrap();
        assert_eq!(names(&look(&disk, &["d"]).files), ["d/a b.md", "d/a\u{a0}b.md", "d/é.md"], "the other one has the name now");
        let excluding = Disk::new(folder.path(), &["a b.md".to_owned(), "ö/".to_owned()]);
        assert_eq!(names(&look(&excluding, &[""]).files), ["d/é.md"], "a glob means all spellings");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_backslash_is_a_character_of_a_name() {
        let (_folder, disk) = vault(&["a/b\\c.md"]);
        let seen = look(&disk, &[""]);
        assert_eq!(names(&seen.files), ["a/b\\c.md"]);
        let (path, stamp) = seen.files.first_key_value().unwrap();
        assert_eq!(Reader::new(&disk).read(path, stamp).unwrap().0, b"a/b\\c.md");
        assert_eq!(observe(&disk, &Scope([path.clone()].into())).unwrap().files, seen.files);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn files_that_differ_in_case_are_two_files() {
        let (_folder, disk) = vault(&["a.md", "A.md"]);
        assert_eq!(names(&look(&disk, &["a.md"]).files), ["a.md"]);
        assert_eq!(names(&look(&disk, &["A.md", "a.md"]).files), ["A.md", "a.md"]);
    }

    /// Whoever runs as root can list every folder, so that there is nothing to see.
    #[test]
    fn a_folder_without_permission_is_unknown() {
        let (folder, disk) = vault(&["a/x.md", "b.md"]);
        let locked = folder.path().join("a");
        std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
        let is_root = std::fs::read_dir(&locked).is_ok();
        let (wide, narrow) = (look(&disk, &[""]), look(&disk, &["a/x.md"]));
        std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o755)).unwrap();
        if !is_root {
            assert_eq!((names(&wide.files), names(&wide.unreadable)), (vec!["b.md"], vec!["a"]));
            assert_eq!(names(&narrow.unreadable), ["a/x.md"]);
        }
    }

    /// A path longer than the system takes cannot be listed by anybody. It arises by moving one deep folder into another.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_folder_that_cannot_be_listed_is_unknown() {
        let (folder, disk) = vault(&["b.md"]);
        let deep = vec!["d".repeat(250); 10].join("/");
        for top in ["a", "b"] {
            std::fs::create_dir_all(folder.path().join(top).join(&deep)).unwrap();
        }
        std::fs::rename(folder.path().join("b"), folder.path().join("a").join(&deep).join("b")).unwrap();
        let seen = look(&disk, &[""]);
        assert_eq!(names(&seen.files), ["b.md"]);
        assert!(names(&seen.unreadable)[0].starts_with("a/ddd"), "{:?}", seen.unreadable);
    }
}

#[test]
fn a_rename_that_changes_only_case_is_seen() {
    let (folder, disk) = vault(&["d/note.md"]);
    std::fs::rename(folder.path().join("d/note.md"), folder.path().join("d/Note.md")).unwrap();
    assert_eq!(names(&look(&disk, &["d/note.md", "d/Note.md"]).files), ["d/Note.md"]);
    assert!(look(&disk, &["d/note.md"]).files.is_empty());
}

#[test]
fn a_placeholder_of_a_private_file_is_told_of_nowhere() {
    let (folder, _) = vault(&["a/.b.md.icloud", "diary/.c.md.icloud", ".d.md.icloud", "other/.e.md.icloud"]);
    let disk = Disk::new(folder.path(), &["other/".to_owned()]).keeping_private(&["diary/".to_owned(), "d.md".to_owned()]);
    for paths in [&[""][..], &["a/b.md", "diary/c.md", "d.md", "other/e.md"]] {
        let seen = look(&disk, paths);
        assert_eq!((names(&seen.unreadable), names(&seen.excluded)), (vec!["a/b.md"], vec!["other/e.md"]), "{paths:?}");
    }
}
