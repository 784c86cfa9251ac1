//! A kill at any instant is an ordinary event: the next run needs no repair, and leaves what a fresh store would hold.

use crate::support::Sandbox;
use std::time::Duration;

#[test]
fn a_sync_that_is_killed_is_finished_by_the_next() {
    let s = Sandbox::new();
    for i in 0..1200 {
        let text = format!(
            "---\ntags: [t{}]\nprojects: [P{}]\n---\n# Note {i}\n\nTo [[{}]] and [[{}]].\n\n- [ ] task\n",
            i % 7,
            i % 3,
            i / 2,
            i + 1
        );
        s.write(&format!("{}/{i}.md", i % 20), text);
    }
    // Wherever the kill falls, the outcome is the same; the pauses only spread it over the steps of a run.
    for pause in [5, 20, 40, 80, 120, 180, 260] {
        let mut sync = s.command(&["-q", "sync"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        sync.kill().unwrap();
        sync.wait().unwrap();
    }
    s.sync();
    for (from, to, pause) in [("3", "three", 30), ("4", "four", 60), ("5", "five", 100)] {
        s.rename(from, to);
        let mut sync = s.command(&["-q", if pause == 60 { "resync" } else { "sync" }]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        sync.kill().unwrap();
        sync.wait().unwrap();
    }
    s.sync();
    let fresh = Sandbox::new().over(&s.vault);
    fresh.sync();
    crate::support::assert_same_dump(&s.text(&["dump"]), &fresh.text(&["dump"]), "after the kills");
    let query = ["search", "--strict", "--limit", "5000", "tag:t3 task"];
    let sorted = |s: &Sandbox| {
        let mut paths = crate::support::column(&s.json(&query), "results", "/path");
        paths.sort();
        paths
    };
    assert_eq!(sorted(&s).len(), 171);
    assert_eq!(sorted(&s), sorted(&fresh));
    s.text(&["status", "--strict"]);
}

#[test]
fn an_index_that_is_gone_torn_or_foreign_is_made_anew() {
    let s = Sandbox::of("vault");
    s.sync();
    let index = s.data_dir.join("index");
    let n_hits = || s.json(&["search", "--strict", "--limit", "100", "database"])["total"].as_u64().unwrap();
    let expected = n_hits();
    assert!(expected > 0);

    std::fs::remove_dir_all(&index).unwrap();
    s.sync();
    assert_eq!(n_hits(), expected, "gone");

    std::fs::write(index.join("CURRENT"), "nowhere").unwrap();
    s.sync();
    assert_eq!(n_hits(), expected, "torn");

    // The index of another store, at whatever revision, is worth nothing here.
    let other = Sandbox::of("quirks/title");
    other.sync();
    std::fs::remove_dir_all(&index).unwrap();
    crate::support::copy_folder(&other.data_dir.join("index"), &index);
    s.sync();
    assert_eq!(n_hits(), expected, "foreign");
}
