//! Symbolic links where the settings let them be followed. Failure 16 of the peers: a file counted twice, a loop, a file from outside.

use crate::support::{Sandbox, assert_same_dump, column, stderr, stdout, wait_until};
use crate::watching::Watch;
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

const OUTSIDE: [&str; 10] = [
    "shared/folder/x.md",
    "shared/folder/sub/y.md",
    "shared/single.md",
    "shared/chain/z.md",
    "shared/whole/w.md",
    "shared/whole/part/p.md",
    "shared/.secret/key.md",
    "shared/spare/x.md",
    "other/o.md",
    "data/d.md",
];

/// Links: where each stands and where it leads, both from the home folder.
const LINKS: [(&str, &str); 21] = [
    ("vault/linked", "shared/folder"),
    ("vault/single.md", "shared/single.md"),
    ("vault/single again.md", "shared/single.md"),
    ("vault/z again", "shared/folder"),
    ("vault/z inner.md", "shared/folder/sub/y.md"),
    ("vault/a part", "shared/whole/part"),
    ("vault/b whole", "shared/whole"),
    ("hop", "hop hop"),
    ("hop hop", "shared/chain"),
    ("vault/chain", "hop"),
    ("vault/dangling.md", "shared/nothing.md"),
    ("vault/root", "vault"),
    ("vault/notes/up", ""),
    ("vault/notes/parent", "vault/notes"),
    ("vault/ping", "vault/pong"),
    ("vault/pong", "vault/ping"),
    ("vault/outside", "other"),
    ("vault/passwd.md", "../../etc/passwd"),
    ("vault/hidden", "shared/.secret"),
    ("shared/folder/loop", "shared/folder"),
    ("shared/folder/back", "vault/notes"),
];

const INDEXED: [&str; 8] =
    ["a part/p.md", "b whole/w.md", "chain/z.md", "linked/sub/y.md", "linked/x.md", "notes/n.md", "single again.md", "twin.md"];

const LEFT_OUT: [(&str, &str); 16] = [
    ("b whole/part", "a folder that is in the vault by a symbolic link"),
    ("dangling.md", "a symbolic link that leads nowhere"),
    ("data", "a symbolic link to where vault-sync keeps its data"),
    ("hidden", "a symbolic link to a place that `follow_symlinks` does not name"),
    ("linked/back", "a symbolic link to a place in the vault"),
    ("linked/loop", "a symbolic link to what is in the vault by another one"),
    ("notes/parent", "a symbolic link to a place in the vault"),
    ("notes/up", "a symbolic link to a folder that holds the vault"),
    ("outside", "a symbolic link to a place that `follow_symlinks` does not name"),
    ("passwd.md", "a symbolic link to a place that `follow_symlinks` does not name"),
    ("ping", "a symbolic link that leads in a circle"),
    ("pong", "a symbolic link that leads in a circle"),
    ("root", "a symbolic link to a place in the vault"),
    ("single.md", "a symbolic link to what is in the vault by another one"),
    ("z again", "a symbolic link to what is in the vault by another one"),
    ("z inner.md", "a symbolic link to what is in the vault by another one"),
];

fn config(s: &Sandbox, vault: &Path, home: &Path, more: &str) {
    let (vault, home) = (vault.display(), home.display());
    let text = format!("[[vault]]\npath = \"{vault}\"\nfollow_symlinks = [\"{home}/shared\", \"{home}/drive/notes\"]\n{more}");
    std::fs::write(s.home().join("sync.toml"), text).unwrap();
}

fn put(home: &Path, path: &str, text: &str) {
    std::fs::create_dir_all(home.join(path).parent().unwrap()).unwrap();
    std::fs::write(home.join(path), text).unwrap();
}

fn link(home: &Path, at: &str, to: &str) {
    let _ = std::fs::remove_file(home.join(at));
    symlink(home.join(to), home.join(at)).unwrap();
}

fn begun(s: Sandbox) -> Sandbox {
    let home = s.home().to_owned();
    s.write("notes/n.md", "A note that means [[x]] and [[y]].");
    s.write("twin.md", "Another.");
    OUTSIDE.iter().for_each(|path| put(&home, path, &format!("A zebra in {path}, see [[n]].")));
    LINKS.iter().for_each(|(at, to)| link(&home, at, to));
    config(&s, &s.vault, &home, "");
    s
}

/// Returns the dump of a fresh mirror of the same vault.
fn fresh(s: &Sandbox, more: &str) -> String {
    let fresh = Sandbox::new().over(&s.vault);
    config(&fresh, &s.vault, s.home(), more);
    fresh.vault_sync(&["sync"]);
    fresh.text(&["dump"])
}

#[test]
fn a_link_is_followed_into_the_folders_that_are_named_and_nowhere_else() {
    let database = crate::postgres::database();
    for s in [begun(Sandbox::new()), begun(Sandbox::new().on(&database.url))] {
        link(s.home(), "vault/data", "data");
        for command in ["sync", "sync", "resync"] {
            s.text(&[command]);
            assert_eq!(column(&s.json(&["ls"]), "results", "/path"), INDEXED);
            let ledger = s.json(&["sql", "select path, reason from claude.vault_files order by path"])["results"].clone();
            let ledger: BTreeMap<&str, &str> =
                ledger.as_array().unwrap().iter().map(|row| (row["path"].as_str().unwrap(), row["reason"].as_str().unwrap())).collect();
            assert_eq!(ledger, LEFT_OUT.into());
        }
        assert_eq!(s.json(&["links", "notes/n"])["results"][0]["dest"], "linked/x.md");
        assert_eq!(s.json(&["search", "--strict", "zebra", "--count"])["total"], 6);
        s.text(&["verify"]);
        s.text(&["status", "--strict"]);
        let meant = s.json(&["resolve", "y", "--from", "notes/n.md"]);
        assert!(meant.to_string().contains("\"linked/sub/y.md\""), "{meant}");
        for (path, outcome, said) in [
            ("linked/x.md", "indexed", "linked/x.md is in the mirror"),
            ("linked", "folder", "indexed 2"),
            ("outside", "excluded", "does not name"),
            ("outside/o.md", "excluded", "outside on its way is a symbolic link to a place that `follow_symlinks` does not name"),
            ("z again/x.md", "excluded", "z again on its way is a symbolic link to what is in the vault by another one"),
            ("linked/none.md", "absent", "nothing in 'vault' is called so"),
        ] {
            let why = s.json(&["why", path]);
            assert!(why["outcome"] == outcome && why["sentence"].as_str().unwrap().contains(said), "{path}: {why}");
        }
        // Turned off, they are links as any others.
        std::fs::remove_file(s.home().join("sync.toml")).unwrap();
        let answer = s.json(&["search", "--strict", "zebra"]);
        assert_eq!(answer["results"].as_array().unwrap().len(), 0, "{answer}");
        s.text(&["sync"]);
        assert_eq!(column(&s.json(&["ls"]), "results", "/path"), ["notes/n.md", "twin.md"]);
        assert_eq!(s.json(&["why", "linked"])["sentence"], "linked is not in the mirror: a symbolic link, which is not followed");
        s.text(&["verify"]);
        config(&s, &s.vault, s.home(), "");
        s.remove("data");
        s.text(&["sync"]);
        assert_same_dump(&s.text(&["dump"]), &fresh(&s, ""), "allowed again");
    }
}

type Step = (&'static str, fn(&Path));

const STEPS: [Step; 19] = [
    ("a linked note is written", |home| put(home, "shared/folder/x.md", "Written again, a zebra.")),
    ("a linked note comes", |home| put(home, "shared/folder/sub/new.md", "A new zebra.")),
    ("a linked folder comes", |home| put(home, "shared/folder/deep/er/new.md", "A zebra far down.")),
    ("a note in it is written", |home| put(home, "shared/folder/deep/er/new.md", "A zebra far down, again.")),
    ("a linked note goes", |home| std::fs::remove_file(home.join("shared/folder/sub/y.md")).unwrap()),
    ("a linked file is written", |home| put(home, "shared/single.md", "The single zebra.")),
    ("a linked file is replaced", |home| {
        put(home, "shared/draft", "Another single zebra.");
        std::fs::rename(home.join("shared/draft"), home.join("shared/single.md")).unwrap();
    }),
    ("the first of two links goes", |home| std::fs::remove_file(home.join("vault/linked")).unwrap()),
    ("a note of the second is written", |home| put(home, "shared/folder/x.md", "By another name, a zebra.")),
    ("the first is back", |home| link(home, "vault/linked", "shared/folder")),
    ("a link leads elsewhere", |home| link(home, "vault/linked", "shared/spare")),
    ("a note there is written", |home| put(home, "shared/spare/x.md", "A spare zebra.")),
    ("a link leads out", |home| link(home, "vault/linked", "other")),
    ("a link leads in again", |home| link(home, "vault/linked", "shared/spare")),
    ("another folder is at its end", |home| {
        std::fs::rename(home.join("shared/spare"), home.join("shared/was spare")).unwrap();
        put(home, "shared/spare.new/x.md", "Yet another zebra.");
        std::fs::rename(home.join("shared/spare.new"), home.join("shared/spare")).unwrap();
    }),
    ("a note there is written, too", |home| put(home, "shared/spare/x.md", "Yet another zebra, written.")),
    ("what was missing comes", |home| put(home, "shared/nothing.md", "Something, a zebra.")),
    ("a folder becomes a link out", |home| {
        std::fs::remove_dir_all(home.join("vault/notes")).unwrap();
        put(home, "other/n.md", "Nobody's zebra.");
        link(home, "vault/notes", "other");
    }),
    ("a folder with links comes", |home| {
        std::fs::create_dir(home.join("aside")).unwrap();
        link(home, "aside/in it", "shared/was spare");
        std::fs::rename(home.join("aside"), home.join("vault/aside")).unwrap();
    }),
];

#[test]
fn whatever_becomes_of_a_link_a_sync_ends_as_a_fresh_one() {
    let s = begun(Sandbox::new());
    s.sync();
    for (when, happen) in STEPS {
        happen(s.home());
        // What is not synced yet is not shown wrongly.
        let answer = s.json(&["search", "--strict", "--fresh=never", "zebra"]);
        assert!(!answer.to_string().contains("Nobody"), "{when}: {answer}");
        s.sync();
        assert_same_dump(&s.text(&["dump"]), &fresh(&s, ""), when);
        let verified = s.vault_sync(&["verify"]);
        assert!(verified.status.success(), "{when}: {}{}", stdout(&verified), stderr(&verified));
    }
}

#[test]
fn whatever_becomes_of_a_link_a_watcher_takes_it_in() {
    let s = begun(Sandbox::new());
    let _watch = Watch::start(&s);
    for (when, happen) in STEPS {
        happen(s.home());
        let should = fresh(&s, "");
        wait_until(LIMIT, when, || s.text(&["dump"]) == should);
    }
}

#[test]
fn an_answer_that_is_to_be_fresh_is_so_behind_links() {
    let s = begun(Sandbox::new());
    s.sync();
    for (when, happen) in STEPS {
        happen(s.home());
        let answer = s.json(&["search", "--strict", "--fresh=always", "zebra"]);
        // A place that comes into being at the end of a link, or another folder there, shows in no folder of the vault.
        if when.contains("missing") || when.contains("at its end") {
            s.sync();
        } else {
            assert_ne!(answer["freshness"]["sync"], "failed", "{when}: {answer}");
            wait_until(LIMIT, when, || s.text(&["dump"]) == fresh(&s, ""));
        }
    }
    s.sync();
    // What is younger than two seconds may be told of once more.
    let is_quiet = || s.json(&["search", "--fresh=never", "zebra"])["freshness"]["unseen"] == 0;
    wait_until(LIMIT, "nothing to be told of", is_quiet);
}

/// As with the vault's own drive: what is not there for the moment is unknown, not gone.
#[test]
fn a_drive_that_is_not_mounted_takes_no_note_with_it() {
    let s = begun(Sandbox::new());
    put(s.home(), "drive/notes/d.md", "A zebra on a drive.");
    link(s.home(), "vault/drive", "drive/notes");
    s.sync();
    let (mounted, away) = (s.home().join("drive/notes"), s.home().join("away"));
    let found = || column(&s.json(&["search", "--strict", "on a drive"]), "results", "/path");
    assert_eq!(found(), ["drive/d.md"]);
    for has_mount_point in [false, true] {
        std::fs::rename(&mounted, &away).unwrap();
        if has_mount_point {
            std::fs::create_dir(&mounted).unwrap();
        }
        let synced = s.vault_sync(&["sync"]);
        assert_eq!(synced.status.code(), Some(1));
        assert!(stdout(&synced).contains("failed: drive (a symbolic link to "), "{}", stdout(&synced));
        assert_eq!(found(), ["drive/d.md"]);
        s.text(&["show", "drive/d"]);
        let _ = std::fs::remove_dir(&mounted);
        std::fs::rename(&away, &mounted).unwrap();
        s.sync();
        assert_same_dump(&s.text(&["dump"]), &fresh(&s, ""), "mounted again");
    }
}

/// Globs speak of places in the vault, links or not; and what is private stays so behind one.
#[test]
fn globs_and_privacy_reach_through_links() {
    let s = begun(Sandbox::new());
    put(s.home(), "shared/folder/secret.md", "---\nprivate: true\n---\nA zebra, zyxqvo.");
    s.sync();
    let more = "exclude = [\"linked/sub/\", \"b whole\"]\nprivate = [\"chain/\", \"single*\"]\n";
    config(&s, &s.vault, s.home(), more);
    s.text(&["sync", "--allow-mass-delete"]);
    assert_eq!(column(&s.json(&["ls"]), "results", "/path"), ["a part/p.md", "linked/x.md", "notes/n.md", "twin.md"]);
    let dump = s.text(&["dump"]);
    assert_same_dump(&dump, &fresh(&s, more), "with globs");
    assert!(["chain", "single", "zyxqvo"].iter().all(|private| !dump.contains(&format!("\"{private}"))), "{dump}");
    assert_eq!(s.json(&["why", "chain/z.md"])["outcome"], "private");
}

/// A note is told nothing through a link: its file belongs to another place.
#[test]
fn nothing_is_written_through_a_link() {
    let s = begun(Sandbox::new());
    let note = "---\na: 1\n---\nA zebra.\n";
    put(s.home(), "shared/folder/x.md", note);
    put(s.home(), "shared/single.md", note);
    put(s.home(), "vault/own.md", note);
    config(&s, &s.vault, s.home(), "[notes]\nwrite_back = true\n");
    s.sync();
    let read = |path: &str| std::fs::read_to_string(s.home().join(path)).unwrap();
    assert!(read("vault/own.md").contains("synced: true"));
    assert_eq!([read("shared/folder/x.md"), read("shared/single.md")], [note, note]);
    s.text(&["verify"]);
}
