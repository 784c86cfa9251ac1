//! What is torn, gone or foreign in the data directory is noticed: made anew where it can be, else refused with a clear word. It is never
//! served, and what cannot be made again is never removed.

use crate::stepped::Stepped;
use crate::support::{Sandbox, assert_same_dump, column, copy_folder, stderr};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What happens to a file.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Gone,
    /// Its second half is missing.
    Torn,
    /// Other bytes than any that we write.
    Garbage,
}

const DAMAGES: [Damage; 3] = [Damage::Gone, Damage::Torn, Damage::Garbage];

impl Damage {
    fn befall(self, file: &Path) {
        let bytes = std::fs::read(file).unwrap();
        match self {
            Self::Gone => std::fs::remove_file(file).unwrap(),
            Self::Torn => std::fs::write(file, &bytes[..bytes.len() / 2]).unwrap(),
            Self::Garbage => std::fs::write(file, vec![0xfe; bytes.len().max(64)]).unwrap(),
        }
    }
}

/// Questions of which each is answered from other files of the index.
const QUESTIONS: [&str; 4] = ["needle", "eedl", "path:folder", "tag:t1"];

/// Returns a synced sandbox whose index has segments with and without removed documents.
fn synced() -> Sandbox {
    let s = Sandbox::new();
    (0..24).for_each(|i| s.write(&format!("folder/n{i}.md"), format!("needle [[n{}]] #t{}\n", (i + 1) % 24, i % 3)));
    s.sync();
    for i in 0..2 {
        s.write(&format!("folder/n{i}.md"), format!("needle, another time [[n7]] #t{i}\n"));
        s.sync();
    }
    s
}

fn found(s: &Sandbox, question: &str) -> Result<Vec<String>, String> {
    let output = s.vault_sync(&["--json", "search", "--strict", "--limit", "100", question]);
    match output.status.code() {
        Some(0) => {
            let answer = serde_json::from_slice(&output.stdout).unwrap();
            let mut paths = column(&answer, "results", "/path");
            paths.sort();
            Ok(paths)
        }
        Some(1) => Err(stderr(&output)),
        code => panic!("a search ended with {code:?}: {}", stderr(&output)),
    }
}

fn all_found(s: &Sandbox) -> Vec<Result<Vec<String>, String>> {
    QUESTIONS.iter().map(|question| found(s, question)).collect()
}

/// A search answers right or refuses and says what to do; that cures it.
fn assert_noticed(s: &Sandbox, expected: &[Result<Vec<String>, String>], what: &str) {
    for (question, right) in QUESTIONS.iter().zip(expected) {
        match found(s, question) {
            Err(said) => {
                assert!(said.contains("  run `vault-sync sync`"), "{what}: {said}");
                break;
            }
            answer => assert_eq!(&answer, right, "{what}"),
        }
    }
    s.sync();
    assert_eq!(found(s, QUESTIONS[0]), expected[0], "{what}, after a sync");
    s.text(&["status", "--strict"]);
}

fn generation(s: &Sandbox) -> PathBuf {
    let index = s.data_dir.join("index");
    index.join(std::fs::read_to_string(index.join("CURRENT")).unwrap())
}

/// Failure 12 of the peers: stale or torn files of an index that are served, or stop everything.
#[test]
fn a_torn_or_missing_file_of_the_index_is_noticed() {
    let s = synced();
    let expected = all_found(&s);
    assert!(expected.iter().all(|found| found.as_ref().is_ok_and(|paths| paths.len() > 2)), "{expected:?}");
    let whole = s.home().join("whole");
    copy_folder(&s.data_dir.join("index"), &whole);
    let mut files: Vec<PathBuf> = std::fs::read_dir(generation(&s)).unwrap().map(|entry| entry.unwrap().path()).collect();
    // Of each kind one, that of the largest segment.
    files.sort_by_key(|file| std::cmp::Reverse(file.metadata().unwrap().len()));
    let kind = |file: &PathBuf| file.extension().unwrap_or(file.file_name().unwrap()).to_owned();
    let mut kinds = std::collections::BTreeSet::new();
    files.retain(|file| kinds.insert(kind(file)));
    for known in ["store", "term", "idx", "fast", "fieldnorm", "del", "words", "paths", "json", "BOOT"] {
        assert!(kinds.contains(std::ffi::OsStr::new(known)), "no file is of the kind {known}: {kinds:?}");
    }
    files.push(s.data_dir.join("index/CURRENT"));
    for file in files {
        for damage in DAMAGES {
            std::fs::remove_dir_all(s.data_dir.join("index")).unwrap();
            copy_folder(&whole, &s.data_dir.join("index"));
            damage.befall(&file);
            assert_noticed(&s, &expected, &format!("{}: {damage:?}", file.display()));
        }
    }
}

#[test]
fn an_index_of_another_store_or_version_is_made_anew() {
    let (s, other) = (synced(), Sandbox::of("vault"));
    other.sync();
    let expected = all_found(&s);
    let index = s.data_dir.join("index");

    std::fs::remove_dir_all(&index).unwrap();
    assert!(found(&s, "needle").unwrap_err().contains("there is no index yet"));
    s.sync();
    assert_eq!(all_found(&s), expected, "gone");

    // Both vaults have the same name, and that of the other is at a later revision.
    std::fs::remove_dir_all(&index).unwrap();
    copy_folder(&other.data_dir.join("index"), &index);
    let said = found(&s, "needle").unwrap_err();
    assert!(said.contains("follows another database") && said.contains("run `vault-sync sync`"), "{said}");
    assert_noticed(&s, &expected, "of another store");

    // One of a later version, with files of which nobody knows what they mean.
    let now = generation(&s);
    let name = now.file_name().unwrap().to_str().unwrap().replacen('v', "v9", 1);
    std::fs::rename(&now, index.join(&name)).unwrap();
    std::fs::write(index.join("CURRENT"), &name).unwrap();
    let said = found(&s, "needle").unwrap_err();
    assert!(said.contains("of another version"), "{said}");
    assert_noticed(&s, &expected, "of a later version");
}

/// A power cut, or a copy without it, takes the end of SQLite's log away: then the index is ahead, of a history that never was.
#[test]
#[cfg_attr(not(debug_assertions), ignore = "a release has no points at which to kill it")]
fn a_torn_log_of_the_database_leaves_no_trace_in_the_index() {
    let log = |s: &Sandbox| s.data_dir.join("claude.db-wal");
    type Tear = fn(&[u8]) -> Vec<u8>;
    let tears: [(&str, Tear); 4] = [
        ("empty", |_| Vec::new()),
        ("its last bytes missing", |bytes| bytes[..bytes.len() - 100].to_vec()),
        ("its last third missing", |bytes| bytes[..bytes.len() / 3 * 2].to_vec()),
        ("garbage", |bytes| vec![0xfe; bytes.len()]),
    ];
    for (what, tear) in tears {
        let s = synced();
        // Times out of doubt, so that only what was written is read, in one transaction.
        let long_ago = SystemTime::now() - Duration::from_secs(3600);
        (0..24).for_each(|i| File::open(s.vault.join(format!("folder/n{i}.md"))).unwrap().set_modified(long_ago).unwrap());
        s.sync();
        s.write("folder/n0.md", "needle of a history that is lost\n");
        s.write("new.md", "a note with another id, needle\n");
        let mut lost = Stepped::start(&s, &["sync"]);
        let mut is_indexed = false;
        // The index has followed; the log was not yet folded into the file.
        while let Some(point) = lost.next().filter(|point| !(is_indexed && point == "StateReplaced")) {
            is_indexed |= point == "IndexCommitted";
            lost.go_on();
        }
        lost.kill();
        let torn = tear(&std::fs::read(log(&s)).unwrap());
        std::fs::write(log(&s), torn).unwrap();
        // Another history takes the same revision.
        s.write("folder/n0.md", "needle of the history that came to be\n");
        s.sync();
        let fresh = Sandbox::new().over(&s.vault);
        fresh.sync();
        assert_same_dump(&s.text(&["dump"]), &fresh.text(&["dump"]), what);
        assert_eq!(all_found(&s), all_found(&fresh), "{what}");
        for (word, n_found) in [("lost", 0), ("came", 1)] {
            assert_eq!(found(&s, word).unwrap().len(), n_found, "{what}: {word}");
        }
        let hit = s.json(&["search", "file:new"])["results"][0]["id"].clone();
        let row = s.json(&["ls", "--path", "new.md"]);
        assert_eq!(hit, row["results"][0]["id"], "{what}: {row}");
    }
}

/// What the state file or the spool has lost is told, and made up for as far as that can be.
#[test]
fn a_torn_state_or_spool_stops_nothing() {
    let s = synced();
    let expected = all_found(&s);
    for damage in DAMAGES {
        damage.befall(&s.data_dir.join("state.json"));
        assert_eq!(all_found(&s), expected, "{damage:?}");
        let freshness = s.json(&["search", "needle"])["freshness"].clone();
        assert_eq!(freshness["synced_at"], serde_json::Value::Null, "{damage:?}: nobody knows any more when it was synced");
        s.sync();
        assert!(s.json(&["search", "needle"])["freshness"]["synced_at"].is_string(), "{damage:?}");
    }
    let n_logged = |s: &Sandbox| s.json(&["log", "list", "-n", "1000"])["results"].as_array().unwrap().len();
    let before = n_logged(&s);
    found(&s, "needle").unwrap();
    let spool = s.data_dir.join("lookups.jsonl");
    let line = std::fs::read(&spool).unwrap();
    std::fs::write(&spool, [&line[..], &line[..line.len() / 2]].concat()).unwrap();
    found(&s, "eedl").unwrap();
    let said = stderr(&s.vault_sync(&["sync"]));
    assert!(said.contains("some lookups could not be logged") && said.contains("n_torn=1"), "{said}");
    assert_eq!(n_logged(&s), before + 2);
}

/// A database that is damaged holds what cannot be made again: it is left as it is.
#[test]
fn a_damaged_database_is_told_and_left_alone() {
    let whole = synced();
    let file = |s: &Sandbox| s.data_dir.join("claude.db");
    let bytes = std::fs::read(file(&whole)).unwrap();
    let mut hole = bytes.clone();
    hole[8192..20 * 8192].fill(0xfe);
    let damages = [
        ("no database", b"This is a letter, and no database at all.\n".repeat(200)),
        ("torn in the middle", bytes[..bytes.len() / 2].to_vec()),
        ("torn in its first page", bytes[..1000].to_vec()),
        ("with a hole", hole),
    ];
    for (what, bytes) in damages {
        let s = Sandbox::new().over(&whole.vault);
        copy_folder(&whole.data_dir, &s.data_dir);
        std::fs::write(file(&s), &bytes).unwrap();
        for args in [&["sync"][..], &["resync"], &["status"], &["db", "status"], &["log"], &["sql", "select * from claude.documents"]] {
            let output = s.vault_sync(args);
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{what}: {args:?}: {said}");
            assert!(said.contains("claude.db is damaged") && said.contains("move it away"), "{what}: {args:?}: {said}");
            assert_eq!(said.lines().count(), 2, "{what}: {args:?}: {said}");
        }
        assert!(std::fs::read(file(&s)).unwrap() == bytes, "{what}: the file was changed");
        // The index is whole, and needs no database.
        assert_eq!(found(&s, "needle").map(|found| found.len()), Ok(24), "{what}");
    }
}
