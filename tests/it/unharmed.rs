//! The vault is safe: nothing of ours changes a bit of it, and what looks like an accident costs no row.

use crate::support::{Sandbox, copy_folder, stderr};
use crate::trials::sized;
use crate::watching::Watch;
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecursiveMode, Watcher as _};
use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

/// What is asked again and again beside the vault.
const COMMANDS: &[&[&str]] = &[
    &["sync"],
    &["search", "session"],
    &["resync"],
    &["ls"],
    &["show", "Home"],
    &["links", "Home"],
    &["search", "--fresh", "file:home OR /wor./"],
    &["backlinks", "Home"],
    &["status", "--strict"],
    &["unresolved"],
    &["orphans"],
    &["tags"],
    &["properties"],
    &["projects"],
    &["tasks"],
    &["recent"],
    &["terms"],
    &["log"],
    &["dump"],
    &["dashboard"],
    &["sql", "select count(*) from claude.documents"],
    &["resolve", "Home", "--from", "Home.md"],
    &["search", "link:Home", "--facet", "tags", "--granularity", "section"],
    &["config"],
    &["inspect", "vault/Home.md"],
    &["registry", "documents"],
    &["db", "status"],
];

/// Everything about a file but when it was last read.
type State = (Vec<u8>, u32, (i64, i64), (i64, i64), u64, u64, u32, u32);

fn states(root: &Path) -> BTreeMap<PathBuf, State> {
    let state = |path: PathBuf| {
        let seen = std::fs::symlink_metadata(&path).unwrap();
        let bytes = if seen.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        let times = ((seen.mtime(), seen.mtime_nsec()), (seen.ctime(), seen.ctime_nsec()));
        (path, (bytes, seen.mode(), times.0, times.1, seen.ino(), seen.nlink(), seen.uid(), seen.gid()))
    };
    walkdir::WalkDir::new(root).into_iter().map(|entry| state(entry.unwrap().into_path())).collect()
}

/// Failures 8 and 16 of the peers: notes rewritten, times changed, links followed. `VAULT_SYNC_TEST_STEPS` says how many commands.
#[test]
fn whatever_is_done_the_vault_is_not_harmed() {
    let s = Sandbox::of("vault");
    s.write("name\nwith a break.md", "[[Home]]");
    s.write("-dash.md", b"\xff\xfe broken [[Home]] \0");
    symlink(s.home(), s.vault.join("out")).unwrap();
    symlink("nowhere.md", s.vault.join("dangling.md")).unwrap();
    std::fs::hard_link(s.vault.join("Home.md"), s.vault.join("Home again.md")).unwrap();
    let other = Sandbox::new().over(&s.vault).on(&crate::postgres::database().url);
    let before = states(&s.vault);
    let (heard, events) = channel();
    let unlinked = notify::Config::default().with_follow_symlinks(false);
    let mut watcher = notify::RecommendedWatcher::new(move |event| drop(heard.send(event)), unlinked).unwrap();
    watcher.watch(&s.vault, RecursiveMode::Recursive).unwrap();
    let watch = Watch::start(&s);
    other.sync();
    for i in 0..sized("VAULT_SYNC_TEST_STEPS", 100) {
        let (args, on) = (COMMANDS[i % COMMANDS.len()], if i % 3 == 0 { &other } else { &s });
        let output = on.vault_sync(args);
        let is_fine = output.status.code().is_some_and(|code| code < 2);
        assert!(is_fine, "{args:?}: {}", stderr(&output));
    }
    assert_eq!(watch.stop(), Some(0));
    drop(watcher);
    assert!(states(&s.vault) == before, "bytes, times and modes are as they were");
    for event in events {
        let kind = event.unwrap().kind;
        let is_reading = matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write));
        assert!(is_reading, "a file of the vault was opened for writing, or more: {kind:?}");
    }
}

/// What happens to a vault, as far as one can see. Each is given the root, a copy of the vault beside it, and the home of both.
type Accident = fn(&Path);

const ACCIDENTS: &[(&str, Accident, &str)] = &[
    ("the root is gone", |root| std::fs::remove_dir_all(root).unwrap(), "mount the drive"),
    (
        "a drive is not mounted: an empty folder",
        |root| {
            std::fs::remove_dir_all(root).unwrap();
            std::fs::create_dir(root).unwrap();
        },
        "mount the drive",
    ),
    (
        "a sync service begins anew: only its own files are there",
        |root| {
            std::fs::remove_dir_all(root).unwrap();
            std::fs::create_dir_all(root.join(".stfolder")).unwrap();
            std::fs::create_dir_all(root.join(".obsidian")).unwrap();
            std::fs::write(root.join(".DS_Store"), "x").unwrap();
        },
        "--allow-mass-delete",
    ),
    (
        "nine of ten files are missing",
        |root| notes(root).skip(4).for_each(|note| std::fs::remove_file(note).unwrap()),
        "--allow-mass-delete",
    ),
    (
        "a file lies in the place of the root",
        |root| {
            std::fs::remove_dir_all(root).unwrap();
            std::fs::write(root, "x").unwrap();
        },
        "mount the drive",
    ),
    (
        "the root is a link that leads nowhere",
        |root| {
            std::fs::remove_dir_all(root).unwrap();
            symlink("/nowhere/at/all", root).unwrap();
        },
        "mount the drive",
    ),
    (
        "iCloud took the files away and left placeholders",
        |root| {
            notes(root).for_each(|note| {
                let name = format!(".{}.icloud", note.file_name().unwrap().to_str().unwrap());
                std::fs::rename(&note, note.with_file_name(name)).unwrap();
            });
        },
        "download",
    ),
    (
        "there is a place for the files' contents, and none in it",
        |root| {
            notes(root).for_each(|note| {
                let size = std::fs::metadata(&note).unwrap().len();
                std::fs::remove_file(&note).unwrap();
                std::fs::File::create(&note).unwrap().set_len(size).unwrap();
            });
        },
        "download",
    ),
];

fn notes(root: &Path) -> impl Iterator<Item = PathBuf> {
    let mut notes: Vec<_> = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.unwrap().into_path()).collect();
    notes.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    notes.sort();
    notes.into_iter()
}

/// Returns the live documents by path, each with its id.
fn ids(s: &Sandbox) -> BTreeMap<String, String> {
    let answer = s.json(&["sql", "select file_path, doc_id from claude.documents where not is_archived", "-n", "1000"]);
    let rows = answer["results"].as_array().unwrap().iter();
    rows.map(|row| (row["file_path"].to_string(), row["doc_id"].to_string())).collect()
}

fn forty_notes() -> Sandbox {
    let s = Sandbox::new();
    (0..40).for_each(|n| s.write(&format!("{}/{n}.md", n % 4), format!("Note {n} about zebras, see [[{}]].", n + 1)));
    s.sync();
    s
}

/// Failures 1 and 17 of the peers: what looks like an empty vault empties the mirror, at once or at the second try.
#[test]
fn an_accident_costs_no_row_and_says_how_to_go_on() {
    for (name, happen, cure) in ACCIDENTS {
        let s = forty_notes();
        let before = ids(&s);
        let copy = s.home().join("copy");
        copy_folder(&s.vault, &copy);
        happen(&s.vault);
        for command in ["sync", "resync", "sync"] {
            let output = s.vault_sync(&[command]);
            let said = stderr(&output) + &crate::support::stdout(&output);
            assert_eq!(output.status.code(), Some(1), "{name}: {command}: {said}");
            assert!(said.contains(cure), "{name}: {command}: {said}");
            assert_eq!(ids(&s), before, "{name}: after {command}");
        }
        let found = s.json(&["search", "zebras", "-n", "100", "--count"]);
        assert!(*name == "nine of ten files are missing" || name.contains("begins anew") || found["total"] == 40, "{name}: {found}");
        if s.vault.is_dir() {
            std::fs::remove_dir_all(&s.vault).unwrap();
        } else {
            let _ = std::fs::remove_file(&s.vault);
        }
        copy_folder(&copy, &s.vault);
        s.sync();
        assert_eq!(ids(&s), before, "{name}: when all is back");
        s.text(&["status", "--strict"]);
    }
}

/// Failure 1 of the peers: folders and files that cannot be read, where even root could read them.
#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_read_is_kept_and_named() {
    // EACCES, EIO, EAGAIN, EDEADLK, EMFILE.
    for (place, errors) in [("/vault/2", &["13", "5"][..]), ("/vault/2/", &["13", "5", "11", "35", "24"]), ("/vault", &["13", "5"])] {
        let s = forty_notes();
        let before = ids(&s);
        for error in errors {
            s.write("2/2.md", format!("Written anew before {error}, about zebras."));
            for command in ["sync", "resync"] {
                let output = crate::support::shimmed(s.command(&[command]).env("FAULT_OPEN", format!("{place}={error}"))).output().unwrap();
                let said = stderr(&output) + &crate::support::stdout(&output);
                assert_eq!(output.status.code(), Some(1), "{place}, error {error}: {command}: {said}");
                assert!(said.contains(place.trim_start_matches("/vault/").trim_end_matches('/')), "{place}, error {error}: {said}");
                assert_eq!(ids(&s), before, "{place}, error {error}: after {command}");
            }
            assert_eq!(s.json(&["search", "zebras", "--count"])["total"], 40, "{place}, error {error}");
        }
        s.sync();
        assert_eq!(ids(&s), before);
        s.text(&["status", "--strict"]);
    }
}

/// Failure 1 of the peers: a guard that fires once, and is gone at the second try. This one counts a day's losses, whoever saw them.
#[test]
fn the_guard_counts_what_went_bit_by_bit() {
    let s = forty_notes();
    let watch = Watch::start(&s);
    let mut n_gone = 0;
    for note in notes(&s.vault) {
        std::fs::remove_file(&note).unwrap();
        n_gone += 1;
        if n_gone <= 20 {
            watch.expect("archived", note.strip_prefix(&s.vault).unwrap().to_str().unwrap());
        } else if n_gone == 22 {
            break;
        }
    }
    let said = watch.said("are gone within a day");
    assert!(said.contains("nothing was changed"), "{said}");
    assert_eq!(watch.stop(), Some(0));
    assert_eq!(ids(&s).len(), 20);
    let output = s.vault_sync(&["sync"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(ids(&s).len(), 20);
}

/// A mirror that stands still is wrong, also for who wants to hear of nothing else.
#[test]
fn a_quiet_watch_says_what_is_wrong() {
    let s = forty_notes();
    let gone: Vec<_> = notes(&s.vault).take(30).collect();
    gone.iter().for_each(|note| std::fs::remove_file(note).unwrap());
    let watch = Watch::waiting(&mut s.command(&["--quiet", "watch", "--json"]), "are gone within a day");
    assert_eq!(watch.stop(), Some(0), "told to end while it begins, it ends well");
}

/// A service's own files: what it is fetching is no file of the vault yet, and a conflict is a note like others.
#[test]
fn files_of_sync_services_are_taken_for_what_they_are() {
    let s = Sandbox::new();
    s.write("a.md", "One.");
    s.sync();
    let id = ids(&s);
    s.write(".syncthing.a.md.tmp", "half");
    s.write("~syncthing~b.md.tmp", "half");
    s.write("a.sync-conflict-20260101-120000-ABCDEFG.md", "One, elsewhere.");
    s.write("a (Jane's conflicted copy 2026-01-01).md", "One, at Jane's.");
    s.write(".c.md.icloud", "placeholder");
    let output = s.vault_sync(&["sync"]);
    assert_eq!(output.status.code(), Some(1), "c.md has never been here");
    let all = ids(&s);
    assert_eq!(all.len(), 3, "{all:?}");
    assert!(id.iter().all(|(path, id)| all[path] == *id));
    s.write("c.md", "Here it is.");
    s.sync();
    assert_eq!(ids(&s).len(), 4, "the placeholder that was left behind stands for nothing");
}
