//! Answers while nobody watches: never a ghost, never silent about what is missing, and fresh where that was asked for.

use crate::log::Other;
use crate::postgres;
use crate::support::{Sandbox, column, stderr, stdout, wait_until};
use crate::watching::Watch;
use serde_json::{Value, json};
use std::process::Output;
use std::time::{Duration, Instant};

/// Something that happens to a vault with `a.md` (needle), `b.md` (straw) and `x/c.md` (hay).
struct Change {
    name: &'static str,
    happen: fn(&Sandbox),
    /// Queries, and what they find once it is in.
    finds: &'static [(&'static str, &'static [&'static str])],
    /// Queries, and what they find when nobody takes it in.
    still_finds: &'static [(&'static str, &'static [&'static str])],
}

const CHANGES: &[Change] = &[
    Change {
        name: "a note is deleted",
        happen: |s| s.remove("a.md"),
        finds: &[("needle", &[]), ("straw", &["b.md"])],
        still_finds: &[("needle", &[]), ("straw", &["b.md"])],
    },
    Change {
        name: "a note is edited in place",
        happen: |s| s.write("a.md", "# Other\nthread"),
        finds: &[("needle", &[]), ("thread", &["a.md"])],
        still_finds: &[("needle", &[]), ("thread", &[])],
    },
    Change {
        name: "a note is replaced by a later one of the same size",
        happen: |s| {
            s.write(".a", "nettle");
            s.rename(".a", "a.md");
        },
        finds: &[("needle", &[]), ("nettle", &["a.md"])],
        still_finds: &[("needle", &[]), ("nettle", &[])],
    },
    Change {
        name: "a note is replaced by an older one",
        happen: |s| {
            s.write(".a", "older");
            let file = std::fs::File::options().append(true).open(s.vault.join(".a")).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
            s.rename(".a", "a.md");
        },
        finds: &[("needle", &[]), ("older", &["a.md"])],
        still_finds: &[("needle", &[]), ("older", &[])],
    },
    Change {
        name: "a note is added",
        happen: |s| s.write("x/d.md", "needle too"),
        finds: &[("needle", &["a.md", "x/d.md"])],
        still_finds: &[("needle", &["a.md"])],
    },
    Change {
        name: "a folder of notes is added",
        happen: |s| s.write("y/z/d.md", "needle too"),
        finds: &[("needle", &["a.md", "y/z/d.md"])],
        still_finds: &[("needle", &["a.md"])],
    },
    Change {
        name: "a note is renamed",
        happen: |s| s.rename("a.md", "x/z.md"),
        finds: &[("needle", &["x/z.md"])],
        still_finds: &[("needle", &[])],
    },
    Change {
        name: "a note's name changes its case",
        happen: |s| s.rename("a.md", "A.md"),
        finds: &[("needle", &["A.md"])],
        still_finds: &[("needle", &[])],
    },
    Change {
        name: "a folder is renamed",
        happen: |s| s.rename("x", "y"),
        finds: &[("hay", &["y/c.md"]), ("needle", &["a.md"])],
        still_finds: &[("hay", &[]), ("needle", &["a.md"])],
    },
    Change {
        name: "a folder stands where a note was",
        happen: |s| {
            s.remove("a.md");
            std::fs::create_dir(s.vault.join("a.md")).unwrap();
        },
        finds: &[("needle", &[])],
        still_finds: &[("needle", &[])],
    },
    Change {
        name: "Obsidian hides a folder",
        happen: |s| s.write(".obsidian/app.json", r#"{"userIgnoreFilters": ["x/"]}"#),
        finds: &[("hay", &[]), ("needle", &["a.md"])],
        still_finds: &[("hay", &[]), ("needle", &["a.md"])],
    },
    Change {
        name: "a drawing changes its text",
        happen: |s| s.write("d.canvas", r#"{"nodes": [{"type": "text", "text": "thread"}]}"#),
        finds: &[("yarn", &[]), ("thread", &["d.canvas"])],
        still_finds: &[("yarn", &[]), ("thread", &[])],
    },
];

fn filled(s: Sandbox) -> Sandbox {
    let canvas = r#"{"nodes": [{"type": "text", "text": "yarn"}]}"#;
    for (path, text) in [("a.md", "needle"), ("b.md", "straw"), ("x/c.md", "hay"), ("d.canvas", canvas)] {
        s.write(path, text);
    }
    s
}

/// Lets a change happen, and the kernel's clock, which files have their times from, go on: what was written in the tick of a look stays in doubt.
fn happen(change: &Change, s: &Sandbox) {
    (change.happen)(s);
    let start = Instant::now();
    wait_until(Duration::from_secs(20), "the next tick", || start.elapsed() > Duration::from_millis(20));
}

fn ask(s: &Sandbox, fresh: &str, query: &str) -> Value {
    s.json(&["search", "--strict", fresh, query])
}

fn found(answer: &Value) -> Vec<String> {
    let mut paths = column(answer, "results", "/path");
    paths.sort();
    paths
}

/// Returns whether an answer says that something has changed.
fn is_said(answer: &Value) -> bool {
    answer["freshness"]["unseen"].as_u64().unwrap() > 0 && answer["warnings"].as_array().unwrap().len() == 1
}

fn check(s: &Sandbox, change: &Change) {
    for (query, expected) in change.still_finds {
        let answer = ask(s, "--fresh=never", query);
        assert_eq!(found(&answer), *expected, "{}, nobody looks: {query}: {answer}", change.name);
        assert!(is_said(&answer), "{}: {answer}", change.name);
    }
    // Without being told, an answer takes it in or says that it has not.
    let mut answer = ask(s, "--fresh=auto", change.finds[0].0);
    wait_until(Duration::from_secs(20), change.name, || {
        let is_in = answer["freshness"]["unseen"] == 0;
        assert!(is_in || is_said(&answer), "{}: {answer}", change.name);
        // What failed is not tried again at once.
        let _ = std::fs::remove_file(s.data_dir.join("lookups.put-off"));
        answer = ask(s, "--fresh=auto", change.finds[0].0);
        is_in
    });
    for (query, expected) in change.finds {
        let answer = ask(s, "--fresh=auto", query);
        check_found(&answer, expected, change);
    }
}

/// Asserts that an answer has what is there after a change, and nothing to say of it.
fn check_found(answer: &Value, expected: &[&str], change: &Change) {
    assert_eq!((found(answer), &answer["warnings"]), (expected.iter().map(|&p| p.to_owned()).collect(), &json!([])), "{}", change.name);
}

#[test]
fn whatever_changed_since_a_sync_is_never_shown_wrongly_and_never_hushed_up() {
    for change in CHANGES {
        let s = filled(Sandbox::new());
        s.sync();
        happen(change, &s);
        check(&s, change);
    }
}

#[test]
fn an_answer_that_is_to_be_fresh_is() {
    for change in CHANGES {
        let s = filled(Sandbox::new());
        s.sync();
        happen(change, &s);
        for (query, expected) in change.finds {
            let mut answer = ask(&s, "--fresh", query);
            // A busy machine may not do it in time; then the answer says so, and the next one has it.
            if answer["freshness"]["sync"] == "late" {
                assert!(is_said(&answer), "{answer}");
                answer = ask(&s, "--fresh", query);
            }
            assert_eq!(answer["freshness"]["sync"], "done", "{}: {answer}", change.name);
            check_found(&answer, expected, change);
        }
    }
}

#[test]
fn the_same_on_postgresql() {
    for change in CHANGES.iter().filter(|change| ["a note is edited in place", "a note is renamed"].contains(&change.name)) {
        let database = postgres::database();
        let s = filled(Sandbox::new()).on(&database.url);
        s.sync();
        happen(change, &s);
        check(&s, change);
    }
}

#[test]
fn a_watcher_that_stopped_or_was_killed_is_not_relied_on() {
    for change in CHANGES.iter().take(2) {
        for is_killed in [false, true] {
            let s = filled(Sandbox::new());
            let watch = Watch::start(&s);
            let answer = ask(&s, "--fresh=auto", "needle");
            assert_eq!((&answer["freshness"]["watcher"], &answer["warnings"]), (&json!("live"), &json!([])), "{answer}");
            if is_killed {
                drop(watch)
            } else {
                assert_eq!(watch.stop(), Some(0))
            }
            happen(change, &s);
            check(&s, change);
        }
    }
}

#[test]
fn a_watcher_of_another_vault_is_not_relied_on() {
    let s = filled(Sandbox::new());
    s.sync();
    let other = filled(Sandbox::new().with_data(&s.data_dir));
    let second = other.vault.parent().unwrap().join("second");
    std::fs::rename(&other.vault, &second).unwrap();
    let other = other.over(&second);
    let watch = Watch::start(&other);
    (CHANGES[0].happen)(&s);
    check(&s, &CHANGES[0]);
    assert_eq!(watch.stop(), Some(0));
}

#[test]
fn another_vault_of_the_same_name_is_not_taken_in() {
    let s = filled(Sandbox::new());
    s.sync();
    let twin = filled(Sandbox::new());
    twin.write("e.md", "needle of another vault");
    let (data_dir, dump) = (s.data_dir.clone(), s.text(&["dump"]));
    let twin = twin.with_data(&data_dir);
    for fresh in ["--fresh=auto", "--fresh"] {
        let answer = ask(&twin, fresh, "needle");
        assert!(answer["freshness"]["sync"] == "none" && is_said(&answer), "{answer}");
    }
    assert_eq!(s.text(&["dump"]), dump);
}

#[test]
fn a_vault_that_is_away_is_told_and_answered_from_the_index() {
    let s = filled(Sandbox::new());
    s.sync();
    let is_told =
        |answer: &Value| answer["freshness"]["away"] == json!(["vault"]) && answer["warnings"][0].as_str().unwrap().contains("mounted");
    std::fs::rename(&s.vault, s.home().join("away")).unwrap();
    for fresh in ["--fresh=never", "--fresh=auto", "--fresh"] {
        let answer = ask(&s, fresh, "needle");
        assert!(found(&answer) == ["a.md"] && is_told(&answer), "{answer}");
    }
    // A mount point without its drive is no vault without notes.
    std::fs::create_dir(&s.vault).unwrap();
    let answer = ask(&s, "--fresh", "needle");
    assert!(found(&answer) == ["a.md"] && is_told(&answer), "{answer}");
    std::fs::remove_dir(&s.vault).unwrap();
    std::fs::rename(s.home().join("away"), &s.vault).unwrap();
    assert_eq!(ask(&s, "--fresh", "needle")["warnings"], json!([]));
}

#[test]
fn a_note_that_the_configuration_excludes_now_is_no_hit() {
    let s = filled(Sandbox::new());
    s.sync();
    let config = format!("[[vault]]\npath = '{}'\nexclude = ['x/']\n", s.vault.display());
    let s = s.configured(&config);
    assert_eq!(found(&ask(&s, "--fresh=never", "hay")), Vec::<String>::new());
}

#[test]
fn a_type_that_a_note_lost_is_no_reason_any_more() {
    let s = Sandbox::new();
    s.write("a.md", "---\ntype: pattern\n---\nneedle");
    s.sync();
    s.write("a.md", "---\ntype: gotcha\n---\nneedle");
    for args in [["needle", "--type", "pattern"], ["needle", "type:pattern", "--strict"]] {
        let answer = s.json(&[&["search", "--fresh=never"], args.as_slice()].concat());
        assert_eq!(found(&answer), Vec::<String>::new(), "{args:?}");
    }
    let answer = s.json(&["search", "--fresh=never", "needle", "type:gotcha"]);
    assert_eq!(found(&answer), Vec::<String>::new(), "the index decides what is looked at");
    assert!(is_said(&answer), "{answer}");
}

#[cfg(unix)]
#[test]
fn a_note_that_cannot_be_read_is_shown_as_it_was_indexed_and_said_so() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;
    let s = filled(Sandbox::new());
    s.sync();
    s.write("a.md", "changed, and nobody may see how");
    let allow = |path: &std::path::Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    allow(&s.vault.join("a.md"), 0o000);
    let mut command = s.command(&["--json", "search", "--fresh=never", "needle"]);
    if std::fs::metadata(s.home()).unwrap().uid() == 0 {
        // Nothing is kept from root: somebody else asks, with a copy of the binary that is in reach.
        let binary = s.home().join("vault-sync");
        // `cp` writes it, for what this process had open its children would have too.
        assert!(std::process::Command::new("cp").arg(env!("CARGO_BIN_EXE_vault-sync")).arg(&binary).status().unwrap().success());
        allow(s.home(), 0o755);
        allow(&s.data_dir, 0o755);
        // What the index holds is its owner's alone.
        for entry in walkdir::WalkDir::new(&s.data_dir) {
            std::os::unix::fs::chown(entry.unwrap().path(), Some(65534), Some(65534)).unwrap();
        }
        let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        command = std::process::Command::new(binary);
        command.args(args).current_dir(s.home()).env_clear().env("HOME", s.home()).uid(65534).gid(65534);
    }
    let output = command.output().unwrap();
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    assert_eq!((found(&answer), &answer["results"][0]["changed"]), (vec!["a.md".to_owned()], &json!(false)));
    assert!(answer["warnings"][0].as_str().unwrap().starts_with("a.md cannot be read"), "{answer}");
}

#[test]
fn a_database_that_is_locked_or_away_keeps_no_answer_waiting() {
    let s = filled(Sandbox::new());
    s.sync();
    let mut other = Other::of(&s, None);
    other.hold();
    is_not_kept_waiting(&s);
    other.run("commit");
    let database = postgres::database();
    let s = filled(Sandbox::new()).on(&database.url);
    s.sync();
    is_not_kept_waiting(&s.on("postgres://postgres@localhost/x?host=/nowhere"));
}

fn is_not_kept_waiting(s: &Sandbox) {
    let quick = |args: &[&str]| -> Output {
        let start = Instant::now();
        let output = s.vault_sync(&[&["--json", "search", "--no-log"], args].concat());
        assert!(output.status.success() && start.elapsed() < Duration::from_secs(10), "{args:?} took {:?}", start.elapsed());
        output
    };
    let parsed = |output: &Output| -> Value { serde_json::from_str(&stdout(output)).unwrap() };
    assert_eq!(parsed(&quick(&["needle"]))["freshness"]["sync"], "none", "nothing is unseen, so that nobody is asked");
    s.write("e.md", "needle again");
    for args in [["--fresh=auto", "needle"], ["--fresh", "needle"]] {
        let answer = parsed(&quick(&args));
        assert!(["failed", "late"].contains(&answer["freshness"]["sync"].as_str().unwrap()) && is_said(&answer), "{answer}");
        assert_eq!(found(&answer), ["a.md"]);
    }
    assert_eq!(parsed(&quick(&["needle"]))["freshness"]["sync"], "none", "it is not tried again at once");
}

#[test]
fn a_first_sync_that_was_stopped_is_told_from_none_at_all() {
    let s = Sandbox::new();
    assert!(stderr(&s.vault_sync(&["search", "x"])).contains("there is no index yet"));
    for i in 0..1500 {
        s.write(&format!("{i}.md"), format!("note {i}"));
    }
    let mut sync = s.command(&["-q", "sync"]).spawn().unwrap();
    wait_until(Duration::from_secs(20), "the sync to begin", || s.data_dir.join("state.json").exists());
    let during = s.vault_sync(&["search", "x"]);
    sync.kill().unwrap();
    sync.wait().unwrap();
    for output in [during, s.vault_sync(&["search", "x"])] {
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("first sync has not come to its end"), "{}", stderr(&output));
    }
}

#[test]
fn text_says_it_in_one_line_and_only_when_there_is_something_to_say() {
    let s = filled(Sandbox::new());
    s.sync();
    let said = || stderr(&s.vault_sync(&["search", "--fresh=never", "needle"]));
    assert_eq!(said(), "");
    s.write("e.md", "needle");
    s.remove("b.md");
    let text = said();
    assert!(text.starts_with("vault-sync: 2 files have changed since ") && text.lines().count() == 1, "{text}");
}

#[test]
fn what_looks_like_a_change_and_is_none_is_not_told() {
    let s = filled(Sandbox::new());
    s.sync();
    s.write("x/.hidden", "a hidden file comes");
    s.write("passing.md", "and another one comes and goes");
    s.remove("passing.md");
    std::fs::create_dir_all(s.vault.join("empty/folder")).unwrap();
    let answer = ask(&s, "--fresh=auto", "needle");
    assert_eq!((&answer["freshness"]["unseen"], &answer["warnings"]), (&json!(0), &json!([])), "{answer}");
}
