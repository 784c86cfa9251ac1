//! `watch --exec`: what the program is told, when it runs, and that nothing waits for it.

use crate::support::{Sandbox, column, wait_until};
use crate::watching::Watch;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// A watch in whose home programs write `told`.
fn watch(s: &Sandbox, flags: &[&str], program: &str) -> Watch {
    Watch::waiting(&mut watching(s, flags, program), "watching;")
}

fn watching(s: &Sandbox, flags: &[&str], program: &str) -> Command {
    s.command(&[&["watch", "--json", "--exec", program], flags].concat())
}

fn file(s: &Sandbox, name: &str) -> String {
    std::fs::read_to_string(s.home().join(name)).unwrap_or_default()
}

fn wait_for(s: &Sandbox, name: &str, text: &str) {
    wait_until(LIMIT, &format!("'{text}' in {name}"), || file(s, name).contains(text));
}

/// One run at a time: while it goes on, saves are found, and what they change goes to the next run, together.
#[test]
fn a_program_that_takes_its_time_delays_nothing() {
    let s = Sandbox::new();
    s.write("old.md", "Old.");
    s.sync();
    let program = "echo begin $VAULT_SYNC_REVISION >> told; cat >> told; while [ ! -e go ]; do sleep 0.01; done; echo end >> told";
    let watch = watch(&s, &["-0"], program);
    s.write("one.md", "Zebras.");
    wait_for(&s, "told", "one.md\0");
    for name in ["two", "three"] {
        s.write(&format!("{name}.md"), format!("A giraffe, {name}."));
        watch.expect("added", &format!("{name}.md"));
        assert_eq!(column(&s.json(&["search", "giraffe", name]), "results", "/path")[0], format!("{name}.md"));
    }
    s.rename("one.md", "four.md");
    watch.expect("renamed", "four.md");
    assert_eq!(file(&s, "told"), "begin 2\none.md\0");
    std::fs::write(s.home().join("go"), "").unwrap();
    wait_until(LIMIT, "the second run to end", || file(&s, "told").matches("end\n").count() == 2);
    assert_eq!(file(&s, "told"), "begin 2\none.md\0end\nbegin 5\ntwo.md\0three.md\0one.md\0four.md\0end\n");
    assert_eq!(watch.stop(), Some(0));
}

/// The first sync is no news; what came while nobody watched is.
#[test]
fn a_program_is_not_run_for_the_first_sync_and_told_of_its_surroundings() {
    let s = Sandbox::new();
    s.write("one.md", "One.");
    let program = "cat >> told; echo \"$VAULT_SYNC_VAULT $VAULT_SYNC_DATA_DIR\" >> told; echo not for stdout";
    let first = watch(&s, &[], program);
    first.said("synced for the first time (1 changes)");
    s.write("two.md", "Two.");
    let line = first.expect("added", "one.md");
    assert_eq!((&line["op"], &line["revision"]), (&"added".into(), &1.into()));
    first.said("not for stdout");
    let two = first.expect("added", "two.md");
    let surroundings = format!("{} {}\n", s.vault.canonicalize().unwrap().display(), s.data_dir.display());
    assert_eq!(file(&s, "told"), format!("{two}\n{surroundings}"));
    assert_eq!(first.stop(), Some(0));
    s.write("three.md", "Three.");
    let second = watch(&s, &[], program);
    wait_for(&s, "told", "three.md");
    assert_eq!(second.stop(), Some(0));
}

#[test]
fn a_program_that_fails_is_told_and_run_again() {
    let s = Sandbox::new();
    s.write("one.md", "One.");
    s.sync();
    let watch = watch(&s, &[], "echo run >> told; exit 7");
    for n in 1..=2 {
        s.write("one.md", format!("Edit {n}, which nobody reads: {}", "x".repeat(100_000)));
        watch.said("ended with exit code 7; watching goes on");
        assert_eq!(file(&s, "told").lines().count(), n);
    }
    assert_eq!(watch.stop(), Some(0));
    let watch = self::watch(&s, &[], "nobody-has-this-program");
    s.write("one.md", "Another one.");
    watch.said("ended with exit code 127");
    assert_eq!(watch.stop(), Some(0));
}

/// With all that it has started; asked first, so that it can put its things in order.
#[test]
fn a_program_ends_with_its_watch() {
    let s = Sandbox::new();
    s.write("one.md", "One.");
    s.sync();
    let programs = [
        "trap 'echo bye >> told; exit' TERM; sleep 1000 & echo $! >> told; wait",
        "trap '' TERM; echo $$ >> told; while :; do sleep 1; done",
    ];
    for (program, said) in programs.into_iter().zip(["bye", ""]) {
        let _ = std::fs::remove_file(s.home().join("told"));
        let watch = watch(&s, &[], program);
        s.write("one.md", format!("For {program}"));
        wait_for(&s, "told", "\n");
        assert_eq!(watch.stop(), Some(0));
        let told = file(&s, "told");
        let (id, rest) = told.split_once('\n').unwrap();
        assert_eq!(rest.trim(), said);
        let is_there = || Command::new("kill").args(["-0", id]).output().unwrap().status.success();
        wait_until(LIMIT, "what it started to end", || !is_there());
    }
}
