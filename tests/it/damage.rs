//! What is torn, gone or foreign in the data directory is noticed: made anew where it can be, else refused with a clear word. It is never
//! served, and what cannot be made again is never removed.

use crate::support::{Sandbox, column, copy_folder, stderr};
use std::path::{Path, PathBuf};

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
