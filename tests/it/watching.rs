//! `watch`, from outside: what it prints, how it ends, and that other commands work beside it.

use crate::support::{Sandbox, column, stderr, wait_until};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// A running `watch --json`, its lines arriving one by one; killed when dropped.
pub struct Watch {
    process: Child,
    lines: Receiver<Value>,
    /// What it says on stderr.
    remarks: Receiver<String>,
}

impl Watch {
    pub fn start(s: &Sandbox) -> Self {
        Self::of(&mut s.command(&["watch", "--json"]))
    }

    /// Starts a watch by this command.
    pub fn of(command: &mut Command) -> Self {
        Self::waiting(command, "watching;")
    }

    /// Starts a watch by this command, and waits until it has said this.
    pub fn waiting(command: &mut Command, first: &str) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains(first) {
            assert!(stderr.read_line(&mut said).unwrap() > 0, "watch ended before it was ready: {said}");
        }
        // Whoever does not read would block the one who writes.
        let (sender, remarks) = channel();
        said.lines().for_each(|line| drop(sender.send(line.to_owned())));
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line))));
        Self { process, lines, remarks }
    }

    /// Waits for the line about this change.
    pub fn expect(&self, op: &str, path: &str) -> Value {
        loop {
            let line = self.lines.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("no line says that {path} was {op}"));
            if line["op"] == op && line["path"] == path {
                return line;
            }
        }
    }

    /// Waits for the next line.
    pub fn next(&self) -> Value {
        self.lines.recv_timeout(LIMIT).expect("no further line was said")
    }

    /// Waits for a remark on stderr that has this in it, or that, with `|` between them.
    pub fn said(&self, any: &str) -> String {
        loop {
            let line = self.remarks.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("watch never said {any}"));
            if any.split('|').any(|part| line.contains(part)) {
                return line;
            }
        }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal: `-STOP`.
    pub fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.id().to_string()]).status().unwrap().success());
    }

    pub fn stop(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.process.wait().unwrap().code()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn paths(s: &Sandbox, query: &str) -> Vec<String> {
    column(&s.json(&["search", "--strict", query]), "results", "/path")
}

#[test]
fn each_change_is_said_once_it_can_be_searched() {
    let s = Sandbox::new();
    s.write("one.md", "First.");
    let watch = Watch::start(&s);
    s.write("two.md", "A second one, with zebras.");
    watch.expect("added", "two.md");
    assert_eq!(paths(&s, "zebras"), ["two.md"]);
    s.write("two.md", "A second one, with giraffes now.");
    watch.expect("modified", "two.md");
    assert_eq!(paths(&s, "zebras"), Vec::<String>::new());
    assert_eq!(paths(&s, "giraffes"), ["two.md"]);
    s.rename("two.md", "folder/three.md");
    assert_eq!(watch.expect("renamed", "folder/three.md")["old_path"], "two.md");
    assert_eq!(paths(&s, "giraffes"), ["folder/three.md"]);
    s.rename("folder", "other");
    watch.expect("renamed", "other/three.md");
    s.remove("other/three.md");
    watch.expect("archived", "other/three.md");
    assert_eq!(paths(&s, "giraffes"), Vec::<String>::new());
    assert_eq!(watch.stop(), Some(0));
}

#[test]
fn a_second_watcher_is_told_who_the_first_is() {
    let s = Sandbox::new();
    s.write("one.md", "First.");
    let watch = Watch::start(&s);
    let second = s.vault_sync(&["watch"]);
    assert_eq!(second.status.code(), Some(75));
    assert!(stderr(&second).contains(&watch.id().to_string()), "{}", stderr(&second));
    assert_eq!(watch.stop(), Some(0));
}

#[test]
fn syncs_and_searches_work_beside_a_watcher() {
    let s = Sandbox::of("vault");
    let watch = Watch::start(&s);
    for round in 0..8 {
        for i in 0..12 {
            s.write(&format!("new/{}.md", (round * 5 + i) % 30), format!("Round {round} of [[{i}]] and [[Family Rules]]."));
        }
        s.rename(&format!("new/{}.md", (round * 5) % 30), &format!("new/moved {round}.md"));
        let beside: Vec<Child> = (0..3).map(|_| s.command(&["-q", "sync"]).stdout(Stdio::null()).spawn().unwrap()).collect();
        paths(&s, "round");
        for mut sync in beside {
            assert!(sync.wait().unwrap().success(), "a sync beside the watcher failed in round {round}");
        }
    }
    wait_until(LIMIT, "watcher and syncs to have it all", || s.vault_sync(&["status", "--strict"]).status.success());
    assert_eq!(watch.stop(), Some(0));
    let fresh = Sandbox::new().over(&s.vault);
    fresh.sync();
    crate::support::assert_same_dump(&s.text(&["dump"]), &fresh.text(&["dump"]), "after watching");
}

/// No event tells of it, since no file has changed.
#[test]
fn an_index_that_a_killed_resync_left_behind_is_brought_along() {
    let s = Sandbox::of("vault");
    let watch = Watch::start(&s);
    let mut resync = crate::stepped::Stepped::start(&s, &["resync"]);
    while resync.next().expect("a resync has this point") != "RunRecorded" {
        resync.go_on();
    }
    resync.kill();
    wait_until(LIMIT, "the watcher to bring the index along", || s.vault_sync(&["status", "--strict"]).status.success());
    assert_eq!(watch.stop(), Some(0));
    s.text(&["verify"]);
}

#[test]
fn a_root_that_goes_away_and_comes_back_is_followed_again() {
    let s = Sandbox::new();
    s.write("one.md", "First.");
    let watch = Watch::start(&s);
    let away = s.home().join("away");
    std::fs::rename(&s.vault, &away).unwrap();
    wait_until(LIMIT, "the mirror to stay as it is", || s.vault_sync(&["sync"]).status.code() == Some(1));
    std::fs::write(away.join("two.md"), "Written while away.").unwrap();
    std::fs::rename(&away, &s.vault).unwrap();
    watch.expect("added", "two.md");
    s.write("three.md", "Written after the return.");
    watch.expect("added", "three.md");
    assert_eq!(watch.stop(), Some(0));
}

#[test]
fn what_changed_while_a_vault_was_frozen_is_not_forgotten() {
    let s = Sandbox::new();
    for i in 0..40 {
        s.write(&format!("{}/{i}.md", if i < 30 { "most" } else { "rest" }), format!("Note {i}."));
    }
    let watch = Watch::start(&s);
    let away = s.home().join("most");
    std::fs::rename(s.vault.join("most"), &away).unwrap();
    s.write("rest/35.md", "Edited beside what looks like an accident.");
    wait_until(LIMIT, "the mirror to be frozen", || s.vault_sync(&["sync"]).status.code() == Some(1));
    std::fs::rename(&away, s.vault.join("most")).unwrap();
    wait_until(LIMIT, "the edit to be in", || paths(&s, "accident") == ["rest/35.md"]);
    wait_until(LIMIT, "all to be in", || s.vault_sync(&["status", "--strict"]).status.success());
    assert_eq!(column(&s.json(&["ls"]), "results", "/path").len(), 40);
    assert_eq!(watch.stop(), Some(0));
}
