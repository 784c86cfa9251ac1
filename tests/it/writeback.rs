//! Write-back: what a note is told, when, and what never changes by it.

use crate::postgres;
use crate::support::{Sandbox, column, stderr, wait_until};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::{Child, Stdio};
use std::time::Duration;

const ON: &str = "[notes]\nwrite_back = true\n";

/// Returns a note's text with `@` for the time that it was told.
fn told(sandbox: &Sandbox, path: &str) -> String {
    let text = sandbox.read(path);
    let Some((before, rest)) = text.split_once("synced_at: '") else { return text };
    let (time, after) = rest.split_once('\'').unwrap();
    let form: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if form == "0000-00-00T00:00:00.000000" { format!("{before}synced_at: '@'{after}") } else { text }
}

fn revision(sandbox: &Sandbox) -> i64 {
    sandbox.json(&["status"])["vaults"][0]["revision"].as_i64().unwrap()
}

fn n_changes(sandbox: &Sandbox) -> String {
    sandbox.text(&["sql", "--format", "csv", "select count(*) as n from claude.changes"])
}

/// Failure 8 of the peers: a note that says it was synced is still read when it changes.
#[test]
fn a_note_is_told_once_for_each_change_and_its_echo_is_none() {
    let database = postgres::database();
    for sandbox in [Sandbox::new().configured(ON), Sandbox::new().configured(ON).on(&database.url)] {
        sandbox.write("plain.md", "---\ntags: [a]  # mine\n---\nbody #b\n- [ ] task");
        sandbox.write("crlf.md", "\u{feff}---\r\nsynced: false\r\n\"b\": 'x'\r\n---\r\nbody\r\n");
        sandbox.write("none.md", "body");
        sandbox.write("broken.md", "---\na: [\n---\nbody\n");
        sandbox.write("flow.md", "---\n{a: b}\n---\nbody\n");
        sandbox.write("board.canvas", "{}");
        (0..600).for_each(|i| sandbox.write(&format!("many/{i}.md"), format!("---\nn: {i}\n---\nNote {i}.\n")));
        let said = sandbox.text(&["sync"]);
        assert!(said.contains("602 written back"), "{said}");
        let expect = |path: &str, text: &str| assert_eq!(told(&sandbox, path), text, "{path}");
        expect("plain.md", "---\ntags: [a]  # mine\nsynced: true\nsynced_at: '@'\n---\nbody #b\n- [ ] task");
        expect("crlf.md", "\u{feff}---\r\nsynced: true\r\n\"b\": 'x'\r\nsynced_at: '@'\r\n---\r\nbody\r\n");
        expect("none.md", "body");
        expect("broken.md", "---\na: [\n---\nbody\n");
        expect("flow.md", "---\n{a: b}\n---\nbody\n");
        expect("board.canvas", "{}");
        expect("many/599.md", "---\nn: 599\nsynced: true\nsynced_at: '@'\n---\nNote 599.\n");
        let (bytes, before) = (sandbox.vault_bytes(), (revision(&sandbox), n_changes(&sandbox)));
        for command in ["sync", "sync", "resync"] {
            let said = sandbox.text(&[command]);
            assert!(said.contains("606 unchanged") && !said.contains("written"), "{command}: {said}");
            assert!(sandbox.vault_bytes() == bytes, "{command} wrote to a note");
            assert!(command == "resync" || (revision(&sandbox), n_changes(&sandbox)) == before, "its own echo is no change");
        }
        assert_eq!(sandbox.json(&["status", "--strict"])["vaults"][0]["pending"], 0);
        let fresh = Sandbox::new().over(&sandbox.vault).configured("[projects]\nunknown = \"ignore\"\n");
        fresh.sync();
        assert_eq!(fresh.json(&["dump"]), sandbox.json(&["dump"]), "the store has the notes as they are");
        let place = sandbox.json(&["search", "--strict", "task"])["results"][0]["passages"][0]["line"].clone();
        assert_eq!(place, 7, "a hit stands where it stands in the file");

        // Another text is told again, and what differs in the two values alone is not.
        let first = sandbox.read("plain.md");
        sandbox.write("plain.md", first.replace("body", "another body"));
        sandbox.sync();
        let second = sandbox.read("plain.md");
        expect("plain.md", "---\ntags: [a]  # mine\nsynced: true\nsynced_at: '@'\n---\nanother body #b\n- [ ] task");
        assert_ne!(second, first.replace("body", "another body"), "the time is another");
        let by_hand = second.replace("synced: true", "synced: false");
        sandbox.write("plain.md", &by_hand);
        sandbox.sync();
        assert_eq!(sandbox.read("plain.md"), by_hand);
        sandbox.rename("plain.md", "moved/plain.md");
        sandbox.sync();
        assert_eq!(sandbox.read("moved/plain.md"), by_hand);
    }
}

#[test]
fn what_hangs_on_a_note_stays_and_some_are_left_alone() {
    let sandbox = Sandbox::new().configured(ON);
    let text = "---\na: 1\n---\nbody\n";
    for name in ["mode.md", "read-only.md", "linked.md", "closed/folder.md"] {
        sandbox.write(name, text);
    }
    let at = |name: &str| sandbox.vault.join(name);
    let set = |name: &str, mode: u32| std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(mode)).unwrap();
    set("mode.md", 0o640);
    set("read-only.md", 0o444);
    std::fs::hard_link(at("linked.md"), sandbox.home().join("other name.md")).unwrap();
    std::os::unix::fs::symlink(sandbox.home().join("outside.md"), at("link.md")).unwrap();
    std::fs::write(sandbox.home().join("outside.md"), text).unwrap();
    // Only root can give a file away, and has no folder that is closed to it.
    let is_root = std::fs::metadata(at("mode.md")).unwrap().uid() == 0;
    if is_root {
        std::os::unix::fs::chown(at("mode.md"), Some(65534), Some(65534)).unwrap();
    } else {
        set("closed", 0o555);
    }
    let attribute =
        |args: &[&str]| std::process::Command::new("setfattr").args(args).arg(at("mode.md")).status().is_ok_and(|s| s.success());
    let has_attribute = attribute(&["-n", "user.colour", "-v", "red"]);
    let owner = || std::fs::metadata(at("mode.md")).map(|m| (m.mode() & 0o7777, m.uid(), m.gid())).unwrap();
    let before = owner();
    let output = sandbox.vault_sync(&["-v", "sync"]);
    assert!(output.status.success(), "{}", stderr(&output));
    set("closed", 0o755);
    assert_eq!((told(&sandbox, "mode.md").as_str(), owner()), ("---\na: 1\nsynced: true\nsynced_at: '@'\n---\nbody\n", before));
    if has_attribute {
        let value =
            std::process::Command::new("getfattr").args(["--only-values", "-n", "user.colour"]).arg(at("mode.md")).output().unwrap();
        assert_eq!(value.stdout, b"red");
    }
    for name in ["read-only.md", "linked.md", "link.md"] {
        assert_eq!(sandbox.read(name), text, "{name}");
    }
    assert!(is_root || sandbox.read("closed/folder.md") == text);
    let said = stderr(&output);
    assert!(said.contains("hard link") && said.contains("it is read-only"), "{said}");
    let names: Vec<_> = std::fs::read_dir(&sandbox.vault).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().starts_with(".vault-sync")), "no draft stays: {names:?}");
    // They are mirrored as they are, and nothing is pending.
    assert_eq!(sandbox.json(&["status", "--strict"])["vaults"][0]["pending"], 0);
    sandbox.sync();
    assert!(sandbox.text(&["sync"]).contains("4 unchanged"));
}

#[test]
fn a_watcher_writes_back_once_and_then_is_still() {
    let sandbox = Sandbox::new().configured(ON);
    sandbox.write("first.md", "---\na: 1\n---\nfirst\n");
    let watcher = Running(sandbox.command(&["watch"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let is_told = |name: &str| told(&sandbox, name).contains("synced_at: '@'");
    wait_until(Duration::from_secs(60), "the first note is told", || is_told("first.md"));
    let first = sandbox.read("first.md");
    // What comes later is told later: then all that the first one could have set off is over.
    for i in 0..3 {
        let name = format!("{i}.md");
        sandbox.write(&name, format!("---\na: {i}\n---\nlater\n"));
        wait_until(Duration::from_secs(60), "a later note is told", || is_told(&name));
        let found = || column(&sandbox.json(&["search", "--strict", "later"]), "results", "/path").len();
        wait_until(Duration::from_secs(60), "it is found", || found() == i + 1);
    }
    drop(watcher);
    assert_eq!(sandbox.read("first.md"), first);
    assert_eq!(n_changes(&sandbox), "n\n4\n");
    sandbox.sync();
    assert_eq!(n_changes(&sandbox), "n\n4\n");
}

/// Failure 8 of the peers: without being asked to, nothing writes to a note.
#[test]
fn nothing_is_written_by_default() {
    let sandbox = Sandbox::of("vault").configured("");
    sandbox.write("note.md", "---\nsynced: false\nsynced_at: 2020-01-01\n---\nbody\n");
    let state = || {
        let files = walkdir::WalkDir::new(&sandbox.vault).into_iter().map(Result::unwrap);
        let of =
            |metadata: std::fs::Metadata| (metadata.mode(), metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.ctime_nsec());
        files.map(|entry| (entry.path().to_owned(), of(entry.metadata().unwrap()))).collect::<Vec<_>>()
    };
    let (bytes, before) = (sandbox.vault_bytes(), state());
    for args in [&["sync"][..], &["resync"], &["search", "--fresh=always", "session"], &["status"], &["sync"]] {
        sandbox.text(args);
    }
    assert!(sandbox.vault_bytes() == bytes && state() == before);
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
