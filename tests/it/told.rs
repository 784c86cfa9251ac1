//! Write-back under kills, beside editors and beside searches: each change is told once, nobody's words are lost, and nothing is left lying.

use crate::postgres;
use crate::stepped::Stepped;
use crate::support::{Sandbox, assert_same_dump, column};
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};
use vault_sync::points::Point;

const ON: &str = "[notes]\nwrite_back = true\n[projects]\nunknown = \"ignore\"\n";
/// More than one chunk has in a run that stops at points.
const N_NOTES: usize = 6;

/// The points of write-back; `crash.rs` kills at all others.
pub const POINTS: [Point; 4] = [Point::RowsAhead, Point::NoteDrafted, Point::NoteExchanged, Point::NoteTold];

fn text(word: &str, i: usize) -> String {
    format!("---\nn: {i} # mine\n---\n{word} {i}\n")
}

fn write_all(s: &Sandbox, word: &str) {
    (0..N_NOTES).for_each(|i| s.write(&format!("{}/n{i}.md", i % 2), text(word, i)));
}

/// Returns a note without what it was told, if it was.
fn untold(note: &str) -> Option<String> {
    let (before, rest) = note.split_once("synced: true\nsynced_at: '")?;
    let (_, after) = rest.split_once("'\n")?;
    (!after.contains("synced")).then(|| format!("{before}{after}"))
}

/// Each note is told, nothing else is in the vault, and the mirror is what a fresh one would be.
fn assert_told(s: &Sandbox, word: &str, when: &str) {
    let bytes = s.vault_bytes();
    assert_eq!(bytes.len(), N_NOTES, "{when}: {:?}", bytes.keys());
    for i in 0..N_NOTES {
        let note = s.read(&format!("{}/n{i}.md", i % 2));
        assert_eq!(untold(&note), Some(text(word, i)), "{when}: {note}");
    }
    s.text(&["verify"]);
    let fresh = Sandbox::new().over(&s.vault).configured("[projects]\nunknown = \"ignore\"\n");
    fresh.sync();
    assert_same_dump(&s.text(&["dump"]), &fresh.text(&["dump"]), when);
    let said = s.text(&["sync"]);
    assert!(!said.contains("written back") && s.vault_bytes() == bytes, "{when}: {said}");
}

/// Runs a sync up to the `nth` time of a point and kills it there; returns whether it came so far.
fn is_killed_at(s: &Sandbox, point: &str, nth: usize) -> bool {
    let mut run = Stepped::start(s, &["sync"]);
    let mut n_times = 0;
    while let Some(reached) = run.next() {
        n_times += usize::from(reached == point);
        if n_times == nth {
            run.kill();
            return true;
        }
        run.go_on();
    }
    false
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "a release has no points at which to kill it")]
fn a_killed_run_leaves_the_rest_to_the_next_one() {
    let points = POINTS.map(|point| format!("{point:?}"));
    let others = ["StateDrafted", "StateReplaced", "TransactionCommitted", "ChunkCommitted"].map(str::to_owned);
    let database = postgres::database();
    for s in [Sandbox::new().configured(ON), Sandbox::new().configured(ON).on(&database.url)] {
        write_all(&s, "first");
        let mut n_kills = 0;
        for point in points.iter().chain(&others) {
            for nth in [1, 2] {
                n_kills += 1;
                let word = format!("word{n_kills}");
                write_all(&s, &word);
                assert!(is_killed_at(&s, point, nth), "a run that writes back reaches {point}");
                s.sync();
                assert_told(&s, &word, &format!("killed at {point}, time {nth}"));
            }
        }
    }
}

/// The next run finds another vault than the one that was killed.
#[test]
#[cfg_attr(not(debug_assertions), ignore = "a release has no points at which to kill it")]
fn what_becomes_of_a_note_after_a_kill_is_respected() {
    for point in ["RowsAhead", "NoteDrafted", "NoteExchanged"] {
        let s = Sandbox::new().configured(ON);
        write_all(&s, "first");
        assert!(is_killed_at(&s, point, 1));
        let paths: BTreeSet<_> = s.vault_bytes().into_keys().collect();
        s.rename("0", "moved");
        std::fs::remove_file(s.vault.join("1/n1.md")).unwrap();
        s.write("1/n3.md", text("edited", 3));
        s.sync();
        let (bytes, n_left) = (s.vault_bytes(), N_NOTES - 1);
        assert_eq!(bytes.len(), n_left, "{point}: {:?} of {paths:?}", bytes.keys());
        let expected = [(0, "moved", "first"), (2, "moved", "first"), (3, "1", "edited"), (4, "moved", "first"), (5, "1", "first")];
        for (i, folder, word) in expected {
            assert_eq!(untold(&s.read(&format!("{folder}/n{i}.md"))), Some(text(word, i)), "{point}");
        }
        s.text(&["verify"]);
    }
}

/// Failure 8 of the peers, in part: who saves while a note is being told is read, whatever time the file says.
#[test]
#[cfg_attr(not(debug_assertions), ignore = "a release has no points to wait at")]
fn who_saves_meanwhile_has_the_last_word() {
    for point in ["RowsAhead", "NoteDrafted", "NoteExchanged", "NoteTold"] {
        let s = Sandbox::new().configured(ON);
        write_all(&s, "first");
        let mut run = Stepped::start(&s, &["sync"]);
        let mut has_saved = false;
        while let Some(reached) = run.next() {
            if reached == point && !has_saved {
                has_saved = true;
                let saved = s.home().join("saved.md");
                for i in 0..N_NOTES {
                    std::fs::write(&saved, text("saved", i)).unwrap();
                    let old = SystemTime::now() - Duration::from_secs(3600);
                    std::fs::File::options().write(true).open(&saved).unwrap().set_modified(old).unwrap();
                    std::fs::rename(&saved, s.vault.join(format!("{}/n{i}.md", i % 2))).unwrap();
                }
            }
            run.go_on();
        }
        assert!(has_saved && run.end().1, "{point}");
        s.sync();
        assert_told(&s, "saved", point);
    }
}

#[test]
fn a_search_writes_to_no_note_and_the_next_sync_tells_what_it_took_in() {
    let database = postgres::database();
    for s in [Sandbox::new().configured(ON), Sandbox::new().configured(ON).on(&database.url)] {
        write_all(&s, "first");
        s.sync();
        write_all(&s, "needle");
        let bytes = s.vault_bytes();
        // The second one finds nothing new, and nothing in doubt is news.
        for _ in 0..2 {
            let found = s.json(&["search", "--fresh", "--strict", "needle"]);
            assert_eq!(column(&found, "results", "/path").len(), N_NOTES);
            s.json(&["ls"]);
        }
        assert!(s.vault_bytes() == bytes, "a search wrote to a note");
        s.text(&["verify"]);
        let said = s.text(&["sync"]);
        assert!(said.contains("6 written back"), "{said}");
        assert_told(&s, "needle", "after searches");
    }
}

#[test]
fn a_watch_tells_what_a_search_took_in_before_it() {
    let s = Sandbox::new().configured(ON);
    write_all(&s, "first");
    s.sync();
    write_all(&s, "needle");
    s.json(&["search", "--fresh", "--strict", "needle"]);
    let mut watch = s.command(&["-q", "watch"]).spawn().unwrap();
    let is_told = |i: usize| untold(&s.read(&format!("{}/n{i}.md", i % 2))).is_some();
    crate::support::wait_until(Duration::from_secs(60), "all notes to be told", || (0..N_NOTES).all(is_told));
    watch.kill().unwrap();
    watch.wait().unwrap();
    s.sync();
    assert_told(&s, "needle", "after a watch");
}
