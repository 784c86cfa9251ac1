//! A disk that fails under a call (EIO), and one that takes nothing (EROFS), by `shim.c`: what is said, what stays, and that the next run makes
//! all whole. `faults.rs` has what is full, closed or too much.

#![cfg(target_os = "linux")]

use crate::faults;
use crate::support::{Sandbox, column, shimmed, stderr, stdout};
use std::process::Output;

fn vault() -> Sandbox {
    let s = Sandbox::new().configured("[notes]\nwrite_back = false\n");
    (0..60).for_each(|i| s.write(&format!("f{}/n{i}.md", i % 3), format!("# Note {i}\n\n[[n{}]] word3 first\n", i / 2)));
    s.sync();
    s
}

/// Edits notes in each folder, adds one and takes one away.
fn change(s: &Sandbox, word: &str) {
    (0..9).for_each(|i| s.write(&format!("f{}/n{i}.md", i % 3), format!("# Note {i}\n\n[[n{}]] word3 {word}\n", i / 2)));
    s.write(&format!("f0/{word}.md"), format!("word3 {word} came"));
}

fn failing(s: &Sandbox, fault: &str, n_before: usize, args: &[&str]) -> Output {
    shimmed(s.command(args).env("FAULT", fault).env("FAULT_AFTER", n_before.to_string())).output().unwrap()
}

/// Once the fault is gone the next sync needs no help.
fn check_whole(s: &Sandbox, when: &str) {
    faults::check_whole(s, when);
    s.text(&["verify"]);
}

fn n_archived(s: &Sandbox) -> String {
    s.text(&["sql", "--format", "csv", "select count(*) as n from claude.documents where is_archived"])
}

/// Failure 1 of the peers, in part: what cannot be read is unknown, not gone.
#[test]
fn what_cannot_be_read_of_a_vault_is_named_and_keeps_its_rows() {
    let s = vault();
    // The fault, what is said, and how many of the ten files that are news are taken in.
    let cases = [
        ("read:/f1/n1.md", "f1/n1.md", 9),
        ("read:/f1/", "f1/n4.md", 7),
        ("list:/vault/f1", "f1", 7),
        ("list:/vault/f0", "f0", 6),
        ("list:/vault", "vault", 0),
    ];
    for (i, (fault, said, n_read)) in cases.into_iter().enumerate() {
        let word = format!("case{i}");
        change(&s, &word);
        for args in [&["sync"][..], &["resync"]] {
            let output = failing(&s, fault, 0, args);
            let text = stdout(&output) + &stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{fault}: {text}");
            assert!(text.contains(said) && text.contains("Input/output error"), "{fault}: {text}");
            assert_eq!(n_archived(&s), "n\n0\n", "{fault}: {text}");
            let found = s.json(&["search", "--fresh=never", "--no-log", "--strict", "-n", "100", &word]);
            assert_eq!(column(&found, "results", "/path").len(), n_read, "{fault} {args:?}: {found}");
            let all = s.json(&["search", "--fresh=never", "--no-log", "--strict", "-n", "100", "word3"]);
            assert!(column(&all, "results", "/path").len() >= 60 + i, "{fault} {args:?}: what was known stays");
        }
        check_whole(&s, fault);
    }
}

#[test]
fn what_fails_under_our_own_files_is_told_and_leaves_nothing_half_done() {
    let s = vault();
    let before = s.vault.join("f2/n2.md");
    let (mut n_failed, mut wrong) = (0, Vec::new());
    let calls = ["write:claude.db-wal", "sync:claude.db-wal", "read:claude.db-wal", "write:claude.db", "sync:claude.db", "read:claude.db"];
    let index = ["write:/index/", "sync:/index/", "read:/index/", "list:/index", "write:state.json.draft", "sync:/data/"];
    for (i, fault) in calls.into_iter().chain(index).enumerate() {
        for (n_before, args) in [(0, &["sync"][..]), (5, &["sync"]), (0, &["resync"]), (40, &["resync"])] {
            change(&s, &format!("case{i}after{n_before}{}", args[0]));
            let output = failing(&s, fault, n_before, args);
            let text = stderr(&output);
            if !output.status.success() {
                n_failed += 1;
                let is_named = ["nput/output error", "disk I/O error", "index could not be written"].iter().any(|said| text.contains(said));
                let has_hint = text.lines().count() >= 2 && !text.contains("panicked at");
                if output.status.code() != Some(1) || !is_named || !has_hint {
                    wrong.push(format!("{fault} {n_before} {args:?}: {} {text}", output.status));
                }
            }
            assert_eq!(n_archived(&s), "n\n0\n", "{fault} {n_before} {args:?}: {text}");
            s.sync();
            s.text(&["verify"]);
        }
        check_whole(&s, fault);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_failed > 20 && before.exists(), "only {n_failed} failed");
}

/// A lookup that cannot be logged is answered; an index that cannot be read is no answer.
#[test]
fn a_search_beside_a_failing_disk_answers_or_says_why_not() {
    let s = vault();
    for (fault, is_answered) in [("write:lookups.jsonl", true), ("read:state.json", true), ("read:/index/", false)] {
        let output = failing(&s, fault, 0, &["--json", "search", "--strict", "word3"]);
        assert_eq!(output.status.success(), is_answered, "{fault}: {}", stderr(&output));
        assert!(is_answered || stderr(&output).contains("nput/output error"), "{fault}: {}", stderr(&output));
    }
    // SQLite takes a disk that cannot be read for damage; its file is not to be moved away for that.
    for args in [&["doctor"][..], &["status"]] {
        let output = failing(&s, "read:claude.db", 0, args);
        let text = stdout(&output) + &stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(
            text.contains("nput/output error") && text.contains("disk") && !text.contains("move it away") && !text.contains("mkdir"),
            "{text}"
        );
    }
    check_whole(&s, "after searches");
}

#[test]
fn a_read_only_file_system_is_told_and_searched() {
    let s = vault();
    change(&s, "later");
    let run = |place: &str, args: &[&str]| shimmed(s.command(args).env("FAULT_READONLY", place)).output().unwrap();
    for args in [&["sync"][..], &["resync"], &["watch"]] {
        let output = run("/data/", args);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {text}");
        let is_told = ["ead-only file system", "readonly database"].iter().any(|said| text.contains(said));
        assert!(is_told && text.contains("--data-dir") && text.contains("doctor"), "{args:?}: {text}");
    }
    let output = run("/data/", &["--json", "search", "--strict", "word3"]);
    assert!(output.status.success(), "{}", stderr(&output));
    // A first run finds nothing to write into.
    let new = Sandbox::new().over(&s.vault).with_data(&s.home().join("other/data"));
    let output = shimmed(new.command(&["sync"]).env("FAULT_READONLY", "/other/data")).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("--data-dir") && stderr(&output).contains("/other/data"), "{}", stderr(&output));
    check_whole(&s, "after a time on a read-only file system");
}

/// Write-back beside a failing disk: the note stays as it is, no draft stays, and the mirror has the note as it is.
#[test]
fn a_note_that_cannot_be_written_back_stays_and_is_mirrored() {
    for (key, fault) in [("FAULT", "write:.tmp"), ("FAULT", "sync:.tmp"), ("FAULT", "read:.tmp"), ("FAULT_READONLY", "/vault/")] {
        let s = Sandbox::new().configured("[notes]\nwrite_back = true\n[projects]\nunknown = \"ignore\"\n");
        let text = "---\na: 1\n---\nword3\n";
        s.write("note.md", text);
        let before = s.vault_bytes();
        let output = shimmed(s.command(&["-v", "sync"]).env(key, fault)).output().unwrap();
        assert!(output.status.success() && stderr(&output).contains("could not be told"), "{fault}: {}", stderr(&output));
        assert!(s.vault_bytes() == before, "{fault}");
        check_whole(&s, fault);
    }
}
