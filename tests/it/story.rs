//! One story, told on both engines: a vault is synced, edited, renamed, emptied, filled again; after each chapter the mirror equals that
//! of a fresh store, and documents are who they were.

use crate::postgres;
use crate::support::{Sandbox, assert_same_dump, column, stderr};
use serde_json::Value;
use std::collections::BTreeMap;

#[test]
fn the_story_on_sqlite() {
    story(&Sandbox::new(), Sandbox::new);
}

#[test]
fn the_story_on_postgresql() {
    let database = postgres::database();
    let fresh = || {
        let database = postgres::database();
        let sandbox = Sandbox::new().on(&database.url);
        std::mem::forget(database);
        sandbox
    };
    story(&Sandbox::new().on(&database.url), fresh);
}

#[test]
fn both_engines_say_the_same_of_a_rich_vault() {
    let database = postgres::database();
    let sqlite = Sandbox::of("vault");
    let postgres = Sandbox::of("vault").on(&database.url);
    sqlite.sync();
    // What differs by default is whether unknown projects are made; here both are told to.
    std::fs::write(postgres.home().join("sync.toml"), "[projects]\nunknown = \"create\"\n").unwrap();
    postgres.sync();
    assert_same_dump(&sqlite.text(&["dump"]), &postgres.text(&["dump"]), "between the engines");
    for sandbox in [sqlite, postgres] {
        let hit = sandbox.json(&["search", "file:\"Token Budget\""])["results"][0].clone();
        let short = sandbox.json(&["show", hit["short_id"].as_str().unwrap()]);
        assert_eq!(short["path"], hit["path"], "an id is known by its end");
    }
}

const LONG: &str =
    "# Alpha\n\nA note with enough text in it that a move can be told by its contents alone.\n\nSee [[beta]] and [[Missing]].\n";

/// Tells the story; `fresh` gives an empty sandbox with a store of its own, of the same engine.
fn story(s: &Sandbox, fresh: impl Fn() -> Sandbox) {
    let equals_fresh = |chapter: &str| {
        let other = fresh().over(&s.vault);
        other.sync();
        assert_same_dump(&s.text(&["dump"]), &other.text(&["dump"]), &format!("after {chapter}"));
    };

    s.write("Alpha.md", LONG);
    s.write("dir/beta.md", "---\ntags: [one, two/three]\naliases: [B]\nprojects: [Home]\n---\nBack to [[Alpha]]. #inline\n");
    s.write("dir/picture.png", b"not really a picture");
    s.write("board.canvas", r#"{"nodes":[{"id":"1","type":"text","text":"to [[Alpha]]"},{"id":"2","type":"file","file":"dir/beta.md"}]}"#);
    s.sync();
    equals_fresh("a first sync");
    let first = ids(s);
    assert_eq!(first.len(), 4);
    assert_eq!(dest(s, "Alpha.md", "beta"), "dir/beta.md");
    assert_eq!(dest(s, "Alpha.md", "Missing"), Value::Null);

    s.write("Missing.md", "Here I am.");
    s.sync();
    assert_eq!(dest(s, "Alpha.md", "Missing"), "Missing.md");
    equals_fresh("a note that links were waiting for");

    s.rename("Alpha.md", "moved/Alpha renamed.md");
    s.sync();
    assert_eq!(ids(s)["moved/Alpha renamed.md"], first["Alpha.md"]);
    assert_eq!(dest(s, "dir/beta.md", "Alpha"), Value::Null);
    equals_fresh("a rename");

    s.rename("moved/Alpha renamed.md", "Alpha.md");
    s.write("Alpha.md", format!("{LONG}\nAnd an edit.\n"));
    s.sync();
    assert_eq!(ids(s)["Alpha.md"], first["Alpha.md"]);
    equals_fresh("a rename with an edit");

    s.rename("dir", "folder");
    s.sync();
    assert_eq!(ids(s)["folder/beta.md"], first["dir/beta.md"]);
    assert_eq!(ids(s)["folder/picture.png"], first["dir/picture.png"]);
    equals_fresh("a folder that moved");

    s.rename("Alpha.md", "swap.md");
    s.rename("Missing.md", "Alpha.md");
    s.rename("swap.md", "Missing.md");
    s.sync();
    assert_eq!(ids(s)["Missing.md"], first["Alpha.md"]);
    equals_fresh("swapped names");

    s.write("copy.md", s.read("Missing.md"));
    s.remove("Missing.md");
    s.sync();
    assert_eq!(ids(s)["copy.md"], first["Alpha.md"], "a copy whose original is deleted is the original");
    equals_fresh("copy, then delete");

    s.remove("copy.md");
    s.sync();
    assert!(!ids(s).contains_key("copy.md"));
    equals_fresh("a deletion");
    s.write("copy.md", "Quite another text, at a path that is known.");
    s.sync();
    assert_eq!(ids(s)["copy.md"], first["Alpha.md"], "what returns to its path is what was there");
    equals_fresh("a return");

    let before = s.text(&["dump"]);
    s.text(&["resync"]);
    assert_same_dump(&s.text(&["dump"]), &before, "after a resync");
    assert_eq!(ids(s)["folder/beta.md"], first["dir/beta.md"]);
}

/// Path -> document id of every live file.
fn ids(s: &Sandbox) -> BTreeMap<String, String> {
    let listed = s.json(&["ls"]);
    column(&listed, "results", "/path").into_iter().zip(column(&listed, "results", "/id")).collect()
}

/// Returns the path that a link of a note means.
fn dest(s: &Sandbox, note: &str, target: &str) -> Value {
    let dump: Value = serde_json::from_str(&s.text(&["dump"])).unwrap();
    let documents = dump["documents"].as_array().unwrap();
    let document = documents.iter().find(|d| d["path"] == note).unwrap_or_else(|| panic!("{note} is not in the dump"));
    let links = document["links"].as_array().unwrap();
    links.iter().find(|l| l["target"] == target).unwrap_or_else(|| panic!("{note} has no link to {target}"))["dest"].clone()
}

#[test]
fn a_vault_that_empties_itself_freezes_the_mirror() {
    let s = Sandbox::new();
    for i in 0..30 {
        s.write(&format!("{i}.md"), format!("Note {i}"));
    }
    s.sync();
    for i in 0..10 {
        s.remove(&format!("{i}.md"));
    }
    s.sync();
    for i in 10..16 {
        s.remove(&format!("{i}.md"));
    }
    let refused = s.vault_sync(&["sync"]);
    assert_eq!(refused.status.code(), Some(1), "a second deletion does not slip through");
    assert!(stderr(&refused).contains("--allow-mass-delete"), "{}", stderr(&refused));
    assert_eq!(ids(&s).len(), 20);
    s.text(&["sync", "--allow-mass-delete"]);
    assert_eq!(ids(&s).len(), 14);
    s.remove("16.md");
    s.sync();
    assert_eq!(ids(&s).len(), 13, "the guard counts anew after a deletion that was allowed");
}

#[test]
fn a_missing_or_bare_root_freezes_the_mirror() {
    let s = Sandbox::new();
    s.write("one.md", "One.");
    s.sync();
    let away = s.home().join("away");
    std::fs::rename(&s.vault, &away).unwrap();
    assert_eq!(s.vault_sync(&["sync"]).status.code(), Some(1));
    std::fs::create_dir(&s.vault).unwrap();
    assert_eq!(s.vault_sync(&["sync"]).status.code(), Some(1), "an empty folder is a mount point without its drive");
    std::fs::remove_dir(&s.vault).unwrap();
    std::fs::rename(&away, &s.vault).unwrap();
    s.sync();
    assert_eq!(ids(&s).len(), 1);
}

#[test]
fn one_name_for_two_folders_is_refused() {
    let s = Sandbox::new();
    s.write("one.md", "One.");
    s.sync();
    let other = s.home().join("elsewhere/vault");
    std::fs::create_dir_all(&other).unwrap();
    std::fs::write(other.join("two.md"), "Two.").unwrap();
    let twin = Sandbox::new().over(&other).with_data(&s.data_dir);
    let refused = twin.vault_sync(&["sync"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("elsewhere"), "{}", stderr(&refused));
}

#[test]
fn rows_of_the_old_sync_are_adopted_with_their_counters() {
    let database = postgres::database();
    let s = Sandbox::new().on(&database.url);
    s.sync();
    database
        .query("insert into claude.knowledge (title, description, source, times_applied) values ('old', 'old', 'obsidian:dir/one.md', 7)");
    database.query("insert into claude.knowledge (title, description, source) values ('mine', 'mine', 'session:1')");
    s.write("dir/one.md", "# New title\n");
    s.sync();
    let rows = database.query("select title, times_applied, source from claude.knowledge order by title");
    assert_eq!(rows.trim(), "New title|7|obsidian:vault/dir/one.md\nmine|0|session:1");
    // A document that is back has its own row; a further one of the old sync stays nobody's.
    s.remove("dir/one.md");
    s.sync();
    database.query("insert into claude.knowledge (title, description, source) values ('older', 'older', 'obsidian:dir/one.md')");
    s.write("dir/one.md", "# New title\n");
    s.sync();
    let rows = database.query("select title, times_applied, source from claude.knowledge order by title");
    assert_eq!(rows.trim(), "New title|7|obsidian:vault/dir/one.md\nmine|0|session:1\nolder|0|obsidian:dir/one.md");
}
